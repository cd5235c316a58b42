//! Members as they usually come: what stands before their values is what is expected there, and the values are simple. What has
//! to be known of them is at hand then, and nearly all members of an answer are read here.

use fearless_simd::{dispatch, prelude::*};

use super::{
    deed::{Deed, coarsened, deed},
    frame::{Frame, Scope},
    order::Expected,
    sets::{self, Known, Manner, Set, Way},
    skim::{Skimmed, skim},
    state::{Destination, Expect},
    walk::Walk,
};

/// Members that come as they usually do, and have been read.
pub(super) struct Members {
    /// Whether rules hold; else nothing leaves.
    is_ruled: bool,
    /// Whether what is not there yet may be put in, and what leaves left out.
    may_change: bool,
    /// How many arrays and objects may be open in one.
    room: usize,
    /// How many there are.
    passed: u64,
    /// The next one, if its key is expected and it is not usual otherwise.
    next: Option<Next>,
    /// Where the last one ends.
    pub(super) end: usize,
}

/// A member whose key came as it was expected.
#[derive(Clone, Copy)]
pub(super) struct Next {
    /// The number of the key.
    number: usize,
    way: Way,
    /// Where the value begins.
    start: usize,
}

/// A member of which not all leaves as it came.
#[derive(Debug)]
pub(super) struct Event {
    /// How many members stand before it.
    before: u64,
    /// Where it begins, where its value does, and where that ends.
    at: usize,
    start: usize,
    end: usize,
    to: Known,
    /// The rule that coarsens it; else it is removed.
    rule: Option<u32>,
}

/// What leaves of members.
struct Shown {
    /// Whether the bytes before the present member leave, up to its comma.
    leaves: bool,
    /// How many members were shown.
    count: u64,
}

