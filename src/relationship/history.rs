//! What happened between customer and business, as counts and days.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    day::Day,
    event::{Event, Mark},
};
use crate::name::Name;

/// What happened between customer and business.
///
/// [`Ladder::add`](super::Ladder::add) writes it on. What a test writes down of somebody who bought something, told of with an id:
///
/// ```
/// use tower_rapport::relationship::{Day, History, Mark};
///
/// let day = Day::from_date("2026-11-22".parse()?);
/// let marks = vec![Mark::from_bytes([7; 8])]; // of `order-17`; elsewhere a keyed hash
/// let counts = [("purchase".parse()?, 1)].into();
/// let history = History { active_days: 1, counts, marks, ..History::beginning(day) };
/// assert_eq!((history.count("purchase"), history.count("complaint")), (1, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// The marks of events that count once, the latest last. See [`History::MARKS`].
    pub marks: Vec<Mark>,
    /// Since when events have told of days from which `last_seen` lies ahead; none where the latest did not.
    pub doubted_since: Option<Day>,
}

/// A change of stage, or what would have been one at a higher stage.
///
/// See the example of [`Record`](super::Record).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The day of the event that made it.
    pub on: Day,
    /// What made it.
    pub why: Why,
}

/// Why a stage changed.
///
/// See the example of [`Record`](super::Record).
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

impl History {
    /// The built-in event: a request to a configured endpoint that was answered.
    pub const VISIT: &str = "visit";

    /// How many marks a history has at most: whoever tells of an event again does so while it is among the latest.
    pub const MARKS: usize = 64;

    /// How often an event happened.
    pub fn count(&self, event: &str) -> u64 {
        self.counts.get(event).copied().unwrap_or(0)
    }

    /// A history that begins with the day of its first event, before that event is added.
    pub fn beginning(day: Day) -> Self {
        Self {
            first_seen: day,
            last_seen: day,
            active_days: 0,
            last_visit: None,
            counts: BTreeMap::new(),
            stage: None,
            changed: None,
            marks: Vec::new(),
            doubted_since: None,
        }
    }

    /// Whether its last day has not come yet on this one, though clocks do not pass midnight at once.
    pub(super) fn is_ahead_of(&self, day: Day) -> bool {
        self.last_seen.days_since(day) > 1
    }

    /// Goes on from an earlier day: how often what happened stays, and since when somebody is known, for nobody is known for
    /// longer because a clock was wrong.
    pub(super) fn turn_back(&mut self, to: Day) {
        self.last_seen = to;
        self.last_visit = None;
        self.stage = None;
        self.changed = Some(Change { on: to, why: Why::Cooled });
    }

    /// The last change after what takes stages. Where it took none, because there was none, the pace begins anew all the same,
    /// and the reason stays as it was.
    pub(super) fn after_loss(&self, on: Day, why: Why, took: bool) -> Change {
        let before = self.changed.map_or(Why::Gained, |change| change.why);
        Change { on, why: if took { why } else { before } }
    }

    /// Whether an event is one that was counted before. One without an id never is.
    pub(crate) fn has_counted(&self, event: &Event) -> bool {
        event.marks.iter().any(|mark| self.marks.contains(mark))
    }

    /// Notes that an event with an id is counted.
    pub(super) fn note(&mut self, event: &Event) {
        self.marks.extend(event.marks.first());
        self.marks.drain(..self.marks.len().saturating_sub(Self::MARKS));
    }

    /// Counts an event and its day. A day before the last one known (a clock went back) is not another active day.
    pub(super) fn add(&mut self, event: &Name, day: Day) {
        if self.active_days == 0 || day > self.last_seen {
            self.active_days = self.active_days.saturating_add(1);
            self.last_seen = day;
        }
        self.count_event(event, day);
    }

    /// Counts an event without its day.
    pub(super) fn count_event(&mut self, event: &Name, day: Day) {
        let again = *event == *Self::VISIT && self.last_visit.is_some_and(|last| last >= day);
        if *event == *Self::VISIT && !again {
            self.last_visit = Some(day);
        }
        if !again {
            // The name is shared by all: counting its holders each time would make many processors wait for each other.
            if let Some(count) = self.counts.get_mut(event) {
                *count = count.saturating_add(1);
            } else {
                self.counts.insert(event.clone(), 1);
            }
        }
    }
}
