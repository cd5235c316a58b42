//! The same job, done in the ways there are: two members of each item removed, a number rounded, items dropped by their
//! label, one member nulled.

use std::sync::Arc;

use serde_json::Value;
use simd_json::prelude::*;
use sonic_rs::{JsonValueTrait, LazyValue};
use tower_rapport::{
    consent::PurposeSet,
    relationship::Stage,
    shaping::{
        class::{Classes, DataClass, Opening},
        items::{Choice, ItemData, Items},
        json::{JsonPlan, JsonShaper, Limits},
        path::Path,
        treatment::{Decimal, RoundTo, Treatment},
    },
};

/// The plan of the job, as a policy makes it.
pub(crate) struct Job {
    plan: Arc<JsonPlan>,
    choice: Arc<Choice>,
}

impl Job {
    pub(crate) fn new() -> Self {
        let path = |text: &str| Path::parse(text).unwrap();
        let halves = RoundTo::new(&Decimal::parse("0.5").unwrap()).unwrap();
        let rules = [
            (path("$.customer.first_name"), Treatment::Null),
            (path("$.items[*].reason"), Treatment::Remove),
            (path("$.items[*].tracking"), Treatment::Remove),
            (path("$.items[*].score"), Treatment::RoundTo(halves)),
        ];
        let words = [("popular".to_owned(), DataClass::None)].into();
        let data = ItemData::Labelled { at: path("$.basis"), words, unlabelled: DataClass::Inferred };
        let items = Items::new(path("$.items[*]"), data, vec![1000]).with_id(path("$.id")).shortened();
        let [open, closed] = [0, 1].map(|stage| Opening { from: Stage::at(stage), ..Opening::default() });
        let classes = Classes::new([open, open, closed, closed, closed]);
        let plan = JsonPlan::new(rules, Some(items.path()));
        let choice = Arc::new(items).choice(Stage::LOWEST, PurposeSet::default(), &classes);
        Self { plan: Arc::new(plan), choice: Arc::new(choice) }
    }

    /// The whole body at once.
    pub(crate) fn whole(&self, body: &[u8]) -> Vec<u8> {
        let mut shaper = self.shaper();
        let mut out = Vec::new();
        shaper.write(body, &mut out).unwrap();
        shaper.end(&mut out).unwrap();
        out
    }

    /// The body in pieces of 16 KiB; `sink` takes frames of 64 KiB, which have room for a piece more, so that none is moved
    /// while it grows.
    pub(crate) fn pieces(&self, body: &[u8], mut sink: impl FnMut(Vec<u8>)) {
        const PIECE: usize = 16 * 1024;
        const FRAME: usize = 4 * PIECE;
        let frame = || Vec::with_capacity(body.len().min(FRAME + PIECE));
        let mut shaper = self.shaper();
        let mut out = frame();
        for piece in body.chunks(PIECE) {
            shaper.write(piece, &mut out).unwrap();
            if out.len() >= FRAME {
                sink(std::mem::replace(&mut out, frame()));
            }
        }
        shaper.end(&mut out).unwrap();
        sink(out);
    }

    fn shaper(&self) -> JsonShaper {
        JsonShaper::choosing(self.plan.clone(), Limits::default(), self.choice.clone(), None)
    }
}

/// A tree of what is in the standard tool.
pub(crate) fn serde_json(body: &[u8]) -> Vec<u8> {
    let mut answer: Value = serde_json::from_slice(body).unwrap();
    answer["customer"]["first_name"] = Value::Null;
    let items = answer["items"].as_array_mut().unwrap();
    items.retain(|item| item["basis"] != DROPPED);
    for item in items {
        let item = item.as_object_mut().unwrap();
        item.remove("reason");
        item.remove("tracking");
        if let Some(score) = item.get_mut("score") {
            *score = halved(score.as_f64().unwrap()).into();
        }
    }
    serde_json::to_vec(&answer).unwrap()
}

/// A tree that borrows from a copy of the body, which the parser needs for itself.
pub(crate) fn simd_json(body: &[u8]) -> Vec<u8> {
    let mut copy = body.to_vec();
    let mut answer = simd_json::to_borrowed_value(&mut copy).unwrap();
    answer["customer"].insert("first_name", simd_json::StaticNode::Null).unwrap();
    let items = answer["items"].as_array_mut().unwrap();
    items.retain(|item| item.get_str("basis") != Some(DROPPED));
    for item in items {
        item.remove("reason").unwrap();
        item.remove("tracking").unwrap();
        if let Some(score) = item.get("score").and_then(|score| score.cast_f64()) {
            item.insert("score", halved(score)).unwrap();
        }
    }
    let mut out = Vec::with_capacity(body.len());
    answer.write(&mut out).unwrap();
    out
}

/// Members walked through one by one and copied as they are, each of them checked.
pub(crate) fn sonic(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    out.push(b'{');
    for (at, member) in sonic_rs::to_object_iter(body).enumerate() {
        let (key, value) = member.unwrap();
        sonic_key(at == 0, &key, &mut out);
        match &*key {
            "customer" => {
                out.push(b'{');
                for (at, member) in value.into_object_iter().unwrap().enumerate() {
                    let (key, value) = member.unwrap();
                    sonic_key(at == 0, &key, &mut out);
                    let shown = if key == "first_name" { "null" } else { value.as_raw_str() };
                    out.extend_from_slice(shown.as_bytes());
                }
                out.push(b'}');
            }
            "items" => {
                out.push(b'[');
                let mut is_first = true;
                for item in value.into_array_iter().unwrap() {
                    let start = out.len();
                    if !is_first {
                        out.push(b',');
                    }
                    if sonic_item(item.unwrap(), &mut out) {
                        is_first = false;
                    } else {
                        out.truncate(start);
                    }
                }
                out.push(b']');
            }
            _ => out.extend_from_slice(value.as_raw_str().as_bytes()),
        }
    }
    out.push(b'}');
    out
}

fn sonic_item(item: LazyValue<'_>, out: &mut Vec<u8>) -> bool {
    out.push(b'{');
    let mut is_first = true;
    for member in item.into_object_iter().unwrap() {
        let (key, value) = member.unwrap();
        match &*key {
            "reason" | "tracking" => continue,
            "basis" if value.as_str() == Some(DROPPED) => return false,
            "score" => {
                sonic_key(is_first, &key, out);
                out.extend_from_slice(halved(value.as_f64().unwrap()).to_string().as_bytes());
            }
            _ => {
                sonic_key(is_first, &key, out);
                out.extend_from_slice(value.as_raw_str().as_bytes());
            }
        }
        is_first = false;
    }
    out.push(b'}');
    true
}

/// Keys come decoded; those of the benches need no escapes.
fn sonic_key(is_first: bool, key: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(if is_first { b"\"" } else { b",\"" });
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}

fn halved(score: f64) -> f64 {
    (score * 2.0).round() / 2.0
}

/// The label of the items that are dropped.
const DROPPED: &str = "inferred";
