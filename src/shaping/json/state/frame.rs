//! The arrays and objects that are open and that a rule may look into.

use std::num::NonZeroU64;

use crate::shaping::{items::Basis, json::sets::Set};

/// An open array or object.
#[derive(Clone, Copy, Debug)]
pub(in crate::shaping::json) struct Frame {
    pub(in crate::shaping::json) object: bool,
    pub(in crate::shaping::json) scope: Scope,
    pub(in crate::shaping::json) set: Set,
    /// The number of the order in which its members are expected.
    pub(in crate::shaping::json) order: Option<usize>,
    /// Where on the stack of nodes those of its children begin.
    pub(in crate::shaping::json) height: usize,
    /// How many elements have begun.
    pub(in crate::shaping::json) index: u64,
    /// How many elements have been shown; of members only whether any has, which is then more than 0.
    pub(in crate::shaping::json) shown: u64,
    /// How many elements may be shown.
    pub(in crate::shaping::json) first: Option<NonZeroU64>,
    /// Whether something stands in the answer for it.
    pub(in crate::shaping::json) stands: bool,
    pub(in crate::shaping::json) closing: Closing,
    /// On what it rests that this item is shown, if it says so.
    pub(in crate::shaping::json) basis: Option<Basis>,
}

/// What may happen inside an array or object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shaping::json) enum Scope {
    /// Rules hold.
    Ruled,
    /// Nothing leaves; what an item says of itself is looked for.
    Searched,
}

/// What is to be done when an array or object ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shaping::json) enum Closing {
    Plain,
    /// It is on the shelf and is to be coarsened whole.
    Shelf,
    /// It is an item that was only looked through so far.
    Unit,
}

impl Frame {
    /// All but what it is about.
    pub(in crate::shaping::json) fn new(scope: Scope) -> Self {
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
            basis: None,
        }
    }
}
