//! Bodies of many documents: lines of JSON, records, events. Each fixture gives the same bytes however it is cut; an event
//! leaves as soon as it is there; whoever goes away ends it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod house;

use std::{
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use house::*;
use http::{Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use proptest::{collection::vec, prelude::*, sample::select};
use tokio::time::Instant;
use tower::ServiceExt;
use tower_rapport::{
    shaping::{
        Doubt, DoubtKind,
        json::{JsonPlan, Limits},
        media::Media,
        path::Path,
        shaper::Shaper,
        treatment::{Constant, Treatment},
    },
    store::Memory,
};

// ── Bytes in, bytes out ──────────────────────────────────────────────────────────────────────

fn plan() -> Arc<JsonPlan> {
    let path = |path| Path::parse(path).unwrap();
    let constant = Treatment::Replace(Constant::parse("\"-\"").unwrap());
    Arc::new(JsonPlan::new([(path("$.a"), Treatment::Remove), (path("$..b"), constant)], None))
}

const LIMITS: Limits = Limits { item: 64, depth: 8 };

fn shape<'a>(
    media: Media,
    plan: &Arc<JsonPlan>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (String, Result<(), Doubt>) {
    let mut shaper = Shaper::new(media, Arc::clone(plan), LIMITS, None);
    let mut out = Vec::new();
    let written = pieces.into_iter().try_for_each(|piece| shaper.write(piece, &mut out));
    let ended = written.and_then(|()| shaper.end(&mut out));
    (String::from_utf8(out).unwrap(), ended)
}

/// What comes, and what leaves; with the kind of doubt, where there is one.
type Fixture = (&'static str, &'static str, Option<DoubtKind>);

const LINES: &[Fixture] = &[
    ("", "", None),
    ("{}\n", "{}\n", None),
    ("{\"a\":1,\"c\":2}\n{\"b\":3}\n", "{\"c\":2}\n{\"b\":\"-\"}\n", None),
    ("{\"a\":1}\r\n\r\n \n[{\"b\": 1 }]\r\n", "{}\r\n\r\n \n[{\"b\": \"-\" }]\r\n", None),
    ("\n\n 1 \n2", "\n\n 1 \n2", None),
    ("{\"a\":[1,2]}", "{}", None),
    ("{}{}\n", "{}", Some(DoubtKind::Trailing)),
    ("{}\n{\"c\":\n1}\n", "{}\n{", Some(DoubtKind::CutShort)),
    ("{}\n{\"a\":\"An\nna\"}\n", "{}\n{", Some(DoubtKind::CutShort)),
    ("1,2\n", "1", Some(DoubtKind::Trailing)),
    ("{}\n]\n", "{}\n", Some(DoubtKind::Syntax)),
    ("{}\n{\"c\":1", "{}\n{\"c\":1", Some(DoubtKind::CutShort)),
    ("{}\nAnna\n", "{}\n", Some(DoubtKind::Syntax)),
    ("                                                                       \n{}", "", Some(DoubtKind::TooLarge)),
];

const RECORDS: &[Fixture] = &[
    ("", "", None),
    ("\u{1e}{\"a\":1,\"c\":2}\n\u{1e}{\"b\":3}\n", "\u{1e}{\"c\":2}\n\u{1e}{\"b\":\"-\"}\n", None),
    ("\u{1e}\u{1e}{\n\"c\":\n2}\n\u{1e}\n", "\u{1e}\u{1e}{\n\"c\":\n2}\n\u{1e}\n", None),
    ("\u{1e}12\n\u{1e}true\n", "\u{1e}12\n\u{1e}true\n", None),
    ("{}\n\u{1e}{}\n", "", Some(DoubtKind::Framing)),
    ("\u{1e}{}\n{}\n", "\u{1e}{}\n", Some(DoubtKind::Trailing)),
    ("\u{1e}{}\n\u{1e}12", "\u{1e}{}\n\u{1e}12", Some(DoubtKind::CutShort)),
    ("\u{1e}{}\n\u{1e}{\"c\"\u{1e}{}\n", "\u{1e}{}\n\u{1e}{", Some(DoubtKind::CutShort)),
    ("\u{1e}{}\n\u{1e}", "\u{1e}{}\n\u{1e}", None),
];

const EVENTS: &[Fixture] = &[
    ("", "", None),
    ("data: {\"a\":1,\"c\":2}\n\n", "data: {\"c\":2}\n\n", None),
    ("\u{feff}data:{\"b\":1}\r\n\r\n", "\u{feff}data:{\"b\":\"-\"}\r\n\r\n", None),
    (
        "event: update\ndata: {\"a\":1}\nid: 7\nretry: 10\n\n: ping\n\n",
        "event: update\ndata: {}\nid: 7\nretry: 10\n\n: ping\n\n",
        None,
    ),
    ("data: {\ndata: \"a\": 1,\ndata: \"c\": 2\ndata: }\n\n", "data: {\ndata: \"c\": 2\ndata: }\n\n", None),
    ("data: {\rdata:\"c\":\rdata:2}\r\rdata:{}\r\r", "data: {\rdata:\"c\":\rdata:2}\r\rdata:{}\r\r", None),
    ("data: [\r\ndata\r\ndata:\r\ndata: ]\r\n\r\n", "data: [\r\ndata: \r\ndata: \r\ndata: ]\r\n\r\n", None),
    ("data: [1,\nid: 2\ndata: 3]\n\n", "data: [1\nid: 2\ndata: ,\ndata: 3]\n\n", None),
    ("data: {}\n: between\ndata: \n\n", "data: {}\n: between\ndata: \n\n", None),
    (":\n:comment\nid\nevent:\n\n", ":\n:comment\nid\nevent:\n\n", None),
    ("data:\n\ndata: \ndata\n\ndata: [DONE]\n\n", "data:\n\ndata\ndata\n\ndata: [DONE]\n\n", None),
    ("data: [DONE]\nid: 3\n\n", "data: [DONE]\nid: 3\n\n", None),
    ("data:   {\"c\":1}  \n\n", "data:   {\"c\":1}  \n\n", None),
    ("data: {\"c\":1}", "data: {\"c\":1}", None),
    ("data: {\"c\":1}\n", "data: {\"c\":1}\n", None),
    ("data: 1\n\n\n\ndata: 2\n\n", "data: 1\n\n\n\ndata: 2\n\n", None),
    ("data: {\"c\":1}\n\ndata: {\"c\":", "data: {\"c\":1}\n\ndata: {\"c\":", Some(DoubtKind::CutShort)),
    ("data: {}\n\ndata: hello Anna\n\n", "data: {}\n\n", Some(DoubtKind::Syntax)),
    ("data: {}{}\n\n", "data: {}", Some(DoubtKind::Trailing)),
    ("data: {\n\"first_name\": \"Anna\"}\n\n", "data: {", Some(DoubtKind::Framing)),
    ("Anna\n\n", "", Some(DoubtKind::Framing)),
    ("Data: 1\n\n", "", Some(DoubtKind::Framing)),
    (" data: 1\n\n", "", Some(DoubtKind::Framing)),
    ("datas: 1\n\n", "", Some(DoubtKind::Framing)),
    ("data: [DONE\n\n", "", Some(DoubtKind::Syntax)),
    ("data: [DONE] Anna\n\n", "", Some(DoubtKind::Syntax)),
    ("data: 1\ndata: 2\n\n", "data: 1\ndata: ", Some(DoubtKind::Trailing)),
    ("\u{feff}\u{feff}data: 1\n\n", "\u{feff}", Some(DoubtKind::Framing)),
];

#[test]
fn every_fixture_gives_the_same_bytes_at_every_chunk_size() {
    for (media, fixtures) in [(Media::Lines, LINES), (Media::Sequence, RECORDS), (Media::Events, EVENTS)] {
        for (came, leaves, doubt) in fixtures {
            for size in 1..=came.len().max(1) {
                let (out, ended) = shape(media, &plan(), came.as_bytes().chunks(size));
                assert_eq!(ended.err().map(|doubt| doubt.kind()), *doubt, "{came:?} in {size}");
                match doubt {
                    None => assert_eq!(out, *leaves, "{came:?} in {size}"),
                    // A prefix of what may leave, whichever.
                    Some(_) => {
                        assert!(leaves.starts_with(&out) || out.starts_with(leaves), "{came:?} in {size}: {out:?}")
                    }
                }
                assert!(!out.contains("Anna"), "{out:?}");
            }
        }
    }
}

/// One event, or what may stand where one could: lines, each without its end.
fn event() -> impl Strategy<Value = Vec<String>> {
    let json = select(&["{}", "[1,2]", "{\"c\":{\"d\":[]}}", "12.50", "\"x\"", "{\"c\": \"\\u00e9\"}", "null"][..]);
    let data = (json, select(&["data:", "data: "][..])).prop_map(|(json, name)| vec![format!("{name}{json}")]);
    let parted = select(&["data: ", "data:"][..])
        .prop_map(|name| ["{", "\"c\"", ": [", "1 ]", "}"].map(|part| format!("{name}{part}")).to_vec());
    let other = select(&[": ping", ":", "id: 7", "event: update", "retry: 3", "id", "data: [DONE]", "data:"][..]);
    let other = other.prop_map(|line| vec![line.to_owned()]);
    let with = (
        other.clone(),
        prop_oneof![data, parted],
        other.clone().prop_filter("no data", |line| !line[0].starts_with("data")),
    );
    prop_oneof![
        3 => with.prop_map(|(before, data, after)| {
            let before = if before[0].starts_with("data") { Vec::new() } else { before };
            [before, data, after].concat()
        }),
        1 => other,
    ]
}

fn cut<'a>(body: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).chain([0, body.len()]).collect();
    at.sort_unstable();
    at.windows(2).map(|pair| &body[pair[0]..pair[1]]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_that_no_rule_touches_leaves_as_it_came(
        events in vec(event(), 0..6), end in select(&["\n", "\r\n", "\r"][..]), mark: bool,
        cuts in vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let lines: String = events.iter().map(|event| event.iter().map(|line| format!("{line}{end}")).collect::<String>() + end).collect();
        let body = format!("{}{lines}", if mark { "\u{feff}" } else { "" });
        let nowhere = Arc::new(JsonPlan::new([(Path::parse("$.nowhere.x").unwrap(), Treatment::Remove)], None));
        let (out, ended) = shape(Media::Events, &nowhere, cut(body.as_bytes(), &cuts));
        prop_assert_eq!((out, ended), (body, Ok(())));
    }

    #[test]
    fn streams_that_differ_in_what_is_hidden_leave_as_the_same_bytes(
        values in vec((select(&["1", "\"Anna\"", "{\"x\":[1,2,3]}", "null", "[]"][..]), select(&["7", "\"Max\"", "[[]]"][..])), 1..6),
        media in select(&[Media::Lines, Media::Sequence, Media::Events][..]),
        cuts in [vec(any::<prop::sample::Index>(), 0..12), vec(any::<prop::sample::Index>(), 0..12)],
    ) {
        let written = |hidden: &str, shown: usize| {
            let json = format!(r#"{{"a":{hidden},"c":{shown},"d":{{"b":{hidden}}}}}"#);
            match media {
                Media::Lines => format!("{json}\n"),
                Media::Sequence => format!("\u{1e}{json}\n"),
                _ => format!("event: e\ndata: {json}\nid: {shown}\n\n"),
            }
        };
        let one: String = values.iter().enumerate().map(|(at, (value, _))| written(value, at)).collect();
        let other: String = values.iter().enumerate().map(|(at, (_, value))| written(value, at)).collect();
        let left = shape(media, &plan(), cut(one.as_bytes(), &cuts[0]));
        prop_assert_eq!(&left, &shape(media, &plan(), cut(other.as_bytes(), &cuts[1])));
        prop_assert!(left.1.is_ok());
    }

    #[test]
    fn nothing_hidden_leaves_before_a_stream_turns_out_broken(
        events in vec(event(), 1..4), end in any::<prop::sample::Index>(), wrong in vec(any::<u8>(), 0..4),
        media in select(&[Media::Lines, Media::Sequence, Media::Events][..]),
    ) {
        let secret = "{\"a\":\"SECRET\",\"c\":1,\"d\":{\"b\":\"SECRET\"}}";
        let around = |event: &Vec<String>| event.iter().filter(|line| !line.starts_with("data")).fold(String::new(), |all, line| all + line + "\n");
        let whole = match media {
            Media::Lines => format!("{secret}\n{secret}\n"),
            Media::Sequence => format!("\u{1e}{secret}\n\u{1e}{secret}\n"),
            _ => events.iter().map(|event| format!("{}data: {secret}\n\n", around(event))).collect(),
        };
        let mut body = whole.as_bytes()[..end.index(whole.len() + 1)].to_vec();
        let is_cut = wrong.is_empty();
        body.extend(wrong);
        let mut shaper = Shaper::new(media, plan(), LIMITS, None);
        let mut out = Vec::new();
        let ended = shaper.write(&body, &mut out).and_then(|()| shaper.end(&mut out));
        prop_assert!(!out.windows(6).any(|bytes| bytes == b"SECRET"), "{}", String::from_utf8_lossy(&out));
        if is_cut && ended.is_err() {
            let allowed = shape(media, &plan(), [whole.as_bytes()]).0;
            prop_assert!(allowed.as_bytes().starts_with(&out), "what was sent is a prefix of an allowed answer");
        }
    }
}

// ── Through the layer ────────────────────────────────────────────────────────────────────────

const ENDPOINTS: &str = r#"
[[endpoints]]
name   = "feed"
path   = "/feed"
empty  = '{"items":[]}'
items  = { path = "$.items[*]", id = "$.id", data_at = "$.basis", unlabelled = "none", share = { acquainted = 0.5, trusted = 1.0 } }
fields = [{ path = "$.who", data = "provided", steps = { new = "null", trusted = "keep" } }]

[[endpoints]]
name   = "flat"
path   = "/flat"
items  = { path = "$", id = "$.id", data = "observed", share = { acquainted = 0.5, trusted = 1.0 } }
"#;

fn feed() -> House {
    House::of(&format!("{BASE}{ENDPOINTS}"), Memory::new())
}

/// Answers from now on with these pieces: those of the customer, and those of anybody.
fn says(house: &House, media: &'static str, theirs: Vec<Piece>, anybodys: Vec<Piece>) {
    house.answers(move |head| {
        let pieces = if is_known(head) { &theirs } else { &anybodys };
        Response::builder().header("content-type", media).body(Pieces::streamed(pieces.clone()))
    });
}

const PERSONAL_ITEM: &str = r#"{"who":"Anna","items":[{"id":"p@","basis":"observed"}]}"#;
const GENERIC_ITEM: &str = r#"{"who":null,"items":[{"id":"g@"}]}"#;

fn numbered(form: &str, document: &str, count: usize) -> String {
    (0..count).map(|at| form.replace('@', &document.replace('@', &at.to_string()))).collect()
}

fn ids(body: &str) -> Vec<&str> {
    body.split("\"id\":\"").skip(1).map(|rest| &rest[..2]).collect()
}

#[tokio::test(start_paused = true)]
async fn the_lines_of_a_body_are_one_list() {
    for (media, form) in [("application/x-ndjson", "@\n"), ("application/json-seq", "\u{1e}@\n")] {
        let house = feed();
        house.know(SUBJECT, "acquainted").await;
        let theirs = numbered(form, PERSONAL_ITEM, 6);
        says(&house, media, vec![data(theirs)], vec![data(numbered(form, GENERIC_ITEM, 6))]);
        let answer = house.ask(anna("/feed")).await;
        assert_eq!(ids(&answer.body), ["g0", "p0", "g1", "p1", "g2", "p2"], "{media}: {}", answer.body);
        assert!(!answer.body.contains("Anna") && answer.body.matches("\"who\":null").count() == 6);
        assert_eq!((answer.body.matches('\n').count(), answer.header("content-type")), (6, media));
    }
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_an_item_leaves_whole() {
    let item = |name: &str, count| numbered("@\n", &format!(r#"{{"id":"{name}@"}}"#), count);
    for (stage, generic, shown) in [
        ("new", 6, "g0 g1 g2 g3 g4 g5"),
        ("acquainted", 6, "g0 p0 g1 p1 g2 p2"),
        ("acquainted", 1, "g0 p0 p1 p2"),
        ("trusted", 6, "p0 p1 p2 p3 p4 p5"),
    ] {
        let house = feed();
        house.know(SUBJECT, stage).await;
        says(&house, "application/jsonl", vec![data(item("p", 6))], vec![data(item("g", generic))]);
        let answer = house.ask(anna("/flat")).await;
        assert_eq!(ids(&answer.body).join(" "), shown, "{stage} {}", answer.body);
        assert_eq!(answer.body.lines().count(), ids(&answer.body).len(), "{stage} {}", answer.body);
        assert!(answer.body.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    }
    // What is asked once loses what may not be shown.
    let house = feed();
    says(&house, "application/jsonl", vec![data(item("p", 6))], Vec::new());
    assert_eq!(house.ask(anna("/flat").method("POST")).await.body, "");
}

#[tokio::test(start_paused = true)]
async fn each_event_is_a_list_of_its_own_and_only_the_first_of_a_generic_stream_fills() {
    let event = |name: &str| {
        let items = (0..4)
            .map(|at| format!(r#"{{"id":"{name}{at}","basis":"{}"}}"#, if name == "p" { "observed" } else { "none" }));
        format!("data: {{\"items\":[{}]}}\n\n", items.collect::<Vec<_>>().join(","))
    };
    let house = feed();
    house.know(SUBJECT, "acquainted").await;
    // Anybody's stream never ends.
    let endless = vec![data(": hello\n\n"), data(event("g")), rests(3_600_000), data(event("h"))];
    says(&house, "text/event-stream", vec![data(event("p")), data(event("p"))], endless);
    let began = Instant::now();
    let answer = house.ask(anna("/feed")).await;
    assert_eq!(ids(&answer.body), ["g0", "p0", "g1", "p1", "g0", "p0", "g1", "p1"], "{}", answer.body);
    assert!(began.elapsed() < Duration::from_millis(20), "{:?}", began.elapsed());
    // It is shared for filling, and never taken for the whole of what a newcomer is told.
    house.shop.was_asked();
    house.ask(anna("/feed")).await;
    assert_eq!(house.shop.was_asked(), [true]);
    let mut body = house.service().oneshot(anybody("/feed").body(String::new()).unwrap()).await.unwrap().into_body();
    let mut came = String::new();
    while !came.contains("h3") {
        came.push_str(std::str::from_utf8(&body.frame().await.unwrap().unwrap().into_data().unwrap()).unwrap());
    }
    assert_eq!(house.shop.was_asked(), [false]);
}

#[tokio::test(start_paused = true)]
async fn an_event_leaves_as_soon_as_it_is_there() {
    let house = House::new();
    let event = |number: usize| format!("data: {{\"n\":{number},\"customer\":{{\"first_name\":\"Anna\"}}}}\n\n");
    let pieces: Vec<Piece> = (0..5).flat_map(|number| [data(event(number)), rests(1000)]).collect();
    house.answers(move |_| {
        Response::builder().header("content-type", "text/event-stream").body(Pieces::streamed(pieces.clone()))
    });
    let began = Instant::now();
    let mut body =
        house.service().oneshot(anna("/recommendations").body(String::new()).unwrap()).await.unwrap().into_body();
    for number in 0..5 {
        let came = body.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(came, event(number).replace("\"Anna\"", "null"));
        let late = began.elapsed() - Duration::from_millis(1000 * number as u64);
        // The first is held for the ten milliseconds of all answers (and a millisecond of the timer), the others not at all.
        assert!(late <= Duration::from_millis(if number == 0 { 11 } else { 1 }), "event {number}: {late:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_list_is_told_as_it_comes() {
    // One item a second: the first leaves when the bare service's would, but for the hold.
    let house = House::new();
    let item = |id: usize| format!(r#"{{"id":{id},"reason":"Because"}},"#);
    let pieces: Vec<Piece> = [data(r#"{"items":["#)]
        .into_iter()
        .chain((0..5).flat_map(|id| [data(item(id)), rests(1000)]))
        .chain([data("0]}")])
        .collect();
    house.streams(pieces);
    let began = Instant::now();
    let mut body =
        house.service().oneshot(anna("/recommendations").body(String::new()).unwrap()).await.unwrap().into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(first.starts_with(br#"{"items":[{"id":0"#), "{first:?}");
    assert!(began.elapsed() <= Duration::from_millis(11), "{:?}", began.elapsed());
}

/// Told when a body has more.
#[derive(Default)]
struct Told(AtomicUsize);

impl Wake for Told {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test(start_paused = true)]
async fn what_leaves_first_is_sent_before_more_is_made() {
    // A server sends what it has as soon as a body has no more for the moment, or once it has hundreds of KiB.
    let house = House::new();
    let lines = format!("{{\"c\":\"{}\"}}\n", "x".repeat(10_000)).repeat(100);
    let pieces = vec![data(lines.clone())];
    house.answers(move |_| {
        Response::builder().header("content-type", "application/x-ndjson").body(Pieces::streamed(pieces.clone()))
    });
    let answer = house.service().oneshot(anna("/recommendations").body(String::new()).unwrap()).await.unwrap();
    let (mut body, told) = (pin!(answer.into_body()), Arc::new(Told::default()));
    let waker = Waker::from(Arc::clone(&told));
    let mut frames: Vec<Option<usize>> = Vec::new();
    loop {
        match body.as_mut().poll_frame(&mut Context::from_waker(&waker)) {
            Poll::Ready(Some(frame)) => frames.push(frame.unwrap().into_data().ok().map(|data| data.len())),
            Poll::Ready(None) => break,
            Poll::Pending => {
                frames.push(None);
                assert_eq!(told.0.load(Ordering::Relaxed), frames.iter().filter(|frame| frame.is_none()).count());
            }
        }
    }
    assert!(matches!(frames[..], [Some(64_000..200_000), None, Some(_), ..]), "{frames:?}");
    assert_eq!(frames.iter().flatten().sum::<usize>(), lines.len());
    assert!(frames.iter().skip(2).all(Option::is_some), "{frames:?}");
}

#[tokio::test(start_paused = true)]
async fn doubt_ends_a_stream_after_what_has_left_and_before_it_falls_back() {
    for media in ["application/x-ndjson", "text/event-stream", "application/json-seq"] {
        let document = r#"{"customer":{"first_name":"Anna"}}"#;
        let one = match media {
            "text/event-stream" => format!("data: {document}\n\n"),
            "application/json-seq" => format!("\u{1e}{document}\n"),
            _ => format!("{document}\n"),
        };
        let broken = one.replace("}}", "}]");
        for (rest, has_left) in [(0, false), (50, true)] {
            let (house, operator) = (House::new(), Operator::watch());
            let pieces = vec![data(one.clone()), rests(rest), data(broken.clone())];
            house.answers(move |head| match is_known(head) {
                true => Response::builder().header("content-type", media).body(Pieces::streamed(pieces.clone())),
                false => Response::builder().status(404).body(Pieces::whole("")),
            });
            let answer = house.ask(anna("/recommendations")).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(!answer.body.contains("Anna"));
            if has_left {
                assert!(answer.body.starts_with(&one.replace("\"Anna\"", "null")) && answer.broke.is_some(), "{media}");
            } else {
                assert_eq!(
                    (answer.body.as_str(), &answer.broke, answer.header("content-type")),
                    (EMPTY, &None, "application/json"),
                    "{media}"
                );
            }
            assert!(operator.counters().contains("cause=\"syntax\""), "{media}: {}", operator.counters());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_keeps_its_trailers_and_is_not_read_faster_than_it_is_taken() {
    let house = House::new();
    let trailers = http::HeaderMap::from_iter([("x-sum".parse().unwrap(), "1".parse().unwrap())]);
    let line = format!("{{\"c\":\"{}\"}}\n", "x".repeat(10_000));
    let mut pieces: Vec<Piece> = (0..100).map(|_| data(line.clone())).collect();
    pieces.push(Piece::Trailers(trailers.clone()));
    let taken = Arc::new(Mutex::new(None));
    let body = Arc::clone(&taken);
    house.answers(move |_| {
        let pieces = Pieces::streamed(pieces.clone());
        *body.lock().unwrap() = Some(pieces.taken());
        Response::builder().header("content-type", "application/x-ndjson").body(pieces)
    });
    let response = house.service().oneshot(anna("/recommendations").body(String::new()).unwrap()).await.unwrap();
    let taken = taken.lock().unwrap().take().unwrap();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let before = taken.load(Ordering::SeqCst);
    assert!((6..=9).contains(&before), "as much as is held, and no more while nobody reads: {before}");
    let answer = Answer::read(response).await;
    assert_eq!((answer.body.len(), answer.trailers, answer.broke), (100 * line.len(), Some(trailers), None));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_away_stops_the_service() {
    for media in ["application/x-ndjson", "text/event-stream"] {
        let house = House::new();
        let gone = Arc::new(Mutex::new(None));
        let body = Arc::clone(&gone);
        house.answers(move |_| {
            let pieces = Pieces::streamed([
                data(if media.starts_with("text") { "data: 1\n\n" } else { "1\n" }),
                rests(3_600_000),
            ]);
            *body.lock().unwrap() = Some(pieces.gone());
            Response::builder().header("content-type", media).body(pieces)
        });
        let mut response =
            house.service().oneshot(anna("/recommendations").body(String::new()).unwrap()).await.unwrap();
        assert!(response.body_mut().frame().await.is_some());
        assert!(!response.body().is_end_stream());
        drop(response);
        assert!(gone.lock().unwrap().take().unwrap().load(Ordering::SeqCst), "{media}: the service is told at once");
    }
}
