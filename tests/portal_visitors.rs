//! The portal of people without a token: anybody may agree to be remembered, and is then a visitor with choices of their own.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod house;

use std::time::Duration;

use house::*;
use http::{header, request};
use serde_json::{Value, json};
use tokio::time::timeout;
use tower_rapport::store::{Fault, Memory};

fn house() -> House {
    House::of(&format!("{POLICY}\n[identity.visitors]\n"), Memory::new())
}

/// A browser on a page of the shop, with a visitor's cookie or none.
fn browser(method: &str, path: &str, cookie: Option<&str>) -> request::Builder {
    let media = if method == "POST" { "application/x-www-form-urlencoded" } else { "application/json" };
    let request = anybody(path).method(method).header("sec-fetch-site", "same-origin").header("content-type", media);
    cookie.into_iter().fold(request, |request, cookie| request.header(header::COOKIE, cookie))
}

const RECORD: &str = "/rapport/me/purposes/record";

/// The cookie that an answer sets, as a browser sends it back.
fn cookie(answer: &Answer) -> Option<String> {
    let line = answer.headers.get(header::SET_COOKIE)?.to_str().unwrap();
    for part in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(line.contains(part), "{line}");
    }
    assert!(line.starts_with("__Host-"), "{line}");
    (!line.contains("Max-Age=0;")).then(|| line.split(';').next().unwrap().to_owned())
}

