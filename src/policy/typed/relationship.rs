//! `[relationship]`, `[[stages]]`, `[caps]` and `[holdout]`.

use std::time::Duration;

use http::Method;

use super::{
    names::{EventName, StageName},
    text::{Item, Table},
};

tables! {
    /// How stages are gained and lost. All durations are whole [`days`](super::days).
    #[derive(Default)]
    Relationship;
    /// Something that happens between customer and business.
    Event;
    /// A request and its answer, by which the layer itself sees an event.
    When;
    /// A stage of the ladder.
    ///
    /// ```
    /// use tower_rapport::policy::typed::{EventName, Need, Stage, StageName, days};
    ///
    /// let needs = [Need::KnownFor(days(60)), Need::ActiveDays(8), Need::Events(EventName::PURCHASE, 2)];
    /// let familiar = Stage::new(StageName::FAMILIAR).needs(needs);
    /// ```
    Stage;
    /// What holds a stage down.
    #[derive(Default)]
    Caps;
    /// The highest stage of people under an age, by the birthdate claim.
    #[derive(Default)]
    Minor;
    /// A channel, known by a request header.
    Channel;
    /// A share of the customers that is held at most at a stage, to measure the difference.
    #[derive(Default)]
    Holdout;
}

/// Something that a stage needs.
///
/// ```
/// use tower_rapport::policy::typed::{EventName, Need, Stage, StageName, days};
///
/// let trusted = Stage::new(StageName::TRUSTED).needs([Need::KnownFor(days(180)), Need::Events(EventName::PURCHASE, 4)]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// To have been known for so many whole [`days`](super::days).
    KnownFor(Duration),
    /// To have come on so many days.
    ActiveDays(u64),
    /// So many of an event.
    Events(EventName, u64),
}

/// What somebody of unknown age is taken for.
///
/// ```
/// use tower_rapport::policy::{
///     Policy,
///     typed::{Age, Caps, Minor},
/// };
///
/// let minor = Minor::default().under(16).unknown(Age::Minor);
/// let builder = Policy::builder().caps(Caps::default().minor(minor));
/// assert!(builder.to_toml().contains("unknown = \"minor\""));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Age {
    /// No minor.
    Adult,
    /// A minor.
    Minor,
}

impl Relationship {
    /// At most one stage up in this time. Default: 7 days.
    pub fn pace(self, days: Duration) -> Self {
        Self(self.0.with("pace", days))
    }

    /// A relationship this long silent is deleted. Default: 730 days.
    pub fn retention(self, days: Duration) -> Self {
        Self(self.0.with("retention", days))
    }

    /// Silent longer than both `after` and `rhythm` times the own mean gap: a stage down. Default: 90 days, and 3.0.
    pub fn cools(self, after: Duration, rhythm: f64) -> Self {
        Self(self.0.with("cools", Table::default().with("after", after).with("rhythm", rhythm)))
    }

    /// What happens between customer and business; a visit is built in. Default: a purchase, and a complaint that takes a
    /// stage.
    pub fn events(self, events: impl IntoIterator<Item = Event>) -> Self {
        Self(self.0.with("events", Item::list(events)))
    }
}

impl Event {
    /// An event of this name.
    pub fn new(name: impl Into<EventName>) -> Self {
        Self(Table::default().with("name", name.into()))
    }

    /// How many stages the event takes away. Default: 0.
    pub fn takes_stages(self, stages: u64) -> Self {
        Self(self.0.with("takes_stages", stages))
    }

    /// An answer by which the layer itself sees the event.
    pub fn when(self, when: When) -> Self {
        Self(self.0.with("when", when))
    }
}

impl When {
    /// The request's method, and a path pattern as in axum 0.8. Of an event that takes no stages, a request has this very
    /// path, with or without a last `/` as here.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self(Table::default().with("method", method.as_str()).with("path", path.into()))
    }

    /// `2xx` and the like, or one status, such as `201`. Default: `2xx`.
    pub fn status(self, status: impl Into<String>) -> Self {
        Self(self.0.with("status", status.into()))
    }
}

impl Stage {
    /// A stage of this name.
    pub fn new(name: impl Into<StageName>) -> Self {
        Self(Table::default().with("name", name.into()))
    }

    /// What must have come together.
    pub fn needs(self, needs: impl IntoIterator<Item = Need>) -> Self {
        let needs = needs.into_iter().map(|need| match need {
            Need::KnownFor(days) => ("known_for".to_owned(), Item::from(days)),
            Need::ActiveDays(days) => ("active_days".to_owned(), days.into()),
            Need::Events(event, count) => (event.into(), count.into()),
        });
        Self(self.0.with("needs", Item::entries(needs)))
    }
}

impl Caps {
    /// The highest stage of people under an age. Default: as soon as a birthdate is read, that of [`Minor`].
    pub fn minor(self, minor: Minor) -> Self {
        Self(self.0.with("minor", minor))
    }

    /// The highest stage on a channel.
    pub fn channels(self, channels: impl IntoIterator<Item = Channel>) -> Self {
        Self(self.0.with("channels", Item::list(channels)))
    }
}

impl Minor {
    /// Years of age. Default: 18.
    pub fn under(self, years: u64) -> Self {
        Self(self.0.with("under", years))
    }

    /// The highest stage. Default: `acquainted`.
    pub fn stage(self, stage: impl Into<StageName>) -> Self {
        Self(self.0.with("stage", stage.into()))
    }

    /// What somebody of unknown age is taken for. Default: an adult.
    pub fn unknown(self, age: Age) -> Self {
        let word = match age {
            Age::Adult => "adult",
            Age::Minor => "minor",
        };
        Self(self.0.with("unknown", word))
    }
}

impl Channel {
    /// The header's name, its value, compared exactly, and the highest stage.
    pub fn new(header: impl Into<String>, value: impl Into<String>, stage: impl Into<StageName>) -> Self {
        let table = Table::default().with("header", header.into()).with("value", value.into());
        Self(table.with("stage", stage.into()))
    }
}

impl Holdout {
    /// Which share, from 0 to 1. Default: 0.0.
    pub fn share(self, share: f64) -> Self {
        Self(self.0.with("share", share))
    }

    /// The highest stage. Default: `new`.
    pub fn stage(self, stage: impl Into<StageName>) -> Self {
        Self(self.0.with("stage", stage.into()))
    }

    /// The event that is compared.
    pub fn outcome(self, event: impl Into<EventName>) -> Self {
        Self(self.0.with("outcome", event.into()))
    }
}
