//! One line of the decision log, and the decision made again from it.

use std::{collections::BTreeMap, error::Error, fmt};

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

use crate::{
    consent::{GppSays, TcfSays},
    decision::{Decision, Facts, Limit, Preference, Rules, decide},
    identity::Pseudonym,
    name::Name,
    relationship::{Day, Record},
};

/// One decision, and all that it was made of but the policy, which it names. No id of anybody is in it, and nothing that the
/// service said.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    at: Timestamp,
    /// The pseudonym, where somebody is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    endpoint: String,
    /// The policy's fingerprint.
    policy: String,
    #[serde(flatten)]
    made: Made,
    asked: Given,
    /// What was known, but for the marks of events, which decide nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<Record>,
    /// Whether it had no effect: the answer left as it came, and what follows is what would have become of it.
    #[serde(default, skip_serializing_if = "is_false")]
    observed: bool,
    /// How many values met which treatment, in an answer that was shaped to its end.
    #[serde(default)]
    pub(super) treated: BTreeMap<String, u64>,
    /// How many items were not shown, by the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) withheld: BTreeMap<String, u64>,
}

/// A decision in the policy's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Made {
    stage: Name,
    earned: Name,
    limited_by: Vec<Limit>,
    purposes: Vec<Name>,
}

/// What a request said of its customer.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Given {
    known: bool,
    #[serde(skip_serializing_if = "is_false")]
    bad_token: bool,
    #[serde(skip_serializing_if = "is_false")]
    store_silent: bool,
    visit: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    known_since: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<u32>,
    /// Of what a claim grants, that which the policy has a purpose for.
    #[serde(skip_serializing_if = "Option::is_none")]
    claim: Option<Vec<String>>,
    #[serde(skip_serializing_if = "is_default")]
    tcf: TcfSays,
    #[serde(skip_serializing_if = "is_default")]
    gpp: GppSays,
    #[serde(skip_serializing_if = "is_false")]
    gpc: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    channel: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holdout: Option<Name>,
    /// `none`, or the name of a stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    prefer: Option<String>,
}

impl Line {
    pub(crate) fn of(
        rules: &Rules,
        policy: &str,
        endpoint: &str,
        customer: Option<Pseudonym>,
        facts: &Facts<'_>,
        record: Option<&Record>,
        decision: &Decision,
    ) -> Self {
        let without_marks = |record: &Record| {
            let history =
                record.history.clone().map(|history| crate::relationship::History { marks: Vec::new(), ..history });
            Record { history, visitors: Vec::new(), ..record.clone() }
        };
        Self {
            at: facts.now,
            customer: customer.map(|customer| customer.to_string()),
            endpoint: endpoint.to_owned(),
            policy: policy.to_owned(),
            made: Made::of(rules, decision),
            asked: Given::of(rules, facts),
            record: record.map(without_marks),
            observed: false,
            treated: BTreeMap::new(),
            withheld: BTreeMap::new(),
        }
    }

    /// The same of a decision without effect, if it is `observed`.
    pub(crate) fn observed(self, observed: bool) -> Self {
        Self { observed, ..self }
    }
}

impl Made {
    fn of(rules: &Rules, decision: &Decision) -> Self {
        Self {
            stage: decision.stage_name.clone(),
            earned: rules.ladder.name(decision.earned).clone(),
            limited_by: decision.limits.iter().collect(),
            purposes: rules.purposes.names(decision.granted).cloned().collect(),
        }
    }
}

impl Given {
    fn of(rules: &Rules, facts: &Facts<'_>) -> Self {
        let has_purpose = |name: &&String| !rules.purposes.set_of(name.as_str()).is_empty();
        Self {
            known: facts.known,
            bad_token: facts.bad_token,
            store_silent: facts.store_silent,
            visit: facts.visit,
            known_since: facts.known_since.map(Day::date),
            age: facts.age,
            claim: facts.claim.map(|claim| claim.iter().filter(has_purpose).cloned().collect()),
            tcf: facts.tcf,
            gpp: facts.gpp,
            gpc: facts.gpc,
            channel: facts.channel.map(|stage| rules.ladder.name(stage).clone()),
            holdout: facts.holdout.map(|stage| rules.ladder.name(stage).clone()),
            prefer: facts.prefer.map(|prefer| match prefer {
                Preference::None => "none".to_owned(),
                Preference::AtMost(stage) => rules.ladder.name(stage).to_string(),
            }),
        }
    }

