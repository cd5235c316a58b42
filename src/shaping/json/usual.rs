//! Members as they usually come: what stands before their values is what is expected there, and the values are simple. What has
//! to be known of them is at hand then, and nearly all members of an answer are read here.

use super::{
    deed::{Deed, coarsened, deed},
    frame::Scope,
    order::Expected,
    sets::{Manner, Set, Way},
    skim::{Skimmed, skim},
    state::{Destination, Expect},
    walk::Walk,
};

/// How members stand that come as they usually do.
#[derive(Clone, Copy)]
struct Usual {
    /// Whether rules hold; else nothing leaves.
    is_ruled: bool,
    /// Whether what is not there yet may be put in, and what leaves left out.
    may_change: bool,
    /// Whether the bytes before the present member leave, up to its comma.
    leaves: bool,
    /// How many members were shown.
    shown: u64,
    /// How many of the members that came as expected have been counted.
    counted: u64,
}

impl Walk<'_> {
    /// Reads members from the present byte on: the quote of the first key, or the comma behind a value. Stops behind the value
    /// of the last one that is usual.
    pub(super) fn usual_members(&mut self) {
        let Some(frame) = self.state.frames.last() else { return };
        let (set, order, is_ruled, shown) = (frame.set, frame.order, frame.scope == Scope::Ruled, frame.shown);
        let may_change = is_ruled && self.state.unit.is_none() && self.state.shelf.is_none();
        let leaves = match self.state.destination {
            Destination::Out => true,
            Destination::Held if is_ruled => return,
            _ => false,
        };
        let mut usual = Usual { is_ruled, may_change, leaves, shown, counted: 0 };
        if let Destination::Waiting(mark) = self.state.destination
            && is_ruled
            && shown == 0
            && self.piece.present() == b','
        {
            // The next member will be the first one shown, without a comma.
            self.hand_on(mark);
            self.piece.run = self.piece.at + 1;
        }
        let (start, is_first) = (self.piece.at, self.state.expect == Expect::FirstKey);
        loop {
            let needs_comma = !is_first || self.piece.at > start;
            if let Some(number) = order
                && let Some((keys, last)) = self.state.orders.lend(number, needs_comma)
            {
                let (last, hits) = self.usual(&keys, last, &mut usual);
                self.state.orders.take_back(number, keys, last, hits);
            }
            if self.piece.present() == b'}' || !self.unexpected(set, order, &mut usual, is_first.then_some(start)) {
                break;
            }
        }
        if self.piece.at > start {
            self.state.expect = Expect::CommaOrEnd;
        }
        if let (true, Some(frame)) = (is_ruled, self.state.frames.last_mut()) {
            frame.shown = usual.shown;
            if usual.leaves {
                self.state.destination = Destination::Out;
            }
        }
    }

    /// Reads members whose keys are expected, behind the one of the number `last`; returns the last one that came, and how
    /// many did.
    // Apart, so that what it needs stays in registers.
    #[inline(never)]
    fn usual(&mut self, keys: &[Expected], mut last: usize, usual: &mut Usual) -> (usize, u64) {
        let Some(mut key) = keys.get(last) else { return (last, 0) };
        let (text, mut at, mut hits) = (self.piece.text, self.piece.at, 0);
        usual.counted = 0;
        while let Some(window) = text.window(at)
            && let Some((number, next)) = key.next(keys, window)
        {
            let start = at + next.length;
            let mut end = 0;
            if next.only_leaves {
                end = text.simple_scalar(start, window.eight(next.length));
            }
            if end == 0 {
                usual.count(hits);
                end = self.eventful(&next.way, at, start, usual);
                if end == 0 {
                    break;
                }
                usual.counted = hits + 1;
            }
            (at, last, key, hits) = (end, number, next, hits + 1);
        }
        usual.count(hits);
        self.piece.at = at;
        (last, hits)
    }

    /// Reads members whose keys are not the ones expected, up to one behind which another is expected; returns whether there was
    /// any that is usual otherwise. The one that begins at `first`, if any, has no comma.
    #[inline(never)]
    fn unexpected(&mut self, set: Set, order: Option<usize>, usual: &mut Usual, first: Option<usize>) -> bool {
        let Set::Known(known) = set else { return false };
        let Some(members) = self.plan.sets.members(known) else { return false };
        let (text, mut any) = (self.piece.text, false);
        loop {
            let at = self.piece.at;
            let quote = if first == Some(at) { at } else { text.blanks(at + 1) };
            if (quote > at && text.byte(at) != b',') || text.byte(quote) != b'"' {
                return any;
            }
            let Some(name) = text.plain_name(quote).filter(|name| text.byte(name.end + 1) == b':') else { return any };
            let start = text.blanks(name.end + 2);
            let way = members.get(text.bytes, name).unwrap_or(members.other);
            let mut end = 0;
            if way.only_leaves() {
                end = text.eight(start).map_or(0, |eight| text.simple_scalar(start, eight));
                usual.leave(u64::from(end > 0));
            }
            if end == 0 {
                end = self.eventful(&way, at, start, usual);
                if end == 0 {
                    return any;
                }
            }
            (self.piece.at, any) = (end, true);
            let order = order.and_then(|order| self.state.orders.get(order));
            if order.is_some_and(|order| order.learn(self.piece.bytes(at, start), way)) {
                return any;
            }
        }
    }

    /// Reads a member that may not only leave; it begins at `at`, its value at `start`. Returns where the value ends; 0, and
    /// nothing has happened, if it is not usual.
    #[inline(never)]
    fn eventful(&mut self, way: &Way, at: usize, start: usize, usual: &mut Usual) -> usize {
        let text = self.piece.text;
        let end = text.eight(start).map_or(0, |eight| text.simple_scalar(start, eight));
        match way.manner {
            Manner::Leaves if end > 0 => usual.leave(1),
            Manner::IsRemoved if end > 0 && usual.may_change => self.removed(way, at, end, usual),
            _ => return self.changed(way, at, start, end, usual),
        }
        if let Some(sign) = way.sign {
            self.state.item.says(sign, &text, start..end);
        }
        end
    }

    /// Reads a member, in the same way, that is coarsened, or whose value is no simple scalar, or of which nothing leaves anyway.
    #[inline(never)]
    fn changed(&mut self, way: &Way, at: usize, start: usize, mut end: usize, usual: &mut Usual) -> usize {
        if end == 0 && matches!(way.manner, Manner::Leaves | Manner::IsRemoved) && way.is_whole && way.sign.is_none() {
            end = self.whole(start);
        }
        if end == 0 || usual.is_ruled && !usual.may_change && way.manner != Manner::Leaves {
            return 0;
        }
        match way.manner {
            Manner::Other => return 0,
            _ if !usual.is_ruled => {}
            Manner::Leaves => usual.leave(1),
            Manner::IsRemoved => self.removed(way, at, end, usual),
            Manner::IsCoarsened(rule) => {
                if !self.coarsened_at(rule, at, start, end, usual) {
                    return 0;
                }
                self.state.met.count_known(way.to);
            }
        }
        if let Some(sign) = way.sign {
            self.state.item.says(sign, &self.piece.text, start..end);
        }
        end
    }

    /// Leaves a member out.
    #[inline]
    fn removed(&mut self, way: &Way, at: usize, end: usize, usual: &mut Usual) {
        let to = self.up_to(at);
        if self.piece.run < to {
            self.out.extend_from_slice(self.piece.bytes(self.piece.run, to));
        }
        self.left_out(end, usual);
        self.state.met.count_known(way.to);
    }

    /// Coarsens a value; returns whether it is of the right type.
    fn coarsened_at(&mut self, rule: u32, at: usize, start: usize, end: usize, usual: &mut Usual) -> bool {
        let Some(treatment) = self.plan.treatment(rule) else { return false };
        if !matches!(deed(treatment, rule, self.piece.text.byte(start)), Deed::Coarsen(_)) {
            return false;
        }
        let before = self.out.len();
        self.out.extend_from_slice(self.piece.bytes(self.piece.run, start));
        if coarsened(treatment, self.piece.bytes(start, end), self.out) {
            self.piece.run = end;
            usual.leave(1);
        } else {
            self.out.truncate(before + self.up_to(at).saturating_sub(self.piece.run));
            self.left_out(end, usual);
        }
        true
    }

    /// Up to where bytes leave if the member that begins here does not.
    fn up_to(&self, at: usize) -> usize {
        match self.state.destination {
            // Before the first one: its white space is its own.
            Destination::Waiting(mark) if self.piece.text.byte(at) != b',' => mark,
            _ => at,
        }
    }

    /// A member does not leave that ends here.
    fn left_out(&mut self, end: usize, usual: &mut Usual) {
        // The comma behind it leaves with the next member, unless that is the first one shown.
        let is_first = usual.shown == 0 && self.piece.text.byte(end) == b',';
        self.piece.run = end + usize::from(is_first);
        self.state.destination = Destination::Waiting(end);
        usual.leaves = false;
    }

    /// Where the value ends that begins here, if it lies whole in the piece; else 0.
    fn whole(&mut self, start: usize) -> usize {
        let (mut piece, state) = (self.piece, &mut *self.state);
        piece.at = start;
        let room = state.limits.depth.saturating_sub(state.frames.len());
        match skim(&mut piece, &mut state.nest, Expect::Value, room) {
            Ok(Skimmed::Whole) => piece.at,
            _ => {
                state.nest.clear();
                0
            }
        }
    }
}

impl Usual {
    /// So many more members are shown.
    #[inline]
    fn leave(&mut self, members: u64) {
        self.shown += members;
        self.leaves |= members > 0;
    }

    /// So many members have come as expected, and those that have not been counted are shown.
    #[inline]
    fn count(&mut self, hits: u64) {
        self.leave(hits - self.counted);
        self.counted = hits;
    }
}
