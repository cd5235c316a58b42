//! A shop's recommendations: bare, behind the layer, and behind what people do without it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench stops at the first surprise")]

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::Body,
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use http::{HeaderValue, Request, header};
use http_body_util::BodyExt;
use jiff::Timestamp;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};
use tower::{BoxError, Service, ServiceExt, service_fn};
use tower_rapport::{RapportLayer, policy::Policy, store::Memory};

/// The service behind the layer: it says the same to everybody, at once.
pub(crate) fn says(answer: Bytes) -> Router {
    let say = move || {
        let answer = answer.clone();
        async move { ([(header::CONTENT_TYPE, "application/json")], answer).into_response() }
    };
    Router::new()
        .route("/recommendations", get(say.clone()))
        .route("/passing", get(say.clone()))
        .route("/other", get(say))
}

/// The usual middleware: it collects the answer, and does the stranger's job on a tree.
pub(crate) fn collecting<Q>(
    inner: Router,
) -> impl Service<Request<Q>, Response = Response, Error = Infallible, Future: Send> + Clone
where
    Q: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    service_fn(move |request: Request<Q>| {
        let inner = inner.clone();
        async move {
            let (mut head, body) = inner.oneshot(request).await?.into_parts();
            let answer = parse_change_serialize(&body.collect().await.unwrap().to_bytes());
            head.headers.insert(header::CONTENT_LENGTH, answer.len().into());
            Ok(Response::from_parts(head, Body::from(answer)))
        }
    })
}

/// The same job as the stranger's plan, done on a tree.
fn parse_change_serialize(answer: &[u8]) -> Vec<u8> {
    let mut answer: Value = serde_json::from_slice(answer).unwrap();
    answer["customer"]["first_name"] = Value::Null;
    for item in answer["items"].as_array_mut().unwrap() {
        let item = item.as_object_mut().unwrap();
        item.remove("reason");
        item.remove("score");
    }
    serde_json::to_vec(&answer).unwrap()
}

pub(crate) fn answer(items: usize) -> Vec<u8> {
    let item = |number: usize| {
        json!({
            "id": format!("p{number}"), "title": "Walnut desk lamp, adjustable", "price": 129.5,
            "url": format!("https://shop.example/p/{number}"), "category": ["lighting", "desk"],
            "score": 0.8734, "reason": "Because you bought hiking boots on 3 May",
            "images": [format!("https://cdn.shop.example/{number}/large.jpg"), format!("https://cdn.shop.example/{number}/small.jpg")],
        })
    };
    let items: Vec<Value> = (0..items).map(item).collect();
    serde_json::to_vec(&json!({ "customer": { "id": "c-17", "first_name": "Anna" }, "items": items })).unwrap()
}

pub(crate) fn layer() -> RapportLayer {
    let policy = Policy::from_toml("bench.toml", POLICY, |_| Some(SECRET.into())).unwrap();
    RapportLayer::new(policy, Arc::new(Memory::default())).unwrap()
}

pub(crate) fn token(customer: usize) -> HeaderValue {
    let claims = json!({
        "iss": "https://id", "aud": "shop", "sub": format!("customer-{customer}"),
        "consent": ["record", "personalization"], "exp": Timestamp::now().as_second() + 86_400,
    });
    let token = encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap();
    let token = HeaderValue::try_from(format!("Bearer {token}")).unwrap();
    // Its clones share the memory from now on.
    drop(token.clone());
    token
}

const SECRET: &str = "a secret of the benches, of more than 32 bytes";

const POLICY: &str = r#"
[identity]
issuer = "https://id"
audience = "shop"
pseudonym_secret = { env = "SECRET" }
keys = [{ alg = "HS256", secret = { env = "SECRET" } }]
claims = { purposes = "consent" }

[[endpoints]]
name = "recommendations"
path = "/recommendations"
fields = [
    { path = "$.customer.first_name", data = "provided", steps = { new = "null", familiar = "keep" } },
    { path = "$.items[*].reason", data = "observed", steps = { acquainted = { replace = "You may like this" }, familiar = "keep" } },
    { path = "$.items[*].score", data = "observed", steps = { acquainted = { round_to = 0.5 }, familiar = "keep" } },
]

[[endpoints]]
name = "passing"
path = "/passing"
fields = [{ path = "$.items[*].title", data = "none" }]

[store]
memory = {}
"#;
