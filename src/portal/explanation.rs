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
        (class, topic) => [texts.chosen.get(class.name()), Some(&texts.topic).filter(|_| topic != DataClass::None)],
    };
    let explanation = ItemExplanation {
        data: basis.classes().map(DataClass::name).collect(),
        because: because.into_iter().flatten().map(ToString::to_string).collect(),
    };
    serde_json::to_string(&explanation).unwrap_or_else(|_| "null".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    fn policy() -> Policy {
        let text = include_str!("../../config/minimal.toml");
        Policy::from_toml("rapport.toml", text, |name| Some(format!("{name}, of 32 bytes at the least"))).unwrap()
    }

    #[test]
    fn an_item_says_by_which_data_it_was_chosen_and_which_its_topic_needs() {
        let policy = policy();
        let languages = &policy.terms().languages;
        let (none, sensitive) = (DataClass::None, DataClass::SpecialCategory);
        for (class, topic, expected) in [
            (none, none, r#"{"data":[],"because":["Everybody sees this here."]}"#),
            (DataClass::Provided, none, r#"{"data":["provided"],"because":["Chosen from what you told us."]}"#),
            (
                DataClass::Inferred,
                none,
                r#"{"data":["inferred"],"because":["Chosen from what we concluded about you."]}"#,
            ),
            (
                DataClass::Observed,
                sensitive,
                r#"{"data":["observed","special_category"],"because":["Chosen from what you did here.","Items on this topic are chosen for you only with your consent."]}"#,
            ),
            (
                none,
                sensitive,
                r#"{"data":["special_category"],"because":["Items on this topic are chosen for you only with your consent."]}"#,
            ),
            (
                sensitive,
                sensitive,
                r#"{"data":["special_category"],"because":["Chosen from sensitive data.","Items on this topic are chosen for you only with your consent."]}"#,
            ),
        ] {
            assert_eq!(item_explanation(Basis { class, topic }, languages.at(0)), expected);
        }
    }

    #[test]
    fn every_class_has_its_words_in_every_language() {
        let policy = policy();
        let languages = &policy.terms().languages;
        for place in 0..2 {
            for class in DataClass::ALL {
                let said = item_explanation(Basis { class, topic: DataClass::None }, languages.at(place));
                assert_eq!(
                    serde_json::from_str::<serde_json::Value>(&said).unwrap()["because"].as_array().unwrap().len(),
                    1
                );
            }
        }
    }
}
