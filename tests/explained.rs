//! An answer carries its own explanation: how well the customer is known, why, and where that is changed.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod house;

use house::*;
use http::Response;
use serde_json::{Value, json};
use tower_rapport::store::Memory;

const ENDPOINTS: &str = r#"
[[endpoints]]
name    = "recommendations"
path    = "/recommendations"
empty   = '{"items":[]}'
items   = { path = "$.items[*]", id = "$.id", data = "observed", share = { acquainted = 1.0 } }
explain = { into = "$.personalization" }

[[endpoints]]
name    = "lines"
path    = "/lines"
explain = { into = "$.personalization" }
"#;

fn shop() -> House {
    House::of(&format!("{BASE}{ENDPOINTS}"), Memory::new())
}

fn why(answer: &Answer) -> Value {
    let mut body: Value = serde_json::from_str(&answer.body).unwrap();
    body["personalization"].take()
}

#[tokio::test(start_paused = true)]
async fn it_says_the_stage_and_why_and_where_to_change_it() {
    let house = shop();
    house.says(r#"{"items":[{"id":1}]}"#);
    let stranger = house.ask(anybody("/recommendations")).await;
    assert_eq!(
        why(&stranger),
        json!({"stage": "new", "level": 0, "of": 4, "because": why(&stranger)["because"], "limited_by": [], "portal": "/rapport/me"})
    );
    assert!(stranger.body.ends_with(r#","items":[{"id":1}]}"#), "{}", stranger.body);
    house.know(SUBJECT, "acquainted").await;
    let answer = house.ask(anna("/recommendations")).await;
    let (why, told) = (why(&answer), answer.stage().to_owned());
    assert_eq!((why["stage"].as_str(), why["level"].as_u64()), (Some(&*told), Some(1)));
    let because = why["because"].to_string();
    assert!(because.contains("300") && !because.contains(SUBJECT), "{because}");
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    assert_ne!(answer.header("etag"), stranger.header("etag"));
}

#[tokio::test(start_paused = true)]
async fn it_speaks_the_customers_language() {
    let house = shop();
    house.says("{}");
    let [english, german] =
        ["en", "de-CH, en;q=0.5"].map(|language| anybody("/recommendations").header("accept-language", language));
    let (english, german) = (house.ask(english).await, house.ask(german).await);
    assert_ne!(why(&english)["because"], why(&german)["because"]);
    assert!(
        german.header("vary").contains("accept-language")
            || german.headers.get_all("vary").iter().any(|line| line == "accept-language")
    );
}

#[tokio::test(start_paused = true)]
async fn the_service_cannot_say_it_instead() {
    let house = shop();
    house.says(r#"{"personalization":{"stage":"trusted"},"items":[],"personaliz\u0061tion":"x"}"#);
    let answer = house.ask(anybody("/recommendations")).await;
    assert_eq!(answer.body.matches("personaliz").count(), 1, "{}", answer.body);
    assert_eq!(why(&answer)["stage"], "new");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_object_or_no_success_or_several_documents_has_no_place_for_it() {
    let house = shop();
    for (status, media, body) in [
        (200, "application/json", "[1, 2]"),
        (404, "application/json", r#"{"error":"none"}"#),
        (200, "application/x-ndjson", "{\"a\":1}\n{\"a\":2}\n"),
    ] {
        house.answers(move |_| {
            Response::builder().status(status).header("content-type", media).body(Pieces::whole(body))
        });
        assert_eq!(house.ask(anybody("/lines").header("x", status)).await.body, body);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_only_observed_is_not_explained() {
    let house = House::of(&format!("mode = \"observe\"\n{BASE}{ENDPOINTS}"), Memory::new());
    house.says(r#"{"personalization":1}"#);
    assert_eq!(house.ask(anybody("/lines")).await.body, r#"{"personalization":1}"#);
}
