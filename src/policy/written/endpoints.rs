//! `[[endpoints]]`, without its items.

use serde::Deserialize;

use super::{
    super::keys::{Either, Entries, Key},
    Items, Mode, Secret, Treatment,
};

/// Answers that are shaped.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["name"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Endpoint {
    /// The endpoint's own name.
    pub(in crate::policy) name: Key<String>,
    /// One or several path patterns, as in axum 0.8.
    pub(in crate::policy) path: Key<Either<String, Vec<Key<String>>>>,
    /// The mode of this endpoint alone.
    pub(in crate::policy) mode: Key<Mode>,
    /// "all", or those whose answers are shaped. Default: "all".
    pub(in crate::policy) methods: Key<Either<AllMethods, Vec<Key<String>>>>,
    /// What takes the place of an answer that cannot be shaped. Default: "generic".
    pub(in crate::policy) unreadable: Key<Unreadable>,
    /// The empty answer, as JSON. Default: made from items.path, else {}.
    pub(in crate::policy) empty: Key<String>,
    /// What one answer may take up.
    pub(in crate::policy) limits: Key<Limits>,
    /// Below the highest stage nothing leaves but this and what a field rule keeps.
    pub(in crate::policy) only: Key<Vec<Key<String>>>,
    /// Whether what came compressed is compressed again. Default: "identity".
    pub(in crate::policy) encode: Key<Encode>,
    /// What the wrapped service is not told when nothing personal may be chosen.
    pub(in crate::policy) request: Key<RequestRule>,
    /// What an answer loses while its plan hides anything.
    pub(in crate::policy) response: Key<ResponseRule>,
    /// The answer for somebody unknown.
    pub(in crate::policy) generic: Key<Generic>,
    /// The recommended items.
    pub(in crate::policy) items: Key<Items>,
    /// What may be said aloud.
    pub(in crate::policy) fields: Key<Vec<Key<Field>>>,
    /// Values that are documents themselves.
    pub(in crate::policy) nested: Key<Vec<Key<Nested>>>,
    /// HTML answers: CSS selectors instead of paths.
    pub(in crate::policy) html: Key<Vec<Key<Html>>>,
    /// The answer carries its own explanation.
    pub(in crate::policy) explain: Key<Explain>,
}

/// Every method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::policy) enum AllMethods {
    /// Every method.
    All,
}

/// What takes the place of an answer that cannot be shaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::policy) enum Unreadable {
    /// The generic answer, then the empty one.
    Generic,
    /// The empty answer.
    Empty,
    /// Status 502.
    Refuse,
}

/// How a shaped answer is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::policy) enum Encode {
    /// Not at all.
    Identity,
    /// As it came.
    AsReceived,
}

/// Sizes such as "64KiB" and "1MiB".
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Limits {
    /// One item. Default: "1MiB".
    pub(in crate::policy) item: Key<String>,
    /// How deep values may be nested. Default: 128.
    pub(in crate::policy) depth: Key<u64>,
    /// What is held back of an answer before the first byte leaves. Default: "64KiB".
    pub(in crate::policy) hold: Key<String>,
    /// A request body from which something is hidden. Default: "1MiB".
    pub(in crate::policy) request: Key<String>,
    /// A generic answer that is kept. Default: "8MiB".
    pub(in crate::policy) generic: Key<String>,
}

/// What the wrapped service is not told.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct RequestRule {
    /// header:NAME, cookie:NAME, query:NAME or json:PATH. Default: the authorization and cookie headers.
    pub(in crate::policy) hide: Key<Vec<Key<String>>>,
}

/// What an answer loses.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct ResponseRule {
    /// header:NAME
    pub(in crate::policy) hide: Key<Vec<Key<String>>>,
}

/// The answer for somebody unknown, asked without what `request.hide` names.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Generic {
    /// How long it is shared among all who ask the same. Default: "60s".
    pub(in crate::policy) keep_for: Key<String>,
    /// Headers for services that answer nobody without a token.
    pub(in crate::policy) send: Key<Entries<Secret>>,
}

/// One place in the answer, and how it is shown from which stage on.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["path", "data"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Field {
    /// A JSONPath (RFC 9535) without filters and negative indexes.
    pub(in crate::policy) path: Key<String>,
    /// The class of data: provided, observed, inferred, third_party or special_category.
    pub(in crate::policy) data: Key<String>,
    /// The treatment from each stage on. Default: kept from the class's `from` on.
    pub(in crate::policy) steps: Key<Entries<Treatment>>,
}

/// Values that are documents themselves, shaped and put back.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["path", "kind"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Nested {
    /// Where they are.
    pub(in crate::policy) path: Key<String>,
    /// What they are.
    pub(in crate::policy) kind: Key<Kind>,
}

/// A document in a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::policy) enum Kind {
    /// JSON.
    Json,
    /// HTML.
    Html,
}

/// A place in an HTML answer.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Html {
    /// A CSS selector.
    pub(in crate::policy) select: Key<String>,
    /// A CSS selector of a script element with JSON, shaped by the fields.
    pub(in crate::policy) script: Key<String>,
    /// The class of data.
    pub(in crate::policy) data: Key<String>,
    /// The treatment from each stage on.
    pub(in crate::policy) steps: Key<Entries<Treatment>>,
}

/// The answer carries its own explanation.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["into"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Explain {
    /// The path under which it is put.
    pub(in crate::policy) into: Key<String>,
    /// Whether each item carries its own. Default: false.
    pub(in crate::policy) per_item: Key<bool>,
}
