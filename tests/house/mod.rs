//! A small house: a shop's recommendations behind the layer, its customers, its calendar, and what can go wrong there.

#![allow(dead_code, unused_imports, reason = "each test takes what it needs")]
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod answer;
mod body;
mod operator;
mod shop;
#[path = "../signing/mod.rs"]
mod signing;
mod strings;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{Request, Response, header, request};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt};
use tower_rapport::{
    Rapport, RapportLayer,
    clock::Clock,
    identity::{CustomerId, Pseudonym, PseudonymKey},
    policy::Policy,
    relationship::{Change, Day, History, Record, Why},
    store::{Faulty, Memory, Store, Urgency},
};

pub(crate) use answer::Answer;
pub(crate) use body::{Broken, Piece, Pieces};
pub(crate) use operator::Operator;
pub(crate) use shop::{Shop, is_known};
pub(crate) use signing::{ISSUER, SUBJECT, claims, now, signed, signed_by};
pub(crate) use strings::{gpp_string, tc_string};

/// What the recommender says of Anna to whoever asks with her token.
pub(crate) const PERSONAL: &str = r#"{"customer": {"first_name": "Anna", "since": 2019}, "items": [{"id": 1, "reason": "Because you bought shoes", "score": 0.8731, "price": 12.50}, {"id": 2, "reason": "Because you liked hats", "score": 0.4142, "price": 9.0}]}"#;

/// What of it a newcomer sees.
pub(crate) const AT_NEW: &str = r#"{"customer": {"first_name": null, "since": 2019}, "items": [{"id": 1, "price": 12.50}, {"id": 2, "price": 9.0}]}"#;

/// The answer that says nothing.
pub(crate) const EMPTY: &str = r#"{"items":[]}"#;

macro_rules! base {
    () => {
        r#"
[identity]
issuer   = "https://id.shop.example"
audience = "shop"
pseudonym_secret = { env = "PSEUDONYM" }
claims   = { known_since = "registered_at", birthdate = "birthdate", purposes = "consent" }

[[identity.keys]]
alg    = "HS256"
secret = { env = "JWT" }

[[relationship.events]]
name = "purchase"
when = { method = "POST", path = "/checkout", status = "2xx" }

[[relationship.events]]
name = "complaint"
takes_stages = 1
when = { method = "POST", path = "/complaints", status = "2xx" }

"#
    };
}

/// A policy but for its endpoints.
pub(crate) const BASE: &str = base!();

pub(crate) const POLICY: &str = concat!(
    base!(),
    r#"
[[endpoints]]
name   = "recommendations"
path   = ["/recommendations", "/recommendations/{*rest}"]
empty  = '{"items":[]}'
fields = [
    { path = "$.customer.first_name", data = "provided", steps = { new = "null", familiar = "keep" } },
    { path = "$.items[*].reason", data = "observed", steps = { acquainted = { replace = "You may like this" }, familiar = "keep" } },
    { path = "$.items[*].score", data = "observed", steps = { acquainted = { round_to = 0.5 }, trusted = "keep" } },
]

[[endpoints]]
name   = "strict"
path   = "/strict"
unreadable = "refuse"
fields = [{ path = "$.items[*].reason", data = "observed" }]

[[endpoints]]
name   = "narrow"
path   = "/narrow"
empty  = '{"items":[]}'
limits = { item = "64B", depth = 8, hold = "256B" }
fields = [
    { path = "$.items[*].reason", data = "observed", steps = { familiar = "keep" } },
    { path = "$.items[*].score", data = "none", steps = { new = { round_to = 0.5 } } },
]

[[endpoints]]
name   = "open"
path   = "/open"
fields = [{ path = "$.title", data = "none" }]
"#
);

/// A layer with all that is around it.
pub(crate) struct House {
    pub(crate) layer: RapportLayer,
    pub(crate) shop: Shop,
    pub(crate) store: Arc<Faulty>,
    pub(crate) clock: Calendar,
    policy: String,
}

impl House {
    pub(crate) fn new() -> Self {
        Self::of(POLICY, Memory::new())
    }

    pub(crate) fn of(policy: &str, store: impl Store) -> Self {
        let (store, clock) = (Arc::new(Faulty::new(store)), Calendar::default());
        let layer = layer(policy, Arc::clone(&store), &clock);
        Self { layer, shop: Shop::default(), store, clock, policy: policy.to_owned() }
    }

    /// The same house after its process ended and began again: memory is empty, the store is not.
    pub(crate) fn reopened(self) -> Self {
        let layer = layer(&self.policy, Arc::clone(&self.store), &self.clock);
        Self { layer, ..self }
    }

    pub(crate) fn service(&self) -> Rapport<Shop> {
        self.layer.layer(self.shop.clone())
    }

    /// Answers from now on with this JSON.
    pub(crate) fn says(&self, json: &'static str) {
        self.answers(move |_| Response::builder().header("content-type", "application/json").body(Pieces::whole(json)));
    }

    /// Answers from now on with JSON in these pieces.
    pub(crate) fn streams(&self, pieces: impl IntoIterator<Item = Piece>) {
        let pieces: Vec<_> = pieces.into_iter().collect();
        self.answers(move |_| {
            Response::builder().header("content-type", "application/json").body(Pieces::streamed(pieces.clone()))
        });
    }

