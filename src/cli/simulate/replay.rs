//! One customer's history, replayed. Pure.

use tower_rapport::relationship::{Day, History, Stage};

use crate::cli::import::{history::Telling, rows::Row};

/// What came of one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Course {
    /// The stage on each of the days asked for; nothing before the first event.
    pub(super) on: Vec<Option<Stage>>,
    /// For each stage above the lowest that was reached, how many days after the first event that was.
    pub(super) climbs: Vec<Option<u32>>,
}

/// Replays the rows of a customer, which stand in the order of time. `days` are in their order, too; the last is today. Of who
/// is silent for longer than `retention` days nothing is kept; an event behind such a silence goes on, as in an import of the whole.
pub(super) fn replay(telling: &Telling, retention: u32, rows: &[Row], days: &[Day]) -> Course {
    let ladder = &telling.ladder;
    let mut history: Option<History> = None;
    let mut on = Vec::with_capacity(days.len());
    let mut climbs = vec![None; usize::from(ladder.len()).saturating_sub(1)];
    let is_kept = |history: &History, day: Day| day.days_since(history.last_seen) <= retention;
    let stands = |history: &Option<History>, day| {
        history.as_ref().map(|known| ladder.standing(Some(known).filter(|known| is_kept(known, day)), day, None).stage)
    };
    for row in rows {
        let day = row.day();
        while let Some(asked) = days.get(on.len()).filter(|asked| **asked < day) {
            on.push(stands(&history, *asked));
        }
        let Some(event) = telling.events.get(usize::from(row.event)) else { continue };
        let next = ladder.after(history.as_ref(), event, day, None);
        let reached = usize::from(ladder.standing(Some(&next), day, None).stage.level());
        for climb in climbs.iter_mut().take(reached).filter(|climb| climb.is_none()) {
            *climb = Some(day.days_since(next.first_seen));
        }
        history = Some(next);
    }
    let left = on.len();
    on.extend(days.iter().skip(left).map(|day| stands(&history, *day)));
    Course { on, climbs }
}
