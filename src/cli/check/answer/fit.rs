//! What is met in an answer, and is not what the policy takes it for.

use std::collections::BTreeSet;

use serde_json::Value;
use tower_rapport::{
    consent::PurposeSet,
    decision::Rules,
    policy::{At, ItemData, Items},
    relationship::Stage,
    shaping::{class::DataClass, field::Field, json::JsonRules, path::Path, treatment::Treatment},
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
        tell_no_words(&labels, at, text);
        let mut unknown: BTreeSet<_> = labels.iter().filter_map(word).collect();
        unknown.retain(|label| !words.contains_key(label) && label.parse::<DataClass>().is_err());
        if let Some(label) = unknown.first() {
            text.section("Labels of items that are no class of data, so that nobody gets these items");
            tell_most(&unknown, text);
            text.line(&format!("Say in `items.data_as` what chose them, as in `{{ {label:?} = \"observed\" }}`."));
        }
        Ok(())
    }
}

/// Labels that are arrays or objects. What stands in them may be half the item, and is not shown.
fn tell_no_words(labels: &[Value], at: &Path, text: &mut Text) {
    let kinds = [("an array", labels.iter().any(Value::is_array)), ("an object", labels.iter().any(Value::is_object))];
    if kinds.iter().any(|(_, is_there)| *is_there) {
        text.section("Labels of items that are no single word, so that nobody gets these items");
        kinds.iter().filter(|(_, is_there)| *is_there).for_each(|(kind, _)| text.line(kind));
        text.line(&format!("Name with `items.data_at` the word itself, as in `{at}[0]` or `{at}.name`."));
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
fn labels(document: Value, nulled: &Value) -> Vec<Value> {
    match (document, nulled) {
        (label, Value::Null) => vec![label],
        (Value::Object(members), Value::Object(nulled)) => {
            let both = members.into_iter().filter_map(|(name, value)| Some((value, nulled.get(&name)?)));
            both.flat_map(|(value, nulled)| labels(value, nulled)).collect()
        }
        (Value::Array(elements), Value::Array(nulled)) => {
            elements.into_iter().zip(nulled).flat_map(|(value, nulled)| labels(value, nulled)).collect()
        }
        _ => Vec::new(),
    }
}

/// A label that can be read: a text; a number, `true` and `false` as they are read.
fn word(label: &Value) -> Option<String> {
    match label {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(label.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
