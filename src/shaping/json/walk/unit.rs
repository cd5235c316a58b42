//! Items with templates. A template may read what stands behind it, so an item is looked through first, with nothing leaving,
//! and then shaped; but for [usual ones](super::filling).

use std::{borrow::Cow, num::NonZeroU64};

use super::Walk;
use crate::shaping::{
    DoubtKind,
    json::{
        compiled::{self, Compiled},
        sets::{Inside, meaning::Meaning},
        state::{
            Destination, Role, State, Unit,
            arriving::Raw,
            frame::{Closing, Frame, Scope},
        },
    },
    string,
};

impl Walk<'_> {
    /// Whether the array or object at the present byte is an item in which a template may have to be filled; items within
    /// items are part of it.
    pub(super) fn is_unit(&self, meaning: Meaning) -> bool {
        // Where no rule is to act there is no template to fill, and nothing to wait for.
        meaning.unit && meaning.goes_on && self.state.unit.is_none() && self.state.shelf.is_none()
    }

    /// Begins to look through the item at the present byte, which has its place.
    pub(super) fn unit_begins(&mut self, first: Option<NonZeroU64>) -> Result<(), DoubtKind> {
        self.hand_on(self.piece.at);
        let (plan, state) = (self.plan, &mut *self.state);
        let set = plan.inside(state.child, Inside::Unit, &mut state.nodes);
        let mut raw = Raw::default();
        raw.begin(self.piece.at);
        state.remembered.begin();
        state.unit = Some(Unit::LookedThrough(raw));
        self.open(Frame { set, first, closing: Closing::Unit, ..Frame::new(Scope::Ruled) })
    }

    /// The item has been looked through: shapes it.
    pub(super) fn unit_ends(&mut self, frame: Frame) -> Result<(), DoubtKind> {
        let Some(Unit::LookedThrough(mut raw)) = self.state.unit.take() else { return Ok(()) };
        let json = raw.whole(&self.piece, self.state.limits.item).ok_or(DoubtKind::TooLarge)?;
        self.state.unit = Some(Unit::Shaped { room: self.state.limits.item });
        let again = Frame { closing: Closing::Plain, index: 0, shown: 0, ..frame };
        self.walk_through(json, |walk| walk.open(again))?;
        self.state.unit = None;
        self.piece.run = self.piece.at;
        self.state.destination = Destination::Out;
        Ok(())
    }

    /// Whether a template reads the value with this meaning, and it has to be remembered now. What stands on the shelf is
    /// not shown as it is yet, so no template may read it.
    pub(super) fn is_wanted(&self, meaning: Meaning) -> bool {
        meaning.slot.is_some() && self.state.looks_through() && self.state.shelf.is_none()
    }

    /// Reads a scalar that is shown and that a template reads.
    pub(super) fn read_for_template(&mut self) -> Result<(), DoubtKind> {
        let Some(end) = self.piece.text.scalar(self.piece.at) else { return self.await_end(Role::Remembered) };
        let json = self.piece.bytes(self.piece.at, end);
        self.remember(json);
        self.place()?;
        self.piece.at = end;
        self.value_ends(true)
    }

    /// A scalar that a template reads is complete; the present byte is the one after it.
    pub(super) fn remembered_ends(&mut self) -> Result<(), DoubtKind> {
        self.hold()?;
        let json = self.state.held.split_off(self.state.token_at.min(self.state.held.len()));
        self.remember(&json);
        self.place()?;
        self.emit(&json);
        self.value_ends(true)
    }

    /// Remembers the present value as it is shown, if a template reads it. Of several members of one name the last one
    /// counts.
    pub(super) fn remember(&mut self, json: &[u8]) {
        if self.state.looks_through() {
            let meaning = self.plan.meaning(self.state.child, &self.state.nodes);
            if self.is_wanted(meaning) {
                self.set_slot(meaning, scalar(json).as_deref());
            }
        }
    }

    /// Forgets an earlier member of the same name.
    pub(super) fn forget_earlier(&mut self, meaning: Meaning) {
        self.set_slot(meaning, None);
    }

    fn set_slot(&mut self, meaning: Meaning, value: Option<&str>) {
        if let Some(slot) = meaning.slot {
            self.state.remembered.set(slot, value);
        }
    }
}

/// Appends the text of a rule's template as a JSON string, if an item is being shaped that has a value for each of its places; else what
/// was appended means nothing. All that templates fill in, in one item, is at most `limits.item` bytes: where a short rule meets many
/// members, a long value would leave many times.
pub(super) fn fill(plan: &Compiled, state: &mut State, rule: u32, json: &mut Vec<u8>) -> Option<()> {
    let State { unit: Some(Unit::Shaped { room }), remembered, .. } = state else { return None };
    json.push(b'"');
    for piece in plan.template(rule) {
        let part = match piece {
            compiled::Piece::Text(text) => text,
            compiled::Piece::Slot(slot) => remembered.get(*slot)?,
        };
        *room = room.checked_sub(part.len())?;
        string::encode_inside(part, json);
    }
    json.push(b'"');
    Some(())
}

/// A JSON scalar as text; `None` for `null`, arrays, objects, and a string that is no text.
pub(super) fn scalar(json: &[u8]) -> Option<Cow<'_, str>> {
    match json.first()? {
        b'"' => string::decode(json),
        b'n' | b'{' | b'[' => None,
        _ => std::str::from_utf8(json).ok().map(Cow::Borrowed),
    }
}
