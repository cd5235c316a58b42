//! Where answers and their items explain themselves, and what of that goes badly with the rest of the endpoint.

use super::{
    fields::path,
    items::{At, ItemData, Items},
    names::required,
};
use crate::{
    policy::{diagnostics::Findings, written},
    relationship::Stage,
    shaping::{field::Field, path::Path, treatment::Treatment},
};

/// Where an answer carries its own explanation, and whether each item does.
pub(super) fn explain(
    table: &written::Endpoint,
    items: Option<&Items>,
    findings: &Findings<'_>,
) -> Option<Option<(Path, bool)>> {
    let Some((explain, place)) = table.explain.here() else { return Some(None) };
    required(&explain.into, &place.of_key(), "into", findings);
    let into = path(&explain.into, findings)?;
    let per_item = explain.per_item.get().copied().unwrap_or(false);
    let item = items.and_then(Items::path);
    if into.member().is_none() {
        let message = format!("`{into}` is no member of the answer itself");
        findings.error(&explain.into.place(), message, "write a path such as `$.personalization`");
    }
    let stands = item.filter(|item| into.is_prefix_of(item)).map(|_| "the items stand");
    let says = items.filter(|items| per_item && items.signs().any(|sign| into.is_prefix_of(sign)));
    if let Some(what) = stands.or(says.map(|_| "an item says what it is")) {
        let message = format!("`{into}` is where {what}, and the explanation would take its place");
        findings.error(&explain.into.place(), message, "choose another name");
    }
    // Items that are written and could not be read have an error of their own.
    if per_item && item.is_none() && (items.is_some() || !table.items.is_written()) {
        let message = "the endpoint names no items in JSON, so that none can say why it is shown";
        findings.error(&explain.per_item.place(), message, "write `[endpoints.items]` with a `path`");
    }
    Some(Some((into, per_item)))
}

/// Where explanations are put.
pub(super) fn places(explain: Option<&(Path, bool)>, item: Option<&Path>) -> Vec<Path> {
    let Some((into, per_item)) = explain else { return Vec::new() };
    let in_items = item.filter(|_| *per_item).map(|item| item.join(into));
    [into.clone()].into_iter().chain(in_items).collect()
}

/// Warns where items tell why they are shown and a field rule hides the same.
pub(super) fn warn(
    table: &written::Endpoint,
    items: Option<&Items>,
    fields: &[Field],
    stages: u8,
    findings: &Findings<'_>,
) {
    let Some((items, explain)) = items.zip(table.explain.get()) else { return };
    let Some((item, true)) = items.path().zip(explain.per_item.get().copied()) else { return };
    let label = match &items.data {
        ItemData::Labelled { at: At::Path(at), .. } => Some(at),
        _ => None,
    };
    let topic = match &items.topic {
        Some(At::Path(at)) if items.quiet.is_some() => Some(at),
        _ => None,
    };
    let hides = |field: &Field, level: u8| field.treatment(Stage::at(level), field.purpose()) != Treatment::Keep;
    for sign in [label, topic].into_iter().flatten().map(|sign| item.join(sign)) {
        let is_told = |level: u8| items.share.get(usize::from(level)).is_some_and(|share| *share > 0);
        let is_hidden = |level: u8| fields.iter().any(|field| field.path().is_prefix_of(&sign) && hides(field, level));
        if (0..stages).any(|level| is_told(level) && is_hidden(level)) {
            let message =
                format!("`{sign}` is hidden or coarsened, and what it means for the item is told all the same");
            let remedy = "see that the class of data may be known, or leave `per_item` out";
            findings.warn(&explain.per_item.place(), message, remedy);
        }
    }
}