impl Walk<'_> {
    /// Reads members from the present byte on: the quote of the first key, or the comma behind a value. Stops behind the value
    /// of the last one that is usual. Returns the next one if its key is expected.
    pub(super) fn usual_members(&mut self) -> Option<Next> {
        let frame = self.state.frames.last().copied()?;
        if self.state.destination == Destination::Held && frame.scope == Scope::Ruled {
            return None;
        }
        let mut is_first = self.state.expect == Expect::FirstKey;
        loop {
            let room = self.state.limits.depth.saturating_sub(self.state.frames.len());
            let members = self.read_members(&frame, room, self.piece.at, is_first);
            if members.end == self.piece.at {
                return members.next;
            }
            let is_full = self.state.events.len() == MOST_EVENTS;
            self.let_members_leave(&members);
            self.state.expect = Expect::CommaOrEnd;
            if !is_full {
                return members.next;
            }
            is_first = false;
        }
    }

    /// Passes over the key of the member that comes next. Returns where it leads.
    pub(super) fn passes_key(&mut self, next: Next) -> Way {
        let order = self.state.frames.last().and_then(|frame| frame.order);
        order.into_iter().for_each(|order| self.state.orders.came(order, next.number));
        // More white space may stand there than was expected.
        self.piece.at = self.piece.text.blanks(next.start);
        next.way
    }

    /// Reads members of an object, the first one at `at`: its quote if it is the first one of the object, else its comma. So many
    /// arrays and objects may be open in one. What becomes of them is noted, and nothing leaves before
    /// [`Self::let_members_leave`].
    // Inlined where it is called, so that what it returns is not copied.
    #[inline(always)]
    pub(super) fn read_members(&mut self, frame: &Frame, room: usize, at: usize, is_first: bool) -> Members {
        let is_ruled = frame.scope == Scope::Ruled;
        let may_change = is_ruled && self.state.unit.is_none() && self.state.shelf.is_none();
        let mut members = Members { is_ruled, may_change, room, passed: 0, next: None, end: at };
        if is_first && self.piece.text.byte(at) != b'"' {
            return members;
        }
        loop {
            let needs_comma = !is_first || members.end > at;
            if let Some(number) = frame.order
                && let Some((keys, last)) = self.state.orders.lend(number, needs_comma)
            {
                let (last, hits) = self.expected(&keys, last, &mut members);
                self.state.orders.take_back(number, keys, last, hits);
            }
            let is_last = members.next.is_some() || self.piece.text.byte(self.piece.text.blanks(members.end)) == b'}';
            if is_last || !self.unexpected(frame, &mut members, is_first.then_some(at)) {
                return members;
            }
        }
    }

    /// Lets members leave that were read from the present byte on, as far as they are shown, and goes behind them.
    pub(super) fn let_members_leave(&mut self, members: &Members) {
        match self.state.frames.last().map(|frame| frame.shown) {
            Some(count) if members.is_ruled => {
                let count = self.ruled_members_leave(members, count);
                self.state.frames.last_mut().into_iter().for_each(|frame| frame.shown = count);
            }
            _ => {
                self.state.events.clear();
                self.piece.at = members.end;
            }
        }
    }

    /// The same where rules hold and so many members of the object have been shown. Returns how many have been then.
    pub(super) fn ruled_members_leave(&mut self, members: &Members, count: u64) -> u64 {
        let at = std::mem::replace(&mut self.piece.at, members.end);
        if let (Destination::Waiting(mark), 0, b',') = (self.state.destination, count, self.piece.text.byte(at)) {
            // The next member will be the first one shown, without a comma.
            self.hand_on(mark);
            self.piece.run = at + 1;
        }
        let mut shown = Shown { leaves: self.state.destination == Destination::Out, count };
        let mut events = std::mem::take(&mut self.state.events);
        self.pass_events(&events, members.passed, &mut shown);
        events.clear();
        self.state.events = events;
        if shown.leaves {
            self.state.destination = Destination::Out;
        }
        shown.count
    }

    /// Reads members whose keys are expected, behind the one of the number `last`; returns the last one that came, and how
    /// many did.
    // Apart, so that what it needs stays in registers.
    #[inline(never)]
    fn expected(&mut self, keys: &[Expected<Way>], last: usize, members: &mut Members) -> (usize, u64) {
        dispatch!(self.piece.text.level, simd => self.read_expected(simd, keys, last, members))
    }

    // Inlined into what `dispatch` makes for each kind of processor.
    #[inline(always)]
    fn read_expected<S: Simd>(
        &mut self,
        simd: S,
        keys: &[Expected<Way>],
        last: usize,
        members: &mut Members,
    ) -> (usize, u64) {
        let Some(mut last) = keys.get(last) else { return (last, 0) };
        let (text, mut at, mut hits) = (self.piece.text, members.end, 0);
        while let Some(window) = text.window(at)
            && let Some(key) = last.next(simd, keys, window)
        {
            let start = at + key.length();
            at = match text.simple_scalar(simd, start, window.from(key.length())) {
                Some(end) if key.is_plain => end,
                end => match self.eventful(&key.means, at, start, end.unwrap_or(0), members, hits) {
                    0 => {
                        members.next = Some(Next { number: key.number(), way: key.means, start });
                        break;
                    }
                    end => end,
                },
            };
            (last, hits) = (key, hits + 1);
        }
        members.end = at;
        members.passed += hits;
        (last.number(), hits)
    }

    /// Reads members whose keys are not the ones expected, up to one behind which another is expected; returns whether there was
    /// any that is usual otherwise. The one that begins at `first`, if any, has no comma.
    #[inline(never)]
    fn unexpected(&mut self, frame: &Frame, members: &mut Members, first: Option<usize>) -> bool {
        let Set::Known(known) = frame.set else { return false };
        let Some(ways) = self.plan.sets.members(known) else { return false };
        let order = frame.order;
        dispatch!(self.piece.text.level, simd => self.read_unexpected(simd, ways, order, members, first))
    }

    // Inlined like those that are expected.
    #[inline(always)]
    fn read_unexpected<S: Simd>(
        &mut self,
        simd: S,
        ways: &sets::Members,
        order: Option<usize>,
        members: &mut Members,
        first: Option<usize>,
    ) -> bool {
        let (text, mut any) = (self.piece.text, false);
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
            members.end = match scalar {
                Some(end) if way.only_leaves() => end,
                end => match self.eventful(way, at, start, end.unwrap_or(0), members, 0) {
                    0 => return any,
                    end => end,
                },
            };
            any = true;
            members.passed += 1;
            let order = order.and_then(|order| self.state.orders.get(order));
            if order.is_some_and(|order| order.learn_member(self.piece.bytes(at, start), *way)) {
                return true;
            }
        }
    }

    /// Reads a member that may not only leave, behind so many `more` of them; it begins at `at`, its value at `start`. The value
    /// ends at `end`, if it is a simple scalar. Returns where it ends; 0, and nothing has happened, if it is not usual.
    #[inline(never)]
    fn eventful(&mut self, way: &Way, at: usize, start: usize, end: usize, members: &Members, more: u64) -> usize {
        let end = if end > 0 { end } else { self.whole(way, start, members.room) };
        if end == 0 {
            return 0;
        }
        let rule = match way.manner {
            Manner::Leaves | Manner::IsRemoved => None,
            Manner::IsCoarsened(rule) if self.is_coarsened(rule, start) => Some(rule),
            Manner::IsCoarsened(_) | Manner::Other => return 0,
        };
        if members.is_ruled && way.manner != Manner::Leaves {
            if !members.may_change || self.state.events.len() == MOST_EVENTS {
                return 0;
            }
            self.state.events.push(Event { before: members.passed + more, at, start, end, to: way.to, rule });
        }
        if let Some(sign) = way.sign {
            self.state.item.says(sign, &self.piece.text, start..end);
        }
        end
    }

    /// Whether the value that begins here is of the type that a rule coarsens.
    fn is_coarsened(&self, rule: u32, start: usize) -> bool {
        let treatment = self.plan.treatment(rule);
        treatment
            .is_some_and(|treatment| matches!(deed(treatment, rule, self.piece.text.byte(start)), Deed::Coarsen(_)))
    }

    /// Lets members leave, so many of them, except for what became of some.
    fn pass_events(&mut self, events: &[Event], members: u64, shown: &mut Shown) {
        let (mut run, mut passed) = (self.piece.run, 0);
        for event in events {
            shown.leave(event.before - passed);
            passed = event.before + 1;
            self.state.met.count_known(event.to);
            if let Some(rule) = event.rule
                && self.coarsened_at(rule, event, run)
            {
                run = event.end;
                shown.leave(1);
                continue;
            }
            let to = match self.state.destination {
                // Before the first one: its white space is its own.
                Destination::Waiting(mark) if self.piece.text.byte(event.at) != b',' => mark,
                _ => event.at,
            };
            if run < to {
                self.out.extend_from_slice(self.piece.bytes(run, to));
            }
            // The comma behind it leaves with the next member, unless that is the first one shown.
            let is_first = shown.count == 0 && self.piece.text.byte(event.end) == b',';
            run = event.end + usize::from(is_first);
            self.state.destination = Destination::Waiting(event.end);
            shown.leaves = false;
        }
        self.piece.run = run;
        shown.leave(members - passed);
    }

    /// Coarsens a value, before which bytes leave from `run` on. Returns whether it is shown; else nothing has left.
    // Apart, so that what those need that are left out stays in registers.
    #[inline(never)]
    fn coarsened_at(&mut self, rule: u32, event: &Event, run: usize) -> bool {
        let Some(treatment) = self.plan.treatment(rule) else { return false };
        let before = self.out.len();
        self.out.extend_from_slice(self.piece.bytes(run, event.start));
        let is_shown = coarsened(treatment, self.piece.bytes(event.start, event.end), self.out);
        if !is_shown {
            self.out.truncate(before);
        }
        is_shown
    }

    /// Where the value ends that begins here, if it lies whole in the piece and the same becomes of it as of a scalar; else 0.
    #[inline(never)]
    fn whole(&mut self, way: &Way, start: usize, room: usize) -> usize {
        if !way.is_whole || way.sign.is_some() || !matches!(way.manner, Manner::Leaves | Manner::IsRemoved) {
            return 0;
        }
        let (mut piece, state) = (self.piece, &mut *self.state);
        piece.at = start;
        match skim(&mut piece, &mut state.nest, &mut state.turns, Expect::Value, room) {
            Ok(Skimmed::Whole) => piece.at,
            _ => {
                state.nest.clear();
                0
            }
        }
    }
}

impl Shown {
    /// So many more members are shown.
    #[inline]
    fn leave(&mut self, members: u64) {
        self.count += members;
        self.leaves |= members > 0;
    }
}

/// How many members are noted before they leave.
const MOST_EVENTS: usize = 64;
