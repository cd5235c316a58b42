//! The readers of what a request says in its head: token, cookies, query, preferences, through the whole layer.
//!
//! Nobody becomes known without the one token that is signed; nothing that a client sends raises a stage; and what the
//! policy hides from the service reaches it in no reading, where it is asked as somebody unknown.
#![no_main]
#![expect(clippy::unwrap_used, reason = "what goes wrong here is to be told")]

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, OnceLock},
};

use http::{HeaderName, HeaderValue, Request, Response, Uri, header, request};
use http_body_util::{BodyExt, Full};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use serde_json::json;
use tokio::runtime::Runtime;
use tower::{Layer, ServiceExt, service_fn};
use tower_rapport::{
    RapportLayer, RequestBody,
    decision::Decision,
    identity::{CustomerId, PseudonymKey},
    policy::Policy,
    relationship::{Change, Day, History, Record, Stage, Why},
    report::PERSONALIZATION,
    store::{Memory, Urgency},
};

fuzz_target!(|input: &[u8]| {
    let house = house();
    let mut lines = input.split(|byte| *byte == b'\n');
    let target = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let Ok(uri) = target.parse::<Uri>() else { return };
    let mut request = Request::new(()).into_parts().0;
    request.uri = uri;
    for line in lines.take(24) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        let value = replace(value.get(1..).unwrap_or_default(), b"TOKEN", house.token.as_bytes());
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value.trim_ascii())) else {
            continue;
        };
        request.headers.append(name, value);
    }
    let decision = house.ask(&request);
    let carries_token = request.headers.values().any(|value| contains(value.as_bytes(), house.token.as_bytes()));
    if !carries_token {
        assert!(decision.stage == Stage::LOWEST && decision.granted.is_empty(), "{decision:?}");
    }
    for lowers in ["prefer", "sec-gpc", "x-channel", "personalization"] {
        let mut without = request.clone();
        without.headers.remove(lowers);
        let more = house.ask(&without);
        assert!(decision.stage <= more.stage, "{lowers} raised a stage");
        assert!(more.granted.contains(decision.granted), "{lowers} granted a purpose");
    }
});

struct House {
    layer: RapportLayer,
    runtime: Runtime,
    token: String,
    seen: Arc<Mutex<Vec<request::Parts>>>,
}

