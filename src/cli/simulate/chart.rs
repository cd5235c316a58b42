//! Where the lines of a chart run: numbers made into the words of SVG. Pure.

use std::fmt::Write;

/// The room in which a chart is drawn, in the units of its `viewBox`; labels stand right of it.
pub(super) const WIDTH: f64 = 240.0;
/// Its height.
pub(super) const HEIGHT: f64 = 168.0;

/// A stage in a chart.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) name: String,
    /// The name as a label that fits beside the chart.
    pub(super) short: String,
    /// Towards the highest stage, in percent: how strong its colour is.
    pub(super) strength: usize,
    pub(super) path: String,
    /// Where its label stands.
    pub(super) label: f64,
    /// The share at the right end.
    pub(super) last: f64,
}

impl Shape {
    /// The share at the right end, to be read.
    pub(super) fn percent(&self) -> String {
        format!("{:.1} %", self.last * 100.0)
    }
}

/// Areas on top of each other, the lowest stage at the bottom. Each of `on` are the customers at each stage on one day.
pub(super) fn areas<'a>(names: impl Iterator<Item = &'a str>, on: &[Vec<usize>]) -> Vec<Shape> {
    let names: Vec<&str> = names.collect();
    let edge = |day: &Vec<usize>, below: usize| share(day.iter().take(below).sum(), day.iter().sum());
    let shape = |(level, name): (usize, &&str)| {
        let upper = on.iter().map(|day| edge(day, level + 1)).enumerate();
        let lower = on.iter().map(|day| edge(day, level)).enumerate().rev();
        let (low, high) = on.last().map_or((0.0, 0.0), |day| (edge(day, level), edge(day, level + 1)));
        let path = line(upper.chain(lower).map(|(place, share)| (across(place, on.len()), share))) + "Z";
        shape(name, level, names.len(), path, (low + high) / 2.0, high - low)
    };
    apart(names.iter().enumerate().map(shape).collect())
}

/// For each stage above the lowest the share of customers who had reached it within so many days. Steps, for nobody climbs
/// between two days.
pub(super) fn curves<'a>(
    names: impl Iterator<Item = &'a str>,
    climbs: &[Vec<u32>],
    customers: usize,
    longest: u32,
) -> Vec<Shape> {
    let at = |day: u32| f64::from(day) / f64::from(longest.max(1)) * WIDTH;
    let shape = |(level, (name, days)): (usize, (&str, &Vec<u32>))| {
        let reached = |day: u32| share(days.partition_point(|needed| *needed <= day), customers);
        let points = (0..=POINTS).map(|point| (u64::from(longest) * point / POINTS) as u32);
        let path = line(points.map(|day| (at(day), reached(day))));
        shape(name, level + 1, climbs.len() + 1, path, reached(longest), reached(longest))
    };
    apart(names.skip(1).zip(climbs).enumerate().map(shape).collect())
}

fn shape(name: &str, level: usize, stages: usize, path: String, middle: f64, last: f64) -> Shape {
    let strength = (100 * level).checked_div(stages.saturating_sub(1)).unwrap_or(0);
    let is_long = name.chars().count() > LETTERS;
    let short = if is_long { name.chars().take(LETTERS - 1).chain(['…']).collect() } else { name.to_owned() };
    Shape { name: name.to_owned(), short, strength, path, label: height(middle), last }
}

/// A line through points; each is a place from the left and a share from the bottom.
fn line(points: impl Iterator<Item = (f64, f64)>) -> String {
    points.enumerate().fold(String::new(), |mut path, (place, (x, share))| {
        // Writing to a text does not fail.
        let _written = write!(path, "{}{x:.1} {:.1}", if place == 0 { 'M' } else { 'L' }, height(share));
        path
    })
}

/// Moves labels apart that would cover each other: upwards from the bottom, then down from the top.
fn apart(mut shapes: Vec<Shape>) -> Vec<Shape> {
    let line = LINE.min(HEIGHT / shapes.len().max(1) as f64);
    let mut order: Vec<&mut Shape> = shapes.iter_mut().collect();
    order.sort_by(|one, other| other.label.total_cmp(&one.label));
    let mut room = HEIGHT;
    for shape in &mut order {
        shape.label = shape.label.min(room);
        room = shape.label - line;
    }
    let mut room = 0.0_f64;
    for shape in order.iter_mut().rev() {
        shape.label = shape.label.max(room);
        room = shape.label + line;
    }
    shapes
}

fn across(place: usize, places: usize) -> f64 {
    place as f64 / (places.max(2) - 1) as f64 * WIDTH
}

fn height(share: f64) -> f64 {
    HEIGHT * (1.0 - share)
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The height of a label.
const LINE: f64 = 14.0;

/// So many letters fit beside a chart.
const LETTERS: usize = 14;

/// A curve has so many steps at most.
const POINTS: u64 = 240;
