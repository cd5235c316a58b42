//! Documents that stand in strings: read, shaped, and written as a string again.

use super::Walk;
use crate::shaping::{
    json::{
        limits::Limits,
        rules::Nested,
        sets::{Set, meaning::Verdict},
        state::{State, arriving::Choosing},
        text::{Text, marks::Marks, piece::Piece},
    },
    string,
    treatment::Treatment,
};

impl Walk<'_> {
    /// Whether the document in a string is read, or the string hidden as it is; `None` where the rule on it hides it, or puts
    /// something else there. A coarsening acts on the root of the document, which only JSON has.
    pub(super) fn reads_document(&self, nested: u16, verdict: Verdict) -> Option<bool> {
        let is_json = matches!(self.plan.nested(nested), Some(Nested::Json));
        match verdict {
            Verdict::Keep => Some(true),
            Verdict::Open => Some(is_json),
            Verdict::Remove => None,
            Verdict::Treat(rule) => match self.plan.treatment(rule) {
                Some(treatment) if treatment.reveals_nothing() || matches!(treatment, Treatment::Text(_)) => None,
                _ => Some(is_json),
            },
        }
    }

    /// Appends the string with the document in it as it is shaped; returns whether it can be read. It is the present value.
    pub(super) fn document(&mut self, nested: u16, token: &[u8], json: &mut Vec<u8>) -> bool {
        let Some(text) = string::decode(token) else { return false };
        let limits = self.state.limits;
        let limits = Limits { depth: limits.depth.saturating_sub(self.state.frames.len()), ..limits };
        let Some(room) = self.room_for(&text) else { return false };
        let shaped = match self.plan.nested(nested) {
            Some(Nested::Json) => self.inner(&text, limits, room),
            Some(Nested::Other(reshape)) => reshape.reshape(&text, limits),
            None => None,
        };
        shaped.iter().for_each(|shaped| string::encode(shaped, json));
        shaped.is_some()
    }

    /// What is left for the document in a string and those in it, beside what it takes itself and what is shaped around it.
    fn room_for(&self, text: &str) -> Option<usize> {
        let around = if self.state.is_inner { self.out.len() } else { 0 };
        self.state.room.checked_sub(text.len())?.checked_sub(around)
    }

    /// A JSON document whose root leads where the string does.
    fn inner(&mut self, text: &str, limits: Limits, room: usize) -> Option<String> {
        let set = self.state.child;
        let choosing = self.state.choosing.as_ref().and_then(Choosing::in_strings);
        let mut state = State { is_inner: true, choosing, ..State::default() };
        state.begin(limits, set, 0);
        state.room = room;
        if let Set::Listed(..) = set {
            state.nodes = self.plan.states(set, &self.state.nodes).to_vec();
            state.child = Set::Listed(0, u32::try_from(state.nodes.len()).ok()?);
        }
        // Members that wait around it have been taken out of that.
        std::mem::swap(&mut state.noted, &mut self.state.noted);
        // What is only looked through is counted when it is shaped.
        let counts = !self.state.looks_through();
        if counts {
            std::mem::swap(&mut state.met, &mut self.state.met);
        }
        let shaped = self.pass_inner(text, &mut state);
        state.noted.clear();
        self.state.noted = state.noted;
        if counts {
            self.state.met = state.met;
        }
        shaped.and_then(|shaped| String::from_utf8(shaped).ok())
    }

    fn pass_inner(&self, text: &str, state: &mut State) -> Option<Vec<u8>> {
        let (mut marks, mut shaped, mut rest) = (Marks::default(), Vec::new(), text);
        let most = state.limits.item.min(state.room);
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.floor_char_boundary(PIECE));
            marks.mark(state.level, piece.as_bytes());
            let piece = Piece::new(Text::new(piece.as_bytes(), marks.blocks(), state.level));
            Walk { plan: self.plan, state, piece, out: &mut shaped }.through().ok()?;
            if shaped.len() > most {
                return None;
            }
            rest = after;
        }
        let piece = Piece::new(Text::new(&[], &[], state.level));
        Walk { plan: self.plan, state, piece, out: &mut shaped }.end().ok()?;
        // A root that is removed would leave `null` in the string.
        state.stands.then_some(shaped)
    }
}

/// So much is read before it is looked how long it becomes: a constant may stand in the place of each element.
const PIECE: usize = 4096;
