mod bounds;
mod counts;
mod explanations;
mod labels;
mod places;

use bytes::Bytes;

use super::*;
use crate::shaping::{
    Doubt,
    class::Opening,
    json::{JsonPlan, JsonShaper, Limits},
    treatment::{Constant, GeoTo, Template, Treatment},
};

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

/// Items of `$.items[*]` at the lowest of one stage, with this share; they say their class, id and topic.
fn items(share: u16) -> Items {
    let words = [("cf", DataClass::Observed), ("none", DataClass::Observed), ("1.0", DataClass::Provided)];
    let words = words.map(|(word, class)| (word.to_owned(), class)).into();
    let data = ItemData::Labelled { at: path("$.basis"), words, unlabelled: DataClass::Provided };
    Items::new(path("$.items[*]"), data, vec![share]).with_id(path("$.id")).with_topic(path("$.topic"))
}

fn with_data(items: Items, data: ItemData) -> Items {
    Items { labels: labels(&data), data, ..items }
}

fn all(share: u16) -> Items {
    Items::new(path("$.items[*]"), ItemData::All(DataClass::Observed), vec![share]).with_id(path("$.id"))
}

/// What holds where `provided` and `observed` are allowed, and nothing else.
fn choice(items: Items) -> Choice {
    let [open, closed] = [0, 1].map(|stage| Opening { from: Stage::at(stage), ..Opening::default() });
    Arc::new(items).choice(Stage::LOWEST, PurposeSet::default(), &Classes::new([open, open, closed, closed, closed]))
}

fn run(items: Items, rules: &[(&str, Treatment)], limits: Limits, body: &str, generic: &str) -> String {
    let choice = Arc::new(choice(items));
    let rules = rules.iter().map(|(at, treatment)| (path(at), treatment.clone()));
    let plan = Arc::new(JsonPlan::new(rules, Some(choice.items.path())));
    let filling = Filling::read(&choice, limits, &Bytes::from(generic.to_owned())).unwrap();
    let mut shaper = JsonShaper::choosing(plan, limits, choice, Some(Arc::new(filling)));
    let mut out = Vec::new();
    shaper.write(body.as_bytes(), &mut out).unwrap();
    shaper.end(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What becomes of a list, without field rules.
fn chosen(items: Items, list: &str, generic: &str) -> String {
    let body = |list: &str| format!(r#"{{"items":{list}}}"#);
    let out = run(items, &[], Limits::default(), &body(list), &body(generic));
    out.strip_prefix(r#"{"items":"#).unwrap().strip_suffix('}').unwrap().to_owned()
}
