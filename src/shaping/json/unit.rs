//! Items with templates. A template may read what stands behind it, so an item that was captured is looked through
//! first, with nothing leaving, and then shaped.

use super::{
    plan,
    shaper::{JsonShaper, Unit},
    string,
};

impl JsonShaper {
    /// Whether the value with these states is an item in which a template may have to be filled; items within items are
    /// part of it.
    pub(super) fn is_unit(&self, states: usize) -> bool {
        let set = self.states.get(states..).unwrap_or_default();
        // Where no rule is to act there is no template to fill, and nothing to wait for.
        self.plan.captures.is_some()
            && self.unit.is_none()
            && self.shelf.is_none()
            && self.is_item(states)
            && self.plan.automaton.goes_on(set)
    }

    /// Whether the value with these states is an item.
    pub(super) fn is_item(&self, states: usize) -> bool {
        let set = self.states.get(states..).unwrap_or_default();
        set.iter().any(|state| self.plan.note(*state).is_some_and(|note| note.item))
    }

    /// Begins to look through an item, which is the present piece.
    pub(super) fn unit_begins(&mut self) {
        if let Some(captures) = self.plan.captures {
            self.plan.automaton.enter(captures, &mut self.states);
            self.unit = Some(Unit { looks_through: true, values: vec![None; self.plan.slots] });
        }
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
