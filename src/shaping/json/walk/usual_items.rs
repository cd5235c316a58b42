//! Items as they usually come: objects of one list, one behind the other, of which all members are usual. Nearly all items of an
//! answer are read here, to be chosen or not.

use fearless_simd::{dispatch, prelude::*};

use super::{
    Walk, count,
    usual::{Members, Terms},
};
use crate::shaping::{
    DoubtKind,
    items::{Arrived, Kind},
    json::{
        sets::{
            Inside, Known, Set,
            meaning::{Meaning, SignAt, Verdict},
        },
        state::{
            Destination,
            arriving::{Choosing, Does},
            expect::Expect,
            frame::{Frame, Scope},
        },
    },
};

/// Where the items of a list lead.
struct Usual {
    list: Known,
    /// Where the place of an item leads.
    place: Known,
    /// Where an item does, which is elsewhere if it is chosen.
    item: Known,
    is_chosen: bool,
    /// The sign that an item itself is, if it is one.
    sign: Option<SignAt>,
    /// Whether templates may have to be filled in it.
    is_unit: bool,
    meaning: Meaning,
    /// Whether all elements from the next one on lead there.
    is_steady: bool,
    /// An item that is open, and how its members are read.
    frame: Frame,
    terms: Terms,
}

/// Whether items came as they usually do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// None did, and nothing has left.
    Not,
    /// Some did, but the next one, whose comma is the present byte, does not.
    BeforeOther,
    /// Some did, or the beginning of one.
    Only,
}

/// Where an item stands in the piece.
struct Stand {
    /// The comma before it. Before the first one it is where what stands before it begins.
    before: usize,
    is_first: bool,
    /// Its brace.
    open: usize,
}

