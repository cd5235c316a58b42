//! What becomes of a member that has been read and has not left.

use super::sets::Known;

/// A member of which not all leaves as it came.
#[derive(Debug)]
pub(super) struct Event {
    /// How many members stand before it.
    pub(super) before: u64,
    /// Where it begins, where its value does, and where that ends.
    pub(super) at: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) to: Known,
    /// The rule that coarsens it or puts a constant in its place; else it is removed.
    pub(super) rule: Option<u32>,
}

/// How many members are noted before they leave.
pub(super) const MOST_EVENTS: usize = 64;
