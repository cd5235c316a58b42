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

mod climbing;
mod joining;
mod stage;
mod standing;
mod thresholds;

use std::{collections::BTreeMap, error::Error, fmt};

pub use self::{
    stage::Stage,
    standing::{Next, Standing},
    thresholds::Threshold,
};
use super::history::History;
use crate::name::Name;

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
