//! What is met in an answer, and is not what the policy takes it for.

use std::collections::BTreeSet;

use serde_json::Value;
use tower_rapport::{
    consent::PurposeSet,
    decision::Rules,
    policy::{At, ItemData, Items},
    relationship::Stage,
    shaping::{class::DataClass, field::Field, json::JsonRules, treatment::Treatment},
};

use super::{Failure, Look, Text, parse, tell_most};

impl Look<'_> {
    /// Treatments that leave nothing of any value there: somebody meant to show some of it.
    pub(super) fn tell_unfit(&self, rules: &Rules, text: &mut Text) -> Result<(), Failure> {
        let mut unfit = BTreeSet::new();
        for field in self.endpoint.plans.fields() {
            for treatment in coarsenings(field, rules) {
                if !self.fits(field, &treatment)? {
                    unfit.insert(format!("`{}` of `{}`", treatment.name(), field.path()));
                }
            }
        }
        if !unfit.is_empty() {
            text.section(&format!("Treatments that leave nothing of what stands in {}", self.file.display()));
            tell_most(&unfit, text);
            text.line(
                "They are for values of another kind, or none of these has a bucket or a word. Choose others; or \"remove\", if \
                 that is meant.",
            );
        }
        Ok(())
    }

    /// Whether a treatment leaves something of what its field meets, if that is anything but `null`.
    fn fits(&self, field: &Field, treatment: &Treatment) -> Result<bool, Failure> {
        let by = |treatment: &Treatment| self.shaped_by(vec![(field.path().clone(), treatment.clone())]);
        let (left, null, nothing) = (by(treatment)?, by(&Treatment::Null)?, by(&Treatment::Remove)?);
        Ok(left != nothing || null == nothing || null == by(&Treatment::Keep)?)
    }

    /// Labels of items that say no class of data.
    pub(super) fn tell_unfit_labels(&self, text: &mut Text) -> Result<(), Failure> {
        let Some(Items { at: At::Path(items), data, .. }) = &self.endpoint.items else { return Ok(()) };
        let ItemData::Labelled { at: At::Path(at), words, .. } = data else { return Ok(()) };
        let path = items.join(at);
        let left = |rules| {
            let only = Some(vec![path.clone()]);
            parse(self.file, &self.shaped_with(JsonRules { rules, only, ..JsonRules::default() })?)
        };
        let labels = labels(left(Vec::new())?, &left(vec![(path.clone(), Treatment::Null)])?);
        tell_no_words(&labels, text);
        let words_said =
            labels.into_iter().filter_map(|label| if let Label::Word(word) = label { Some(word) } else { None });
        let mut unknown: BTreeSet<_> = words_said.collect();
        unknown.retain(|label| !words.contains_key(label) && label.parse::<DataClass>().is_err());
        if let Some(label) = unknown.first() {
            text.section("Labels of items that are no class of data, so that nobody gets these items");
            tell_most(&unknown, text);
            text.line(&format!("Say in `items.data_as` what chose them, as in `{{ {label:?} = \"observed\" }}`."));
        }
        Ok(())
    }
}

/// What stands where an item says what chose it.
#[derive(PartialEq)]
enum Label {
    None,
    /// A text; a number, `true` and `false` as they are read.
    Word(String),
    Array,
    Object,
    /// Something in a document in a string, where items say nothing.
    InString,
}

/// Labels that are no words. What stands in them may be half the item, and is not shown.
fn tell_no_words(labels: &[Label], text: &mut Text) {
    for (label, what, remedy) in [
        (
            Label::Array,
            "Labels of items that are arrays, so that nobody gets these items",
            "Name with `items.data_at` one element, as in `$.basis[0]`.",
        ),
        (
            Label::Object,
            "Labels of items that are objects, so that nobody gets these items",
            "Name with `items.data_at` the member of it that says what chose the item.",
        ),
        (
            Label::InString,
            "Labels that stand in a document in a string, where an item's are not read, so that these items have none",
            "Name with `items.data_at` a place outside of it.",
        ),
    ] {
        if labels.contains(&label) {
            text.section(what);
            text.line(remedy);
        }
    }
}

/// What becomes of a field at some stage, where a part of it is shown. What a text is made of is for other rules.
fn coarsenings(field: &Field, rules: &Rules) -> Vec<Treatment> {
    let granted = rules.purposes.iter().map(|purpose| rules.purposes.set_of(purpose.name.as_str()));
    let granted = granted.fold(PurposeSet::EMPTY, PurposeSet::with);
    let mut treatments: Vec<_> =
        (0..rules.ladder.len()).map(|level| field.treatment(Stage::at(level), granted)).collect();
    treatments.dedup();
    treatments
        .retain(|treatment| !treatment.reveals_nothing() && !matches!(treatment, Treatment::Keep | Treatment::Text(_)));
    treatments
}

/// What stands in a document where another that is else the same has `null`.
fn labels(document: Value, nulled: &Value) -> Vec<Label> {
    match (document, nulled) {
        (label, Value::Null) => vec![match label {
            Value::Null => Label::None,
            Value::String(text) => Label::Word(text),
            Value::Bool(_) | Value::Number(_) => Label::Word(label.to_string()),
            Value::Array(_) => Label::Array,
            Value::Object(_) => Label::Object,
        }],
        (Value::Object(members), Value::Object(nulled)) => {
            let both = members.into_iter().filter_map(|(name, value)| Some((value, nulled.get(&name)?)));
            both.flat_map(|(value, nulled)| labels(value, nulled)).collect()
        }
        (Value::Array(elements), Value::Array(nulled)) => {
            elements.into_iter().zip(nulled).flat_map(|(value, nulled)| labels(value, nulled)).collect()
        }
        (Value::String(document), Value::String(nulled)) if document != *nulled => vec![Label::InString],
        _ => Vec::new(),
    }
}
