//! Documents that stand in strings: read, shaped, and written as a string again.

use std::{fmt, sync::Arc};

use super::{marks::Marks, piece::Piece, sets::Set, state::State, text::Text, walk::Walk};
use crate::shaping::{json::Limits, string};

/// What kind of document stands in a string.
#[derive(Clone, Debug)]
pub enum Nested {
    /// JSON. The paths of the rules go on in it.
    Json,
    /// Another kind, which is shaped there.
    Other(Arc<dyn Reshape>),
}

/// Shapes a text of another kind than JSON.
pub trait Reshape: fmt::Debug + Send + Sync {
    /// The text as it may be shown; `None` where it cannot be read.
    fn reshape(&self, text: &str, limits: Limits) -> Option<String>;
}

impl Walk<'_> {
    /// Appends the string with the document in it as it is shaped; returns whether it can be read. It is the present value.
    pub(super) fn document(&mut self, nested: u16, token: &[u8], json: &mut Vec<u8>) -> bool {
        let Some(text) = string::decode(token) else { return false };
        let limits = self.state.limits;
        let limits = Limits { depth: limits.depth.saturating_sub(self.state.frames.len()), ..limits };
        let shaped = match self.plan.nested(nested) {
            Some(Nested::Json) => self.inner(&text, limits),
            Some(Nested::Other(reshape)) => reshape.reshape(&text, limits),
            None => None,
        };
        shaped.iter().for_each(|shaped| string::encode(shaped, json));
        shaped.is_some()
    }

    /// A JSON document whose root leads where the string does.
    fn inner(&mut self, text: &str, limits: Limits) -> Option<String> {
        let set = self.state.child;
        let mut state = State::new(limits, set, 0, None);
        if let Set::Listed(..) = set {
            state.nodes = self.plan.states(set, &self.state.nodes).to_vec();
            state.child = Set::Listed(0, u32::try_from(state.nodes.len()).ok()?);
        }
        state.met = std::mem::take(&mut self.state.met);
        let (mut marks, mut shaped) = (Marks::default(), Vec::new());
        marks.mark(state.level, text.as_bytes());
        let mut pass = |bytes, marks, is_last| {
            let piece = Piece::new(Text::new(bytes, marks));
            let mut walk = Walk { plan: self.plan, state: &mut state, piece, out: &mut shaped };
            if is_last { walk.end() } else { walk.through() }
        };
        let outcome = pass(text.as_bytes(), marks.words(), false).and_then(|()| pass(&[], &[], true));
        self.state.met = state.met;
        outcome.ok().and_then(|()| String::from_utf8(shaped).ok())
    }
}
