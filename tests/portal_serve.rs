//! The portal of `rapport serve`: what is acknowledged holds on the next answer of the real binary, under load, and after
//! `kill -9`.
#![cfg(all(feature = "cli", feature = "embedded"))]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod binary;

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use binary::{Rapport, days_ago, policy, rapport, run, token, upstream::*};
use http::Response;

const CUSTOMERS: usize = 4;

/// The binary in front of a shop, with customers who have come for a year.
async fn serving(folder: &Path) -> Rapport {
    let service = upstream(async |request| {
        let known = request.headers().contains_key("authorization");
        let reason = if known { "only-theirs" } else { "anybody" };
        let says = format!(r#"{{"first_name": "{reason}", "items": [{{"reason": "{reason}", "score": 1}}]}}"#);
        Response::builder().header("content-type", "application/json").body(full(says)).unwrap()
    })
    .await;
    let file = policy(folder, "");
    let mut events = "customer,time,event\n".to_owned();
    for day in (1..400).rev().step_by(12) {
        for customer in 0..CUSTOMERS {
            events += &format!("c{customer},{},\nc{customer},{},purchase\n", days_ago(day), days_ago(day));
        }
    }
    fs::write(folder.join("events.csv"), events).unwrap();
    let imported = run(rapport().arg("import").arg("--config").arg(&file).arg(folder.join("events.csv")), "");
    assert!(imported.status.success(), "{imported:?}");
    Rapport::serve(&file, service)
}

fn bearer(customer: usize) -> String {
    token(&format!("c{customer}"), "record personalization")
}

fn ask(rapport: &Rapport, method: &str, path: &str, token: &str, body: &str) -> String {
    rapport.raw(&format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ))
}

fn is_ok(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 200 ")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_holds_for_every_request_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let rapport = Arc::new(serving(folder.path()).await);
    let lowered: Arc<[AtomicU64; CUSTOMERS]> = Arc::default();
    let (over, checked, personal) =
        (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
    let readers: Vec<_> = (0..12)
        .map(|reader: usize| {
            let (rapport, lowered, over) = (Arc::clone(&rapport), Arc::clone(&lowered), Arc::clone(&over));
            let (checked, personal) = (Arc::clone(&checked), Arc::clone(&personal));
            thread::spawn(move || {
                let tokens: Vec<_> = (0..CUSTOMERS).map(bearer).collect();
                for round in 0.. {
                    if over.load(SeqCst) {
                        break;
                    }
                    let customer = (reader + round) % CUSTOMERS;
                    let before = lowered[customer].load(SeqCst);
                    let answer = ask(&rapport, "GET", "/recommendations", &tokens[customer], "");
                    assert!(is_ok(&answer), "{answer}");
                    let shows = answer.contains("only-theirs");
                    personal.fetch_add(u64::from(shows), SeqCst);
                    // Odd: something lowered was acknowledged before this was asked, and nobody has wished for more since.
                    if before % 2 == 1 && lowered[customer].load(SeqCst) == before {
                        assert!(!shows, "{answer}");
                        checked.fetch_add(1, SeqCst);
                    }
                }
            })
        })
        .collect();
    let customers: Vec<_> = (0..CUSTOMERS)
        .map(|customer| {
            let (rapport, lowered) = (Arc::clone(&rapport), Arc::clone(&lowered));
            thread::spawn(move || {
                let token = bearer(customer);
                let choose = |method, path: &str, body| {
                    is_ok(&ask(&rapport, method, &format!("/rapport/me{path}"), &token, body))
                };
                for round in 0..12 {
                    let (method, path, body) = [
                        ("PUT", "/limit", r#"{"stage": "new"}"#),
                        ("PUT", "/pause", r#"{"until": "9999-12-31"}"#),
                        ("PUT", "/purposes/personalization", r#"{"granted": false}"#),
                    ][(round + customer) % 3];
                    assert!(choose(method, path, body), "{method} {path}");
                    lowered[customer].fetch_add(1, SeqCst);
                    thread::sleep(Duration::from_millis(30));
                    lowered[customer].fetch_add(1, SeqCst);
                    for (method, path, body) in [
                        ("DELETE", "/limit", ""),
                        ("DELETE", "/pause", ""),
                        ("PUT", "/purposes/personalization", r#"{"granted": true}"#),
                    ] {
                        assert!(choose(method, path, body), "{method} {path}");
                    }
                    thread::sleep(Duration::from_millis(10));
                }
                let (method, path, body) = if customer % 2 == 0 {
                    ("DELETE", "", "")
                } else {
                    ("PUT", "/purposes/record", r#"{"granted": false}"#)
                };
                assert!(choose(method, path, body), "{method} {path}");
                lowered[customer].fetch_add(1, SeqCst);
                thread::sleep(Duration::from_millis(100));
            })
        })
        .collect();
    let joined = tokio::task::spawn_blocking(move || {
        customers.into_iter().for_each(|customer| customer.join().unwrap());
        over.store(true, SeqCst);
        readers.into_iter().for_each(|reader| reader.join().unwrap());
    });
    joined.await.unwrap();
    let (checked, personal) = (checked.load(SeqCst), personal.load(SeqCst));
    println!("{checked} answers after an acknowledgement had nothing personal in them; {personal} others had");
    assert!(checked > 50 && personal > 50, "{checked} {personal}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_acknowledged_survives_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut rapport = serving(folder.path()).await;
    let choices = [
        ("PUT", "/limit", r#"{"stage": "acquainted"}"#),
        ("PUT", "/pause", r#"{"until": "9999-12-31"}"#),
        ("PUT", "/purposes/personalization", r#"{"granted": false}"#),
        ("DELETE", "", ""),
    ];
    for (customer, (method, path, body)) in choices.into_iter().enumerate() {
        assert!(ask(&rapport, "GET", "/recommendations", &bearer(customer), "").contains("only-theirs"));
        assert!(is_ok(&ask(&rapport, method, &format!("/rapport/me{path}"), &bearer(customer), body)));
    }
    rapport.signal("KILL");
    rapport.ended(Duration::from_secs(10));
    let again = Rapport::serve(&folder.path().join("rapport.toml"), rapport.address);
    for (customer, says) in
        [r#""limit":"acquainted""#, r#""paused_until":"9999-12-31""#, r#""state":"withdrawn""#, r#""active_days":0"#]
            .iter()
            .enumerate()
    {
        let answer = ask(&again, "GET", "/rapport/me", &bearer(customer), "");
        assert!(answer.contains(says), "{says}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statement_about_global_privacy_control_is_as_old_as_the_policys_file() {
    let folder = tempfile::tempdir().unwrap();
    let before = days_ago(0);
    let rapport = serving(folder.path()).await;
    let answer = rapport.raw("GET /.well-known/gpc.json HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("content-type: application/json"), "{head}");
    let dated = |date: String| format!(r#"{{"gpc":true,"lastUpdate":"{date}"}}"#);
    // A day may end meanwhile.
    assert!(body == dated(before) || body == dated(days_ago(0)), "{body}");
}
