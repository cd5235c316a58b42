//! The portal: a customer sees how well they are known, limits it, pauses it, agrees, refuses, takes everything along and is
//! forgotten; in JSON and by the forms of a page.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod house;

use std::time::Duration;

use house::*;
use http::{Method, StatusCode, request};
use serde_json::{Value, json};
use tower_rapport::{
    clock::Clock,
    relationship::Record,
    store::{Fault, Memory},
};

/// Anna asks the portal.
fn me(path: &str) -> request::Builder {
    anna(&format!("/rapport/me{path}"))
}

fn put(path: &str) -> request::Builder {
    me(path).method(Method::PUT).header("content-type", "application/json")
}

fn delete(path: &str) -> request::Builder {
    me(path).method(Method::DELETE)
}

fn read(answer: &Answer) -> Value {
    assert_eq!(answer.header("content-type"), "application/json", "{}", answer.body);
    serde_json::from_str(&answer.body).unwrap()
}

/// The problem that an answer tells of.
fn problem(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.body);
    let detail: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(detail["status"], json!(answer.status.as_u16()));
    assert_eq!(detail["title"], json!(answer.status.canonical_reason().unwrap()));
    assert!(detail["detail"].as_str().is_some_and(|text| text.len() > 20), "it says what to do: {detail}");
    (answer.status.as_u16(), detail["code"].as_str().unwrap().to_owned())
}

async fn trusting() -> House {
    let house = House::new();
    house.know(SUBJECT, "trusted").await;
    house
}

