//! What came of all customers, counted.

use std::{num::NonZeroUsize, thread};

use serde_json::{Map, Value, json};
use tower_rapport::relationship::{Day, Ladder, Stage};

use super::replay::{Course, replay};
use crate::cli::{
    Failure,
    import::{history::Telling, rows::Row},
};

/// What came of all customers.
#[derive(Debug, Default)]
pub(super) struct Figures {
    events: usize,
    customers: usize,
    /// The days looked at; the last is today.
    days: Vec<Day>,
    /// How many customers stood at each stage on each of them.
    on: Vec<Vec<usize>>,
    /// For each stage above the lowest, the days that those needed who reached it, in order.
    climbs: Vec<Vec<u32>>,
    /// How many stand lower than they once did.
    fell: usize,
}

impl Figures {
    /// Replays all rows, which stand customer by customer, on all processors.
    ///
    /// # Errors
    ///
    /// A part of the work was broken off; figures without it would be wrong.
    pub(super) fn of(telling: &Telling, retention: u32, rows: &[Row], today: Day) -> Result<Self, Failure> {
        let days = days(rows, today);
        let customers: Vec<&[Row]> = rows.chunk_by(|one, other| one.customer == other.customer).collect();
        let stages = usize::from(telling.ladder.len());
        let mut all = Self { events: rows.len(), on: vec![vec![0; stages]; days.len()], ..Self::default() };
        all.climbs = vec![Vec::new(); stages.saturating_sub(1)];
        let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let share = customers.len().div_ceil(workers).max(1);
        let courses = thread::scope(|scope| {
            let days = &days;
            let work =
                |rows: &[&[Row]]| rows.iter().map(|rows| replay(telling, retention, rows, days)).collect::<Vec<_>>();
            let threads: Vec<_> = customers.chunks(share).map(|share| scope.spawn(move || work(share))).collect();
            threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Result<Vec<_>, _>>()
        });
        let courses = courses.map_err(|_| Failure::new("the replay was broken off"))?;
        courses.iter().flatten().for_each(|course| all.add(course));
        all.climbs.iter_mut().for_each(|days| days.sort_unstable());
        Ok(Self { days, ..all })
    }

    fn add(&mut self, course: &Course) {
        self.customers += 1;
        for (counts, stage) in self.on.iter_mut().zip(&course.on) {
            if let Some(count) = stage.and_then(|stage| counts.get_mut(usize::from(stage.level()))) {
                *count += 1;
            }
        }
        let reached = course.climbs.iter().flatten().count();
        let stands = course.on.last().copied().flatten().map_or(0, |stage| usize::from(stage.level()));
        self.fell += usize::from(stands < reached);
        for (days, climb) in self.climbs.iter_mut().zip(&course.climbs) {
            days.extend(climb);
        }
    }

    /// As JSON: `stages` are the customers at each stage now.
    pub(super) fn json(&self, ladder: &Ladder) -> Value {
        let by_name = |counts: &Vec<usize>| -> Map<String, Value> {
            let named = names(ladder).zip(counts).filter(|(_, count)| **count > 0);
            named.map(|(name, count)| (name, json!(count))).collect()
        };
        let over_time = self.days.iter().zip(&self.on);
        let over_time = over_time.map(|(day, counts)| json!({ "day": day.to_string(), "stages": by_name(counts) }));
        let climbs = names(ladder).skip(1).zip(&self.climbs);
        let climbs: Map<String, Value> =
            climbs.map(|(name, days)| (name, json!({ "customers": days.len(), "days": quartiles(days) }))).collect();
        json!({
            "customers": self.customers,
            "events": self.events,
            "stages": self.on.last().map(by_name),
            "over_time": over_time.collect::<Vec<_>>(),
            "climbs": climbs,
            "never_climbed": self.never_climbed(),
            "fell": self.fell,
        })
    }

    /// As tables for a terminal.
    pub(super) fn table(&self, ladder: &Ladder) -> String {
        let (now, all) = (self.on.last().cloned().unwrap_or_default(), self.customers);
        let widest = names(ladder).map(|name| name.len()).max().unwrap_or(0).max("reached".len());
        let mut lines = vec![format!("{} events of {all} customers, if all agreed to be remembered", self.events)];
        lines.push(String::new());
        lines.push(format!(
            "{:widest$}  {:>9} {:>7}  {:>9}  days until then (a quarter, half, three quarters)",
            "stage", "now", "", "reached"
        ));
        for (level, name) in names(ladder).enumerate() {
            let count = now.get(level).copied().unwrap_or(0);
            let climbed = level.checked_sub(1).and_then(|climb| self.climbs.get(climb));
            let reached = climbed.map_or(all, Vec::len);
            let days = climbed.and_then(|days| quartiles(days));
            let days = days.map_or_else(String::new, |[quarter, half, most]| format!("{quarter}, {half}, {most}"));
            let line = format!("{name:widest$}  {count:>9} {:>7}  {reached:>9}  {days}", share(count, all));
            lines.push(line.trim_end().to_owned());
        }
        let (never, fell) = (self.never_climbed(), self.fell);
        lines.push(format!("\n{never} ({}) never climbed", share(never, all)));
        lines.push(format!(
            "{fell} ({}) stand lower than they once did: silence, or an event that takes stages",
            share(fell, all)
        ));
        let row = |first: String, cells: Vec<String>| {
            let cells: String = cells.iter().map(|cell| format!("  {cell:>widest$}")).collect();
            format!("{first:10}{cells}")
        };
        lines.push(String::new());
        lines.push(row("day".to_owned(), names(ladder).collect()));
        let days = self.days.iter().zip(&self.on);
        lines.extend(days.map(|(day, counts)| row(day.to_string(), counts.iter().map(ToString::to_string).collect())));
        lines.join("\n") + "\n"
    }

    fn never_climbed(&self) -> usize {
        self.customers.saturating_sub(self.climbs.first().map_or(0, Vec::len))
    }
}

fn names(ladder: &Ladder) -> impl Iterator<Item = String> {
    (0..ladder.len()).map(|level| ladder.name(Stage::at(level)).to_string())
}

/// Twelve days from the first event to today, today among them.
fn days(rows: &[Row], today: Day) -> Vec<Day> {
    let first = rows.iter().map(Row::day).min().unwrap_or(today);
    let span = today.days_since(first);
    let mut days: Vec<Day> = (0..LOOKS).map(|look| today.minus(span / LOOKS * (LOOKS - 1 - look))).collect();
    days.dedup();
    days
}

/// The first day by which a quarter, half and three quarters had climbed; nothing if nobody did.
fn quartiles(days: &[u32]) -> Option<[u32; 3]> {
    let at = |quarter: usize| days.get((days.len() * quarter).div_ceil(4).saturating_sub(1)).copied();
    Some([at(1)?, at(2)?, at(3)?])
}

fn share(part: usize, whole: usize) -> String {
    let permille = (part * 1000 + whole / 2).checked_div(whole).unwrap_or(0);
    format!("{}.{} %", permille / 10, permille % 10)
}

const LOOKS: u32 = 12;
