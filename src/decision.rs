//! The decision: how familiar one answer may be, and why not more. Pure: same inputs, same decision.
//!
//! The earned stage comes from the ladder. Everything else can only lower it: the effective stage is the minimum of the
//! earned stage and every cap. A purpose is granted by consent or it is not. Whatever held something back is named in
//! [`Decision::limits`].

mod facts;
mod limits;

use serde::Serialize;

pub use self::{
    facts::{Facts, Preference},
    limits::{Limit, Limits},
};
use crate::{
    consent::{Consent, PurposeSet, Purposes, Sources},
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

#[cfg(test)]
mod tests;
