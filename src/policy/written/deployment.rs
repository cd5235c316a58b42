//! `[store]`, `[serve]`, `[portal]` and `[report]`.

use serde::Deserialize;

use super::{
    super::keys::{Either, Key},
    Secret,
};

/// Where relationships are kept: one of memory, embedded and redis. Default: memory.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Store {
    /// In the process; gone when it ends.
    pub(in crate::policy) memory: Key<Memory>,
    /// In one file beside the process (feature `embedded`).
    pub(in crate::policy) embedded: Key<Embedded>,
    /// In Redis or Valkey (feature `redis`).
    pub(in crate::policy) redis: Key<Redis>,
    /// How long another node's write may go unseen. Default: "2s".
    pub(in crate::policy) max_staleness: Key<String>,
    /// A relationship that is not there by then is a stranger's, this once. Default: "25ms".
    pub(in crate::policy) decide_within: Key<String>,
    /// How much is kept in memory.
    pub(in crate::policy) cache: Key<Cache>,
}

/// In the process.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Memory {}

/// In one file.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["path"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Embedded {
    /// The file, relative to the policy file.
    pub(in crate::policy) path: Key<String>,
}

/// In Redis or Valkey.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["url"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Redis {
    /// The address, which may hold a password.
    pub(in crate::policy) url: Key<Secret>,
    /// Default: "single".
    pub(in crate::policy) mode: Key<RedisMode>,
    /// What every key begins with. Default: "rapport:".
    pub(in crate::policy) prefix: Key<String>,
}

/// How Redis is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::policy) enum RedisMode {
    /// One server.
    Single,
    /// Sentinels that name the server.
    Sentinel,
    /// A cluster.
    Cluster,
}

/// How much is kept in memory.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Cache {
    /// Default: 1_000_000.
    pub(in crate::policy) relationships: Key<u64>,
    /// Verified tokens. Default: 100_000.
    pub(in crate::policy) tokens: Key<u64>,
    /// Generic answers. Default: 1_000.
    pub(in crate::policy) generic: Key<u64>,
}

/// For `rapport serve` only.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Serve {
    /// How long the wrapped service may take to answer. Default: "30s".
    pub(in crate::policy) upstream_timeout: Key<String>,
    /// How long a client may take to send its header. Default: "10s".
    pub(in crate::policy) header_timeout: Key<String>,
    /// Default: 10_000.
    pub(in crate::policy) max_connections: Key<u64>,
    /// Serves HTTPS.
    pub(in crate::policy) tls: Key<Tls>,
}

/// Serves HTTPS.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["certificate", "key"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Tls {
    /// The certificate chain as PEM, relative to the policy file.
    pub(in crate::policy) certificate: Key<String>,
    /// The private key as PEM.
    pub(in crate::policy) key: Key<Secret>,
}

/// The customer's own routes.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Portal {
    /// Where they begin. Default: "/rapport".
    pub(in crate::policy) path: Key<String>,
    /// A folder with own words per language.
    pub(in crate::policy) texts: Key<String>,
    /// Who is responsible, for consent records and /policy.
    pub(in crate::policy) controller: Key<Controller>,
}

/// Who is responsible.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["name", "contact"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Controller {
    /// The name.
    pub(in crate::policy) name: Key<String>,
    /// An address for requests.
    pub(in crate::policy) contact: Key<String>,
}

/// What is told of decisions.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Report {
    /// The Personalization response header. Default: true.
    pub(in crate::policy) header: Key<bool>,
    /// The share of answers in observe mode that are shaped on the side to be counted. Default: 1.0.
    pub(in crate::policy) sample: Key<f64>,
    /// "off", "tracing", or a file. Default: "off".
    pub(in crate::policy) decisions: Key<Either<Decisions, DecisionFile>>,
    /// "off", or an address for the Prometheus page of `rapport serve`. Default: "off".
    pub(in crate::policy) metrics: Key<String>,
}

/// Where decisions are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::policy) enum Decisions {
    /// Nowhere.
    Off,
    /// As tracing events.
    Tracing,
}

/// A file of decisions, one JSON object a line.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["file"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct DecisionFile {
    /// The file, relative to the policy file.
    pub(in crate::policy) file: Key<String>,
    /// How long. Default: "7d".
    pub(in crate::policy) keep: Key<String>,
    /// At which size a new file is begun. Default: "100MiB".
    pub(in crate::policy) rotate: Key<String>,
}
