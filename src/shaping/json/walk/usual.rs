//! Members as they usually come: what stands before their values is what is expected there, and the values are simple. What has
//! to be known of them is at hand then, and nearly all members of an answer are read here.

mod reading;

use fearless_simd::{dispatch, prelude::*};

use self::reading::{Reached, Reading, Values};
use super::Walk;
use crate::shaping::{
    DoubtKind,
    json::{
        sets::{Set, way::Way},
        state::{
            Destination, State,
            expect::Expect,
            frame::{Frame, Scope},
        },
    },
};

/// On what terms the members of an object are read.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    set: Set,
    /// The number of the order in which they are expected.
    order: Option<usize>,
    /// Whether rules hold; else nothing leaves.
    pub(super) is_ruled: bool,
    /// Whether members may be left out, changed or read: not while an item is looked through, or an array is on the shelf.
    may_change: bool,
    /// Whether they are the members of a usual item with templates, of which all are read before any leaves.
    are_of_unit: bool,
    /// How many arrays and objects may be open in one.
    room: usize,
}

/// Members that come as they usually do, and have been read.
pub(super) struct Members {
    /// Where the first one begins.
    pub(super) start: usize,
    /// Where the last one ends.
    pub(super) end: usize,
    /// The next one, if its key is expected and it is not usual otherwise.
    next: Option<Next>,
}

impl Members {
    /// None yet, from a place on.
    pub(super) fn from(at: usize) -> Self {
        Self { start: at, end: at, next: None }
    }
}

/// A member whose key came as it was expected.
#[derive(Clone, Copy)]
pub(super) struct Next {
    /// The number of the key.
    number: usize,
    /// Where the value begins.
    start: usize,
}

impl Walk<'_> {
    /// Reads members from the present byte on: the quote of the first key, or the comma behind a value. Stops behind the value
    /// of the last one that is usual. Returns the next one if its key is expected.
    pub(super) fn usual_members(&mut self) -> Result<Option<Next>, DoubtKind> {
        let Some(frame) = self.state.frames.last().copied() else { return Ok(None) };
        if self.state.destination == Destination::Held && frame.scope == Scope::Ruled {
            return Ok(None);
        }
        let room = self.state.limits.depth.saturating_sub(self.state.frames.len());
        let terms = self.terms(&frame, room, false);
        let is_first = self.state.expect == Expect::FirstKey;
        let (level, mut members) = (self.piece.text.level, Members::from(self.piece.at));
        dispatch!(level, simd => self.read_members(simd, &terms, &mut members, is_first));
        if members.end > self.piece.at {
            self.let_members_leave(&members, &terms)?;
            self.state.expect = Expect::CommaOrEnd;
        }
        Ok(members.next)
    }

    /// Passes over the key of the member that comes next. Returns where it leads; `None`, and nothing has happened, if that is not
    /// known any more.
    pub(super) fn passes_key(&mut self, next: Next) -> Option<Way> {
        let order = self.state.frames.last().and_then(|frame| frame.order)?;
        let way = self.state.orders.get(order)?.came_with_meaning(next.number)?;
        // More white space may stand there than was expected.
        self.piece.at = self.piece.text.blanks(next.start);
        Some(way)
    }

    /// On what terms the members of an object are read in which so many arrays and objects may be open.
    pub(super) fn terms(&self, frame: &Frame, room: usize, are_of_unit: bool) -> Terms {
        let is_ruled = frame.scope == Scope::Ruled;
        let may_change = !is_ruled || (!self.state.looks_through() && self.state.shelf.is_none());
        Terms { set: frame.set, order: frame.order, is_ruled, may_change, are_of_unit, room }
    }

    /// Reads members of an object, the first one where they end: its quote if it is the first one of the object, else its comma.
    /// What becomes of them is noted, and nothing leaves before [`Self::let_members_leave`].
    // Inlined into what `dispatch` makes for each kind of processor.
    #[inline(always)]
    pub(super) fn read_members<S: Simd>(&mut self, simd: S, terms: &Terms, members: &mut Members, is_first: bool) {
        let (text, at) = (self.piece.text, members.end);
        if is_first && text.byte(at) != b'"' {
            return;
        }
        loop {
            // Keys without a comma are expected only where an object begins.
            let needs_comma = !is_first || members.end > at;
            if let Some(order) = terms.order {
                self.read_expected(simd, order, needs_comma, terms, members);
            }
            let is_last = members.next.is_some() || text.byte(text.blanks(members.end)) == b'}';
            let first = is_first.then_some(at);
            let goes_on = !is_last && self.read_unexpected(terms, members, first);
            let goes_on = goes_on || (terms.are_of_unit && self.read_ruled(terms, members, first));
            if !goes_on {
                return;
            }
        }
    }

    /// Reads members whose keys are expected by the order of this number, behind others.
    #[inline(always)]
    fn read_expected<S: Simd>(
        &mut self,
        simd: S,
        order: usize,
        needs_comma: bool,
        terms: &Terms,
        members: &mut Members,
    ) {
        let (text, state) = (self.piece.text, &mut *self.state);
        let State { orders, noted, nest, tried, turns, .. } = state;
        let Some(order) = orders.get(order) else { return };
        let Some((keys, last)) = order.expected_members(needs_comma) else { return };
        let reading = Reading { text, terms, values: Values { nest, tried, turns } };
        let before = Reached { at: members.end, last, hits: 0, noted: 0 };
        let (reached, next) = reading.expected(simd, keys, noted.room(), before);
        noted.add(reached.noted);
        (members.end, members.next) = (reached.at, next);
        let (last, hits) = (reached.last.number(), reached.hits);
        order.came(last, hits);
    }

    /// Reads members whose keys are not the ones expected, up to one behind which another is expected; returns whether there was
    /// any that is usual otherwise. The one that begins at `first`, if any, has no comma.
    #[inline(never)]
    fn read_unexpected(&mut self, terms: &Terms, members: &mut Members, first: Option<usize>) -> bool {
        let Set::Known(known) = terms.set else { return false };
        let Some(ways) = self.plan.sets.members(known) else { return false };
        let (text, state) = (self.piece.text, &mut *self.state);
        let State { orders, noted, nest, tried, turns, .. } = state;
        let order = terms.order.and_then(|order| orders.get(order));
        let reading = Reading { text, terms, values: Values { nest, tried, turns } };
        dispatch!(text.level, simd => reading.unexpected(simd, ways, order, noted, members, first))
    }

    /// Reads a member whose value is an array or object in which rules act, to be walked through when it leaves. Returns whether there
    /// was one. If it begins at `first` it has no comma.
    #[inline(never)]
    fn read_ruled(&mut self, terms: &Terms, members: &mut Members, first: Option<usize>) -> bool {
        let (text, state) = (self.piece.text, &mut *self.state);
        let State { orders, noted, nest, tried, turns, .. } = state;
        let mut reading = Reading { text, terms, values: Values { nest, tried, turns } };
        let Some((places, way)) = reading.ruled(&self.plan.sets, noted, members.end, first) else { return false };
        let order = terms.order.and_then(|order| orders.get(order));
        match (order, members.next) {
            (Some(order), Some(next)) => order.came(next.number, 1),
            (Some(order), None) => {
                order.learn_member(text.between(places.at, places.start), way);
            }
            (None, _) => {}
        }
        (members.end, members.next) = (places.end, None);
        true
    }
}
