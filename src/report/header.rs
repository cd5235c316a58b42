//! The `Personalization` header: a decision as a dictionary of RFC 9651.

use std::fmt::Write;

use http::{HeaderName, HeaderValue};

use crate::decision::{Decision, Limit, Rules};

/// The name of the header that tells a decision, to the client and to the wrapped service.
pub const PERSONALIZATION: HeaderName = HeaderName::from_static("personalization");

/// A decision in one line:
/// `stage=acquainted;level=1;of=4, limited-by=(consent pace), purposes=(personalization), policy="3fa9c1d208b7e655"`.
///
/// `policy` is the fingerprint of the policy that the decision was made under.
pub fn decision_header(rules: &Rules, decision: &Decision, policy: &str) -> HeaderValue {
    let mut line = String::with_capacity(160);
    let stage = rules.ladder.name(decision.stage);
    // Writing to a String cannot fail, and every word is a token of RFC 9651.
    let _ = write!(line, "stage={stage};level={};of={}, limited-by=", decision.stage.level(), decision.of);
    inner_list(&mut line, decision.limits.iter().map(Limit::word));
    line.push_str(", purposes=");
    inner_list(&mut line, rules.purposes.names(decision.granted).map(|name| name.as_str()));
    let _ = write!(line, ", policy=\"{policy}\"");
    HeaderValue::from_maybe_shared(bytes::Bytes::from(line)).unwrap_or(HeaderValue::from_static(""))
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
