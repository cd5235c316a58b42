//! The arrays and objects that are open and that a rule may look into.

use std::num::NonZeroU64;

use super::sets::Set;

/// An open array or object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) object: bool,
    pub(super) scope: Scope,
    pub(super) set: Set,
    /// The number of the order in which its members are expected.
    pub(super) order: Option<usize>,
    /// Where on the stack of nodes those of its children begin.
    pub(super) height: usize,
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
    /// Rules hold.
    Ruled,
    /// Nothing leaves; what an item says of itself is looked for.
    Searched,
}

/// What is to be done when an array or object ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    Plain,
    /// It is on the shelf and is to be coarsened whole.
    Shelf,
    /// It is an item that was only looked through so far.
    Unit,
}

impl Frame {
    /// All but what it is about.
    pub(super) fn new(scope: Scope) -> Self {
        let (set, closing) = (Set::default(), Closing::Plain);
        Self {
            object: false,
            scope,
            set,
            order: None,
            height: 0,
            index: 0,
            shown: 0,
            first: None,
            stands: true,
            closing,
        }
    }
}
