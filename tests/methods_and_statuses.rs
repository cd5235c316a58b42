//! What leaves for each method, status and set of headers of the wrapped service. One table for methods and statuses, one for
//! headers; every cell is a request.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod house;

use house::*;
use http::{HeaderMap, Response, StatusCode};

// ── Methods and statuses ─────────────────────────────────────────────────────────────────────

/// What leaves of a JSON body that hides something: `shaped`, with the service's status; `empty`, the endpoint's empty
/// answer with the status of a success; `-`, no body; `told`, no body because the client has it already (304).
const STATUSES: &str = "
     status   GET     HEAD  POST    PUT     PATCH   DELETE  OPTIONS
     200      shaped  -     shaped  shaped  shaped  shaped  shaped
     201      shaped  -     shaped  shaped  shaped  shaped  shaped
     202      shaped  -     shaped  shaped  shaped  shaped  shaped
     203      shaped  -     shaped  shaped  shaped  shaped  shaped
     204      -       -     -       -       -       -       -
     205      -       -     -       -       -       -       -
     206      empty   -     empty   empty   empty   empty   empty
     207      shaped  -     shaped  shaped  shaped  shaped  shaped
     226      shaped  -     shaped  shaped  shaped  shaped  shaped
     300      shaped  -     shaped  shaped  shaped  shaped  shaped
     301      shaped  -     shaped  shaped  shaped  shaped  shaped
     303      shaped  -     shaped  shaped  shaped  shaped  shaped
     304      -       -     -       -       -       -       -
     307      shaped  -     shaped  shaped  shaped  shaped  shaped
     400      shaped  -     shaped  shaped  shaped  shaped  shaped
     401      shaped  -     shaped  shaped  shaped  shaped  shaped
     404      shaped  -     shaped  shaped  shaped  shaped  shaped
     409      shaped  -     shaped  shaped  shaped  shaped  shaped
     412      shaped  -     shaped  shaped  shaped  shaped  shaped
     416      shaped  -     shaped  shaped  shaped  shaped  shaped
     429      shaped  -     shaped  shaped  shaped  shaped  shaped
     500      shaped  -     shaped  shaped  shaped  shaped  shaped
     503      shaped  -     shaped  shaped  shaped  shaped  shaped
     101      empty   -     empty   empty   empty   empty   empty
     103      empty   -     empty   empty   empty   empty   empty
";

#[tokio::test(start_paused = true)]
async fn every_method_and_status_is_answered_as_the_table_says() {
    let lines: Vec<Vec<&str>> =
        STATUSES.lines().filter(|line| !line.trim().is_empty()).map(|line| line.split_whitespace().collect()).collect();
    let (methods, rows) = (&lines[0][1..], &lines[1..]);
    let mut cells = 0;
    for row in rows {
        let status: u16 = row[0].parse().unwrap();
        for (method, leaves) in methods.iter().zip(&row[1..]) {
            for knows_its_end in [false, true] {
                let house = House::new();
                house.answers(move |_| {
                    let pieces = Some(data(PERSONAL));
                    let body = if knows_its_end { Pieces::new(pieces) } else { Pieces::streamed(pieces) };
                    let answer = Response::builder().status(status).header("content-type", "application/json");
                    let answer =
                        answer.header("etag", "\"v1\"").header("last-modified", "x").header("accept-ranges", "bytes");
                    let answer = answer.header("content-range", "bytes 0-9/99").header("content-digest", "x");
                    answer.header("retry-after", "7").header("location", "/x").body(body)
                });
                let answer = house.ask(anna("/recommendations").method(*method)).await;
                let what = format!("{method} {status} {knows_its_end}");
                let body = match *leaves {
                    "shaped" => AT_NEW,
                    "empty" => EMPTY,
                    _ => "",
                };
                let is_whole = !matches!(status, 101 | 103 | 206);
                assert_eq!(answer.status.as_u16(), if is_whole { status } else { 200 }, "{what}");
                assert_eq!((answer.body.as_str(), &answer.broke), (body, &None), "{what}");
                if !body.is_empty() {
                    assert_eq!(answer.header("content-length"), body.len().to_string(), "{what}");
                } else {
                    assert!(["", "0"].contains(&answer.header("content-length")), "{what}: tells what is hidden");
                }
                for name in ["last-modified", "accept-ranges", "content-range", "content-digest"] {
                    assert_eq!(answer.header(name), "", "{what} {name}");
                }
                // Only a whole success that GET reads has a tag, and it is not the service's.
                let is_tagged = *method == "GET" && *leaves == "shaped" && answer.status.is_success();
                assert_eq!(answer.header("etag").starts_with("W/\""), is_tagged, "{what}: {}", answer.header("etag"));
                assert_eq!(
                    (answer.header("retry-after"), answer.header("location"), answer.stage()),
                    ("7", "/x", "new"),
                    "{what}"
                );
                cells += 1;
            }
        }
    }
    assert!(cells >= 300, "{cells}");
}

