//! Members that have been read and wait for the end of their object, to leave or not.

use std::fmt::{self, Debug, Formatter};

use super::said::Says;
use crate::shaping::json::sets::way::Way;

/// A member that may not only leave as it came, or that says something of the item, or that a template reads.
#[derive(Clone, Copy, Debug)]
pub(in crate::shaping::json) struct Noted {
    pub(in crate::shaping::json) places: Places,
    pub(in crate::shaping::json) way: Way,
}

/// Where a member stands.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::shaping::json) struct Places {
    /// Where it begins, where its value does, and where that ends.
    pub(in crate::shaping::json) at: usize,
    pub(in crate::shaping::json) start: usize,
    pub(in crate::shaping::json) end: usize,
    /// What its value is, for a sign.
    pub(in crate::shaping::json) says: Says,
}

/// Members that have been read and have not left.
#[derive(Default)]
pub(in crate::shaping::json) struct NotedMembers {
    /// As many as there is room for, once there was one.
    members: Vec<Noted>,
    /// How many of them are noted.
    count: usize,
}

impl NotedMembers {
    #[inline]
    pub(in crate::shaping::json) fn all(&self) -> &[Noted] {
        self.members.get(..self.count).unwrap_or_default()
    }

    /// Room for more of them, of which it is told later how many were noted.
    #[inline(always)]
    pub(in crate::shaping::json) fn room(&mut self) -> &mut [Noted] {
        if self.members.is_empty() {
            self.make_room();
        }
        self.members.get_mut(self.count..).unwrap_or_default()
    }

    #[cold]
    fn make_room(&mut self) {
        self.members.resize(MOST, Noted { places: Places::default(), way: Way::NOWHERE });
    }

    /// So many more have been noted.
    #[inline(always)]
    pub(in crate::shaping::json) fn add(&mut self, count: usize) {
        self.count += count;
    }

    /// They have left, or never will.
    pub(in crate::shaping::json) fn clear(&mut self) {
        self.count = 0;
    }
}

// Where members of an earlier answer stood is nobody's business.
impl Debug for NotedMembers {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all()).finish()
    }
}

/// How many members are noted before they leave: few objects have more of which something becomes or is read.
const MOST: usize = 16;
