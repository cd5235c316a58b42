//! `[store]`, `[portal]` and `[report]`.

use std::time::Duration;

#[cfg(feature = "redis")]
use super::Secret;
use super::text::{Item, Table};
#[cfg(feature = "redis")]
use crate::store::RedisMode;

tables! {
    /// Where relationships are kept: one of memory, embedded and redis.
    Store;
    /// How much is kept in memory.
    #[derive(Default)]
    Cache;
    /// The customer's own routes.
    #[derive(Default)]
    Portal;
    /// What is told of decisions.
    #[derive(Default)]
    Report;
    /// A file of decisions, one JSON object a line.
    DecisionFile;
}

#[cfg(feature = "redis")]
tables! {
    /// A store in Redis or Valkey.
    Redis;
}

/// Where decisions are logged.
///
/// ```
/// use tower_rapport::policy::typed::{DecisionFile, Decisions, Report, days};
///
/// let report = Report::default().decisions(Decisions::File(DecisionFile::new("decisions.jsonl").keep(days(30))));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Decisions {
    /// Nowhere.
    Off,
    /// As tracing events.
    Tracing,
    /// In a file.
    File(DecisionFile),
}

impl Store {
    /// In the process; gone when it ends.
    pub fn memory() -> Self {
        Self(Table::default().with("memory", Table::default()))
    }

    /// In one file beside the process.
    #[cfg(feature = "embedded")]
    pub fn embedded(path: impl Into<String>) -> Self {
        Self(Table::default().with("embedded", Table::default().with("path", path.into())))
    }

    /// In Redis or Valkey.
    #[cfg(feature = "redis")]
    pub fn redis(redis: Redis) -> Self {
        Self(Table::default().with("redis", redis))
    }

    /// How long another node's write may go unseen. Default: 2 seconds.
    pub fn max_staleness(self, staleness: Duration) -> Self {
        Self(self.0.with("max_staleness", staleness))
    }

    /// A relationship that is not there by then is a stranger's, this once. Default: 25 milliseconds.
    pub fn decide_within(self, time: Duration) -> Self {
        Self(self.0.with("decide_within", time))
    }

    /// How much is kept in memory.
    pub fn cache(self, cache: Cache) -> Self {
        Self(self.0.with("cache", cache))
    }
}

#[cfg(feature = "redis")]
impl Redis {
    /// At an address, which may hold a password.
    pub fn new(url: Secret) -> Self {
        Self(Table::default().with("url", url))
    }

    /// How it is run. Default: one server.
    pub fn mode(self, mode: RedisMode) -> Self {
        let word = match mode {
            RedisMode::Single => "single",
            RedisMode::Sentinel => "sentinel",
            RedisMode::Cluster => "cluster",
        };
        Self(self.0.with("mode", word))
    }

    /// What every key begins with. Default: `rapport:`.
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self(self.0.with("prefix", prefix.into()))
    }
}

impl Cache {
    /// How many relationships. Default: 1,000,000.
    pub fn relationships(self, number: u64) -> Self {
        Self(self.0.with("relationships", number))
    }

    /// How many verified tokens. Default: 100,000.
    pub fn tokens(self, number: u64) -> Self {
        Self(self.0.with("tokens", number))
    }

    /// How many generic answers. Default: 1,000.
    pub fn generic(self, number: u64) -> Self {
        Self(self.0.with("generic", number))
    }
}

impl Portal {
    /// Where the routes begin. Default: `/rapport`.
    pub fn path(self, path: impl Into<String>) -> Self {
        Self(self.0.with("path", path.into()))
    }

    /// A folder with own words per language.
    pub fn texts(self, folder: impl Into<String>) -> Self {
        Self(self.0.with("texts", folder.into()))
    }

    /// Who is responsible, and an address for requests: for consent records and `/policy`.
    pub fn controller(self, name: impl Into<String>, contact: impl Into<String>) -> Self {
        let table = Table::default().with("name", name.into()).with("contact", contact.into());
        Self(self.0.with("controller", table))
    }
}

impl Report {
    /// Whether answers have the header `Personalization`. Default: true.
    pub fn header(self, yes: bool) -> Self {
        Self(self.0.with("header", yes))
    }

    /// The share of answers in observe mode that are shaped on the side to be counted. Default: 1.0.
    pub fn sample(self, share: f64) -> Self {
        Self(self.0.with("sample", share))
    }

    /// Where decisions are logged. Default: nowhere.
    pub fn decisions(self, decisions: Decisions) -> Self {
        let said = match decisions {
            Decisions::Off => "off".into(),
            Decisions::Tracing => "tracing".into(),
            Decisions::File(file) => Item::from(file),
        };
        Self(self.0.with("decisions", said))
    }
}

impl DecisionFile {
    /// The file.
    pub fn new(file: impl Into<String>) -> Self {
        Self(Table::default().with("file", file.into()))
    }

    /// How long it is kept. Default: 7 days.
    pub fn keep(self, time: Duration) -> Self {
        Self(self.0.with("keep", time))
    }

    /// The bytes at which a new file is begun. Default: 100 MiB.
    pub fn rotate(self, bytes: usize) -> Self {
        Self(self.0.with("rotate", Item::bytes(bytes)))
    }
}
