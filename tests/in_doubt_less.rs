//! Promise 1, in doubt, less: what fails, what the customer sees, what the operator sees. Each test is a row of the
//! README's table.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod house;

use std::{sync::atomic::Ordering, time::Duration};

use house::*;
use http::{Method, Response, StatusCode};
use http_body_util::BodyExt;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_rapport::{
    clock::Clock,
    consent::{Answer as Answered, Choices},
    relationship::Record,
    store::{Fault, Replaced, Stored, Urgency},
};

/// A house that knows Anna well; without doubt she sees her name.
async fn knowing_anna() -> House {
    let house = House::new();
    house.know(SUBJECT, "trusted").await;
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!((answer.stage(), answer.body.as_str()), ("trusted", PERSONAL));
    house.layer.flush().await;
    house
}

// ── Who asks ─────────────────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn no_token_is_a_stranger() {
    let (house, operator) = (knowing_anna().await, Operator::watch());
    let answer = house.ask(anybody("/recommendations")).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, AT_NEW));
    assert_eq!((answer.stage(), answer.limited_by()), ("new", ""));
    operator.saw_nothing();
}

#[tokio::test(start_paused = true)]
async fn a_bad_token_is_a_stranger_and_counted_by_kind() {
    let (house, operator) = (knowing_anna().await, Operator::watch());
    let expired = token(SUBJECT, "record personalization", json!({"exp": now().as_second() - 3600}));
    let forged = format!("{}A", token(SUBJECT, "record personalization", Value::Null));
    for bad in ["", "x", "a.b.c", &expired, &forged] {
        let answer = house.ask(with_token("/recommendations", bad)).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, AT_NEW), "{bad}");
        assert_eq!((answer.stage(), answer.limited_by()), ("new", "token"), "{bad}");
    }
    operator.counted(r#"rapport_bad_tokens_total{kind="expired"} 1"#);
    operator.counted(r#"rapport_limits_total{limit="token"} 5"#);
}

#[tokio::test(start_paused = true)]
async fn what_one_person_was_told_is_not_told_to_the_next_by_a_cache() {
    let house = knowing_anna().await;
    for (cache_control, to_anna) in [
        ("public, max-age=600", "private, no-cache"),
        ("", "private, no-cache"),
        ("no-store", "no-store"),
        ("private, no-store, max-age=0", "private, no-store, max-age=0"),
    ] {
        house.answers(move |_| {
            let response = Response::builder().header("content-type", "application/json");
            response.header("cache-control", cache_control).header("expires", "x").body(Pieces::whole(PERSONAL))
        });
        let bad = with_token("/recommendations", "a.b.c");
        for request in [anna("/recommendations"), anna("/open"), bad] {
            let answer = house.ask(request).await;
            let lines: Vec<_> =
                answer.headers.get_all("cache-control").iter().map(|line| line.to_str().unwrap()).collect();
            assert_eq!((lines, answer.header("expires")), (vec![to_anna], ""), "{cache_control}");
        }
        let answer = house.ask(anybody("/recommendations")).await;
        assert_eq!((answer.header("cache-control"), answer.header("expires")), (cache_control, "x"));
    }
}

// ── What is known of them ────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_tell_makes_a_stranger_this_once_and_in_time() {
    for (fault, cause) in [
        (Fault::Down, "unavailable"),
        (Fault::Deaf, "unavailable"),
        (Fault::Held, "late"),
        (Fault::Slow(Duration::from_secs(5)), "late"),
    ] {
        let house = knowing_anna().await.reopened();
        let operator = Operator::watch();
        house.store.set(fault);
        let began = tokio::time::Instant::now();
        let answer = house.ask(anna("/recommendations")).await;
        assert!(began.elapsed() <= Duration::from_millis(30), "{fault:?}: `decide_within` is 25 ms");
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, AT_NEW), "{fault:?}");
        assert_eq!((answer.stage(), answer.limited_by()), ("new", "store"), "{fault:?}");
        operator.counted(&format!("rapport_store_troubles_total{{cause={cause:?}}} 1"));
        operator.logged("the store did not tell what it knows of a customer");

        house.store.set(Fault::None);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(house.ask(anna("/recommendations")).await.stage(), "trusted", "{fault:?}: this once only");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_down_does_not_matter_to_whom_memory_knows() {
    let house = knowing_anna().await;
    house.store.set(Fault::Down);
    assert_eq!(house.ask(anna("/recommendations")).await.body, PERSONAL);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_cannot_be_stored_keeps_no_answer_back_and_is_written_later() {
    for fault in [Fault::Down, Fault::ReadOnly, Fault::Deaf, Fault::Held, Fault::Slow(Duration::from_secs(5))] {
        let house = knowing_anna().await;
        let operator = Operator::watch();
        house.store.set(fault);
        let before = house.happened(SUBJECT, "purchase").await;
        let began = tokio::time::Instant::now();
        let answer = house.ask(anna("/checkout").method(Method::POST)).await;
        assert!(began.elapsed() <= Duration::from_millis(30), "{fault:?}");
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (StatusCode::OK, PERSONAL),
            "{fault:?}: no endpoint covers it"
        );
        operator.logged("an event was not durable in time");
        operator.counted("rapport_late_events_total{} 1");
        house.store.set(Fault::None);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(house.happened(SUBJECT, "purchase").await, before + 1, "{fault:?}: once");
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_there_is_no_room_for_is_told_as_lost() {
    let (house, operator) = (knowing_anna().await, Operator::watch());
    house.store.set(Fault::Down);
    let now = house.clock.now();
    for _ in 0..2_000 {
        let waits = move |record: Option<&Record>| record.cloned().map(|all| Record { forgotten: Some(now), ..all });
        drop(house.layer.relationships().update(pseudonym(SUBJECT), Urgency::Event, waits));
    }
    let answer = house.ask(anna("/checkout").method(Method::POST)).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, PERSONAL));
    operator.logged("an event is lost");
    operator.counted("rapport_lost_events_total{} 1");
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_record_grants_nothing_and_the_next_choice_puts_it_right() {
    let (house, operator) = (House::new(), Operator::watch());
    let grants = |answer: &Answer| answer.header("personalization").contains("purposes=(record personalization)");
    assert!(grants(&house.ask(anna("/recommendations")).await), "her token does, as long as she does not refuse it");
    let house = house.reopened();
    let broken = Stored::from_bytes(b"\xff no record at all".as_slice());
    let kept = house.store.inner().load(pseudonym(SUBJECT)).await.unwrap().map(|stored| stored.version());
    let written = house.store.inner().replace(pseudonym(SUBJECT), kept, broken, Urgency::Choice).await;
    assert_eq!(written.unwrap(), Replaced::Written);
    for _ in 0..2 {
        let answer = house.ask(anna("/recommendations")).await;
        assert_eq!((answer.status, answer.body.as_str(), answer.stage()), (StatusCode::OK, AT_NEW, "new"));
        assert!(!grants(&answer), "she may have refused it: {}", answer.header("personalization"));
        house.layer.flush().await;
    }
    house.ask(anna("/checkout").method(Method::POST)).await;
    operator.logged("a stored record cannot be read; the customer is treated as unknown");
    operator.counted(r#"rapport_store_troubles_total{cause="foreign"} 2"#);
    operator.counted("rapport_lost_events_total{} 1");
    let limit = |_: Option<&Record>| {
        let limit = Some("acquainted".parse().unwrap());
        Some(Record { choices: Choices { limit, ..Choices::default() }, ..Record::default() })
    };
    let _limited = house.layer.relationships().lower(pseudonym(SUBJECT), limit).await.unwrap();
    assert!(grants(&house.ask(anna("/recommendations")).await), "it can be read again");
}

// ── What they agreed to ──────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn a_limit_that_names_no_stage_is_the_lowest() {
    let (house, operator) = (knowing_anna().await, Operator::watch());
    let limit = Choices { limit: Some("platinum".parse().unwrap()), ..Choices::default() };
    chooses(&house, limit).await;
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!((answer.body.as_str(), answer.stage(), answer.limited_by()), (AT_NEW, "new", "limit"));
    operator.counted(r#"rapport_limits_total{limit="limit"} 1"#);
}

#[tokio::test(start_paused = true)]
async fn consent_from_the_future_or_long_ago_is_none() {
    for (hours, granted) in [(24 * 30, false), (-24 * 400, false), (-24 * 30, true)] {
        let house = knowing_anna().await;
        let at = house.clock.now() + SignedDuration::from_hours(hours);
        let answer = Answered { granted: true, at, was_granted: false };
        let purposes = [("personalization".parse().unwrap(), answer)].into();
        chooses(&house, Choices { purposes, ..Choices::default() }).await;
        let only_record = token(SUBJECT, "record", Value::Null);
        let answer = house.ask(with_token("/recommendations", &only_record)).await;
        assert_eq!(answer.body == PERSONAL, granted, "{hours} hours from now: {}", answer.body);
        let limited_by = if granted { "" } else { "consent" };
        assert_eq!((answer.stage(), answer.limited_by()), ("trusted", limited_by), "the stage stays");
    }
}

async fn chooses(house: &House, choices: Choices) {
    let change =
        move |record: Option<&Record>| Some(Record { choices: choices.clone(), ..record.cloned().unwrap_or_default() });
    house.layer.relationships().update(pseudonym(SUBJECT), Urgency::Choice, change).await.unwrap();
}

// ── What the service answers ─────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn what_is_no_json_or_encoded_as_nobody_knows_is_not_shown() {
    let house = House::new();
    for (headers, what) in [
        (&[][..], "no content type"),
        (&[("content-type", "text/html")], "another one"),
        (&[("content-type", "application/json; charset=utf-16")], "another charset"),
        (&[("content-type", "application/json"), ("content-type", "text/html")], "two of them"),
        (&[("content-type", "application/json"), ("content-encoding", "compress")], "encoded"),
    ] {
        // What anybody gets is no better; the last time it is what was shared before.
        let (cause, times) = if what == "encoded" { ("encoding", 1) } else { ("content_type", 2) };
        let operator = Operator::watch();
        house.answers(move |_| {
            let response = Response::builder().status(201).header("content-length", PERSONAL.len());
            let response = headers.iter().fold(response, |response, (name, value)| response.header(*name, *value));
            response.body(Pieces::whole(PERSONAL))
        });
        let answer = house.ask(anna("/recommendations")).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::CREATED, EMPTY), "{what}");
        let told = ["content-type", "content-encoding", "content-length"].map(|name| answer.header(name).to_owned());
        assert_eq!(told, ["application/json", "", &EMPTY.len().to_string()], "{what}");
        assert_eq!(answer.headers.get_all("content-type").iter().count(), 1, "{what}");
        operator.counted(&format!("rapport_doubts_total{{endpoint=\"recommendations\",cause={cause:?}}} {times}"));
        operator.logged("an answer could not be shaped");
        // Said once a minute.
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

/// Broken documents, and the word that the operator sees.
fn broken() -> Vec<(String, &'static str)> {
    let cut = |at: usize| PERSONAL[..at].to_owned();
    vec![
        (cut(PERSONAL.len() - 1), "cut_short"),
        (cut(40), "cut_short"),
        (format!("{PERSONAL}{PERSONAL}"), "trailing"),
        (format!("\u{feff}{PERSONAL}"), "byte_order_mark"),
        (PERSONAL.replace("12.50", "12.50.1"), "syntax"),
        ("  ".to_owned(), "empty"),
        ("<html>Anna</html>".to_owned(), "syntax"),
        (format!("{}{}", "[".repeat(200), "]".repeat(200)), "too_deep"),
    ]
}

#[tokio::test(start_paused = true)]
async fn broken_json_that_has_not_left_becomes_the_empty_answer() {
    for (text, cause) in broken() {
        for size in [1, 7, 10_000] {
            let (house, operator) = (House::new(), Operator::watch());
            house.streams(text.as_bytes().chunks(size).map(|bytes| Piece::Data(bytes.to_vec().into())));
            let answer = house.ask(anna("/recommendations")).await;
            assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, EMPTY), "{text}");
            assert_eq!(answer.header("content-length"), EMPTY.len().to_string());
            assert_eq!(answer.broke, None);
            // The generic answer is no better.
            operator.counted(&format!("rapport_doubts_total{{endpoint=\"recommendations\",cause={cause:?}}} 2"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn broken_json_before_its_first_byte_leaves_is_empty_even_after_the_head() {
    let (house, operator) = (House::new(), Operator::watch());
    house.streams([rests(50), data("nonsense")]);
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!((answer.status, answer.body.as_str(), answer.broke), (StatusCode::OK, EMPTY, None));
    operator.counted(r#"rapport_doubts_total{endpoint="recommendations",cause="syntax"} 1"#);
}

#[tokio::test(start_paused = true)]
async fn after_the_head_no_empty_answer_stays_in_a_cache_for_all() {
    for (line, kept) in [("public, max-age=3600", true), ("max-age=60", true), ("private", false), ("no-store", false)]
    {
        let house = House::new();
        house.answers(move |_| {
            let answer = Response::builder().header("content-type", "application/json").header("cache-control", line);
            answer.body(Pieces::streamed([rests(50), data("nonsense")]))
        });
        let answer = house.ask(anybody("/recommendations")).await;
        assert_eq!((answer.header("cache-control"), answer.broke.is_some()), (line, kept), "{line}");
        assert_eq!(answer.body, if kept { "" } else { EMPTY }, "{line}");
        // To a customer it is private, whatever the service says.
        assert_eq!(house.ask(anna("/recommendations")).await.body, EMPTY, "{line}");
    }
}

#[tokio::test(start_paused = true)]
async fn once_bytes_have_left_doubt_ends_the_stream_with_an_error() {
    let items = |number: usize| (0..number).map(|id| format!(r#"{{"id":{id},"reason":"SECRET"}}"#)).collect::<Vec<_>>();
    let long = format!(r#"{{"items":[{}"#, items(40).join(","));
    let short = format!(r#"{{"items":[{}"#, items(2).join(","));
    let deep = format!(",{}", "[".repeat(20));
    let wide = format!(r#",{{"{}":1}}"#, "k".repeat(100));
    let reason = format!(r#",{{"reason":"{}"}}"#, "SECRET".repeat(3));
    for (begins, rest) in [(&long, 0), (&short, 20)] {
        for (ends, cause) in [
            (vec![data(",]")], "syntax"),
            (vec![data(&reason[..20])], "cut_short"),
            (vec![data("]}]")], "trailing"),
            (vec![data(deep.clone())], "too_deep"),
            (vec![data(wide.clone())], "too_large"),
            (vec![Piece::Data(b",\"\xff\"".as_slice().into())], "utf8"),
            (vec![data(&reason[..20]), Piece::Fails], "service"),
        ] {
            let (house, operator) = (House::new(), Operator::watch());
            house.streams([data(begins.as_str()), rests(rest)].into_iter().chain(ends));
            let answer = house.ask(anna("/narrow")).await;
            let allowed = format!(r#"{{"items":[{}"#, items(41).join(",").replace(r#","reason":"SECRET""#, ""));
            assert_eq!(answer.status, StatusCode::OK);
            assert!(answer.broke.is_some(), "{cause}: ends with an error, not as if it were whole");
            assert!(!answer.body.contains("SECRET"), "{cause}");
            let sent = answer.body.trim_end_matches(['[', ',', '{', ']', '}', '"']);
            assert!(allowed.starts_with(sent), "{cause}: {sent}");
            assert!(sent.len() > 10, "{cause}: something left before");
            operator.counted(&format!("rapport_doubts_total{{endpoint=\"narrow\",cause={cause:?}}} 1"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_fails_before_anything_has_left_becomes_the_empty_answer() {
    let (house, operator) = (House::new(), Operator::watch());
    house.streams([data(&PERSONAL[..60]), Piece::Fails]);
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!((answer.status, answer.body.as_str(), answer.broke), (StatusCode::OK, EMPTY, None));
    operator.counted(r#"rapport_doubts_total{endpoint="recommendations",cause="service"} 1"#);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_refuses_says_502_or_ends_with_an_error() {
    let (house, operator) = (House::new(), Operator::watch());
    house.says("no json");
    let answer = house.ask(anna("/strict")).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::BAD_GATEWAY, ""));
    assert_eq!((answer.header("content-length"), answer.header("content-type")), ("0", ""));
    house.answers(|_| Response::builder().header("content-type", "text/html").body(Pieces::whole("Anna")));
    assert_eq!(house.ask(anna("/strict")).await.status, StatusCode::BAD_GATEWAY);
    // What a redirect says is in its head.
    house.answers(|_| {
        let answer = Response::builder().status(302).header("location", "/login").header("content-type", "text/html");
        answer.body(Pieces::whole("<a href=/login>Found</a>"))
    });
    let answer = house.ask(anna("/strict")).await;
    let said = (answer.status, answer.header("location"), answer.header("content-type"), answer.body.as_str());
    assert_eq!(said, (StatusCode::FOUND, "/login", "", ""));
    house.streams([rests(50), data("no json")]);
    let answer = house.ask(anna("/strict")).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, ""));
    assert!(answer.broke.is_some(), "the head had left");
    operator.counted(r#"rapport_doubts_total{endpoint="strict",cause="syntax"} 2"#);
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_body_is_no_doubt() {
    let house = House::new();
    let operator = Operator::watch();
    for (method, status, content_type, streams) in [
        (Method::GET, 200, "application/json", true),
        (Method::GET, 200, "text/html", false),
        (Method::GET, 204, "", true),
        (Method::GET, 304, "", true),
        (Method::HEAD, 200, "application/json", true),
        (Method::HEAD, 200, "", true),
        (Method::POST, 302, "text/html", false),
    ] {
        for streamed in [false, streams] {
            house.answers(move |_| {
                let body = if streamed { Pieces::streamed([]) } else { Pieces::whole("") };
                let response = Response::builder().status(status).header("location", "/elsewhere");
                response.header("content-type", content_type).body(body)
            });
            let answer = house.ask(anna("/recommendations").method(method.clone())).await;
            let what = format!("{method} {status} {content_type} {streamed}");
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, ""), "{what}");
            assert_eq!((answer.header("location"), answer.header("content-length")), ("/elsewhere", ""), "{what}");
            assert_eq!(answer.header("content-type"), content_type, "{what}");
        }
    }
    operator.saw_nothing();
}

#[tokio::test(start_paused = true)]
async fn a_body_where_none_may_be_does_not_leave() {
    let house = House::new();
    for (method, status) in [(Method::GET, 204), (Method::GET, 304), (Method::HEAD, 200)] {
        for content_type in ["application/json", "text/html"] {
            let operator = Operator::watch();
            house.answers(move |_| {
                let response = Response::builder().status(status).header("content-type", content_type);
                response.header("content-length", PERSONAL.len()).body(Pieces::whole(PERSONAL))
            });
            let answer = house.ask(anna("/recommendations").method(method.clone())).await;
            let what = format!("{method} {status} {content_type}");
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, ""), "{what}");
            assert_ne!(answer.header("content-length"), PERSONAL.len().to_string(), "{what}: tells what is hidden");
            operator.saw_nothing();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_services_own_errors_are_shaped_and_stay_errors() {
    let (house, operator) = (House::new(), Operator::watch());
    house.answers(|_| {
        let response = Response::builder().status(503).header("content-type", "application/problem+json");
        response.header("retry-after", "7").body(Pieces::whole(r#"{"status":503,"customer":{"first_name":"Anna"}}"#))
    });
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "7"));
    assert_eq!(answer.body, r#"{"status":503,"customer":{"first_name":null}}"#);
    operator.saw_nothing();
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_away_takes_the_answer_with_it_and_nothing_else() {
    let (house, operator) = (House::new(), Operator::watch());
    house.know(SUBJECT, "familiar").await;
    let gone = std::sync::Arc::new(std::sync::Mutex::new(None));
    let body = std::sync::Arc::clone(&gone);
    house.answers(move |_| {
        let pieces = Pieces::streamed([data(&PERSONAL[..150]), rests(3_600_000), data(&PERSONAL[150..])]);
        *body.lock().unwrap() = Some(pieces.gone());
        Response::builder().header("content-type", "application/json").body(pieces)
    });
    let visits = house.happened(SUBJECT, "visit").await;
    let request = anna("/recommendations").body(String::new()).unwrap();
    let mut response = house.service().oneshot(request).await.unwrap();
    assert!(response.body_mut().frame().await.is_some());
    drop(response);
    let gone = gone.lock().unwrap().take().unwrap();
    assert!(gone.load(Ordering::SeqCst), "the service is told at once");
    house.layer.flush().await;
    assert_eq!(house.happened(SUBJECT, "visit").await, visits + 1, "the visit was one");
    operator.saw_nothing();
}

#[tokio::test(start_paused = true)]
async fn an_event_whose_client_goes_away_is_written_all_the_same() {
    let house = knowing_anna().await;
    house.store.set(Fault::Slow(Duration::from_secs(5)));
    let purchase = house.ask(anna("/checkout").method(Method::POST));
    assert!(tokio::time::timeout(Duration::from_millis(5), purchase).await.is_err(), "it waits for the store");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(house.happened(SUBJECT, "purchase").await, 31);
}
