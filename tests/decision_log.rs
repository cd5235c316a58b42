//! Promise 9: a line of the decision log, and the policy that it names, give the same decision.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod house;

use std::{fs, path::Path, time::Duration};

use house::*;
use http::Method;
use serde_json::{Value, json};
use tower_rapport::{
    clock::Clock,
    policy::Policy,
    report::ReplayError,
    store::{Fault, Memory},
};

/// The house's policy with a log in a file.
fn with_log(folder: &Path) -> String {
    let file = folder.join("decisions.jsonl");
    format!(
        "{POLICY}\n[report]\ndecisions = {{ file = {:?}, keep = \"7d\", rotate = \"1MiB\" }}\n\
         [caps]\nminor = {{ under = 18, stage = \"acquainted\" }}\n\
         channels = [{{ header = \"x-channel\", value = \"telephone\", stage = \"acquainted\" }}]\n\
         [consent.gpc]\nhonour = true\n[consent.tcf]\n",
        file.to_str().unwrap()
    )
}

/// All lines, once the house is gone.
fn lines(house: House, folder: &Path) -> Vec<String> {
    drop(house);
    fs::read_to_string(folder.join("decisions.jsonl")).unwrap().lines().map(str::to_owned).collect()
}

fn policy(text: &str) -> Policy {
    Policy::from_toml("rapport.toml", text, secrets).unwrap_or_else(|found| panic!("{found}"))
}

#[tokio::test(start_paused = true)]
async fn every_decision_is_one_line_that_is_decided_again_alike() {
    let folder = tempfile::tempdir().unwrap();
    let text = with_log(folder.path());
    let house = House::of(&text, Memory::new());
    let purposes = ["", "record", "record personalization", "record personalization cross_context special_category"];
    let births = [Value::Null, json!({ "birthdate": "2015-02-01" }), json!({ "birthdate": "1980" })];
    let agreed = format!("euconsent-v2={}", tc_string(house.clock.now(), &[1, 5, 6], &[1]));
    let headers: [&[(&str, &str)]; 6] = [
        &[],
        &[("sec-gpc", "1")],
        &[("prefer", "personalization=none")],
        &[("prefer", "personalization=acquainted")],
        &[("x-channel", "telephone")],
        &[("cookie", &agreed)],
    ];
    let mut asked = 0;
    for (number, stage) in ["new", "acquainted", "familiar", "trusted"].into_iter().enumerate() {
        for (place, granted) in purposes.into_iter().enumerate() {
            let name = format!("somebody {number} {place}");
            house.know(&name, stage).await;
            for more in &births {
                for lines in headers {
                    let mut request = with_token("/recommendations", &token(&name, granted, more.clone()));
                    for (header, value) in lines {
                        request = request.header(*header, *value);
                    }
                    assert_eq!(house.ask(request).await.status, 200);
                    asked += 1;
                }
            }
        }
    }
    // What lowers, a silence, strangers, a token that proves nothing, and a store that does not tell.
    for (path, body) in [("limit", r#"{"stage": "acquainted"}"#), ("pause", r#"{"until": "2099-01-31"}"#)] {
        house.know("ben", "trusted").await;
        let ben = |path: &str| with_token(path, &token("ben", "record personalization", Value::Null));
        let choose = ben(&format!("/rapport/me/{path}")).method(Method::PUT).header("content-type", "application/json");
        assert_eq!(house.ask_with(choose, body).await.status, 200);
        house.ask(ben("/recommendations")).await;
        house.clock.travel(200);
        house.ask(ben("/strict")).await;
        house.ask(ben("/recommendations").method(Method::HEAD)).await;
        asked += 3;
    }
    house.ask(anybody("/recommendations")).await;
    house.ask(with_token("/recommendations", "no.token.atall")).await;
    house.store.set(Fault::Down);
    house.ask(with_token("/recommendations", &token("nobody yet", "record", Value::Null))).await;
    house.store.set(Fault::None);
    asked += 3;
    house.know("zoe", "trusted").await;
    let zoe = |path: &str| with_token(path, &token("zoe", "record personalization", Value::Null));
    house.ask(zoe("/complaints").method(Method::POST)).await;
    house.ask(zoe("/recommendations")).await;
    asked += 1;
    // Not an endpoint's.
    house.ask(anna("/elsewhere")).await;

    let lines = lines(house, folder.path());
    assert_eq!(lines.len(), asked);
    let policy = policy(&text);
    let mut limits = std::collections::BTreeSet::new();
    for line in &lines {
        let replay = policy.replay(line).unwrap();
        assert!(replay.is_equal(), "{line}\n{replay:?}");
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["policy"], json!(policy.fingerprint()));
        limits.extend(line["limited_by"].as_array().unwrap().iter().map(|limit| limit.as_str().unwrap().to_owned()));
    }
    for limit in
        ["consent", "limit", "pause", "minor", "channel", "cooled", "pace", "taken", "prefer", "store", "token"]
    {
        assert!(limits.contains(limit), "`{limit}` is not among {limits:?}");
    }
}

