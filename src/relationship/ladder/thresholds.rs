//! The numbers that a ladder turns on, one by one: what one would move to see what moves with it.

use super::{Cooling, Ladder, LadderError, Needs, Stage};
use crate::name::Name;

/// A number that a ladder turns on.
///
/// ```
/// use tower_rapport::{policy::Policy, relationship::{LadderError, Threshold}};
///
/// # let toml = include_str!("../../../config/minimal.toml");
/// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let ladder = &policy.rules().ladder;
/// for (threshold, value) in ladder.thresholds() {
///     let harder = ladder.with(&threshold, value + 1)?; // one number moved; what would change for whom?
///     assert!(harder.thresholds().contains(&(threshold, value + 1)));
/// }
/// assert_eq!(ladder.with(&Threshold::Pace, 0).unwrap_err(), LadderError::NoPace);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Threshold {
    /// Days since the first event that a stage needs.
    KnownFor(Stage),
    /// Days with an event that a stage needs.
    ActiveDays(Stage),
    /// How often a stage needs an event.
    Count(Stage, Name),
    /// Days between two changes of stage.
    Pace,
    /// Days of silence that nobody is cooled before.
    CoolsAfter,
    /// Thousandths of the customer's own mean gap.
    CoolsRhythm,
}

impl Ladder {
    /// The thresholds that are set, and their values. What a stage does not need is none.
    pub fn thresholds(&self) -> Vec<(Threshold, u64)> {
        let needs = (0..).zip(&self.rungs).flat_map(|(level, rung)| {
            let (stage, needs) = (Stage(level), &rung.needs);
            let days = [
                (Threshold::KnownFor(stage), needs.known_for.into()),
                (Threshold::ActiveDays(stage), needs.active_days.into()),
            ];
            let counts =
                needs.counts.iter().map(move |(event, times)| (Threshold::Count(stage, event.clone()), *times));
            days.into_iter().chain(counts)
        });
        let Cooling { after, rhythm } = self.cooling;
        let others = [
            (Threshold::Pace, self.pace.into()),
            (Threshold::CoolsAfter, after.into()),
            (Threshold::CoolsRhythm, rhythm.into()),
        ];
        needs.chain(others).filter(|(_, value)| *value > 0).collect()
    }

    /// The same ladder with another value of one threshold. One of a stage that it does not have changes nothing.
    ///
    /// See the example of [`Threshold`].
    ///
    /// # Errors
    ///
    /// With this value it would be no ladder: a need of the lowest stage, a pace or a cooling of no day.
    pub fn with(&self, threshold: &Threshold, value: u64) -> Result<Self, LadderError> {
        let days = u32::try_from(value).unwrap_or(u32::MAX);
        let mut next = self.clone();
        let mut need = |stage: Stage, change: &dyn Fn(&mut Needs)| {
            next.rungs.get_mut(usize::from(stage.0)).into_iter().for_each(|rung| change(&mut rung.needs));
        };
        match threshold {
            Threshold::KnownFor(stage) => need(*stage, &|needs| needs.known_for = days),
            Threshold::ActiveDays(stage) => need(*stage, &|needs| needs.active_days = days),
            Threshold::Count(stage, event) => {
                need(*stage, &|needs| *needs.counts.entry(event.clone()).or_default() = value)
            }
            Threshold::Pace => next.pace = days,
            Threshold::CoolsAfter => next.cooling.after = days,
            Threshold::CoolsRhythm => next.cooling.rhythm = days,
        }
        Self::new(next.rungs, next.pace, next.cooling, next.takes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relationship::Rung;

    fn ladder() -> Ladder {
        let name = |text: &str| -> Name { text.parse().unwrap() };
        let needs = Needs { known_for: 30, active_days: 0, counts: [(name("purchase"), 2)].into() };
        let rungs = vec![Rung { name: name("new"), needs: Needs::default() }, Rung { name: name("known"), needs }];
        Ladder::new(rungs, 7, Cooling { after: 90, rhythm: 0 }, [(name("complaint"), 1)].into()).unwrap()
    }

    #[test]
    fn each_threshold_that_is_set_can_be_moved_and_nothing_else_moves_with_it() {
        let before = ladder().thresholds();
        let values: Vec<u64> = before.iter().map(|(_, value)| *value).collect();
        assert_eq!(values, [30, 2, 7, 90], "{before:?}");
        for (place, (threshold, value)) in before.iter().enumerate() {
            let moved = ladder().with(threshold, value + 1).unwrap();
            let mut expected = before.clone();
            expected[place].1 += 1;
            assert_eq!(moved.thresholds(), expected);
            assert_eq!(moved.takes, ladder().takes);
        }
    }

    #[test]
    fn what_would_be_no_ladder_is_none() {
        let with = |threshold, value| ladder().with(&threshold, value).map(|ladder| ladder.thresholds().len());
        assert_eq!(with(Threshold::Pace, 0), Err(LadderError::NoPace));
        assert_eq!(with(Threshold::CoolsAfter, 0), Err(LadderError::CoolsAtOnce));
        assert_eq!(with(Threshold::ActiveDays(Stage(0)), 1), Err(LadderError::LowestNeeds));
        assert_eq!(with(Threshold::KnownFor(Stage(1)), 0), Ok(3));
        assert_eq!(with(Threshold::KnownFor(Stage(9)), 5), Ok(4));
    }
}
