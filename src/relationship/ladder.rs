//! The ladder: which stage a history has earned.
//!
//! A stage is gained only at an event, one at a time, and no faster than `pace` allows. Silence takes stages away: how
//! long it must be follows the customer's own rhythm, so that somebody who comes every two months is not forgotten after
//! three. Some events take stages at once. Nothing else moves a stage.
//!
//! Both ways of losing a stage restart the pace also for somebody at the lowest stage, who has none to lose. Otherwise a
//! customer with fewer events could overtake one with more: the promise is that more acts never show less.
//!
//! # When the clock is wrong
//!
//! A history whose last day has not come yet is from a clock that ran ahead, or the present clock has fallen behind; which
//! one cannot be known. Until that day comes the history is doubted: nothing that hangs on days is believed of it, so it
//! is at the lowest stage. Events are counted meanwhile and move no stage up, and nothing else of the history is touched, so a clock
//! that was behind leaves nothing but counts. Once events have told of the earlier days for a `pace`, those are believed: all that happened
//! stays counted, and the climb begins anew. A day is no sign of a wrong clock: those of two nodes need not pass midnight at once.

mod joining;
mod thresholds;

use std::{collections::BTreeMap, error::Error, fmt};

use serde::{Deserialize, Serialize};

pub use self::thresholds::Threshold;
use super::{
    day::Day,
    event::Event,
    record::{Change, History, Why},
};
use crate::name::Name;

/// A rung of a ladder by its height; 0 is the lowest.
///
/// See the example of [`Ladder`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stage(u8);

/// The stages of a policy and the rules by which they are gained and lost.
///
/// ```
/// use tower_rapport::relationship::{Cooling, Day, History, Ladder, Needs, Rung, Stage};
///
/// let rung = |name: &str, needs| Ok::<_, tower::BoxError>(Rung { name: name.parse()?, needs });
/// let needs = Needs { known_for: 7, active_days: 3, ..Needs::default() };
/// let rungs = vec![rung("new", Needs::default())?, rung("acquainted", needs)?];
/// let ladder = Ladder::new(rungs, 7, Cooling { after: 90, rhythm: 3_000 }, [("complaint".parse()?, 1)].into())?;
///
/// // Somebody comes on three days within a week.
/// let (visit, first) = (History::VISIT.parse()?, Day::from_date("2026-11-01".parse()?));
/// let mut history = History::beginning(first);
/// for day in [0, 3, 6] {
///     ladder.add(&mut history, &visit, first.plus(day), None);
/// }
/// let next = ladder.next(Some(&history), Stage::LOWEST, first.plus(6), None).ok_or("there is one")?;
/// assert_eq!((next.stage.as_str(), next.missing["known_for"]), ("acquainted", 1));
/// // The stage is gained at an event, and cools in silence.
/// ladder.add(&mut history, &visit, first.plus(8), None);
/// assert_eq!(ladder.name(ladder.earned(&history)), &"acquainted");
/// assert_eq!(ladder.standing(Some(&history), first.plus(120), None).stage, Stage::LOWEST);
/// # Ok::<(), tower::BoxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ladder {
    rungs: Vec<Rung>,
    pace: u32,
    cooling: Cooling,
    takes: BTreeMap<Name, u8>,
    visit: Name,
}

/// One stage and what it needs.
///
/// See the example of [`Ladder`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// What the stage is called.
    pub name: Name,
    /// What must have come together, beside all that lower stages need.
    pub needs: Needs,
}

/// What a stage needs.
///
/// See the example of [`Ladder`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// Days since the first event, or since the day that a token vouches for.
    pub known_for: u32,
    /// Days with an event.
    pub active_days: u32,
    /// How often each of these events happened.
    pub counts: BTreeMap<Name, u64>,
}

/// When silence takes a stage: each time it has lasted longer than `max(after, rhythm × own mean gap)` once more.
///
/// See the example of [`Ladder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cooling {
    /// Days of silence that nobody is cooled before; at least 1.
    pub after: u32,
    /// Thousandths of the mean number of days between two active days.
    pub rhythm: u32,
}

