//! Items with templates. A template may read what stands behind it, so an item is looked through first, with its
//! bytes kept and nothing leaving, and shaped from these bytes when it has ended.

use super::{
    output::Piece,
    plan,
    shaper::{JsonShaper, Unit},
    string,
};
use crate::shaping::DoubtKind;

impl JsonShaper {
    /// Begins an item at the present byte, if the value with these states is one; items within items are part of it.
    pub(super) fn unit_begins(&mut self, states: usize, piece: &mut Piece<'_>) -> bool {
        let Some(captures) = self.plan.captures else { return false };
        let set = self.states.get(states..).unwrap_or_default();
        let is_item = set.iter().any(|state| self.plan.note(*state).is_some_and(|note| note.item));
        // Where no rule is to act there is no template to fill, and nothing to wait for.
        if !is_item || self.unit.is_some() || self.shelf.is_some() || !self.plan.automaton.goes_on(set) {
            return false;
        }
        self.plan.automaton.enter(captures, &mut self.states);
        self.unit = Some(Unit { looks_through: true, bytes: Vec::new(), values: vec![None; self.plan.slots] });
        piece.unit = piece.at;
        true
    }

    /// Keeps the bytes of the item up to the present one.
    pub(super) fn unit_goes_on(&mut self, piece: &mut Piece<'_>) -> Result<(), DoubtKind> {
        let Some(unit) = self.unit.as_mut().filter(|unit| unit.looks_through) else { return Ok(()) };
        let bytes = piece.bytes.get(piece.unit..piece.at).unwrap_or_default();
        piece.unit = piece.at;
        if unit.bytes.len() + bytes.len() > self.limits.item {
            return Err(DoubtKind::TooLarge);
        }
        unit.bytes.extend(bytes);
        Ok(())
    }

    /// Hands on all of a piece before it goes away.
    pub(super) fn settle(&mut self, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        self.hand_on(piece, out)?;
        self.unit_goes_on(piece)
    }

    /// Whether a template reads the value with these states, and it has to be remembered now. What stands on the shelf is
    /// not shown as it is yet, so no template may read it.
    pub(super) fn is_wanted(&self, states: usize) -> bool {
        self.looks_through() && self.shelf.is_none() && self.slots(states).next().is_some()
    }

    /// Remembers a value as it is shown, if a template reads it. Of several members of one name the last one counts.
    pub(super) fn remember(&mut self, states: usize, json: &[u8]) {
        if self.is_wanted(states) {
            self.set_slots(states, scalar(json));
        }
    }

    /// Forgets an earlier member of the same name.
    pub(super) fn forget(&mut self, states: usize) {
        if self.looks_through() {
            self.set_slots(states, None);
        }
    }

    /// A template's text as JSON, if the item has all its values.
    pub(super) fn fill(&self, rule: u32) -> Option<String> {
        let unit = self.unit.as_ref().filter(|unit| !unit.looks_through)?;
        let mut text = String::new();
        for piece in self.plan.template(rule) {
            text.push_str(match piece {
                plan::Piece::Text(text) => text,
                plan::Piece::Slot(slot) => unit.values.get(*slot)?.as_deref()?,
            });
        }
        let mut json = Vec::with_capacity(text.len() + 2);
        string::encode(&text, &mut json);
        String::from_utf8(json).ok()
    }

    fn set_slots(&mut self, states: usize, value: Option<String>) {
        let slots: Vec<usize> = self.slots(states).collect();
        if let Some(unit) = &mut self.unit {
            for slot in slots {
                if let Some(place) = unit.values.get_mut(slot) {
                    place.clone_from(&value);
                }
            }
        }
    }

    fn slots(&self, states: usize) -> impl Iterator<Item = usize> {
        let set = self.states.get(states..).unwrap_or_default();
        set.iter().filter_map(|state| self.plan.note(*state).and_then(|note| note.slot))
    }
}

/// A JSON scalar as text; `None` for `null`, arrays, objects, and a string that is no text.
fn scalar(json: &[u8]) -> Option<String> {
    match json.first()? {
        b'"' => string::decode(json).map(Into::into),
        b'n' | b'{' | b'[' => None,
        _ => std::str::from_utf8(json).ok().map(Into::into),
    }
}
