//! `[relationship]`, `[[stages]]`, `[caps]` and `[holdout]`.

use serde::Deserialize;

use super::super::keys::{Entries, Key};

/// How stages are gained and lost. All durations are whole days.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Relationship {
    /// At most one stage up in this time. Default: "7d".
    pub(in crate::policy) pace: Key<String>,
    /// A relationship this long silent is deleted. Default: "730d".
    pub(in crate::policy) retention: Key<String>,
    /// When silence takes a stage.
    pub(in crate::policy) cools: Key<Cools>,
    /// What happens between customer and business; `visit` is built in. Default: purchase, complaint.
    pub(in crate::policy) events: Key<Vec<Key<Event>>>,
}

/// Silent longer than max(after, rhythm × own mean gap): a stage down.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Cools {
    /// Default: "90d".
    pub(in crate::policy) after: Key<String>,
    /// Default: 3.0.
    pub(in crate::policy) rhythm: Key<f64>,
}

/// Something that happens between customer and business.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["name"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Event {
    /// `[a-z][a-z0-9_-]{0,31}`
    pub(in crate::policy) name: Key<String>,
    /// How many stages the event takes away. Default: 0.
    pub(in crate::policy) takes_stages: Key<u64>,
    /// An answer by which the layer itself sees the event.
    pub(in crate::policy) when: Key<When>,
}

/// A request and its answer.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["method", "path"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct When {
    /// The request's method.
    pub(in crate::policy) method: Key<String>,
    /// A path pattern as in axum 0.8. Of an event that takes no stages, a request has this very path, with or without a
    /// last "/" as here.
    pub(in crate::policy) path: Key<String>,
    /// "2xx" and the like, or one status, such as "201". Default: "2xx".
    pub(in crate::policy) status: Key<String>,
}

/// A stage of the ladder.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["name"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Stage {
    /// `[a-z][a-z0-9_-]{0,31}`, but not "none"
    pub(in crate::policy) name: Key<String>,
    /// What must have come together: known_for, active_days, and counts of events.
    pub(in crate::policy) needs: Key<Entries<Need>>,
}

/// Days as a text (`known_for`), or a count.
pub(in crate::policy) type Need = super::super::keys::Either<String, u64>;

/// What holds a stage down.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Caps {
    /// The highest stage of people under an age.
    pub(in crate::policy) minor: Key<Minor>,
    /// The highest stage on a channel.
    pub(in crate::policy) channels: Key<Vec<Key<Channel>>>,
}

/// The highest stage of people under an age, by the birthdate claim.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Minor {
    /// Years of age. Default: 18.
    pub(in crate::policy) under: Key<u64>,
    /// The highest stage. Default: "acquainted".
    pub(in crate::policy) stage: Key<String>,
    /// What somebody of unknown age is taken for. Default: "adult".
    pub(in crate::policy) unknown: Key<Age>,
}

/// What somebody of unknown age is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::policy) enum Age {
    /// No minor.
    Adult,
    /// A minor.
    Minor,
}

/// A channel, known by a request header.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["header", "value", "stage"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Channel {
    /// The header's name.
    pub(in crate::policy) header: Key<String>,
    /// The header's value, compared exactly.
    pub(in crate::policy) value: Key<String>,
    /// The highest stage.
    pub(in crate::policy) stage: Key<String>,
}

/// A share of the customers is held at most at a stage.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Holdout {
    /// Which share, from 0 to 1. Default: 0.0.
    pub(in crate::policy) share: Key<f64>,
    /// The highest stage. Default: "new".
    pub(in crate::policy) stage: Key<String>,
    /// The event that is compared.
    pub(in crate::policy) outcome: Key<String>,
}