#[tokio::test(start_paused = true)]
async fn what_is_put_is_in_force_on_the_next_answer_and_told_in_this_one() {
    let house = trusting().await;
    let stage = async || house.ask(anna("/recommendations")).await.stage().to_owned();
    assert_eq!(stage().await, "trusted");

    let limited = read(&house.ask_with(put("/limit"), r#"{"stage": "acquainted"}"#).await);
    assert_eq!((&limited["stage"], &limited["limit"]), (&json!("acquainted"), &json!("acquainted")));
    assert_eq!(limited["done"], json!("Your limit is set: never more than “acquainted”."));
    assert_eq!(stage().await, "acquainted");
    let raised = read(&house.ask_with(put("/limit"), r#"{"stage": "familiar"}"#).await);
    assert_eq!((&raised["stage"], stage().await.as_str()), (&json!("familiar"), "familiar"));
    let freed = read(&house.ask(delete("/limit")).await);
    assert_eq!((&freed["limit"], stage().await.as_str()), (&Value::Null, "trusted"));

    let until = house.clock.now() + jiff::SignedDuration::from_hours(72);
    let paused = read(&house.ask_with(put("/pause"), &json!({ "until": until }).to_string()).await);
    assert_eq!((&paused["stage"], &paused["limited_by"]), (&json!("new"), &json!(["pause"])));
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!((answer.stage(), answer.body.as_str()), ("new", AT_NEW));
    let freed = read(&house.ask(delete("/pause")).await);
    assert_eq!((&freed["paused_until"], stage().await.as_str()), (&Value::Null, "trusted"));

    let refused = read(&house.ask_with(put("/purposes/personalization"), r#"{"granted": false}"#).await);
    assert_eq!(refused["purposes"]["personalization"]["state"], json!("withdrawn"));
    let answer = house.ask(anna("/recommendations")).await;
    assert!(answer.body.contains(r#""first_name": null"#) && !answer.body.contains("shoes"), "{}", answer.body);
    let granted = read(&house.ask_with(put("/purposes/personalization"), r#"{"granted": true}"#).await);
    assert_eq!(granted["purposes"]["personalization"]["by"], json!("customer"));
    assert_eq!(house.ask(anna("/recommendations")).await.body, PERSONAL);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_forgotten_is_a_stranger_to_the_next_request_and_what_was_lowered_stays() {
    let house = trusting().await;
    for (path, body) in [
        ("/purposes/cross_context", r#"{"granted": false}"#),
        ("/purposes/personalization", r#"{"granted": true}"#),
        ("/limit", r#"{"stage": "acquainted"}"#),
    ] {
        assert_eq!(house.ask_with(put(path), body).await.status, StatusCode::OK, "{path}");
    }
    let gone = read(&house.ask(delete("")).await);
    assert!(gone["done"].as_str().unwrap().starts_with("We have forgotten you."), "{gone}");
    assert_eq!((&gone["stage"], &gone["kept"]["active_days"]), (&json!("new"), &json!(0)));
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "new");
    house.clock.travel(1);
    house.ask(anna("/recommendations")).await;
    house.layer.flush().await;
    let kept = house.kept(SUBJECT).await.unwrap();
    assert_eq!(kept.choices.purposes.keys().map(|name| name.as_str()).collect::<Vec<_>>(), ["cross_context"]);
    assert_eq!(kept.choices.limit, Some("acquainted".parse().unwrap()));
    assert_eq!(kept.history.unwrap().active_days, 1, "the visit since then, of a stranger");
}

#[tokio::test(start_paused = true)]
async fn whoever_withdraws_record_is_not_remembered_any_more() {
    let house = trusting().await;
    house.ask_with(put("/purposes/personalization"), r#"{"granted": true}"#).await;
    let gone = read(&house.ask_with(put("/purposes/record"), r#"{"granted": false}"#).await);
    assert_eq!((&gone["stage"], &gone["purposes"]["record"]["state"]), (&json!("new"), &json!("withdrawn")));
    house.ask(anna("/recommendations")).await;
    house.ask(anna("/checkout").method(Method::POST)).await;
    house.layer.flush().await;
    let Record { history, choices, .. } = house.kept(SUBJECT).await.unwrap();
    assert_eq!(history, None, "nothing is noted");
    assert_eq!(
        choices.purposes.keys().map(|name| name.as_str()).collect::<Vec<_>>(),
        ["record"],
        "only the refusal is left"
    );

    let back = read(&house.ask_with(put("/purposes/record"), r#"{"granted": true}"#).await);
    assert_eq!((&back["purposes"]["record"]["granted"], &back["stage"]), (&json!(true), &json!("new")));
    house.clock.travel(1);
    house.ask(anna("/recommendations")).await;
    house.layer.flush().await;
    assert_eq!(house.kept(SUBJECT).await.unwrap().history.unwrap().active_days, 1, "and it begins anew");
}

#[tokio::test(start_paused = true)]
async fn every_choice_can_be_made_twice() {
    let house = trusting().await;
    for (request, body) in [
        (put("/limit"), r#"{"stage": "acquainted"}"#),
        (put("/pause"), r#"{"until": "9000-01-01"}"#),
        (put("/purposes/cross_context"), r#"{"granted": false}"#),
        (put("/purposes/personalization"), r#"{"granted": true}"#),
        (delete("/limit"), ""),
        (delete("/limit"), ""),
        (delete("/pause"), ""),
        (put("/purposes/record"), r#"{"granted": false}"#),
        (delete(""), ""),
    ] {
        let (method, uri) = (request.method_ref().unwrap().clone(), request.uri_ref().unwrap().clone());
        let again = anna(&uri.to_string()).method(method.clone()).header("content-type", "application/json");
        let first = read(&house.ask_with(request, body).await);
        let kept = house.kept(SUBJECT).await;
        assert_eq!(
            read(&house.ask_with(again, body).await)["purposes"]["record"],
            first["purposes"]["record"],
            "{method} {uri}"
        );
        let twice = house.kept(SUBJECT).await;
        let plain = |record: Option<Record>| {
            let mut record = record.unwrap_or_default();
            // That a grant stood when it was given again is told.
            record.choices.purposes.values_mut().for_each(|answer| answer.was_granted = false);
            record
        };
        assert_eq!(plain(twice), plain(kept), "{method} {uri}");
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_that_is_sent_here_raises_a_stage() {
    let house = House::new();
    house.know(SUBJECT, "acquainted").await;
    for (path, body) in [
        ("/limit", r#"{"stage": "trusted"}"#),
        ("/purposes/record", r#"{"granted": true}"#),
        ("/purposes/cross_context", r#"{"granted": true}"#),
    ] {
        for _ in 0..3 {
            let request =
                put(path).header("personalization", "stage=trusted").header("prefer", "personalization=trusted");
            let told = read(&house.ask_with(request, body).await);
            assert_eq!(told["stage"], json!("acquainted"), "{path}");
        }
    }
    for _ in 0..50 {
        house.ask(me("?stage=trusted&done=limit")).await;
        house.ask(anna("/rapport/policy")).await;
    }
    house.layer.flush().await;
    let told = read(&house.ask(me("")).await);
    assert_eq!(
        (&told["stage"], &told["kept"]["active_days"]),
        (&json!("acquainted"), &json!(300)),
        "nor is it a visit"
    );
    assert!(house.shop.seen().is_empty(), "the wrapped service is not asked");
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_wrongly_is_told_so() {
    let house = trusting().await;
    let bearer = |token: &str| format!("Bearer {token}");
    let good = bearer(&token(SUBJECT, "record personalization", Value::Null));
    let bad = bearer("a.b.c");
    let long = format!(r#"{{"stage": "{}"}}"#, "x".repeat(5000));
    for (method, path, who, media, body, status, code) in [
        ("GET", "/me", "", "", "", 401, "no_identity"),
        ("GET", "/me", &*bad, "", "", 401, "bad_token"),
        ("GET", "/me/export", "", "", "", 401, "no_identity"),
        ("PUT", "/me/limit", "", "application/json", r#"{"stage": "new"}"#, 401, "no_identity"),
        ("DELETE", "/me", &*bad, "", "", 401, "bad_token"),
        ("GET", "/me/limit", &*good, "", "", 405, "method_not_allowed"),
        ("PUT", "/me", &*good, "", "", 405, "method_not_allowed"),
        ("DELETE", "/me/purposes/record", &*good, "", "", 405, "method_not_allowed"),
        ("POST", "/policy", "", "", "", 405, "method_not_allowed"),
        ("PATCH", "/me/export", &*good, "", "", 405, "method_not_allowed"),
        ("GET", "/you", &*good, "", "", 404, "no_such_route"),
        ("GET", "/me/nothing", &*good, "", "", 404, "no_such_route"),
        ("PUT", "/me/limit", &*good, "text/plain", r#"{"stage": "new"}"#, 415, "unsupported_media_type"),
        ("PUT", "/me/limit", &*good, "application/json", "{", 400, "malformed"),
        ("PUT", "/me/limit", &*good, "application/json", &*long, 413, "too_long"),
        ("PUT", "/me/limit", &*good, "application/json", r#"{"stage": "nonsense"}"#, 422, "no_such_stage"),
        ("PUT", "/me/pause", &*good, "application/json", r#"{"until": "soon"}"#, 422, "no_date"),
        ("PUT", "/me/pause", &*good, "application/json", r#"{"until": "2001-01-01"}"#, 422, "date_is_over"),
        ("PUT", "/me/purposes/x", &*good, "application/json", r#"{"granted": true}"#, 422, "no_such_purpose"),
        ("PUT", "/me/purposes/record", &*good, "application/json", r#"{"granted": "perhaps"}"#, 422, "no_choice"),
    ] {
        let mut request = anybody(&format!("/rapport{path}")).method(method);
        for (name, value) in [("authorization", who), ("content-type", media)] {
            if !value.is_empty() {
                request = request.header(name, value);
            }
        }
        let answer = house.ask_with(request, body).await;
        assert_eq!(problem(&answer), (status, code.to_owned()), "{method} {path}");
        assert_eq!(answer.headers.contains_key("www-authenticate"), status == 401, "{method} {path}");
        assert_eq!(answer.headers.contains_key("allow"), status == 405, "{method} {path}");
    }
    assert_eq!(house.kept(SUBJECT).await.unwrap().choices, Default::default(), "nothing was changed");
    let options = house.ask(anybody("/rapport/me/limit").method(Method::OPTIONS)).await;
    assert_eq!((options.status.as_u16(), options.header("allow")), (204, "PUT, POST, DELETE, OPTIONS"));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_is_told_of_and_never_taken_for_an_empty_one() {
    for fault in [Fault::Down, Fault::Slow(Duration::from_secs(600)), Fault::Held] {
        let house = trusting().await;
        let house = house.reopened();
        house.store.set(fault);
        for request in [me(""), me("/export")] {
            let answer = house.ask(request).await;
            assert_eq!(problem(&answer), (503, "store_unavailable".into()), "{fault:?}");
            assert_eq!(answer.header("retry-after"), "3", "{fault:?}");
        }
        for (request, body) in [
            (put("/limit"), r#"{"stage": "acquainted"}"#),
            (put("/purposes/personalization"), r#"{"granted": false}"#),
            (delete(""), ""),
        ] {
            let answer = house.ask_with(request, body).await;
            assert_eq!(problem(&answer), (503, "not_yet_durable".into()), "{fault:?}");
            assert_eq!(answer.header("retry-after"), "3", "{fault:?}");
            let detail: Value = serde_json::from_str(&answer.body).unwrap();
            assert_eq!((&detail["in_force"], &detail["durable"]), (&json!(true), &json!(false)));
        }
        for (request, body) in
            [(delete("/limit"), ""), (delete("/pause"), ""), (put("/purposes/personalization"), r#"{"granted": true}"#)]
        {
            assert_eq!(problem(&house.ask_with(request, body).await), (503, "store_unavailable".into()), "{fault:?}");
        }
        let policy = house.ask(anna("/rapport/policy").header("accept", "text/html")).await;
        assert!(policy.status == 200 && policy.body.contains("Turn it off"), "{fault:?}: the policy is no record");
        let page = house.ask(me("").header("accept", "text/html")).await;
        assert!(
            page.status == 503 && page.body.contains("action=\"/rapport/me/pause\""),
            "{fault:?}: a pause is possible"
        );
        house.store.set(Fault::None);
        tokio::time::sleep(Duration::from_secs(120)).await;
        let answer = house.ask(anna("/recommendations")).await;
        assert_eq!(answer.stage(), "new", "{fault:?}: what was lowered was tried on");
        house.layer.flush().await;
        let kept = house.kept(SUBJECT).await.unwrap();
        assert!(!kept.choices.purposes["personalization"].granted, "{fault:?}: and what raises was not");
        assert_eq!(kept.choices.limit, Some("acquainted".parse().unwrap()), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_nobody_elses_to_keep_frame_or_load() {
    let house = trusting().await;
    let html = "text/html,application/xhtml+xml,*/*;q=0.8";
    for request in [
        me(""),
        me("").header("accept", html),
        me("/export"),
        me("/limit"),
        anybody("/rapport/me"),
        anybody("/rapport/me").header("accept", html),
        anybody("/rapport/policy"),
        anybody("/rapport/policy").header("accept", html),
        anybody("/rapport/x"),
        anybody("/rapport"),
        anybody("/.well-known/gpc.json"),
        put("/limit"),
    ] {
        let uri = request.uri_ref().unwrap().clone();
        let answer = house.ask(request).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{uri}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{uri}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{uri}");
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{uri}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{uri}: {policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{uri}: {policy}");
        assert!(answer.headers.get("personalization").is_none(), "{uri}: it is no answer of an endpoint");
        if answer.header("content-type").starts_with("text/html") {
            for inline in ["<script", "<style", " style=", " onclick=", "javascript:"] {
                assert!(!answer.body.contains(inline), "{uri}: {inline}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_or_json_in_the_language_that_is_liked_best() {
    let house = trusting().await;
    for (accept, languages, media, language, says) in [
        ("*/*", "de", "application/json", "de", "Wir kennen uns seit"),
        ("text/html", "en", "text/html; charset=utf-8", "en", "We know each other well."),
        ("text/html", "de-AT, en;q=0.9", "text/html; charset=utf-8", "de", "Wir kennen uns gut."),
        ("text/html;q=0.1, application/json", "fr", "application/json", "en", "We have known each other"),
    ] {
        let answer = house.ask(me("").header("accept", accept).header("accept-language", languages)).await;
        assert_eq!((answer.header("content-type"), answer.header("content-language")), (media, language));
        assert!(answer.body.contains(says), "{says}: {}", answer.body);
        for name in ["accept", "accept-language"] {
            assert!(answer.header("vary").contains(name), "{}", answer.header("vary"));
        }
    }
    let answer = house.ask(anybody("/rapport/me").header("accept", "text/html").header("accept-language", "de")).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-language")), (401, "de"));
    assert!(answer.body.contains("Wir wissen nicht, wer Sie sind"), "{}", answer.body);
}

#[tokio::test(start_paused = true)]
async fn head_says_what_get_says_without_its_body() {
    let house = trusting().await;
    for path in ["/rapport/me", "/rapport/me/export", "/rapport/policy", "/.well-known/gpc.json", "/rapport/page.css"] {
        let get = house.ask(anna(path)).await;
        let head = house.ask(anna(path).method(Method::HEAD)).await;
        assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""), "{path}");
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
        assert_eq!(head.header("content-type"), get.header("content-type"), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_form_leads_back_to_the_page_which_says_what_is_so() {
    let house = trusting().await;
    let post = |path: &str| {
        me(path)
            .method(Method::POST)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html")
    };
    for (path, body, word, says) in [
        ("/limit", "_method=put&stage=acquainted", "limit", "Your limit is set: never more than “acquainted”."),
        ("/limit", "_method=delete", "limit", "There is no limit."),
        ("/pause", "_method=put&until=9999-12-31", "pause", "Paused until you end it."),
        ("/pause", "_method=delete", "pause", "There is no pause."),
        ("/purposes/personalization", "_method=put&granted=false", "personalization", "You refused: Personal choices."),
        ("/purposes/personalization", "_method=put&granted=true", "personalization", "You agreed: Personal choices."),
        ("", "_method=delete", "forget", "We have forgotten you."),
    ] {
        let answer = house.ask_with(post(path), body).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path} {body}: {}", answer.body);
        let location = format!("/rapport/me?done={word}#done");
        assert_eq!(answer.header("location"), location);
        let page = house.ask(anna(&location.replace("#done", "")).header("accept", "text/html")).await;
        let notice = page.body.split("id=\"done\"").nth(1).unwrap().split("</p>").next().unwrap();
        assert!(
            notice.contains("role=\"status\"") && notice.contains("tabindex=\"-1\""),
            "it is read out and takes the focus: {notice}"
        );
        assert!(notice.contains(says), "{says}: {notice}");
    }
    let false_address = house.ask(me("?done=record").header("accept", "text/html")).await;
    assert!(!false_address.body.contains("id=\"done\""), "an address alone says nothing that is not so");
    let broken = house.ask_with(post("/limit"), "_method=put&stage=nonsense").await;
    assert_eq!((broken.status.as_u16(), broken.header("content-type")), (422, "text/html; charset=utf-8"));
    assert!(broken.body.contains("role=\"alert\"") && broken.body.contains("`trusted`"), "{}", broken.body);
}

#[tokio::test(start_paused = true)]
async fn a_page_whose_choice_is_not_stored_yet_says_so_and_shows_it_in_force() {
    let house = trusting().await;
    house.ask(anna("/recommendations")).await;
    house.layer.flush().await;
    house.store.set(Fault::ReadOnly);
    let form = me("/pause").method(Method::POST).header("content-type", "application/x-www-form-urlencoded");
    let answer = house.ask_with(form.header("accept", "text/html"), "_method=put&until=9999-12-31").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.body.contains("It is not stored safely yet"), "{}", answer.body);
    assert!(answer.body.contains("Everything personal is paused."), "{}", answer.body);
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "new");
}

#[tokio::test(start_paused = true)]
async fn what_is_in_force_where_others_refuse_is_told_with_who_refuses() {
    let house = trusting().await;
    let answer = house.ask_with(put("/purposes/cross_context").header("sec-gpc", "1"), r#"{"granted": true}"#).await;
    let told = read(&answer);
    let purpose = &told["purposes"]["cross_context"];
    assert_eq!(
        (&purpose["granted"], &purpose["by"], &purpose["in_vain"]),
        (&json!(false), &json!("gpc"), &json!(true))
    );
    assert!(told["done"].as_str().unwrap().contains("still refused elsewhere"), "{told}");
    let without = read(&house.ask(me("")).await);
    assert_eq!(
        without["purposes"]["cross_context"]["granted"],
        json!(true),
        "it is kept, and counts without the signal"
    );
}

#[tokio::test(start_paused = true)]
async fn a_signal_that_is_remembered_is_shown_as_such_until_the_customer_agrees_without_it() {
    let house = trusting().await;
    house.ask(anna("/recommendations").header("sec-gpc", "1")).await;
    house.layer.flush().await;
    let told = read(&house.ask(me("")).await);
    let purpose = &told["purposes"]["cross_context"];
    assert_eq!((&purpose["granted"], &purpose["by"]), (&json!(false), &json!("gpc")), "on a device without the signal");
    assert_eq!(purpose["remembered_since"], json!(house.clock.now()));
    let page = house.ask(me("").header("accept", "text/html")).await;
    assert!(page.body.contains("That holds on all your devices until you agree here"), "{}", page.body);
    let granted = read(&house.ask_with(put("/purposes/cross_context"), r#"{"granted": true}"#).await);
    let purpose = &granted["purposes"]["cross_context"];
    assert_eq!((&purpose["granted"], &purpose["remembered_since"]), (&json!(true), &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_changed_yet_the_pages_say_so() {
    let says = "does not change yet what you see";
    let house = House::of(&format!("mode = \"observe\"\n{POLICY}"), Memory::new());
    for path in ["/rapport/me", "/rapport/policy"] {
        assert!(house.ask(anna(path).header("accept", "text/html")).await.body.contains(says), "{path}");
        assert!(!trusting().await.ask(anna(path).header("accept", "text/html")).await.body.contains(says), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn where_nothing_is_changed_yet_at_some_endpoints_the_pages_name_them() {
    let mixed = POLICY.replacen("path   = \"/strict\"", "path   = \"/strict\"\nmode   = \"observe\"", 1);
    let house = House::of(&mixed, Memory::new());
    house.ask_with(put("/pause"), r#"{"until": "9999-12-31"}"#).await;
    for path in ["/rapport/me", "/rapport/policy"] {
        let page = house.ask(anna(path).header("accept", "text/html")).await.body;
        assert!(page.contains("In these places this is being tried out: strict."), "{path}: {page}");
    }
}

#[tokio::test(start_paused = true)]
async fn less_can_be_looked_at_and_never_more() {
    let house = House::new();
    house.know(SUBJECT, "familiar").await;
    for (asked, stage, applied) in [
        ("personalization=acquainted", "acquainted", "personalization=acquainted"),
        ("personalization=none", "new", "personalization=none"),
        ("personalization=trusted", "familiar", "personalization=trusted"),
        ("personalization=nonsense", "familiar", ""),
    ] {
        let answer = house.ask(me("").header("prefer", asked)).await;
        assert_eq!(
            (read(&answer)["stage"].as_str(), answer.header("preference-applied")),
            (Some(stage), applied),
            "{asked}"
        );
        let (_, word) = asked.split_once('=').unwrap();
        assert_eq!(read(&house.ask(me(&format!("?stage={word}"))).await)["stage"], json!(stage), "{word}");
    }
    let page = house.ask(me("?stage=acquainted").header("accept", "text/html")).await;
    assert!(page.body.contains("As if at the stage “acquainted”."), "{}", page.body);
    assert!(page.body.contains("/rapport/me?stage=familiar#uses"), "and back");
    assert!(!page.body.contains("?stage=trusted"), "what is above is not shown");
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "familiar", "looking changes nothing");
}

#[tokio::test(start_paused = true)]
async fn the_policy_is_for_everybody_and_the_switch_for_whoever_is_known() {
    let house = trusting().await;
    let html = |request: request::Builder| request.header("accept", "text/html");
    let stranger = house.ask(html(anybody("/rapport/policy"))).await;
    assert!(
        stranger.body.contains("We do not know who you are") && !stranger.body.contains("<form"),
        "{}",
        stranger.body
    );
    let known = house.ask(html(anna("/rapport/policy"))).await;
    assert!(known.body.contains("Turn it off") && known.body.contains("value=\"9999-12-31\""), "{}", known.body);
    house.ask_with(put("/pause"), r#"{"until": "9999-12-31"}"#).await;
    assert!(house.ask(html(anna("/rapport/policy"))).await.body.contains("Turn it on again"));
    assert_eq!(house.ask(anna("/recommendations")).await.body, AT_NEW, "and then nothing is from a profile");

    let told = read(&house.ask(anybody("/rapport/policy")).await);
    assert_eq!(told["policy"], json!(house.layer.policy().fingerprint()));
    assert_eq!(
        told["stages"][2],
        json!({ "name": "familiar", "needs": { "known_for": 60, "active_days": 8, "purchase": 2 } })
    );
    assert_eq!(told["data"][3], json!({ "class": "third_party", "purpose": "cross_context", "from": "trusted" }));
    assert_eq!((&told["pace_days"], &told["retention_days"]), (&json!(7), &json!(730)));
    assert_eq!(told["not_profiled"]["put"], json!("/rapport/me/pause"));
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_elsewhere_and_who_is_held_out_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("decisions.jsonl");
    let more = format!(
        "[report]\ndecisions = {{ file = {log:?}, keep = \"36h\" }}\n\
         [holdout]\nshare = 0.005\nstage = \"acquainted\"\n[identity.visitors]\nmax_age = \"90d\"\n"
    );
    let (plain, house) = (House::new(), House::of(&format!("{POLICY}{more}"), Memory::new()));
    let page = async |house: &House, path| house.ask(anna(path).header("accept", "text/html")).await.body;
    let (all, logged) = ("This is all.", "each of its lines is deleted after 2 days at the latest");
    let me = page(&plain, "/rapport/me").await;
    assert!(me.contains(all) && !me.contains(" log "), "{me}");
    let me = page(&house, "/rapport/me").await;
    assert!(!me.contains(all) && me.contains(logged) && me.contains("Only the log of decisions stays"), "{me}");
    let policy = page(&house, "/rapport/policy").await;
    let held = "A group of 0.5%, drawn by lot, stays at “acquainted” at the highest";
    let cookie = "“__Host-rapport_visitor”, which is set when you agree";
    for told in [logged, held, cookie, "deletes it 90 days after"] {
        assert!(policy.contains(told), "{told}: {policy}");
    }
    let stranger = house.ask(anybody("/rapport/me").header("accept", "text/html")).await;
    assert!(stranger.body.contains("I agree") && stranger.body.contains(cookie), "{}", stranger.body);

    let told = async |house: &House| {
        let told = read(&house.ask(anybody("/rapport/policy")).await);
        [&told["log"], &told["visitors"], &told["caps"]["holdout"]].map(Value::clone)
    };
    assert_eq!(told(&plain).await, [Value::Null, Value::Null, Value::Null]);
    assert_eq!(
        told(&house).await,
        [
            json!({ "keep_days": 2 }),
            json!({ "cookie": "__Host-rapport_visitor", "max_age_days": 90 }),
            json!({ "share": 0.005, "stage": "acquainted" }),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn whatever_stands_in_a_policy_or_an_address_is_shown_as_text() {
    let evil = "<script>alert(1)</script>\\\"'&";
    let policy = POLICY.to_owned()
        + &format!("\n[portal]\ncontroller = {{ name = \"{evil}\", contact = \"{evil}\" }}\n")
        + &format!(
            "[[consent.purposes]]\nname = \"record\"\nsays = \"{evil}\"\n[[consent.purposes]]\nname = \"personalization\"\nsays = \"{evil}\"\n"
        )
        + "[data]\nthird_party = { purpose = \"personalization\" }\nspecial_category = { purpose = \"personalization\" }\n"
        + &format!(
            "[[endpoints]]\nname = \"{evil}\"\npath = \"/evil\"\nitems = {{ path = \"$.items[*]\", data = \"observed\", quiet = {{ topics = [\"{evil}\"], as = \"special_category\" }}, topic = \"$.t\", per_topic = {{ new = 1 }} }}\n"
        );
    let house = House::of(&policy, Memory::new());
    house.know(SUBJECT, "familiar").await;
    for path in
        ["/me", "/me?done=%3Cscript%3E&stage=%3Cscript%3E", "/policy", "/%3Cscript%3E", "/me/purposes/%3Cscript%3E"]
    {
        let page = house.ask(anna(&format!("/rapport{path}")).header("accept", "text/html")).await;
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(!page.body.contains("<script") && !page.body.contains("alert(1)</"), "{path}: {}", page.body);
    }
    let page = house.ask(anna("/rapport/me").header("accept", "text/html")).await;
    assert!(page.body.contains("&#60;script&#62;alert(1)"), "{}", page.body);
}

#[tokio::test(start_paused = true)]
async fn global_privacy_control_is_stated_where_it_is_honoured() {
    let house = House::new();
    let answer = house.ask(anybody("/.well-known/gpc.json")).await;
    assert_eq!(read(&answer), json!({ "gpc": true }));
    let dated = House::of(&format!("{POLICY}\n[consent.gpc]\nlast_update = \"2026-11-22\"\n"), Memory::new());
    let answer = dated.ask(anybody("/.well-known/gpc.json")).await;
    assert_eq!(read(&answer), json!({ "gpc": true, "lastUpdate": "2026-11-22" }));
    let without = House::of(&format!("{POLICY}\n[consent.gpc]\nhonour = false\n"), Memory::new());
    without.says(r#"{"gpc":"the service's own statement"}"#);
    let answer = without.ask(anybody("/.well-known/gpc.json")).await;
    assert_eq!(answer.body, r#"{"gpc":"the service's own statement"}"#);
}

#[tokio::test(start_paused = true)]
async fn what_was_known_under_an_earlier_secret_is_shown_and_lowered() {
    let before = trusting().await;
    before.ask_with(put("/purposes/cross_context"), r#"{"granted": false}"#).await;
    let present = r#"pseudonym_secret = { env = "PSEUDONYM" }"#;
    let next = "pseudonym_secret = { env = \"NEXT\" }\nprevious_secrets = [{ env = \"PSEUDONYM\" }]";
    let house = House::of(&POLICY.replace(present, next), std::sync::Arc::clone(&before.store));
    let told = read(&house.ask_with(put("/limit"), r#"{"stage": "acquainted"}"#).await);
    assert_eq!((&told["stage"], &told["kept"]["active_days"]), (&json!("acquainted"), &json!(300)));
    assert_eq!(told["purposes"]["cross_context"]["state"], json!("refused"));
    assert_eq!(house.kept(SUBJECT).await, Some(Record::default()), "and nothing stays behind");
}
