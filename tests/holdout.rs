//! Some customers are held out, to measure the difference: always the same ones, only ever lower, and said so.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod house;

use house::*;
use serde_json::Value;
#[cfg(feature = "cli")]
use serde_json::json;
use tower_rapport::{policy::Policy, store::Memory};

fn with_holdout(share: &str) -> String {
    format!("{POLICY}\n[holdout]\nshare = {share}\nstage = \"acquainted\"\noutcome = \"purchase\"\n")
}

fn asks(name: &str) -> http::request::Builder {
    with_token("/recommendations", &token(name, "record personalization cross_context special_category", Value::Null))
}

#[tokio::test(start_paused = true)]
async fn a_share_of_the_customers_is_held_the_same_each_time_and_told() {
    let house = House::of(&with_holdout("0.2"), Memory::new());
    let names: Vec<String> = (0..500).map(|number| format!("customer {number}")).collect();
    let mut held = Vec::new();
    for name in &names {
        house.know(name, "trusted").await;
        let answer = house.ask(asks(name)).await;
        assert!(!answer.headers.contains_key("set-cookie"));
        match (answer.stage(), answer.limited_by()) {
            ("trusted", "") => assert_eq!(answer.body, PERSONAL),
            ("acquainted", "holdout") => held.push(name.clone()),
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!((70..=130).contains(&held.len()), "{} of 500 are held, of 20 %", held.len());

    let house = house.reopened();
    for name in &names {
        let stage = if held.contains(name) { "acquainted" } else { "trusted" };
        assert_eq!(house.ask(asks(name)).await.stage(), stage, "{name} after a restart");
    }
    // Who was held at a fifth is held at a half, too: nobody changes sides where the share grows.
    house.layer.reload(policy(&with_holdout("0.5"))).unwrap();
    for name in &held {
        assert_eq!(house.ask(asks(name)).await.stage(), "acquainted", "{name}");
    }
    // The customer's own page says so, and what was earned stays.
    let me = with_token("/rapport/me", &token(&held[0], "record personalization", Value::Null));
    let me: Value = serde_json::from_str(&house.ask(me.header("accept", "application/json")).await.body).unwrap();
    assert!(me["limited_by"].to_string().contains("holdout"), "{me}");
    house.layer.reload(policy(&with_holdout("0.0"))).unwrap();
    assert_eq!(house.ask(asks(&held[0])).await.stage(), "trusted");
}

#[tokio::test(start_paused = true)]
async fn it_raises_nobody_and_opens_nothing() {
    let (held, free) = (House::of(&with_holdout("1.0"), Memory::new()), House::of(&with_holdout("0.0"), Memory::new()));
    for stage in ["new", "acquainted", "familiar", "trusted"] {
        for purposes in ["", "record", "record personalization"] {
            let name = format!("{stage} {purposes}");
            let ask = async |house: &House| {
                house.know(&name, stage).await;
                house.ask(with_token("/recommendations", &token(&name, purposes, Value::Null))).await
            };
            let (held, free) = (ask(&held).await, ask(&free).await);
            let level = |answer: &Answer| {
                ["new", "acquainted", "familiar", "trusted"].iter().position(|it| *it == answer.stage())
            };
            assert!(
                level(&held) <= level(&free) && level(&held) <= Some(1),
                "{name}: {} {}",
                held.stage(),
                free.stage()
            );
        }
    }
    let anybody = held.ask(anybody("/recommendations")).await;
    assert_eq!((anybody.stage(), anybody.limited_by()), ("new", ""), "whoever is not known is in no group");
}

fn policy(text: &str) -> Policy {
    Policy::from_toml("rapport.toml", text, secrets).unwrap_or_else(|found| panic!("{found}"))
}

/// The command, from outside.
#[cfg(feature = "cli")]
#[test]
fn the_groups_are_compared_over_all_customers() {
    use std::process::Command;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rapport.toml");
    std::fs::write(&file, with_holdout("0.3")).unwrap();
    let policy = policy(&with_holdout("0.3"));
    let mut rows = "customer,time,event\n".to_owned();
    for number in 0..4_000 {
        let name = format!("customer {number}");
        rows += &format!("{name},2026-01-0{},visit\n", 1 + number % 9);
        if number % 20 == 0 {
            rows += &format!("{name},2026-02-01,purchase\n");
        }
        // The free buy more often: 20 %, not 10 %.
        let held = policy.held_out(pseudonym(&name)).is_some();
        if number % 10 < if held { 1 } else { 2 } {
            rows += &format!("{name},2026-06-01,purchase\n");
        }
    }
    // Somebody came after all of that, so that something has happened whatever day is asked for.
    rows += "customer 0,2026-11-02,visit\n";
    let events = folder.path().join("events.csv");
    std::fs::write(&events, rows).unwrap();
    let holdout = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rapport"));
        command.arg("holdout").arg("--config").arg(&file).arg(&events).args(more);
        for name in ["JWT", "PSEUDONYM"] {
            command.env(name, secrets(name).unwrap());
        }
        let output = command.output().unwrap();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (told, error) = holdout(&["--since", "2026-04-01", "--json"]);
    let told: Value = serde_json::from_str(&told).unwrap_or_else(|_| panic!("{told}{error}"));
    assert_eq!((&told["significant"], &told["not_comparable"]), (&json!(true), &Value::Null), "{told}");
    let customers = told["held"]["customers"].as_u64().unwrap() + told["free"]["customers"].as_u64().unwrap();
    assert_eq!(customers, 4_000, "all of them");
    assert!((0.07..0.13).contains(&told["difference"].as_f64().unwrap()), "{told}");
    let (told, _) = holdout(&["--since", "2026-04-01"]);
    assert!(told.contains("more than chance explains"), "{told}");
    // What came before would be told from what came after by nobody but `--since`.
    let (told, _) = holdout(&["--since", "2026-11-01"]);
    assert!(told.contains("not comparable: they differed before already"), "{told}");
}
