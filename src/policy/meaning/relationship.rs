//! Stages, and the ladder they make.

use std::collections::BTreeMap;

use super::{
    events::EventRule,
    names::{Names, all, name, note_doubles},
};
use crate::{
    name::Name,
    policy::{
        diagnostics::{Findings, Place},
        keys::{Either, Key},
        remedy::did_you_mean,
        values, written,
    },
    relationship::{Cooling, History, Ladder, Needs, Rung},
};

/// What the relationship tables mean.
#[derive(Debug)]
pub(in crate::policy) struct Relationship {
    pub(in crate::policy) ladder: Ladder,
    pub(in crate::policy) pace: u32,
    pub(in crate::policy) cooling: Cooling,
    pub(in crate::policy) retention: u32,
}

/// The names of the stages.
pub(super) fn stage_names(stages: &Key<Vec<Key<written::Stage>>>, findings: &Findings<'_>) -> Names {
    let place = stages.place();
    if !stages.is_written() {
        let names = DEFAULT_STAGES.iter().map(|stage| Name::of_literal(stage.0)).collect();
        return Names { what: "stage", names, complete: true, place };
    }
    let list = stages.get().map_or(&[][..], Vec::as_slice);
    let read = |key: &Key<written::Stage>| {
        let stage = key.get()?;
        let name = name(&stage.name, &key.place(), findings)?;
        if name == *"none" {
            let remedy = "choose another name; `Prefer: personalization=none` means no stage at all";
            findings.error(&stage.name.place(), "`none`: no name for a stage", remedy);
        }
        Some(name)
    };
    let names: Vec<_> = list.iter().filter_map(read).collect();
    let named = list.iter().filter_map(|key| Some((key.get()?.name.get()?.as_str(), key.get()?.name.place())));
    let twice = note_doubles(named, "stage", findings);
    let is_ladder = (2..=16).contains(&list.len());
    if !is_ladder && stages.get().is_some() {
        let message = format!("a ladder has two to sixteen stages, and this one has {}", list.len());
        findings.error(&place, message, "write one `[[stages]]` for each, lowest first");
    }
    let complete = names.len() == list.len() && is_ladder && !twice;
    Names { what: "stage", names, complete, place }
}

/// The ladder and what belongs to it.
pub(super) fn relationship(
    written: &written::Written,
    stages: &Names,
    events: &[EventRule],
    all_events: bool,
    findings: &Findings<'_>,
) -> Option<Relationship> {
    let nothing = written::Relationship::default();
    let table = written.relationship.get().unwrap_or(&nothing);
    let pace = values::days(&table.pace, "7d", findings);
    let retention = values::days(&table.retention, "730d", findings);
    let cooling = cooling(table, findings);
    let known = Events { events, complete: all_events, place: table.events.place() };
    let rungs = match written.stages.get() {
        Some(list) => all(list.iter().zip(0..).map(|(key, height)| known.rung(key, height, findings))),
        None if written.stages.is_written() => None,
        None => known.default_rungs(findings),
    }?;
    if rungs.len() != stages.names.len() {
        return None;
    }
    warn_of_needs_that_are_lower(written.stages.get().map_or(&[][..], Vec::as_slice), &rungs, findings);
    let takes = events.iter().filter(|event| event.takes_stages > 0);
    let takes = takes.map(|event| (event.name.clone(), event.takes_stages)).collect();
    let (pace, cooling) = (pace?, cooling?);
    let ladder = Ladder::new(rungs, pace, cooling, takes);
    let ladder = ladder.map_err(|error| {
        if !findings.has_errors() {
            findings.error(&stages.place, error.to_string(), "");
        }
    });
    Some(Relationship { ladder: ladder.ok()?, pace, cooling, retention: retention? })
}

fn cooling(table: &written::Relationship, findings: &Findings<'_>) -> Option<Cooling> {
    let nothing = written::Cools::default();
    let cools = table.cools.get().unwrap_or(&nothing);
    let after = values::days(&cools.after, "90d", findings);
    let number = cools.rhythm.get().copied().unwrap_or(3.0);
    let rhythm = (0.0..=1000.0).contains(&number).then(|| values::thousandths(number)).flatten();
    if rhythm.is_none() {
        let remedy = "write a number from 0 to 1000 with at most three places behind the point, such as `3.0`";
        findings.error(&cools.rhythm.place(), format!("`{number}`: no rhythm"), remedy);
    }
    Some(Cooling { after: after?, rhythm: rhythm? })
}

