//! What came of all customers, counted.

use serde_json::{Map, Value, json};
use tower_rapport::relationship::{Day, Ladder};

use super::trial::{Course, Trial};
use crate::cli::{Failure, counted, import::rows::Row};

/// What came of all customers.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) events: usize,
    pub(super) customers: usize,
    /// The days looked at; the last is today.
    pub(super) days: Vec<Day>,
    /// How many customers stood at each stage on each of them.
    pub(super) on: Vec<Vec<usize>>,
    /// For each stage above the lowest, the days that those needed who reached it, in order.
    pub(super) climbs: Vec<Vec<u32>>,
    /// How many stand lower than they once did.
    pub(super) fell: usize,
}

impl Figures {
    /// Counts what came of each customer on some days.
    pub(super) fn of(courses: &[Course], events: usize, days: Vec<Day>, ladder: &Ladder) -> Self {
        let stages = usize::from(ladder.len());
        let on = vec![vec![0; stages]; days.len()];
        let climbs = vec![Vec::new(); stages.saturating_sub(1)];
        let mut all = Self { events, days, on, climbs, ..Self::default() };
        courses.iter().for_each(|course| all.add(course));
        all.climbs.iter_mut().for_each(|days| days.sort_unstable());
        all
    }

    /// The same history, looked at on other days.
    ///
    /// # Errors
    ///
    /// The replay was broken off.
    pub(super) fn on(self, days: Vec<Day>, trial: &Trial, customers: &[&[Row]]) -> Result<Self, Failure> {
        Ok(Self::of(&trial.courses(customers, &days)?, self.events, days, &trial.ladder))
    }

    fn add(&mut self, course: &Course) {
        self.customers += 1;
        for (counts, stage) in self.on.iter_mut().zip(&course.on) {
            if let Some(count) = stage.and_then(|stage| counts.get_mut(usize::from(stage.level()))) {
                *count += 1;
            }
        }
        let reached = course.climbs.iter().flatten().count();
        self.fell += usize::from(usize::from(course.now().level()) < reached);
        for (days, climb) in self.climbs.iter_mut().zip(&course.climbs) {
            days.extend(climb);
        }
    }

    /// The customers at each stage now.
    pub(super) fn now(&self) -> &[usize] {
        self.on.last().map_or(&[], Vec::as_slice)
    }

    /// The customers who never left the lowest stage.
    pub(super) fn never_climbed(&self) -> usize {
        self.customers.saturating_sub(self.climbs.first().map_or(0, Vec::len))
    }

    /// As JSON: `stages` are the customers at each stage now.
    pub(super) fn json(&self, ladder: &Ladder) -> Map<String, Value> {
        let by_name = |counts: &[usize]| -> Map<String, Value> {
            let named = names(ladder).zip(counts).filter(|(_, count)| **count > 0);
            named.map(|(name, count)| (name.to_owned(), json!(count))).collect()
        };
        let over_time = self.days.iter().zip(&self.on);
        let over_time = over_time.map(|(day, counts)| json!({ "day": day.to_string(), "stages": by_name(counts) }));
        let climbs = names(ladder).skip(1).zip(&self.climbs);
        let climbs = climbs
            .map(|(name, days)| (name.to_owned(), json!({ "customers": days.len(), "days": quartiles(days) })))
            .collect::<Map<_, _>>();
        [
            ("customers", json!(self.customers)),
            ("events", json!(self.events)),
            ("stages", json!(by_name(self.now()))),
            ("over_time", json!(over_time.collect::<Vec<_>>())),
            ("climbs", json!(climbs)),
            ("never_climbed", json!(self.never_climbed())),
            ("fell", json!(self.fell)),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into_iter()
        .collect()
    }

    /// As tables for a terminal, looked at now or on another day.
    pub(super) fn table(&self, ladder: &Ladder, looked_at: Option<Day>) -> String {
        let (all, events) = (self.customers, counted(self.events, "event"));
        let widest = names(ladder).map(str::len).max().unwrap_or(0).max("reached".len());
        let mut lines = vec![format!("{events} of {}, if all agreed to be remembered", counted(all, "customer"))];
        lines.push(String::new());
        lines.push(format!(
            "{:widest$}  {:>10} {:>7}  {:>9}  days until then (a quarter, half, three quarters)",
            "stage",
            when(looked_at),
            "",
            "reached"
        ));
        for (level, (name, count)) in names(ladder).zip(self.now()).enumerate() {
            let climbed = level.checked_sub(1).and_then(|climb| self.climbs.get(climb));
            let reached = climbed.map_or(all, Vec::len);
            let days = climbed.and_then(|days| quartiles(days));
            let days = days.map_or_else(String::new, |[quarter, half, most]| format!("{quarter}, {half}, {most}"));
            let line = format!("{name:widest$}  {count:>10} {:>7}  {reached:>9}  {days}", share(*count, all));
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
        lines.push(row("day".to_owned(), names(ladder).map(str::to_owned).collect()));
        let days = self.days.iter().zip(&self.on);
        lines.extend(days.map(|(day, counts)| row(day.to_string(), counts.iter().map(ToString::to_string).collect())));
        lines.join("\n") + "\n"
    }
}

/// What the column of those who stand at a stage is called.
pub(super) fn when(looked_at: Option<Day>) -> String {
    looked_at.map_or_else(|| "now".to_owned(), |day| day.to_string())
}

/// The names of the stages, lowest first.
pub(super) fn names(ladder: &Ladder) -> impl Iterator<Item = &str> {
    ladder.rungs().iter().map(|rung| rung.name.as_str())
}

/// The day of the first event; today, if there is none.
pub(super) fn first(customers: &[&[Row]], today: Day) -> Day {
    customers.iter().filter_map(|rows| rows.first()).map(Row::day).min().unwrap_or(today)
}

/// So many days after a first one until today, today among them.
pub(super) fn days(first: Day, today: Day, looks: u32) -> Vec<Day> {
    let span = today.days_since(first);
    let mut days: Vec<Day> = (0..looks).map(|look| today.minus(span * (looks - 1 - look) / looks)).collect();
    days.dedup();
    days
}

/// The first day by which a quarter, half and three quarters had climbed; nothing if nobody did.
pub(super) fn quartiles(days: &[u32]) -> Option<[u32; 3]> {
    let at = |quarter: usize| days.get((days.len() * quarter).div_ceil(4).saturating_sub(1)).copied();
    Some([at(1)?, at(2)?, at(3)?])
}

/// The customers at each stage above the lowest, or higher, of those at each stage.
pub(super) fn at_or_above(counts: &[usize]) -> Vec<usize> {
    let mut sums: Vec<usize> = counts
        .iter()
        .skip(1)
        .rev()
        .scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        })
        .collect();
    sums.reverse();
    sums
}

/// In percent, with one digit behind the point.
pub(super) fn share(part: usize, whole: usize) -> String {
    let permille = (part * 1000 + whole / 2).checked_div(whole).unwrap_or(0);
    format!("{}.{} %", permille / 10, permille % 10)
}