/// Where a history stands on a ladder on one day.
///
/// See the example of [`Ladder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The earned stage.
    pub stage: Stage,
    /// Whether the needs of the next stage are met and only the pace holds it back.
    pub paced: bool,
    /// What took the last stage that was lost, while none has been gained since.
    pub lost: Option<Why>,
}

/// What the next stage still needs.
///
/// See the example of [`Ladder`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Next {
    /// The next stage.
    pub stage: Name,
    /// What is missing: days for `known_for`, `active_days` and `pace`, and times for events.
    pub missing: BTreeMap<String, u64>,
}

impl Ladder {
    /// A ladder of stages, lowest first; `pace` in days; the events that take stages, and how many.
    ///
    /// # Errors
    ///
    /// Fewer than two stages or more than sixteen, a name that stands twice, needs at the lowest stage, a cooling after
    /// no day at all, a pace of none.
    pub fn new(rungs: Vec<Rung>, pace: u32, cooling: Cooling, takes: BTreeMap<Name, u8>) -> Result<Self, LadderError> {
        if !(2..=16).contains(&rungs.len()) {
            return Err(LadderError::NumberOfStages);
        }
        if rungs.first().is_some_and(|lowest| lowest.needs != Needs::default()) {
            return Err(LadderError::LowestNeeds);
        }
        let twice = |(place, rung): (usize, &Rung)| rungs.iter().skip(place + 1).any(|other| other.name == rung.name);
        if rungs.iter().enumerate().any(twice) {
            return Err(LadderError::NameTwice);
        }
        if cooling.after == 0 {
            return Err(LadderError::CoolsAtOnce);
        }
        if pace == 0 {
            return Err(LadderError::NoPace);
        }
        let visit = Name::of_literal(History::VISIT);
        Ok(Self { rungs, pace, cooling, takes, visit })
    }

    /// The stages, lowest first.
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// The number of stages.
    #[expect(clippy::len_without_is_empty, reason = "a ladder has at least two stages")]
    pub fn len(&self) -> u8 {
        u8::try_from(self.rungs.len()).unwrap_or(u8::MAX)
    }

    /// The stage of a name.
    pub fn stage(&self, name: &str) -> Option<Stage> {
        let place = self.rungs.iter().position(|rung| rung.name == *name)?;
        u8::try_from(place).ok().map(Stage)
    }

    /// The name of a stage; that of the highest for a stage above it.
    pub fn name(&self, stage: Stage) -> &Name {
        let place = usize::from(stage.0).min(self.rungs.len().saturating_sub(1));
        #[expect(clippy::indexing_slicing, reason = "a ladder has at least two stages, and the place is capped")]
        &self.rungs[place].name
    }

    /// Where a history stands, without a further event.
    ///
    /// `vouched` is the day since which a token says the customer has been known. It saves waiting, not visits.
    pub fn standing(&self, history: Option<&History>, day: Day, vouched: Option<Day>) -> Standing {
        let Some(history) = history else {
            return Standing { stage: Stage::LOWEST, paced: false, lost: None };
        };
        if history.is_ahead_of(day) {
            return Standing { stage: Stage::LOWEST, paced: true, lost: None };
        }
        let silences = self.silences(history, day);
        let earned = self.earned(history);
        let stage = earned.down(silences);
        let cooled = (stage < earned).then_some(Why::Cooled);
        let lost = cooled.or(history.changed.map(|change| change.why).filter(|why| *why != Why::Gained));
        let paced = self.needs_met(history, day, vouched) > stage && (silences > 0 || self.is_paced(history, day));
        Standing { stage, paced, lost }
    }

    /// The history after one more event on a day.
    pub fn after(&self, history: Option<&History>, event: &Name, day: Day, vouched: Option<Day>) -> History {
        let mut next = history.cloned().unwrap_or_else(|| History::beginning(day));
        self.add(&mut next, event, day, vouched);
        next
    }

