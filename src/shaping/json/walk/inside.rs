//! What is read in a value of which all leaves or nothing does: what an item says of itself, what templates read. The value lies
//! whole in the piece and has been checked.

use std::ops::Range;

use crate::shaping::{
    json::{
        compiled::Compiled,
        sets::{Set, automaton::State as Node, meaning::Meaning},
        state::said::Says,
        text::Text,
    },
    string,
};

/// Looks at the values in an array or object to which paths lead.
pub(super) struct Look<'r, 'p> {
    plan: &'r Compiled,
    text: Text<'p>,
    /// The nodes of the sets that were not worked out beforehand.
    nodes: Vec<Node>,
}

impl<'r, 'p> Look<'r, 'p> {
    pub(super) fn new(plan: &'r Compiled, text: Text<'p>) -> Self {
        Self { plan, text, nodes: Vec::new() }
    }

    /// Goes through the values in the one that begins at a place, in their order; `see` gets what each means, and where it stands.
    pub(super) fn see(&mut self, set: Set, at: usize, see: &mut impl FnMut(Meaning, Range<usize>)) {
        let (plan, text, height) = (self.plan, self.text, self.nodes.len());
        let (is_object, mut at, mut index) = (text.byte(at) == b'{', at, 0);
        loop {
            // Behind the bracket, or a comma.
            at = text.blanks(at + 1);
            let child = if is_object {
                let quote = Some(at).filter(|at| text.byte(*at) == b'"');
                let Some(end) = quote.and_then(|quote| text.string(quote)) else { return };
                let name = string::decode(text.between(at, end));
                at = text.blanks(text.blanks(end) + 1);
                plan.member(set, name.as_deref(), &mut self.nodes)
            } else {
                plan.element(set, index, &mut self.nodes)
            };
            let Some(end) = end_of(text, at) else { return };
            let meaning = plan.meaning(child, &self.nodes);
            see(meaning, at..end);
            // However deep it is: no deeper than what is read there.
            if meaning.reads_inside && is_container(text.byte(at)) {
                self.see(child, at, see);
            }
            self.nodes.truncate(height);
            (at, index) = (text.blanks(end), index + 1);
            if text.byte(at) != b',' {
                return;
            }
        }
    }
}

/// Whether an array or object begins with this byte.
pub(super) fn is_container(byte: u8) -> bool {
    matches!(byte, b'{' | b'[')
}

/// What a value is that begins here, for a sign.
#[inline(always)]
pub(super) fn says(text: Text<'_>, start: usize) -> Says {
    if is_container(text.byte(start)) { Says::Nothing } else { Says::Scalar }
}

/// Where a value ends; `None` where none begins.
fn end_of(text: Text<'_>, start: usize) -> Option<usize> {
    let (mut at, mut open) = (start, 0_usize);
    loop {
        match text.byte(at) {
            b'{' | b'[' => (at, open) = (at + 1, open + 1),
            b'}' | b']' => (at, open) = (at + 1, open.checked_sub(1)?),
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' if open > 0 => at += 1,
            _ => at = text.scalar(at)?,
        }
        if open == 0 {
            return Some(at);
        }
    }
}
