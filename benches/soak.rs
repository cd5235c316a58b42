//! Ten minutes of everything at once on two nodes that share a `redis-server`, with more customers than memory keeps: what the
//! processes hold must not grow.
//!
//! `cargo bench --all-features --bench soak` (with `-- --minutes 3` for less than ten). It fails where a node holds a tenth more at the
//! end than after a third of the time, or has more connections or descriptors open, or where an answer is not whole.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a bench stops at the first surprise"
)]

#[path = "../tests/binary/mod.rs"]
mod binary;
#[path = "../tests/servers/mod.rs"]
mod servers;

use std::{
    fs,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use binary::{
    Rapport, over_redis, rapport, serving, token,
    upstream::{Body, full, upstream},
};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use servers::Server;
use tokio::time::sleep;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--minutes").skip(1);
    let time = Duration::from_secs(60 * arguments.next().map_or(10, |minutes| minutes.parse().unwrap()));
    let (folder, server) = (tempfile::tempdir().unwrap(), Server::start(&[]));
    let small = "cache = { relationships = 4_000, tokens = 4_000, generic = 100 }";
    let file = over_redis(folder.path(), EVENTS);
    let written = fs::read_to_string(&file).unwrap().replacen("[store]\n", &format!("[store]\n{small}\n"), 1);
    fs::write(&file, written).unwrap();
    let service = upstream(says).await;
    let node = || {
        let (mut command, file) = (rapport(), file.clone());
        command.env("REDIS_URL", server.url());
        tokio::task::spawn_blocking(move || Rapport::started(serving(command, &file, &format!("http://{service}"))))
    };
    let nodes = [node().await.unwrap(), node().await.unwrap()];

    let tokens: Vec<String> = (0..CUSTOMERS)
        .map(|n| format!("Bearer {}", token(&format!("customer {n}"), "record personalization")))
        .collect();
    let (tokens, asked, over) = (Arc::new(tokens), Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let workers = (0..WORKERS).map(|worker| {
        let (tokens, asked, over) = (Arc::clone(&tokens), Arc::clone(&asked), Arc::clone(&over));
        let address = nodes[worker % nodes.len()].address;
        tokio::spawn(async move {
            let client = Client::builder(TokioExecutor::new()).build_http();
            let mut dice = Dice(worker as u64 + 1);
            while !over.load(Ordering::Relaxed) {
                let token = &tokens[usize::try_from(dice.below(CUSTOMERS)).unwrap()];
                act(&client, address, token, dice.below(100)).await;
                asked.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    let workers: Vec<_> = workers.collect();

    let (begun, mut looks) = (Instant::now(), Vec::new());
    while begun.elapsed() < time {
        sleep(time / 30).await;
        let look = nodes.each_ref().map(Look::at);
        println!(
            "{:>4.0} s: {:>9} answers; {} KiB and {} descriptors, {} KiB and {} descriptors",
            begun.elapsed().as_secs_f64(),
            asked.load(Ordering::Relaxed),
            look[0].resident,
            look[0].descriptors,
            look[1].resident,
            look[1].descriptors,
        );
        looks.push(look);
    }
    over.store(true, Ordering::Relaxed);
    for worker in workers {
        worker.await.unwrap();
    }
    let a_third = &looks[looks.len() / 3];
    for (node, (early, late)) in a_third.iter().zip(looks.last().unwrap()).enumerate() {
        println!("node {node}: {} KiB after a third of the time, {} KiB at the end", early.resident, late.resident);
        assert!(late.resident * 10 <= early.resident * 11, "it holds more and more");
        assert!(late.descriptors <= early.descriptors + 8, "it opens more and more");
    }
    println!("flat");
}

/// Does one thing of many, as a customer would: most look, some buy, few change their mind.
async fn act(client: &Client<HttpConnector, Body>, address: SocketAddr, token: &str, what: u64) {
    let (method, path, body) = match what {
        0..5 => (Method::POST, "/checkout", "{}"),
        5..8 => (Method::PUT, "/rapport/me/limit", r#"{"stage":"acquainted"}"#),
        8..10 => (Method::DELETE, "/rapport/me/limit", ""),
        10..12 => (Method::PUT, "/rapport/me/purposes/cross_context", r#"{"granted":false}"#),
        12 => (Method::DELETE, "/rapport/me", ""),
        13..17 => (Method::GET, "/rapport/me", ""),
        _ => (Method::GET, "/recommendations", ""),
    };
    let request = Request::builder().method(method).uri(format!("http://{address}{path}"));
    // Some are nobody.
    let request = if what == 99 { request } else { request.header("authorization", token) };
    let request = request.header("content-type", "application/json").body(full(body)).unwrap();
    let answer = client.request(request).await.unwrap();
    // Two workers may be one customer on two nodes at the same moment: of two choices one then hears that it came too late.
    let came_too_late = answer.status() == StatusCode::CONFLICT && path.starts_with("/rapport/me/");
    assert!(answer.status().is_success() || came_too_late, "{path}: {}", answer.status());
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(path != "/recommendations" || body.ends_with(b"]}"), "{body:?}");
}

async fn says(request: Request<Incoming>) -> Response<Body> {
    let item = |id: usize| {
        format!(r#"{{"id":{id},"title":"Walnut desk lamp","reason":"Because you bought boots","score":0.8731}}"#)
    };
    let answer = Response::builder().header("content-type", "application/json");
    if request.method() == Method::POST {
        return answer.status(201).body(full("{}")).unwrap();
    }
    let items = (0..20).map(item).collect::<Vec<_>>().join(",");
    answer.body(full(format!(r#"{{"first_name":"Anna","items":[{items}]}}"#))).unwrap()
}

/// What a node holds.
struct Look {
    resident: u64,
    descriptors: usize,
}

impl Look {
    fn at(node: &Rapport) -> Self {
        let status = fs::read_to_string(format!("/proc/{}/status", node.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        let resident = line.trim().trim_end_matches("kB").trim().parse().unwrap();
        Self { resident, descriptors: fs::read_dir(format!("/proc/{}/fd", node.id())).unwrap().count() }
    }
}

/// Numbers that look as if by chance: xorshift64 (Marsaglia 2003).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// More than memory keeps, and few enough that each has done everything after a third of the time: what is kept of a customer has
/// its full size then.
const CUSTOMERS: u64 = 10_000;
const WORKERS: usize = 16;

const EVENTS: &str = r#"
[[relationship.events]]
name = "purchase"
when = { method = "POST", path = "/checkout", status = "2xx" }
"#;
