//! Purposes, and what several sources together say of them.
//!
//! A purpose is granted when some source grants it and none refuses it. A source that does not mention a purpose says
//! nothing of it, and a grant that has grown too old counts as none.

use std::{error::Error, fmt};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::choices::{Choices, Voice};
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
}

/// A set of purposes of one policy, by their places in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub struct PurposeSet(u64);

/// All that a request and the store say of consent.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// What a token's claim lists as granted; `None` without a token or without that claim.
    pub claim: Option<&'a [String]>,
    /// Whether the request carries `Sec-GPC: 1` and the policy honours it.
    pub gpc: bool,
    /// What the customer chose before.
    pub choices: Option<&'a Choices>,
    /// The present instant, which makes old grants expire.
    pub now: Timestamp,
}

/// What the sources say together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// The purposes that some source grants and none refuses.
    pub granted: PurposeSet,
    claimed: PurposeSet,
    chosen: PurposeSet,
    refused_by_customer: PurposeSet,
    refused_by_gpc: PurposeSet,
    expired: PurposeSet,
}

/// Where one purpose stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum State {
    /// Granted by the customer's own choice.
    GrantedByCustomer,
    /// Granted by a claim of the token.
    GrantedByClaim,
    /// Refused by the customer's own choice.
    RefusedByCustomer,
    /// Refused by Global Privacy Control, now or remembered.
    RefusedByGpc,
    /// Granted too long ago, and not since.
    Expired,
    /// No source speaks of it.
    Unknown,
}

impl Purposes {
    /// The purposes of a policy, of which `record` is the one without which nothing is stored, and the number of days
    /// that a stored grant holds.
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

    /// The set of one purpose; empty where the policy has none of that name.
    pub fn set_of(&self, name: &str) -> PurposeSet {
        self.list.iter().position(|purpose| purpose.name == *name).map_or(PurposeSet::default(), PurposeSet::of)
    }

    /// The purpose without which nothing is stored.
    pub fn record(&self) -> PurposeSet {
        self.record
    }

    /// The names of the purposes in a set, in the policy's order.
    pub fn names(&self, set: PurposeSet) -> impl Iterator<Item = &Name> {
        self.list.iter().enumerate().filter(move |(place, _)| set.has(*place)).map(|(_, purpose)| &purpose.name)
    }

    /// What all sources say together.
    pub fn merge(&self, sources: &Sources<'_>) -> Consent {
        let mut consent = Consent::default();
        for (place, purpose) in self.list.iter().enumerate() {
            if sources.claim.is_some_and(|listed| listed.iter().any(|name| purpose.name == *name.as_str())) {
                consent.claimed.add(place);
            }
            if sources.gpc && purpose.denied_by_gpc {
                consent.refused_by_gpc.add(place);
            }
            match sources.choices.and_then(|choices| choices.purposes.get(&purpose.name)) {
                Some(answer) if answer.granted && self.is_stale(answer.at, sources.now) => consent.expired.add(place),
                Some(answer) if answer.granted => consent.chosen.add(place),
                Some(answer) if answer.by == Voice::Gpc => consent.refused_by_gpc.add(place),
                Some(_) => consent.refused_by_customer.add(place),
                None => {}
            }
        }
        let refused = consent.refused_by_customer.with(consent.refused_by_gpc);
        consent.granted = consent.claimed.with(consent.chosen).without(refused);
        consent
    }

    /// A grant from the future is no grant: a clock went wrong somewhere, and in doubt there is less.
    fn is_stale(&self, at: Timestamp, now: Timestamp) -> bool {
        let age = now.duration_since(at);
        age > self.valid_for || age < SignedDuration::from_hours(-24)
    }
}

impl Consent {
    /// Consent of a person about whom no source says anything.
    pub const NONE: Self = Self {
        granted: PurposeSet(0),
        claimed: PurposeSet(0),
        chosen: PurposeSet(0),
        refused_by_customer: PurposeSet(0),
        refused_by_gpc: PurposeSet(0),
        expired: PurposeSet(0),
    };

