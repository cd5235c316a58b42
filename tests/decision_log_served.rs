//! `rapport serve` with a decision log, and `rapport explain --line` that decides it again.

#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;

use std::{fs, time::Duration};

use binary::{
    Rapport, policy, rapport, run, said, token,
    upstream::{full, upstream},
};
use http::Response;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_served_is_decided_again_from_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = "\n[report]\ndecisions = { file = \"decisions.jsonl\", keep = \"7d\", rotate = \"100MiB\" }\n";
    let config = policy(folder.path(), log);
    let service = upstream(async |_: http::Request<_>| {
        let answer = Response::builder().header("content-type", "application/json");
        answer.body(full(r#"{"first_name": "Anna"}"#)).unwrap()
    })
    .await;
    let mut served = tokio::task::block_in_place(|| Rapport::serve(&config, service));
    for customer in 0..50 {
        let token = token(&format!("customer {customer}"), "record personalization");
        let request = format!(
            "GET /recommendations HTTP/1.1\r\nhost: shop\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
        );
        tokio::task::block_in_place(|| served.raw(&request));
    }
    served.signal("TERM");
    assert!(tokio::task::block_in_place(|| served.ended(Duration::from_secs(20))).success());

    // All that was sent is written when the process ends.
    let lines = fs::read_to_string(folder.path().join("decisions.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 50);
    let explain = |line: &str, input: &str| {
        let output = run(rapport().args(["explain", "--line", line, "--config"]).arg(&config), input);
        let (out, err) = said(&output);
        (output.status.success(), out, err)
    };
    assert_eq!(explain("-", &lines), (true, "50 equal, 0 not\n".to_owned(), String::new()));
    let first = lines.lines().next().unwrap();
    let (equal, told, _) = explain(first, "");
    assert!(
        equal && told.starts_with("equal: stage=new, earned=new, limited-by=(), purposes=(record personalization)"),
        "{told}"
    );

    let changed = lines.replacen("\"stage\":\"new\"", "\"stage\":\"trusted\"", 1);
    let (equal, told, failed) = explain("-", &changed);
    assert!(!equal && told.contains("line 1 is not equal") && told.contains("49 equal, 1 not"), "{told}{failed}");
    let (equal, _, failed) = explain(&lines.lines().next().unwrap().replace("new", "trusted"), "");
    assert!(!equal && failed.contains("not equal"), "{failed}");
    let as_then = fs::read_to_string(&config).unwrap();
    fs::write(&config, as_then.replace("familiar = \"keep\"", "trusted = \"keep\"")).unwrap();
    let (equal, _, failed) = explain(first, "");
    assert!(!equal && failed.contains("it was decided under the policy"), "{failed}");

    // A log goes on while policies change. What is of another one is said apart.
    let fingerprint = |line: &str| serde_json::from_str::<Value>(line).unwrap()["policy"].as_str().unwrap().to_owned();
    let (of_then, of_none) = (fingerprint(first), "0123456789abcdef");
    let (equal, told, failed) = explain("-", &lines);
    assert!(
        !equal
            && told
                == format!(
                    "0 equal, 0 not\n50 of another policy, `{of_then}`: for these name the file as it was then\n"
                ),
        "{told}"
    );
    assert!(failed.contains("no line is of this policy"), "{failed}");
    fs::write(&config, as_then).unwrap();
    let mixed = folder.path().join("mixed.jsonl");
    fs::write(&mixed, format!("{lines}{}\n", first.replace(&of_then, of_none))).unwrap();
    let (equal, told, failed) = explain(mixed.to_str().unwrap(), "");
    assert!(
        equal && failed.is_empty() && told.starts_with("50 equal, 0 not\n1 of another policy, `0123"),
        "{told}{failed}"
    );
    let (equal, _, failed) = explain("no-such.jsonl", "");
    assert!(
        !equal && failed.contains("`no-such.jsonl` is no line of a decision log, which begins with `{`, and no file"),
        "{failed}"
    );
    let neither = run(rapport().args(["explain", "--config"]).arg(&config), "");
    assert!(said(&neither).1.contains("--customer"), "{:?}", said(&neither));
}