    /// Answers from now on like this.
    pub(crate) fn answers<F>(&self, answer: F)
    where
        F: Fn(&request::Parts) -> http::Result<Response<Pieces>> + Send + Sync + 'static,
    {
        *self.shop.answer.lock().unwrap() = Arc::new(answer);
    }

    /// Asks, and reads the answer to its end.
    pub(crate) async fn ask(&self, request: request::Builder) -> Answer {
        self.ask_with(request, "").await
    }

    /// Asks with a body.
    pub(crate) async fn ask_with(&self, request: request::Builder, body: &str) -> Answer {
        let response = self.service().oneshot(request.body(body.to_owned()).unwrap()).await.unwrap();
        Answer::read(response).await
    }

    /// Makes somebody known at a stage, as of today, in memory and in the store.
    pub(crate) async fn know(&self, subject: &str, stage: &str) {
        let record = Record { history: Some(self.history(stage)), ..Record::default() };
        let write = move |_: Option<&Record>| Some(record.clone());
        self.layer.relationships().update(pseudonym(subject), Urgency::Choice, write).await.unwrap();
    }

    /// A history that came to a stage with its last visit, yesterday.
    pub(crate) fn history(&self, stage: &str) -> History {
        let yesterday = Day::of(self.clock.now() - SignedDuration::from_hours(24));
        let counts = [("visit", 300), ("purchase", 30)].map(|(name, count)| (name.parse().unwrap(), count));
        let first_seen = Day::of(self.clock.now() - SignedDuration::from_hours(24 * 900));
        History {
            first_seen,
            last_seen: yesterday,
            active_days: 300,
            last_visit: Some(yesterday),
            counts: BTreeMap::from(counts),
            stage: (stage != "new").then(|| stage.parse().unwrap()),
            changed: Some(Change { on: yesterday, why: Why::Gained }),
            marks: Vec::new(),
            doubted_since: None,
        }
    }

    /// What the store holds of somebody.
    pub(crate) async fn kept(&self, subject: &str) -> Option<Record> {
        let customer = pseudonym(subject);
        let stored = self.store.inner().load(customer).await.unwrap();
        stored.map(|stored| stored.record(customer).unwrap())
    }

    /// How often something happened with somebody, as the store has it.
    pub(crate) async fn happened(&self, subject: &str, event: &str) -> u64 {
        let history = self.kept(subject).await.and_then(|record| record.history);
        history.map_or(0, |history| history.count(event))
    }
}

fn layer(policy: &str, store: Arc<Faulty>, clock: &Calendar) -> RapportLayer {
    let policy = Policy::from_toml("rapport.toml", policy, secrets).unwrap_or_else(|found| panic!("{found}"));
    RapportLayer::new(policy, store).unwrap().with_clock(clock.clone())
}

/// The secrets that a policy of the house names.
pub(crate) fn secrets(name: &str) -> Option<String> {
    match name {
        "JWT" => String::from_utf8(signing::SECRET.to_vec()).ok(),
        "PSEUDONYM" => Some(PSEUDONYM.to_owned()),
        _ => Some(format!("{name}, another secret of the house, long enough")),
    }
}

/// Under which the house keeps somebody.
pub(crate) fn pseudonym(subject: &str) -> Pseudonym {
    PseudonymKey::new(PSEUDONYM.as_bytes()).pseudonym(ISSUER, &CustomerId::new(subject))
}

/// A token that grants these purposes, for ten years from now.
pub(crate) fn token(subject: &str, purposes: &str, more: Value) -> String {
    let mut all = claims();
    all["sub"] = json!(subject);
    all["exp"] = json!(now().as_second() + 315_360_000);
    all["consent"] = json!(purposes);
    for (name, value) in more.as_object().cloned().unwrap_or_default() {
        all[name] = value;
    }
    signed(r#"{"alg":"HS256"}"#, &all.to_string())
}

/// Anna asks, who agrees to be remembered and to what follows from it.
pub(crate) fn anna(path: &str) -> request::Builder {
    with_token(path, &token(SUBJECT, "record personalization", Value::Null))
}

/// Somebody asks with this token.
pub(crate) fn with_token(path: &str, token: &str) -> request::Builder {
    anybody(path).header(header::AUTHORIZATION, format!("Bearer {token}"))
}

/// Somebody asks.
pub(crate) fn anybody(path: &str) -> request::Builder {
    Request::builder().uri(path)
}

pub(crate) fn data(text: impl Into<String>) -> Piece {
    Piece::Data(text.into().into())
}

pub(crate) fn rests(milliseconds: u64) -> Piece {
    Piece::Rests(Duration::from_millis(milliseconds))
}

/// A clock that goes only when it is told to.
#[derive(Clone)]
pub(crate) struct Calendar(Arc<Mutex<Timestamp>>);

impl Calendar {
    pub(crate) fn travel(&self, days: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_hours(24 * days);
    }
}

impl Default for Calendar {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(now())))
    }
}

impl Clock for Calendar {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

const PSEUDONYM: &str = "the house's own secret, 44 bytes in all, fine";
