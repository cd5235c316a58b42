//! Observe mode: every answer leaves as the service made it, and what would have become of it is counted and logged.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

#[cfg(feature = "encoding")]
mod codings;
mod house;

use std::{collections::BTreeMap, fs, path::Path};

use bytes::Bytes;
use house::*;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;
use tower_rapport::{policy::Policy, store::Memory};

/// A list of which a fifth may be chosen personally, and no place is filled.
const LISTS: &str = r#"
[[endpoints]]
name   = "lists"
path   = "/lists"
fields = [{ path = "$.items[*].score", data = "observed", steps = { acquainted = { round_to = 0.5 }, trusted = "keep" } }]
[endpoints.items]
path    = "$.items[*]"
id      = "$.id"
data_at = "$.why"
fill    = "shorten"
share   = { new = 0.0, acquainted = 0.2, trusted = 1.0 }
"#;

#[cfg(feature = "html")]
const PAGES: &str = r#"
[[endpoints]]
name = "pages"
path = "/pages"
html = [
    { select = ".name", data = "provided", steps = { new = { replace = "there" }, familiar = "keep" } },
    { select = ".because", data = "observed", steps = { familiar = "keep" } },
]
[[endpoints]]
name = "shelf"
path = "/shelf"
[endpoints.items]
select  = "article"
id      = "@id"
data_at = "@data-why"
fill    = "shorten"
share   = { new = 0.0, acquainted = 0.2, trusted = 1.0 }
"#;
#[cfg(not(feature = "html"))]
const PAGES: &str = "";

const LIST: &str = r#"{"items": [{"id":1,"why":"observed","score":0.81},{"id":2,"why":"observed","score":0.72},{"id":2,"why":"observed"},{"id":3,"why":"inferred","score":0.3},{"id":4,"why":"none","score":0.2},{"id":5,"why":"odd"}]}"#;

/// The house's policy and these endpoints, in a mode, with a sample of what is observed, and with a log.
fn policy(mode: &str, sample: &str, folder: &Path) -> String {
    let file = folder.join(format!("{mode}.jsonl"));
    // What takes the place of an unreadable answer would be looked at, too.
    let endpoints = POLICY.replace("empty  =", "unreadable = \"empty\"\nempty  =");
    format!(
        "mode = {mode:?}\n{endpoints}{LISTS}{PAGES}\n[report]\nsample = {sample}\n\
         decisions = {{ file = {:?}, keep = \"7d\", rotate = \"1MiB\" }}\n",
        file.to_str().unwrap()
    )
}

/// Something that the service may say.
struct Case {
    path: &'static str,
    content_type: &'static str,
    coding: &'static str,
    pieces: Vec<Piece>,
}

fn case(path: &'static str, content_type: &'static str, body: impl Into<Bytes>) -> Case {
    Case { path, content_type, coding: "", pieces: vec![Piece::Data(body.into())] }
}

