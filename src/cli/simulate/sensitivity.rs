//! What each number of the ladder does: one at a time a quarter lower and a quarter higher, and the history replayed.

use indicatif::ProgressBar;
use serde_json::{Map, Value, json};
use tower_rapport::relationship::{Day, Ladder, Threshold};

use super::{
    against::signed,
    figures::{at_or_above, names},
    trial::{Course, Trial},
};
use crate::cli::{Failure, import::rows::Row};

/// What each number of the ladder does, the greatest effect first.
#[derive(Debug)]
pub(super) struct Sensitivity {
    pub(super) moves: Vec<Move>,
}

/// One number, moved.
#[derive(Debug)]
pub(super) struct Move {
    /// As in `trusted.active_days`.
    pub(super) threshold: String,
    pub(super) from: Value,
    pub(super) to: Value,
    /// For each stage above the lowest, how many more customers stand at it or above.
    pub(super) changes: Vec<i64>,
}

impl Sensitivity {
    /// Replays the history with each number moved; `counts` are the customers at each stage now, as things are.
    ///
    /// # Errors
    ///
    /// A replay was broken off.
    pub(super) fn of(
        trial: &Trial,
        customers: &[&[Row]],
        today: Day,
        counts: &[usize],
        bar: &ProgressBar,
    ) -> Result<Self, Failure> {
        let ladder = &trial.ladder;
        let before = at_or_above(counts);
        let thresholds = ladder.thresholds();
        let moved = thresholds.iter().flat_map(|(threshold, value)| around(*value).map(|to| (threshold, *value, to)));
        // What would be no ladder is left out, as a pace of no day.
        let moved =
            moved.filter_map(|(threshold, value, to)| Some((threshold, value, to, ladder.with(threshold, to).ok()?)));
        let moved: Vec<_> = moved.collect();
        bar.set_length(moved.len() as u64);
        let mut moves = Vec::with_capacity(moved.len());
        for (threshold, from, to, ladder) in moved {
            let courses = Trial { ladder, ..trial.clone() }.courses(customers, &[today])?;
            let after = at_or_above(&at_each(&courses, counts.len()));
            let changes = before.iter().zip(after).map(|(before, after)| after as i64 - *before as i64).collect();
            let (from, to) = (shown(threshold, from), shown(threshold, to));
            moves.push(Move { threshold: name(threshold, &trial.ladder), from, to, changes });
            bar.inc(1);
        }
        moves.sort_by_key(|moved| std::cmp::Reverse(moved.effect()));
        Ok(Self { moves })
    }

    /// As JSON.
    pub(super) fn json(&self, ladder: &Ladder) -> Value {
        let moves = self.moves.iter().map(|Move { threshold, from, to, changes }| {
            let changes = names(ladder).skip(1).zip(changes).map(|(name, change)| (name.to_owned(), json!(change)));
            json!({ "threshold": threshold, "from": from, "to": to, "changes": changes.collect::<Map<_, _>>() })
        });
        moves.collect()
    }

    /// As a table for a terminal.
    pub(super) fn table(&self, ladder: &Ladder) -> String {
        let longest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
        let first = longest(&mut self.moves.iter().map(|moved| moved.threshold.len()));
        let values = longest(&mut self.moves.iter().map(|moved| moved.values().chars().count()));
        let widest = longest(&mut names(ladder).map(str::len)).max(8);
        let row = |name: &str, value: &str, cells: &mut dyn Iterator<Item = String>| {
            format!("{name:first$}  {value:>values$}")
                + &cells.map(|cell| format!("  {cell:>widest$}")).collect::<String>()
        };
        let mut lines = vec!["customers more or fewer at each stage or above, one number moved at a time".to_owned()];
        lines.push(row("", "", &mut names(ladder).skip(1).map(str::to_owned)));
        lines.extend(self.moves.iter().map(|moved| {
            row(&moved.threshold, &moved.values(), &mut moved.changes.iter().map(|change| signed(*change)))
        }));
        lines.join("\n") + "\n"
    }
}

impl Move {
    /// The greatest change at any stage.
    pub(super) fn effect(&self) -> u64 {
        self.changes.iter().map(|change| change.unsigned_abs()).max().unwrap_or(0)
    }

    /// As in `20 → 15`.
    pub(super) fn values(&self) -> String {
        format!("{} → {}", self.from, self.to)
    }
}

/// A quarter lower and a quarter higher, rounded, and at least one apart.
fn around(value: u64) -> [u64; 2] {
    let quarter = (value.saturating_add(2) / 4).max(1);
    [value.saturating_sub(quarter), value.saturating_add(quarter)]
}

fn at_each(courses: &[Course], stages: usize) -> Vec<usize> {
    let mut counts = vec![0; stages];
    for course in courses {
        counts.get_mut(usize::from(course.now().level())).into_iter().for_each(|count| *count += 1);
    }
    counts
}

/// In the words of the policy.
fn name(threshold: &Threshold, ladder: &Ladder) -> String {
    match threshold {
        Threshold::KnownFor(stage) => format!("{}.known_for", ladder.name(*stage)),
        Threshold::ActiveDays(stage) => format!("{}.active_days", ladder.name(*stage)),
        Threshold::Count(stage, event) => format!("{}.{event}", ladder.name(*stage)),
        Threshold::Pace => "pace".to_owned(),
        Threshold::CoolsAfter => "cools.after".to_owned(),
        Threshold::CoolsRhythm => "cools.rhythm".to_owned(),
    }
}

/// As the policy writes it: a rhythm is no number of thousandths.
fn shown(threshold: &Threshold, value: u64) -> Value {
    if *threshold == Threshold::CoolsRhythm { json!(value as f64 / 1000.0) } else { json!(value) }
}
