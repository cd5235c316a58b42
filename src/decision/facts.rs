//! What one request says, as far as it decides.

use jiff::Timestamp;

use crate::{
    consent::{GppSays, TcfSays},
    relationship::{Day, Ladder, Stage},
};

/// What one request says of the customer, beside the record.
///
/// See the example of [`decide`](super::decide).
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The present instant. Its UTC date is the day of the decision.
    pub now: Timestamp,
    /// Whether the request names a customer at all.
    pub known: bool,
    /// Whether the request carried a token that proves nothing.
    pub bad_token: bool,
    /// Whether the store did not tell in time what it knows of the customer.
    pub store_silent: bool,
    /// Whether the request is itself a visit, which counts for its own decision.
    pub visit: bool,
    /// The day since which the token vouches for an acquaintance.
    pub known_since: Option<Day>,
    /// Whole years of age; `None` where nothing is said of it.
    pub age: Option<u32>,
    /// What the token's claim lists as granted.
    pub claim: Option<&'a [String]>,
    /// What the request's TC strings say.
    pub tcf: TcfSays,
    /// What the request's GPP strings say beside them.
    pub gpp: GppSays,
    /// Whether the request carries a Global Privacy Control signal that the policy honours.
    pub gpc: bool,
    /// The highest stage on the channel that the request comes by.
    pub channel: Option<Stage>,
    /// The highest stage of whoever is held out to measure the difference.
    pub holdout: Option<Stage>,
    /// What the client asks this one answer to be.
    pub prefer: Option<Preference>,
}

impl Facts<'_> {
    /// Those of a customer of whom a request says nothing else.
    ///
    /// See the example of [`decide`](super::decide).
    pub fn of_a_customer(now: Timestamp) -> Self {
        Self {
            now,
            known: true,
            bad_token: false,
            store_silent: false,
            visit: false,
            known_since: None,
            age: None,
            claim: None,
            tcf: TcfSays::default(),
            gpp: GppSays::default(),
            gpc: false,
            channel: None,
            holdout: None,
            prefer: None,
        }
    }
}

/// A client's wish for one answer. It can only lower.
///
/// ```
/// use tower_rapport::{decision::{Facts, Limit, Preference, decide}, policy::Policy};
/// # let toml = include_str!("../../config/minimal.toml");
/// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let rules = policy.rules();
/// let prefer = Preference::of("none", &rules.ladder);
/// assert!(prefer.is_some() && Preference::of("stranger", &rules.ladder).is_none());
/// let agreed = ["record".to_owned(), "personalization".to_owned()];
/// let facts = Facts { claim: Some(&agreed), prefer, ..Facts::of_a_customer(jiff::Timestamp::now()) };
/// let decision = decide(rules, None, &facts);
/// assert!(decision.granted.is_empty() && decision.limits.has(Limit::Prefer));
/// # Ok::<(), tower_rapport::policy::Diagnostics>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preference {
    /// The lowest stage and no purpose.
    None,
    /// At most a stage.
    AtMost(Stage),
}

impl Preference {
    /// Reads the value of `personalization` in a `Prefer` header: `none` or the name of a stage; any other word is no preference.
    ///
    /// See the example of [`Preference`].
    pub fn of(word: &str, ladder: &Ladder) -> Option<Self> {
        if word == "none" { Some(Self::None) } else { ladder.stage(word).map(Self::AtMost) }
    }
}