impl Walk<'_> {
    /// Reads items from the first one on, or from the comma before one.
    pub(super) fn usual_items(&mut self) -> Result<Came, DoubtKind> {
        let Some(usual) = self.where_items_are() else { return Ok(Came::Not) };
        dispatch!(self.piece.text.level, simd => self.read_items(simd, &usual))
    }

    // Inlined into what `dispatch` makes for each kind of processor.
    #[inline(always)]
    fn read_items<S: Simd>(&mut self, simd: S, usual: &Usual) -> Result<Came, DoubtKind> {
        let (text, mut any) = (self.piece.text, false);
        while let Some(stand) = self.usual_item_stands(usual) {
            self.usual_item_begins(usual, stand.open);
            let first = text.blanks(stand.open + 1);
            let mut members = Members::from(first);
            self.read_members(simd, &usual.terms, &mut members, true);
            let end = text.blanks(members.end);
            if text.byte(end) != b'}' {
                if usual.is_unit {
                    // It has to be looked through first.
                    self.state.noted.clear();
                    return Ok(if any { Came::BeforeOther } else { Came::Not });
                }
                self.open_late(usual, &stand, first, &members)?;
                return Ok(Came::Only);
            }
            any = true;
            self.piece.at = end + 1;
            self.usual_item_ends(usual, &stand, &members)?;
        }
        Ok(if any { Came::Only } else { Came::Not })
    }

    /// Where the next item stands, if it is a usual one.
    #[inline]
    fn usual_item_stands(&self, usual: &Usual) -> Option<Stand> {
        let (text, at) = (self.piece.text, self.piece.at);
        let stand = match (self.state.expect, self.state.destination) {
            (Expect::FirstElement, Destination::Waiting(mark)) => Stand { before: mark, is_first: true, open: at },
            (Expect::CommaOrEnd, _) if text.byte(at) == b',' => {
                Stand { before: at, is_first: false, open: text.blanks(at + 1) }
            }
            _ => return None,
        };
        let is_usual = text.byte(stand.open) == b'{' && (usual.is_steady || self.leads_there(usual));
        is_usual.then_some(stand)
    }

    /// Whether the next element leads where usual ones do.
    #[inline(never)]
    fn leads_there(&self, usual: &Usual) -> bool {
        let way = self.state.frames.last().and_then(|list| self.plan.sets.element(usual.list, list.index));
        way.is_some_and(|way| way.to == usual.place)
    }

    /// An item begins at a place. It is not open yet: of most that is not needed.
    #[inline(always)]
    fn usual_item_begins(&mut self, usual: &Usual, open: usize) {
        if usual.is_chosen {
            self.state.item.begin_usual(open);
            usual.sign.into_iter().for_each(|sign| self.state.item.is_on_the_way(sign));
        }
        usual.frame.order.into_iter().for_each(|order| self.state.orders.begin(order));
    }

    /// Opens an item whose first members have been read, as any other: what follows them is not usual, or not in the piece.
    fn open_late(&mut self, usual: &Usual, stand: &Stand, first: usize, members: &Members) -> Result<(), DoubtKind> {
        let mark = self.usual_item_waits(stand);
        if usual.is_chosen {
            self.usual_item_is_open(usual, stand);
            self.try_out(mark);
        }
        if usual.meaning.counts {
            self.state.met.count_known(usual.item);
        }
        self.state.frames.last_mut().into_iter().for_each(|list| list.index += 1);
        self.state.frames.push(usual.frame);
        (self.state.expect, self.state.destination) = (Expect::FirstKey, Destination::Waiting(stand.open + 1));
        self.piece.at = first;
        if members.end > first {
            self.let_members_leave(members, &usual.terms)?;
            self.state.expect = Expect::CommaOrEnd;
        }
        Ok(())
    }

    /// An item ends before the present byte of which all is usual.
    #[inline]
    fn usual_item_ends(&mut self, usual: &Usual, stand: &Stand, members: &Members) -> Result<(), DoubtKind> {
        if usual.is_chosen {
            self.hear();
        }
        if usual.is_chosen && !self.usual_item_keeps_its_place(stand) {
            return self.usual_item_gives_way(usual, stand);
        }
        self.usual_item_waits(stand);
        if usual.meaning.counts {
            self.state.met.count_known(usual.item);
        }
        if !self.state.noted.all().is_empty() {
            self.state.destination = Destination::Waiting(stand.open + 1);
            if usual.is_unit {
                self.unit_leaves(usual.frame, members)?;
            } else {
                self.ruled_members_leave(members, false)?;
            }
        }
        self.state.destination = Destination::Out;
        (self.state.expect, self.state.stands) = (Expect::CommaOrEnd, true);
        self.state
            .frames
            .last_mut()
            .into_iter()
            .for_each(|list| (list.index, list.shown) = (list.index + 1, list.shown + 1));
        Ok(())
    }

    /// Whether an item that ends before the present byte is shown in its own place.
    #[inline]
    fn usual_item_keeps_its_place(&mut self, stand: &Stand) -> bool {
        let Some(choosing) = &mut self.state.choosing else { return false };
        let prefix = self.piece.bytes(stand.before + usize::from(!stand.is_first), stand.open);
        // What lies within one piece is never too large.
        let json = self.piece.bytes(stand.open, self.piece.at);
        let signs = self.state.item.said.signs(&self.plan.signs, json);
        choosing.keeps(Some(&Arrived { prefix, json, signs: &signs }), Kind::Element)
    }

    /// An item that ends before the present byte is not shown.
    fn usual_item_gives_way(&mut self, usual: &Usual, stand: &Stand) -> Result<(), DoubtKind> {
        self.state.noted.clear();
        self.state.item.place = Set::Known(usual.place);
        let mark = self.usual_item_waits(stand);
        self.hand_on(mark);
        self.piece.run = self.piece.at;
        self.state.frames.last_mut().into_iter().for_each(|list| list.index += 1);
        self.gives_way()
    }

    /// An item is open, as any other that is to be chosen.
    fn usual_item_is_open(&mut self, usual: &Usual, stand: &Stand) {
        let start = self.state.read.saturating_add(count(stand.open));
        self.state.item.open(self.state.frames.len(), Set::Known(usual.place), start);
    }

    /// What stands before an item waits. What waited before that does not leave, and the comma only if one is needed. Returns from
    /// where on it waits.
    #[inline]
    fn usual_item_waits(&mut self, stand: &Stand) -> usize {
        match self.state.destination {
            Destination::Waiting(mark) if !stand.is_first => {
                if self.piece.run < mark {
                    self.hand_on(mark);
                }
                let is_needed = self.state.frames.last().is_some_and(|list| list.shown > 0);
                self.piece.run = stand.before + usize::from(!is_needed);
                self.piece.run
            }
            _ => stand.before,
        }
    }

    /// Where the items of the present list lead, if the next one may be a usual one.
    fn where_items_are(&mut self) -> Option<Usual> {
        let (text, at) = (self.piece.text, self.piece.at);
        if text.byte(at) != b'{' && text.byte(text.blanks(at + 1)) != b'{' {
            return None;
        }
        let state = &mut *self.state;
        let frame = state.frames.last().filter(|frame| !frame.object && frame.scope == Scope::Ruled)?;
        let Set::Known(list) = frame.set else { return None };
        let may_go_on = frame.first.is_none()
            && state.frames.len() < state.limits.depth
            && state.shelf.is_none()
            && state.unit.is_none()
            && matches!(state.destination, Destination::Out | Destination::Waiting(_))
            && text.is_marked();
        let place = self.plan.sets.element(list, frame.index)?.to;
        let is_steady = self.plan.sets.is_steady(list, frame.index);
        let meaning = self.plan.sets.meaning(place)?;
        let is_chosen = meaning.item;
        let item = if is_chosen { self.plan.sets.inside(place, Inside::Chosen)? } else { place };
        let meaning = if is_chosen { self.plan.sets.meaning(item)? } else { meaning };
        let may_be_so = if is_chosen {
            let is_placed =
                |choosing: &Choosing| matches!(choosing.does, Does::Place { .. }) && choosing.explanations().is_none();
            state.choosing.as_ref().is_some_and(is_placed) && state.item.depth.is_none() && !state.is_inner
        } else {
            meaning.sign.is_none()
        };
        let is_plain = matches!(meaning.verdict, Verdict::Keep | Verdict::Open)
            && meaning.goes_on
            && !meaning.item
            && !(meaning.unit && state.is_inner);
        if !(may_go_on && may_be_so && is_plain) {
            return None;
        }
        let is_unit = meaning.unit;
        let set = if is_unit { self.plan.sets.inside(item, Inside::Unit)? } else { item };
        let (set, order, height) = (Set::Known(set), state.orders.number(set), state.nodes.len());
        let frame = Frame { object: true, set, order, height, ..Frame::new(Scope::Ruled) };
        let room = state.limits.depth.saturating_sub(state.frames.len() + 1);
        // On the way to a sign it need not be noted: no item is passed more than once.
        let sign = meaning.sign.filter(|sign| self.plan.signs.iter().any(|place| place.stands_at(*sign)));
        let terms = self.terms(&frame, room, is_unit);
        Some(Usual { list, place, item, is_chosen, sign, is_unit, meaning, is_steady, frame, terms })
    }
}
