//! Members as they usually come: what stands before their values is what is expected there, and the values are simple. What has
//! to be known of them is at hand then, and nearly all members of an answer are read here.

use super::{
    deed::{Deed, coarsened, deed},
    frame::Scope,
    order::{Expected, Order},
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
        let mut order = order.and_then(|order| self.state.orders.lend(order).zip(Some(order)));
        let (start, is_first) = (self.piece.at, self.state.expect == Expect::FirstKey);
        let needs_comma = |walk: &Self| !is_first || walk.piece.at > start;
        loop {
            if let Some((order, _)) = &mut order {
                let passed = self.usual(order.expected(), &mut usual, needs_comma(self));
                order.pass(passed);
            }
            let is_usual = members.is_some_and(|members| {
                let order = order.as_mut().map(|(order, _)| order);
                self.unexpected(members, order, &mut usual, needs_comma(self))
            });
            if !is_usual {
                break;
            }
        }
        if let Some((order, number)) = order {
            self.state.orders.take_back(number, order);
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

    /// The same, where these keys are expected; returns how many came.
    // Apart, so that what it needs stays in registers.
    #[inline(never)]
    fn usual(&mut self, keys: &[Expected], usual: &mut Usual, mut needs_comma: bool) -> usize {
        let (text, mut at, mut left) = (self.piece.text, self.piece.at, 0);
        let mut passed = 0;
        for key in keys {
            let Some(window) = text.window(at).filter(|window| key.is_first_in(*window)) else { break };
            if needs_comma && !key.has_comma {
                break;
            }
            needs_comma = true;
            let start = at + key.length;
            let end = text.simple_scalar(start, window.eight(key.length));
            if end > 0 && key.leaves {
                if let Some(sign) = key.way.sign {
                    self.state.item.says(sign, start, end);
                }
                left += 1;
                at = end;
            } else {
                usual.leave(left);
                left = 0;
                let end = self.changed(key.way, at, start, end, usual);
                if end == 0 {
                    break;
                }
                at = end;
            }
            passed += 1;
        }
        usual.leave(left);
        self.piece.at = at;
        passed
    }

    /// Reads one member whose key is not the one expected; returns whether it is usual otherwise.
    #[inline(never)]
    fn unexpected(
        &mut self,
        members: &Members,
        order: Option<&mut Order>,
        usual: &mut Usual,
        needs_comma: bool,
    ) -> bool {
        let (text, at) = (self.piece.text, self.piece.at);
        let quote = if needs_comma { text.blanks(at + 1) } else { at };
        if (needs_comma && text.byte(at) != b',') || text.byte(quote) != b'"' {
            return false;
        }
        let Some(name) = text.plain_name(quote).filter(|name| text.byte(name.end + 1) == b':') else { return false };
        let start = text.blanks(name.end + 2);
        let way = members.get(text.bytes, name.clone()).unwrap_or(members.other);
        let mut end = text.eight(start).map_or(0, |eight| text.simple_scalar(start, eight));
        if end > 0 && way.manner == Manner::Leaves {
            if let Some(sign) = way.sign {
                self.state.item.says(sign, start, end);
            }
            usual.leave(1);
        } else {
            end = self.changed(way, at, start, end, usual);
        }
        if end == 0 {
            return false;
        }
        self.piece.at = end;
        if let Some(order) = order {
            order.learn(self.piece.bytes(at, start), self.piece.bytes(name.start, name.end), way);
        }
        true
    }

    /// Reads a member of which something becomes, or whose value is no simple scalar; it begins at `at`, its value at `start`. The
    /// value ends at `end`, if it is a simple scalar. Returns where it ends; 0, and nothing has happened, if it is not usual.
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
            self.state.item.says(sign, start, end);
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
