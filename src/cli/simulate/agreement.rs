//! The same events, told thrice: what `simulate` predicts, what `import` and `explain` say, and what customers are served on
//! those days, is the same for each of thousands of customers on each day.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{Router, body::Body, http::header::CONTENT_TYPE};
use http::{Method, Request};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;
use tower::{Layer, ServiceExt};
use tower_rapport::{
    Rapport, RapportLayer, clock::Clock, identity::Pseudonym, policy::Policy, relationship::Day, store::Memory,
};

use super::trial::Trial;
use crate::cli::import::{
    rows::{Reading, Row},
    telling,
};

#[tokio::test]
async fn simulated_explained_and_served_stages_are_the_same_for_everybody_on_every_day() {
    let policy = || Policy::from_toml("agreement.toml", POLICY, |_| Some(SECRET.to_owned())).unwrap();
    let (for_all, mut dice, calendar) = (policy(), Dice(20_261_129), Calendar::default());
    let told = telling(&for_all).unwrap();
    let events = told.events.clone();
    let trial = Trial::of(&for_all, telling(&for_all).unwrap(), &events);
    let reading = Reading {
        pseudonym: |_| Pseudonym::from_bytes([7; 16]),
        events: &events,
        by: None,
        today: Day::of(at(100_000)),
        shape: None,
        dates: None,
    };
    let layer = RapportLayer::new(policy(), Arc::new(Memory::new())).unwrap().with_clock(calendar.clone());
    let shop = Router::new().fallback(async || ([(CONTENT_TYPE, "application/json")], "{}"));
    let service = layer.layer(shop);

    let (mut looks, mut stages) = (0, BTreeMap::<String, u32>::new());
    for number in 0..CUSTOMERS {
        let (token, history) = (token(number), dice.history());
        let days: Vec<Day> = history.iter().map(|(day, _)| Day::of(at(*day))).collect();
        let mut csv = "customer,time,event\n".to_owned();
        for (day, happened) in &history {
            happened.iter().for_each(|event| csv += &format!("{number},{},{event}\n", at(*day)));
        }
        let rows = reading.read(csv.as_bytes()).unwrap().sorted;
        let simulated = trial.replay(&rows, &days);
        for (place, (day, happened)) in history.iter().enumerate() {
            calendar.set(at(*day));
            let mut served = None;
            for event in happened {
                served = ask(&service, &token, event).await;
                layer.flush().await;
            }
            if happened.is_empty() {
                served = ask(&service, &token, "look").await;
            }
            let until: Vec<Row> = rows.iter().filter(|row| row.day() <= days[place]).copied().collect();
            let record = told.of(None, &until).0;
            let explained =
                for_all.account(Pseudonym::from_bytes([7; 16]), record.as_ref(), at(*day)).decision.stage_name;
            let predicted = simulated.on[place].unwrap_or_default();
            let predicted = trial.ladder.name(predicted);
            let served = served.unwrap();
            let all = (served.as_str(), explained.as_str());
            assert_eq!(all, (predicted.as_str(), predicted.as_str()), "customer {number} on day {day}: {history:?}");
            *stages.entry(served).or_default() += 1;
            looks += 1;
        }
    }
    assert!(looks > 15_000 && stages.len() == 4 && stages.values().all(|days| *days > 300), "{looks}: {stages:?}");
}

/// Does what an event is, and answers the stage that the answer names, if it names one: that of a visit, or of a look that
/// is none.
async fn ask(service: &Rapport<Router>, token: &str, event: &str) -> Option<String> {
    let (method, path) = match event {
        "visit" => (Method::GET, "/recommendations"),
        "look" => (Method::HEAD, "/recommendations"),
        "purchase" => (Method::POST, "/checkout"),
        _ => (Method::POST, "/complaints"),
    };
    let request = Request::builder().method(method).uri(path).header("authorization", token).body(Body::empty());
    let answer = service.clone().oneshot(request.unwrap()).await.unwrap();
    let told = answer.headers().get("personalization")?.to_str().unwrap();
    Some(told.split(';').next().unwrap().trim_start_matches("stage=").to_owned())
}

fn token(number: u32) -> String {
    let claims = json!({
        "iss": "https://id", "aud": "shop", "sub": number.to_string(), "consent": ["record", "personalization"],
        "exp": at(100_000).as_second(),
    });
    format!("Bearer {}", encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap())
}

/// What happens with one customer: days in their order, and the events on each, the visit last.
type History = Vec<(i64, Vec<&'static str>)>;

/// Numbers that look as if by chance: xorshift64 (Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn history(&mut self) -> History {
        // Some come every few days, some twice a year.
        let gap = [2, 4, 9, 30, 90][self.below(5) as usize];
        let mut day = self.below(200) as i64;
        (0..5 + self.below(12))
            .map(|_| {
                day += 1 + self.below(gap * 2) as i64;
                let mut happened = Vec::new();
                if self.below(3) > 0 {
                    happened.extend((0..self.below(3)).map(|_| "purchase"));
                    happened.extend((self.below(14) == 0).then_some("complaint"));
                    happened.push("visit");
                }
                (day, happened)
            })
            .collect()
    }
}

fn at(day: i64) -> Timestamp {
    "2020-01-01T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(24 * day)
}

#[derive(Clone, Default)]
struct Calendar(Arc<Mutex<Timestamp>>);

impl Calendar {
    fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap() = now;
    }
}

impl Clock for Calendar {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

const CUSTOMERS: u32 = 2_000;

const SECRET: &str = "a secret of the test, of more than 32 bytes";

const POLICY: &str = r#"
[identity]
issuer = "https://id"
audience = "shop"
pseudonym_secret = { env = "SECRET" }
keys = [{ alg = "HS256", secret = { env = "SECRET" } }]
claims = { purposes = "consent" }

[store]
memory = {}

[[relationship.events]]
name = "purchase"
when = { method = "POST", path = "/checkout", status = "2xx" }

[[relationship.events]]
name = "complaint"
takes_stages = 1
when = { method = "POST", path = "/complaints", status = "2xx" }

[[stages]]
name = "new"

[[stages]]
name = "acquainted"
needs = { known_for = "7d", active_days = 3 }

[[stages]]
name = "familiar"
needs = { known_for = "30d", active_days = 5, purchase = 1 }

[[stages]]
name = "trusted"
needs = { known_for = "60d", active_days = 7, purchase = 3 }

[[endpoints]]
name = "recommendations"
path = "/recommendations"
fields = [{ path = "$.name", data = "provided" }]
"#;