fn cases() -> Vec<Case> {
    const JSON: &str = "application/json";
    let in_pieces: Vec<Piece> =
        PERSONAL.as_bytes().chunks(7).map(|piece| data(str::from_utf8(piece).unwrap())).collect();
    let trailers = HeaderMap::from_iter([(http::HeaderName::from_static("x-sum"), HeaderValue::from_static("1"))]);
    #[cfg_attr(not(any(feature = "encoding", feature = "html")), expect(unused_mut, reason = "no more to add"))]
    let mut cases = vec![
        case("/recommendations", JSON, PERSONAL),
        Case {
            pieces: in_pieces.into_iter().chain([Piece::Trailers(trailers)]).collect(),
            ..case("/recommendations", JSON, "")
        },
        case("/recommendations", "application/x-ndjson", format!("{PERSONAL}\n{PERSONAL}\n")),
        case("/recommendations", "text/event-stream", format!("event: a\ndata: {PERSONAL}\n\ndata: [DONE]\n\n")),
        case("/lists", JSON, LIST),
        // What cannot be shaped.
        case("/recommendations", JSON, r#"{"items": [{"reason": "Because"#),
        case("/recommendations", JSON, r#"{"items": nothing"#),
        case("/recommendations", "text/plain", "Anna"),
        Case { coding: "compress", ..case("/recommendations", JSON, PERSONAL) },
        case("/narrow", JSON, "[".repeat(20)),
    ];
    #[cfg(feature = "encoding")]
    for coding in ["gzip", "br", "zstd"] {
        cases.push(Case { coding, ..case("/recommendations", JSON, codings::put_on(coding, PERSONAL.as_bytes())) });
        let broken = codings::put_on(coding, PERSONAL.as_bytes());
        cases.push(Case { coding, ..case("/recommendations", JSON, broken[..broken.len() / 2].to_vec()) });
    }
    #[cfg(feature = "html")]
    {
        let page = "<!doctype html><p class=name title='Anna'>Anna</p><i class=because>You bought boots</i>";
        cases.push(case("/pages", "text/html; charset=utf-8", page));
        cases.push(case("/pages", "text/html; charset=utf-8", "<p class=name>Anna"));
        let item = |id, why| format!("<article id={id} data-why={why}>{id}</article>");
        let shelf = [item(1, "observed"), item(2, "odd"), item(2, "none"), item(2, "none")].concat();
        cases.push(case("/shelf", "text/html; charset=utf-8", shelf));
    }
    cases
}

/// What is sent, and how.
fn answers(house: &House, case: &Case) {
    let (content_type, coding, pieces) = (case.content_type, case.coding, case.pieces.clone());
    house.answers(move |_| {
        let mut answer = Response::builder().header("content-type", content_type).header("etag", "\"Anna\"");
        if !coding.is_empty() {
            answer = answer.header("content-encoding", coding);
        }
        answer.body(Pieces::streamed(pieces.clone()))
    });
}

/// The frames of an answer: data, and trailers.
async fn frames<B>(mut body: B) -> (Vec<Bytes>, Option<HeaderMap>)
where
    B: Body<Data = Bytes, Error: std::fmt::Debug> + Unpin,
{
    let (mut data, mut trailers) = (Vec::new(), None);
    while let Some(frame) = body.frame().await {
        match frame.unwrap().into_data() {
            Ok(piece) => data.push(piece),
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    (data, trailers)
}

#[tokio::test(start_paused = true)]
async fn every_answer_leaves_as_the_service_made_it_frame_by_frame() {
    let folder = tempfile::tempdir().unwrap();
    for sample in ["1.0", "0.5", "0.0"] {
        let house = House::of(&policy("observe", sample, folder.path()), Memory::new());
        for (stage, case) in ["new", "acquainted", "trusted"]
            .into_iter()
            .flat_map(|stage| cases().into_iter().map(move |case| (stage, case)))
        {
            house.know(SUBJECT, stage).await;
            answers(&house, &case);
            let request = anna(case.path).header("accept-encoding", "compress, gzip").header("range", "bytes=0-");
            let response = house.service().oneshot(request.body(String::new()).unwrap()).await.unwrap();
            let seen = house.shop.seen().pop().unwrap();
            assert_eq!(
                (seen.headers["accept-encoding"].as_bytes(), seen.headers["range"].as_bytes()),
                (&b"compress, gzip"[..], &b"bytes=0-"[..])
            );
            assert!(!seen.headers.contains_key("personalization"));
            let coding = (!case.coding.is_empty()).then_some(("content-encoding", case.coding));
            let headers = [("content-type", case.content_type), ("etag", "\"Anna\"")].into_iter().chain(coding);
            let headers: HeaderMap =
                headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            assert_eq!((response.status(), response.headers()), (StatusCode::OK, &headers), "{}", case.path);
            let (left, trailers) = frames(response.into_body()).await;
            let (mut came, mut after) = (Vec::new(), None);
            for piece in case.pieces {
                match piece {
                    Piece::Data(data) => came.push(data),
                    Piece::Trailers(trailers) => after = Some(trailers),
                    other => unreachable!("{other:?}"),
                }
            }
            // The very memory, and not a copy of it.
            let places =
                |frames: &[Bytes]| frames.iter().map(|frame| (frame.as_ptr(), frame.len())).collect::<Vec<_>>();
            assert_eq!((places(&left), trailers), (places(&came), after), "{} at {stage}", case.path);
        }
    }
}

/// What was counted of values, items and doubts, without the word for the mode, and what the log says of the answers.
async fn seen(mode: &str, folder: &Path) -> (BTreeMap<String, u64>, Vec<Value>) {
    let (operator, house) = (Operator::watch(), House::of(&policy(mode, "1.0", folder), Memory::new()));
    let label = ",mode=\"observe\"";
    for stage in ["new", "acquainted", "familiar", "trusted"] {
        for case in cases() {
            // The service is asked as somebody unknown there, where decisions have an effect.
            if ["/lists", "/shelf"].contains(&case.path) && stage == "new" {
                continue;
            }
            house.know(SUBJECT, stage).await;
            answers(&house, &case);
            let request = anna(case.path).body(String::new()).unwrap();
            let mut body = house.service().oneshot(request).await.unwrap().into_body();
            while let Some(Ok(_)) = body.frame().await {}
        }
    }
    let kinds = [
        "rapport_treated_values_total",
        "rapport_withheld_items_total",
        "rapport_doubts_total",
        "rapport_limits_total",
        "rapport_decisions_total",
    ];
    let counters = operator.counters();
    let counters = counters.lines().filter(|line| kinds.iter().any(|kind| line.starts_with(kind)));
    let counted = counters.map(|line| {
        assert_eq!(line.contains(label), mode == "observe", "{line}");
        let (name, count) = line.rsplit_once(' ').unwrap();
        (name.replace(label, ""), count.parse().unwrap())
    });
    let counted = counted.collect();
    drop(house);
    let lines = fs::read_to_string(folder.join(format!("{mode}.jsonl"))).unwrap();
    let became = lines.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line.get("observed"), (mode == "observe").then_some(&json!(true)), "{line}");
        json!([line["endpoint"], line["stage"], line["treated"], line["withheld"]])
    });
    (counted, became.collect())
}

#[tokio::test(start_paused = true)]
async fn what_is_observed_is_what_would_be_done() {
    let folder = tempfile::tempdir().unwrap();
    let (observed, log) = seen("observe", folder.path()).await;
    let (enforced, done) = seen("enforce", folder.path()).await;
    assert_eq!(observed, enforced);
    assert_eq!(log, done);
    let count = |line: &str| observed.get(line).copied().unwrap_or(0);
    assert!(
        count(r#"rapport_treated_values_total{endpoint="recommendations",treatment="remove"}"#) > 0,
        "{observed:?}"
    );
    for (reason, items) in [("closed", 4), ("share", 1 + 2), ("twice", 3)] {
        let line = format!("rapport_withheld_items_total{{endpoint=\"lists\",reason={reason:?}}}");
        assert_eq!(count(&line), items, "{line} of {observed:?}");
    }
    #[cfg(feature = "html")]
    for (reason, items) in [("closed", 3), ("share", 2), ("twice", 3)] {
        let line = format!("rapport_withheld_items_total{{endpoint=\"shelf\",reason={reason:?}}}");
        assert_eq!(count(&line), items, "{line} of {observed:?}");
    }
    for cause in ["cut_short", "syntax", "content_type", "encoding"] {
        let line = format!("rapport_doubts_total{{endpoint=\"recommendations\",cause={cause:?}}}");
        assert!(count(&line) > 0, "{line} is not among {observed:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn of_the_answers_as_many_are_shaped_as_the_sample_says() {
    let folder = tempfile::tempdir().unwrap();
    for (sample, taken) in [("0.0", 0), ("0.1", 40), ("0.25", 100), ("1.0", 400)] {
        let (operator, house) =
            (Operator::watch(), House::of(&policy("observe", sample, folder.path()), Memory::new()));
        for _ in 0..400 {
            assert_eq!(house.ask(anna("/recommendations")).await.body, PERSONAL);
        }
        let counters = operator.counters();
        let counted = |name: &str| {
            let line = counters.lines().find_map(|line| line.strip_prefix(name));
            line.map_or(0, |count| count.trim().parse::<u64>().unwrap())
        };
        let shaped = counted(r#"rapport_observed_answers_total{endpoint="recommendations"}"#);
        assert!(shaped.abs_diff(taken) <= 3 && (shaped == taken || !matches!(taken, 0 | 400)), "{shaped} of {sample}");
        let removed = r#"rapport_treated_values_total{endpoint="recommendations",treatment="remove",mode="observe"}"#;
        assert_eq!(counted(removed), shaped * 4);
        // Of decisions there is no sample.
        assert_eq!(counted(r#"rapport_decisions_total{stage="new",mode="observe"}"#), 400);
    }
}

#[tokio::test(start_paused = true)]
async fn one_endpoint_may_observe_while_others_act() {
    let (operator, house) = (
        Operator::watch(),
        House::of(
            &POLICY.replacen("path   = \"/strict\"", "path   = \"/strict\"\nmode   = \"observe\"", 1),
            Memory::new(),
        ),
    );
    house.know(SUBJECT, "new").await;
    assert_eq!(house.ask(anna("/strict")).await.body, PERSONAL);
    assert_eq!(house.ask(anna("/recommendations")).await.body, AT_NEW);
    operator.counted(r#"rapport_treated_values_total{endpoint="strict",treatment="remove",mode="observe"} 2"#);
    operator.counted(r#"rapport_treated_values_total{endpoint="recommendations",treatment="remove"} 4"#);
    operator.counted(r#"rapport_decisions_total{stage="new",mode="observe"} 1"#);
    operator.counted(r#"rapport_decisions_total{stage="new"} 1"#);
}

/// Nothing is read ahead, and nobody waits for more than the service gives.
#[tokio::test(start_paused = true)]
async fn a_stream_is_not_held_and_its_failure_passes() {
    let folder = tempfile::tempdir().unwrap();
    let (operator, house) = (Operator::watch(), House::of(&policy("observe", "1.0", folder.path()), Memory::new()));
    let begins = r#"{"items": [{"reason": "Because"#;
    house.streams([data(begins), rests(60_000), Piece::Fails]);
    let begun = tokio::time::Instant::now();
    let response = house.service().oneshot(anna("/recommendations").body(String::new()).unwrap()).await.unwrap();
    let mut body = response.into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), begins);
    assert_eq!(begun.elapsed().as_millis(), 0);
    assert!(body.frame().await.unwrap().is_err());
    operator.counted(r#"rapport_doubts_total{endpoint="recommendations",cause="service",mode="observe"} 1"#);
    operator.logged("an answer left as it came, and could not have been shaped");
    // Given up: nothing is known of it.
    house.streams([data(begins), rests(60_000), data("\"}]}")]);
    let response = house.service().oneshot(anna("/recommendations").body(String::new()).unwrap()).await.unwrap();
    let mut body = response.into_body();
    body.frame().await.unwrap().unwrap();
    drop(body);
    assert!(!operator.counters().contains("treated"), "{}", operator.counters());
}

/// What comes at once is looked at while others wait; so there is an end to it.
#[tokio::test(start_paused = true)]
async fn of_what_comes_at_once_only_so_much_is_looked_at() {
    let (operator, house) = (Operator::watch(), House::of(&format!("mode = \"observe\"\n{POLICY}"), Memory::new()));
    let large = |size: usize| format!(r#"{{"items": [{{"reason": "{}"}}]}}"#, "x".repeat(size));
    for size in [4 << 20, 3 << 20] {
        let body = large(size);
        let sent = Bytes::from(body.clone());
        house.answers(move |_| {
            Response::builder().header("content-type", "application/json").body(Pieces::whole(sent.clone()))
        });
        assert!(house.ask(anna("/strict")).await.body == body);
    }
    operator.counted(r#"rapport_doubts_total{endpoint="strict",cause="too_much_at_once",mode="observe"} 1"#);
    operator.counted(r#"rapport_treated_values_total{endpoint="strict",treatment="remove",mode="observe"} 1"#);
    // In pieces it may be as large as it likes.
    let body = large(6 << 20);
    let pieces: Vec<_> = body.as_bytes().chunks(1 << 20).map(|piece| data(str::from_utf8(piece).unwrap())).collect();
    house.streams(pieces);
    assert!(house.ask(anna("/strict")).await.body == body);
    operator.counted(r#"rapport_treated_values_total{endpoint="strict",treatment="remove",mode="observe"} 2"#);
}

/// Who knows how long an answer is stops reading when it is there, as servers of HTTP/1 do.
#[tokio::test(start_paused = true)]
async fn an_answer_that_says_how_long_it_is_need_not_be_read_to_its_end() {
    let (operator, house) = (Operator::watch(), House::of(&format!("mode = \"observe\"\n{POLICY}"), Memory::new()));
    let body = r#"{"items": [{"reason": "because"}]}"#;
    house.answers(move |_| {
        let answer =
            Response::builder().header("content-type", "application/json").header("content-length", body.len());
        answer.body(Pieces::streamed(vec![data(&body[..10]), data(&body[10..])]))
    });
    let mut answer = house.service().oneshot(anna("/strict").body(String::new()).unwrap()).await.unwrap().into_body();
    for _ in 0..2 {
        assert!(answer.frame().await.unwrap().unwrap().is_data());
    }
    drop(answer);
    operator.counted(r#"rapport_treated_values_total{endpoint="strict",treatment="remove",mode="observe"} 1"#);
}

/// What no rule could act on is not looked at, and counts for nothing.
#[tokio::test(start_paused = true)]
async fn parts_heads_and_answers_without_a_body_are_not_looked_at() {
    let house = House::of(&format!("mode = \"observe\"\n{POLICY}"), Memory::new());
    let operator = Operator::watch();
    for status in [204, 206, 304] {
        house.answers(move |_| {
            Response::builder().status(status).header("content-type", "application/json").body(Pieces::whole(""))
        });
        assert_eq!(house.ask(anna("/recommendations").header("range", "bytes=0-1")).await.status, status);
    }
    house.says(PERSONAL);
    house.ask(anna("/recommendations").method(Method::HEAD)).await;
    house.ask(anna("/open")).await;
    house.ask(anna("/elsewhere")).await;
    operator.saw_nothing();
}

/// A log of what was observed is decided again alike.
#[tokio::test(start_paused = true)]
async fn a_line_of_what_was_observed_is_decided_again_alike() {
    let folder = tempfile::tempdir().unwrap();
    let text = policy("observe", "1.0", folder.path());
    let house = House::of(&text, Memory::new());
    house.know(SUBJECT, "familiar").await;
    house.ask(anna("/recommendations")).await;
    drop(house);
    let line = fs::read_to_string(folder.path().join("observe.jsonl")).unwrap();
    let policy = Policy::from_toml("rapport.toml", &text, secrets).unwrap();
    assert!(policy.replay(line.trim()).unwrap().is_equal(), "{line}");
    assert!(line.contains(r#""observed":true,"treated":{"keep":3,"round_to":2}"#), "{line}");
}