// ── Header sets ──────────────────────────────────────────────────────────────────────────────

/// What the client asks with, what the service answers with, what leaves for Anna, who is new, and what for a stranger; a header
/// that leaves is written `name: value`, one that does not `!name`, and `=` begins what the service was asked with.
type Row = (&'static str, &'static str, &'static str, &'static str);

const COMMON: &str = "vary: authorization, sec-gpc, prefer";

const HEADERS: &[Row] = &[
    // Validators and ranges.
    ("", "etag: \"v1\"", "!\"v1\"", "!\"v1\""),
    ("", "etag: W/\"v1\" | last-modified: x", "!last-modified", "!last-modified"),
    ("", "accept-ranges: bytes", "!accept-ranges", "!accept-ranges"),
    ("range: bytes=0-9", "", "=!range | status: 200", "=!range | status: 200"),
    ("range: bytes=0-9 | if-range: \"v1\"", "", "=!if-range | status: 200", "=!if-range | status: 200"),
    ("if-none-match: \"v1\"", "etag: \"v1\"", "=!if-none-match | status: 200", "=!if-none-match | status: 200"),
    ("if-none-match: *", "", "=!if-none-match | status: 304", "=!if-none-match | status: 304"),
    (
        "if-modified-since: x",
        "last-modified: x",
        "=!if-modified-since | status: 200",
        "=!if-modified-since | status: 200",
    ),
    ("if-match: \"v1\"", "etag: \"v1\"", "=!if-match | status: 200", "=!if-match | status: 200"),
    ("if-match: *", "", "=!if-match | status: 200", "=!if-match | status: 200"),
    (
        "if-unmodified-since: x",
        "last-modified: x",
        "=!if-unmodified-since | status: 200",
        "=!if-unmodified-since | status: 200",
    ),
    // Digests and signatures.
    ("", "content-digest: sha-256=:x:", "!content-digest", "!content-digest"),
    ("", "repr-digest: sha-256=:x:", "!repr-digest", "!repr-digest"),
    ("", "digest: md5=x", "!digest", "!digest"),
    ("", "content-md5: x", "!content-md5", "!content-md5"),
    ("", "signature: a=:x: | signature-input: a=()", "!signature | !signature-input", "!signature | !signature-input"),
    ("", "x-goog-hash: crc32c=x", "!x-goog-hash", "!x-goog-hash"),
    ("", "x-amz-checksum-sha256: x", "!x-amz-checksum-sha256", "!x-amz-checksum-sha256"),
    ("", "trailer: content-digest", "!trailer", "!trailer"),
    ("", "trailer: content-digest, x-sum", "trailer: x-sum", "trailer: x-sum"),
    // Bytes that a server further out would send instead.
    ("", "x-accel-redirect: /anna.json", "!x-accel-redirect", "!x-accel-redirect"),
    ("", "x-sendfile: /anna.json", "!x-sendfile", "!x-sendfile"),
    // Caches. What nobody may change gives way to what anybody gets, which is put in order all the same.
    ("", "", "cache-control: private, no-cache", "!cache-control"),
    ("", "cache-control: public, max-age=60", "cache-control: private, no-cache", "cache-control: public, max-age=60"),
    (
        "",
        "cache-control: max-age=60 | expires: x",
        "cache-control: private, no-cache | !expires",
        "cache-control: max-age=60 | expires: x",
    ),
    ("", "cache-control: s-maxage=60", "cache-control: private, no-cache", "cache-control: s-maxage=60"),
    ("", "cache-control: no-store", "cache-control: no-store | !etag", "cache-control: no-store | !etag"),
    (
        "",
        "cache-control: No-Store, max-age=0",
        "cache-control: No-Store, max-age=0",
        "cache-control: No-Store, max-age=0",
    ),
    ("", "cache-control: private", "cache-control: private, no-cache", "cache-control: private"),
    (
        "",
        "cache-control: must-understand, no-store",
        "cache-control: private, no-cache, no-store",
        "cache-control: must-understand, no-store",
    ),
    ("", "cdn-cache-control: max-age=60", "!cdn-cache-control", "cdn-cache-control: max-age=60"),
    (
        "",
        "cloudflare-cdn-cache-control: max-age=60",
        "!cloudflare-cdn-cache-control",
        "cloudflare-cdn-cache-control: max-age=60",
    ),
    ("", "surrogate-control: max-age=60", "!surrogate-control", "surrogate-control: max-age=60"),
    ("", "x-accel-expires: 60", "!x-accel-expires", "x-accel-expires: 60"),
    (
        "",
        "cache-control: no-transform",
        "body: shaped | cache-control: private, no-cache, no-transform",
        "body: shaped",
    ),
    ("", "cache-control: max-age=60, No-Transform", "body: shaped", "body: shaped"),
    // On what it depends.
    ("", "", COMMON, COMMON),
    (
        "",
        "vary: accept-language",
        "vary: accept-language, authorization, sec-gpc, prefer",
        "vary: accept-language, authorization, sec-gpc, prefer",
    ),
    ("", "vary: Authorization, Prefer", "vary: Authorization, Prefer, sec-gpc", "vary: Authorization, Prefer, sec-gpc"),
    ("", "vary: *", "vary: *", "vary: *"),
    // CORS.
    (
        "",
        "access-control-allow-origin: *",
        "access-control-expose-headers: personalization",
        "access-control-expose-headers: personalization",
    ),
    (
        "",
        "access-control-allow-origin: * | access-control-expose-headers: *",
        "access-control-expose-headers: *",
        "access-control-expose-headers: *",
    ),
    (
        "",
        "access-control-expose-headers: x-a",
        "access-control-expose-headers: x-a",
        "access-control-expose-headers: x-a",
    ),
    ("origin: https://a.example", "", "!access-control-expose-headers", "!access-control-expose-headers"),
    // Codings.
    ("accept-encoding: gzip, exi", "", "=accept-encoding: gzip", "=accept-encoding: gzip"),
    ("accept-encoding: exi", "", "=accept-encoding: identity", "=accept-encoding: identity"),
    ("", "", "=accept-encoding: identity", "=accept-encoding: identity"),
    ("", "content-encoding: identity", "!content-encoding | body: shaped", "!content-encoding | body: shaped"),
    ("", "content-encoding: compress", "!content-encoding | body: empty", "!content-encoding | body: empty"),
    ("", "content-encoding: gzip, snappy", "!content-encoding | body: empty", "!content-encoding | body: empty"),
    // What it is made of.
    ("", "content-type: application/problem+json", "body: shaped", "body: shaped"),
    ("", "content-type: text/plain", "body: empty | content-type: application/json", "body: empty"),
    ("", "content-type: application/json; charset=utf-16", "body: empty", "body: empty"),
    ("", "content-type: multipart/byteranges", "body: empty", "body: empty"),
    // Other protocols, and what is this layer's own.
    ("upgrade: websocket", "", "=!upgrade | status: 200", "=!upgrade | status: 200"),
    ("personalization: stage=trusted", "personalization: stage=trusted", "!stage=trusted", "!stage=trusted"),
    ("", "personalization-event: purchase", "!personalization-event", "!personalization-event"),
    (
        "prefer: personalization=none",
        "",
        "preference-applied: personalization=none",
        "preference-applied: personalization=none",
    ),
    ("", "content-length: 5", "body: shaped", "body: shaped"),
    ("", "transfer-encoding: chunked", "!transfer-encoding | body: shaped", "!transfer-encoding | body: shaped"),
    ("", "set-cookie: a=1 | x-other: stays", "set-cookie: a=1 | x-other: stays", "set-cookie: a=1 | x-other: stays"),
];

