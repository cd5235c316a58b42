//! Who asks by letter what is kept, or to be forgotten: `rapport export` and `rapport forget` do what the portal does.

#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;
mod servers;

use std::{path::Path, process::Command, time::Duration};

use binary::{
    Rapport, history, over_redis, policy, rapport, run, said, serving,
    upstream::{full, upstream},
};
use http::Response;
use serde_json::{Value, json};
use servers::{Server, until};

/// Runs one command, and answers what it printed.
fn of(command: &mut Command, input: &str) -> (bool, String, String) {
    let output = run(command, input);
    let (out, err) = said(&output);
    (output.status.success(), out, err)
}

fn about(config: &Path, command: &str, customer: &str) -> (bool, String, String) {
    of(rapport().args([command, "--customer", customer, "--config"]).arg(config), "")
}

fn import(config: &Path) -> (bool, String, String) {
    of(rapport().args(["import", "--config"]).arg(config).arg("-"), &history("anna"))
}

/// A shop that says the same to everybody.
async fn shop() -> std::net::SocketAddr {
    upstream(async |_: http::Request<_>| {
        let answer = Response::builder().header("content-type", "application/json");
        answer.body(full(r#"{"first_name": "Anna"}"#)).unwrap()
    })
    .await
}

fn ask(service: &Rapport, request: &str, body: &str) -> String {
    let (head, body) =
        tokio::task::block_in_place(|| service.ask_as("anna", request, "accept: application/json\r\n", body));
    format!("{head}\r\n\r\n{body}")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_is_what_the_customer_would_be_given() {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), EVENTS);
    let (done, _, error) = about(&config, "export", "anna");
    assert!(!done && error.contains("is not there, so nothing is known of anybody"), "{error}");
    assert!(import(&config).0);

    let (done, exported, error) = about(&config, "export", "anna");
    assert!(done && error.is_empty(), "{error}");
    let exported: Value = serde_json::from_str(&exported).unwrap();
    assert_eq!(exported["relationship"]["history"]["events"], json!({ "purchase": 10, "visit": 20 }));
    assert_eq!(exported["relationship"]["history"]["active_days"], 30);
    assert!(!exported.to_string().contains("anna"), "the document leads back to nobody by itself: {exported}");

    let shop = shop().await;
    let served = tokio::task::block_in_place(|| Rapport::serve(&config, shop));
    let answer = ask(&served, "GET /rapport/me/export", "");
    let given: Value = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(exported["relationship"], given["relationship"]);
    assert_eq!(exported["dct:audience"], given["dct:audience"]);
    assert_eq!(exported["policy"], given["policy"]);

    // The file is one process's: said so, and nothing is done.
    let (done, _, error) = about(&config, "forget", "anna");
    assert!(!done && error.contains("is open in another process, as while `rapport serve` runs"), "{error}");
    drop(served);
    for (customer, is_unknown) in [("anna", false), ("nobody", true)] {
        let (done, told, error) = about(&config, "explain", customer);
        assert!(done && told.contains("Nothing is kept of such a customer") == is_unknown, "{told}{error}");
        assert!(told.contains("\nWhat is kept\n") != is_unknown, "{told}");
    }
    let (_, exported, _) = about(&config, "export", "nobody");
    let exported: Value = serde_json::from_str(&exported).unwrap();
    assert_eq!(exported["relationship"], Value::Null);
}

#[test]
fn nobody_has_an_empty_id() {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "");
    for command in ["explain", "export", "forget"] {
        let (done, told, error) = about(&config, command, "");
        assert!(!done && told.is_empty() && error.contains("'--customer <ID>'"), "{told}{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_forgotten_is_a_stranger_and_no_import_brings_anything_back() {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), EVENTS);
    assert!(import(&config).0);
    let shop = shop().await;
    let served = tokio::task::block_in_place(|| Rapport::serve(&config, shop));
    assert!(ask(&served, "GET /recommendations", "").contains("stage=trusted"));
    ask(&served, "PUT /rapport/me/purposes/cross_context", r#"{"granted": false}"#);
    drop(served);

    let (done, told, error) = about(&config, "forget", "anna");
    assert!(done && told.starts_with("forgotten: counts and days are deleted"), "{told}{error}");
    let (_, exported, _) = about(&config, "export", "anna");
    let exported: Value = serde_json::from_str(&exported).unwrap();
    assert_eq!(exported["relationship"]["history"], Value::Null);
    assert_eq!(exported["relationship"]["answers"]["cross_context"]["granted"], false, "a refusal stays");

    let (done, told, warned) = import(&config);
    assert!(done && told.contains("imported no events of no customers"), "{told}");
    assert!(warned.contains("not later than the day on which their customer was forgotten"), "{warned}");
    let served = tokio::task::block_in_place(|| Rapport::serve(&config, shop));
    assert!(ask(&served, "GET /recommendations", "").contains("stage=new"));
    drop(served);

    let (done, told, _) = about(&config, "forget", "nobody");
    assert!(done && told == "nothing is kept of this customer\n", "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_node_that_shares_the_store_hears_of_it() {
    let (folder, server) = (tempfile::tempdir().unwrap(), Server::start(&[]));
    let config = over_redis(folder.path(), EVENTS);
    let with_url = |mut command: Command| {
        command.env("REDIS_URL", server.url());
        command
    };
    let (done, _, error) = of(with_url(rapport()).args(["import", "--config"]).arg(&config).arg("-"), &history("anna"));
    assert!(done, "{error}");
    let shop = shop().await;
    let serve = || Rapport::started(serving(with_url(rapport()), &config, &format!("http://{shop}")));
    let nodes = tokio::task::block_in_place(|| [serve(), serve()]);
    for node in &nodes {
        assert!(ask(node, "GET /recommendations", "").contains("stage=trusted"));
    }
    let forget = of(with_url(rapport()).args(["forget", "--customer", "anna", "--config"]).arg(&config), "");
    assert!(forget.0, "{}", forget.2);
    for node in &nodes {
        let is_new = async || ask(node, "GET /recommendations", "").contains("stage=new");
        until("every node has heard", Duration::from_secs(5), is_new).await;
    }
}

const EVENTS: &str = r#"
[[relationship.events]]
name = "purchase"
"#;