    fn facts(&self, rules: &Rules, now: Timestamp) -> Facts<'_> {
        Facts {
            now,
            known: self.known,
            bad_token: self.bad_token,
            store_silent: self.store_silent,
            visit: self.visit,
            known_since: self.known_since.map(Day::from_date),
            age: self.age,
            claim: self.claim.as_deref(),
            tcf: self.tcf,
            gpp: self.gpp,
            gpc: self.gpc,
            channel: self.channel.as_ref().and_then(|name| rules.ladder.stage(name.as_str())),
            holdout: self.holdout.as_ref().and_then(|name| rules.ladder.stage(name.as_str())),
            prefer: self.prefer.as_ref().and_then(|word| Preference::of(word, &rules.ladder)),
        }
    }
}

/// What a line of the decision log says, and what the policy says to it now. See
/// [`Policy::replay`](crate::policy::Policy::replay).
///
/// ```
/// use tower_rapport::{policy::Policy, report::ReplayError};
///
/// /// Whether every decision of a log comes out the same today.
/// fn holds(policy: &Policy, log: &str) -> Result<bool, ReplayError> {
///     log.lines().try_fold(true, |all, line| Ok(all && policy.replay(line)?.is_equal()))
/// }
/// # let toml = include_str!("../../../config/minimal.toml");
/// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// assert_eq!(holds(&policy, ""), Ok(true));
/// assert!(matches!(holds(&policy, "{}"), Err(ReplayError::Line(_))));
/// # Ok::<(), tower_rapport::policy::Diagnostics>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replay {
    /// The decision in the line, in words.
    pub logged: String,
    /// The decision made again.
    pub made: String,
}

impl Replay {
    /// Whether both are the same.
    pub fn is_equal(&self) -> bool {
        self.logged == self.made
    }
}

/// Makes the decision of a line again.
pub(crate) fn replay(rules: &Rules, policy: &str, line: &str) -> Result<Replay, ReplayError> {
    let line: Line = serde_json::from_str(line).map_err(|error| ReplayError::Line(error.to_string()))?;
    if line.policy != policy {
        return Err(ReplayError::Policy { line: line.policy, given: policy.to_owned() });
    }
    let decision = decide(rules, line.record.as_ref(), &line.asked.facts(rules, line.at));
    Ok(Replay { logged: line.made.to_string(), made: Made::of(rules, &decision).to_string() })
}

impl fmt::Display for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.limited_by.iter().map(|limit| limit.word()).collect();
        let purposes: Vec<_> = self.purposes.iter().map(Name::as_str).collect();
        write!(
            f,
            "stage={}, earned={}, limited-by=({}), purposes=({})",
            self.stage,
            self.earned,
            words.join(" "),
            purposes.join(" ")
        )
    }
}

/// Why a decision cannot be made again.
///
/// Of a line that was decided under another policy, load the file as it was then: the error has its fingerprint. See the
/// example of [`Replay`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReplayError {
    /// It is no line of a decision log; why.
    Line(String),
    /// It was made under another policy.
    Policy {
        /// The fingerprint in the line.
        line: String,
        /// That of the policy given.
        given: String,
    },
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(why) => write!(f, "this is no line of a decision log: {why}"),
            Self::Policy { line, given } => write!(
                f,
                "it was decided under the policy `{line}`, and this is `{given}`; name the file as it was then"
            ),
        }
    }
}

impl Error for ReplayError {}

fn is_false(value: &bool) -> bool {
    !value
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
