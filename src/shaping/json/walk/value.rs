//! What becomes of a value under rules: shown, hidden, replaced, coarsened.

use std::num::NonZeroU64;

use super::{Walk, inside::is_container, unit::fill};
use crate::shaping::{
    DoubtKind,
    json::{
        deed::{Deed, coarsened, constant, deed},
        sets::{
            Set,
            meaning::{Meaning, Verdict},
        },
        state::{
            By, Destination, Role, Shelf,
            expect::Expect,
            frame::{Closing, Frame, Scope},
        },
    },
    treatment::Treatment,
};

impl Walk<'_> {
    /// A value begins at the present byte.
    pub(super) fn value_begins(&mut self) -> Result<(), DoubtKind> {
        if !matches!(self.piece.present(), b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') {
            return Err(DoubtKind::Syntax);
        }
        let (plan, state) = (self.plan, &mut *self.state);
        let (mut is_cut_off, mut scope) = (false, Scope::Ruled);
        if let Some(frame) = state.frames.last_mut() {
            scope = frame.scope;
            if !frame.object {
                is_cut_off = scope == Scope::Ruled && frame.first.is_some_and(|first| frame.shown >= first.get());
                state.child = plan.element(frame.set, frame.index, &mut state.nodes);
                frame.index += 1;
            }
        }
        let meaning = plan.meaning(state.child, &state.nodes);
        if scope == Scope::Searched {
            return self.search(meaning, true);
        }
        if is_cut_off {
            self.note_signs(meaning);
            return self.hide(None, meaning);
        }
        // The short way to what is shown below, for what mostly stands around items.
        if meaning.only_opens && self.is_container() {
            self.place()?;
            let set = self.state.child;
            return self.open(Frame { set, ..Frame::new(Scope::Ruled) });
        }
        if meaning.item && self.state.choosing.is_some() && self.state.shelf.is_none() {
            return self.item_begins(meaning);
        }
        self.value(meaning)
    }

    /// A value begins at the present byte, under the rules of its place.
    pub(super) fn value(&mut self, meaning: Meaning) -> Result<(), DoubtKind> {
        let (plan, state) = (self.plan, &mut *self.state);
        if state.looks_through() {
            self.forget_earlier(meaning);
            self.note_signs(meaning);
        } else {
            let child = state.child;
            self.is_met(child, meaning);
        }
        if self.state.is_inner && (meaning.item || meaning.unit) {
            return self.hide(None, meaning);
        }
        if let (Some(nested), b'"') = (meaning.nested, self.piece.present())
            && let Some(reads) = self.reads_document(nested, meaning.verdict)
        {
            return if reads { self.coarsen(By::Document(nested)) } else { self.hide(None, meaning) };
        }
        let (rule, treatment) = match meaning.verdict {
            Verdict::Keep => return self.show_value(None, meaning),
            Verdict::Open if self.is_container() => return self.show_value(None, meaning),
            Verdict::Remove | Verdict::Open => return self.hide(None, meaning),
            Verdict::Treat(rule) => (rule, plan.treatment(rule)),
        };
        let byte = self.piece.present();
        if let Some(constant) = treatment.and_then(constant) {
            return self.hide(Some(constant), meaning);
        }
        let deed = match treatment {
            // What is not known yet counts as shown, so that `first` never lets through here what it cuts off later. In a
            // pair it is no number, filled or not.
            Some(Treatment::Text(_)) if byte == b'"' && (self.state.looks_through() || self.state.shelf.is_some()) => {
                return self.hide(Some(b"null"), meaning);
            }
            Some(Treatment::Text(_)) if byte == b'"' => {
                let mut text = Vec::new();
                let is_filled = fill(plan, self.state, rule, &mut text).is_some();
                return self.hide(is_filled.then_some(&*text), meaning);
            }
            Some(treatment) => deed(treatment, rule, byte),
            None => Deed::LeaveOut,
        };
        match deed {
            Deed::Show { first } => self.show_value(first, meaning),
            Deed::LeaveOut => self.hide(None, meaning),
            // On the shelf already: an array in a pair, so the pair will be none. No second shelf is needed.
            Deed::Shelve(_) if self.state.shelf.is_some() => self.show_value(None, meaning),
            Deed::Shelve(rule) => self.shelve(rule),
            Deed::Coarsen(rule) => self.coarsen(By::Rule(rule)),
        }
    }

    /// Rules meet the value at the present byte, and it may say something of the item.
    pub(super) fn is_met(&mut self, set: Set, meaning: Meaning) {
        let state = &mut *self.state;
        if meaning.counts {
            state.met.count(set, self.plan.states(set, &state.nodes));
        }
        self.note_signs(meaning);
    }

    /// A value ends before the present byte, shown or not.
    #[inline]
    pub(super) fn value_ends(&mut self, shown: bool) -> Result<(), DoubtKind> {
        if self.state.item.saying.is_some() {
            self.state.item.has_said(&self.piece);
        }
        if self.state.item.depth == Some(self.state.frames.len()) {
            return self.item_ends(shown);
        }
        self.place_ends(shown);
        Ok(())
    }

    /// What stands in a place ends before the present byte.
    pub(super) fn place_ends(&mut self, shown: bool) {
        let state = &mut *self.state;
        state.expect = if state.frames.is_empty() { Expect::Nothing } else { Expect::CommaOrEnd };
        state.stands = shown;
        if let Some(frame) = state.frames.last_mut() {
            state.nodes.truncate(frame.height);
            if frame.scope == Scope::Searched {
                return;
            }
            frame.shown += u64::from(shown);
        }
        if state.destination == Destination::Nowhere {
            self.piece.run = self.piece.at;
            let is_root = state.frames.is_empty();
            state.destination = if shown || is_root { Destination::Out } else { Destination::Waiting(self.piece.at) };
        }
    }

    /// The scalar that waited to be coarsened is complete; the present byte is the one after it.
    pub(super) fn coarsened_ends(&mut self, by: By) -> Result<(), DoubtKind> {
        if self.is_too_much() {
            self.drop_coarsened();
            return self.value_ends(false);
        }
        self.hold()?;
        // What may be large stays where it is, and what stands before it is put apart.
        let held = std::mem::take(&mut self.state.held);
        let (before, token) = held.split_at(self.state.token_at.min(held.len()));
        self.state.held.extend_from_slice(before);
        let shown = self.coarsened(by, token)?;
        self.value_ends(shown)
    }

    /// The array on the shelf is complete; the present byte is the one after it.
    pub(super) fn shelf_ends(&mut self) -> Result<(), DoubtKind> {
        self.hand_on(self.piece.at);
        let Some(Shelf { rule, set, prefix, array }) = self.state.shelf.take() else { return Ok(()) };
        let json = match (self.plan.treatment(rule), array) {
            (Some(Treatment::GeoTo(grid)), Some(array)) => {
                std::str::from_utf8(&array).ok().and_then(|array| grid.coarsen_pair(array)).map(String::into_bytes)
            }
            _ => None,
        };
        (self.state.held, self.state.child) = (prefix, set);
        self.state.destination = Destination::Held;
        let shown = self.put(json.as_deref())?;
        self.state.destination = Destination::Nowhere;
        self.value_ends(shown)
    }

    fn show_value(&mut self, first: Option<NonZeroU64>, meaning: Meaning) -> Result<(), DoubtKind> {
        if !self.is_container() && self.is_wanted(meaning) {
            return self.read_for_template();
        }
        self.place()?;
        if !self.is_container() {
            return self.pass_over(true);
        }
        if self.is_unit(meaning) {
            return self.unit_begins(first);
        }
        if first.is_none() && !meaning.goes_on {
            return self.pass_over(true);
        }
        let set = self.state.child;
        self.open(Frame { set, first, ..Frame::new(Scope::Ruled) })
    }

    /// Passes over a value; a constant may stand in its place.
    pub(super) fn hide(&mut self, constant: Option<&[u8]>, meaning: Meaning) -> Result<(), DoubtKind> {
        let stands = self.put(constant)?;
        self.state.destination = Destination::Nowhere;
        self.pass_over_hidden(meaning, stands)
    }

    /// A value in something of which nothing is shown begins at the present byte.
    pub(super) fn search(&mut self, meaning: Meaning, stands: bool) -> Result<(), DoubtKind> {
        self.note_signs(meaning);
        self.pass_over_hidden(meaning, stands)
    }

    /// Passes over a hidden value, in which an item may say something of itself.
    fn pass_over_hidden(&mut self, meaning: Meaning, stands: bool) -> Result<(), DoubtKind> {
        if self.is_container() && meaning.sign.is_some_and(|sign| sign.goes_on) && self.state.item.depth.is_some() {
            let set = self.state.child;
            return self.open(Frame { set, stands, ..Frame::new(Scope::Searched) });
        }
        self.pass_over(stands)
    }

    /// Passes over a value that no rule looks into; does something stand in the answer for it?
    pub(super) fn pass_over(&mut self, stands: bool) -> Result<(), DoubtKind> {
        self.state.stands = stands;
        self.state.expect = Expect::Value;
        self.skim()
    }

    fn coarsen(&mut self, by: By) -> Result<(), DoubtKind> {
        let Some(end) = self.piece.text.scalar(self.piece.at) else { return self.await_end(Role::Coarsened(by)) };
        let start = std::mem::replace(&mut self.piece.at, end);
        let token = if self.is_too_much() { &[] } else { self.piece.bytes(start, end) };
        self.piece.at = start;
        let shown = self.coarsened(by, token)?;
        self.piece.at = end;
        self.value_ends(shown)
    }

    /// Puts what a coarsening shows of a token in its place; returns whether that is anything.
    fn coarsened(&mut self, by: By, token: &[u8]) -> Result<bool, DoubtKind> {
        let mut json = std::mem::take(&mut self.state.scratch);
        json.clear();
        let is_shown = match by {
            By::Rule(rule) => self.plan.treatment(rule).is_some_and(|treatment| coarsened(treatment, token, &mut json)),
            By::Document(nested) => self.document(nested, token, &mut json),
        };
        let shown = self.put(is_shown.then_some(&*json));
        self.state.scratch = json;
        self.state.destination = Destination::Nowhere;
        shown
    }

    fn shelve(&mut self, rule: u32) -> Result<(), DoubtKind> {
        self.hold()?;
        let (prefix, set) = (std::mem::take(&mut self.state.held), self.state.child);
        self.state.shelf = Some(Shelf { rule, set, prefix, array: Some(Vec::new()) });
        self.state.destination = Destination::Out;
        self.open(Frame { set, closing: Closing::Shelf, ..Frame::new(Scope::Ruled) })
    }

    /// Begins to read a value that waits for its end, byte by byte.
    pub(super) fn await_end(&mut self, role: Role) -> Result<(), DoubtKind> {
        self.hold()?;
        self.state.token_at = self.state.held.len();
        self.token_begins(role);
        Ok(())
    }

    /// Puts JSON in the place of the present value, or leaves it out; returns whether something stands there.
    fn put(&mut self, json: Option<&[u8]>) -> Result<bool, DoubtKind> {
        match json {
            Some(json) => {
                self.remember(json);
                self.place()?;
                self.hand_on(self.piece.at);
                self.emit(json);
            }
            None => self.leave_out()?,
        }
        Ok(json.is_some())
    }

    fn note_signs(&mut self, meaning: Meaning) {
        if let (Some(sign), Some(_)) = (meaning.sign, self.state.item.depth) {
            self.state.item.may_say(sign, &self.piece);
        }
    }

    fn is_container(&self) -> bool {
        is_container(self.piece.present())
    }
}
