//! The items of a generic answer, which take the places that no personal item takes.

use std::{collections::HashSet, hash::RandomState, sync::Arc};

use bytes::Bytes;

use super::{Choice, Item, Kind};
use crate::shaping::{
    Doubt,
    json::{Found, JsonPlan, JsonShaper, Limits},
};

/// The items of a generic answer, in their order, no more than [`MOST`](Filling::MOST). They are not shaped yet, and share the
/// answer's own memory.
#[derive(Debug, Default)]
pub struct Filling {
    elements: Vec<(Item, Option<Box<str>>)>,
    members: Vec<(Item, Option<Box<str>>)>,
}

impl Filling {
    /// An item of two bytes takes fifty times as many here, and nobody looks at so many.
    pub const MOST: usize = 4096;

    /// Reads the items of one JSON document. One that is larger than `limits.item` is none, and of those of one
    /// kind with the same id the first one counts. Which stage and purposes `choice` is for makes no difference.
    ///
    /// # Errors
    /// The answer is no complete JSON document.
    pub fn read(choice: &Choice, limits: Limits, answer: &Bytes) -> Result<Self, Doubt> {
        Self::read_all(choice, limits, std::slice::from_ref(answer))
    }

    /// Reads the items of several documents, as if they were of one.
    ///
    /// # Errors
    /// One of them is no complete JSON document.
    pub fn read_all(choice: &Choice, limits: Limits, documents: &[Bytes]) -> Result<Self, Doubt> {
        let plan = Arc::new(JsonPlan::new([], Some(choice.items.path())));
        let (mut filling, mut ids, hasher) = (Self::default(), HashSet::new(), RandomState::new());
        for answer in documents {
            for Found { kind, prefix, json } in JsonShaper::find_items(Arc::clone(&plan), limits, answer)? {
                if filling.len() == Self::MOST {
                    return Ok(filling);
                }
                let item = Item { prefix: answer.slice(prefix), json: answer.slice(json) };
                let id = std::str::from_utf8(&item.json).ok().and_then(|json| choice.id(json));
                if ids.insert((kind, item.identity(&hasher, id.as_deref()))) {
                    let list = match kind {
                        Kind::Element => &mut filling.elements,
                        Kind::Member => &mut filling.members,
                    };
                    list.push((item, id.map(Into::into)));
                }
            }
        }
        Ok(filling)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.elements.len() + self.members.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Those of one kind, with their ids.
    pub(super) fn of(&self, kind: Kind) -> &[(Item, Option<Box<str>>)] {
        match kind {
            Kind::Element => &self.elements,
            Kind::Member => &self.members,
        }
    }
}
