//! The decision: how familiar one answer may be, and why not more. Pure: same inputs, same decision.
//!
//! The earned stage comes from the ladder. Everything else can only lower it: the effective stage is the minimum of the
//! earned stage and every cap. A purpose is granted by consent or it is not. Whatever held something back is named in
//! [`Decision::limits`].

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    consent::{Consent, GppSays, PurposeSet, Purposes, Sources, TcfSays},
    name::Name,
    relationship::{Day, Ladder, Record, Stage, Standing, Why},
};

/// What a policy says about deciding.
///
/// A loaded policy [has them](crate::policy::Policy::rules). See the example of [`decide`].
#[derive(Clone, Debug)]
pub struct Rules {
    /// The stages, and how they are gained and lost.
    pub ladder: Ladder,
    /// What data may be used for.
    pub purposes: Purposes,
    /// The purposes without which something would be held back: to be remembered, and those that open what some rule is about.
    pub needed: PurposeSet,
    /// The cap for minors; none where the policy has none.
    pub minor: Option<MinorCap>,
}

/// The highest stage for people under an age.
///
/// See the example of [`decide`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinorCap {
    /// Years of age from which the cap does not hold.
    pub under: u32,
    /// The highest stage below that age.
    pub stage: Stage,
    /// Whether somebody of unknown age is taken for a minor.
    pub unknown_is_minor: bool,
}

/// What one request says of the customer, beside the record.
///
/// See the example of [`decide`].
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
    /// See the example of [`decide`].
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
/// # let toml = include_str!("../config/minimal.toml");
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

/// How familiar one answer may be, and why not more.
///
/// A handler finds it in the extensions of its request, whoever asked for the answer in those of the response:
///
/// ```
/// use http::request::Parts;
/// use tower_rapport::{RapportLayer, decision::{Decision, Limit}};
///
/// /// Whether a handler may greet by name, and why not.
/// fn greeting(layer: &RapportLayer, head: &Parts) -> &'static str {
///     let Some(decision) = head.extensions.get::<Decision>() else { return "Welcome" };
///     let policy = layer.policy();
///     let rules = policy.rules();
///     let is_familiar = rules.ladder.stage("familiar").is_some_and(|familiar| decision.stage >= familiar);
///     match is_familiar && decision.granted.contains(rules.purposes.set_of("personalization")) {
///         true => "Good to see you again",
///         false if decision.limits.has(Limit::Pause) => "Welcome (nothing personal, as you asked)",
///         false => "Welcome",
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// The effective stage: the earned one, lowered by every cap.
    pub stage: Stage,
    /// What that stage is called.
    pub stage_name: Name,
    /// The stage that the ladder gives.
    pub earned: Stage,
    /// The number of stages.
    pub of: u8,
    /// The purposes that data may be used for in this answer.
    pub granted: PurposeSet,
    /// Where each purpose stands, and who said so.
    pub consent: Consent,
    /// What held the answer back.
    pub limits: Limits,
    /// Whether an event of this request may be stored: the customer had agreed to be remembered when it came.
    pub may_record: bool,
}

/// One thing that can hold an answer back.
///
/// See the example of [`Decision`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// A purpose is not granted that something needs.
    Consent,
    /// The customer set a limit.
    Limit,
    /// The customer paused personalization.
    Pause,
    /// The customer is, or may be, a minor.
    Minor,
    /// The channel has a highest stage.
    Channel,
    /// The next stage's needs are met, but the last change was too recent.
    Pace,
    /// Silence took a stage.
    Cooled,
    /// An event took a stage.
    Taken,
    /// The client asked for less.
    Prefer,
    /// The customer is in the group that is held back to measure the difference.
    Holdout,
    /// The store did not answer in time.
    Store,
    /// The token proved nothing.
    Token,
}

