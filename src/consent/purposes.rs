//! The purposes of a policy.

use std::{error::Error, fmt};

use jiff::SignedDuration;
use serde::Serialize;

use super::signals::TcfPurposes;
use crate::name::Name;

/// The purposes of a policy, in its order.
#[derive(Clone, Debug)]
pub struct Purposes {
    list: Vec<Purpose>,
    record: PurposeSet,
    valid_for: SignedDuration,
}

/// One thing that data may be used for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purpose {
    /// What configuration, claims and headers call it.
    pub name: Name,
    /// What the customer reads.
    pub says: String,
    /// Whether a Global Privacy Control signal refuses it.
    pub denied_by_gpc: bool,
    /// The TCF purposes that stand for it, all of which are needed. Where there are none, no TC string speaks of it.
    pub tcf: TcfPurposes,
}

/// A set of purposes of one policy, by their places in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct PurposeSet(u64);

impl Purposes {
    /// The purposes of a policy, of which `record` is the one without which nothing is stored, and the number of days
    /// that a grant holds, stored or in a TC string.
    ///
    /// # Errors
    ///
    /// More than 64 purposes. A `record` that is not among them is never granted.
    pub fn new(list: Vec<Purpose>, record: &Name, valid_for_days: u32) -> Result<Self, TooManyPurposes> {
        if list.len() > PurposeSet::MOST {
            return Err(TooManyPurposes(()));
        }
        let record =
            list.iter().position(|purpose| purpose.name == *record).map_or(PurposeSet::default(), PurposeSet::of);
        Ok(Self { list, record, valid_for: SignedDuration::from_hours(24 * i64::from(valid_for_days)) })
    }

    /// The purposes, in the policy's order.
    pub fn iter(&self) -> impl Iterator<Item = &Purpose> {
        self.list.iter()
    }

    /// The purpose of a name.
    pub fn get(&self, name: &str) -> Option<&Purpose> {
        self.list.iter().find(|purpose| purpose.name == *name)
    }

    /// The set of one purpose; empty where the policy has none of that name.
    pub fn set_of(&self, name: &str) -> PurposeSet {
        self.list.iter().position(|purpose| purpose.name == *name).map_or(PurposeSet::default(), PurposeSet::of)
    }

    /// The purpose without which nothing is stored.
    pub fn record(&self) -> PurposeSet {
        self.record
    }

    /// How long a grant holds.
    pub fn valid_for(&self) -> SignedDuration {
        self.valid_for
    }

    /// The names of the purposes in a set, in the policy's order.
    pub fn names(&self, set: PurposeSet) -> impl Iterator<Item = &Name> {
        self.list.iter().enumerate().filter(move |(place, _)| set.has(*place)).map(|(_, purpose)| &purpose.name)
    }
}

impl PurposeSet {
    /// No purpose.
    pub const EMPTY: Self = Self(0);

    const MOST: usize = 64;

    pub(super) fn of(place: usize) -> Self {
        let mut set = Self::default();
        set.add(place);
        set
    }

    pub(super) fn add(&mut self, place: usize) {
        self.0 |= 1 << (place % Self::MOST);
    }

    fn has(self, place: usize) -> bool {
        self.0 >> (place % Self::MOST) & 1 == 1
    }

    /// Whether every purpose of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether no purpose is in this set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The purposes of either.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The purposes of this set that are not in the other.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// A policy with more than 64 purposes.
#[derive(Debug)]
pub struct TooManyPurposes(());

impl fmt::Display for TooManyPurposes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy has at most 64 purposes")
    }
}

impl Error for TooManyPurposes {}