fn read(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

async fn agreed(house: &House) -> String {
    let answer = house.ask_with(browser("PUT", RECORD, None), r#"{"granted": true}"#).await;
    assert_eq!(read(&answer)["purposes"]["record"]["by"], json!("customer"));
    cookie(&answer).unwrap()
}

#[tokio::test(start_paused = true)]
async fn anybody_may_agree_to_be_remembered_and_is_known_from_then_on() {
    let house = house();
    let stranger = house.ask(browser("GET", "/rapport/me", None).header("accept", "text/html")).await;
    assert_eq!(stranger.status, 401);
    assert!(stranger.body.contains(&format!("action=\"{RECORD}\"")), "the page asks: {}", stranger.body);

    let visitor = agreed(&house).await;
    let me = read(&house.ask(browser("GET", "/rapport/me", Some(&visitor))).await);
    assert_eq!((&me["stage"], &me["purposes"]["record"]["granted"]), (&json!("new"), &json!(true)));
    for _ in 0..4 {
        house.clock.travel(1);
        house.ask(browser("GET", "/recommendations", Some(&visitor))).await;
        house.layer.flush().await;
    }
    let me = read(&house.ask(browser("GET", "/rapport/me", Some(&visitor))).await);
    assert_eq!(me["kept"]["active_days"], json!(4));
    for (path, body) in [("limit", r#"{"stage": "new"}"#), ("purposes/personalization", r#"{"granted": true}"#)] {
        read(&house.ask_with(browser("PUT", &format!("/rapport/me/{path}"), Some(&visitor)), body).await);
    }
    read(&house.ask(browser("DELETE", "/rapport/me", Some(&visitor))).await);
    let me = read(&house.ask(browser("GET", "/rapport/me", Some(&visitor))).await);
    assert_eq!((&me["kept"]["active_days"], &me["limit"]), (&json!(0), &json!("new")));
}

#[tokio::test(start_paused = true)]
async fn a_form_does_the_same() {
    let house = house();
    let answer = house.ask_with(browser("POST", RECORD, None), "_method=put&granted=true").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/rapport/me?done=record#done"));
    let visitor = cookie(&answer).unwrap();
    assert_eq!(house.ask(browser("GET", "/rapport/me", Some(&visitor))).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn whoever_refuses_gets_no_cookie_and_nothing_is_kept() {
    let house = house();
    let before = house.store.replaces();
    let answer = house.ask_with(browser("PUT", RECORD, None), r#"{"granted": false}"#).await;
    assert_eq!((read(&answer)["stage"].clone(), cookie(&answer)), (json!("new"), None));
    assert_eq!(house.store.replaces(), before);
}

#[tokio::test(start_paused = true)]
async fn nobody_else_is_made_a_visitor() {
    let house = house();
    let token = token(SUBJECT, "record", Value::Null);
    let agree = r#"{"granted": true}"#;
    for (request, body, status) in [
        (browser("PUT", RECORD, None).header("authorization", "Bearer a.b.c"), agree, 401),
        (browser("PUT", "/rapport/me/purposes/personalization", None), agree, 401),
        (browser("PUT", "/rapport/me/limit", None), r#"{"stage": "new"}"#, 401),
        (browser("DELETE", "/rapport/me", None), "", 401),
        (browser("PUT", RECORD, None).header("authorization", format!("Bearer {token}")), agree, 200),
        (anybody(RECORD).method("PUT").header("sec-fetch-site", "cross-site"), agree, 403),
        (anybody(RECORD).method("PUT"), agree, 403),
    ] {
        let answer = house.ask_with(request, body).await;
        assert_eq!((answer.status.as_u16(), cookie(&answer)), (status, None), "{}", answer.body);
    }
    let without = House::new();
    assert_eq!(without.ask_with(browser("PUT", RECORD, None), agree).await.status, 401, "visitors are off");
    house.store.set(Fault::Down);
    let answer = house.ask_with(browser("PUT", RECORD, None), agree).await;
    assert_eq!(
        (answer.status.as_u16(), cookie(&answer)),
        (503, None),
        "a cookie for what is not kept would remember nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn a_visitor_who_became_a_customer_is_nobody_any_more() {
    let mut house = house();
    let visitor = agreed(&house).await;
    house.clock.travel(1);
    house.ask(browser("GET", "/recommendations", Some(&visitor))).await;
    house.layer.flush().await;
    let signed_in = token(SUBJECT, "record personalization", Value::Null);
    let both =
        browser("GET", "/recommendations", Some(&visitor)).header("authorization", format!("Bearer {signed_in}"));
    house.ask(both).await;
    house.layer.flush().await;
    for (method, path, body) in [
        ("GET", "/rapport/me", ""),
        ("GET", "/rapport/me/export", ""),
        ("PUT", "/rapport/me/limit", r#"{"stage": "new"}"#),
        ("DELETE", "/rapport/me", ""),
    ] {
        // Nor where that is not in memory.
        house = house.reopened();
        let answer = house.ask_with(browser(method, path, Some(&visitor)), body).await;
        assert_eq!(answer.status, 401, "{method} {path}: {}", answer.body);
        assert!(answer.header("set-cookie").contains("Max-Age=0"), "{method} {path}: and the cookie goes");
    }
    assert_eq!(read(&house.ask(anna("/rapport/me")).await)["kept"]["active_days"], json!(1), "the customer has it now");
}

#[tokio::test(start_paused = true)]
async fn what_a_visitor_lowers_is_in_force_while_the_store_says_nothing() {
    let mut house = house();
    let visitor = agreed(&house).await;
    for (path, body) in [("/rapport/me/limit", r#"{"stage": "new"}"#), (RECORD, r#"{"granted": false}"#)] {
        house = house.reopened();
        house.store.set(Fault::Held);
        let request = browser("PUT", path, Some(&visitor));
        {
            // Whoever goes away has been heard.
            let asked = house.ask_with(request, body);
            assert!(timeout(Duration::from_millis(1), asked).await.is_err(), "{path}: the store says nothing");
        }
        house.store.set(Fault::None);
        house.layer.flush().await;
    }
    let answer = house.ask(browser("GET", "/rapport/me", Some(&visitor))).await;
    let me = read(&answer);
    assert_eq!(me["limit"], "new", "{me}");
    assert!(!answer.body.contains(r#""granted":true"#), "{me}");
}
