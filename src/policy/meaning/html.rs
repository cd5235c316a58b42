//! Rules for HTML: selectors instead of paths.

use serde_json::{Value, json};

use super::{
    data::class,
    fields::{check_steps, steps},
    names::{Names, all, required},
    treatments::In,
};
use crate::{
    policy::{diagnostics::Findings, keys::Key, written},
    relationship::Stage,
    shaping::{
        class::{Classes, DataClass},
        html::HtmlRules,
        treatment::Treatment,
    },
};

/// A rule, checked; its selector is still to be read.
enum Rule<'a> {
    Script(&'a Key<String>),
    Elements { select: &'a Key<String>, class: DataClass, steps: Vec<(Stage, Treatment)> },
}

/// The rules of an endpoint, and how they are spelled in full. There are none where HTML cannot be read.
pub(super) fn rules(
    endpoint: &written::Endpoint,
    stages: &Names,
    classes: Option<&Classes>,
    findings: &Findings<'_>,
) -> Option<(Option<HtmlRules>, Value)> {
    let key = &endpoint.html;
    let list = key.get().map_or(&[][..], Vec::as_slice);
    let read: Vec<_> = all(list.iter().map(|key| rule(key, stages, classes, findings)))?;
    let (rules, spelled): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    if key.is_unreadable() {
        return None;
    }
    let items = endpoint.items.get().filter(|items| items.select.is_written());
    let made = made(rules, items, classes, findings)?;
    Some((made.filter(|_| key.is_written() || items.is_some()), Value::Array(spelled)))
}

fn rule<'a>(
    key: &'a Key<written::Html>,
    stages: &Names,
    classes: Option<&Classes>,
    findings: &Findings<'_>,
) -> Option<(Rule<'a>, Value)> {
    let (html, place) = key.here()?;
    let steps = steps(&html.steps, In::Html, stages, findings);
    if html.select.is_written() == html.script.is_written() {
        let remedy = "write `select` for elements, `script` for JSON inside a script element";
        findings.error(&place, "not one of `select` and `script`", remedy);
        return None;
    }
    if let Some(script) = html.script.get() {
        if html.data.is_written() || html.steps.is_written() {
            let remedy = "leave `data` and `steps` out; the JSON inside is shaped by `fields`";
            findings.error(&place, "`script` with steps of its own", remedy);
        }
        return Some((Rule::Script(&html.script), json!({ "script": script })));
    }
    required(&html.data, &place, "data", findings);
    let class = class(&html.data, findings);
    let (select, class, (steps, spelled), classes) = (html.select.get()?, class?, steps?, classes?);
    check_steps(&steps, class, classes, &html.steps, stages, findings)?;
    let spelled = json!({ "select": select, "data": class.name(), "steps": spelled });
    Some((Rule::Elements { select: &html.select, class, steps }, spelled))
}

#[cfg(feature = "html")]
fn made(
    rules: Vec<Rule<'_>>,
    items: Option<&written::Items>,
    classes: Option<&Classes>,
    findings: &Findings<'_>,
) -> Option<Option<HtmlRules>> {
    use crate::shaping::{field::Steps, html::Place};
    let place = |key: &Key<String>| {
        let (selector, place) = key.here()?;
        Place::parse(selector).map_err(|error| findings.error(&place, format!("`{selector}`: {error}"), "")).ok()
    };
    let (mut made, mut complete) = (HtmlRules::new(), true);
    for rule in rules {
        made = match rule {
            Rule::Script(script) => match place(script) {
                Some(place) => made.with_script(place),
                None => return None,
            },
            Rule::Elements { select, class, steps } => {
                let steps = Steps::new(class, steps, classes?).ok();
                match (place(select), steps) {
                    (Some(place), Some(steps)) => made.with_elements(place, steps),
                    _ => {
                        complete = false;
                        made
                    }
                }
            }
        };
    }
    if let Some(items) = items {
        made = made.with_items(elements(items, findings)?);
    }
    complete.then_some(Some(made))
}

#[cfg(feature = "html")]
fn elements(items: &written::Items, findings: &Findings<'_>) -> Option<crate::shaping::html::HtmlItems> {
    use crate::shaping::html::{HtmlItems, Place, SelectorError, Sign};
    let note = |key: &Key<String>, text: &str, error: SelectorError| {
        findings.error(&key.place(), format!("`{text}`: {error}"), "");
    };
    let select = items.select.get()?;
    let select = Place::parse(select).map_err(|error| note(&items.select, select, error)).ok();
    let sign = |key: &Key<String>| match key.get() {
        Some(text) => Sign::parse(text).map(Some).map_err(|error| note(key, text, error)).ok(),
        None => (!key.is_unreadable()).then_some(None),
    };
    let (id, data, topic) = (sign(&items.id), sign(&items.data_at), sign(&items.topic));
    let mut made = HtmlItems::new(select?);
    if let Some(id) = id? {
        made = made.with_id(id);
    }
    if let Some(data) = data? {
        made = made.with_data(data);
    }
    if let Some(topic) = topic? {
        made = made.with_topic(topic);
    }
    Some(made)
}

#[cfg(not(feature = "html"))]
fn made(
    rules: Vec<Rule<'_>>,
    _: Option<&written::Items>,
    classes: Option<&Classes>,
    _: &Findings<'_>,
) -> Option<Option<HtmlRules>> {
    use crate::shaping::field::Steps;
    for rule in rules {
        // Checked as far as that goes without a reader.
        match rule {
            Rule::Script(script) => script.get()?,
            Rule::Elements { select, class, steps } => {
                Steps::new(class, steps, classes?).ok()?;
                select.get()?
            }
        };
    }
    Some(None)
}
