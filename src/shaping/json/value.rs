//! What becomes of a value under rules: shown, hidden, replaced, coarsened.

use std::num::NonZeroU64;

use super::{
    automaton::Key,
    deed::{Deed, coarsened, deed},
    frame::{Closing, Frame, Scope},
    output::Piece,
    plan::Verdict,
    shaper::{Destination, Expect, JsonShaper, Role, Shelf},
    token::Token,
};
use crate::shaping::{DoubtKind, treatment::Treatment};

impl JsonShaper {
    /// A value begins at the present byte.
    pub(super) fn value_begins(&mut self, byte: u8, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        match self.frames.last_mut() {
            Some(frame) if frame.scope != Scope::Ruled => {
                let scope = frame.scope;
                return self.begin(byte, Frame::new(scope, true), piece, out);
            }
            Some(frame) if !frame.object => {
                let index = frame.index;
                frame.index += 1;
                if frame.first.is_some_and(|first| frame.shown >= first.get()) {
                    return self.hide(None, byte, piece, out);
                }
                let (start, end) = frame.states;
                self.plan.automaton.step(&mut self.states, start..end, Key::Index(index));
            }
            _ => {}
        }
        if self.is_chosen(self.child()) {
            return self.item_begins(byte, piece, out);
        }
        self.value(byte, piece, out)
    }

    /// A value begins at the present byte, under the rules of its place.
    pub(super) fn value(&mut self, byte: u8, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        let states = self.child();
        self.count(states);
        self.forget(states);
        let plan = self.plan.clone();
        let verdict = plan.verdict(self.states.get(states..).unwrap_or_default());
        let (rule, treatment) = match verdict {
            Verdict::Keep => return self.show_value(None, byte, piece, out),
            Verdict::Remove => return self.hide(None, byte, piece, out),
            Verdict::Treat(rule) => (rule, plan.treatment(rule)),
        };
        let deed = match treatment {
            Some(Treatment::Null) => return self.hide(Some("null"), byte, piece, out),
            Some(Treatment::Replace(constant)) => return self.hide(Some(constant.as_json()), byte, piece, out),
            // What is not known yet counts as shown, so that `first` never lets through here what it cuts off later. In a
            // pair it is no number, filled or not.
            Some(Treatment::Text(_)) if byte == b'"' && (self.looks_through() || self.shelf.is_some()) => {
                return self.hide(Some("null"), byte, piece, out);
            }
            Some(Treatment::Text(_)) if byte == b'"' => {
                let text = self.fill(rule);
                return self.hide(text.as_deref(), byte, piece, out);
            }
            Some(treatment) => deed(treatment, rule, byte),
            None => Deed::LeaveOut,
        };
        match deed {
            Deed::Show { first } => self.show_value(first, byte, piece, out),
            Deed::LeaveOut => self.hide(None, byte, piece, out),
            // On the shelf already: an array in a pair, so the pair will be none. No second shelf is needed.
            Deed::Shelve(_) if self.shelf.is_some() => self.show_value(None, byte, piece, out),
            Deed::Shelve(rule) => self.shelve(rule, byte, piece, out),
            Deed::Coarsen(rule) => {
                self.turn(Destination::Held, piece, out)?;
                self.await_end(Role::Coarsened(rule), byte, piece);
                Ok(())
            }
        }
    }

    /// The scalar that was being read is complete; the present byte is the one after it.
    pub(super) fn scalar_ends(
        &mut self,
        role: Role,
        piece: &mut Piece<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), DoubtKind> {
        let shown = match role {
            // Ended by the walk.
            Role::Key => return Ok(()),
            Role::Passing { shown } => shown,
            Role::Captured => return self.captured(None, piece, out),
            Role::Remembered => {
                let json = self.held.split_off(self.token_at.min(self.held.len()));
                self.remember(self.child(), &json);
                self.place(out);
                self.emit(&json, out);
                true
            }
            Role::Coarsened(rule) => {
                let token = self.held.get(self.token_at..).unwrap_or_default();
                let json = self.plan.treatment(rule).and_then(|treatment| coarsened(treatment, token));
                self.held.truncate(self.token_at);
                self.put(json.as_deref(), out)
            }
        };
        self.value_ends(shown, piece, out)
    }

    /// The array on the shelf is complete; the present byte is the one after it.
    pub(super) fn shelf_ends(&mut self, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        self.hand_on(piece, out)?;
        let Some(Shelf { rule, prefix, array }) = self.shelf.take() else { return Ok(()) };
        let json = match (self.plan.treatment(rule), array) {
            (Some(Treatment::GeoTo(grid)), Some(array)) => {
                std::str::from_utf8(&array).ok().and_then(|array| grid.coarsen_pair(array)).map(String::into_bytes)
            }
            _ => None,
        };
        self.held = prefix;
        let shown = self.put(json.as_deref(), out);
        self.value_ends(shown, piece, out)
    }

