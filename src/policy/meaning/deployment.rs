//! Where relationships are kept, how the binary serves, what is told.

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use super::names::{required, text};
#[cfg(feature = "redis")]
use crate::store::{RedisMode, RedisSettings, RedisUrl, RedisUrlError};
use crate::{
    policy::{
        diagnostics::{Findings, Place},
        keys::{Either, Key},
        secrets::Surroundings,
        values, written,
    },
    report::DecisionLog,
};

/// Where relationships are kept.
///
/// In the file `[store]`. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreSettings {
    /// In what.
    pub kind: StoreKind,
    /// How long another node's write may go unseen.
    pub max_staleness: Duration,
    /// A relationship that is not there by then is a stranger's, this once.
    pub decide_within: Duration,
    /// How many relationships are kept in memory.
    pub cached_relationships: u64,
    /// How many verified tokens are.
    pub cached_tokens: u64,
    /// How many generic answers are.
    pub cached_generic: u64,
}

/// In what relationships are kept.
///
/// See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreKind {
    /// In the process.
    Memory,
    /// In a file beside it (feature `embedded`).
    #[cfg(feature = "embedded")]
    Embedded {
        /// The file.
        path: PathBuf,
    },
    /// In Redis or Valkey, with other nodes (feature `redis`).
    #[cfg(feature = "redis")]
    Redis {
        /// Where it is.
        url: RedisUrl,
        /// How it is run.
        mode: RedisMode,
        /// What every key begins with.
        prefix: String,
    },
}

impl StoreKind {
    /// Whether another one is the same store, however its path is written.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            #[cfg(feature = "embedded")]
            (Self::Embedded { path }, Self::Embedded { path: others }) => crate::policy::paths::are_same(path, others),
            _ => self == other,
        }
    }
}

/// How `rapport serve` serves.
///
/// In the file `[serve]`. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServeSettings {
    /// How long the wrapped service may take to answer.
    pub upstream_timeout: Duration,
    /// How long a client may take to send its header.
    pub header_timeout: Duration,
    /// How many connections there may be at once.
    pub max_connections: usize,
    /// What it serves HTTPS with, if it does.
    pub tls: Option<TlsSettings>,
}

/// What HTTPS is served with.
///
/// In the file `tls` of `[serve]`. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsSettings {
    /// The file of the certificate chain, as PEM.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PrivateKey,
    /// The file that the key was read from; `None` if it comes from the environment.
    pub key_file: Option<PathBuf>,
}

/// A private key, which is not printed.
///
/// In the file `key` of `tls` in `[serve]`. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, PartialEq, Eq)]
pub struct PrivateKey(Vec<u8>);

impl PrivateKey {
    /// The key as it stands in its file: PEM.
    pub fn as_pem(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(…)")
    }
}

/// What is told of decisions.
///
/// In the file `[report]`. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportSettings {
    /// Whether answers carry the `Personalization` header.
    pub header: bool,
    /// The share of answers in observe mode that are shaped on the side, in thousandths.
    pub sample: u16,
    /// Where decisions are logged.
    pub decisions: DecisionLog,
    /// The address of the page of metrics, if there is one.
    pub metrics: Option<SocketAddr>,
}

pub(super) fn store(
    key: &Key<written::Store>,
    around: &Surroundings<'_>,
    findings: &Findings<'_>,
) -> Option<StoreSettings> {
    let nothing = written::Store::default();
    let table = key.get().unwrap_or(&nothing);
    let place = Place { path: "store".into(), ..key.place().of_key() };
    let kind = kind(table, &place, key.is_unreadable(), around, findings);
    let no_cache = written::Cache::default();
    let cache = table.cache.get().unwrap_or(&no_cache);
    let room = |key: &Key<u64>, default| key.get().copied().unwrap_or(default);
    let max_staleness = max_staleness(&table.max_staleness, findings);
    let decide_within = values::duration(&table.decide_within, "25ms", findings);
    Some(StoreSettings {
        kind: kind?,
        max_staleness: max_staleness?,
        decide_within: decide_within?,
        cached_relationships: room(&cache.relationships, 1_000_000),
        cached_tokens: room(&cache.tokens, 100_000),
        cached_generic: room(&cache.generic, 1_000),
    })
}