impl House {
    /// Asks, looks at what reached the service, and gives the decision that the answer carries.
    fn ask(&self, head: &request::Parts) -> Decision {
        let seen = Arc::clone(&self.seen);
        let service = service_fn(move |request: Request<RequestBody<Full<bytes::Bytes>>>| {
            seen.lock().unwrap().push(request.into_parts().0);
            let answer = Full::from(r#"{"items":[{"id":"p1","basis":"observed","reason":"why"}]}"#);
            let answer = Response::builder().header(header::CONTENT_TYPE, "application/json").body(answer).unwrap();
            std::future::ready(Ok::<_, Infallible>(answer))
        });
        let covered = head.uri.path() == "/closed" || head.uri.path() == "/open";
        let request = Request::from_parts(head.clone(), Full::default());
        let answer = self.runtime.block_on(self.layer.layer(service).oneshot(request)).unwrap();
        let decision = answer.extensions().get::<Decision>().cloned();
        let told = answer.headers().get_all(PERSONALIZATION).iter().count();
        let body = self.runtime.block_on(answer.into_body().collect()).unwrap().to_bytes();
        // The portal has pages, and answers without a body.
        let is_portals = head.uri.path().starts_with("/rapport");
        assert!(is_portals || serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok());
        let seen: Vec<request::Parts> = self.seen.lock().unwrap().drain(..).collect();
        for asked in &seen {
            let lines: Vec<_> = asked.headers.get_all(PERSONALIZATION).iter().collect();
            assert!(lines.len() <= 1 && lines.iter().all(|line| line.as_bytes().ends_with(b"\"")), "{lines:?}");
            if head.uri.path() == "/closed" {
                nothing_hidden_reaches_it(asked);
            }
        }
        match decision {
            Some(decision) => {
                assert_eq!(told, 1);
                decision
            }
            None => {
                assert!(!covered, "an endpoint's answer without a decision");
                Decision::of_a_stranger(self.layer.policy().rules())
            }
        }
    }
}

/// In any reading: with cookies as RFC 6265 has them, parameters as browsers and old services part them.
fn nothing_hidden_reaches_it(asked: &request::Parts) {
    assert!(!asked.headers.contains_key(header::AUTHORIZATION));
    for line in asked.headers.get_all(header::COOKIE) {
        let text = String::from_utf8_lossy(line.as_bytes());
        for cookie in cookie::Cookie::split_parse(text.as_ref()).flatten() {
            assert_ne!(cookie.name(), "session", "{text}");
        }
    }
    let query = asked.uri.query().unwrap_or_default();
    for part in [query].into_iter().chain(query.split([';', '&'])) {
        for (name, _) in form_urlencoded::parse(part.as_bytes()) {
            assert_ne!(name, "user_id", "{query}");
        }
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part == word)
}

fn replace(text: &[u8], word: &[u8], by: &[u8]) -> Vec<u8> {
    match text.windows(word.len()).position(|part| part == word) {
        None => text.to_vec(),
        Some(at) => {
            let (before, rest) = text.split_at(at);
            [before, by, rest.split_at(word.len()).1].concat()
        }
    }
}

fn house() -> &'static House {
    static HOUSE: OnceLock<House> = OnceLock::new();
    HOUSE.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let policy = Policy::from_toml("fuzz.toml", POLICY, |_| Some(SECRET.into())).unwrap();
        let layer = runtime.block_on(async { RapportLayer::new(policy, Arc::new(Memory::default())).unwrap() });
        let today = Day::of(Timestamp::now());
        let anna = Record {
            history: Some(History {
                first_seen: "2020-01-01".parse().map(Day::from_date).unwrap(),
                last_seen: today,
                active_days: 300,
                last_visit: Some(today),
                counts: [("visit".parse().unwrap(), 300), ("purchase".parse().unwrap(), 30)].into(),
                stage: Some("trusted".parse().unwrap()),
                changed: Some(Change { on: today, why: Why::Gained }),
                marks: Vec::new(),
                doubted_since: None,
            }),
            ..Record::default()
        };
        let customer = PseudonymKey::new(SECRET.as_bytes()).pseudonym("https://id", &CustomerId::new("anna"));
        let known =
            async { layer.relationships().update(customer, Urgency::Choice, move |_| Some(anna.clone())).await };
        runtime.block_on(known).unwrap();
        let claims = json!({
            "iss": "https://id", "aud": "shop", "sub": "anna", "consent": "record personalization cross_context",
            "exp": Timestamp::now().as_second() + 86_400,
        });
        let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
        let token = jsonwebtoken::encode(&jsonwebtoken::Header::default(), &claims, &key).unwrap();
        House { layer, runtime, token, seen: Arc::default() }
    })
}

const SECRET: &str = "a secret of the fuzzer, of more than 32 bytes";

const POLICY: &str = r#"
[identity]
issuer = "https://id"
audience = "shop"
pseudonym_secret = { env = "SECRET" }
tokens = ["header:authorization", "cookie:session"]
keys = [{ alg = "HS256", secret = { env = "SECRET" } }]
claims = { purposes = "consent" }

[caps]
channels = [{ header = "x-channel", value = "call-centre", stage = "acquainted" }]

[[endpoints]]
name = "closed"
path = "/closed"
request = { hide = ["header:authorization", "cookie:session", "query:user_id"] }
items = { path = "$.items[*]", data_at = "$.basis", share = { new = 0.0 } }

[[endpoints]]
name = "open"
path = "/open"
items = { path = "$.items[*]", data_at = "$.basis" }
fields = [{ path = "$.items[*].reason", data = "observed", steps = { familiar = "keep" } }]

[store]
memory = {}
"#;
