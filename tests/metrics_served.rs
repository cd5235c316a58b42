//! The page of metrics of `rapport serve`, and the dashboard that reads it.

#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;

use std::{
    collections::BTreeSet,
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
};

use binary::{
    Rapport, policy, token,
    upstream::{full, upstream},
};
use http::Response;
use serde_json::Value;

fn page(port: u16) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: operator\r\nconnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// The names of this crate's metrics in a text.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let ours = words.filter(|word| word.starts_with("rapport_"));
    let bare = |word: &str| {
        ["_bucket", "_sum", "_count"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word).to_owned()
    };
    ours.map(bare).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_counts_what_happens_and_names_nobody() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), &format!("\n[report]\nmetrics = \"127.0.0.1:{port}\"\n"));
    let service = upstream(async |_: http::Request<_>| {
        let answer = Response::builder().header("content-type", "application/json");
        answer.body(full(r#"{"first_name": "Anna", "items": [{"id": 1, "reason": "Because", "score": 0.7}]}"#)).unwrap()
    })
    .await;
    let served = tokio::task::block_in_place(|| Rapport::serve(&config, service));
    for customer in 0..5 {
        let purposes = if customer == 0 { "record" } else { "record personalization" };
        let token = token(&format!("customer {customer}"), purposes);
        let request = format!(
            "GET /recommendations HTTP/1.1\r\nhost: shop\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
        );
        tokio::task::block_in_place(|| served.raw(&request));
    }
    let page = tokio::task::block_in_place(|| page(port));
    for line in [
        "rapport_decisions_total{stage=\"new\"} 5",
        "rapport_limits_total{limit=\"consent\"} 1",
        "rapport_treated_values_total{endpoint=\"recommendations\",treatment=\"null\"} 5",
        "rapport_treated_values_total{endpoint=\"recommendations\",treatment=\"remove\"} 10",
        "rapport_decision_seconds_count 5",
        "rapport_shaping_seconds_count 5",
        "# HELP rapport_decisions_total Decisions by the stage that they gave.",
    ] {
        assert!(page.lines().any(|told| told == line), "`{line}` is not in\n{page}");
    }
    assert!(!page.contains("customer ") && !page.contains("Anna"), "{page}");
    // Customers cannot reach it.
    let theirs =
        tokio::task::block_in_place(|| served.raw("GET /metrics HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n"));
    assert!(!theirs.contains("rapport_decisions_total"), "{theirs}");
}

/// What is counted anywhere is described, and the dashboard asks for nothing that nobody counts.
#[test]
fn the_dashboard_and_the_descriptions_name_what_is_counted() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| fs::read_to_string(source.join(path)).unwrap();
    let counted = names(
        &["src/report/counters.rs", "src/report/hearing.rs", "src/report/log.rs", "src/report/told.rs"]
            .map(read)
            .concat(),
    );
    let described = names(&read("src/cli/metrics.rs"));
    assert_eq!(counted, described);
    let dashboard: Value = serde_json::from_str(&read("config/grafana.json")).unwrap();
    let asked = names(&dashboard.to_string());
    assert!(asked.is_subset(&counted), "{asked:?}");
    assert!(counted.len() - asked.len() <= 3, "{:?} are not on the dashboard", counted.difference(&asked));
}
