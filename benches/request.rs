//! What the layer costs one request: around a whole axum router, in process, everything needed in memory; beside the router
//! without it, and beside what people do without it: collect the answer, parse it, change it, write it again.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

mod shop;

use std::{cell::Cell, convert::Infallible, hint::black_box, time::Duration};

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt, Full};
use shop::{answer, collecting, layer, says, token};
use tokio::runtime::Runtime;
use tower::{Layer, Service, ServiceExt};

/// What the layer adds to a request whose answer is as good as none: the difference between two lines is its cost.
fn deciding(c: &mut Criterion) {
    let runtime = runtime();
    let tokens: Vec<HeaderValue> = (0..CUSTOMERS).map(token).collect();
    let mut group = c.benchmark_group("deciding");
    let bare = says(Bytes::from_static(b"{}"));
    let wrapped = runtime.block_on(async { layer() }).layer(bare.clone());
    let at = Cell::new(0);
    let request = |path: &'static str, known: bool| {
        let token = tokens.get(at.replace((at.get() + 1) % CUSTOMERS)).filter(|_| known);
        request(path, token)
    };
    for (name, path, known) in [
        ("uncovered", "/other", false),
        ("uncovered_with_a_token", "/other", true),
        ("stranger", "/passing", false),
        ("one_of_a_thousand_customers", "/passing", true),
    ] {
        // Everybody has been here today, and is in memory.
        (0..2 * CUSTOMERS).for_each(|_| drop(ask(&runtime, &wrapped, request(path, known))));
        settle(&runtime);
        let mut run = |name: &str, wrapped: &dyn Fn(Request<Full<Bytes>>) -> Bytes| {
            group.bench_function(name, |b| {
                b.iter_batched(|| request(path, known), |request| black_box(wrapped(request)), BatchSize::SmallInput);
            });
        };
        run(&format!("{name}/bare"), &|request| ask(&runtime, &bare, request));
        run(&format!("{name}/wrapped"), &|request| ask(&runtime, &wrapped, request));
    }
    group.finish();
}

/// Whole answers of several sizes.
fn answering(c: &mut Criterion) {
    let runtime = runtime();
    for items in [8, 80, 800] {
        let answer = Bytes::from(answer(items));
        let mut group = c.benchmark_group(format!("answering/{}_KiB", answer.len().div_ceil(1024)));
        group.throughput(Throughput::Bytes(answer.len() as u64));
        let bare = says(answer);
        let wrapped = runtime.block_on(async { layer() }).layer(bare.clone());
        let collecting = collecting(bare.clone());
        let customer = token(0);
        ask(&runtime, &wrapped, request("/recommendations", Some(&customer)));
        settle(&runtime);
        let mut run = |name: &str, ask: &dyn Fn() -> Bytes| {
            group.bench_function(name, |b| b.iter(|| black_box(ask())));
        };
        run("bare", &|| ask(&runtime, &bare, request("/recommendations", Some(&customer))));
        run("uncovered", &|| ask(&runtime, &wrapped, request("/other", None)));
        run("passing", &|| ask(&runtime, &wrapped, request("/passing", Some(&customer))));
        run("shaping", &|| ask(&runtime, &wrapped, request("/recommendations", Some(&customer))));
        run("stranger", &|| ask(&runtime, &wrapped, request("/recommendations", None)));
        run("collect_parse_serialize", &|| ask(&runtime, &collecting, request("/recommendations", Some(&customer))));
        group.finish();
    }
}

fn request(path: &'static str, token: Option<&HeaderValue>) -> Request<Full<Bytes>> {
    // As a server makes it: a value that is a part of what was read.
    let mut request = Request::get(path).body(Full::default()).unwrap();
    if let Some(token) = token {
        request.headers_mut().insert(header::AUTHORIZATION, token.clone());
    }
    request
}

/// Asks a service once and reads its answer to the end.
fn ask<S, B>(runtime: &Runtime, service: &S, request: Request<Full<Bytes>>) -> Bytes
where
    S: Service<Request<Full<Bytes>>, Response = http::Response<B>, Error = Infallible> + Clone,
    B: http_body::Body<Data = Bytes, Error: std::fmt::Debug>,
{
    runtime.block_on(async {
        service.clone().oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes()
    })
}

/// Lets what requests began beside their answers come to its end: the first visit of a day is written so. Between two requests
/// the runtime does nothing, and without it each one would begin that anew.
fn settle(runtime: &Runtime) {
    runtime.block_on(async { tokio::time::sleep(Duration::from_millis(200)).await });
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

const CUSTOMERS: usize = 1_000;

criterion_group!(benches, deciding, answering);
criterion_main!(benches);
