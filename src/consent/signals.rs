//! What the strings that consent frameworks put into requests say together.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What the TC strings of a request say together. One string says each thing at most once; of several, the stricter counts.
///
/// See the example of [`Carriers`](super::Carriers).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TcfSays {
    /// What every string grants.
    pub granted: TcfPurposes,
    /// What some string refuses: it has a bit for it, and the bit is cleared.
    pub refused: TcfPurposes,
    /// What some string granted that has grown too old.
    pub expired: TcfPurposes,
    /// Whether some string does not count, for another reason than its age.
    pub is_doubtful: bool,
}

/// What the GPP strings of a request say together, beside the TC strings in them. They can only take away.
///
/// See the example of [`Carriers`](super::Carriers).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GppSays {
    /// Whether somebody opted out of sale, sharing or targeted advertising, or may have, as far as a string can be read; or a
    /// string repeats a Global Privacy Control signal.
    pub opted_out: bool,
    /// Whether the business knows that it speaks with a child.
    pub child: bool,
}

/// A set of TCF purposes: standard ones, and the publisher's own.
///
/// ```
/// use tower_rapport::consent::TcfPurposes;
///
/// let needed = TcfPurposes::of(&[5, 6], &[1]);
/// let granted = TcfPurposes::of(&[6], &[1, 2]);
/// assert!(!granted.contains(needed));
/// let missing = needed.without(granted);
/// assert_eq!((missing.standard().collect::<Vec<_>>(), missing.custom().next()), (vec![5], None));
/// assert!(granted.union(missing).contains(needed));
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TcfPurposes {
    standard: u64,
    custom: u64,
}

impl TcfSays {
    /// What a string says that does not count.
    pub(crate) const DOUBTFUL: Self =
        Self { granted: TcfPurposes::NONE, refused: TcfPurposes::NONE, expired: TcfPurposes::NONE, is_doubtful: true };

    /// With another string of the same request.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            granted: self.granted.intersection(other.granted),
            refused: self.refused.union(other.refused),
            expired: self.expired.union(other.expired),
            is_doubtful: self.is_doubtful || other.is_doubtful,
        }
    }
}

impl GppSays {
    /// With another string of the same request.
    #[must_use]
    pub(crate) fn and(self, other: Self) -> Self {
        Self { opted_out: self.opted_out || other.opted_out, child: self.child || other.child }
    }
}

impl TcfPurposes {
    /// No purpose.
    pub const NONE: Self = Self { standard: 0, custom: 0 };

    /// A set of purposes by their numbers: standard ones from 1 to 24, the publisher's own from 1 to 63. There are no
    /// others, and those are left out.
    pub const fn of(standard: &[u8], custom: &[u8]) -> Self {
        Self { standard: bits_of(standard, STANDARD), custom: bits_of(custom, CUSTOM) }
    }

    /// The first so many of each kind.
    pub(super) fn first(standard: u8, custom: u8) -> Self {
        let first = |count: u8| 1_u64.checked_shl(count.into()).map_or(u64::MAX, |next| next - 1);
        Self { standard: first(standard.min(STANDARD)), custom: first(custom.min(CUSTOM)) }
    }

    /// Standard purposes as a string has them: of its 24 bits, the highest is that of purpose 1.
    pub(super) const fn of_standard_bits(bits: u64) -> Self {
        Self { standard: bits.reverse_bits() >> (64 - STANDARD), custom: 0 }
    }

    /// The publisher's own purposes likewise, of `count` bits.
    pub(super) fn of_custom_bits(bits: u64, count: u8) -> Self {
        let unused = 64_u32.saturating_sub(count.into());
        Self { standard: 0, custom: bits.reverse_bits().checked_shr(unused).unwrap_or(0) }
    }

    /// The numbers of the standard purposes.
    pub fn standard(self) -> impl Iterator<Item = u8> {
        (1..=STANDARD).filter(move |number| self.standard >> (number - 1) & 1 == 1)
    }

    /// The numbers of the publisher's own purposes.
    pub fn custom(self) -> impl Iterator<Item = u8> {
        (1..=CUSTOM).filter(move |number| self.custom >> (number - 1) & 1 == 1)
    }

    /// Whether no purpose is in this set.
    pub const fn is_empty(self) -> bool {
        self.standard == 0 && self.custom == 0
    }

    /// Whether every purpose of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.standard & other.standard == other.standard && self.custom & other.custom == other.custom
    }

    /// The purposes of either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self { standard: self.standard | other.standard, custom: self.custom | other.custom }
    }

    /// The purposes of this set that are not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self { standard: self.standard & !other.standard, custom: self.custom & !other.custom }
    }

    /// The purposes of both.
    #[must_use]
    pub(crate) const fn intersection(self, other: Self) -> Self {
        Self { standard: self.standard & other.standard, custom: self.custom & other.custom }
    }
}

impl fmt::Debug for TcfPurposes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let custom = self.custom().map(|number| format!("custom {number}"));
        f.debug_set().entries(self.standard()).entries(custom).finish()
    }
}

const fn bits_of(mut numbers: &[u8], most: u8) -> u64 {
    let mut bits = 0;
    while let [number, rest @ ..] = numbers {
        if *number >= 1 && *number <= most {
            bits |= 1 << (*number - 1);
        }
        numbers = rest;
    }
    bits
}

const STANDARD: u8 = 24;
const CUSTOM: u8 = 63;
