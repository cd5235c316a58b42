//! The purposes of a policy.

use std::{error::Error, fmt};

use jiff::SignedDuration;
use serde::Serialize;

use super::signals::TcfPurposes;
use crate::name::Name;

/// The purposes of a policy, in its order.
///
/// What several sources say of them, [merged](Self::merge):
///
/// ```
/// use jiff::Timestamp;
/// use tower_rapport::consent::{Consent, GppSays, Purpose, Purposes, Sources, State, TcfPurposes, TcfSays};
///
/// let purpose = |name: &str, denied_by_gpc| Ok::<_, tower::BoxError>(Purpose {
///     name: name.parse()?, says: "Choose what we show you.".into(), denied_by_gpc, tcf: TcfPurposes::NONE,
/// });
/// let purposes = Purposes::new(vec![purpose("record", false)?, purpose("cross_context", true)?], &"record".parse()?, 390)?;
///
/// // A token lists both; Global Privacy Control refuses one of them, and who refuses prevails.
/// let claim = ["record".to_owned(), "cross_context".to_owned()];
/// let (tcf, gpp) = (TcfSays::default(), GppSays::default());
/// let consent: Consent =
///     purposes.merge(&Sources { claim: Some(&claim), tcf, gpp, gpc: true, choices: None, now: Timestamp::now() });
/// assert!(consent.granted.contains(purposes.record()));
/// let status = consent.status(purposes.set_of("cross_context"));
/// assert_eq!((status.state, status.by.map(|source| source.word())), (State::Refused, Some("gpc")));
/// # Ok::<(), tower::BoxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Purposes {
    list: Vec<Purpose>,
    record: PurposeSet,
    valid_for: SignedDuration,
}

/// One thing that data may be used for.
///
/// See the example of [`Purposes`].
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
///
/// ```
/// use tower_rapport::{consent::PurposeSet, policy::Policy};
/// # let toml = include_str!("../../config/minimal.toml");
/// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let purposes = &policy.rules().purposes;
/// let both = purposes.record().with(purposes.set_of("personalization"));
/// assert!(both.contains(purposes.record()) && both.without(both).is_empty());
/// assert_eq!(purposes.names(both).map(|name| name.as_str()).collect::<Vec<_>>(), ["record", "personalization"]);
/// assert_eq!(purposes.set_of("no such purpose"), PurposeSet::EMPTY);
/// # Ok::<(), tower_rapport::policy::Diagnostics>(())
/// ```
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

    /// Whether Global Privacy Control refuses a purpose of a set.
    pub(crate) fn has_denied_by_gpc(&self, set: PurposeSet) -> bool {
        self.list.iter().enumerate().any(|(place, purpose)| purpose.denied_by_gpc && set.has(place))
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
///
/// Purposes that are always asked for together are one. See the example of [`Purposes`].
#[derive(Debug)]
pub struct TooManyPurposes(());

impl fmt::Display for TooManyPurposes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy has at most 64 purposes")
    }
}

impl Error for TooManyPurposes {}
