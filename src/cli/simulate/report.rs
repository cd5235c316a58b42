//! All figures on one page, in one file: it can be sent, printed and kept, and asks nobody for anything.

use std::{
    fs,
    path::{Path, PathBuf},
};

use askama::Template;
use indicatif::HumanCount;
use tower_rapport::relationship::{Day, Ladder};

use super::{
    against::{Against, Side, signed},
    chart::{self, Shape},
    figures::{Figures, names, quartiles, share},
    groups::{self, Groups},
    sensitivity::Sensitivity,
};
use crate::cli::Failure;

/// What a report tells of.
pub(super) struct Report<'a> {
    pub(super) ladder: &'a Ladder,
    pub(super) figures: &'a Figures,
    pub(super) against: Option<&'a Against>,
    pub(super) sensitivity: Option<&'a Sensitivity>,
    pub(super) groups: Option<&'a Groups>,
    pub(super) first: Day,
    pub(super) today: Day,
}

impl Report<'_> {
    /// Writes `report.html` into a folder, which is made if it is not there, and says where.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn write(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let file = folder.join("report.html");
        let unwritten = |cause| Failure::caused(format!("`{}` cannot be written", file.display()), cause);
        let page = self.page().render().map_err(|cause| Failure::caused("the report cannot be made", cause))?;
        fs::create_dir_all(folder).map_err(unwritten)?;
        fs::write(&file, page).map_err(unwritten)?;
        Ok(file)
    }

    fn page(&self) -> Page<'_> {
        let (ladder, figures) = (self.ladder, self.figures);
        let longest = figures.climbs.iter().filter_map(|days| days.last()).max().copied().unwrap_or(0);
        let (never, all) = (figures.never_climbed(), figures.customers);
        Page {
            today: self.today.to_string(),
            first: self.first.to_string(),
            from: figures.days.first().map(ToString::to_string).unwrap_or_default(),
            events: count(figures.events),
            customers: count(all),
            never: share(never, all),
            fell: share(figures.fell, all),
            stages: self.stages(),
            areas: chart::areas(names(ladder), &figures.on),
            curves: chart::curves(names(ladder), &figures.climbs, all, longest),
            longest,
            above: names(ladder).skip(1).collect(),
            moves: self.sensitivity.map_or_else(Vec::new, moves),
            against: self.against.map(beside),
            groups: self.groups.map(compared),
        }
    }

    fn stages(&self) -> Vec<StageRow> {
        let figures = self.figures;
        let row = |(level, (name, now)): (usize, (&str, &usize))| {
            let climbed = level.checked_sub(1).and_then(|climb| figures.climbs.get(climb));
            let days = climbed.and_then(|days| quartiles(days));
            StageRow {
                name: name.to_owned(),
                now: count(*now),
                share: share(*now, figures.customers),
                reached: count(climbed.map_or(figures.customers, Vec::len)),
                days: days.map_or_else(String::new, |[few, half, most]| format!("{few}, {half}, {most} days")),
            }
        };
        names(self.ladder).zip(figures.now()).enumerate().map(row).collect()
    }
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    today: String,
    first: String,
    /// The first day of the chart over time.
    from: String,
    events: String,
    customers: String,
    never: String,
    fell: String,
    stages: Vec<StageRow>,
    areas: Vec<Shape>,
    curves: Vec<Shape>,
    longest: u32,
    above: Vec<&'a str>,
    moves: Vec<MoveRow>,
    against: Option<Beside>,
    groups: Option<Compared>,
}

struct StageRow {
    name: String,
    now: String,
    share: String,
    reached: String,
    days: String,
}

struct MoveRow {
    /// What may be broken into lines.
    threshold: Vec<String>,
    values: String,
    cells: Vec<Heat>,
}

/// A cell of the heat map: what it says, and in percent of the greatest change how warm it is.
struct Heat {
    says: String,
    class: &'static str,
    warmth: u64,
}

struct Beside {
    rows: Vec<BesideRow>,
    higher: String,
    lower: String,
    same: String,
}

/// A stage, with what stands in it and how long half of those needed, with either ladder.
struct BesideRow {
    name: String,
    a: (String, String),
    b: (String, String),
    difference: String,
}

struct Compared {
    column: String,
    groups: Vec<GroupRow>,
    note: Option<&'static str>,
}

struct GroupRow {
    name: String,
    customers: String,
    cells: Vec<Rate>,
    gini: String,
}

struct Rate {
    share: String,
    ratio: String,
    low: bool,
}

fn moves(sensitivity: &Sensitivity) -> Vec<MoveRow> {
    let greatest = sensitivity.moves.first().map_or(0, |moved| moved.effect()).max(1);
    let heat = |change: &i64| Heat {
        says: signed(*change),
        class: if *change < 0 { "fewer" } else { "more" },
        warmth: change.unsigned_abs() * 100 / greatest,
    };
    let row = |moved: &super::sensitivity::Move| MoveRow {
        threshold: moved.threshold.split_inclusive('.').map(str::to_owned).collect(),
        values: moved.values(),
        cells: moved.changes.iter().map(heat).collect(),
    };
    sensitivity.moves.iter().map(row).collect()
}

fn beside(against: &Against) -> Beside {
    let now = |side: Option<Side>| side.map_or_else(none, |side| count(side.now));
    let days = |side: Option<Side>| {
        side.and_then(|side| side.days).map_or_else(String::new, |days| format!("{} days", count(days as usize)))
    };
    let rows = against.rungs.iter().map(|rung| BesideRow {
        name: rung.name.clone(),
        a: (now(rung.a), days(rung.a)),
        b: (now(rung.b), days(rung.b)),
        difference: signed(rung.difference()),
    });
    let (higher, lower, same) = (count(against.higher), count(against.lower), count(against.same));
    Beside { rows: rows.collect(), higher, lower, same }
}

fn compared(groups: &Groups) -> Compared {
    let row = |group: &groups::Group| GroupRow {
        name: group.name(),
        customers: format!("{} customers", count(group.customers)),
        cells: group
            .at_or_above
            .iter()
            .zip(&group.ratios)
            .map(|(count, ratio)| Rate {
                share: share(*count, group.customers),
                ratio: ratio.map_or_else(none, |ratio| format!("{ratio:.2}")),
                low: group.is_low(*ratio),
            })
            .collect(),
        gini: format!("{:.3}", group.gini),
    };
    let is_flagged = groups.groups.iter().any(groups::Group::is_flagged);
    Compared {
        column: groups.column.clone(),
        groups: groups.groups.iter().map(row).collect(),
        note: is_flagged.then_some(groups::SAYS),
    }
}

fn count(number: usize) -> String {
    HumanCount(number as u64).to_string()
}

fn none() -> String {
    "–".to_owned()
}
