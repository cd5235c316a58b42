//! Items to be chosen as they usually come: objects of one list, one behind the other, of which all members are usual. Nearly
//! all items of an answer are read here.

use super::{
    arriving::Does,
    frame::{Frame, Scope},
    meaning::{Meaning, Verdict},
    sets::{Inside, Known, Set},
    state::{Destination, Expect},
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
    /// An item that is open.
    frame: Frame,
}

impl Walk<'_> {
    /// Reads items from the comma before one on. Returns whether there was one, or the beginning of one.
    pub(super) fn usual_items(&mut self) -> Result<bool, DoubtKind> {
        let Some(usual) = self.where_items_are() else { return Ok(false) };
        let mut any = false;
        while let Some(open) = self.usual_item_begins(&usual) {
            any = true;
            self.comma()?;
            let Destination::Waiting(mark) = self.state.destination else { return Ok(any) };
            self.piece.at = open;
            self.usual_item_opens(&usual, mark);
            self.piece.blanks();
            if self.piece.present() == b'"' {
                self.usual_members();
                self.piece.blanks();
            }
            let may_end = matches!(self.state.expect, Expect::FirstKey | Expect::CommaOrEnd);
            if !may_end || self.piece.present() != b'}' {
                break;
            }
            // As it would be closed, if it were not known what it is.
            self.state.frames.pop();
            self.piece.at += 1;
            self.state.destination = Destination::Out;
            self.item_ends(true)?;
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

    /// Opens the item at the present byte, as any other; what stands before it waits from `mark` on.
    #[inline]
    fn usual_item_opens(&mut self, usual: &Usual, mark: usize) {
        self.state.frames.last_mut().into_iter().for_each(|list| list.index += 1);
        self.try_item(Set::Known(usual.place), mark);
        let state = &mut *self.state;
        if usual.meaning.counts {
            state.met.count_known(usual.chosen);
        }
        if let Some(sign) = usual.meaning.sign {
            state.item.may_say(sign, &self.piece);
        }
        usual.frame.order.into_iter().for_each(|order| state.orders.begin(order));
        state.frames.push(usual.frame);
        self.piece.at += 1;
        (state.expect, state.destination) = (Expect::FirstKey, Destination::Waiting(self.piece.at));
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
        Some(Usual { list, place, chosen, meaning, frame })
    }
}