    /// Where the present value's states begin.
    fn child(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.states.1)
    }

    fn show_value(
        &mut self,
        first: Option<NonZeroU64>,
        byte: u8,
        piece: &mut Piece<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), DoubtKind> {
        let states = self.child();
        let is_container = matches!(byte, b'{' | b'[');
        if !is_container && self.is_wanted(states) {
            self.turn(Destination::Held, piece, out)?;
            self.await_end(Role::Remembered, byte, piece);
            return Ok(());
        }
        self.hand_on(piece, out)?;
        self.place(out);
        if is_container && self.is_unit(states) && !self.is_within_item() {
            return self.capture(first, byte, piece, out);
        }
        self.show(first, byte, piece, out)
    }

    /// Shows a value whose comma and key have left. An item with templates must be the present piece.
    pub(super) fn show(
        &mut self,
        first: Option<NonZeroU64>,
        byte: u8,
        piece: &mut Piece<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), DoubtKind> {
        let states = self.child();
        self.destination = Destination::Out;
        let is_unit = matches!(byte, b'{' | b'[') && self.is_unit(states);
        if is_unit {
            self.unit_begins();
        }
        let closing = if is_unit { Closing::Unit } else { Closing::Plain };
        let goes_on = self.plan.automaton.goes_on(self.states.get(states..).unwrap_or_default());
        let is_open = first.is_none() && !goes_on;
        let frame = Frame {
            states: (states, self.states.len()),
            first,
            closing,
            ..Frame::new(if is_open { Scope::Open } else { Scope::Ruled }, true)
        };
        self.begin(byte, frame, piece, out)
    }

    /// Passes over a value; a constant may stand in its place.
    pub(super) fn hide(
        &mut self,
        constant: Option<&str>,
        byte: u8,
        piece: &mut Piece<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), DoubtKind> {
        self.hand_on(piece, out)?;
        let shown = self.put(constant.map(str::as_bytes), out);
        self.destination = Destination::Nowhere;
        self.begin(byte, Frame::new(Scope::Hidden, shown), piece, out)
    }

    fn shelve(&mut self, rule: u32, byte: u8, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        self.hand_on(piece, out)?;
        let prefix = std::mem::take(&mut self.held);
        self.shelf = Some(Shelf { rule, prefix, array: Some(Vec::new()) });
        self.destination = Destination::Out;
        let states = (self.child(), self.states.len());
        let frame = Frame { states, closing: Closing::Shelf, ..Frame::new(Scope::Ruled, true) };
        self.begin(byte, frame, piece, out)
    }

    /// Puts JSON in the place of a value, or leaves it out; returns whether something stands there.
    fn put(&mut self, json: Option<&[u8]>, out: &mut Vec<u8>) -> bool {
        match json {
            Some(json) => {
                self.remember(self.child(), json);
                self.place(out);
                self.emit(json, out);
            }
            None => self.leave_out(out),
        }
        json.is_some()
    }

    /// Reads the first byte of a value that passes, or is passed over.
    fn begin(&mut self, byte: u8, frame: Frame, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        if matches!(byte, b'{' | b'[') {
            return self.open(byte, frame, piece, out);
        }
        self.role = Role::Passing { shown: frame.stands };
        self.token = Token::begin(byte);
        piece.at += 1;
        Ok(())
    }

    /// Reads the first byte of a value that waits for its end.
    fn await_end(&mut self, role: Role, byte: u8, piece: &mut Piece<'_>) {
        self.token_at = self.held.len();
        self.role = role;
        self.token = Token::begin(byte);
        piece.at += 1;
    }

    fn count(&mut self, states: usize) {
        if self.looks_through() {
            return;
        }
        for state in self.states.get(states..).unwrap_or_default() {
            if self.plan.note(*state).is_some_and(|note| note.counts)
                && let Some(met) = usize::try_from(*state).ok().and_then(|state| self.met.get_mut(state))
            {
                *met += 1;
            }
        }
    }

    /// Opens the array or object whose first byte is the present one; `frame` says all but its kind.
    pub(super) fn open(
        &mut self,
        byte: u8,
        frame: Frame,
        piece: &mut Piece<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), DoubtKind> {
        if self.frames.len() >= self.limits.depth {
            return Err(DoubtKind::TooDeep);
        }
        let object = byte == b'{';
        self.frames.push(Frame { object, ..frame });
        self.expect = if object { Expect::FirstKey } else { Expect::FirstElement };
        piece.at += 1;
        if frame.scope == Scope::Ruled {
            self.turn(Destination::Held, piece, out)?;
        }
        Ok(())
    }

    /// After a value, `shown` or not; the present byte is the one after it.
    pub(super) fn value_ends(
        &mut self,
        shown: bool,
        piece: &mut Piece<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), DoubtKind> {
        let Some(frame) = self.frames.last_mut() else {
            self.expect = Expect::Nothing;
            return self.turn(Destination::Out, piece, out);
        };
        frame.shown += u64::from(shown);
        self.expect = Expect::CommaOrEnd;
        let destination = match frame.scope {
            Scope::Hidden => Destination::Nowhere,
            Scope::Open => Destination::Out,
            Scope::Ruled => {
                self.states.truncate(frame.states.1);
                if shown { Destination::Out } else { Destination::Held }
            }
        };
        self.turn(destination, piece, out)
    }
}
