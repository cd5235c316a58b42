//! The presets on real answers of the services they are for: what leaves at each stage, and that nothing personal
//! leaves to a newcomer.
#![cfg(feature = "embedded")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{fmt::Write as _, fs, path::PathBuf, sync::Arc};

use http::Method;
use serde_json::Value;
use tower_rapport::{
    consent::PurposeSet,
    policy::Policy,
    relationship::Stage,
    shaping::{
        json::{JsonShaper, Limits},
        plan::Plan,
    },
};

const PRESETS: [(&str, &str); 7] = [
    ("recombee", "recombee"),
    ("aws_personalize", "aws_personalize"),
    ("algolia_recommend", "algolia_recommend"),
    ("google_retail", "google_retail_predict"),
    ("gorse", "gorse_recommend"),
    ("metarank", "metarank_rank_explain"),
    ("shopify", "shopify_recommendations"),
];

fn policy(preset: &str) -> Policy {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("config/{preset}.toml"));
    let text = fs::read_to_string(path).unwrap();
    Policy::from_toml("rapport.toml", &text, |_| Some("x".repeat(32))).unwrap()
}

fn payload(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/payloads/{name}.json"));
    fs::read_to_string(path).unwrap()
}

fn everything(policy: &Policy) -> PurposeSet {
    let purposes = &policy.rules().purposes;
    purposes.iter().fold(PurposeSet::default(), |set, purpose| set.with(purposes.set_of(purpose.name.as_str())))
}

/// What of an answer leaves at a stage, with purposes granted.
type Shaped = fn(&Policy, Stage, PurposeSet, &str) -> String;

/// By the field rules alone: all items stay, so that all that is in them is seen.
fn shaped(policy: &Policy, stage: Stage, granted: PurposeSet, answer: &str) -> String {
    write(JsonShaper::new(plan(policy, stage, granted).json().clone(), Limits::default()), answer)
}

/// With its items chosen, and none to take the place of those that are not shown.
fn chosen(policy: &Policy, stage: Stage, granted: PurposeSet, answer: &str) -> String {
    let plan = plan(policy, stage, granted);
    match plan.choice() {
        None => shaped(policy, stage, granted, answer),
        Some(choice) => {
            write(JsonShaper::choosing(plan.json().clone(), Limits::default(), choice.clone(), None), answer)
        }
    }
}

fn plan(policy: &Policy, stage: Stage, granted: PurposeSet) -> Arc<Plan> {
    policy.endpoint(&Method::GET, "/recommendations/home").unwrap().endpoint.plans.plan(stage, granted)
}

fn write(mut shaper: JsonShaper, answer: &str) -> String {
    let mut out = Vec::new();
    shaper.write(answer.as_bytes(), &mut out).unwrap();
    shaper.end(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// What leaves at each stage, with every purpose granted.
fn at_each_stage(preset: &str, answer: &str, shaped: Shaped) -> String {
    let policy = policy(preset);
    let mut shown = String::new();
    for (rung, level) in policy.rules().ladder.rungs().iter().zip(0..) {
        let body = shaped(&policy, Stage::at(level), everything(&policy), &payload(answer));
        write!(shown, "── {}\n{body}\n", rung.name).unwrap();
    }
    shown
}

#[test]
fn recombee() {
    insta::assert_snapshot!(at_each_stage("recombee", "recombee", shaped));
}

#[test]
fn aws_personalize() {
    insta::assert_snapshot!(at_each_stage("aws_personalize", "aws_personalize", shaped));
}

#[test]
fn algolia_recommend() {
    insta::assert_snapshot!(at_each_stage("algolia_recommend", "algolia_recommend", shaped));
}

#[test]
fn google_retail() {
    insta::assert_snapshot!(at_each_stage("google_retail", "google_retail_predict", shaped));
}

#[test]
fn gorse() {
    insta::assert_snapshot!(at_each_stage("gorse", "gorse_recommend", chosen));
}

#[test]
fn metarank() {
    insta::assert_snapshot!(at_each_stage("metarank", "metarank_rank_explain", shaped));
}

#[test]
fn shopify() {
    insta::assert_snapshot!(at_each_stage("shopify", "shopify_recommendations", shaped));
}

#[test]
fn nothing_personal_leaves_to_a_newcomer_or_without_consent() {
    let fields: Value = serde_json::from_str(&payload("FIELDS")).unwrap();
    for (preset, answer) in PRESETS {
        let (policy, answer_text) = (policy(preset), payload(answer));
        let highest = Stage::at(policy.rules().ladder.len() - 1);
        for (stage, granted) in [(Stage::LOWEST, everything(&policy)), (highest, PurposeSet::default())] {
            let body = chosen(&policy, stage, granted, &answer_text);
            assert!(serde_json::from_str::<Value>(&body).is_ok(), "{body}");
            let canaries: Vec<_> = fields[answer]["fields"].as_array().unwrap().iter().collect();
            for canary in canaries.iter().filter_map(|field| field["canary"].as_str()) {
                assert!(answer_text.contains(canary), "{preset}: {canary} is not in the answer");
                assert!(!body.contains(canary), "{preset}: {canary} leaves: {body}");
            }
        }
    }
}
