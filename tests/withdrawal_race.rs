//! Promise 5 under load: a hundred readers while customers withdraw, limit, pause, are forgotten and come back at random, with
//! loads, writes, generic answers and validators in flight. Not one personal byte is in an answer whose request began after
//! the acknowledgement.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod house;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};

use house::*;
use http::{HeaderValue, Method, Response, request};
use serde_json::Value;
use tokio::time::{sleep, timeout};
use tower_rapport::{
    relationship::Record,
    store::{Fault, Memory, Urgency},
};

const CUSTOMERS: usize = 10;
const READERS: u64 = 100;
const ANSWERS_EACH: usize = 120;
const PERSONAL_WORD: &str = "only-theirs";

/// A list of which places are chosen, with fields beside it, and an endpoint that is shaped field by field.
const LISTS: &str = r#"
[[endpoints]]
name   = "list"
path   = "/list"
empty  = '{"items":[]}'
fields = [{ path = "$.items[*].reason", data = "observed", steps = { familiar = "keep" } }]
items  = { path = "$.items[*]", id = "$.id", data_at = "$.basis", share = { new = 0.0, acquainted = 0.3, familiar = 0.7, trusted = 1.0 } }
generic = { keep_for = "60s" }

[[endpoints]]
name   = "whole"
path   = "/whole"
empty  = '{}'
fields = [{ path = "$.note", data = "observed", steps = { acquainted = "keep" } }]
"#;

/// How a customer stands: odd from the acknowledgement of something lowered until the next wish to raise is made.
#[derive(Default)]
struct Standing(AtomicU64);

impl Standing {
    fn lowered(&self) {
        self.0.fetch_or(1, SeqCst);
    }

    fn may_be_raised(&self) {
        self.0.fetch_update(SeqCst, SeqCst, |now| Some((now | 1) + 1)).unwrap();
    }

    /// Which acknowledged lowering holds, if one does.
    fn lowering(&self) -> Option<u64> {
        Some(self.0.load(SeqCst)).filter(|now| now & 1 == 1)
    }
}

/// Enough of chance for a test: xorshift.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

fn name(customer: usize) -> String {
    format!("customer-{customer}")
}

struct Race {
    house: House,
    standing: [Standing; CUSTOMERS],
    tokens: Vec<String>,
    checked: AtomicU64,
    personal: AtomicU64,
    acknowledged: AtomicU64,
    over: AtomicBool,
}