    /// Adds one more event on a day to a history, in its place: for who replays many.
    pub fn add(&self, history: &mut History, event: &Name, day: Day, vouched: Option<Day>) {
        if history.is_ahead_of(day) {
            let since = history.doubted_since.map_or(day, |since| since.min(day));
            if day.days_since(since) < self.pace {
                return self.add_in_doubt(history, event, day, since);
            }
            history.turn_back(since);
        }
        history.doubted_since = None;
        let before = self.earned(history);
        let mut stage = before;
        let silences = self.silences(history, day);
        if silences > 0 {
            stage = stage.down(silences);
            history.changed = Some(history.after_silence(day, stage < before));
        }
        history.add(event, day);
        let takes = self.takes(event);
        if takes > 0 {
            stage = stage.down(takes);
            history.changed = Some(Change { on: day, why: Why::Taken });
        } else if self.needs_met(history, day, vouched) > stage && !self.is_paced(history, day) {
            stage = stage.up();
            history.changed = Some(Change { on: day, why: Why::Gained });
        }
        // A name that the ladder no longer has goes, too.
        if stage != before || stage == Stage::LOWEST {
            history.stage = self.kept(stage);
        }
    }

    /// Adds an event of a day from which the last one of the history lies ahead. Only what takes stages does so at once.
    fn add_in_doubt(&self, history: &mut History, event: &Name, day: Day, since: Day) {
        history.doubted_since = Some(since);
        history.count_event(event, day);
        let takes = self.takes(event);
        if takes > 0 {
            history.stage = self.kept(self.earned(history).down(takes));
            history.changed = Some(Change { on: history.last_seen, why: Why::Taken });
            // The pace begins again, on whichever of the two days it is.
            history.doubted_since = Some(day);
        }
    }

    /// The history after an event that may have been told of before; none where it was.
    pub(crate) fn after_once(
        &self,
        history: Option<&History>,
        event: &Event,
        day: Day,
        vouched: Option<Day>,
    ) -> Option<History> {
        if history.is_some_and(|known| known.has_counted(event)) {
            return None;
        }
        let mut next = self.after(history, &event.name, day, vouched);
        next.note(event);
        Some(next)
    }

    /// The history after a visit; none where it changes nothing.
    pub(crate) fn after_visit(&self, history: Option<&History>, day: Day, vouched: Option<Day>) -> Option<History> {
        let counts = self.visit_counts(history, day, vouched);
        counts.then(|| self.after(history, &self.visit, day, vouched))
    }

    /// Whether a visit changes anything, as the first one of a day does.
    pub(crate) fn visit_counts(&self, history: Option<&History>, day: Day, vouched: Option<Day>) -> bool {
        if let Some(ahead) = history.filter(|history| history.is_ahead_of(day)) {
            let begins_or_ends = |since| day < since || day.days_since(since) >= self.pace;
            return ahead.doubted_since.is_none_or(begins_or_ends);
        }
        let is_counted = |known: &&History| {
            known.last_visit.is_some_and(|last| last >= day) && known.last_seen >= day && known.doubted_since.is_none()
        };
        let counted = history.filter(is_counted);
        let gains =
            |known: &History| self.needs_met(known, day, vouched) > self.earned(known) && !self.is_paced(known, day);
        counted.is_none_or(gains)
    }

    /// What the stage above `stage` still needs on a day; none at the highest.
    pub fn next(&self, history: Option<&History>, stage: Stage, day: Day, vouched: Option<Day>) -> Option<Next> {
        let above = self.rungs.get(usize::from(stage.up().0))?;
        let mut missing = BTreeMap::new();
        let mut need = |what: &str, wanted: u64, has: u64| {
            if has < wanted {
                let short = missing.entry(what.to_owned()).or_insert(0);
                *short = (*short).max(wanted - has);
            }
        };
        for rung in self.rungs.iter().take(usize::from(stage.0) + 2) {
            let known_for = history.map_or(0, |history| known_for(history, day, vouched));
            need("known_for", rung.needs.known_for.into(), known_for.into());
            need("active_days", rung.needs.active_days.into(), history.map_or(0, |history| history.active_days.into()));
            for (event, times) in &rung.needs.counts {
                need(event.as_str(), *times, history.map_or(0, |history| history.count(event.as_str())));
            }
        }
        let waits_since = |history: &History| match history.is_ahead_of(day) {
            true => Some(history.doubted_since.unwrap_or(day)),
            // The first event after a silence begins the pace anew.
            false if self.silences(history, day) > 0 => Some(day),
            false => history.changed.map(|change| change.on),
        };
        if let Some(since) = history.and_then(waits_since) {
            need("pace", self.pace.into(), day.days_since(since).into());
        }
        Some(Next { stage: above.name.clone(), missing })
    }

