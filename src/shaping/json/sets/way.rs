//! Where a child leads, and what becomes of it there.

use super::{Known, meaning::SignAt};

/// Where a child leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shaping::json) struct Way {
    pub(in crate::shaping::json) to: Known,
    /// What becomes of a scalar there.
    pub(in crate::shaping::json) manner: Manner,
    /// What an item says of itself there.
    pub(in crate::shaping::json) sign: Option<SignAt>,
    pub(in crate::shaping::json) whole: Whole,
}

/// Whether the same becomes of all of an array or object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shaping::json) enum Whole {
    /// No rule acts inside, or nothing of it is shown whatever it is.
    Yes,
    /// Rules may act inside, but none on the elements of an array that are scalars.
    IfScalars,
    /// Rules may act inside.
    No,
}

/// What becomes of a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shaping::json) enum Manner {
    /// It leaves.
    Leaves,
    /// It leaves, and a template reads it, or something inside of it is read: by a template, or since the item says something there.
    IsRead,
    /// It is removed, and counted.
    IsRemoved,
    /// If it is one of these it is coarsened by a rule, or a constant or a template takes its place, and it is counted.
    IsCoarsened(u32, Scalars),
    /// It has to be looked at.
    Other,
    /// Only of one that is noted: an array or object that is walked through, and shown.
    IsWalked,
}

impl Manner {
    /// Whether the same becomes of an array or object of which it does of all.
    #[inline(always)]
    pub(in crate::shaping::json) fn takes_all(self) -> bool {
        matches!(self, Self::Leaves | Self::IsRead | Self::IsRemoved | Self::IsCoarsened(_, Scalars::All))
    }
}

/// Scalars of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shaping::json) enum Scalars {
    Numbers,
    Texts,
    All,
}

impl Scalars {
    /// Whether one of them begins with this byte, with which some scalar does.
    #[inline(always)]
    pub(in crate::shaping::json) fn is_begun_by(self, byte: u8) -> bool {
        match self {
            Self::Numbers => byte <= b'9' && byte != b'"',
            Self::Texts => byte == b'"',
            Self::All => true,
        }
    }
}

impl Way {
    /// One that no child goes.
    pub(in crate::shaping::json) const NOWHERE: Self =
        Self { to: 0, manner: Manner::Other, sign: None, whole: Whole::No };

    /// Whether nothing becomes of a scalar there but that it leaves.
    #[inline]
    pub(in crate::shaping::json) fn only_leaves(&self) -> bool {
        self.manner == Manner::Leaves && self.sign.is_none()
    }
}