impl Race {
    async fn begin() -> Self {
        let house =
            House::of(&format!("{POLICY}{LISTS}\n[store]\nmemory = {{}}\ndecide_within = \"2s\"\n"), Memory::new());
        house.answers(|head| {
            let known = is_known(head);
            let body = match (head.uri.path(), known) {
                ("/list", true) => list("observed", PERSONAL_WORD),
                ("/list", false) => list("none", "anybody"),
                ("/whole", true) => format!(r#"{{"note": "{PERSONAL_WORD}", "open": 1}}"#),
                ("/whole", false) => r#"{"note": "anybody", "open": 1}"#.to_owned(),
                _ => PERSONAL.replace("Anna", PERSONAL_WORD).replace("Because", PERSONAL_WORD),
            };
            let answer =
                Response::builder().header("content-type", "application/json").header("etag", "\"of the service\"");
            // In pieces, so that an answer is under way for a while.
            let half = body.len() / 2;
            let pieces = [data(&body[..half]), rests(1), data(&body[half..])];
            answer.body(Pieces::streamed(pieces))
        });
        let tokens =
            (0..CUSTOMERS).map(|customer| token(&name(customer), "record personalization", Value::Null)).collect();
        for customer in 0..CUSTOMERS {
            house.know(&name(customer), "trusted").await;
        }
        let (standing, checked, personal, acknowledged, over) = Default::default();
        Self { house, standing, tokens, checked, personal, acknowledged, over }
    }

    fn request(&self, customer: usize, path: &str) -> request::Builder {
        with_token(path, &self.tokens[customer])
    }

    /// Reads at random, and looks for what must not be there.
    async fn read(&self, seed: u64) {
        let mut dice = Dice(seed);
        // As a browser keeps them: the validator, and whether there is something personal in the body that it stands for.
        let mut cache: HashMap<(usize, &str), (HeaderValue, bool)> = HashMap::new();
        for _ in 0..ANSWERS_EACH {
            let customer = dice.roll(CUSTOMERS as u64) as usize;
            let path = ["/list", "/list?page=2", "/whole", "/recommendations"][dice.roll(4) as usize];
            let mut request = self.request(customer, path);
            let cached = cache.get(&(customer, path)).filter(|_| dice.roll(2) == 0).cloned();
            if let Some((validator, _)) = &cached {
                request = request.header("if-none-match", validator);
            }
            let before = self.standing[customer].lowering();
            let answer = self.house.ask(request).await;
            let shows = match cached {
                Some((_, shows)) if answer.status == 304 => shows,
                _ => answer.body.contains(PERSONAL_WORD) || format!("{:?}", answer.headers).contains(PERSONAL_WORD),
            };
            if let Some(validator) = answer.headers.get("etag") {
                cache.insert((customer, path), (validator.clone(), shows));
            }
            // Where nobody has wished for more since.
            if before.is_some() && self.standing[customer].lowering() == before {
                assert!(!shows, "{} {path}: {} {:?} {}", name(customer), answer.status, answer.headers, answer.body);
                self.checked.fetch_add(1, SeqCst);
            }
            self.personal.fetch_add(u64::from(shows), SeqCst);
            if dice.roll(8) == 0 {
                sleep(Duration::from_millis(dice.roll(4))).await;
            }
        }
    }

    /// One customer, who lowers and comes back at random. Between the acknowledgement of one and the wish for the other, what
    /// was lowered holds.
    async fn choose(&self, customer: usize) {
        let mut dice = Dice(7 + customer as u64);
        while !self.over.load(SeqCst) {
            let (method, path, body) = [
                (Method::PUT, "/limit", r#"{"stage": "new"}"#),
                (Method::PUT, "/pause", r#"{"until": "9999-12-31"}"#),
                (Method::PUT, "/purposes/personalization", r#"{"granted": false}"#),
                (Method::PUT, "/purposes/record", r#"{"granted": false}"#),
                (Method::DELETE, "", ""),
            ][dice.roll(5) as usize]
                .clone();
            if self.chosen(customer, method, path, body).await {
                self.standing[customer].lowered();
                self.acknowledged.fetch_add(1, SeqCst);
                sleep(Duration::from_millis(dice.roll(40))).await;
            }
            self.standing[customer].may_be_raised();
            for (method, path, body) in [
                (Method::DELETE, "/limit", ""),
                (Method::DELETE, "/pause", ""),
                (Method::PUT, "/purposes/personalization", r#"{"granted": true}"#),
                (Method::PUT, "/purposes/record", r#"{"granted": true}"#),
            ] {
                self.chosen(customer, method, path, body).await;
            }
            // Years go by. What cannot be written now is written later.
            let history = self.house.history("trusted");
            let grown = move |record: Option<&Record>| {
                Some(Record { history: Some(history.clone()), ..record.cloned().unwrap_or_default() })
            };
            let _later =
                self.house.layer.relationships().update(pseudonym(&name(customer)), Urgency::Event, grown).await;
            sleep(Duration::from_millis(dice.roll(20))).await;
        }
    }

    async fn chosen(&self, customer: usize, method: Method, path: &str, body: &str) -> bool {
        let request = self.request(customer, &format!("/rapport/me{path}")).method(method);
        let answer = self.house.ask_with(request.header("content-type", "application/json"), body).await;
        assert!([200, 409, 503].contains(&answer.status.as_u16()), "{} {}", answer.status, answer.body);
        answer.status == 200
    }

    /// A store that is slow or away at times, memory that forgets, and a wrapped service that is slow at times.
    async fn disturb(&self) {
        let mut dice = Dice(99);
        while !self.over.load(SeqCst) {
            let fault = match dice.roll(8) {
                0 => Fault::ReadOnly,
                1 => Fault::Down,
                2 | 3 => Fault::Slow(Duration::from_millis(dice.roll(6))),
                _ => Fault::None,
            };
            self.house.store.set(fault);
            self.house.shop.takes(Duration::from_millis(dice.roll(4)));
            for _ in 0..dice.roll(4) {
                self.house.layer.relationships().invalidate(pseudonym(&name(dice.roll(CUSTOMERS as u64) as usize)));
            }
            sleep(Duration::from_millis(dice.roll(8))).await;
        }
        self.house.store.set(Fault::None);
    }
}

fn list(basis: &str, word: &str) -> String {
    let items = (0..10).map(|number| format!(r#"{{"id": "{word}-{number}", "basis": "{basis}", "reason": "{word}"}}"#));
    format!(r#"{{"items": [{}]}}"#, items.collect::<Vec<_>>().join(", "))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn not_one_personal_byte_is_in_an_answer_to_a_request_after_the_acknowledgement() {
    let race = Arc::new(Race::begin().await);
    let spawn = |task: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| {
        tokio::spawn(timeout(Duration::from_secs(120), task))
    };
    let of = |race: &Arc<Race>| Arc::clone(race);
    let others: Vec<_> = (0..CUSTOMERS)
        .map(|customer| {
            let race = of(&race);
            spawn(Box::pin(async move { race.choose(customer).await }))
        })
        .chain(std::iter::once({
            let race = of(&race);
            spawn(Box::pin(async move { race.disturb().await }))
        }))
        .collect();
    let readers: Vec<_> = (0..READERS)
        .map(|seed| {
            let race = of(&race);
            spawn(Box::pin(async move { race.read(1_000 + seed).await }))
        })
        .collect();
    for reader in readers {
        reader.await.unwrap().expect("the readers come to their end");
    }
    race.over.store(true, SeqCst);
    for other in others {
        other.await.unwrap().expect("and so do the customers");
    }
    let [checked, personal, acknowledged] =
        [&race.checked, &race.personal, &race.acknowledged].map(|count| count.load(SeqCst));
    println!(
        "{checked} answers after {acknowledged} acknowledgements had nothing personal in them; {personal} others had"
    );
    assert!(checked > 500 && personal > 500 && acknowledged > 20, "{checked} {personal} {acknowledged}");
}