fn kind(
    table: &written::Store,
    place: &Place,
    unreadable: bool,
    around: &Surroundings<'_>,
    findings: &Findings<'_>,
) -> Option<StoreKind> {
    let kinds = [table.memory.is_written(), table.embedded.is_written(), table.redis.is_written()];
    if kinds.iter().filter(|written| **written).count() > 1 {
        let remedy = "write one of `memory`, `embedded` and `redis`";
        findings.error(place, "relationships are kept in one place", remedy);
        return None;
    }
    if let Some((redis, place)) = table.redis.here() {
        required(&redis.url, &place, "url", findings);
        #[cfg(feature = "redis")]
        return self::redis(redis, around, findings);
        // Not looked up: a build that cannot use it need not be told where it is.
        #[cfg(not(feature = "redis"))]
        {
            let remedy = "build with it, or write `embedded = { path = \"rapport.redb\" }`";
            findings.error(&place.of_key(), "this build has no feature `redis`", remedy);
            return None;
        }
    }
    if let Some((embedded, place)) = table.embedded.here() {
        let path = around.path(&embedded.path, text(&embedded.path, &place, "path", findings)?);
        #[cfg(feature = "embedded")]
        return Some(StoreKind::Embedded { path });
        #[cfg(not(feature = "embedded"))]
        {
            let remedy =
                format!("build with it to keep relationships in `{}`, or write `memory = {{}}`", path.display());
            findings.error(&place.of_key(), "this build has no feature `embedded`", remedy);
            return None;
        }
    }
    if table.embedded.is_unreadable() || table.redis.is_unreadable() || unreadable {
        return None;
    }
    if !table.memory.is_written() {
        let remedy = "write `embedded = { path = \"rapport.redb\" }`, or `memory = {}` if that is meant";
        findings.warn(place, "relationships are kept in memory and forgotten when the process ends", remedy);
    }
    Some(StoreKind::Memory)
}

#[cfg(feature = "redis")]
fn redis(table: &written::Redis, around: &Surroundings<'_>, findings: &Findings<'_>) -> Option<StoreKind> {
    let mode = match table.mode.get() {
        None | Some(written::RedisMode::Single) => RedisMode::Single,
        Some(written::RedisMode::Sentinel) => RedisMode::Sentinel,
        Some(written::RedisMode::Cluster) => RedisMode::Cluster,
    };
    let prefix = table.prefix.get().map_or(RedisSettings::PREFIX, String::as_str);
    let is_prefix = RedisSettings::is_prefix(prefix);
    if !is_prefix {
        let remedy = "write up to 64 letters, digits and `:._-/`";
        findings.error(&table.prefix.place(), format!("`{prefix}`: keys cannot begin so"), remedy);
    }
    let secret = String::from_utf8(around.secret(&table.url, findings)?);
    // What is wrong with a secret is said without it.
    let url = secret.map_err(|_| "it is not UTF-8".to_owned()).and_then(|url| {
        let url: RedisUrl = url.trim().parse().map_err(|error: RedisUrlError| error.to_string())?;
        url.conflict(mode).map_or(Ok(url), |conflict| Err(conflict.to_owned()))
    });
    let url =
        url.map_err(|why| findings.error(&table.url.place(), "this is no address of redis that can be used", why));
    Some(StoreKind::Redis { url: url.ok()?, mode, prefix: is_prefix.then(|| prefix.to_owned())? })
}

impl ServeSettings {
    /// How many connections there may be at once where the policy does not say it.
    pub const MAX_CONNECTIONS: usize = 10_000;
}

fn max_staleness(key: &Key<String>, findings: &Findings<'_>) -> Option<Duration> {
    let bound = values::duration(key, "2s", findings)?;
    if bound < SHORTEST_STALENESS {
        let message = "so soon nothing could be heard of other nodes";
        findings.error(&key.place(), message, "write \"100ms\" or more");
        return None;
    }
    Some(bound)
}

