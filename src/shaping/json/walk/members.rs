//! The members of an object that a rule may look into: where does each key lead?

use super::Walk;
use crate::shaping::{
    DoubtKind,
    json::{
        sets::{Set, way::Way},
        state::{Destination, Role, expect::Expect, frame::Scope},
    },
    string,
};

impl Walk<'_> {
    /// Reads members, from the key on whose quote is the present byte, or the comma behind a value, as long as nothing is out of
    /// the ordinary.
    pub(super) fn members(&mut self) -> Result<(), DoubtKind> {
        // Where what stands before the present value begins: behind the value before it.
        let mut before = self.piece.at;
        let may_be_usual = match (self.state.expect, self.state.destination) {
            // White space before the comma goes with what was left out before it.
            (Expect::CommaOrEnd, Destination::Waiting(mark)) => mark == self.piece.at,
            (expect, _) => matches!(expect, Expect::FirstKey | Expect::CommaOrEnd),
        };
        let mut next = if may_be_usual { self.usual_members()? } else { None };
        loop {
            if self.state.expect == Expect::CommaOrEnd {
                if self.piece.present() != b',' {
                    return Ok(());
                }
                before = self.piece.at;
                self.comma()?;
                self.piece.blanks();
                if self.piece.present() != b'"' {
                    return Ok(());
                }
            }
            let way = match next.and_then(|next| self.passes_key(next)) {
                None => self.look_up(before)?,
                way => way,
            };
            let Some(way) = way else { return Ok(()) };
            self.state.child = Set::Known(way.to);
            if self.piece.is_at_its_end() {
                self.state.expect = Expect::Value;
                return Ok(());
            }
            let open = self.state.frames.len();
            self.value_begins()?;
            let has_ended = self.state.expect == Expect::CommaOrEnd && self.state.nest.is_empty();
            if !has_ended || self.state.frames.len() != open {
                return Ok(());
            }
            next = if self.piece.present() == b',' { self.usual_members()? } else { None };
        }
    }

    /// Where the key leads whose quote is the present byte; passes over it, and over the colon, if it is followed by one at
    /// once.
    fn look_up(&mut self, before: usize) -> Result<Option<Way>, DoubtKind> {
        let (text, at) = (self.piece.text, self.piece.at);
        let Some(frame) = self.state.frames.last() else { return Err(DoubtKind::Syntax) };
        let (set, order) = (frame.set, frame.order);
        let members = if let Set::Known(known) = set { self.plan.sets.members(known) } else { None };
        let Some((name, members)) = text.plain_name(at).zip(members) else {
            self.other_key(set)?;
            return Ok(None);
        };
        let end = name.end + 1;
        let way = *members.get(text.bytes, name.clone()).unwrap_or(&members.other);
        if text.byte(end) != b':' {
            self.piece.at = end;
            self.state.child = Set::Known(way.to);
            self.state.expect = Expect::Colon;
            return Ok(None);
        }
        self.piece.at = text.blanks(end + 1);
        if let Some(order) = order.and_then(|order| self.state.orders.get(order)) {
            order.learn_member(self.piece.bytes(before, self.piece.at), way);
        }
        Ok(Some(way))
    }

    /// A key that was cut is complete; the present byte is the one after it.
    pub(super) fn key_ends(&mut self) -> Result<(), DoubtKind> {
        let Some((set, scope)) = self.state.frames.last().map(|frame| (frame.set, frame.scope)) else { return Ok(()) };
        match scope {
            Scope::Ruled => self.hold()?,
            Scope::Searched => self.note_down(),
        }
        let mut held = std::mem::take(&mut self.state.held);
        let key = self.state.token_at.min(held.len());
        self.leads_on(set, held.get(key..).unwrap_or_default());
        if scope == Scope::Searched {
            held.truncate(key);
            self.state.destination = Destination::Nowhere;
        }
        self.state.held = held;
        Ok(())
    }

    /// A key with escapes, or one that the piece cuts, or one that leads from a set that was not worked out.
    fn other_key(&mut self, set: Set) -> Result<(), DoubtKind> {
        if let Some(end) = self.piece.text.string(self.piece.at) {
            let token = self.piece.bytes(self.piece.at, end);
            self.piece.at = end;
            self.leads_on(set, token);
            return Ok(());
        }
        match self.state.frames.last().map(|frame| frame.scope) {
            Some(Scope::Searched) => {
                self.piece.run = self.piece.at;
                self.state.destination = Destination::Noted;
            }
            _ => self.hold()?,
        }
        self.state.token_at = self.state.held.len();
        self.token_begins(Role::Key);
        Ok(())
    }

    /// The key, a string token, has been read.
    fn leads_on(&mut self, object: Set, token: &[u8]) {
        // One with a lone surrogate is no text; no path can name it, but wildcards still meet it.
        let name = string::decode(token);
        self.state.child = self.plan.member(object, name.as_deref(), &mut self.state.nodes);
        self.state.expect = Expect::Colon;
    }
}
