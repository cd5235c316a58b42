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
}

impl Walk<'_> {
    /// Reads items from the comma before one on. Returns whether there was one, or the beginning of one.
    pub(super) fn usual_items(&mut self) -> Result<bool, DoubtKind> {
        let Some(usual) = self.where_items_are() else { return Ok(false) };
        let mut any = false;
        while let Some(open) = self.usual_item_begins(&usual) {
            any = true;
            self.comma()?;
            if let Some(frame) = self.state.frames.last_mut() {
                frame.index += 1;
            }
            let Destination::Waiting(mark) = self.state.destination else { return Ok(any) };
            self.piece.at = open;
            self.try_item(Set::Known(usual.place), mark);
            self.is_met(Set::Known(usual.chosen), usual.meaning);
            self.open(Frame { set: Set::Known(usual.chosen), ..Frame::new(Scope::Ruled) })?;
            self.piece.blanks();
            if self.piece.present() == b'"' {
                self.usual_members();
                self.piece.blanks();
            }
            let may_end = matches!(self.state.expect, Expect::FirstKey | Expect::CommaOrEnd);
            if !may_end || self.piece.present() != b'}' {
                break;
            }
            self.close(b'}')?;
        }
        Ok(any)
    }

    /// Where the brace of the next item stands, if it is a usual one behind the comma at the present byte.
    fn usual_item_begins(&self, usual: &Usual) -> Option<usize> {
        let (text, at) = (self.piece.text, self.piece.at);
        let open = text.blanks(at + 1);
        let index = self.state.frames.last()?.index;
        let is_one = text.byte(at) == b',' && text.byte(open) == b'{';
        (is_one && self.plan.sets.element(usual.list, index)?.to == usual.place).then_some(open)
    }

    fn where_items_are(&self) -> Option<Usual> {
        let state = &*self.state;
        let frame = state.frames.last().filter(|frame| !frame.object && frame.scope == Scope::Ruled)?;
        let Set::Known(list) = frame.set else { return None };
        let place = self.plan.sets.element(list, frame.index)?.to;
        let chosen = self.plan.sets.inside(place, Inside::Chosen)?;
        let meaning = self.plan.sets.meaning(chosen)?;
        let is_placed = matches!(state.choosing.as_ref().map(|choosing| &choosing.does), Some(Does::Place { .. }));
        let is_alone = state.shelf.is_none() && state.unit.is_none() && !state.is_inner && self.plan.slots.is_none();
        let is_plain = meaning.verdict == Verdict::Keep && meaning.goes_on && !meaning.item && !meaning.unit;
        let may_go_on = frame.first.is_none()
            && state.item.depth.is_none()
            && matches!(state.destination, Destination::Out | Destination::Waiting(_))
            && self.piece.text.is_marked();
        (is_placed && is_alone && is_plain && may_go_on).then_some(Usual { list, place, chosen, meaning })
    }
}
