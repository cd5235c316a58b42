//! What can hold an answer back, and sets of it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One thing that can hold an answer back.
///
/// See the example of [`Decision`](super::Decision).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// A purpose is not granted that something needs.
    Consent,
    /// The customer set a limit.
    Limit,
    /// The customer paused personalization.
    Pause,
    /// The customer is, or may be, a minor.
    Minor,
    /// The channel has a highest stage.
    Channel,
    /// The next stage's needs are met, but the last change was too recent.
    Pace,
    /// Silence took a stage.
    Cooled,
    /// An event took a stage.
    Taken,
    /// The client asked for less.
    Prefer,
    /// The customer is in the group that is held back to measure the difference.
    Holdout,
    /// The store did not answer in time.
    Store,
    /// The token proved nothing.
    Token,
}

/// A set of things that hold an answer back.
///
/// ```
/// use tower_rapport::decision::{Limit, Limits};
///
/// let mut limits = Limits::default();
/// limits.add(Limit::Pace);
/// limits.add(Limit::Consent);
/// assert!(limits.has(Limit::Pace));
/// assert_eq!(limits.iter().map(Limit::word).collect::<Vec<_>>(), ["consent", "pace"]);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Limits(u16);

impl Limit {
    /// Every limit, in the order in which they are named.
    pub const ALL: [Self; 12] = [
        Self::Consent,
        Self::Limit,
        Self::Pause,
        Self::Minor,
        Self::Channel,
        Self::Pace,
        Self::Cooled,
        Self::Taken,
        Self::Prefer,
        Self::Holdout,
        Self::Store,
        Self::Token,
    ];

    /// The word for it in headers and logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Limit => "limit",
            Self::Pause => "pause",
            Self::Minor => "minor",
            Self::Channel => "channel",
            Self::Pace => "pace",
            Self::Cooled => "cooled",
            Self::Taken => "taken",
            Self::Prefer => "prefer",
            Self::Holdout => "holdout",
            Self::Store => "store",
            Self::Token => "token",
        }
    }
}

impl Limits {
    /// Adds one.
    pub fn add(&mut self, limit: Limit) {
        self.0 |= 1 << (limit as u16);
    }

    /// Whether one is among them.
    pub fn has(self, limit: Limit) -> bool {
        self.0 >> (limit as u16) & 1 == 1
    }

    /// All of them, in the order of [`Limit::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Limit> {
        Limit::ALL.into_iter().filter(move |limit| self.has(*limit))
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Limit::word)).finish()
    }
}