fn lines(text: &'static str) -> Vec<(&'static str, &'static str)> {
    text.split(" | ").filter_map(|line| line.split_once(": ")).collect()
}

fn told(headers: &HeaderMap, name: &str) -> String {
    headers.get_all(name).iter().map(|line| line.to_str().unwrap()).collect::<Vec<_>>().join("; ")
}

#[tokio::test(start_paused = true)]
#[cfg_attr(not(feature = "encoding"), ignore = "this build reads no compressed bodies")]
async fn every_set_of_headers_leaves_as_the_table_says() {
    let mut cells = 0;
    for (asks, says, annas, strangers) in HEADERS {
        for (who, expected) in [(anna("/recommendations"), annas), (anybody("/recommendations"), strangers)] {
            let house = House::new();
            house.answers(move |_| {
                let answer =
                    lines(says).into_iter().fold(Response::builder(), |all, (name, value)| all.header(name, value));
                let is_typed = says.contains("content-type");
                let answer = if is_typed { answer } else { answer.header("content-type", "application/json") };
                answer.body(Pieces::whole(PERSONAL))
            });
            let answer =
                house.ask(lines(asks).into_iter().fold(who, |all, (name, value)| all.header(name, value))).await;
            let seen = house.shop.seen().remove(0).headers;
            for fact in expected.split(" | ") {
                let what = format!("{asks:?} {says:?}: {fact} of {:?}", answer.headers);
                let (fact, headers) = fact.strip_prefix('=').map_or((fact, &answer.headers), |fact| (fact, &seen));
                match fact.split_once(": ") {
                    Some(("status", status)) => assert_eq!(answer.status.as_str(), status, "{what}"),
                    Some(("body", "shaped")) => assert_eq!(answer.body, AT_NEW, "{what}"),
                    Some(("body", _)) => assert_eq!(answer.body, EMPTY, "{what}"),
                    Some((name, value)) => assert_eq!(told(headers, name), value, "{what}"),
                    // A header that is not there, or a value that is nowhere.
                    None => {
                        let absent = fact.strip_prefix('!').unwrap();
                        assert!(!format!("{headers:?}").replace('\\', "").contains(absent), "{what}");
                    }
                }
            }
            assert!(!answer.body.contains("Anna"), "{says}");
            cells += 1;
        }
    }
    assert!(cells >= 120, "{cells}");
}

