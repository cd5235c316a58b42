//! Members as they usually come: what stands before their values is what is expected there, and the values are simple. What has
//! to be known of them is at hand then, and nearly all members of an answer are read here.

use fearless_simd::{dispatch, prelude::*};

use super::{
    expect::Expect,
    frame::{Frame, Scope},
    nest::Nest,
    noted::{Noted, NotedMembers, Places},
    order::{Expected, Order},
    piece::Piece,
    said::Says,
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

impl Members {
    /// None yet, from a place on.
    pub(super) fn from(at: usize) -> Self {
        Self { passed: 0, end: at, next: None }
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
    pub(super) fn usual_members(&mut self) -> Option<Next> {
        let frame = self.state.frames.last().copied()?;
        if self.state.destination == Destination::Held && frame.scope == Scope::Ruled {
            return None;
        }
        let room = self.state.limits.depth.saturating_sub(self.state.frames.len());
        let terms = self.terms(&frame, room);
        let is_first = self.state.expect == Expect::FirstKey;
        let (level, mut members) = (self.piece.text.level, Members::from(self.piece.at));
        dispatch!(level, simd => self.read_members(simd, &terms, &mut members, is_first));
        if members.end > self.piece.at {
            self.let_members_leave(&members, &terms);
            self.state.expect = Expect::CommaOrEnd;
        }
        members.next
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
            if is_last || !self.read_unexpected(terms, members, is_first.then_some(at)) {
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
        let State { orders, noted, nest, cut, turns, .. } = state;
        let Some(order) = orders.get(order) else { return };
        let Some((keys, last)) = order.expected_members(needs_comma) else { return };
        let reading = Reading { text, terms, values: Values { nest, cut, turns } };
        let before = Reached { at: members.end, last, hits: 0, noted: 0 };
        let (reached, next) = reading.expected(simd, keys, noted.room(), members.passed, before);
        noted.add(reached.noted);
        members.passed += reached.hits;
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
        let State { orders, noted, nest, cut, turns, .. } = state;
        let order = terms.order.and_then(|order| orders.get(order));
        let reading = Reading { text, terms, values: Values { nest, cut, turns } };
        dispatch!(text.level, simd => reading.unexpected(simd, ways, order, noted, members, first))
    }
}

/// What members are read with.
struct Reading<'r, 'p> {
    text: Text<'p>,
    terms: &'r Terms,
    values: Values<'r>,
}

/// With what values are read that no rule looks into.
struct Values<'r> {
    nest: &'r mut Nest,
    cut: &'r mut Option<usize>,
    turns: &'r mut Order<Turn>,
}

/// How far members have been read whose keys are expected.
#[derive(Clone, Copy)]
struct Reached<'k> {
    at: usize,
    last: &'k Expected<Way>,
    /// How many there were, and how many of them are noted.
    hits: u64,
    noted: usize,
}

// Inlined into what `dispatch` makes for each kind of processor.
impl Reading<'_, '_> {
    /// Reads members whose keys are expected, and notes those that may not only leave. Returns how far they go, and the next one if
    /// its key is expected.
    #[inline(always)]
    fn expected<'k, S: Simd>(
        mut self,
        simd: S,
        keys: &'k [Expected<Way>],
        room: &mut [Noted],
        before: u64,
        mut reached: Reached<'k>,
    ) -> (Reached<'k>, Option<Next>) {
        let text = self.text;
        loop {
            let mut key = None;
            reached = self.plain(simd, keys, room, before, reached, &mut key);
            let Reached { at, last, hits, noted } = reached;
            if key.is_none()
                && let Some(window) = text.last_window(at)
            {
                key = last.next(simd, keys, window);
            }
            let Some(key) = key else { return (reached, None) };
            let start = at + key.length();
            let end = self.value(simd, &key.means, start);
            let places = Places { at, start, end, says: Says::Scalar };
            let is_usual =
                end > 0 && (key.is_plain || self.notes(room.get_mut(noted), before + hits, places, &key.means));
            if !is_usual {
                return (reached, Some(Next { number: key.number(), start }));
            }
            reached = Reached { at: end, last: key, hits: hits + 1, noted: noted + usize::from(!key.is_plain) };
            if text.byte(end) == b'}' {
                return (reached, None);
            }
        }
    }

    /// The same while their values are plain scalars. Where one is not, its key is `stopped` at.
    // Nothing is called here but what is inlined, so that all stays in registers.
    #[inline(always)]
    fn plain<'k, S: Simd>(
        &self,
        simd: S,
        keys: &'k [Expected<Way>],
        room: &mut [Noted],
        before: u64,
        reached: Reached<'k>,
        stopped: &mut Option<&'k Expected<Way>>,
    ) -> Reached<'k> {
        let text = self.text;
        let Reached { mut at, mut last, mut hits, mut noted } = reached;
        while let Some(window) = text.window(at)
            && let Some(key) = last.next(simd, keys, window)
        {
            let start = at + key.length();
            let Some(end) = text.plain_scalar(start, window.from(key.length())) else {
                *stopped = Some(key);
                break;
            };
            if !key.is_plain {
                let places = Places { at, start, end, says: Says::Plain };
                if !self.notes(room.get_mut(noted), before + hits, places, &key.means) {
                    *stopped = Some(key);
                    break;
                }
                noted += 1;
            }
            (at, last, hits) = (end, key, hits + 1);
        }
        Reached { at, last, hits, noted }
    }

    #[inline(always)]
    fn unexpected<S: Simd>(
        mut self,
        simd: S,
        ways: &sets::Members,
        mut order: Option<&mut Order<Way>>,
        noted: &mut NotedMembers,
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
                Some(bytes) => text.plain_scalar(start, bytes),
                None => None,
            };
            let end = match scalar {
                Some(end) => end,
                None => self.value(simd, way, start),
            };
            if end == 0 {
                return any;
            }
            if !way.only_leaves() {
                let places = Places { at, start, end, says: Says::Scalar };
                if !self.notes(noted.room().first_mut(), members.passed, places, way) {
                    return any;
                }
                noted.add(1);
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

    /// Notes a member that may not only leave, behind so many others, if there is room. Returns whether it is usual; else nothing has
    /// happened.
    #[inline(always)]
    fn notes(&self, room: Option<&mut Noted>, before: u64, places: Places, way: &Way) -> bool {
        let Some(member) = room else { return false };
        if !matches!(way.manner, Manner::Leaves) {
            let fits = match way.manner {
                Manner::IsCoarsened(_, of) => of.is_begun_by(self.text.byte(places.start)),
                manner => !matches!(manner, Manner::Other),
            };
            if !fits || (self.terms.is_ruled && !self.terms.may_change) {
                return false;
            }
        }
        *member = Noted { before, places, way: *way };
        true
    }

    /// Where the value ends that begins here, if it lies whole in the piece and is a scalar, or the same becomes of it as of one;
    /// else 0.
    #[inline(always)]
    fn value<S: Simd>(&mut self, simd: S, way: &Way, start: usize) -> usize {
        let text = self.text;
        if !matches!(text.byte(start), b'[' | b'{') {
            return text.other_scalar(start).unwrap_or(0);
        }
        if !way.is_whole || way.sign.is_some() || !matches!(way.manner, Manner::Leaves | Manner::IsRemoved) {
            return 0;
        }
        if self.terms.room > 0
            && let Some(end) = short_array(simd, text, start)
        {
            return end;
        }
        let Values { nest, cut, turns } = &mut self.values;
        skimmed(text, start, nest, cut, turns, self.terms.room)
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
