//! What an answer says of itself: how well the customer is known, why, and where to change it. Pure.

use serde::Serialize;

use super::{reasons, seen::Seen, words::Words};
use crate::{decision::Limit, name::Name};

/// A small object for an answer.
#[derive(Serialize)]
struct Explanation<'a> {
    stage: &'a Name,
    level: u8,
    of: u8,
    /// Why it is this stage and no other, in words.
    because: Vec<String>,
    limited_by: Vec<&'static str>,
    /// Where the customer sees and changes it.
    portal: String,
}

/// The explanation of an answer, as JSON.
pub(crate) fn explanation(seen: &Seen<'_>, words: &Words) -> String {
    let decision = seen.decision;
    let mut because = reasons::because(seen, words);
    because.extend(reasons::limits(seen, words));
    let explanation = Explanation {
        stage: &decision.stage_name,
        level: decision.stage.level(),
        of: decision.of,
        because,
        limited_by: decision.limits.iter().map(Limit::word).collect(),
        portal: format!("{}/me", seen.terms.path),
    };
    serde_json::to_string(&explanation).unwrap_or_else(|_| "null".to_owned())
}
