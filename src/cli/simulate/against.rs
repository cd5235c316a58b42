//! The same history through another ladder, beside the first: what a change would do, before it is made.

use serde_json::{Map, Value, json};
use tower_rapport::relationship::{Day, Ladder};

use super::{
    figures::{Figures, names, quartiles, when},
    trial::Course,
};

/// Two ladders side by side: `a` is the one that was asked about, `b` the other.
#[derive(Debug)]
pub(super) struct Against {
    pub(super) rungs: Vec<Rung>,
    /// Of all customers, those who stand higher, lower and the same with the other ladder.
    pub(super) higher: usize,
    pub(super) lower: usize,
    pub(super) same: usize,
}

/// A stage that at least one of the ladders has.
#[derive(Debug)]
pub(super) struct Rung {
    pub(super) name: String,
    pub(super) a: Option<Side>,
    pub(super) b: Option<Side>,
}

/// What one ladder makes of a stage.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side {
    /// The customers at it now.
    pub(super) now: usize,
    /// The days that half of those needed who reached it.
    pub(super) days: Option<u32>,
}

impl Against {
    /// Compares what two ladders made of the same customers, in the same order.
    ///
    /// Heights are told apart by the stages that both ladders name: who stands on a stage that only one has, stands as high as
    /// the next lower one that both have. So a stage put in between raises nobody by itself.
    pub(super) fn of(a: (&Ladder, &Figures, &[Course]), b: (&Ladder, &Figures, &[Course])) -> Self {
        let (of_a, of_b) = (heights(a.0, b.0), heights(b.0, a.0));
        let height = |heights: &[usize], course: &Course| {
            heights.get(usize::from(course.now().level())).copied().unwrap_or_default()
        };
        let mut against = Self { rungs: rungs(a, b), higher: 0, lower: 0, same: 0 };
        for (a, b) in a.2.iter().zip(b.2) {
            let (a, b) = (height(&of_a, a), height(&of_b, b));
            against.higher += usize::from(b > a);
            against.lower += usize::from(b < a);
            against.same += usize::from(b == a);
        }
        against
    }

    /// As JSON.
    pub(super) fn json(&self) -> Value {
        let stages = self.rungs.iter().map(|rung| {
            let (now, days) = (|side: Side| side.now, |side: Side| side.days);
            let stage = json!({
                "a": rung.a.map(now),
                "b": rung.b.map(now),
                "difference": rung.difference(),
                "median_days": { "a": rung.a.and_then(days), "b": rung.b.and_then(days) },
            });
            (rung.name.clone(), stage)
        });
        let stages: Map<String, Value> = stages.collect();
        json!({ "stages": stages, "higher": self.higher, "lower": self.lower, "same": self.same })
    }

    /// As a table for a terminal, looked at now or on another day.
    pub(super) fn table(&self, looked_at: Option<Day>) -> String {
        let widest = self.rungs.iter().map(|rung| rung.name.len()).max().unwrap_or(0).max("stage".len());
        let cell = |side: Option<Side>| side.map_or_else(|| "–".to_owned(), |side| side.now.to_string());
        let days = |side: Option<Side>| {
            side.and_then(|side| side.days).map_or_else(|| "–".to_owned(), |days| days.to_string())
        };
        let mut lines = vec![format!(
            "{:widest$}  {:>10}  {:>9}  {:>10}  {:>11}  {:>11}",
            "stage",
            when(looked_at),
            "other",
            "difference",
            "days (half)",
            "other"
        )];
        lines.extend(self.rungs.iter().map(|rung| {
            let (a, b, difference) = (cell(rung.a), cell(rung.b), signed(rung.difference()));
            let Rung { name, .. } = rung;
            format!("{name:widest$}  {a:>10}  {b:>9}  {difference:>10}  {:>11}  {:>11}", days(rung.a), days(rung.b))
        }));
        let Self { higher, lower, same, .. } = self;
        lines.push(format!("\nwith the other ladder {higher} stand higher, {lower} lower, {same} the same"));
        lines.join("\n") + "\n"
    }
}

impl Rung {
    /// How many more stand here with the other ladder.
    pub(super) fn difference(&self) -> i64 {
        let now = |side: Option<Side>| side.map_or(0, |side| side.now) as i64;
        now(self.b) - now(self.a)
    }
}

/// With its sign, as people write it.
pub(super) fn signed(number: i64) -> String {
    match number {
        ..0 => format!("−{}", number.unsigned_abs()),
        0 => "0".to_owned(),
        _ => format!("+{number}"),
    }
}

/// For each stage of a ladder, how many of it and the lower ones the other ladder names, too.
fn heights(ladder: &Ladder, other: &Ladder) -> Vec<usize> {
    let shared = names(ladder).scan(0, |shared, name| {
        *shared += usize::from(other.stage(name).is_some());
        Some(*shared)
    });
    shared.collect()
}

/// The stages of the first ladder in their order, and each that only the other has behind the one that it follows there.
fn rungs(a: (&Ladder, &Figures, &[Course]), b: (&Ladder, &Figures, &[Course])) -> Vec<Rung> {
    let mut order: Vec<&str> = names(a.0).collect();
    let mut place = 0;
    for name in names(b.0) {
        match order.iter().position(|known| *known == name) {
            Some(known) => place = known + 1,
            None => {
                order.insert(place, name);
                place += 1;
            }
        }
    }
    let side = |(ladder, figures, _): (&Ladder, &Figures, &[Course]), name| {
        let level = usize::from(ladder.stage(name)?.level());
        let climbs = level.checked_sub(1).and_then(|climb| figures.climbs.get(climb));
        let days = climbs.and_then(|days| quartiles(days)).map(|[_, half, _]| half);
        Some(Side { now: figures.now().get(level).copied()?, days })
    };
    order.into_iter().map(|name| Rung { name: name.to_owned(), a: side(a, name), b: side(b, name) }).collect()
}
