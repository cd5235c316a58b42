//! Promise 2, non-interference, for what is chosen: two answers of the wrapped service that differ only in what the plan hides
//! (values, whole items in their places, where nothing may be personal also how many and in which order) give the same
//! bytes, the same headers, and the same calls to the service.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod house;

use std::collections::{BTreeMap, BTreeSet};

use house::*;
use http::{HeaderMap, HeaderName, HeaderValue, Response};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{TestCaseResult, TestRunner},
};
use serde_json::{Value, json};
use tower_rapport::store::Memory;

const ENDPOINT: &str = r#"
[[endpoints]]
name    = "recommendations"
path    = "/recommendations"
response = { hide = ["header:x-because"] }
fields  = [
    { path = "$.customer.first_name", data = "provided", steps = { new = "null", familiar = "keep" } },
    { path = "$.items[*].reason", data = "observed", steps = { acquainted = { replace = "You may like this" }, familiar = "keep" } },
]

[endpoints.items]
path      = "$.items[*]"
id        = "$.id"
data_at   = "$.basis"
data_as   = { cf = "observed" }
share     = { acquainted = 0.3, familiar = 0.7, trusted = 1.0 }
topic     = "$.topic"
per_topic = { acquainted = 2, familiar = 4, trusted = 100 }
quiet     = { topics = ["health"] }
"#;

const STAGES: [&str; 4] = ["new", "acquainted", "familiar", "trusted"];
const LABELS: [&str; 9] =
    ["none", "provided", "observed", "cf", "inferred", "third_party", "special_category", "weird", "health"];
const TOPICS: [&str; 4] = ["shoes", "lamps", "tents", "health"];
const PURPOSES: [&str; 4] = [
    "record",
    "record personalization",
    "record personalization cross_context",
    "record personalization cross_context special_category",
];

/// An item as the shop chooses it.
#[derive(Clone, Debug)]
struct Item {
    label: &'static str,
    topic: &'static str,
    size: usize,
}

/// What the shop says of the customer and to anybody, who asks, and what another answer says where nothing of it may show.
#[derive(Clone, Debug)]
struct Case {
    stage: usize,
    purposes: &'static str,
    method: &'static str,
    items: Vec<Item>,
    others: Vec<Item>,
    other_length: usize,
    cuts: [usize; 2],
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let item = (select(&LABELS), select(&TOPICS), 0_usize..60);
    vec(item.prop_map(|(label, topic, size)| Item { label, topic, size }), 0..16)
}

fn cases() -> impl Strategy<Value = Case> {
    let asks = (0_usize..4, select(&PURPOSES), select(&["GET", "POST"]));
    (asks, items(), vec(items(), 2..3), 0_usize..16, [1_usize..200, 1_usize..200]).prop_map(
        |((stage, purposes, method), items, others, other_length, cuts)| {
            let others = others.concat();
            Case { stage, purposes, method, items, others, other_length, cuts }
        },
    )
}

impl Case {
    /// Whether an item with this label and topic may be chosen personally.
    fn allows(&self, item: &Item) -> bool {
        let open = |class: &str| match class {
            "provided" => self.has("personalization"),
            "observed" | "cf" => self.has("personalization") && self.stage >= 1,
            "inferred" => self.has("personalization") && self.stage >= 2,
            "third_party" => self.has("cross_context") && self.stage >= 3,
            "special_category" => self.has("special_category") && self.stage >= 3,
            _ => false,
        };
        open(item.label) && (item.topic != "health" || open("special_category"))
    }

    fn has(&self, purpose: &str) -> bool {
        self.purposes.split(' ').any(|granted| granted == purpose)
    }

    /// Whether anything at all may be chosen personally.
    fn is_open(&self) -> bool {
        self.stage >= 1 && self.has("personalization")
    }

    /// Whether names and reasons are hidden.
    fn hides_words(&self) -> bool {
        self.stage < 2 || !self.has("personalization")
    }

    fn one(&self) -> Value {
        let items =
            self.items.iter().enumerate().map(|(place, item)| written(&format!("p{place}"), item, "you bought boots"));
        json!({"customer": {"first_name": "Anna"}, "items": items.collect::<Vec<_>>()})
    }

