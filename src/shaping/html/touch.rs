//! What a treatment does to an element, its attributes and its text.

use std::sync::Arc;

use lol_html::{html_content::ContentType, send::Element};
use serde_json::Value;

use super::reference;
use crate::shaping::{
    json::{JsonPlan, JsonShaper, Limits},
    path::Path,
    treatment::{Constant, Treatment},
};

/// Takes all that stands in an element out; of one that can hold nothing, the element itself.
pub(super) fn empty(element: &mut Element<'_, '_>) {
    fill(element, "");
}

/// Puts a text in the place of all that stands in an element.
pub(super) fn fill(element: &mut Element<'_, '_>, text: &str) {
    if element.can_have_content() {
        element.set_inner_content(text, ContentType::Text);
    } else {
        element.start_tag().remove();
    }
}

/// Takes an element out. Its end tag goes where it comes: it may be that of another element.
pub(super) fn remove(element: &mut Element<'_, '_>) {
    if element.can_have_content() {
        element.set_inner_content("", ContentType::Text);
    }
    element.start_tag().remove();
}

/// Treats attributes. The tag is written anew, whether it has them or not.
pub(super) fn treat_attributes(element: &mut Element<'_, '_>, treatments: &[(&str, &Treatment)]) {
    if treatments.iter().all(|(_, treatment)| **treatment == Treatment::Keep) {
        return;
    }
    let name = element.tag_name_preserve_case();
    element.start_tag().set_name(name);
    for (name, treatment) in treatments {
        let Some(written) = element.get_attribute(name) else { continue };
        if **treatment == Treatment::Keep {
            continue;
        }
        let treated = match treatment {
            Treatment::Null => Some(String::new()),
            Treatment::Replace(constant) => Some(text_of(constant)),
            Treatment::Remove => None,
            other => reference::decode(&written).and_then(|value| coarsened(other, &value)),
        };
        // All of that name: clients read the first one, and others leave, too.
        element.remove_attribute(name);
        if let Some(treated) = treated {
            // What is a name in the page is one here.
            let _named = element.set_attribute(name, &reference::encode(&treated));
        }
    }
}

/// A constant as a text: a string without its quotes, nothing for `null`.
pub(super) fn text_of(constant: &Constant) -> String {
    match serde_json::from_str(constant.as_json()) {
        Ok(Value::String(text)) => text,
        Ok(Value::Null) | Err(_) => String::new(),
        Ok(_) => constant.as_json().to_owned(),
    }
}

/// A text as a coarsening shows it, which treats it as it does in JSON: as a number where it is one. `None` where nothing
/// is shown.
pub(super) fn coarsened(treatment: &Treatment, text: &str) -> Option<String> {
    let is_of_numbers = matches!(treatment, Treatment::RoundTo(_) | Treatment::Buckets(_) | Treatment::GeoTo(_));
    let json = if is_of_numbers { text.trim().to_owned() } else { Value::from(text).to_string() };
    let plan = JsonPlan::new([(Path::parse("$").ok()?, treatment.clone())], None);
    let (mut shaper, mut out) = (JsonShaper::new(Arc::new(plan), Limits::default()), Vec::new());
    shaper.write(json.as_bytes(), &mut out).and_then(|()| shaper.end(&mut out)).ok()?;
    match serde_json::from_slice(&out).ok()? {
        Value::String(text) => Some(text),
        Value::Number(_) => String::from_utf8(out).ok(),
        _ => None,
    }
}
