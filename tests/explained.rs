//! An answer carries its own explanation: how well the customer is known, why, and where that is changed.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod house;

use std::time::Duration;

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

[[endpoints]]
name    = "each"
path    = "/each"
items   = { path = "$.items[*]", id = "$.id", data_at = "$.basis", data_as = { alike = "observed" }, share = { acquainted = 0.5 } }
explain = { into = "$.why", per_item = true }
fields  = [{ path = "$.items[*].reason", data = "observed", steps = { trusted = "keep" } }]

[[endpoints]]
name    = "each_line"
path    = "/each_line"
items   = { path = "$", id = "$.id", data = "observed", share = { acquainted = 1.0 } }
explain = { into = "$.why", per_item = true }
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
    assert!(because.contains("301 days") && !because.contains(SUBJECT), "{because}");
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
    assert_ne!(answer.header("etag"), stranger.header("etag"));
}

#[tokio::test(start_paused = true)]
async fn who_comes_again_after_a_silence_is_not_told_to_come_again() {
    let house = shop();
    house.says("{}");
    house.know(SUBJECT, "trusted").await;
    house.clock.travel(120);
    let token = token(SUBJECT, "record personalization", json!({"exp": 2_000_000_000}));
    let mut said = Vec::new();
    for days in [0, 3] {
        house.clock.travel(days);
        tokio::time::sleep(Duration::from_secs(60)).await;
        let told = why(&house.ask(with_token("/recommendations", &token)).await);
        assert_eq!(told["limited_by"], json!(["consent", "pace", "cooled"]));
        said.push(told["because"].as_array().unwrap().iter().find(|says| says.to_string().contains("step")).cloned());
    }
    assert_eq!(said, vec![Some(json!("The next step is possible from 29 March 2027 on.")); 2]);
}

#[tokio::test(start_paused = true)]
async fn it_speaks_the_customers_language() {
    let house = shop();
    house.says("{}");
    let [english, german] =
        ["en", "de-CH, en;q=0.5"].map(|language| anybody("/recommendations").header("accept-language", language));
    let (english, german) = (house.ask(english).await, house.ask(german).await);
    assert_ne!(why(&english)["because"], why(&german)["because"]);
    assert!(german.header("vary").split(", ").any(|name| name == "accept-language"), "{}", german.header("vary"));
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

/// What each item says, and the item without that.
fn whys(answer: &Answer) -> Vec<(Value, Value)> {
    let mut body: Value = serde_json::from_str(&answer.body).unwrap();
    let items = body["items"].as_array_mut().unwrap();
    items.iter_mut().map(|item| (item.as_object_mut().unwrap().remove("why").unwrap(), item.take())).collect()
}

#[tokio::test(start_paused = true)]
async fn each_item_says_by_which_data_it_was_chosen() {
    let house = shop();
    house.answers(|asked| {
        let body = match is_known(asked) {
            true => r#"{"items":[{"id":1,"basis":"alike","reason":"You bought shoes"},{"id":2,"basis":"none","why":"because"},{"id":3,"basis":"alike"}]}"#,
            false => r#"{"items":[{"id":7,"w\u0068y":{"data":["observed"]}},{"id":8}]}"#,
        };
        Response::builder().header("content-type", "application/json").body(Pieces::whole(body))
    });
    let anybodys = json!({"data": [], "because": ["Everybody sees this here."]});
    let stranger = house.ask(anybody("/each")).await;
    assert_eq!(whys(&stranger), [(anybodys.clone(), json!({"id": 7})), (anybodys.clone(), json!({"id": 8}))]);
    house.know(SUBJECT, "acquainted").await;
    let own = json!({"data": ["observed"], "because": ["Chosen from what you did here."]});
    assert_eq!(
        whys(&house.ask(anna("/each")).await),
        [
            (anybodys.clone(), json!({"id": 7})),
            (anybodys.clone(), json!({"id": 2, "basis": "none"})),
            (own, json!({"id": 1, "basis": "alike"})),
        ]
    );
    let german = house.ask(anna("/each").header("accept-language", "de")).await;
    assert_eq!(whys(&german)[2].0["because"], json!(["Ausgesucht nach dem, was Sie hier getan haben."]));
    assert!(german.body.contains(r#""stage":"acquainted""#), "the answer says its own, too: {}", german.body);
    // What is only asked as if less were known.
    let preferred = house.ask(anna("/each").header("prefer", "personalization=new")).await;
    assert_eq!(whys(&preferred)[0], (anybodys, json!({"id": 7})));
}

#[tokio::test(start_paused = true)]
async fn each_document_that_is_an_item_says_it() {
    let house = shop();
    house.know(SUBJECT, "acquainted").await;
    let ask = async |request, media: &'static str, body: &'static str| {
        house.answers(move |_| Response::builder().header("content-type", media).body(Pieces::whole(body)));
        house.ask(request).await.body
    };
    let lines = "{\"id\":1,\"why\":2}\n{}\n7\n";
    let says = r#""why":{"data":["observed"],"because":["Chosen from what you did here."]}"#;
    assert_eq!(
        ask(anna("/each_line"), "application/x-ndjson", lines).await,
        format!("{{\"id\":1,{says}}}\n{{{says}}}\n7\n")
    );
    let event = "data: {\"id\":1}\n\n";
    assert_eq!(ask(anna("/each_line"), "text/event-stream", event).await, format!("data: {{\"id\":1,{says}}}\n\n"));
    // One that is the whole answer says it once.
    let whole = ask(anna("/each_line"), "application/json", r#"{"id":1}"#).await;
    assert!(whole.starts_with(r#"{"why":{"stage":"acquainted""#) && whole.ends_with(r#","id":1}"#), "{whole}");
    // The generic answer is the one that was asked first.
    let says = r#""why":{"data":[],"because":["Everybody sees this here."]}"#;
    let anybodys = ask(anybody("/each_line"), "application/x-ndjson", "{}\n").await;
    assert_eq!(anybodys, format!("{{\"id\":1,{says}}}\n{{{says}}}\n7\n"));
}

#[tokio::test(start_paused = true)]
async fn items_of_an_error_or_of_what_is_only_observed_say_nothing() {
    let house = shop();
    let body = r#"{"items":[{"id":1,"basis":"none"}]}"#;
    house.answers(move |_| {
        Response::builder().status(404).header("content-type", "application/json").body(Pieces::whole(body))
    });
    house.know(SUBJECT, "trusted").await;
    for request in [anybody("/each"), anna("/each")] {
        assert_eq!(house.ask(request).await.body, body);
    }
    let house = House::of(&format!("mode = \"observe\"\n{BASE}{ENDPOINTS}"), Memory::new());
    house.says(body);
    assert_eq!(house.ask(anybody("/each")).await.body, body);
}
