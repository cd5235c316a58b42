//! The `Personalization` header: a decision as a dictionary of RFC 9651.

use http::{HeaderName, HeaderValue};
use quick_cache::sync::Cache;

use crate::{
    consent::PurposeSet,
    decision::{Decision, Limit, Limits, Rules},
    relationship::Stage,
};

/// The name of the header that tells a decision, to the client and to the wrapped service.
///
/// See the example of [`decision_header`].
pub const PERSONALIZATION: HeaderName = HeaderName::from_static("personalization");

/// A decision in one line:
/// `stage=acquainted;level=1;of=4, limited-by=(consent pace), purposes=(personalization), policy="3fa9c1d208b7e655"`.
///
/// `policy` is the fingerprint of the policy that the decision was made under.
///
/// ```
/// use tower_rapport::{decision::Decision, policy::Policy, report::{PERSONALIZATION, decision_header}};
/// # let toml = include_str!("../../config/minimal.toml");
/// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let rules = policy.rules();
/// let line = decision_header(rules, &Decision::of_a_stranger(rules), policy.fingerprint());
/// let policy = policy.fingerprint();
/// assert_eq!(line, format!("stage=new;level=0;of=4, limited-by=(), purposes=(), policy=\"{policy}\""));
/// assert_eq!(PERSONALIZATION, "personalization");
/// # Ok::<(), tower_rapport::policy::Diagnostics>(())
/// ```
pub fn decision_header(rules: &Rules, decision: &Decision, policy: &str) -> HeaderValue {
    let mut line = String::with_capacity(160);
    // Every word is a token of RFC 9651.
    line.push_str("stage=");
    line.push_str(rules.ladder.name(decision.stage).as_str());
    line.push_str(";level=");
    number(&mut line, decision.stage.level());
    line.push_str(";of=");
    number(&mut line, decision.of);
    line.push_str(", limited-by=");
    inner_list(&mut line, decision.limits.iter().map(Limit::word));
    line.push_str(", purposes=");
    inner_list(&mut line, rules.purposes.names(decision.granted).map(|name| name.as_str()));
    line.push_str(", policy=\"");
    line.push_str(policy);
    line.push('"');
    HeaderValue::from_maybe_shared(bytes::Bytes::from(line)).unwrap_or(HeaderValue::from_static(""))
}

/// The headers of the decisions of one policy. There are few kinds of decisions, so each is mostly written already.
pub(crate) struct DecisionHeaders(Cache<(Stage, Limits, PurposeSet), HeaderValue>);

impl Default for DecisionHeaders {
    fn default() -> Self {
        Self(Cache::new(MOST))
    }
}

impl DecisionHeaders {
    /// That of a decision under the policy.
    pub(crate) fn of(&self, rules: &Rules, decision: &Decision, policy: &str) -> HeaderValue {
        let key = (decision.stage, decision.limits, decision.granted);
        self.0.get(&key).unwrap_or_else(|| {
            let header = decision_header(rules, decision, policy);
            self.0.insert(key, header.clone());
            header
        })
    }
}

/// How many headers are kept; of those that are used there are some dozens.
const MOST: usize = 1_024;

/// By hand: the formatting of the standard library costs more than all the rest of the line.
fn number(line: &mut String, number: u8) {
    let digits = [number / 100, number / 10 % 10, number % 10];
    let leading = digits.iter().take(2).take_while(|digit| **digit == 0).count();
    line.extend(digits.iter().skip(leading).map(|digit| char::from(b'0' + digit)));
}

fn inner_list<'a>(line: &mut String, words: impl Iterator<Item = &'a str>) {
    line.push('(');
    for (place, word) in words.enumerate() {
        if place > 0 {
            line.push(' ');
        }
        line.push_str(word);
    }
    line.push(')');
}
