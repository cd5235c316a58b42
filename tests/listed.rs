//! An endpoint that says all that may leave: what its service adds to its answers one day is seen by nobody who is not at the
//! highest stage.

mod house;

use house::*;
use http::{Response, StatusCode};
use tower_rapport::store::Memory;

const LISTED: &str = r#"
[[endpoints]]
name   = "listed"
path   = "/listed"
only   = ["$.items[*]['id', 'title', 'price']", "$.page"]
fields = [
    { path = "$.items[*].reason", data = "observed", steps = { acquainted = { replace = "You may like this" }, familiar = "keep" } },
    { path = "$.items[*].price.paid_before", data = "observed", steps = { familiar = "keep" } },
]
"#;

const ANSWER: &str = r#"{"items": [{"id": 1, "embedding": [0.1], "reason": "boots", "price": {"now": 7, "paid_before": 5}}, 2], "page": {"of": 3}, "segment": "vip"}"#;

fn house() -> House {
    let house = House::of(&format!("{POLICY}{LISTED}"), Memory::new());
    house.answers(|_| Response::builder().header("content-type", "application/json").body(Pieces::whole(ANSWER)));
    house
}

#[tokio::test(start_paused = true)]
async fn what_no_path_lists_and_no_step_shows_leaves_at_the_highest_stage_only() {
    let house = house();
    for (stage, shown) in [
        ("new", r#"{"items": [{"id": 1, "price": {"now": 7}}], "page": {"of": 3}}"#),
        (
            "acquainted",
            r#"{"items": [{"id": 1, "reason": "You may like this", "price": {"now": 7}}], "page": {"of": 3}}"#,
        ),
        (
            "familiar",
            r#"{"items": [{"id": 1, "reason": "boots", "price": {"now": 7, "paid_before": 5}}], "page": {"of": 3}}"#,
        ),
        // What nobody lists may be of a class that is closed.
        (
            "trusted",
            r#"{"items": [{"id": 1, "reason": "boots", "price": {"now": 7, "paid_before": 5}}], "page": {"of": 3}}"#,
        ),
    ] {
        house.know(SUBJECT, stage).await;
        let answer = house.ask(anna("/listed")).await;
        assert_eq!((answer.status, answer.stage(), answer.body.as_str()), (StatusCode::OK, stage, shown));
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_has_no_more_than_what_is_listed() {
    let house = house();
    house.know(SUBJECT, "acquainted").await;
    for (body, shown) in [(r#"{"error": "no offers for Anna"}"#, "{}"), (r#"["Anna"]"#, "[]"), (r#""Anna""#, "null")] {
        house.answers(move |_| {
            let answer = Response::builder().status(StatusCode::NOT_FOUND).header("content-type", "application/json");
            answer.body(Pieces::whole(body))
        });
        let answer = house.ask(anna("/listed")).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::NOT_FOUND, shown));
    }
}

#[cfg(feature = "html")]
const NESTED: &str = r#"
[[endpoints]]
name   = "nested"
path   = "/nested"
nested = [{ path = "$.options[*].content", kind = "json" }, { path = "$.options[*].banner", kind = "html" }]
fields = [{ path = "$.options[*].content.customer.name", data = "provided", steps = { new = "null", familiar = "keep" } }]
html   = [{ select = ".name", data = "provided", steps = { new = { replace = "there" }, familiar = "keep" } }]
"#;

#[cfg(feature = "html")]
#[tokio::test(start_paused = true)]
async fn a_document_in_a_string_is_shaped_as_it_would_be_alone() {
    let house = House::of(&format!("{POLICY}{NESTED}"), Memory::new());
    let answer = r#"{"options": [{"content": "{\"customer\": {\"name\": \"Anna\"}}", "banner": "<p>Hi <b class=name>Anna</b>!<\/p>"}]}"#;
    house.answers(move |_| Response::builder().header("content-type", "application/json").body(Pieces::whole(answer)));
    house.know(SUBJECT, "new").await;
    let shown = r#"{"options": [{"content": "{\"customer\": {\"name\": null}}", "banner": "<p>Hi <b class=name>there</b>!</p>"}]}"#;
    assert_eq!(house.ask(anna("/nested")).await.body, shown);
    house.know(SUBJECT, "familiar").await;
    assert_eq!(house.ask(anna("/nested")).await.body, answer, "as it came");
    house.know(SUBJECT, "new").await;
    house.answers(|_| {
        let broken = r#"{"options": [{"id": 1, "content": "Anna", "banner": "<p>Anna</b><b></p>"}]}"#;
        Response::builder().header("content-type", "application/json").body(Pieces::whole(broken))
    });
    assert_eq!(house.ask(anna("/nested")).await.body, r#"{"options": [{"id": 1}]}"#);
}