// ── Conditions ───────────────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn the_same_answer_again_is_a_304_and_another_stages_never_is() {
    let house = House::new();
    house.know("ben", "acquainted").await;
    let ben = || with_token("/recommendations", &token("ben", "record personalization", serde_json::Value::Null));
    let [annas, bens] = [house.ask(anna("/recommendations")).await, house.ask(ben()).await];
    let tags = [annas.header("etag").to_owned(), bens.header("etag").to_owned()];
    assert_ne!(tags[0], tags[1]);
    for (list, known) in [
        (tags[0].clone(), true),
        (format!("\"x\", {}", tags[0]), true),
        (tags[0].replace("W/", ""), true),
        ("*".to_owned(), true),
        (tags[1].clone(), false),
        ("\"v1\"".to_owned(), false),
    ] {
        let again = house.ask(anna("/recommendations").header("if-none-match", &list)).await;
        let status = if known { StatusCode::NOT_MODIFIED } else { StatusCode::OK };
        assert_eq!((again.status, again.body.as_str()), (status, if known { "" } else { AT_NEW }), "{list}");
        assert_eq!(
            (again.header("etag"), again.header("cache-control")),
            (tags[0].as_str(), "private, no-cache"),
            "{list}"
        );
        assert_eq!(again.header("vary"), "authorization, sec-gpc, prefer", "as the 200 would have it");
        assert_eq!(again.header("content-type").is_empty(), known, "{list}");
        // No other method is told of tags.
        for method in ["HEAD", "POST"] {
            let other = house.ask(anna("/recommendations").method(method).header("if-none-match", &list)).await;
            assert_eq!((other.status, other.header("etag")), (StatusCode::OK, ""), "{method} {list}");
        }
    }
    // What is no success has no tag, and no condition holds for it.
    house.answers(|_| {
        Response::builder().status(404).header("content-type", "application/json").body(Pieces::whole(PERSONAL))
    });
    let error = house.ask(anna("/recommendations").header("if-none-match", "*")).await;
    assert_eq!((error.status.as_u16(), error.header("etag")), (404, ""));
}

