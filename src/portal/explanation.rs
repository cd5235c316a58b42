//! What an answer says of itself: how well the customer is known, why, and where to change it. Pure.

use serde::Serialize;

use super::{reasons, seen::Seen, words::Words};
use crate::{
    decision::Limit,
    name::Name,
    shaping::{class::DataClass, items::Basis},
};

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

/// Why one item is shown.
#[derive(Serialize)]
struct ItemExplanation {
    /// The classes of data on which that rests.
    data: Vec<&'static str>,
    because: Vec<String>,
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

/// The explanation of an item, as JSON.
pub(crate) fn item_explanation(basis: Basis, words: &Words) -> String {
    let texts = &words.texts.items;
    let because = match (basis.class, basis.topic) {
        (DataClass::None, DataClass::None) => [Some(&texts.anybodys), None],
        (class, DataClass::None) => [texts.chosen.get(class.name()), None],
        (class, _) => [texts.chosen.get(class.name()), Some(&texts.topic)],
    };
    let explanation = ItemExplanation {
        data: basis.classes().map(DataClass::name).collect(),
        because: because.into_iter().flatten().map(ToString::to_string).collect(),
    };
    serde_json::to_string(&explanation).unwrap_or_else(|_| "null".to_owned())
}
