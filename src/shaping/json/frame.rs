//! The arrays and objects that are open.

use std::num::NonZeroU64;

/// An open array or object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) object: bool,
    pub(super) scope: Scope,
    /// Where its set of states begins and ends.
    pub(super) states: (usize, usize),
    /// How many elements have begun.
    pub(super) index: u64,
    /// How many members or elements have been shown.
    pub(super) shown: u64,
    /// How many elements may be shown.
    pub(super) first: Option<NonZeroU64>,
    /// Whether something stands in the answer for it.
    pub(super) stands: bool,
    pub(super) closing: Closing,
}

/// What may happen inside an array or object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Nothing leaves.
    Hidden,
    /// All leaves as it came.
    Open,
    /// Rules may hold.
    Ruled,
}

/// What is to be done when an array or object ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    Plain,
    /// It is on the shelf and is to be coarsened whole.
    Shelf,
    /// It is an item that was captured.
    Captured,
    /// It is an item that was only looked through so far.
    Unit,
}

impl Frame {
    pub(super) fn new(scope: Scope, stands: bool) -> Self {
        Self { object: false, scope, states: (0, 0), index: 0, shown: 0, first: None, stands, closing: Closing::Plain }
    }
}