    /// An answer that differs from the first one in everything that is hidden, given the ids that were shown.
    fn other(&self, shown: &BTreeSet<String>) -> Value {
        let words =
            if self.hides_words() { ("Maximilian", "you looked at a cradle") } else { ("Anna", "you bought boots") };
        let hidden = |place: usize| {
            let mut others = self.others.iter().filter(|item| item.label != "none" && !self.allows(item));
            others.nth(place % 7).map(|item| written(&format!("q{place}"), item, "something else altogether"))
        };
        let of_place = |(place, item): (usize, &Item)| {
            let id = format!("p{place}");
            let kept = || written(&id, item, words.1);
            if shown.contains(&id) { kept() } else { hidden(place).unwrap_or_else(kept) }
        };
        let items: Vec<Value> = if self.is_open() {
            self.items.iter().enumerate().map(of_place).collect()
        } else {
            self.others.iter().cycle().take(self.other_length).enumerate().map(of_place).collect()
        };
        json!({"customer": {"first_name": words.0}, "items": items})
    }
}

fn written(id: &str, item: &Item, reason: &str) -> Value {
    let Item { label, topic, size } = item;
    json!({"id": id, "basis": label, "topic": topic, "reason": reason, "text": "x".repeat(*size)})
}

/// All that can be seen of an answer, from either side.
#[derive(Debug, PartialEq)]
struct Seen {
    body: String,
    headers: BTreeMap<String, String>,
    trailers: BTreeMap<String, String>,
    broke: Option<String>,
    calls: Vec<(String, BTreeMap<String, String>)>,
}

/// `number` keeps questions apart: nothing is shared from one to the next, so that each makes all its calls.
async fn ask(house: &House, case: &Case, theirs: &Value, cut: usize, number: u64) -> Seen {
    // A bestseller, and what the customer is shown anyway, is also among what anybody sees.
    let anybodys = json!({"items": (0..12).map(|place| {
        let id = if place % 4 == 3 { format!("p{place}") } else { format!("g{place}") };
        json!({"id": id, "basis": "none", "reason": "Bestseller"})
    }).collect::<Vec<_>>()});
    let (theirs, anybodys) = (theirs.to_string(), anybodys.to_string());
    house.answers(move |head| {
        let body = if is_known(head) { &theirs } else { &anybodys };
        // What the service says of the whole answer, before it and after it.
        let because = HeaderValue::from(body.bytes().map(u64::from).sum::<u64>());
        let after = [("x-because", because.clone()), ("etag", because.clone()), ("x-time", HeaderValue::from(7))];
        let after = after.map(|(name, value)| (HeaderName::from_static(name), value));
        let pieces = body.as_bytes().chunks(cut).map(|bytes| Piece::Data(bytes.to_vec().into()));
        let pieces = pieces.chain([Piece::Trailers(HeaderMap::from_iter(after))]);
        let answer = Response::builder().header("content-type", "application/json").header("x-because", because);
        answer.header("trailer", "x-because, etag, x-time").body(Pieces::streamed(pieces))
    });
    let token = token(STAGES[case.stage], case.purposes, Value::Null);
    let asks = with_token("/recommendations", &token).method(case.method).header(NUMBER, number);
    let answer = house.ask(asks).await;
    let lines = |headers: &HeaderMap| {
        let told = headers.iter().filter(|(name, _)| *name != NUMBER);
        told.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect()
    };
    let mut calls: Vec<_> =
        house.shop.seen().iter().map(|head| (format!("{} {}", head.method, head.uri), lines(&head.headers))).collect();
    calls.sort();
    house.shop.was_asked();
    let trailers = answer.trailers.as_ref().map(lines).unwrap_or_default();
    Seen { body: answer.body, headers: lines(&answer.headers), trailers, broke: answer.broke, calls }
}

const NUMBER: &str = "x-number";

async fn tells_nothing(house: &House, case: &Case, number: u64) -> TestCaseResult {
    let one = ask(house, case, &case.one(), case.cuts[0], number).await;
    prop_assert_eq!(&one.broke, &None);
    let body: Value = serde_json::from_str(&one.body).unwrap();
    let shown = body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    let other = ask(house, case, &case.other(&shown), case.cuts[1], number + 1).await;
    prop_assert_eq!(one, other);
    Ok(())
}

#[test]
fn answers_that_differ_in_what_is_hidden_cannot_be_told_apart() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let house = House::of(&format!("{BASE}{ENDPOINT}"), Memory::new());
    runtime.block_on(async {
        for stage in STAGES {
            house.know(stage, stage).await;
        }
    });
    let config = ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() };
    let number = std::cell::Cell::new(0);
    let run = TestRunner::new(config).run(&cases(), |case| {
        number.set(number.get() + 2);
        runtime.block_on(tells_nothing(&house, &case, number.get()))
    });
    assert!(run.is_ok(), "{}", run.unwrap_err());
}
