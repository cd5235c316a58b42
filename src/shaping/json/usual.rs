//! Members as they usually come: what stands before their values is what is expected there, and the values are simple. What has
//! to be known of them is at hand then, and nearly all members of an answer are read here.

use std::ops::Range;

use fearless_simd::{dispatch, prelude::*};

use super::{
    arriving::Arriving,
    event::{Event, MOST_EVENTS},
    expect::Expect,
    frame::{Frame, Scope},
    nest::Nest,
    order::{Expected, Order},
    piece::Piece,
    sets::{self, Manner, Set, Way},
    skim::{Skimmed, short_array, skim},
    state::{Destination, State},
    text::Text,
    turn::Turn,
    walk::Walk,
};

/// On what terms the members of an object are read.
#[derive(Clone, Copy)]
pub(super) struct Terms {
    set: Set,
    /// The number of the order in which they are expected.
    order: Option<usize>,
    /// Whether rules hold; else nothing leaves.
    pub(super) is_ruled: bool,
    /// Whether what is not there yet may be put in, and what leaves left out.
    may_change: bool,
    /// How many arrays and objects may be open in one.
    room: usize,
}

/// Members that come as they usually do, and have been read.
pub(super) struct Members {
    /// How many there are.
    pub(super) passed: u64,
    /// Where the last one ends.
    pub(super) end: usize,
    /// The next one, if its key is expected and it is not usual otherwise.
    next: Option<Next>,
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
    pub(super) fn usual_members(&mut self) -> Option<Next> {
        let frame = self.state.frames.last().copied()?;
        if self.state.destination == Destination::Held && frame.scope == Scope::Ruled {
            return None;
        }
        let room = self.state.limits.depth.saturating_sub(self.state.frames.len());
        let terms = self.terms(&frame, room);
        let mut is_first = self.state.expect == Expect::FirstKey;
        loop {
            let (level, at) = (self.piece.text.level, self.piece.at);
            let members = dispatch!(level, simd => self.read_members(simd, &terms, at, is_first));
            if members.end == self.piece.at {
                return members.next;
            }
            let is_full = self.state.events.len() == MOST_EVENTS;
            self.let_members_leave(&members, &terms);
            self.state.expect = Expect::CommaOrEnd;
            if !is_full {
                return members.next;
            }
            is_first = false;
        }
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
    pub(super) fn terms(&self, frame: &Frame, room: usize) -> Terms {
        let is_ruled = frame.scope == Scope::Ruled;
        let may_change = is_ruled && self.state.unit.is_none() && self.state.shelf.is_none();
        Terms { set: frame.set, order: frame.order, is_ruled, may_change, room }
    }

    /// Reads members of an object, the first one at `at`: its quote if it is the first one of the object, else its comma.
    /// What becomes of them is noted, and nothing leaves before [`Self::let_members_leave`].
    // Inlined into what `dispatch` makes for each kind of processor.
    #[inline(always)]
    pub(super) fn read_members<S: Simd>(&mut self, simd: S, terms: &Terms, at: usize, is_first: bool) -> Members {
        let text = self.piece.text;
        let mut members = Members { passed: 0, next: None, end: at };
        if is_first && text.byte(at) != b'"' {
            return members;
        }
        loop {
            // Keys without a comma are expected only where an object begins.
            let needs_comma = !is_first || members.end > at;
            if let Some(order) = terms.order {
                members = self.read_expected(simd, order, needs_comma, terms, members);
            }
            let is_last = members.next.is_some() || text.byte(text.blanks(members.end)) == b'}';
            if is_last || !self.read_unexpected(terms, &mut members, is_first.then_some(at)) {
                return members;
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
        members: Members,
    ) -> Members {
        let (text, state) = (self.piece.text, &mut *self.state);
        let State { orders, events, item, nest, cut, turns, .. } = state;
        let Some(order) = orders.get(order) else { return members };
        let Some((keys, last)) = order.expected_members(needs_comma) else { return members };
        let reading = Reading { text, terms, events, item, nest, cut, turns };
        let (last, hits, members) = reading.expected(simd, keys, last, members);
        order.came(last, hits);
        members
    }

    /// Reads members whose keys are not the ones expected, up to one behind which another is expected; returns whether there was
    /// any that is usual otherwise. The one that begins at `first`, if any, has no comma.
    #[inline(never)]
    fn read_unexpected(&mut self, terms: &Terms, members: &mut Members, first: Option<usize>) -> bool {
        let Set::Known(known) = terms.set else { return false };
        let Some(ways) = self.plan.sets.members(known) else { return false };
        let (text, state) = (self.piece.text, &mut *self.state);
        let State { orders, events, item, nest, cut, turns, .. } = state;
        let order = terms.order.and_then(|order| orders.get(order));
        let reading = Reading { text, terms, events, item, nest, cut, turns };
        dispatch!(text.level, simd => reading.unexpected(simd, ways, order, members, first))
    }
}

/// What members are read with.
struct Reading<'r, 'p> {
    text: Text<'p>,
    terms: &'r Terms,
    events: &'r mut Vec<Event>,
    item: &'r mut Arriving,
    nest: &'r mut Nest,
    cut: &'r mut Option<usize>,
    turns: &'r mut Order<Turn>,
}

// Inlined into what `dispatch` makes for each kind of processor.
impl Reading<'_, '_> {
    /// Reads members whose keys are expected, behind `last` and others; returns the number of the last one that came, and how
    /// many did.
    #[inline(always)]
    fn expected<'k, S: Simd>(
        mut self,
        simd: S,
        keys: &'k [Expected<Way>],
        mut last: &'k Expected<Way>,
        members: Members,
    ) -> (usize, u64, Members) {
        let (text, mut at, mut hits, mut next) = (self.text, members.end, 0, None);
        while let Some(window) = text.window(at)
            && let Some(key) = last.next(simd, keys, window)
        {
            let (way, start) = (&key.means, at + key.length());
            let end = match text.simple_scalar(simd, start, window.from(key.length())) {
                Some(end) => end,
                None => self.whole(simd, way, start),
            };
            if end == 0 || !(key.is_plain || self.notes(way, at, start..end, members.passed + hits)) {
                next = Some(Next { number: key.number(), start });
                break;
            }
            (at, last, hits) = (end, key, hits + 1);
        }
        (last.number(), hits, Members { passed: members.passed + hits, end: at, next })
    }

    #[inline(always)]
    fn unexpected<S: Simd>(
        mut self,
        simd: S,
        ways: &sets::Members,
        mut order: Option<&mut Order<Way>>,
        members: &mut Members,
        first: Option<usize>,
    ) -> bool {
        let (text, mut any) = (self.text, false);
        loop {
            let at = members.end;
            let is_first = first == Some(at);
            if !is_first && text.byte(at) != b',' {
                return any;
            }
            let quote = if is_first { at } else { text.indentation(simd, at + 1) };
            if text.byte(quote) != b'"' {
                return any;
            }
            let Some(name) = text.plain_name(quote).filter(|name| text.byte(name.end + 1) == b':') else { return any };
            let start = text.indentation(simd, name.end + 2);
            let way = ways.get(text.bytes, name).unwrap_or(&ways.other);
            let scalar = match text.chunk(start) {
                Some(bytes) => text.simple_scalar(simd, start, bytes),
                None => None,
            };
            let end = match scalar {
                Some(end) => end,
                None => self.whole(simd, way, start),
            };
            if end == 0 || !(way.only_leaves() || self.notes(way, at, start..end, members.passed)) {
                return any;
            }
            any = true;
            members.end = end;
            members.passed += 1;
            if let Some(order) = order.as_mut().filter(|order| order.learns()) {
                let before = text.bytes.get(at..start).unwrap_or_default();
                if order.learn_member(before, *way) {
                    return true;
                }
            }
        }
    }

    /// Notes what becomes of a member that may not only leave, behind so many others; it begins at `at`. Returns whether it is
    /// usual; else nothing has happened.
    #[inline(always)]
    fn notes(&mut self, way: &Way, at: usize, value: Range<usize>, before: u64) -> bool {
        let rule = match way.manner {
            Manner::Leaves | Manner::IsRemoved => None,
            Manner::IsCoarsened(rule, of) if of.is_begun_by(self.text.byte(value.start)) => Some(rule),
            Manner::IsCoarsened(..) | Manner::Other => return false,
        };
        if self.terms.is_ruled && way.manner != Manner::Leaves {
            if !self.terms.may_change || self.events.len() == MOST_EVENTS {
                return false;
            }
            let Range { start, end } = value;
            self.events.push(Event { before, at, start, end, to: way.to, rule });
        }
        if let Some(sign) = way.sign {
            self.item.says(sign, self.text, value);
        }
        true
    }

    /// Where the value ends that begins here, if it lies whole in the piece and the same becomes of it as of a scalar; else 0.
    #[inline(always)]
    fn whole<S: Simd>(&mut self, simd: S, way: &Way, start: usize) -> usize {
        if !way.is_whole || way.sign.is_some() || !matches!(way.manner, Manner::Leaves | Manner::IsRemoved) {
            return 0;
        }
        if self.terms.room > 0
            && let Some(end) = short_array(simd, self.text, start)
        {
            return end;
        }
        skimmed(self.text, start, self.nest, self.cut, self.turns, self.terms.room)
    }
}

/// Where a value ends that begins here, if it lies whole in the piece; else 0.
#[inline(never)]
fn skimmed(
    text: Text<'_>,
    start: usize,
    nest: &mut Nest,
    cut: &mut Option<usize>,
    turns: &mut Order<Turn>,
    room: usize,
) -> usize {
    // It was tried before.
    if *cut == Some(start) {
        return 0;
    }
    let mut piece = Piece { at: start, ..Piece::new(text) };
    match skim(&mut piece, nest, turns, Expect::Value, room) {
        Ok(Skimmed::Whole) => piece.at,
        _ => {
            nest.clear();
            *cut = Some(start);
            0
        }
    }
}