#[tokio::test(start_paused = true)]
async fn a_304_that_nobody_asked_the_service_for_revives_nothing() {
    for (condition, status, body) in [
        (("if-none-match", "\"v1\""), 200, EMPTY),
        (("if-modified-since", "x"), 200, EMPTY),
        (("accept", "*/*"), 304, ""),
    ] {
        for method in ["GET", "HEAD"] {
            let (house, operator) = (House::new(), Operator::watch());
            house.answers(|_| Response::builder().status(304).header("etag", "\"v1\"").body(Pieces::whole("")));
            let answer = house.ask(anna("/recommendations").method(method).header(condition.0, condition.1)).await;
            let body = if method == "HEAD" { "" } else { body };
            assert_eq!(
                (answer.status.as_u16(), answer.body.as_str(), answer.header("etag")),
                (status, body, ""),
                "{method} {condition:?}"
            );
            let is_told = operator.counters().contains("cause=\"not_whole\"");
            assert_eq!(is_told, status == 200 && method == "GET", "{method} {condition:?}: {}", operator.counters());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_changes_something_keeps_its_conditions() {
    let house = House::new();
    let conditions = [("if-match", "\"v1\""), ("if-none-match", "*"), ("if-unmodified-since", "x")];
    let kept = ["PUT", "PATCH", "DELETE", "POST"].map(|method| (method, true));
    let safe = ["GET", "HEAD", "QUERY", "SEARCH", "REPORT", "PROPFIND"].map(|method| (method, false));
    for (method, kept) in kept.into_iter().chain(safe) {
        house
            .ask(
                conditions
                    .iter()
                    .fold(anna("/recommendations").method(method), |all, (name, value)| all.header(*name, *value)),
            )
            .await;
        let seen = house.shop.seen().pop().unwrap().headers;
        for (name, value) in conditions {
            assert_eq!(told(&seen, name), if kept { value } else { "" }, "{method} {name}");
        }
    }
    // The service's own word is passed on, shaped.
    house.answers(|_| {
        let answer = Response::builder().status(412).header("content-type", "application/problem+json");
        answer.body(Pieces::whole(r#"{"status":412,"customer":{"first_name":"Anna"}}"#))
    });
    let answer = house.ask(anna("/recommendations").method("PUT").header("if-match", "\"other\"")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.body.as_str()),
        (412, r#"{"status":412,"customer":{"first_name":null}}"#)
    );
}

#[tokio::test(start_paused = true)]
async fn a_longer_answer_has_neither_tag_nor_length() {
    let house = House::new();
    for pieces in
        [vec![data("{\"n\":["), data("1,".repeat(40_000)), data("1]}")], vec![data("{"), rests(20), data("}")]]
    {
        house.streams(pieces);
        let answer = house.ask(anna("/recommendations").header("if-none-match", "*")).await;
        assert_eq!((answer.status, answer.header("etag"), answer.header("content-length")), (StatusCode::OK, "", ""));
        assert_eq!(answer.broke, None);
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_the_answer_already_is_waited_for_longer() {
    // A service that writes head and body apart.
    let house = House::new();
    let tag = house.ask(anna("/recommendations")).await.header("etag").to_owned();
    house.streams([rests(40), data(PERSONAL)]);
    for (list, status) in [(tag.as_str(), 304), ("\"v1\"", 200)] {
        let answer = house.ask(anna("/recommendations").header("if-none-match", list)).await;
        assert_eq!((answer.status.as_u16(), answer.header("etag").is_empty()), (status, status == 200), "{list}");
    }
}

// ── What anybody gets as it is ───────────────────────────────────────────────────────────────

const LISTS: &str = r#"
[[endpoints]]
name  = "lists"
path  = "/lists"
items = { path = "$.items[*]", id = "$.id", data = "observed", share = { acquainted = 0.5 } }
"#;

#[tokio::test(start_paused = true)]
async fn what_leaves_as_it_is_has_a_tag_of_this_layers_and_the_services_caching() {
    let house = House::of(&format!("{BASE}{LISTS}"), tower_rapport::store::Memory::new());
    house.answers(|head| {
        assert!(!head.headers.contains_key("if-none-match"));
        let answer = Response::builder().header("content-type", "application/json").header("etag", "\"v1\"");
        answer
            .header("last-modified", "x")
            .header("cache-control", "public, max-age=60")
            .body(Pieces::whole(r#"{"items":[{"id":1}]}"#))
    });
    for (asks, caching) in [(anybody("/lists"), "public, max-age=60"), (anna("/lists"), "private, no-cache")] {
        let answer = house.ask(asks).await;
        assert_eq!(
            (answer.header("cache-control"), answer.header("vary")),
            (caching, "authorization, sec-gpc, prefer")
        );
        assert!(answer.header("etag").starts_with("W/\""), "the service may have the same tag for another body");
        let tag = answer.header("etag").to_owned();
        let again = house.ask(anybody("/lists").header("if-none-match", &tag)).await;
        assert_eq!((again.status, again.body.as_str(), again.header("etag")), (StatusCode::NOT_MODIFIED, "", &*tag));
        let other = house.ask(anybody("/lists").header("if-none-match", "\"v1\"")).await;
        assert_eq!(other.status, StatusCode::OK);
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_may_change_becomes_what_anybody_gets() {
    let (house, operator) =
        (House::of(&format!("{BASE}{LISTS}"), tower_rapport::store::Memory::new()), Operator::watch());
    house.know(SUBJECT, "acquainted").await;
    house.answers(|head| {
        let body = if is_known(head) { r#"{"items":[{"id":"p1"},{"id":"p2"}]}"# } else { r#"{"items":[{"id":"g1"}]}"# };
        let answer = Response::builder().header("content-type", "application/json");
        answer.header("cache-control", "no-cache, no-transform").body(Pieces::whole(body))
    });
    let answer = house.ask(anna("/lists")).await;
    assert_eq!(answer.body, r#"{"items":[{"id":"g1"}]}"#);
    operator.counted(r#"rapport_doubts_total{endpoint="lists",cause="no_transform"} 1"#);
    operator.logged("leave `no-transform` out");
}
