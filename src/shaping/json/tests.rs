//! What rules do to JSON, and what JSON is doubt.

mod commas;
mod grammar;
mod learned;
mod limits;
mod memory;
mod met;
mod noted;
mod rules;
mod signs;
mod templates;
mod treatments;
mod tried;

use std::sync::Arc;

use super::*;
use crate::{
    consent::PurposeSet,
    relationship::Stage,
    shaping::{
        Doubt, DoubtKind,
        class::{Classes, DataClass, Opening},
        items::{Choice, Filling, ItemData, Items},
        path::Path,
        treatment::{Constant, DateTo, Decimal, GeoTo, RoundTo, Template, Treatment},
    },
};

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

fn plan<const N: usize>(rules: [(&str, Treatment); N]) -> Arc<JsonPlan> {
    Arc::new(JsonPlan::new(rules.map(|(text, treatment)| (path(text), treatment)), Some(&path("$.items[*]"))))
}

fn run(plan: &Arc<JsonPlan>, limits: Limits, body: &[u8]) -> (String, Result<(), Doubt>) {
    let mut shaper = JsonShaper::new(plan.clone(), limits);
    let mut out = Vec::new();
    let outcome = shaper.write(body, &mut out).and_then(|()| shaper.end(&mut out));
    (String::from_utf8_lossy(&out).into_owned(), outcome)
}

#[track_caller]
fn shaped(plan: &Arc<JsonPlan>, body: &str) -> String {
    let (out, outcome) = run(plan, Limits::default(), body.as_bytes());
    assert_eq!(outcome, Ok(()), "{body}");
    out
}

/// Items that all leave, unless an id comes twice.
fn anybodys_items(at: &str) -> Arc<Choice> {
    all_shown(Items::new(path(at), ItemData::All(DataClass::None), vec![1000]).with_id(path("$.id")))
}

/// All are anybody's, so that each keeps its place.
fn all_shown(items: Items) -> Arc<Choice> {
    let open = Opening { from: Stage::at(0), ..Opening::default() };
    Arc::new(Arc::new(items).choice(Stage::LOWEST, PurposeSet::default(), &Classes::new([open; 5])))
}

fn replace(json: &str) -> Treatment {
    Treatment::Replace(Constant::parse(json).unwrap())
}

fn text(template: &str) -> Treatment {
    Treatment::Text(Template::parse(template).unwrap())
}

fn round(step: f64) -> Treatment {
    Treatment::RoundTo(RoundTo::new(&Decimal::from_f64(step).unwrap()).unwrap())
}
