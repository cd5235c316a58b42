//! Items that are chosen. It is known at the end of one whether it is shown: what it says of itself may stand anywhere in it.
//!
//! It is tried: walked through the rules of its place at once, and what it left is taken back if it is not shown. One that may be
//! too large, before which a piece ended, or that says why it is shown, is only searched for what it says of itself, and its bytes
//! are walked through when it has its place; so is another item that takes the place.

use super::{Walk, count};
use crate::shaping::{
    DoubtKind,
    items::{Arrived, Basis, Instead, Item, Kind},
    json::{
        sets::{Inside, Set, meaning::Meaning},
        state::{
            Destination, Role,
            arriving::{Choosing, Does, Found, Trying},
            frame::{Closing, Scope},
        },
    },
    string,
};

impl Walk<'_> {
    /// An item to be chosen begins at the present byte.
    pub(super) fn item_begins(&mut self, meaning: Meaning) -> Result<(), DoubtKind> {
        let (plan, state) = (self.plan, &mut *self.state);
        let is_explained = state.choosing.as_ref().is_some_and(|choosing| choosing.explanations().is_some());
        let places = match state.choosing.as_mut().map(|choosing| &mut choosing.does) {
            Some(Does::Keep(_)) => {
                let place = state.child;
                return self.placed(place, Basis::ANYBODYS);
            }
            // On what it rests that one is shown is known at its end.
            Some(Does::Place { .. }) => !is_explained,
            Some(Does::Find(_)) => false,
            Some(Does::Hide(items)) => {
                *items = items.saturating_add(1);
                return self.hide(None, meaning);
            }
            None => return self.hide(None, meaning),
        };
        let place = state.child;
        state.child = plan.inside(place, Inside::Chosen, &mut state.nodes);
        let meaning = plan.meaning(state.child, &state.nodes);
        match state.destination {
            // An item with templates that comes here is walked through twice.
            Destination::Waiting(mark) if places && !plan.sets.roots.has_templates() && self.piece.text.is_marked() => {
                self.try_item(place, mark);
                self.value(meaning)
            }
            _ => {
                self.arrives(place);
                self.hold()?;
                self.state.destination = Destination::Nowhere;
                self.search(meaning, true)
            }
        }
    }

    /// The item at the present byte is walked through the rules of its place at once; what stands before it waits from `mark`
    /// on.
    fn try_item(&mut self, place: Set, mark: usize) {
        self.arrives(place);
        self.try_out(mark);
    }

    /// What leaves from here on is taken back if the item is not shown.
    #[inline]
    pub(super) fn try_out(&mut self, mark: usize) {
        let state = &mut *self.state;
        state.item.trying = Some(Trying::Here { out: self.out.len(), run: self.piece.run, mark });
        state.met.try_out();
    }

    fn arrives(&mut self, place: Set) {
        let (state, at) = (&mut *self.state, self.piece.at);
        state.item.begin(state.frames.len(), place, state.read.saturating_add(count(at)), at);
    }

    /// Another piece begins: where it is still not known whether an item is shown, what it leaves goes apart.
    pub(super) fn goes_on_trying(&mut self) {
        if self.state.item.trying.is_none() {
            return;
        }
        let (item, most) = (&mut self.state.item, self.state.limits.item);
        let is_large = item.raw.length(&self.piece) + self.piece.len() > most || item.left.len() > most;
        std::mem::swap(self.out, &mut item.left);
        if is_large {
            item.trying = None;
            self.stop_trying();
        }
    }

    /// A piece ends: what an item left of which it is not known yet whether it is shown does not leave.
    pub(super) fn keeps_trying(&mut self) {
        let item = &mut self.state.item;
        match item.trying {
            None => {}
            Some(Trying::Earlier) => std::mem::swap(self.out, &mut item.left),
            Some(Trying::Here { out, run, mark }) => {
                // What stands before it has left.
                let before = self.out.len().min(out + mark.saturating_sub(run));
                item.left.clear();
                item.left.extend_from_slice(self.out.get(before..).unwrap_or_default());
                self.out.truncate(before);
                item.trying = Some(Trying::Earlier);
            }
        }
    }

    /// An item that came in pieces may become too large, or what it left does: takes that back, and looks only for what it says
    /// of itself from the beginning of this piece on.
    fn stop_trying(&mut self) {
        let state = &mut *self.state;
        // The piece before may have cut a key, or a value.
        let is_key = state.token.is_some() && state.role == Role::Key;
        let key = is_key.then(|| state.held.split_off(state.token_at.min(state.held.len())));
        if !matches!(state.role, Role::Key | Role::Within(_)) {
            state.role = Role::Passing { shown: false };
        }
        self.take_back(Trying::Earlier);
        let state = &mut *self.state;
        // It may have become large.
        state.item.left = Vec::new();
        state.held.extend_from_slice(&state.item.prefix);
        state.token_at = state.held.len();
        if let Some(key) = key {
            state.held.extend_from_slice(&key);
            state.destination = Destination::Noted;
        }
        let depth = state.item.depth.unwrap_or_default();
        for frame in state.frames.iter_mut().skip(depth) {
            (frame.scope, frame.closing) = (Scope::Searched, Closing::Plain);
        }
    }

    /// The item ends before the present byte; if it was walked through at once, is something of it `shown`?
    pub(super) fn item_ends(&mut self, shown: bool) -> Result<(), DoubtKind> {
        let trying = self.state.item.trying.take();
        self.state.item.depth = None;
        let keeps = self.keeps_its_place(trying);
        match trying {
            Some(trying) if keeps => {
                self.state.met.decide(true);
                if matches!(trying, Trying::Earlier) {
                    std::mem::swap(self.out, &mut self.state.item.left);
                    self.out.append(&mut self.state.item.left);
                }
                self.place_ends(shown);
                return Ok(());
            }
            Some(trying) => self.take_back(trying),
            None => {}
        }
        if !keeps {
            return self.gives_way();
        }
        self.put_own()?;
        self.is_put(true);
        Ok(())
    }

    /// The item ends before the present byte and is not shown in its place. What stands before it does not wait any more.
    pub(super) fn gives_way(&mut self) -> Result<(), DoubtKind> {
        self.state.held.clear();
        self.state.destination = Destination::Nowhere;
        if let Some(instead) = self.instead() {
            let (Instead::Earlier(item) | Instead::Filler(item)) = instead;
            self.enter_place_of(&item);
            self.put_item(&item.json, item.basis)?;
        } else {
            if self.state.frames.is_empty() {
                self.emit(b"null");
            }
            self.place_ends(false);
            return Ok(());
        }
        self.is_put(false);
        Ok(())
    }

    /// An item has been put in the place of the one that ends before the present byte.
    fn is_put(&mut self, keeps: bool) {
        // The white space after an item that is not shown, or not this one, is not shown either.
        self.piece.run = self.piece.at;
        let leaves_on = keeps && self.state.destination == Destination::Out;
        if !leaves_on && !self.state.frames.is_empty() {
            self.state.destination = Destination::Waiting(self.piece.at);
        }
    }

    /// Whether the item that has ended is shown in its own place. What stands before it is held, where it was not tried.
    fn keeps_its_place(&mut self, trying: Option<Trying>) -> bool {
        let (kind, places, state) = (self.kind(), &self.plan.signs, &mut *self.state);
        let (Some(choosing), item) = (&mut state.choosing, &mut state.item) else { return false };
        let prefix = match trying {
            Some(Trying::Here { mark, .. }) => without_comma(self.piece.bytes(mark, item.raw.from)),
            Some(Trying::Earlier) => &item.prefix,
            None => &state.held,
        };
        let json = item.raw.whole(&self.piece, state.limits.item);
        let Some(json) = json else { return choosing.keeps(None, kind) };
        let signs = item.said.signs(places, json);
        if let Does::Find(found) = &mut choosing.does {
            found.push(Found::new(kind, item.start, prefix.len(), json, &signs));
            return false;
        }
        choosing.keeps(Some(&Arrived { prefix, json, signs: &signs }), kind)
    }

    /// What takes the place of the item that has ended.
    fn instead(&mut self) -> Option<Instead> {
        let kind = self.kind();
        let choosing = self.state.choosing.as_mut()?;
        let Does::Place { choice, filling, list } = &mut choosing.does else { return None };
        let instead = list.instead(choice, filling.as_deref(), kind);
        choosing.has_shown |= matches!(instead, Some(Instead::Earlier(_)));
        instead
    }

    /// In what the present value stands.
    fn kind(&self) -> Kind {
        if self.state.frames.last().is_some_and(|frame| frame.object) { Kind::Member } else { Kind::Element }
    }

    fn put_own(&mut self) -> Result<(), DoubtKind> {
        let basis = self.state.choosing.as_ref().map_or(Basis::ANYBODYS, Choosing::basis);
        if self.state.item.raw.is_carried() {
            let json = self.state.item.raw.take();
            return self.put_item(&json, basis);
        }
        self.put_item(self.piece.bytes(self.state.item.raw.from, self.piece.at), basis)
    }

    /// Takes back what an item left that is walked through at once.
    fn take_back(&mut self, trying: Trying) {
        (self.state.shelf, self.state.destination) = (None, Destination::Nowhere);
        self.state.met.decide(false);
        match trying {
            Trying::Here { out, run, mark } => {
                self.out.truncate(out);
                self.piece.run = run;
                self.hand_on(mark);
            }
            Trying::Earlier => {
                self.out.clear();
                std::mem::swap(self.out, &mut self.state.item.left);
                self.piece.run = self.piece.at;
            }
        }
        self.state.held.clear();
    }

    /// A member that comes from elsewhere stands under its own key: where does that lead?
    fn enter_place_of(&mut self, item: &Item) {
        let state = &mut *self.state;
        state.held.clear();
        state.held.extend_from_slice(&item.prefix);
        let Some(frame) = state.frames.last().filter(|frame| frame.object) else { return };
        let name = string::decode(item.key().unwrap_or_default());
        state.item.place = self.plan.member(frame.set, name.as_deref(), &mut state.nodes);
    }

    /// Lets an item take the present place, as the rules there show it. What stands before it is held.
    fn put_item(&mut self, json: &[u8], basis: Basis) -> Result<(), DoubtKind> {
        let place = self.state.item.place;
        self.state.destination = Destination::Held;
        self.walk_through(json, |walk| walk.placed(place, basis))
    }

    /// An item that is shown in the present place begins at the present byte.
    fn placed(&mut self, place: Set, basis: Basis) -> Result<(), DoubtKind> {
        let (plan, state) = (self.plan, &mut *self.state);
        state.child = plan.inside(place, Inside::Placed, &mut state.nodes);
        let (meaning, around) = (plan.meaning(state.child, &state.nodes), state.frames.len());
        self.value(meaning)?;
        // A scalar has no place for it, and neither has an object that a rule hides.
        if let Some(item) = self.state.frames.get_mut(around) {
            item.basis = Some(basis);
        }
        Ok(())
    }

    /// An item ends at the present byte, a brace, in which something else `stands`: says why it is shown.
    pub(super) fn says_why(&mut self, basis: Basis, stands: bool) {
        let Some(explanations) = self.state.choosing.as_ref().and_then(|choosing| choosing.explanations().cloned())
        else {
            return;
        };
        let Some(member) = explanations.member(basis) else { return };
        self.hand_on(self.piece.at);
        if stands {
            self.emit(b",");
        }
        self.emit(member);
    }
}

/// What stands before an item: the comma is put there again if it is needed.
pub(super) fn without_comma(prefix: &[u8]) -> &[u8] {
    prefix.strip_prefix(b",").unwrap_or(prefix)
}
