//! The shaper from outside: bytes in, bytes out. What it does with a piece stands, from the outside in, in
//! [`walk`](super::walk), [`members`](super::members), [`value`](super::value), [`item`](super::item), [`unit`](super::unit)
//! and [`output`](super::output).

use std::{mem, sync::Arc};

use super::{
    arriving::{Choosing, Does, Found},
    compiled::Compiled,
    letters,
    limits::Limits,
    piece::Piece,
    plan::JsonPlan,
    rules::JsonRules,
    state::State,
    text::Text,
    token::Token,
    walk::Walk,
};
use crate::shaping::{
    Doubt,
    items::{Choice, Filling, Items, Withheld},
};

/// Takes one JSON body through a plan.
///
/// See the example of [`json`](super).
#[derive(Debug)]
pub struct JsonShaper {
    pub(super) plan: Arc<Compiled>,
    pub(super) state: State,
    failed: Option<Doubt>,
}

impl JsonShaper {
    /// A shaper for one body, by the field rules alone: items stay where they are.
    pub fn new(plan: Arc<JsonPlan>, limits: Limits) -> Self {
        Self::by(plan.alone(), limits)
    }

    /// A shaper for one body of which items are chosen. The plan must have been made with the path of the items: without it
    /// the field rules alone act.
    ///
    /// Where nothing may be chosen personally no item is shown, whatever its class, and `filling` has no effect.
    ///
    /// See the example of [`Items`].
    pub fn choosing(plan: Arc<JsonPlan>, limits: Limits, choice: Arc<Choice>, filling: Option<Arc<Filling>>) -> Self {
        let plan = plan.choosing(choice.items());
        if !choice.is_open() {
            return Self::with_items(plan, limits, Does::Hide(0));
        }
        let filling = filling.filter(|_| choice.is_filled());
        let mut shaper = Self::by(plan, limits);
        let list = shaper.state.list.take().unwrap_or_default();
        shaper.state.choosing = Some(Choosing::new(Does::Place { choice, filling, list }));
        shaper
    }

    /// The items of a whole body, in their order; those that are larger than `limits.item` are none.
    pub(super) fn find_items(plan: &Arc<Compiled>, limits: Limits, body: &[u8]) -> Result<Vec<Found>, Doubt> {
        let mut shaper = Self::finding(Arc::clone(plan), limits);
        let mut out = Vec::new();
        shaper.write(body, &mut out)?;
        shaper.end(&mut out)?;
        Ok(match shaper.state.choosing.take().map(|choosing| choosing.does) {
            Some(Does::Find(found)) => found,
            _ => Vec::new(),
        })
    }

    /// A shaper that only looks for items, by rules for that.
    pub(super) fn finding(plan: Arc<Compiled>, limits: Limits) -> Self {
        Self::with_items(plan, limits, Does::Find(Vec::new()))
    }

    /// The rules by which items are only looked for.
    pub(super) fn plan_to_find(items: &Items) -> Arc<Compiled> {
        let signs = items.signs().map(Option::<&_>::cloned);
        let none = JsonRules { item: Some(items.path().clone()), ..JsonRules::default() };
        Arc::new(Compiled::new(&none, Some(&signs)))
    }

    fn with_items(plan: Arc<Compiled>, limits: Limits, does: Does) -> Self {
        let mut shaper = Self::by(plan, limits);
        shaper.state.choosing = Some(Choosing::new(does));
        shaper
    }

    fn by(plan: Arc<Compiled>, limits: Limits) -> Self {
        let mut state = plan.reuse.take();
        state.begin(limits, plan.start, plan.sets.len());
        Self { plan, state, failed: None }
    }

    /// Takes the next piece of the body and appends to `out` what can leave.
    ///
    /// # Errors
    /// What makes the body unreadable. `out` then ends with what could leave before that byte; nothing more follows, and
    /// every later call gives the same error.
    pub fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Doubt> {
        self.failed.map_or(Ok(()), Err)?;
        // What lies within one piece is never larger than what may be kept.
        let pieces = input.chunks(PIECE.min(self.state.limits.item.max(1)));
        pieces.into_iter().try_for_each(|piece| self.take(piece, out))
    }

    /// Ends the body: what still waited leaves, or the body was cut short.
    ///
    /// # Errors
    /// The body is no complete JSON document.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Doubt> {
        self.failed.map_or(Ok(()), Err)?;
        self.pass(&[], false, out, |walk| walk.end())
    }

    /// Begins another document of the same body, once one has ended: what is known of the list of items, and what the rules
    /// met, goes on.
    pub(in crate::shaping) fn next_document(&mut self) {
        self.state.next_document(self.plan.start);
    }

    /// How many values each rule has met, in the order of the rules given to the plan; rules that another one outdid on a
    /// value count too. `None` for a rule that can meet none, because another one hides what all its values lie in, or
    /// because it is about items and none of this body's own was shown.
    pub(crate) fn matched(&self) -> impl Iterator<Item = Option<u64>> {
        let met = &self.state.met;
        let without_items = self.state.choosing.as_ref().is_some_and(|choosing| !choosing.has_shown);
        let matched = self.plan.matched(|set| met.of_set(set), |node| met.of_state(node));
        matched.map(move |(met, is_in_items)| met.filter(|met| *met > 0 || !(without_items && is_in_items)))
    }

    /// How many of the body's own items were not shown so far, and why.
    pub fn withheld(&self) -> Withheld {
        self.state.choosing.as_ref().map_or_else(Withheld::default, Choosing::withheld)
    }

    /// Takes a piece that is not too large. A letter that it cuts is read byte by byte, in this piece and the next one, and so
    /// is all that follows what is not UTF-8: it says what is wrong.
    fn take(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), Doubt> {
        let left = match self.state.token {
            Some(Token::String(state)) => state.letter_left(),
            _ => 0,
        };
        let (cut, rest) = piece.split_at(left.min(piece.len()));
        // Mostly nearly all of it leaves.
        out.reserve(piece.len());
        let is_ascii = self.state.marks.mark(self.state.level, rest);
        let (whole, cut_off) = rest.split_at(if is_ascii { rest.len() } else { letters::whole(rest) });
        for (bytes, is_marked) in [(cut, false), (whole, true), (cut_off, false)] {
            if !bytes.is_empty() {
                self.pass(bytes, is_marked, out, |walk| walk.through())?;
            }
        }
        Ok(())
    }

    fn pass(
        &mut self,
        bytes: &[u8],
        is_marked: bool,
        out: &mut Vec<u8>,
        way: impl FnOnce(&mut Walk<'_>) -> Result<(), Doubt>,
    ) -> Result<(), Doubt> {
        let marks = mem::take(&mut self.state.marks);
        let piece = Piece::new(Text::new(bytes, if is_marked { marks.blocks() } else { &[] }));
        let outcome = way(&mut Walk { plan: &self.plan, state: &mut self.state, piece, out });
        self.state.marks = marks;
        self.failed = outcome.err();
        outcome
    }
}

impl Drop for JsonShaper {
    /// However the body ended.
    fn drop(&mut self) {
        self.plan.reuse.give_back(mem::take(&mut self.state));
    }
}

/// So many bytes are walked through at once at most: as many as are likely to be still at hand when they have been marked.
pub(super) const PIECE: usize = 64 * 1024;
