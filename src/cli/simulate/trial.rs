//! A ladder under trial, and the history of all customers, replayed through it on all processors.

use std::{num::NonZeroUsize, thread};

use tower_rapport::{
    name::Name,
    policy::Policy,
    relationship::{Day, History, Ladder, Stage},
};

use crate::cli::{
    Failure,
    import::{history::Telling, rows::Row},
};

/// A ladder, and what its policy makes of rows.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) ladder: Ladder,
    /// The events that rows point at; none where the policy does not have it.
    pub(super) events: Vec<Option<Name>>,
    /// So many days of silence after which nothing is kept.
    pub(super) retention: u32,
}

/// What came of one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Course {
    /// The stage on each of the days asked for; nothing before the first event.
    pub(super) on: Vec<Option<Stage>>,
    /// For each stage above the lowest that was reached, how many days after the first event that was.
    pub(super) climbs: Vec<Option<u32>>,
}

impl Course {
    /// The stage on the last of the days asked for.
    pub(super) fn now(&self) -> Stage {
        self.on.last().copied().flatten().unwrap_or(Stage::LOWEST)
    }
}

impl Trial {
    /// A policy's own ladder. `events` are those that rows point at, also those of another policy.
    pub(super) fn of(policy: &Policy, telling: Telling, events: &[Name]) -> Self {
        let own = |event: &Name| telling.events.contains(event).then(|| event.clone());
        Self { events: events.iter().map(own).collect(), ladder: telling.ladder, retention: policy.retention_days() }
    }

    /// What came of each customer, in their order.
    ///
    /// # Errors
    ///
    /// A part of the work was broken off; figures without it would be wrong.
    pub(super) fn courses(&self, customers: &[&[Row]], days: &[Day]) -> Result<Vec<Course>, Failure> {
        self.each(customers, |rows| self.replay(rows, days))
    }

    /// What some work makes of each customer, in their order, on all processors.
    ///
    /// # Errors
    ///
    /// A part of the work was broken off.
    pub(super) fn each<T: Send>(
        &self,
        customers: &[&[Row]],
        work: impl Fn(&[Row]) -> T + Sync,
    ) -> Result<Vec<T>, Failure> {
        let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let share = customers.len().div_ceil(workers).max(1);
        let work = |rows: &[&[Row]]| rows.iter().map(|rows| work(rows)).collect::<Vec<_>>();
        let work = &work;
        let done = thread::scope(|scope| {
            let threads: Vec<_> = customers.chunks(share).map(|share| scope.spawn(move || work(share))).collect();
            threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Result<Vec<_>, _>>()
        });
        let done = done.map_err(|_| Failure::new("the replay was broken off"))?;
        Ok(done.into_iter().flatten().collect())
    }

    /// Replays the rows of a customer, which stand in the order of time. `days` are in their order, too; the last is today. Of who
    /// is silent for longer than the retention nothing is kept; an event behind such a silence goes on, as in an import of the whole.
    pub(super) fn replay(&self, rows: &[Row], days: &[Day]) -> Course {
        let ladder = &self.ladder;
        let mut history: Option<History> = None;
        let mut on = Vec::with_capacity(days.len());
        let mut climbs = vec![None; usize::from(ladder.len()).saturating_sub(1)];
        let stands = |history: &Option<History>, day| history.as_ref().map(|known| self.stands(known, day));
        for row in rows {
            let day = row.day();
            while let Some(asked) = days.get(on.len()).filter(|asked| **asked < day) {
                on.push(stands(&history, *asked));
            }
            let Some(event) = self.events.get(usize::from(row.event)).and_then(Option::as_ref) else { continue };
            let known = history.get_or_insert_with(|| History::beginning(day));
            ladder.add(known, event, day, None);
            let reached = usize::from(ladder.earned(known).level());
            for climb in climbs.iter_mut().take(reached).filter(|climb| climb.is_none()) {
                *climb = Some(day.days_since(known.first_seen));
            }
        }
        let left = on.len();
        on.extend(days.iter().skip(left).map(|day| stands(&history, *day)));
        Course { on, climbs }
    }

