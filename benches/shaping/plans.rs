//! Other jobs than the one of the contenders: each a plan, beside the same done to a tree.

use std::sync::Arc;

use serde_json::{Map, Value};
use tower_rapport::shaping::{
    json::{JsonPlan, JsonRules, JsonShaper, Limits},
    path::Path,
    treatment::{Template, Treatment},
};

/// A plan, and the documents on which it is measured.
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) documents: &'static [&'static str],
    json: Arc<JsonPlan>,
    change: fn(&mut Value),
}

/// All of them.
pub(crate) fn all() -> Vec<Plan> {
    let remove = || Treatment::Remove;
    let because = |path: &str| Treatment::Text(Template::parse(&format!("Because of {{{path}}}")).unwrap());
    let plan = |name, documents, rules: &[(&str, Treatment)], change| Plan {
        name,
        documents,
        json: Arc::new(JsonPlan::of(by(rules))),
        change,
    };
    let only = JsonRules { only: Some(vec![path("$.items[*]['id','price']")]), ..by(&[]) };
    vec![
        plan("text", &["dense_200KiB", "rich_200KiB"], &[("$.items[*].reason", because("$.basis"))], |answer| {
            items(answer).for_each(|item| fill(item, |item| item.get("basis").cloned()));
        }),
        plan("text over an array", &["dense_200KiB"], &[("$.items[*].reason", because("$.tags[0]"))], |answer| {
            items(answer).for_each(|item| fill(item, |item| item.get("tags")?.get(0).cloned()));
        }),
        plan(
            "text, and inside",
            &["rich_200KiB"],
            &[("$.items[*].reason", because("$.basis")), ("$.items[*].attributes.colour", remove())],
            |answer| {
                items(answer).for_each(|item| {
                    fill(item, |item| item.get("basis").cloned());
                    inside(item, "attributes").for_each(|inner| drop(inner.remove("colour")));
                });
            },
        ),
        plan("inside", &["rich_200KiB"], &[("$.items[*].attributes.colour", remove())], |answer| {
            items(answer).flat_map(|item| inside(item, "attributes")).for_each(|inner| drop(inner.remove("colour")));
        }),
        plan("elements", &["dense_200KiB"], &[("$.items[*].tags[*]", remove())], |answer| {
            let tags = items(answer).filter_map(|item| item.get_mut("tags")?.as_array_mut());
            tags.for_each(Vec::clear);
        }),
        plan("anywhere", &["dense_200KiB", "rich_200KiB", "vectors", "nested"], &[("$..reason", remove())], |answer| {
            remove_anywhere(answer, "reason");
        }),
        Plan {
            name: "listed",
            documents: &["dense_200KiB", "rich_200KiB"],
            json: Arc::new(JsonPlan::of(only)),
            change: |answer| {
                items(answer).for_each(|item| item.retain(|name, _| matches!(&**name, "id" | "price")));
                answer.as_object_mut().unwrap().retain(|name, _| name == "items");
            },
        },
    ]
}

impl Plan {
    pub(crate) fn shape(&self, body: &[u8]) -> Vec<u8> {
        let mut shaper = JsonShaper::new(Arc::clone(&self.json), Limits::default());
        let mut out = Vec::new();
        shaper.write(body, &mut out).unwrap();
        shaper.end(&mut out).unwrap();
        out
    }

    pub(crate) fn change(&self, body: &[u8]) -> Vec<u8> {
        let mut answer = serde_json::from_slice(body).unwrap();
        (self.change)(&mut answer);
        serde_json::to_vec(&answer).unwrap()
    }
}

fn by(rules: &[(&str, Treatment)]) -> JsonRules {
    let rules = rules.iter().map(|(at, treatment)| (path(at), treatment.clone())).collect();
    JsonRules { rules, item: Some(path("$.items[*]")), ..JsonRules::default() }
}

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

fn items(answer: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    answer["items"].as_array_mut().unwrap().iter_mut().filter_map(Value::as_object_mut)
}

fn inside<'a>(item: &'a mut Map<String, Value>, name: &str) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    item.get_mut(name).and_then(Value::as_object_mut).into_iter()
}

/// Fills in the reason by a text, or removes it if that is not there.
fn fill(item: &mut Map<String, Value>, of: impl FnOnce(&Map<String, Value>) -> Option<Value>) {
    if !item.get("reason").is_some_and(Value::is_string) {
        return;
    }
    let text = of(item).and_then(|value| match value {
        Value::String(text) => Some(text),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    });
    match text {
        Some(text) => drop(item.insert("reason".into(), format!("Because of {text}").into())),
        None => drop(item.remove("reason")),
    }
}

fn remove_anywhere(value: &mut Value, name: &str) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(|element| remove_anywhere(element, name)),
        Value::Object(members) => {
            members.remove(name);
            members.values_mut().for_each(|member| remove_anywhere(member, name));
        }
        _ => {}
    }
}
