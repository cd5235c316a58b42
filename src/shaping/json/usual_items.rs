//! Items to be chosen as they usually come: objects of one list, one behind the other, of which all members are usual. Nearly
//! all items of an answer are read here.

use super::{
    arriving::Does,
    frame::{Frame, Scope},
    meaning::{Meaning, Verdict},
    sets::{Inside, Known, Set},
    state::{Destination, Expect},
    usual::Members,
    walk::Walk,
};
use crate::shaping::DoubtKind;

/// Where the items of a list lead.
struct Usual {
    list: Known,
    /// Where the place of an item leads.
    place: Known,
    /// Where an item does, as it is chosen.
    chosen: Known,
    meaning: Meaning,
    /// An item that is open, and how much may be open in it.
    frame: Frame,
    room: usize,
}

impl Walk<'_> {
    /// Reads items from the comma before one on. Returns whether there was one, or the beginning of one.
    pub(super) fn usual_items(&mut self) -> Result<bool, DoubtKind> {
        let Some(usual) = self.where_items_are() else { return Ok(false) };
        let mut any = false;
        while let Some(open) = self.usual_item_begins(&usual) {
            any = true;
            let comma = self.piece.at;
            self.usual_item_opens(&usual, open);
            let text = self.piece.text;
            let first = text.blanks(open + 1);
            let members = self.read_members(&usual.frame, usual.room, first, true);
            let end = text.blanks(members.end);
            if text.byte(end) != b'}' {
                self.open_late(&usual, comma, open, first, &members)?;
                break;
            }
            self.piece.at = end + 1;
            self.usual_item_ends(&usual, comma, open, &members)?;
        }
        Ok(any)
    }

    /// Where the brace of the next item stands, if it is a usual one behind the comma at the present byte.
    #[inline]
    fn usual_item_begins(&self, usual: &Usual) -> Option<usize> {
        let (text, at) = (self.piece.text, self.piece.at);
        let open = text.blanks(at + 1);
        let index = self.state.frames.last()?.index;
        let is_one = text.byte(at) == b',' && text.byte(open) == b'{';
        (is_one && self.plan.sets.element(usual.list, index)?.to == usual.place).then_some(open)
    }

    /// An item begins at a place. It is not open yet: of most that is not needed.
    #[inline]
    fn usual_item_opens(&mut self, usual: &Usual, open: usize) {
        self.piece.at = open;
        self.arrives(Set::Known(usual.place));
        if let Some(sign) = usual.meaning.sign {
            self.state.item.may_say(sign, &self.piece);
        }
        usual.frame.order.into_iter().for_each(|order| self.state.orders.begin(order));
    }

    /// Opens an item whose first members have been read, as any other: what follows them is not usual, or not in the piece.
    fn open_late(
        &mut self,
        usual: &Usual,
        comma: usize,
        open: usize,
        first: usize,
        members: &Members,
    ) -> Result<(), DoubtKind> {
        self.piece.at = comma;
        self.comma()?;
        self.piece.at = open;
        let Destination::Waiting(mark) = self.state.destination else { return Ok(()) };
        self.state.frames.last_mut().into_iter().for_each(|list| list.index += 1);
        self.try_out(mark);
        if usual.meaning.counts {
            self.state.met.count_known(usual.chosen);
        }
        self.state.frames.push(usual.frame);
        (self.state.expect, self.state.destination) = (Expect::FirstKey, Destination::Waiting(open + 1));
        self.piece.at = first;
        if members.end > first {
            self.let_members_leave(members);
            self.state.expect = Expect::CommaOrEnd;
        }
        Ok(())
    }

    /// An item ends before the present byte of which all is usual.
    #[inline]
    fn usual_item_ends(
        &mut self,
        usual: &Usual,
        comma: usize,
        open: usize,
        members: &Members,
    ) -> Result<(), DoubtKind> {
        self.state.item.depth = None;
        let keeps = self.keeps_its_place(Some(comma));
        let end = std::mem::replace(&mut self.piece.at, comma);
        self.comma()?;
        self.state.frames.last_mut().into_iter().for_each(|list| list.index += 1);
        if !keeps {
            self.state.events.clear();
            self.drop_waiting()?;
            self.piece.at = end;
            return self.gives_way();
        }
        if usual.meaning.counts {
            self.state.met.count_known(usual.chosen);
        }
        if !self.state.events.is_empty() {
            self.state.frames.push(usual.frame);
            self.state.destination = Destination::Waiting(open + 1);
            self.piece.at = open + 1;
            self.let_members_leave(members);
            self.state.frames.pop();
        }
        self.piece.at = end;
        self.state.destination = Destination::Out;
        self.place_ends(true);
        Ok(())
    }

    fn where_items_are(&mut self) -> Option<Usual> {
        let state = &mut *self.state;
        let frame = state.frames.last().filter(|frame| !frame.object && frame.scope == Scope::Ruled)?;
        let Set::Known(list) = frame.set else { return None };
        let place = self.plan.sets.element(list, frame.index)?.to;
        let chosen = self.plan.sets.inside(place, Inside::Chosen)?;
        let meaning = self.plan.sets.meaning(chosen)?;
        let is_placed = matches!(state.choosing.as_ref().map(|choosing| &choosing.does), Some(Does::Place { .. }));
        let is_alone = state.shelf.is_none() && state.unit.is_none() && !state.is_inner && self.plan.slots.is_none();
        let is_plain = meaning.verdict == Verdict::Keep && meaning.goes_on && !meaning.item && !meaning.unit;
        let may_go_on = frame.first.is_none()
            && state.frames.len() < state.limits.depth
            && state.item.depth.is_none()
            && matches!(state.destination, Destination::Out | Destination::Waiting(_))
            && self.piece.text.is_marked();
        if !(is_placed && is_alone && is_plain && may_go_on) {
            return None;
        }
        let (set, order, height) = (Set::Known(chosen), state.orders.number(chosen), state.nodes.len());
        let frame = Frame { object: true, set, order, height, ..Frame::new(Scope::Ruled) };
        let room = state.limits.depth.saturating_sub(state.frames.len() + 1);
        Some(Usual { list, place, chosen, meaning, frame, room })
    }
}