/// Within it, a store is asked several times whether something has changed.
const SHORTEST_STALENESS: Duration = Duration::from_millis(100);

pub(super) fn serve(
    key: &Key<written::Serve>,
    around: &Surroundings<'_>,
    findings: &Findings<'_>,
) -> Option<ServeSettings> {
    let nothing = written::Serve::default();
    let table = key.get().unwrap_or(&nothing);
    let upstream_timeout = values::duration(&table.upstream_timeout, "30s", findings);
    let header_timeout = values::duration(&table.header_timeout, "10s", findings);
    let max_connections = table.max_connections.get().map_or(Some(ServeSettings::MAX_CONNECTIONS), |most| {
        let served = usize::try_from(*most).ok().filter(|most| (1..=10_000_000).contains(most));
        if served.is_none() {
            let message = format!("`{most}`: nothing could be served so");
            findings.error(&table.max_connections.place(), message, "write 1 to 10_000_000");
        }
        served
    });
    let tls = match table.tls.here() {
        None => Some(None),
        Some((tls, place)) => {
            required(&tls.key, &place, "key", findings);
            let key = around.secret(&tls.key, findings).map(PrivateKey);
            let path = text(&tls.certificate, &place, "certificate", findings);
            let certificate = path.map(|path| around.path(&tls.certificate, path));
            let key_file = around.file_of(&tls.key);
            certificate.zip(key).map(|(certificate, key)| Some(TlsSettings { certificate, key, key_file }))
        }
    };
    Some(ServeSettings {
        upstream_timeout: upstream_timeout?,
        header_timeout: header_timeout?,
        max_connections: max_connections?,
        tls: tls?,
    })
}

pub(super) fn report(
    key: &Key<written::Report>,
    around: &Surroundings<'_>,
    findings: &Findings<'_>,
) -> Option<ReportSettings> {
    let nothing = written::Report::default();
    let table = key.get().unwrap_or(&nothing);
    let sample = values::share(table.sample.get().copied().unwrap_or(1.0), &table.sample.place(), findings);
    let decisions = match table.decisions.here() {
        None | Some((Either::Word(written::Decisions::Off), _)) => Some(DecisionLog::Off),
        Some((Either::Word(written::Decisions::Tracing), _)) => Some(DecisionLog::Tracing),
        Some((Either::Other(file), place)) => {
            let path = text(&file.file, &place, "file", findings);
            let keep = values::duration(&file.keep, "7d", findings);
            let rotate = values::size(&file.rotate, "100MiB", findings);
            let path = path.and_then(|path| its_own(&file.file, path, around, findings));
            path.zip(keep).zip(rotate).map(|((path, keep), rotate)| DecisionLog::File { path, keep, rotate })
        }
    };
    let metrics = match table.metrics.here() {
        None => Some(None),
        Some((text, _)) if text == "off" => Some(None),
        Some((text, place)) => {
            let address = text.parse().ok();
            if address.is_none() {
                let remedy = "write \"off\", or one such as \"127.0.0.1:9464\"";
                findings.error(&place, format!("`{text}`: no address to listen on"), remedy);
            }
            address.map(Some)
        }
    };
    let header = table.header.get().copied().unwrap_or(true);
    Some(ReportSettings { header, sample: sample?, decisions: decisions?, metrics: metrics? })
}

/// The file of a log, which is put aside and deleted: it is none that the policy names for something else, before this.
fn its_own(key: &Key<String>, path: &str, around: &Surroundings<'_>, findings: &Findings<'_>) -> Option<PathBuf> {
    let file = around.sources.path(key.place().value.start, path);
    let Some(other) = around.known_as(&file) else { return Some(file) };
    let message = format!("`{path}`: this is {other}, and a log is put aside and deleted");
    findings.error(&key.place(), message, "name a file that is nothing else, such as `decisions.jsonl`");
    None
}
