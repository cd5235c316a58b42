//! The shaper from outside: bytes in, bytes out. Each piece is marked here, and then [walked](super::walk) through.

use std::{mem, sync::Arc};

use super::{
    compiled::Compiled,
    limits::Limits,
    plan::JsonPlan,
    rules::JsonRules,
    state::{
        State,
        arriving::{Choosing, Does, Found},
    },
    text::{Text, letters, piece::Piece, token::Token, window::Tail},
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
    /// Lent by the plan until the body has passed.
    pub(super) state: Option<Box<State>>,
    failed: Option<Doubt>,
}

impl JsonShaper {
    /// A shaper for one body, by the field rules alone: items stay where they are.
    pub fn new(plan: Arc<JsonPlan>, limits: Limits) -> Self {
        Self::begin(plan.alone(), limits, |_| None)
    }

    /// A shaper for one body of which items are chosen. The plan must have been made with the path of the items: without it
    /// the field rules alone act.
    ///
    /// Where nothing may be chosen personally no item is shown, whatever its class, and `filling` has no effect; but for an answer
    /// that anybody sees, of which all items keep their places.
    ///
    /// See the example of [`Items`].
    pub fn choosing(plan: Arc<JsonPlan>, limits: Limits, choice: Arc<Choice>, filling: Option<Arc<Filling>>) -> Self {
        let plan = plan.choosing(choice.items());
        if choice.keeps_all() {
            return Self::begin(plan, limits, |_| Some(Does::Keep(choice)));
        }
        if !choice.is_open() {
            return Self::begin(plan, limits, |_| Some(Does::Hide(0)));
        }
        let filling = filling.filter(|_| choice.is_filled());
        Self::begin(plan, limits, |state| {
            let list = state.list.take().unwrap_or_default();
            Some(Does::Place { choice, filling, list })
        })
    }

    /// The items of a whole body, in their order; those that are larger than `limits.item` are none.
    pub(super) fn find_items(plan: &Arc<Compiled>, limits: Limits, body: &[u8]) -> Result<Vec<Found>, Doubt> {
        let mut shaper = Self::finding(Arc::clone(plan), limits);
        let mut out = Vec::new();
        shaper.write(body, &mut out)?;
        shaper.end(&mut out)?;
        Ok(match shaper.state.take().and_then(|state| state.choosing).map(|choosing| choosing.does) {
            Some(Does::Find(found)) => found,
            _ => Vec::new(),
        })
    }

    /// A shaper that only looks for items, by rules for that.
    pub(super) fn finding(plan: Arc<Compiled>, limits: Limits) -> Self {
        Self::begin(plan, limits, |_| Some(Does::Find(Vec::new())))
    }

    /// The rules by which items are only looked for.
    pub(super) fn plan_to_find(items: &Items) -> Arc<Compiled> {
        let signs = items.signs().map(Option::<&_>::cloned);
        let none = JsonRules { item: Some(items.path().clone()), ..JsonRules::default() };
        Arc::new(Compiled::new(&none, Some(&signs)))
    }

    fn begin(plan: Arc<Compiled>, limits: Limits, does: impl FnOnce(&mut State) -> Option<Does>) -> Self {
        let mut state = plan.reuse.take();
        state.begin(limits, plan.start, plan.sets.len());
        let choosing = |does| Choosing { has_shown: matches!(does, Does::Keep(_)), does };
        state.choosing = does(&mut state).map(choosing);
        Self { plan, state: Some(state), failed: None }
    }

    /// Takes the next piece of the body and appends to `out` what can leave.
    ///
    /// # Errors
    /// What makes the body unreadable. `out` then ends with what could leave before that byte; nothing more follows, and
    /// every later call gives the same error.
    pub fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Doubt> {
        self.failed.map_or(Ok(()), Err)?;
        let Some(state) = &mut self.state else { return Ok(()) };
        // Mostly nearly all of it leaves.
        out.reserve(input.len());
        // What lies within one piece is never larger than what may be kept.
        let mut pieces = input.chunks(PIECE.min(state.limits.item.max(1)));
        let outcome = pieces.try_for_each(|piece| take(&self.plan, state, piece, out));
        self.failed = outcome.err();
        outcome
    }

    /// Ends the body: what still waited leaves, or the body was cut short.
    ///
    /// # Errors
    /// The body is no complete JSON document.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Doubt> {
        self.failed.map_or(Ok(()), Err)?;
        let Some(state) = &mut self.state else { return Ok(()) };
        let piece = Piece::new(Text::new(&[], &[], state.level));
        let outcome = Walk { plan: &self.plan, state, piece, out }.end();
        self.failed = outcome.err();
        outcome
    }

    /// Begins another document of the same body, once one has ended: what is known of the list of items, and what the rules
    /// met, goes on.
    pub(in crate::shaping) fn next_document(&mut self) {
        self.state.iter_mut().for_each(|state| state.next_document(self.plan.start));
    }

    /// How many values each rule has met, in the order of the rules given to the plan; rules that another one outdid on a
    /// value count too. `None` for a rule that can meet none, because another one hides what all its values lie in, or
    /// because it is about items and none of this body's own was shown.
    pub(crate) fn matched(&self) -> impl Iterator<Item = Option<u64>> {
        let met = self.state.as_ref().map(|state| &state.met);
        let without_items = self.items().is_some_and(|choosing| !choosing.has_shown);
        let of_set = move |set| met.map_or(0, |met| met.of_set(set));
        let matched = self.plan.matched(of_set, move |node| met.map_or(0, |met| met.of_state(node)));
        matched.map(move |(met, is_in_items)| met.filter(|met| *met > 0 || !(without_items && is_in_items)))
    }

    /// How many of the body's own items were not shown so far, and why.
    pub fn withheld(&self) -> Withheld {
        self.items().map_or_else(Withheld::default, Choosing::withheld)
    }

    fn items(&self) -> Option<&Choosing> {
        self.state.as_ref()?.choosing.as_ref()
    }
}

impl Drop for JsonShaper {
    /// However the body ended.
    fn drop(&mut self) {
        self.state.take().into_iter().for_each(|state| self.plan.reuse.give_back(state));
    }
}

/// Takes a piece that is not too large. A letter that it cuts is read byte by byte, in this piece and the next one, and so
/// is all that follows what is not UTF-8: it says what is wrong.
fn take(plan: &Compiled, state: &mut State, piece: &[u8], out: &mut Vec<u8>) -> Result<(), Doubt> {
    let left = match state.token {
        Some(Token::String(string)) => string.letter_left(),
        _ => 0,
    };
    let (cut, rest) = piece.split_at(left.min(piece.len()));
    let mut marks = mem::take(&mut state.marks);
    let is_ascii = marks.mark(state.level, rest);
    let (whole, cut_off) = rest.split_at(if is_ascii { rest.len() } else { letters::whole(rest) });
    let tail = Tail::of(whole);
    let marked = Text::new(whole, marks.blocks(), state.level).with_tail(&tail);
    let [cut, cut_off] = [cut, cut_off].map(|bytes| Text::new(bytes, &[], state.level));
    let mut walk = |text: Text<'_>| match text.bytes {
        [] => Ok(()),
        _ => Walk { plan, state: &mut *state, piece: Piece::new(text), out: &mut *out }.through(),
    };
    let outcome = walk(cut).and_then(|()| walk(marked)).and_then(|()| walk(cut_off));
    state.marks = marks;
    outcome
}

/// So many bytes are walked through at once at most: as many as are likely to be still at hand when they have been marked.
pub(super) const PIECE: usize = 64 * 1024;
