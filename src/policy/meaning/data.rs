//! What each class of data needs before it may be shown.

use super::names::Names;
use crate::{
    consent::{PurposeSet, Purposes},
    policy::{diagnostics::Findings, keys::Key, remedy::did_you_mean, written},
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
        let path = |name: &str| format!("data.{}.{name}", class.name());
        let purpose = purposes.at_or_absent(&table.purpose, purpose, &path("purpose"), &mut absent_purposes, findings);
        let from = stages.at_or_absent(&table.from, from, &path("from"), &mut absent_stages, findings);
        complete &= purpose.is_some() && from.is_some();
        let purpose = purpose.and_then(|place| purposes.names.get(place));
        opening.purpose = all.zip(purpose).map_or(PurposeSet::default(), |(all, name)| all.set_of(name.as_str()));
        opening.from = from.map_or(Stage::LOWEST, stage);
    }
    // Own stages miss all of the usual ones: that is said once.
    for (names, absent) in [(purposes, absent_purposes), (stages, absent_stages)] {
        let key = absent.first().and_then(|(path, _)| path.strip_prefix("data.")).unwrap_or_default();
        let remedy = |known: &str| format!("write one of {known} below `[data]`, as in `{key} = \"…\"`");
        names.note_absent(&absent, "data", remedy, findings);
    }
    (complete && all.is_some()).then(|| Classes::new(openings))
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
