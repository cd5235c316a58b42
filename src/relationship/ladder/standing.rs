//! Where a history stands on a ladder on a day, without a further event, and what it lacks for more.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Ladder, Rung, Stage};
use crate::{
    name::Name,
    relationship::{Change, Day, History, Why},
};

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
            let known_for = known_for(history, day, vouched);
            need("known_for", rung.needs.known_for.into(), known_for.into());
            need("active_days", rung.needs.active_days.into(), history.map_or(0, |history| history.active_days.into()));
            for (event, times) in &rung.needs.counts {
                need(event.as_str(), *times, history.map_or(0, |history| history.count(event.as_str())));
            }
        }
        if let Some(since) = history.and_then(|history| self.paced_since(history, day)) {
            need("pace", self.pace.into(), day.days_since(since).into());
        }
        Some(Next { stage: above.name.clone(), missing })
    }

    /// The day from which the pace counts; none where nothing has begun it.
    pub(crate) fn paced_since(&self, history: &History, day: Day) -> Option<Day> {
        match () {
            () if self.begins_anew(history, day) => Some(day),
            () if history.is_ahead_of(day) => history.doubted_since,
            () => history.changed.map(|change| change.on),
        }
    }

    /// Whether the pace begins with the next event, whenever that will be: the first one after a silence, or on a day from
    /// which the last one lies ahead.
    pub(crate) fn begins_anew(&self, history: &History, day: Day) -> bool {
        if history.is_ahead_of(day) { history.doubted_since.is_none() } else { self.silences(history, day) > 0 }
    }

    /// Since when a history has been at the stage that is left of it on a day; none where that is not kept. Once an event has
    /// made cooling last, the day on which the silence became too long is not known any more; nor is, at the lowest stage,
    /// whether an act has taken one.
    pub(crate) fn since(&self, history: &History, day: Day) -> Option<Day> {
        if history.is_ahead_of(day) {
            return None;
        }
        let earned = self.earned(history);
        let taken = self.silences(history, day).min(earned.level().into());
        if taken > 0 {
            let (scale, period) = self.period(history);
            let days = u32::try_from(period * u128::from(taken) / scale).unwrap_or(u32::MAX);
            return Some(history.last_seen.plus(days.saturating_add(1)));
        }
        match history.changed {
            None => Some(history.first_seen),
            // What found nothing to take leaves a change that was none.
            Some(Change { why: Why::Gained, .. }) if history.stage.is_none() => Some(history.first_seen),
            Some(Change { why: Why::Gained | Why::Taken, on }) if earned > Stage::LOWEST => Some(on),
            Some(_) => None,
        }
    }

    /// The stage that the last event left. A name that the ladder no longer has is the lowest stage.
    pub fn earned(&self, history: &History) -> Stage {
        history.stage.as_ref().and_then(|name| self.stage(name.as_str())).unwrap_or(Stage::LOWEST)
    }

    /// The highest stage whose needs, and all lower stages' needs, are met.
    pub(super) fn needs_met(&self, history: &History, day: Day, vouched: Option<Day>) -> Stage {
        let met = |rung: &&Rung| {
            rung.needs.known_for <= known_for(Some(history), day, vouched)
                && rung.needs.active_days <= history.active_days
                && rung.needs.counts.iter().all(|(event, times)| history.count(event.as_str()) >= *times)
        };
        let rungs = self.rungs.iter().take_while(met).count();
        Stage(u8::try_from(rungs.saturating_sub(1)).unwrap_or(0))
    }

    pub(super) fn is_paced(&self, history: &History, day: Day) -> bool {
        history.changed.is_some_and(|change| day.days_since(change.on) < self.pace)
    }

    /// How many times the silence since the last event has been too long.
    pub(super) fn silences(&self, history: &History, day: Day) -> u64 {
        let (scale, period) = self.period(history);
        let silence = u128::from(day.days_since(history.last_seen)) * scale;
        u64::try_from(silence.saturating_sub(1) / period).unwrap_or(u64::MAX)
    }

    /// How long a silence takes no stage, and in which fractions of a day that is counted.
    ///
    /// In whole numbers, both multiplied by 1000 × (active days − 1): no rounding decides about a stage.
    fn period(&self, history: &History) -> (u128, u128) {
        let gaps = u128::from(history.active_days.saturating_sub(1));
        let span = u128::from(history.last_seen.days_since(history.first_seen));
        let scale = 1000 * gaps.max(1);
        let period = (u128::from(self.cooling.after) * scale).max(u128::from(self.cooling.rhythm) * span * gaps.min(1));
        (scale, period.max(1))
    }
}

/// A vouched day in the future vouches for nothing.
fn known_for(history: Option<&History>, day: Day, vouched: Option<Day>) -> u32 {
    let seen = history.map_or(0, |history| day.days_since(history.first_seen));
    vouched.map_or(seen, |since| seen.max(day.days_since(since)))
}