    /// The stage that the last event left. A name that the ladder no longer has is the lowest stage.
    pub fn earned(&self, history: &History) -> Stage {
        history.stage.as_ref().and_then(|name| self.stage(name.as_str())).unwrap_or(Stage::LOWEST)
    }

    /// How many stages an event takes.
    fn takes(&self, event: &Name) -> u64 {
        self.takes.get(event).copied().unwrap_or(0).into()
    }

    /// A stage as a history keeps it.
    fn kept(&self, stage: Stage) -> Option<Name> {
        (stage != Stage::LOWEST).then(|| self.name(stage).clone())
    }

    /// The highest stage whose needs, and all lower stages' needs, are met.
    fn needs_met(&self, history: &History, day: Day, vouched: Option<Day>) -> Stage {
        let met = |rung: &&Rung| {
            rung.needs.known_for <= known_for(history, day, vouched)
                && rung.needs.active_days <= history.active_days
                && rung.needs.counts.iter().all(|(event, times)| history.count(event.as_str()) >= *times)
        };
        let rungs = self.rungs.iter().take_while(met).count();
        Stage(u8::try_from(rungs.saturating_sub(1)).unwrap_or(0))
    }

    fn is_paced(&self, history: &History, day: Day) -> bool {
        history.changed.is_some_and(|change| day.days_since(change.on) < self.pace)
    }

    /// How many times the silence since the last event has been too long.
    ///
    /// In whole numbers, both sides multiplied by 1000 × (active days − 1): no rounding decides about a stage.
    fn silences(&self, history: &History, day: Day) -> u64 {
        let gaps = u128::from(history.active_days.saturating_sub(1));
        let span = u128::from(history.last_seen.days_since(history.first_seen));
        let scale = 1000 * gaps.max(1);
        let period = (u128::from(self.cooling.after) * scale).max(u128::from(self.cooling.rhythm) * span * gaps.min(1));
        let silence = u128::from(day.days_since(history.last_seen)) * scale;
        u64::try_from(silence.saturating_sub(1) / period.max(1)).unwrap_or(u64::MAX)
    }
}

impl Stage {
    /// The stage of somebody unknown.
    pub const LOWEST: Self = Self(0);

    /// The height above the lowest stage.
    pub const fn level(self) -> u8 {
        self.0
    }

    /// The stage at a height. Only a ladder knows whether it has one there.
    pub const fn at(level: u8) -> Self {
        Self(level)
    }

    fn up(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    fn down(self, rungs: u64) -> Self {
        Self(self.0.saturating_sub(u8::try_from(rungs).unwrap_or(u8::MAX)))
    }
}

/// A vouched day in the future vouches for nothing.
fn known_for(history: &History, day: Day, vouched: Option<Day>) -> u32 {
    let seen = day.days_since(history.first_seen);
    vouched.map_or(seen, |since| seen.max(day.days_since(since)))
}

/// Why stages and rules make no ladder.
///
/// A ladder of one's own is written anew; in a policy file it is a finding with line and remedy, and this error does not come
/// up. See the example of [`Threshold`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LadderError {
    /// Fewer than two stages, or more than sixteen.
    NumberOfStages,
    /// Two stages of one name.
    NameTwice,
    /// The lowest stage has needs, so that nobody could be at any stage.
    LowestNeeds,
    /// Silence would cool on the very day of a visit.
    CoolsAtOnce,
    /// Requests repeated within a day would climb the ladder.
    NoPace,
}

impl fmt::Display for LadderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NumberOfStages => "a ladder has two to sixteen stages",
            Self::NameTwice => "two stages have one name",
            Self::LowestNeeds => "the lowest stage can need nothing: everybody starts there",
            Self::CoolsAtOnce => "`after` is at least one day",
            Self::NoPace => "`pace` is at least one day",
        })
    }
}

impl Error for LadderError {}

#[cfg(test)]
mod tests;