/// A visitor who becomes known, and signs in: while both cannot be joined, and once they can.
#[tokio::test(start_paused = true)]
async fn whoever_was_a_visitor_is_decided_again_alike_before_and_after_a_join() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("{}[identity.visitors]\n", with_log(folder.path()));
    let house = House::of(&text, Memory::new());
    let mut cookies = format!("euconsent-v2={}", tc_string(house.clock.now(), &[1, 5, 6], &[]));
    let visits = |cookies: &str| anybody("/recommendations").header("cookie", cookies.to_owned());
    let first = house.ask(visits(&cookies)).await;
    let cookie = first.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    cookies = format!("{cookies}; {cookie}");
    for _ in 0..9 {
        house.ask(visits(&cookies)).await;
        house.layer.flush().await;
        house.clock.travel(1);
    }
    house.know(SUBJECT, "familiar").await;
    let signs_in = || anna("/recommendations").header("cookie", cookies.clone());
    house.store.set(Fault::Held);
    let before = house.ask(signs_in()).await;
    house.store.set(Fault::None);
    house.layer.flush().await;
    let after = house.ask(signs_in()).await;
    assert_eq!((before.stage(), after.stage()), ("familiar", "familiar"));
    let gone = house.ask(visits(&cookies)).await;
    assert_eq!(gone.stage(), "new", "whose cookie has become somebody else's is nobody");

    let lines = lines(house, folder.path());
    assert_eq!(lines.len(), 13, "one line a decision, also where a join decided again");
    for line in &lines {
        let replay = policy(&text).replay(line).unwrap();
        assert!(replay.is_equal(), "{line}\n{replay:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_was_changed_is_not_equal_and_one_of_another_policy_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = with_log(folder.path());
    let house = House::of(&text, Memory::new());
    house.know(SUBJECT, "familiar").await;
    house.ask(anna("/recommendations")).await;
    let line = lines(house, folder.path()).remove(0);
    let (this, other) = (policy(&text), policy(&text.replace("familiar = \"keep\"", "trusted = \"keep\"")));
    assert!(this.replay(&line).unwrap().is_equal());
    let changed = line.replacen("\"stage\":\"familiar\"", "\"stage\":\"trusted\"", 1);
    let replay = this.replay(&changed).unwrap();
    assert!(!replay.is_equal() && replay.logged.contains("trusted") && replay.made.contains("familiar"), "{replay:?}");
    assert!(matches!(other.replay(&line), Err(ReplayError::Policy { .. })));
    for nothing in ["", "{}", "stage=familiar", &line[..line.len() / 2]] {
        assert!(matches!(this.replay(nothing), Err(ReplayError::Line(_))), "{nothing}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_says_what_became_of_the_answer_and_no_name() {
    let folder = tempfile::tempdir().unwrap();
    let house = House::of(&with_log(folder.path()), Memory::new());
    for stage in ["new", "acquainted", "trusted"] {
        house.know(SUBJECT, stage).await;
        house.says(PERSONAL);
        house.ask(anna("/recommendations")).await;
    }
    // Given up before its end.
    house.streams([data(r#"{"items": [{"reason": "Because""#), rests(60_000)]);
    let _ = tokio::time::timeout(Duration::from_secs(1), house.ask(anna("/recommendations"))).await;
    let lines = lines(house, folder.path());
    let all = lines.join("\n");
    for name in [SUBJECT, "Anna", "Because", "shoes", "eyJ"] {
        assert!(!all.contains(name), "{name} is in\n{all}");
    }
    let treated: Vec<Value> =
        lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap()["treated"].clone()).collect();
    assert_eq!(
        treated,
        [
            json!({ "null": 1, "remove": 4 }),
            json!({ "null": 1, "replace": 2, "round_to": 2 }),
            // Its plan changes nothing, so nobody looks into it.
            json!({}),
            json!({}),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn it_can_go_to_tracing_and_is_off_by_default() {
    let (operator, house) = (Operator::watch(), House::new());
    house.ask(anna("/recommendations")).await;
    assert!(!operator.log().contains("limited_by"), "{}", operator.log());
    let house = House::of(&format!("{POLICY}\n[report]\ndecisions = \"tracing\"\n"), Memory::new());
    house.ask(anna("/recommendations")).await;
    operator.logged(r#""stage":"new","earned":"new","limited_by":[],"purposes":["record","personalization"]"#);
}

#[tokio::test(start_paused = true)]
async fn a_reload_goes_on_in_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let text = with_log(folder.path());
    let house = House::of(&text, Memory::new());
    house.ask(anna("/recommendations")).await;
    house.layer.reload(policy(&text.replace("familiar = \"keep\"", "trusted = \"keep\""))).unwrap();
    house.ask(anna("/recommendations")).await;
    let lines = lines(house, folder.path());
    assert_eq!(lines.len(), 2);
    assert!(policy(&text).replay(&lines[0]).unwrap().is_equal());
    assert!(policy(&text).replay(&lines[1]).is_err());
}
