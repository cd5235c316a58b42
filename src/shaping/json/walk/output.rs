//! Where bytes go. What has been read is handed on in runs, not byte by byte: a run ends where something is left out or put
//! in.

use super::{Walk, item::without_comma};
use crate::shaping::{
    DoubtKind,
    json::state::{Destination, Role, Shelf, Unit, arriving::Trying, frame::Scope},
};

impl Walk<'_> {
    /// Lets the value at the present byte take its place: the comma, if one is needed, and what waits before it leave.
    #[inline]
    pub(super) fn place(&mut self) -> Result<(), DoubtKind> {
        if let Destination::Waiting(_) = self.state.destination {
            // The comma, if one is needed, stands there already.
            self.state.destination = Destination::Out;
            return Ok(());
        }
        if self.state.destination == Destination::Held {
            self.check_waiting()?;
            if self.state.frames.last().is_some_and(|frame| frame.scope == Scope::Ruled && frame.shown > 0) {
                self.emit(b",");
            }
            return self.let_go();
        }
        Ok(())
    }

    /// Lets what waits leave.
    pub(super) fn let_go(&mut self) -> Result<(), DoubtKind> {
        if self.state.destination == Destination::Held {
            self.check_waiting()?;
            let mut held = std::mem::take(&mut self.state.held);
            self.emit(&held);
            held.clear();
            self.state.held = held;
        }
        self.state.destination = Destination::Out;
        Ok(())
    }

    /// Leaves the value at the present byte out, with what waits before it. A document cannot be without a value, so it
    /// becomes `null`.
    pub(super) fn leave_out(&mut self) -> Result<(), DoubtKind> {
        self.drop_waiting()?;
        if self.state.frames.is_empty() {
            self.emit(b"null");
        }
        Ok(())
    }

    /// Forgets what waits before the present byte; what leaves before that is handed on.
    pub(super) fn drop_waiting(&mut self) -> Result<(), DoubtKind> {
        match self.state.destination {
            Destination::Out => self.hand_on(self.piece.at),
            Destination::Waiting(mark) => self.hand_on(mark),
            Destination::Held => {
                self.check_waiting()?;
                self.state.held.clear();
            }
            Destination::Noted | Destination::Nowhere => {}
        }
        self.piece.run = self.piece.at;
        Ok(())
    }

    /// A coarsened value that is too large to be looked at whole is left out, which shows less.
    pub(super) fn drop_coarsened(&mut self) {
        self.state.held.clear();
        if self.state.frames.is_empty() {
            self.emit(b"null");
        }
        self.piece.run = self.piece.at;
        self.state.destination = Destination::Nowhere;
        self.state.role = Role::Passing { shown: false };
    }

    /// Keeps what waits before the present byte apart from the piece.
    pub(super) fn hold(&mut self) -> Result<(), DoubtKind> {
        let at = self.piece.at;
        let from = match self.state.destination {
            Destination::Out | Destination::Nowhere => {
                self.hand_on(at);
                at
            }
            Destination::Waiting(mark) => {
                self.hand_on(mark);
                // The comma is put there again if the value is shown.
                if self.piece.text.byte(mark) == b',' { mark + 1 } else { mark }
            }
            Destination::Held | Destination::Noted => self.piece.run,
        };
        self.state.held.extend_from_slice(self.piece.bytes(from, at));
        self.piece.run = at;
        self.state.destination = Destination::Held;
        self.check_waiting()
    }

    /// Keeps what has come of a key of something that is searched. Where it is too large the item is, too, and nothing of it
    /// counts.
    pub(super) fn note_down(&mut self) {
        let bytes = self.piece.bytes(self.piece.run, self.piece.at);
        let state = &mut *self.state;
        if state.held.len().saturating_sub(state.token_at) + bytes.len() <= state.limits.item {
            state.held.extend_from_slice(bytes);
        } else {
            state.held.truncate(state.token_at);
        }
        self.piece.run = self.piece.at;
    }

    /// Hands on all of a piece before it goes away.
    pub(super) fn settle(&mut self) -> Result<(), DoubtKind> {
        match self.state.destination {
            Destination::Out => self.hand_on(self.piece.at),
            Destination::Nowhere => {}
            Destination::Noted => self.note_down(),
            Destination::Held if matches!(self.state.role, Role::Coarsened(_)) && self.is_too_much() => {
                self.drop_coarsened();
            }
            Destination::Held | Destination::Waiting(_) => self.hold()?,
        }
        let state = &mut *self.state;
        state.tried = None;
        let most = state.limits.item;
        if let Some(Trying::Here { mark, .. }) = state.item.trying {
            state.item.prefix.clear();
            state.item.prefix.extend_from_slice(without_comma(self.piece.bytes(mark, state.item.raw.from)));
        }
        if state.item.depth.is_some() {
            state.item.raw.carry(&self.piece, most);
        }
        let fits = match &mut state.unit {
            Some(Unit::LookedThrough(raw)) => raw.carry(&self.piece, most),
            _ => true,
        };
        if fits { Ok(()) } else { Err(DoubtKind::TooLarge) }
    }

    /// Lets the bytes up to a place leave.
    #[inline]
    pub(super) fn hand_on(&mut self, to: usize) {
        let run = self.piece.bytes(self.piece.run, to);
        self.piece.run = to;
        self.emit(run);
    }

    #[inline]
    pub(super) fn emit(&mut self, bytes: &[u8]) {
        if self.state.shelf.is_none() && self.state.unit.is_none() {
            self.out.extend_from_slice(bytes);
        } else {
            self.emit_elsewhere(bytes);
        }
    }

    fn emit_elsewhere(&mut self, bytes: &[u8]) {
        let looks_through = self.state.looks_through();
        match &mut self.state.shelf {
            Some(Shelf { prefix, array, .. }) => match array {
                Some(kept) if prefix.len() + kept.len() + bytes.len() <= self.state.limits.item => {
                    kept.extend_from_slice(bytes);
                }
                _ => *array = None,
            },
            None if looks_through => {}
            None => self.out.extend_from_slice(bytes),
        }
    }

    /// Whether more waits than may be kept.
    pub(super) fn is_too_much(&self) -> bool {
        let waiting = self.state.held.len() + self.piece.at.saturating_sub(self.piece.run);
        self.state.destination == Destination::Held && waiting > self.state.limits.item
    }

    fn check_waiting(&self) -> Result<(), DoubtKind> {
        if self.is_too_much() { Err(DoubtKind::TooLarge) } else { Ok(()) }
    }
}
