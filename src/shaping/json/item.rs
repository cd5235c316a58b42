//! Items. One that is chosen, or that has templates, is captured first: its bytes are kept while the grammar is checked,
//! and nothing of it leaves. When it has ended it is known which item takes the place, and that one is walked through
//! the rules of the place.

use std::{num::NonZeroU64, ops::Range, sync::Arc};

use bytes::Bytes;

use super::{
    automaton::Key,
    frame::{Closing, Frame, Scope},
    output::Piece,
    plan::JsonPlan,
    shaper::{Destination, JsonShaper, Limits, Role},
    string,
    token::Token,
};
use crate::shaping::{
    Doubt, DoubtKind,
    items::{Choice, Filling, Item, Kind, List, Placed},
};

/// An item that is being read.
#[derive(Debug)]
pub(super) struct Capture {
    /// Where it begins in the body.
    start: u64,
    /// How many bytes have come.
    length: usize,
    /// What has come; nothing where only the place in the body counts, or where it is too large.
    bytes: Vec<u8>,
}

/// What is done with the items of a body.
#[derive(Debug)]
pub(super) struct Choosing {
    does: Does,
    /// Whether an item is being walked through the rules: items within it are part of it.
    is_within: bool,
    /// Whether any item of the body itself has been, and not only of the generic answer.
    pub(super) has_shown: bool,
}

#[derive(Debug)]
enum Does {
    /// None is shown.
    Hide,
    /// They are placed.
    Place { choice: Arc<Choice>, filling: Option<Arc<Filling>>, list: Box<List> },
    /// They are only looked for.
    Find(Vec<Found>),
}

/// Where an item stands in a body, in bytes.
#[derive(Debug)]
pub(in crate::shaping) struct Found {
    pub(in crate::shaping) kind: Kind,
    /// The white space and perhaps the key before it.
    pub(in crate::shaping) prefix: Range<usize>,
    pub(in crate::shaping) json: Range<usize>,
}

impl JsonShaper {
    /// A shaper for one body of which items are chosen. The plan must have been made with the path of the items: without it
    /// the field rules alone act.
    ///
    /// Where nothing may be chosen personally no item is shown, whatever its class, and `filling` has no effect.
    pub fn choosing(plan: Arc<JsonPlan>, limits: Limits, choice: Arc<Choice>, filling: Option<Arc<Filling>>) -> Self {
        let filling = filling.filter(|_| choice.is_filled());
        let does = if choice.is_open() { Does::Place { choice, filling, list: Box::default() } } else { Does::Hide };
        Self::with_items(plan, limits, does)
    }

    /// The items of a whole body, in their order; those that are larger than `limits.item` are none.
    pub(in crate::shaping) fn find_items(
        plan: Arc<JsonPlan>,
        limits: Limits,
        body: &[u8],
    ) -> Result<Vec<Found>, Doubt> {
        let mut shaper = Self::with_items(plan, limits, Does::Find(Vec::new()));
        let mut out = Vec::new();
        shaper.write(body, &mut out)?;
        shaper.end(&mut out)?;
        Ok(match shaper.choosing.map(|choosing| choosing.does) {
            Some(Does::Find(found)) => found,
            _ => Vec::new(),
        })
    }

    fn with_items(plan: Arc<JsonPlan>, limits: Limits, does: Does) -> Self {
        let mut shaper = Self::new(plan, limits);
        if let Some(items) = shaper.plan.items {
            shaper.plan.automaton.enter(items, &mut shaper.states);
        }
        shaper.choosing = Some(Choosing { does, is_within: false, has_shown: false });
        shaper
    }

    /// Whether the value with these states is an item to be chosen. What stands on the shelf is part of a value that is
    /// coarsened whole.
    pub(super) fn is_chosen(&self, states: usize) -> bool {
        self.choosing.as_ref().is_some_and(|choosing| !choosing.is_within)
            && self.shelf.is_none()
            && self.is_item(states)
    }

    /// An item to be chosen begins at the present byte.
    pub(super) fn item_begins(&mut self, byte: u8, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        match &self.choosing {
            Some(Choosing { does: Does::Hide, .. }) | None => self.hide(None, byte, piece, out),
            Some(_) => self.capture(None, byte, piece, out),
        }
    }

    /// Captures the value whose first byte is the present one; what is held before it goes on being held.
    pub(super) fn capture(
        &mut self,
        first: Option<NonZeroU64>,
        byte: u8,
        piece: &mut Piece<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), DoubtKind> {
        self.turn(Destination::Nowhere, piece, out)?;
        piece.item = piece.at;
        let at = u64::try_from(piece.at).unwrap_or(u64::MAX);
        self.capture = Some(Capture { start: self.read.saturating_add(at), length: 0, bytes: Vec::new() });
        if matches!(byte, b'{' | b'[') {
            let frame = Frame { first, closing: Closing::Captured, ..Frame::new(Scope::Hidden, true) };
            return self.open(byte, frame, piece, out);
        }
        self.role = Role::Captured;
        self.token = Token::begin(byte);
        piece.at += 1;
        Ok(())
    }