/// A set of things that hold an answer back.
///
/// ```
/// use tower_rapport::decision::{Limit, Limits};
///
/// let mut limits = Limits::default();
/// limits.add(Limit::Pace);
/// limits.add(Limit::Consent);
/// assert!(limits.has(Limit::Pace));
/// assert_eq!(limits.iter().map(Limit::word).collect::<Vec<_>>(), ["consent", "pace"]);
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Serialize)]
pub struct Limits(u16);

/// Decides one request.
///
/// ```
/// use jiff::Timestamp;
/// use tower_rapport::{decision::{Facts, Limit, MinorCap, decide}, policy::Policy, relationship::{Day, History, Record, Stage}};
///
/// # let toml = include_str!("../config/minimal.toml");
/// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let now = Timestamp::now();
/// let known = History { stage: Some("familiar".parse()?), active_days: 8, ..History::beginning(Day::of(now)) };
/// let record = Record { history: Some(known), ..Record::default() };
///
/// // A token that lists what its customer agreed to.
/// let agreed = ["record".to_owned(), "personalization".to_owned()];
/// let facts = Facts { claim: Some(&agreed), ..Facts::of_a_customer(now) };
/// let mut rules = policy.rules().clone();
/// assert_eq!(decide(&rules, Some(&record), &facts).stage_name, "familiar");
///
/// // Every cap can only lower, and is named.
/// rules.minor = Some(MinorCap { under: 18, stage: Stage::LOWEST, unknown_is_minor: false });
/// let decision = decide(&rules, Some(&record), &Facts { age: Some(12), ..facts });
/// assert_eq!(decision.stage_name, "new");
/// assert!(decision.limits.has(Limit::Minor) && decision.earned > decision.stage);
///
/// // A token that proves nothing is a stranger's.
/// let decision = decide(&rules, Some(&record), &Facts { known: false, bad_token: true, ..facts });
/// assert_eq!((decision.stage, decision.limits.iter().next()), (Stage::LOWEST, Some(Limit::Token)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn decide(rules: &Rules, record: Option<&Record>, facts: &Facts<'_>) -> Decision {
    let mut decision = Decision::of_a_stranger(rules);
    if facts.bad_token {
        decision.limits.add(Limit::Token);
    }
    if !facts.known {
        return decision;
    }
    if facts.store_silent {
        decision.limits.add(Limit::Store);
        return decision;
    }
    let choices = record.map(|record| &record.choices);
    let Facts { claim, tcf, gpp, gpc, now, .. } = *facts;
    decision.consent = rules.purposes.merge(&Sources { claim, tcf, gpp, gpc, choices, now });
    decision.granted = decision.consent.granted;
    if !decision.granted.contains(rules.needed) {
        decision.limits.add(Limit::Consent);
    }
    let record_purpose = rules.purposes.record();
    let is_remembered = |granted: PurposeSet| !record_purpose.is_empty() && granted.contains(record_purpose);
    decision.may_record = is_remembered(decision.consent.granted_before);
    if is_remembered(decision.granted) {
        let standing = standing(rules, record, facts);
        decision.earned = standing.stage;
        decision.stage = standing.stage;
        for (holds, limit) in [
            (standing.paced, Limit::Pace),
            (standing.lost == Some(Why::Cooled), Limit::Cooled),
            (standing.lost == Some(Why::Taken), Limit::Taken),
        ] {
            if holds {
                decision.limits.add(limit);
            }
        }
    }
    decision.cap(facts, rules, record);
    decision.stage_name = rules.ladder.name(decision.stage).clone();
    decision
}

/// The earned stage. What a visit adds counts for its own decision; it is written when the answer is there.
fn standing(rules: &Rules, record: Option<&Record>, facts: &Facts<'_>) -> Standing {
    let (day, vouched) = (Day::of(facts.now), facts.known_since);
    let history = record.and_then(|record| record.history.as_ref());
    let with_visit = if facts.visit { rules.ladder.after_visit(history, day, vouched) } else { None };
    rules.ladder.standing(with_visit.as_ref().or(history), day, vouched)
}

