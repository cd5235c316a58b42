//! What becomes of a member that has been read and has not left.

use super::{
    said::Says,
    sets::{Manner, Way},
};

/// A member that may not only leave as it came, or that says something of the item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noted {
    /// How many members stand before it.
    pub(super) before: u64,
    pub(super) places: Places,
    pub(super) way: Way,
}

/// Where a member stands.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Places {
    /// Where it begins, where its value does, and where that ends.
    pub(super) at: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    /// What its value is, for a sign.
    pub(super) says: Says,
}

/// Members that have been read and have not left.
#[derive(Debug, Default)]
pub(super) struct NotedMembers {
    /// As many as there is room for.
    members: Vec<Noted>,
    count: usize,
}

impl NotedMembers {
    /// Those that were noted.
    #[inline]
    pub(super) fn noted(&self) -> &[Noted] {
        self.members.get(..self.count).unwrap_or_default()
    }

    /// Room for more of them, of which it is told later how many were noted.
    #[inline(always)]
    pub(super) fn room(&mut self) -> &mut [Noted] {
        if self.members.is_empty() {
            self.make_room();
        }
        self.members.get_mut(self.count..).unwrap_or_default()
    }

    #[cold]
    fn make_room(&mut self) {
        let way = Way { to: 0, manner: Manner::Other, sign: None, is_whole: false };
        self.members.resize(MOST, Noted { before: 0, places: Places::default(), way });
    }

    /// So many more have been noted.
    #[inline(always)]
    pub(super) fn note(&mut self, count: usize) {
        self.count += count;
    }

    /// Those that were noted, to be given back once they have left.
    #[inline]
    pub(super) fn take(&mut self) -> Vec<Noted> {
        std::mem::take(&mut self.members)
    }

    /// They have left.
    #[inline]
    pub(super) fn give_back(&mut self, members: Vec<Noted>) {
        (self.members, self.count) = (members, 0);
    }

    pub(super) fn is_full(&self) -> bool {
        self.count == MOST
    }

    pub(super) fn clear(&mut self) {
        self.count = 0;
    }
}

/// How many members are noted before they leave.
const MOST: usize = 64;