    /// Where the purposes of a set of one stand.
    pub fn state(&self, purpose: PurposeSet) -> State {
        let is = |set: PurposeSet| !purpose.is_empty() && set.contains(purpose);
        match () {
            () if is(self.refused_by_customer) => State::RefusedByCustomer,
            () if is(self.refused_by_gpc) => State::RefusedByGpc,
            () if is(self.chosen) => State::GrantedByCustomer,
            () if is(self.claimed) => State::GrantedByClaim,
            () if is(self.expired) => State::Expired,
            () => State::Unknown,
        }
    }
}

impl PurposeSet {
    const MOST: usize = 64;

    fn of(place: usize) -> Self {
        let mut set = Self::default();
        set.add(place);
        set
    }

    fn add(&mut self, place: usize) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consent::Answer;

    fn purposes() -> Purposes {
        let purpose =
            |name: &str, denied_by_gpc| Purpose { name: name.parse().unwrap(), says: String::new(), denied_by_gpc };
        let list = vec![purpose("record", false), purpose("personalization", false), purpose("cross_context", true)];
        Purposes::new(list, &"record".parse().unwrap(), 390).unwrap()
    }

    fn chose(name: &str, granted: bool, at: &str, by: Voice) -> Choices {
        let answer = Answer { granted, at: at.parse().unwrap(), by };
        Choices { purposes: [(name.parse().unwrap(), answer)].into(), ..Choices::default() }
    }

    #[test]
    fn a_purpose_is_granted_when_some_source_grants_it_and_none_refuses_it() {
        let all = purposes();
        let now = "2026-11-22T12:00:00Z";
        let cases: [(&[&str], bool, Option<Choices>, State); 11] = [
            (&[], false, None, State::Unknown),
            (&["cross_context"], false, None, State::GrantedByClaim),
            (&["Cross_context", "cross_context "], false, None, State::Unknown),
            (&["cross_context"], true, None, State::RefusedByGpc),
            (&[], false, Some(chose("cross_context", true, now, Voice::Customer)), State::GrantedByCustomer),
            (&[], true, Some(chose("cross_context", true, now, Voice::Customer)), State::RefusedByGpc),
            (
                &["cross_context"],
                false,
                Some(chose("cross_context", false, now, Voice::Customer)),
                State::RefusedByCustomer,
            ),
            (&["cross_context"], false, Some(chose("cross_context", false, now, Voice::Gpc)), State::RefusedByGpc),
            (&[], false, Some(chose("cross_context", true, "2025-10-01T00:00:00Z", Voice::Customer)), State::Expired),
            (&[], false, Some(chose("cross_context", true, "2027-01-01T00:00:00Z", Voice::Customer)), State::Expired),
            (
                &[],
                false,
                Some(chose("cross_context", false, "2020-01-01T00:00:00Z", Voice::Customer)),
                State::RefusedByCustomer,
            ),
        ];
        for (claim, gpc, choices, state) in cases {
            let claim: Vec<String> = claim.iter().map(ToString::to_string).collect();
            let sources = Sources { claim: Some(&claim), gpc, choices: choices.as_ref(), now: now.parse().unwrap() };
            let consent = all.merge(&sources);
            assert_eq!(consent.state(all.set_of("cross_context")), state, "{sources:?}");
            let granted = matches!(state, State::GrantedByClaim | State::GrantedByCustomer);
            assert_eq!(consent.granted.contains(all.set_of("cross_context")), granted);
        }
    }

    #[test]
    fn gpc_leaves_first_party_purposes() {
        let all = purposes();
        let claim = ["record", "personalization", "cross_context"].map(String::from);
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        let consent = all.merge(&Sources { claim: Some(&claim), gpc: true, choices: None, now });
        let names: Vec<_> = all.names(consent.granted).map(Name::as_str).collect();
        assert_eq!(names, ["record", "personalization"]);
    }
}