impl Decision {
    /// The decision for somebody unknown.
    ///
    /// See the example of [`decide`].
    pub fn of_a_stranger(rules: &Rules) -> Self {
        Self {
            stage: Stage::LOWEST,
            stage_name: rules.ladder.name(Stage::LOWEST).clone(),
            earned: Stage::LOWEST,
            of: rules.ladder.len(),
            granted: PurposeSet::default(),
            consent: Consent::NONE,
            limits: Limits::default(),
            may_record: false,
        }
    }

    fn cap(&mut self, facts: &Facts<'_>, rules: &Rules, record: Option<&Record>) {
        let choices = record.map(|record| &record.choices);
        if let Some(limit) = choices.and_then(|choices| choices.limit.as_ref()) {
            // A limit that the ladder no longer has: in doubt, the lowest.
            self.lower_to(rules.ladder.stage(limit.as_str()).unwrap_or(Stage::LOWEST), Limit::Limit);
        }
        if let Some(minor) = &rules.minor
            && (facts.gpp.child || facts.age.map_or(minor.unknown_is_minor, |years| years < minor.under))
        {
            self.lower_to(minor.stage, Limit::Minor);
        }
        if let Some(stage) = facts.channel {
            self.lower_to(stage, Limit::Channel);
        }
        if let Some(stage) = facts.holdout {
            self.lower_to(stage, Limit::Holdout);
        }
        if choices.and_then(|choices| choices.paused_until).is_some_and(|until| facts.now < until) {
            self.close(Limit::Pause);
        }
        match facts.prefer {
            Some(Preference::None) => self.close(Limit::Prefer),
            Some(Preference::AtMost(stage)) => self.lower_to(stage, Limit::Prefer),
            None => {}
        }
    }

    fn lower_to(&mut self, cap: Stage, limit: Limit) {
        // Every cap below the earned stage is named, also where another one is lower still.
        if cap < self.earned {
            self.limits.add(limit);
        }
        self.stage = self.stage.min(cap);
    }

    /// The lowest stage and no purpose. What the customer agreed to have remembered stays remembered.
    fn close(&mut self, limit: Limit) {
        self.stage = Stage::LOWEST;
        self.granted = PurposeSet::default();
        self.limits.add(limit);
    }
}

impl Limit {
    /// Every limit, in the order in which they are named.
    pub const ALL: [Self; 12] = [
        Self::Consent,
        Self::Limit,
        Self::Pause,
        Self::Minor,
        Self::Channel,
        Self::Pace,
        Self::Cooled,
        Self::Taken,
        Self::Prefer,
        Self::Holdout,
        Self::Store,
        Self::Token,
    ];

    /// The word for it in headers and logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Consent => "consent",
            Self::Limit => "limit",
            Self::Pause => "pause",
            Self::Minor => "minor",
            Self::Channel => "channel",
            Self::Pace => "pace",
            Self::Cooled => "cooled",
            Self::Taken => "taken",
            Self::Prefer => "prefer",
            Self::Holdout => "holdout",
            Self::Store => "store",
            Self::Token => "token",
        }
    }
}

impl Limits {
    /// Adds one.
    pub fn add(&mut self, limit: Limit) {
        self.0 |= 1 << (limit as u16);
    }

    /// Whether one is among them.
    pub fn has(self, limit: Limit) -> bool {
        self.0 >> (limit as u16) & 1 == 1
    }

    /// All of them, in the order of [`Limit::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Limit> {
        Limit::ALL.into_iter().filter(move |limit| self.has(*limit))
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Limit::word)).finish()
    }
}

/// A preference as a client writes it, `none` or the name of a stage; any other word is no preference.
impl Preference {
    /// Reads the value of `personalization` in a `Prefer` header.
    ///
    /// See the example of [`Preference`].
    pub fn of(word: &str, ladder: &Ladder) -> Option<Self> {
        if word == "none" { Some(Self::None) } else { ladder.stage(word).map(Self::AtMost) }
    }
}

#[cfg(test)]
mod tests;
