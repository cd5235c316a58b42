//! The items of a generic answer, which take the places that no personal item takes.

use std::collections::HashSet;

use super::{Item, Kind, identity::Identities};

/// The items of a generic answer, in their order, no more than [`MOST`](Filling::MOST). They are not shaped yet, and share the
/// answer's own memory.
///
/// See the example of [`Items`](super::Items).
#[derive(Debug, Default)]
pub struct Filling {
    elements: Vec<(Item, Option<Box<[u8]>>)>,
    members: Vec<(Item, Option<Box<[u8]>>)>,
    /// Whether one says that somebody's data chose it, so that who asked was known.
    pub(crate) tells_of_somebody: bool,
}

/// What items are known while they are gathered.
#[derive(Debug, Default)]
pub(in crate::shaping) struct Known {
    identities: Identities,
    ids: HashSet<(Kind, u64)>,
}

impl Filling {
    /// An item of two bytes takes fifty times as many here, and nobody looks at so many.
    pub const MOST: usize = 4096;

    /// Adds an item with its id. Of those of one kind with the same id the first one counts.
    pub(in crate::shaping) fn add(&mut self, kind: Kind, item: Item, id: Option<Box<[u8]>>, known: &mut Known) {
        if known.ids.insert((kind, item.identity(&known.identities, id.as_deref()))) {
            let list = match kind {
                Kind::Element => &mut self.elements,
                Kind::Member => &mut self.members,
            };
            list.push((item, id));
        }
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
    pub(super) fn of(&self, kind: Kind) -> &[(Item, Option<Box<[u8]>>)] {
        match kind {
            Kind::Element => &self.elements,
            Kind::Member => &self.members,
        }
    }
}