    /// The days until some day on which the stage of a customer turned: fell after it rose, or rose after it fell. Nothing for
    /// who never rose. Between two events it can only fall, so it is enough to look before and after each.
    pub(super) fn turns(&self, rows: &[Row], until: Day) -> Option<Vec<Day>> {
        let mut history: Option<History> = None;
        let (mut stage, mut rises, mut turns) = (Stage::LOWEST, None, Vec::new());
        let mut look = |now: Stage, since: &dyn Fn() -> Day| {
            if now != stage {
                let up = now > stage;
                turns.extend(rises.filter(|before| *before != up).map(|_| since()));
                (stage, rises) = (now, Some(up));
            }
        };
        for row in rows {
            let day = row.day();
            let Some(event) = self.events.get(usize::from(row.event)).and_then(Option::as_ref) else { continue };
            let known = history.get_or_insert_with(|| History::beginning(day));
            look(self.stands(known, day), &|| self.falls(known, day));
            self.ladder.add(known, event, day, None);
            look(self.ladder.earned(known), &|| day);
        }
        history.iter().for_each(|known| look(self.stands(known, until), &|| self.falls(known, until)));
        rises.map(|_| turns)
    }

    /// The first day of a silence on which it takes something; `until` at the latest.
    fn falls(&self, known: &History, until: Day) -> Day {
        let stage = self.ladder.earned(known);
        let (mut before, mut after) = (0, until.days_since(known.last_seen));
        while before < after {
            let middle = before + (after - before) / 2;
            if self.stands(known, known.last_seen.plus(middle)) < stage {
                after = middle;
            } else {
                before = middle + 1;
            }
        }
        known.last_seen.plus(after)
    }

    /// The stage that a history has on a day; the lowest, once it is kept no longer.
    fn stands(&self, known: &History, day: Day) -> Stage {
        let is_kept = day.days_since(known.last_seen) <= self.retention;
        self.ladder.standing(Some(known).filter(|_| is_kept), day, None).stage
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tower_rapport::{
        identity::Pseudonym,
        relationship::{Cooling, Needs, Rung},
    };

    use super::*;
    use crate::cli::import::rows::Reading;

    fn day(text: &str) -> Day {
        Day::from_date(text.parse().unwrap())
    }

    /// Two active days are enough to be known, eleven days of silence to be a stranger again.
    fn turns(days: &[&str], until: &str) -> Option<Vec<String>> {
        let name = |text: &str| -> Name { text.parse().unwrap() };
        let rung = |text, active_days| Rung { name: name(text), needs: Needs { active_days, ..Needs::default() } };
        let cooling = Cooling { after: 10, rhythm: 0 };
        let ladder = Ladder::new(vec![rung("new", 0), rung("known", 2)], 1, cooling, BTreeMap::new()).unwrap();
        let trial = Trial { ladder, events: vec![Some(name("visit"))], retention: 40 };
        let (events, pseudonym) = ([name("visit")], |_| Pseudonym::from_bytes([7; 16]));
        let reading =
            Reading { pseudonym, events: &events, by: None, today: day("2026-12-31"), shape: None, dates: None };
        let csv: String = days.iter().map(|day| format!("anna,{day}\n")).collect();
        let rows = reading.read(format!("customer,time\n{csv}").as_bytes()).unwrap().sorted;
        let turns = trial.turns(&rows, day(until))?;
        Some(turns.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_stage_turns_on_the_day_on_which_it_falls_or_rises_again() {
        let days = ["2026-01-01", "2026-01-02", "2026-01-22", "2026-01-23"];
        let turned = ["2026-01-13", "2026-01-23", "2026-02-03"].map(str::to_owned);
        assert_eq!(turns(&days, "2026-02-03").as_deref(), Some(&turned[..]));
        assert_eq!(turns(&days, "2026-02-02").as_deref(), Some(&turned[..2]), "ten days are no silence yet");
        assert_eq!(turns(&days, "2026-11-30").as_deref(), Some(&turned[..]), "nor does it turn when it is forgotten");
        assert_eq!(turns(&days[..2], "2026-01-12").as_deref(), Some(&[][..]), "the first rise is no turn");
        assert_eq!(turns(&days[..1], "2026-11-30"), None);
    }
}