/// A stage needs what the lower ones need: where it says less of that, this changes nothing.
fn warn_of_needs_that_are_lower(written: &[Key<written::Stage>], rungs: &[Rung], findings: &Findings<'_>) {
    for (height, stage) in written.iter().enumerate() {
        let (Some(stage), Some((own, below))) = (stage.get(), rungs.get(..=height).and_then(<[_]>::split_last)) else {
            continue;
        };
        for (what, key) in stage.needs.get().map_or(&[][..], |entries| entries.0.as_slice()) {
            let of = |rung: &Rung| match what.as_str() {
                "known_for" => u64::from(rung.needs.known_for),
                "active_days" => u64::from(rung.needs.active_days),
                event => rung.needs.counts.get(event).copied().unwrap_or(0),
            };
            if let Some(lower) = below.iter().max_by_key(|rung| of(rung)).filter(|lower| of(lower) > of(own)) {
                let message = format!("`{}` has no effect here: `{}` below needs {}", of(own), lower.name, of(lower));
                findings.warn(&key.place(), message, "write more than that, or leave it out");
            }
        }
    }
}

/// What a stage may count.
struct Events<'a> {
    events: &'a [EventRule],
    complete: bool,
    place: Place,
}

impl Events<'_> {
    fn rung(&self, key: &Key<written::Stage>, height: usize, findings: &Findings<'_>) -> Option<Rung> {
        let stage = key.get()?;
        let mut needs = Needs::default();
        let mut complete = !stage.needs.is_unreadable();
        for (what, need) in stage.needs.get().map_or(&[][..], |entries| entries.0.as_slice()) {
            complete &= self.need(what, need, &mut needs, findings).is_some();
        }
        if height == 0 && needs != Needs::default() {
            let remedy = "leave `needs` out here";
            findings.error(&stage.needs.place(), "the lowest stage can need nothing: everybody starts there", remedy);
        }
        let name = stage.name.get()?.parse().ok()?;
        complete.then_some(Rung { name, needs })
    }

    fn need(&self, what: &str, key: &Key<written::Need>, needs: &mut Needs, findings: &Findings<'_>) -> Option<()> {
        let visit = Name::of_literal(History::VISIT);
        let event = self.events.iter().map(|event| &event.name).chain([&visit]).find(|name| **name == *what);
        if event.is_none() && !["known_for", "active_days"].contains(&what) {
            if self.complete {
                let events = self.events.iter().map(|event| event.name.as_str());
                let known = ["known_for", "active_days", History::VISIT].into_iter().chain(events);
                let remedy = did_you_mean(what, known);
                let message = format!("`{what}`: neither evidence nor an event");
                findings.error(&key.place().of_key(), message, remedy);
            }
            return None;
        }
        let (need, place) = key.here()?;
        match (what, need) {
            ("known_for", Either::Word(text)) => needs.known_for = values::days_of(text, &place, findings)?,
            ("known_for", Either::Other(number)) => {
                let remedy = format!("write `\"{number}d\"`");
                findings.error(&place, format!("`{number}`: not a duration"), remedy);
                return None;
            }
            (_, Either::Word(text)) => {
                findings.error(&place, format!("`{text}` is a text; write a whole number"), "");
                return None;
            }
            ("active_days", Either::Other(days)) => match u32::try_from(*days) {
                Ok(days @ 0..=36_500) => needs.active_days = days,
                _ => {
                    findings.error(&place, format!("`{days}`: nobody lives that long"), "write 36500 at most");
                    return None;
                }
            },
            (_, Either::Other(0)) => {}
            (_, Either::Other(times)) => {
                needs.counts.insert(event?.clone(), *times);
            }
        }
        Some(())
    }

    fn default_rungs(&self, findings: &Findings<'_>) -> Option<Vec<Rung>> {
        let purchase = self.events.iter().any(|event| event.name == *"purchase");
        if !purchase {
            if self.complete {
                let message = "the stages that hold where `[[stages]]` is not written need the event `purchase`";
                let remedy = "write `[[stages]]`, or an event of that name";
                findings.error(&Place { path: "stages".into(), ..self.place.clone() }, message, remedy);
            }
            return None;
        }
        let rung = |(name, known_for, active_days, purchases): &(&'static str, u32, u32, u64)| {
            let count = (*purchases > 0).then(|| (Name::of_literal("purchase"), *purchases));
            let counts: BTreeMap<_, _> = count.into_iter().collect();
            let needs = Needs { known_for: *known_for, active_days: *active_days, counts };
            Rung { name: Name::of_literal(name), needs }
        };
        Some(DEFAULT_STAGES.iter().map(rung).collect())
    }
}

/// Name, days known, active days, purchases.
const DEFAULT_STAGES: [(&str, u32, u32, u64); 4] =
    [("new", 0, 0, 0), ("acquainted", 7, 3, 0), ("familiar", 60, 8, 2), ("trusted", 365, 20, 5)];
