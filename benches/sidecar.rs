//! `rapport serve` beside the bare service, from outside: the time to the first byte of a slow answer, and a minute of five
//! times what it can do.
//!
//! `cargo bench --all-features --bench sidecar` (with `-- --seconds 10` for less than a minute). Client, sidecar and service share the
//! machine, so what is printed is worth something only beside the other numbers of the same run.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a bench stops at the first surprise"
)]

#[path = "../tests/binary/mod.rs"]
mod binary;

use std::{
    fs,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use binary::{
    Rapport, policy, token,
    upstream::{Body, full, upstream},
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Channel};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::time::{sleep, timeout};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--seconds").skip(1);
    let seconds = arguments.next().map_or(60, |seconds| seconds.parse().unwrap());
    let service = upstream(says).await;
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "");
    let rapport = tokio::task::spawn_blocking(move || Rapport::serve(&config, service)).await.unwrap();
    first_byte(service, rapport.address).await;
    overload(&rapport, Duration::from_secs(seconds)).await;
}

/// A list of twenty items: at once, or one a second.
async fn says(request: Request<Incoming>) -> Response<Body> {
    let item = |id: usize| {
        format!(r#"{{"id":{id},"title":"Walnut desk lamp","reason":"Because you bought boots","score":0.8731}}"#)
    };
    let answer = Response::builder().header("content-type", "application/json");
    if request.uri().path() != "/recommendations/slow" {
        let items = (0..20).map(item).collect::<Vec<_>>().join(",");
        return answer.body(full(format!(r#"{{"first_name":"Anna","items":[{items}]}}"#))).unwrap();
    }
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(1);
    tokio::spawn(async move {
        sender.send_data(r#"{"items":["#.into()).await?;
        for id in 0..3 {
            sender.send_data(format!("{},", item(id)).into()).await?;
            sleep(Duration::from_secs(1)).await;
        }
        sender.send_data("0]}".into()).await
    });
    answer.body(body.boxed_unsync()).unwrap()
}

// ── Time to the first byte ───────────────────────────────────────────────────────────────────

async fn first_byte(bare: SocketAddr, wrapped: SocketAddr) {
    println!("time to the first byte and to the first item of an answer that takes a second an item (median of 15):");
    let mut medians = Vec::new();
    for (name, address) in [("bare service", bare), ("rapport serve", wrapped)] {
        let (mut bytes, mut items) = (Vec::new(), Vec::new());
        for _ in 0..15 {
            let begun = Instant::now();
            let request = Request::get(format!("http://{address}/recommendations/slow")).body(full("")).unwrap();
            let mut body = client().request(request).await.unwrap().into_body();
            let mut came = Vec::new();
            while !came.windows(6).any(|bytes| bytes == b"\"id\":0") {
                came.extend(body.frame().await.unwrap().unwrap().into_data().unwrap());
                if bytes.len() == items.len() {
                    bytes.push(begun.elapsed());
                }
            }
            items.push(begun.elapsed());
        }
        let (byte, item) = (median(&mut bytes), median(&mut items));
        println!("  {name:<14} byte {byte:>9.2?}   item {item:>9.2?}");
        medians.push(item);
    }
    println!("  rapport serve is later by {:.2?}", medians[1].saturating_sub(medians[0]));
}

// ── More than it can do ──────────────────────────────────────────────────────────────────────

async fn overload(rapport: &Rapport, time: Duration) {
    let tokens: Arc<Vec<String>> = Arc::new(
        (0..1000)
            .map(|number| format!("Bearer {}", token(&format!("customer {number}"), "record personalization")))
            .collect(),
    );
    let usual = latency(rapport.address, &tokens, 200).await;
    println!("one request at a time: {usual:.2?}");

    let done = Arc::new(AtomicUsize::new(0));
    let until = Instant::now() + Duration::from_secs(5);
    let workers = (0..32).map(|worker| {
        let (done, tokens, client, address) = (Arc::clone(&done), Arc::clone(&tokens), client(), rapport.address);
        tokio::spawn(async move {
            for at in worker.. {
                if Instant::now() >= until {
                    break;
                }
                ask(&client, address, &tokens[at % tokens.len()]).await.unwrap();
                done.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    let capacity = done.load(Ordering::Relaxed) as f64 / 5.0;
    println!("as many as it can: {capacity:.0} a second (32 clients, client and service on the same machine)");

    let rate = capacity * 5.0;
    println!("five times that, {rate:.0} a second, for {time:?}; of {WAITING} that wait no more are sent:");
    let counts = Arc::new(Counts::default());
    let (client, begun) = (client(), Instant::now());
    let (mut sent, mut told) = (0_usize, Instant::now());
    while begun.elapsed() < time {
        let due = (begun.elapsed().as_secs_f64() * rate) as usize;
        while sent < due {
            sent += 1;
            if counts.waiting.load(Ordering::Relaxed) >= WAITING {
                counts.unsent.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            counts.waiting.fetch_add(1, Ordering::Relaxed);
            let (client, counts, tokens, address) =
                (client.clone(), Arc::clone(&counts), Arc::clone(&tokens), rapport.address);
            tokio::spawn(async move {
                let asked = Instant::now();
                match timeout(Duration::from_secs(10), ask(&client, address, &tokens[sent % tokens.len()])).await {
                    Ok(Ok(())) => counts.times.lock().unwrap().push(asked.elapsed()),
                    Ok(Err(_)) => drop(counts.failed.fetch_add(1, Ordering::Relaxed)),
                    Err(_) => drop(counts.late.fetch_add(1, Ordering::Relaxed)),
                }
                counts.waiting.fetch_sub(1, Ordering::Relaxed);
            });
        }
        if told.elapsed() > Duration::from_secs(10) {
            told = Instant::now();
            println!("  {:>3.0} s: {}, memory {}", begun.elapsed().as_secs_f64(), counts, memory(rapport));
        }
        sleep(Duration::from_millis(5)).await;
    }
    println!("  the end: {counts}, memory {}", memory(rapport));
    let stopped = Instant::now();
    while latency(rapport.address, &tokens, 5).await > 2 * usual + Duration::from_millis(2)
        && stopped.elapsed() < Duration::from_secs(30)
    {}
    println!("back to at most twice the usual time after {:.2?}; memory {}", stopped.elapsed(), memory(rapport));
}

#[derive(Default)]
struct Counts {
    waiting: AtomicUsize,
    unsent: AtomicUsize,
    late: AtomicUsize,
    failed: AtomicUsize,
    times: Mutex<Vec<Duration>>,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (median, last, whole) = {
            let mut times = self.times.lock().unwrap().clone();
            times.sort_unstable();
            let at = |share: usize| {
                times.get((times.len() * share / 100).min(times.len().saturating_sub(1))).copied().unwrap_or_default()
            };
            (at(50), at(99), times.len())
        };
        let [unsent, late, failed] =
            [&self.unsent, &self.late, &self.failed].map(|count| count.load(Ordering::Relaxed));
        write!(
            f,
            "{whole} whole (median {median:.0?}, 99 % {last:.0?}), {failed} not whole, {late} after 10 s, {unsent} not sent"
        )
    }
}

/// Asks, and looks whether the answer is whole and shaped.
async fn ask(client: &Client<HttpConnector, Body>, address: SocketAddr, token: &str) -> Result<(), String> {
    let request = Request::get(format!("http://{address}/recommendations"))
        .header("authorization", token)
        .body(full(""))
        .unwrap();
    let answer = client.request(request).await.map_err(|error| error.to_string())?;
    let status = answer.status();
    let body = answer.into_body().collect().await.map_err(|error| error.to_string())?.to_bytes();
    let is_whole = status == 200
        && body.starts_with(b"{\"first_name\":null,")
        && body.ends_with(b"]}")
        && !body.windows(5).any(|bytes| bytes == b"boots");
    if is_whole { Ok(()) } else { Err(format!("{status}")) }
}

async fn latency(address: SocketAddr, tokens: &[String], times: usize) -> Duration {
    let (client, mut all) = (client(), Vec::new());
    for at in 0..times {
        let begun = Instant::now();
        ask(&client, address, &tokens[at % tokens.len()]).await.unwrap();
        all.push(begun.elapsed());
    }
    median(&mut all)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn client() -> Client<HttpConnector, Body> {
    Client::builder(TokioExecutor::new()).build_http()
}

fn memory(rapport: &Rapport) -> String {
    let status = fs::read_to_string(format!("/proc/{}/status", rapport.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or("?");
    line.trim().to_owned()
}

/// So many requests wait at most: the client's own machine has an end, too.
const WAITING: usize = 4_000;
