//! The record of one customer: what happened, as counts and days, and what the customer chose.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::day::Day;
use crate::{consent::Choices, name::Name};

/// All that is kept about one customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What happened between customer and business; none before the first event.
    pub history: Option<History>,
    /// What the customer chose.
    pub choices: Choices,
    /// The last day on which the customer asked to be forgotten.
    pub forgotten: Option<Day>,
}

/// What happened between customer and business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The first day with an event.
    pub first_seen: Day,
    /// The last day with an event.
    pub last_seen: Day,
    /// The number of days with an event.
    pub active_days: u32,
    /// The last day with a visit, so that each day's visits count once.
    pub last_visit: Option<Day>,
    /// How often each event happened; a visit at most once a day.
    pub counts: BTreeMap<Name, u64>,
    /// The stage gained by the last event; none is the lowest.
    pub stage: Option<Name>,
    /// The last change of the stage, from which the pace counts; none before the first.
    pub changed: Option<Change>,
}

/// A change of stage, or what would have been one at a higher stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The day of the event that made it.
    pub on: Day,
    /// What made it.
    pub why: Why,
}

/// Why a stage changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The needs of the next stage were met.
    Gained,
    /// Long silence.
    Cooled,
    /// An event that takes stages.
    Taken,
}

impl Record {
    /// Whether it says nothing at all, as one does whose content has moved elsewhere.
    pub fn is_blank(&self) -> bool {
        *self == Self::default()
    }
}

impl History {
    /// The built-in event: a request to a configured endpoint that was answered.
    pub const VISIT: &str = "visit";

    /// How often an event happened.
    pub fn count(&self, event: &str) -> u64 {
        self.counts.get(event).copied().unwrap_or(0)
    }

    /// A history that begins with the day of its first event, before that event is added.
    pub(super) fn beginning(day: Day) -> Self {
        Self {
            first_seen: day,
            last_seen: day,
            active_days: 0,
            last_visit: None,
            counts: BTreeMap::new(),
            stage: None,
            changed: None,
        }
    }

    /// Counts an event and its day. A day before the last one known (a clock went back) is not another active day.
    pub(super) fn add(&mut self, event: &Name, day: Day) {
        if self.active_days == 0 || day > self.last_seen {
            self.active_days = self.active_days.saturating_add(1);
            self.last_seen = day;
        }
        let again = *event == *Self::VISIT && self.last_visit.is_some_and(|last| last >= day);
        if *event == *Self::VISIT && !again {
            self.last_visit = Some(day);
        }
        if !again {
            let count = self.counts.entry(event.clone()).or_default();
            *count = count.saturating_add(1);
        }
    }
}
