//! Where bytes go. What has been read is handed on in runs, not byte by byte: a run ends where the destination turns.

use super::{
    frame::Scope,
    shaper::{Destination, JsonShaper, Role, Shelf},
};
use crate::shaping::DoubtKind;

/// A piece of the body.
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    /// The present byte.
    pub(super) at: usize,
    /// Up to here bytes have been handed on.
    pub(super) run: usize,
    /// From here on bytes belong to the item that is being captured, if there is one.
    pub(super) item: usize,
}

impl<'a> Piece<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, run: 0, item: 0 }
    }
}

impl JsonShaper {
    /// From the present byte on, bytes go elsewhere.
    pub(super) fn turn(&mut self, to: Destination, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        self.hand_on(piece, out)?;
        self.destination = to;
        Ok(())
    }

    /// Hands on the bytes before the present one.
    pub(super) fn hand_on(&mut self, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        let run = piece.bytes.get(piece.run..piece.at).unwrap_or_default();
        piece.run = piece.at;
        match self.destination {
            Destination::Out => self.emit(run, out),
            Destination::Nowhere => {}
            Destination::Held if self.held.len() + run.len() <= self.limits.item => self.held.extend(run),
            Destination::Held => match self.role {
                // Too large to be looked at whole: removed, which shows less.
                Role::Coarsened(_) => {
                    self.role = Role::Passing { shown: false };
                    self.destination = Destination::Nowhere;
                    self.leave_out(out);
                }
                _ => return Err(DoubtKind::TooLarge),
            },
        }
        Ok(())
    }

    /// Lets a value take its place: the comma, if one is needed, and what waited before it.
    pub(super) fn place(&mut self, out: &mut Vec<u8>) {
        if self.frames.last().is_some_and(|frame| frame.scope == Scope::Ruled && frame.shown > 0) {
            self.emit(b",", out);
        }
        self.let_go(out);
    }

    /// Lets what waited leave.
    pub(super) fn let_go(&mut self, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        self.emit(&held, out);
        self.held = held;
        self.held.clear();
    }

    /// Leaves a value out, with what waited before it. A document cannot be without a value, so it becomes `null`.
    pub(super) fn leave_out(&mut self, out: &mut Vec<u8>) {
        self.held.clear();
        if self.frames.is_empty() {
            self.emit(b"null", out);
        }
    }

    pub(super) fn emit(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let looks_through = self.looks_through();
        match &mut self.shelf {
            Some(Shelf { prefix, array, .. }) => match array {
                Some(kept) if prefix.len() + kept.len() + bytes.len() <= self.limits.item => kept.extend(bytes),
                _ => *array = None,
            },
            None if looks_through => {}
            None => out.extend(bytes),
        }
    }

    /// Whether an item is being looked through, so that nothing leaves.
    pub(super) fn looks_through(&self) -> bool {
        self.unit.as_ref().is_some_and(|unit| unit.looks_through)
    }
}
