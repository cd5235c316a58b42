//! One customer's history, replayed. Pure.

use tower_rapport::relationship::{Day, History, Stage};

use super::trial::Trial;
use crate::cli::import::rows::Row;

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

/// Replays the rows of a customer, which stand in the order of time. `days` are in their order, too; the last is today. Of who
/// is silent for longer than the retention nothing is kept; an event behind such a silence goes on, as in an import of the whole.
pub(super) fn replay(trial: &Trial, rows: &[Row], days: &[Day]) -> Course {
    let ladder = &trial.ladder;
    let mut history: Option<History> = None;
    let mut on = Vec::with_capacity(days.len());
    let mut climbs = vec![None; usize::from(ladder.len()).saturating_sub(1)];
    let is_kept = |history: &History, day: Day| day.days_since(history.last_seen) <= trial.retention;
    let stands = |history: &Option<History>, day| {
        history.as_ref().map(|known| ladder.standing(Some(known).filter(|known| is_kept(known, day)), day, None).stage)
    };
    for row in rows {
        let day = row.day();
        while let Some(asked) = days.get(on.len()).filter(|asked| **asked < day) {
            on.push(stands(&history, *asked));
        }
        let Some(event) = trial.events.get(usize::from(row.event)).and_then(Option::as_ref) else { continue };
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
