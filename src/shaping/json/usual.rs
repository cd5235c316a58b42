//! Members as they usually come: what stands before their values is what is expected there, and the values are simple. What has
//! to be known of them is at hand then, and nearly all members of an answer are read here.

use super::{
    deed::{Deed, coarsened, deed},
    frame::Scope,
    order::{Expected, next},
    sets::{Manner, Members, Set, Way},
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
}

impl Walk<'_> {
    /// Reads members from the present byte on: the quote of the first key, or the comma behind a value. Stops behind the value
    /// of the last one that is usual.
    pub(super) fn usual_members(&mut self) {
        let Some(frame) = self.state.frames.last() else { return };
        let (set, order, is_ruled) = (frame.set, frame.order, frame.scope == Scope::Ruled);
        let may_change = is_ruled && self.state.unit.is_none() && self.state.shelf.is_none();
        let leaves = match self.state.destination {
            Destination::Out => true,
            Destination::Held if is_ruled => return,
            _ => false,
        };
        let mut usual = Usual { is_ruled, may_change, leaves, shown: frame.shown };
        if let Destination::Waiting(mark) = self.state.destination
            && is_ruled
            && usual.shown == 0
            && self.piece.present() == b','
        {
            // The next member will be the first one shown, without a comma.
            self.hand_on(mark);
            self.piece.run = self.piece.at + 1;
        }
        let members = if let Set::Known(known) = set { self.plan.sets.members(known) } else { None };
        let (start, is_first) = (self.piece.at, self.state.expect == Expect::FirstKey);
        let needs_comma = |walk: &Self| !is_first || walk.piece.at > start;
        loop {
            if let Some(number) = order
                && let Some((keys, last)) = self.state.orders.lend(number, needs_comma(self))
            {
                let (last, hits) = self.usual(&keys, last, &mut usual);
                self.state.orders.take_back(number, keys, last, hits);
            }
            let needs_comma = needs_comma(self);
            let is_usual = members.is_some_and(|members| self.unexpected(members, order, &mut usual, needs_comma));
            if !is_usual {
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
        let (text, mut at, mut hits, mut noted) = (self.piece.text, self.piece.at, 0, 0);
        while let Some(window) = text.window(at)
            && let Some((number, key)) = next(keys, last, window)
        {
            let start = at + key.length;
            let mut end = text.simple_scalar(start, window.eight(key.length));
            if end == 0 || !key.only_leaves {
                usual.leave(hits - noted);
                noted = hits;
                end = self.eventful(key.way, at, start, end, usual);
                if end == 0 {
                    break;
                }
                noted += 1;
            }
            (at, last, hits) = (end, number, hits + 1);
        }
        usual.leave(hits - noted);
        self.piece.at = at;
        (last, hits)
    }

    /// Reads one member whose key is not the one expected; returns whether it is usual otherwise.
    #[inline(never)]
    fn unexpected(&mut self, members: &Members, order: Option<usize>, usual: &mut Usual, needs_comma: bool) -> bool {
        let (text, at) = (self.piece.text, self.piece.at);
        let quote = if needs_comma { text.blanks(at + 1) } else { at };
        if (needs_comma && text.byte(at) != b',') || text.byte(quote) != b'"' {
            return false;
        }
        let Some(name) = text.plain_name(quote).filter(|name| text.byte(name.end + 1) == b':') else { return false };
        let start = text.blanks(name.end + 2);
        let way = members.get(text.bytes, name).unwrap_or(members.other);
        let Some(eight) = text.eight(start) else { return false };
        let end = text.simple_scalar(start, eight);
        let end = self.eventful(way, at, start, end, usual);
        if end == 0 {
            return false;
        }
        self.piece.at = end;
        if let Some(order) = order.and_then(|order| self.state.orders.get(order)) {
            order.learn(self.piece.bytes(at, start), way);
        }
        true
    }

    /// Reads a member that may not only leave; it begins at `at`, its value at `start`. The value ends at `end`, if it is a
    /// simple scalar. Returns where it ends; 0, and nothing has happened, if it is not usual.
    #[inline]
    fn eventful(&mut self, way: Way, at: usize, start: usize, end: usize, usual: &mut Usual) -> usize {
        if end == 0 || way.manner != Manner::Leaves {
            return self.changed(way, at, start, end, usual);
        }
        if let Some(sign) = way.sign {
            self.state.item.says(sign, &self.piece.text, start..end);
        }
        usual.leave(1);
        end
    }

    /// Reads a member, in the same way, of which something becomes or whose value is no simple scalar.
    #[inline(never)]
    fn changed(&mut self, way: Way, at: usize, start: usize, end: usize, usual: &mut Usual) -> usize {
        let end = match way.manner {
            Manner::Other => return 0,
            Manner::IsCoarsened(_) => end,
            Manner::Leaves | Manner::IsRemoved if end > 0 => end,
            Manner::Leaves | Manner::IsRemoved if way.is_whole && way.sign.is_none() => self.whole(start),
            Manner::Leaves | Manner::IsRemoved => 0,
        };
        if end == 0 || usual.is_ruled && !usual.may_change && way.manner != Manner::Leaves {
            return 0;
        }
        if usual.is_ruled {
            match way.manner {
                Manner::Leaves => usual.leave(1),
                Manner::IsCoarsened(rule) => {
                    if !self.coarsened_at(rule, at, start, end, usual) {
                        return 0;
                    }
                }
                Manner::IsRemoved | Manner::Other => {
                    let to = self.up_to(at);
                    self.out.extend_from_slice(self.piece.bytes(self.piece.run, to));
                    self.left_out(end, usual);
                }
            }
            if way.manner != Manner::Leaves {
                self.state.met.count(Set::Known(way.to), &[]);
            }
        }
        if let Some(sign) = way.sign {
            self.state.item.says(sign, &self.piece.text, start..end);
        }
        end
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
}