    /// Keeps the bytes of the item up to the present one.
    fn keep(&mut self, piece: &mut Piece<'_>) -> Result<(), DoubtKind> {
        let Some(capture) = &mut self.capture else { return Ok(()) };
        let bytes = piece.bytes.get(piece.item..piece.at).unwrap_or_default();
        piece.item = piece.at;
        capture.length = capture.length.saturating_add(bytes.len());
        let fits = capture.length <= self.limits.item;
        match &self.choosing {
            None if !fits => return Err(DoubtKind::TooLarge),
            Some(Choosing { does: Does::Find(_), .. }) => {}
            _ if fits => capture.bytes.extend(bytes),
            _ => capture.bytes = Vec::new(),
        }
        Ok(())
    }

    /// Hands on all of a piece before it goes away.
    pub(super) fn settle(&mut self, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        self.hand_on(piece, out)?;
        self.keep(piece)
    }

    /// The value that was being captured is complete; the present byte is the one after it.
    pub(super) fn captured(
        &mut self,
        first: Option<NonZeroU64>,
        piece: &mut Piece<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), DoubtKind> {
        self.settle(piece, out)?;
        let Some(Capture { start, length, bytes }) = self.capture.take() else { return Ok(()) };
        let kind = match self.frames.last() {
            Some(frame) if frame.object => Kind::Member,
            _ => Kind::Element,
        };
        let fits = length <= self.limits.item;
        let placed = match self.choosing.as_mut().map(|choosing| &mut choosing.does) {
            None => return self.walk_item(&bytes, out, |shaper, byte, item, out| shaper.show(first, byte, item, out)),
            Some(Does::Hide) => Placed::Nothing,
            Some(Does::Find(found)) => {
                let start = usize::try_from(start).unwrap_or(usize::MAX);
                let prefix = start.saturating_sub(self.held.len())..start;
                found.extend(fits.then(|| Found { kind, prefix, json: start..start.saturating_add(length) }));
                Placed::Nothing
            }
            Some(Does::Place { choice, filling, list }) => {
                let prefix = Bytes::from(std::mem::take(&mut self.held));
                let item = fits.then(|| Item { prefix, json: Bytes::from(bytes) });
                list.place(choice, filling.as_deref(), item, kind)
            }
        };
        if let (Some(choosing), Placed::Own(_) | Placed::Earlier(_)) = (&mut self.choosing, &placed) {
            choosing.has_shown = true;
        }
        match placed {
            Placed::Own(item) => self.put_item(item, out),
            Placed::Earlier(item) | Placed::Filler(item) => {
                self.enter_place_of(&item);
                self.put_item(item, out)?;
                // The white space after the item that was there is that item's.
                self.destination = Destination::Held;
                Ok(())
            }
            Placed::Nothing => {
                self.leave_out(out);
                self.value_ends(false, piece, out)
            }
        }
    }

    /// A member that comes from elsewhere stands under its own key: where does that lead?
    fn enter_place_of(&mut self, item: &Item) {
        let Some(frame) = self.frames.last().filter(|frame| frame.object) else { return };
        let (start, end) = frame.states;
        self.states.truncate(end);
        self.step_by_key(start..end, item.key().unwrap_or_default());
    }

    /// Appends the states of the member with this key, a string token.
    pub(super) fn step_by_key(&mut self, parent: Range<usize>, token: &[u8]) {
        // A key with a lone surrogate is no text; no path can name it, but wildcards still meet it.
        let decoded = string::decode(token);
        let name = decoded.as_deref().map_or(token, str::as_bytes);
        self.plan.automaton.step(&mut self.states, parent, Key::Name(name));
    }

    /// Lets an item take the present place, as the rules there show it.
    fn put_item(&mut self, item: Item, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        self.held.clear();
        self.held.extend_from_slice(&item.prefix);
        self.destination = Destination::Held;
        self.set_within(true);
        let outcome = self.walk_item(&item.json, out, Self::value);
        self.set_within(false);
        outcome
    }

    /// Walks through a whole item; `begin` reads its first byte.
    fn walk_item(
        &mut self,
        bytes: &[u8],
        out: &mut Vec<u8>,
        begin: impl FnOnce(&mut Self, u8, &mut Piece<'_>, &mut Vec<u8>) -> Result<(), DoubtKind>,
    ) -> Result<(), DoubtKind> {
        let Some(byte) = bytes.first() else { return Ok(()) };
        let mut item = Piece::new(bytes);
        begin(self, *byte, &mut item, out)?;
        self.walk(&mut item, out)?;
        // A number ends where nothing more comes.
        if self.token.is_some_and(|token| token.may_end()) { self.token_ends(&mut item, out) } else { Ok(()) }
    }

    /// Whether the present piece is one item and nothing else.
    pub(super) fn is_within_item(&self) -> bool {
        self.choosing.as_ref().is_some_and(|choosing| choosing.is_within)
    }

    fn set_within(&mut self, is_within: bool) {
        if let Some(choosing) = &mut self.choosing {
            choosing.is_within = is_within;
        }
    }
}
