//! What each class of data needs before it may be shown.

use super::names::Names;
use crate::{
    consent::{PurposeSet, Purposes},
    name::Name,
    policy::{
        diagnostics::{Findings, Place},
        keys::Key,
        remedy::did_you_mean,
        written,
    },
    relationship::Stage,
    shaping::class::{Classes, DataClass, Opening},
};

/// The openings of the classes.
pub(super) fn classes(
    data: &Key<written::Data>,
    stages: &Names,
    purposes: &Names,
    all: Option<&Purposes>,
    findings: &Findings<'_>,
) -> Option<Classes> {
    if data.is_unreadable() {
        return None;
    }
    let nothing = written::Data::default();
    let table = data.get().unwrap_or(&nothing);
    let keys = [&table.provided, &table.observed, &table.inferred, &table.third_party, &table.special_category];
    let mut openings = [Opening::default(); 5];
    let (mut absent_purposes, mut absent_stages) = (Vec::new(), Vec::new());
    let mut complete = true;
    for (((key, opening), class), (purpose, from)) in
        keys.into_iter().zip(&mut openings).zip(DataClass::ALL.iter().skip(1)).zip(DEFAULT)
    {
        let nothing = written::DataClass::default();
        let table = key.get().unwrap_or(&nothing);
        if key.is_unreadable() {
            complete = false;
            continue;
        }
        let path = |name: &str| format!("{}.{name}", class.name());
        let purpose = at_or(purposes, &table.purpose, purpose, path("purpose"), &mut absent_purposes, findings);
        let from = at_or(stages, &table.from, from, path("from"), &mut absent_stages, findings);
        complete &= purpose.is_some() && from.is_some();
        let purpose = purpose.and_then(|place| purposes.names.get(place));
        opening.purpose = all.zip(purpose).map_or(PurposeSet::default(), |(all, name)| all.set_of(name.as_str()));
        opening.from = from.map_or(Stage::LOWEST, stage);
    }
    note(purposes, &absent_purposes, findings);
    note(stages, &absent_stages, findings);
    (complete && all.is_some()).then(|| Classes::new(openings))
}

/// The number of the name that a key gives, or of its default. A default that is not there is one of the `absent`.
fn at_or(
    names: &Names,
    key: &Key<String>,
    default: &'static str,
    path: String,
    absent: &mut Vec<(String, &str)>,
    findings: &Findings<'_>,
) -> Option<usize> {
    if key.is_written() {
        return names.at(key, findings);
    }
    let found = names.position(default);
    if found.is_none() {
        absent.push((path, default));
    }
    found
}

/// Notes at once what is said of no class and by default is not there: own stages miss all of the usual ones.
fn note(names: &Names, absent: &[(String, &str)], findings: &Findings<'_>) {
    let (Some((key, _)), true) = (absent.first(), names.complete) else { return };
    let is: Vec<_> = absent.iter().map(|(key, default)| format!("`data.{key}` is `{default}`")).collect();
    let known: Vec<_> = names.names.iter().map(Name::as_str).collect();
    let message = format!("{} where it is not written, and there is no such {}", is.join(", "), names.what);
    let remedy = format!("write one of `{}` below `[data]`, as in `{key} = \"…\"`", known.join("`, `"));
    findings.error(&Place { path: "data".into(), ..names.place.clone() }, message, remedy);
}

/// The stage of a number from 0 on.
pub(super) fn stage(height: usize) -> Stage {
    Stage::at(u8::try_from(height).unwrap_or(u8::MAX))
}

/// The class that a key names.
pub(super) fn class(key: &Key<String>, findings: &Findings<'_>) -> Option<DataClass> {
    let (text, place) = key.here()?;
    let found = text.parse().ok();
    if found.is_none() {
        let known = did_you_mean(text, DataClass::ALL.map(DataClass::name));
        findings.error(&place, format!("`{text}`: no such class of data"), known);
    }
    found
}

/// Purpose and stage of each class.
const DEFAULT: [(&str, &str); 5] = [
    ("personalization", "new"),
    ("personalization", "acquainted"),
    ("personalization", "familiar"),
    ("cross_context", "trusted"),
    ("special_category", "trusted"),
];
