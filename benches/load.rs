//! Ten million relationships in one file: how long their history takes to import, how many bytes each takes in the store and
//! in memory, and how long a decision takes about a customer whom memory knows, and about one whom it does not.
//!
//! `cargo bench --all-features --bench load` (with `-- --customers 100000` for fewer). It takes about 5 GB of disk in the system's
//! folder for temporary files, 2 GB of memory and several minutes.
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
    io::{BufWriter, Write},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use binary::{days_ago, policy, rapport, run_within, said, token};
use http::{Request, header};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt};
use tower_rapport::{RapportLayer, policy::Policy};

fn main() {
    let mut arguments = std::env::args().skip_while(|argument| argument != "--customers").skip(1);
    let customers: u64 = arguments.next().map_or(10_000_000, |number| number.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let file = policy(folder.path(), "");
    let events = folder.path().join("events.csv");
    let rows = write_history(&events, customers);
    println!("{customers} customers, {rows} events");

    let begun = Instant::now();
    let output =
        run_within(rapport().args(["import", "--config"]).arg(&file).arg(&events), "", Duration::from_secs(3_600));
    assert!(output.status.success(), "{:?}", said(&output));
    fs::remove_file(&events).unwrap();
    let took = begun.elapsed();
    println!(
        "import: {took:.1?}, {:.0} customers and {:.0} events a second",
        per_second(customers, took),
        per_second(rows, took)
    );
    let store = folder.path().join("rapport.redb");
    println!("store: {} bytes a relationship as imported", fs::metadata(&store).unwrap().len() / customers);

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(serve(&file, &store, customers));
}

/// A short life for each: most came twice or three times, one in ten for long.
fn write_history(path: &Path, customers: u64) -> u64 {
    let mut file = BufWriter::new(fs::File::create(path).unwrap());
    let days: Vec<String> = (0..400).map(days_ago).collect();
    writeln!(file, "customer,time,event").unwrap();
    let mut rows = 0;
    for customer in 0..customers {
        let comes = if customer % 10 == 0 { 12 } else { 2 + customer % 2 };
        for time in 0..comes {
            let day = &days[usize::try_from((comes - 1 - time) * 30 + customer % 20).unwrap()];
            let event = if time % 4 == 1 { "purchase" } else { "visit" };
            writeln!(file, "c{customer},{day},{event}").unwrap();
            rows += 1;
        }
    }
    file.flush().unwrap();
    rows
}

async fn serve(file: &Path, store: &Path, customers: u64) {
    let secrets = |name: &str| match name {
        "RAPPORT_JWT_SECRET" => Some(binary::SECRET.to_owned()),
        _ => Some("a pseudonym secret of 32 bytes..".to_owned()),
    };
    let written = fs::read_to_string(file).unwrap().replace("rapport.redb", store.to_str().unwrap());
    let begun = Instant::now();
    let layer = RapportLayer::open(Policy::from_toml("load.toml", &written, secrets).unwrap()).unwrap();
    println!("opened in {:.1?}", begun.elapsed());
    settled(store).await;
    println!("store: {} bytes a relationship once it was made anew", fs::metadata(store).unwrap().len() / customers);

    let says = || async { ([(header::CONTENT_TYPE, "application/json")], r#"{"first_name":"Anna"}"#) };
    let service = layer.layer(Router::new().route("/recommendations", get(says)));
    // Spread over all, and in no order that the file has.
    let asked = customers.min(200_000);
    let whom = |n: u64| format!("c{}", (n * 7_919_317) % customers);
    let tokens: Arc<Vec<String>> =
        Arc::new((0..asked).map(|n| format!("Bearer {}", token(&whom(n), "record personalization"))).collect());
    let before = resident();
    for round in ["memory knows nobody", "memory knows everybody"] {
        let (mut times, mut strangers) = (Vec::new(), 0);
        for token in tokens.iter() {
            let request = Request::get("/recommendations")
                .header("authorization", token)
                .body(Full::<bytes::Bytes>::default())
                .unwrap();
            let begun = Instant::now();
            let answer = service.clone().oneshot(request).await.unwrap();
            times.push(begun.elapsed());
            let told = answer.headers()["personalization"].to_str().unwrap().to_owned();
            strangers += u64::from(told.contains("store"));
            drop(answer.into_body().collect().await);
        }
        times.sort_unstable();
        let at = |share: usize| times[(times.len() * share / 1000).min(times.len() - 1)];
        println!(
            "{round}: an answer's head after {:.1?} (median), {:.1?} (99 %), {:.1?} (99.9 %); {strangers} of {asked} not decided in time",
            at(500),
            at(990),
            at(999)
        );
    }
    println!(
        "memory: {} bytes for each customer who was asked for, tokens among them",
        (resident().saturating_sub(before)) / asked
    );
    layer.flush().await;
}

/// Waits until the file is made anew: it stands under the same name then, and has another length no more.
async fn settled(store: &Path) {
    let half = store.with_extension("redb.new");
    let begun = Instant::now();
    tokio::time::sleep(Duration::from_secs(1)).await;
    while half.exists() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("made anew in {:.1?}", begun.elapsed());
}

/// The bytes of this process that are in memory.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1024
}

fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}
