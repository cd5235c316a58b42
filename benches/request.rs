//! One request through the layer, in process, beside the bare service and beside what people do without it: collect the
//! answer, parse it, change it, write it again.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench stops at the first surprise")]

use std::{
    convert::Infallible,
    future::{Ready, ready},
    hint::black_box,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use http::{Request, Response, header};
use http_body_util::{BodyExt, Empty, Full};
use jiff::Timestamp;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::{Layer, Service, ServiceExt};
use tower_rapport::{RapportLayer, policy::Policy, store::Memory};

fn request(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for items in [8, 80, 800] {
        let answer = Bytes::from(answer(items));
        let mut group = c.benchmark_group(format!("request/{}_KiB", answer.len().div_ceil(1024)));
        group.throughput(Throughput::Bytes(answer.len() as u64));
        let bare = Bare(answer);
        let wrapped = runtime.block_on(async { layer() }).layer(bare.clone());
        let customer = format!("Bearer {}", token());
        let mut run = |name: &str, path: &str, token: Option<&str>| {
            group.bench_function(name, |b| b.iter(|| black_box(ask(&runtime, &wrapped, path, token))));
        };
        run("uncovered", "/other", None);
        run("passing", "/passing", Some(&customer));
        run("shaping", "/recommendations", Some(&customer));
        run("stranger", "/recommendations", None);
        group.bench_function("bare", |b| b.iter(|| black_box(ask(&runtime, &bare, "/recommendations", None))));
        group.bench_function("collect_parse_serialize", |b| {
            b.iter(|| black_box(parse_change_serialize(&ask(&runtime, &bare, "/recommendations", None))));
        });
        group.finish();
    }
}

/// The service behind the layer: it says the same to everybody, at once.
#[derive(Clone)]
struct Bare(Bytes);

impl<Q> Service<Request<Q>> for Bare {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<Q>) -> Self::Future {
        let head = Response::builder().header(header::CONTENT_TYPE, "application/json");
        ready(Ok(head.body(Full::new(self.0.clone())).unwrap()))
    }
}

/// Asks a service once and reads its answer to the end.
fn ask<S, B>(runtime: &Runtime, service: &S, path: &str, token: Option<&str>) -> Bytes
where
    S: Service<Request<Empty<Bytes>>, Response = Response<B>> + Clone,
    S::Error: std::fmt::Debug,
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let mut request = Request::get(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, token);
    }
    let request = request.body(Empty::new()).unwrap();
    runtime.block_on(async {
        service.clone().oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes()
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

fn answer(items: usize) -> Vec<u8> {
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

fn layer() -> RapportLayer {
    let policy = Policy::from_toml("bench.toml", POLICY, |_| Some(SECRET.into())).unwrap();
    RapportLayer::new(policy, Arc::new(Memory::default())).unwrap()
}

fn token() -> String {
    let claims = json!({
        "iss": "https://id", "aud": "shop", "sub": "anna", "consent": ["record", "personalization"],
        "exp": Timestamp::now().as_second() + 86_400,
    });
    encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
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

criterion_group!(benches, request);
criterion_main!(benches);
