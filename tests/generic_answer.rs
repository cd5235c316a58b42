//! The generic answer: what the wrapped service says to somebody unknown, when it is asked, what it is told, and with whom
//! the answer is shared.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod house;

use std::{sync::Arc, time::Duration};

use house::*;
use http::{Response, StatusCode, request};
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;
use tower::{Layer, ServiceExt};
use tower_rapport::{
    consent::Answer as Choice,
    decision::Decision,
    relationship::Record,
    store::{Memory, Urgency},
};

/// What the shop says to one it knows, and to one it does not.
const THEIRS: &str = r#"{"who":"Anna","items":[{"id":"p1","basis":"observed"},{"id":"p2","basis":"observed"},{"id":"p3","basis":"observed"},{"id":"p4","basis":"observed"}]}"#;
const ANYBODYS: &str = r#"{"items":[{"id":"g1"},{"id":"g2"},{"id":"g3"},{"id":"g4"},{"id":"g5"}]}"#;

const ENDPOINTS: &str = r#"
[[endpoints]]
name    = "recommendations"
path    = ["/recommendations", "/recommendations/{*rest}"]
empty   = '{"items":[],"empty":true}'
limits  = { request = "64B", generic = "1KiB" }
request = { hide = ["header:authorization", "cookie:session", "query:user", "json:$.user", "header:sec-gpc"] }
items   = { path = "$.items[*]", id = "$.id", data_at = "$.basis", unlabelled = "none", share = { acquainted = 0.5, trusted = 1.0 } }
fields  = [{ path = "$.who", data = "provided", steps = { trusted = "keep" } }]

[[endpoints]]
name    = "search"
path    = "/search"
methods = ["POST"]
limits  = { request = "64B" }
request = { hide = ["header:authorization", "json:$.user"] }
items   = { path = "$.items[*]", id = "$.id", data = "observed", share = { acquainted = 0.5 } }

[[endpoints]]
name    = "greeting"
path    = "/greeting"
empty   = '{"nothing":true}'
fields  = [{ path = "$.who", data = "provided", steps = { trusted = "keep" } }]

[[endpoints]]
name    = "shortened"
path    = "/shortened"
items   = { path = "$.items[*]", id = "$.id", data = "observed", fill = "shorten", share = { acquainted = 0.5 } }

[[endpoints]]
name    = "with_token"
path    = "/with_token"
generic = { send = { authorization = { env = "GENERIC_TOKEN" } } }
items   = { path = "$.items[*]", data = "observed", share = { acquainted = 0.5 } }
"#;

fn shop() -> House {
    let house = House::of(&format!("{BASE}{ENDPOINTS}"), Memory::new());
    house.answers(|head| says(if is_known(head) { THEIRS } else { ANYBODYS }));
    house
}

fn says(json: &'static str) -> http::Result<Response<Pieces>> {
    Response::builder().header("content-type", "application/json").body(Pieces::whole(json))
}

fn ids(answer: &Answer) -> Vec<String> {
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn headers<'a>(head: &'a request::Parts, name: &str) -> Vec<&'a str> {
    head.headers.get_all(name).iter().map(|value| value.to_str().unwrap()).collect()
}

// ── Who is asked ─────────────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn for_a_newcomer_the_service_is_asked_once_and_not_told_who_it_is() {
    let house = shop();
    let asks = anna("/recommendations?user=17&page=2&user=%31")
        .header("cookie", "theme=dark; session=s3cret; lang=de")
        .header("cookie", "session=again")
        .header("accept-language", "de");
    let answer = house.ask(asks).await;
    assert_eq!((answer.stage(), ids(&answer)), ("new", ["g1", "g2", "g3", "g4", "g5"].map(String::from).to_vec()));
    let [head] = &house.shop.seen()[..] else { unreachable!("asked once") };
    assert_eq!(head.uri, "/recommendations?page=2");
    assert_eq!(headers(head, "authorization"), [""; 0]);
    assert_eq!(headers(head, "cookie").join("; "), "theme=dark; lang=de");
    assert_eq!(headers(head, "accept-language"), ["de"]);
    let [told] = headers(head, "personalization")[..] else { unreachable!("told once") };
    assert!(
        told.starts_with("stage=new;level=0;of=4, limited-by=(), purposes=()"),
        "a stranger's, the same for all: {told}"
    );
    assert_eq!(head.extensions.get::<Decision>().unwrap().stage_name.as_str(), "new");
}

#[tokio::test(start_paused = true)]
async fn the_token_is_hidden_wherever_it_stands_and_whatever_hide_names() {
    let sources =
        BASE.replace("pseudonym_secret", "tokens = [\"header:x-token\", \"cookie:session\"]\npseudonym_secret");
    for hide in ["", "request = { hide = [\"query:user\"] }"] {
        let endpoint = format!(
            "{sources}\n[[endpoints]]\nname = \"r\"\npath = \"/recommendations\"\n{hide}\nitems = {{ path = \"$.items[*]\", data = \"inferred\" }}"
        );
        let house = House::of(&endpoint, Memory::new());
        let token = token(SUBJECT, "record personalization", Value::Null);
        let in_a_header = anybody("/recommendations").header("x-token", &token);
        let in_a_cookie = anybody("/recommendations").header("cookie", format!("session={token}; theme=dark"));
        for asks in [in_a_header, in_a_cookie] {
            let told = house.ask(asks).await.header("personalization").to_owned();
            assert!(told.contains("purposes=(record personalization)"), "is known: {told}");
        }
        for head in house.shop.seen() {
            assert!(!format!("{:?}", head.headers).contains(&token), "{hide}: {head:?}");
        }
        assert_eq!(
            house.shop.seen().len(),
            1 + usize::from(!hide.is_empty()),
            "{hide}: another cookie is another question"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_layers_in_front_noted_does_not_go_with_the_question() {
    #[derive(Clone)]
    struct SignedIn;
    let house = shop();
    let asks = || anna("/recommendations").extension(SignedIn);
    house.ask(asks()).await;
    house.know(SUBJECT, "acquainted").await;
    house.ask(asks().header("x", "else")).await;
    let noted = |head: &request::Parts| (is_known(head), head.extensions.get::<SignedIn>().is_some());
    let mut noted: Vec<_> = house.shop.seen().iter().map(noted).collect();
    noted.sort_unstable();
    assert_eq!(noted, [(false, false), (false, false), (true, true)]);
}

#[tokio::test(start_paused = true)]
async fn for_an_acquaintance_both_are_asked_side_by_side() {
    let house = shop();
    house.know(SUBJECT, "acquainted").await;
    house.shop.takes(Duration::from_millis(700));
    let began = Instant::now();
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!(ids(&answer), ["g1", "p1", "g2", "p2"]);
    assert!(began.elapsed() < Duration::from_millis(800), "{:?}", began.elapsed());
    let mut asked = house.shop.was_asked();
    asked.sort_unstable();
    assert_eq!(asked, [false, true]);
}

#[tokio::test(start_paused = true)]
async fn a_list_that_may_be_shorter_needs_no_generic_answer() {
    let house = shop();
    house.know(SUBJECT, "acquainted").await;
    let answer = house.ask(anna("/shortened")).await;
    assert_eq!((ids(&answer), house.shop.was_asked()), (vec!["p1".into(), "p2".into()], vec![true]));
}

#[tokio::test(start_paused = true)]
async fn without_the_purpose_nothing_is_asked_for_a_customer_however_long_known() {
    let house = shop();
    house.know(SUBJECT, "trusted").await;
    let answer = house.ask(with_token("/shortened", &token(SUBJECT, "record", Value::Null))).await;
    assert_eq!((answer.stage(), ids(&answer).len(), house.shop.was_asked()), ("trusted", 5, vec![false]));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_without_items_is_asked_as_it_came() {
    let house = shop();
    let answer = house.ask(anna("/greeting")).await;
    assert_eq!(house.shop.was_asked(), [true]);
    assert!(!answer.body.contains("Anna"));
}

#[tokio::test(start_paused = true)]
async fn what_is_only_observed_is_asked_once_as_it_came() {
    let house = House::of(&format!("mode = \"observe\"\n{BASE}{ENDPOINTS}"), Memory::new());
    house.answers(|head| says(if is_known(head) { THEIRS } else { ANYBODYS }));
    for stage in ["new", "acquainted"] {
        house.know(SUBJECT, stage).await;
        assert_eq!(house.ask(anna("/recommendations")).await.body, THEIRS, "{stage}");
        assert_eq!(house.shop.was_asked(), [true], "{stage}");
    }
}

#[tokio::test(start_paused = true)]
async fn under_a_path_that_may_be_anothers_nothing_is_asked_as_somebody_unknown() {
    let house = shop();
    let answer = house.ask(anna("/recommendations/..%2Fgreeting")).await;
    assert_eq!((answer.body.as_str(), house.shop.was_asked()), (r#"{"items":[],"empty":true}"#, vec![true]));
}

#[tokio::test(start_paused = true)]
async fn what_changes_something_reaches_the_service_once_and_as_it_came() {
    for (stage, shown) in [("new", &[][..]), ("acquainted", &["p1", "p2"]), ("trusted", &["p1", "p2", "p3", "p4"])] {
        let house = shop();
        house.know(SUBJECT, stage).await;
        let answer = house.ask_with(anna("/recommendations?user=17").method("POST"), r#"{"user":17}"#).await;
        assert_eq!((answer.stage(), ids(&answer)), (stage, shown.iter().map(|id| (*id).to_owned()).collect()));
        assert_eq!(house.shop.heard(), [r#"{"user":17}"#]);
        let [head] = &house.shop.seen()[..] else { unreachable!("asked once") };
        assert!(is_known(head) && head.uri.query() == Some("user=17"));
        assert!(headers(head, "personalization")[0].contains(stage));
    }
    // Neither is it asked again in doubt.
    let house = shop();
    house.answers(|_| Response::builder().header("content-type", "text/plain").body(Pieces::whole("Anna")));
    let answer = house.ask(anna("/greeting").method("POST")).await;
    assert_eq!((answer.body.as_str(), house.shop.was_asked().len()), (r#"{"nothing":true}"#, 1));
}

#[tokio::test(start_paused = true)]
async fn what_may_be_taken_for_another_method_reaches_the_service_once() {
    for (stage, shown) in [("new", &[][..]), ("acquainted", &["p1", "p2"])] {
        for (path, header) in [("/recommendations?_method=post", ""), ("/recommendations", "POST")] {
            let house = shop();
            house.know(SUBJECT, stage).await;
            let answer = house.ask(anna(path).header("x-http-method-override", header)).await;
            assert_eq!((answer.stage(), ids(&answer)), (stage, shown.iter().map(|id| (*id).to_owned()).collect()));
            assert_eq!(house.shop.was_asked(), [true], "{path} {header}: as the customer, who acts");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_named_method_is_asked_twice_with_the_same_body() {
    let house = shop();
    house.know(SUBJECT, "acquainted").await;
    let body = r#"{"user": 17, "query" : "boots"}"#;
    let answer = house.ask_with(anna("/search").method("POST").header("content-length", body.len()), body).await;
    assert_eq!(ids(&answer), ["g1", "p1", "g2", "p2"]);
    let mut heard = house.shop.heard();
    heard.sort_unstable();
    assert_eq!(heard, [r#"{ "query" : "boots"}"#, body], "the one without what is hidden");
    let lengths: Vec<_> =
        house.shop.seen().iter().map(|head| (is_known(head), headers(head, "content-length").join(""))).collect();
    assert!(
        lengths.contains(&(true, body.len().to_string())) && lengths.contains(&(false, "20".into())),
        "{lengths:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_too_long_to_be_replayed_is_asked_about_once() {
    let long = format!(r#"{{"user":17,"query":"{}"}}"#, "x".repeat(100));
    let house = shop();
    house.know(SUBJECT, "acquainted").await;
    let answer = house.ask_with(anna("/search").method("POST"), &long).await;
    assert_eq!(ids(&answer), ["p1", "p2"], "there is nothing to fill up with");
    assert_eq!((house.shop.heard(), house.shop.was_asked()), (vec![long.clone()], vec![true]));
    // Where nothing is hidden in bodies it is asked as somebody unknown all the same.
    let nothing_hidden = ENDPOINTS.replace(r#"["header:authorization", "json:$.user"]"#, r#"["header:authorization"]"#);
    let house = House::of(&format!("{BASE}{nothing_hidden}"), Memory::new());
    house.says(ANYBODYS);
    house.ask_with(anna("/search").method("POST").header("content-length", long.len()), &long).await;
    let [head] = &house.shop.seen()[..] else { unreachable!("asked once") };
    assert_eq!((is_known(head), headers(head, "content-length")), (false, vec![&*long.len().to_string()]));
    // What cannot be hidden is not said.
    let house = shop();
    let operator = Operator::watch();
    let answer = house.ask_with(anna("/search").method("POST"), &long).await;
    assert_eq!((answer.status, answer.body.as_str(), answer.stage()), (StatusCode::OK, r#"{"items":[]}"#, "new"));
    assert_eq!(house.shop.was_asked(), [true; 0]);
    operator.counted(r#"rapport_doubts_total{endpoint="search",cause="request"} 1"#);
    let answer = house.ask_with(anna("/search").method("POST"), "user=17&query=boots").await;
    assert_eq!((answer.body.as_str(), house.shop.was_asked()), (r#"{"items":[]}"#, vec![]));
}

// ── What stands in for what ──────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn in_doubt_the_generic_answer_takes_the_place() {
    for (path, stage, asked) in [
        ("/recommendations", "acquainted", &[false, true][..]),
        ("/shortened", "acquainted", &[false, true]),
        ("/greeting", "new", &[false, true]),
    ] {
        let house = shop();
        house.know(SUBJECT, stage).await;
        house.answers(|head| match is_known(head) {
            true => Response::builder()
                .header("content-type", "application/json")
                .header("x-token", "of-anna")
                .body(Pieces::whole(r#"{"who":"Anna","items":[}"#)),
            false => Response::builder()
                .header("content-type", "application/json")
                .header("x-generic", "1")
                .header("set-cookie", "session=nobody")
                .body(Pieces::whole(ANYBODYS)),
        });
        let answer = house.ask(anna(path)).await;
        assert_eq!((answer.status, answer.stage(), ids(&answer).len()), (StatusCode::OK, stage, 5), "{path}");
        assert_eq!((answer.header("x-generic"), answer.header("x-token"), answer.header("set-cookie")), ("1", "", ""));
        let mut was_asked = house.shop.was_asked();
        was_asked.sort_unstable();
        assert_eq!(was_asked, asked, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn in_doubt_the_policy_may_want_the_empty_answer_or_none_instead() {
    for (unreadable, status, body) in [("empty", 200, r#"{"items":[],"empty":true}"#), ("refuse", 502, "")] {
        let name = "name    = \"recommendations\"";
        let wants = ENDPOINTS.replace(name, &format!("{name}\nunreadable = \"{unreadable}\""));
        let house = House::of(&format!("{BASE}{wants}"), Memory::new());
        house.know(SUBJECT, "acquainted").await;
        house.answers(|head| says(if is_known(head) { "[broken" } else { ANYBODYS }));
        let answer = house.ask(anna("/recommendations")).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, body), "{unreadable}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_anybody_sees_leaves_byte_for_byte() {
    let house = shop();
    // White space, an escape, a number's form, a key twice: as it came.
    const SAID: &str = "{ \"items\" : [{\"id\":\"\\u0067\",\"n\":1.0e+1}],\"who\":1,\"who\":2 }\n";
    house.answers(|_| {
        Response::builder().header("content-type", "application/json").header("digest", "x").body(Pieces::whole(SAID))
    });
    for _ in 0..2 {
        let answer = house.ask(anna("/shortened")).await;
        assert_eq!((answer.body.as_str(), answer.header("digest")), (SAID, "x"));
    }
    assert_eq!(house.shop.was_asked(), [false]);
}

#[tokio::test(start_paused = true)]
async fn where_there_is_no_generic_answer_either_the_empty_one_does() {
    for generic in [401, 403, 404, 500] {
        for stage in ["new", "acquainted"] {
            let house = shop();
            house.know(SUBJECT, stage).await;
            house.answers(move |head| match is_known(head) {
                true => says("[broken"),
                false => Response::builder()
                    .status(generic)
                    .header("content-type", "application/json")
                    .header("www-authenticate", "Bearer")
                    .body(Pieces::whole(r#"{"error":"who are you?"}"#)),
            });
            let answer = house.ask(anna("/recommendations")).await;
            let is_told = stage == "new" && generic >= 404;
            let (status, body) =
                if is_told { (generic, r#"{"error":"who are you?"}"#) } else { (200, r#"{"items":[],"empty":true}"#) };
            assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, body), "{generic} {stage}");
            assert_eq!(answer.header("www-authenticate"), if is_told { "Bearer" } else { "" });
        }
    }
}

/// Also where the customer's own answer can be shown, for then nobody else would notice.
#[tokio::test(start_paused = true)]
async fn who_answers_nobody_unknown_is_told_of_with_the_remedy() {
    for (status, cause, remedy) in [
        (401, "generic_refused", "generic.send"),
        (403, "generic_refused", "generic.send"),
        (500, "status", "whole router"),
        (502, "status", "the service cannot be reached"),
    ] {
        for (stage, shown) in [("new", [""; 0].as_slice()), ("acquainted", &["p1", "p2"])] {
            let operator = Operator::watch();
            let house = shop();
            house.know(SUBJECT, stage).await;
            house.answers(move |head| match is_known(head) {
                true => says(THEIRS),
                false => {
                    Response::builder().status(status).header("content-type", "text/plain").body(Pieces::whole("no"))
                }
            });
            assert_eq!(ids(&house.ask(anna("/recommendations")).await), shown, "{status} {stage}");
            if stage == "new" || status < 500 {
                operator.counted(&format!(r#"rapport_doubts_total{{endpoint="recommendations",cause="{cause}"}} 1"#));
                operator.logged(remedy);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_stays_an_error() {
    let house = shop();
    house.know(SUBJECT, "acquainted").await;
    house.answers(|head| match is_known(head) {
        true => Response::builder().status(500).header("content-type", "text/html").body(Pieces::whole("<p>Anna")),
        false => says(ANYBODYS),
    });
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (500, r#"{"items":[],"empty":true}"#));
}

#[tokio::test(start_paused = true)]
async fn a_generic_answer_that_is_late_or_too_long_fills_nothing() {
    let long = format!(r#"{{"items":[{{"id":"g1","text":"{}"}}]}}"#, "x".repeat(1100)).leak();
    let slowly = || Pieces::streamed([data(&ANYBODYS[..20]), rests(1500), data(&ANYBODYS[20..])]);
    for (what, generic) in [("long", None), ("late", Some(slowly as fn() -> Pieces))] {
        let house = shop();
        house.know(SUBJECT, "acquainted").await;
        let long = &*long;
        house.answers(move |head| {
            let body = match is_known(head) {
                true => Pieces::whole(THEIRS),
                false => generic.map_or_else(|| Pieces::whole(long), |generic| generic()),
            };
            Response::builder().header("content-type", "application/json").body(body)
        });
        let began = Instant::now();
        assert_eq!(ids(&house.ask(anna("/recommendations")).await), ["p1", "p2"], "{what}");
        assert!(began.elapsed() <= Duration::from_millis(1010), "{what}: {:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn as_the_only_answer_it_streams() {
    let house = shop();
    house.streams([data(&ANYBODYS[..31]), rests(5000), data(&ANYBODYS[31..])]);
    let request = anna("/recommendations").body(String::new()).unwrap();
    let began = Instant::now();
    let mut answer = house.service().oneshot(request).await.unwrap();
    let first = http_body_util::BodyExt::frame(answer.body_mut()).await.unwrap().unwrap().into_data().unwrap();
    assert!(
        began.elapsed() < Duration::from_millis(100) && first.starts_with(br#"{"items":[{"id":"g1"}"#),
        "{first:?}"
    );
    let rest = Answer::read(answer).await;
    assert_eq!(rest.body.len() + first.len(), ANYBODYS.len());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_answers_nobody_without_a_token_gets_one() {
    let house = shop();
    house.answers(|head| {
        says(if headers(head, "authorization")[0].starts_with("GENERIC_TOKEN") { ANYBODYS } else { THEIRS })
    });
    let answer = house.ask(anna("/with_token")).await;
    assert_eq!(ids(&answer).len(), 5);
    let [head] = &house.shop.seen()[..] else { unreachable!("asked once") };
    assert!(headers(head, "authorization")[0].starts_with("GENERIC_TOKEN"));
}

// ── With whom it is shared ───────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn who_asks_the_same_shares_the_answer() {
    let house = Arc::new(shop());
    house.shop.takes(Duration::from_millis(300));
    let ask = |number: usize| {
        let house = Arc::clone(&house);
        tokio::spawn(async move {
            let subject = format!("customer {}", number % 7);
            let asks = with_token("/recommendations", &token(&subject, "record personalization", Value::Null))
                .header("cookie", format!("session={number}"))
                .header("user-agent", format!("browser {number}"))
                .header("traceparent", format!("00-{number:032x}-{number:016x}-01"))
                .header("x-forwarded-for", format!("192.0.2.{number}"));
            let answer = house.ask(asks).await;
            (answer.status, answer.body)
        })
    };
    for asking in (0..100).map(ask).collect::<Vec<_>>() {
        assert_eq!(asking.await.unwrap(), (StatusCode::OK, ANYBODYS.to_owned()));
    }
    let [head] = &house.shop.seen()[..] else { unreachable!("asked once") };
    for name in ["user-agent", "traceparent", "x-forwarded-for", "cookie"] {
        assert_eq!(headers(head, name), [""; 0], "what is not in the key is not sent");
    }
}

#[tokio::test(start_paused = true)]
async fn kept_for_no_time_it_is_shared_only_with_who_waits_for_it() {
    let keeps =
        ENDPOINTS.replace("name    = \"shortened\"", "name    = \"shortened\"\ngeneric = { keep_for = \"0s\" }");
    let house = House::of(&format!("{BASE}{keeps}"), Memory::new());
    house.streams([rests(100), data(ANYBODYS)]);
    let (one, other) = tokio::join!(house.ask(anybody("/shortened")), house.ask(anybody("/shortened")));
    assert_eq!((ids(&one).len(), ids(&other).len(), house.shop.was_asked().len()), (5, 5, 1));
    house.answers(|_| says(ANYBODYS));
    house.ask(anybody("/shortened")).await;
    assert_eq!(house.shop.was_asked().len(), 1);
}

/// By the clock of the wall, which runs for what is kept.
#[tokio::test]
async fn it_is_asked_again_after_its_time() {
    let keeps =
        ENDPOINTS.replace("name    = \"shortened\"", "name    = \"shortened\"\ngeneric = { keep_for = \"20ms\" }");
    let house = House::of(&format!("{BASE}{keeps}"), Memory::new());
    house.says(ANYBODYS);
    for _ in 0..2 {
        house.ask(anybody("/shortened")).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(house.shop.was_asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_error_is_over_as_soon_as_it_is_over() {
    for stage in ["new", "acquainted"] {
        let house = shop();
        house.know(SUBJECT, stage).await;
        house.answers(|head| match is_known(head) {
            true => says(THEIRS),
            false => Response::builder().status(503).body(Pieces::whole("")),
        });
        house.ask(anna("/recommendations")).await;
        house.answers(|head| says(if is_known(head) { THEIRS } else { ANYBODYS }));
        house.shop.was_asked();
        for _ in 0..3 {
            house.ask(anybody("/recommendations")).await;
        }
        assert_eq!(house.shop.was_asked().len(), 1, "{stage}: the others share what is said now");
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_something_else_has_an_answer_of_their_own() {
    let house = shop();
    // A header that `hide` has forgotten must not make one customer's answer everybody's.
    house.answers(|head| {
        says(if headers(head, "x-user").is_empty() { ANYBODYS } else { r#"{"items":[{"id":"theirs"}]}"# })
    });
    for (asks, id) in [
        (anybody("/recommendations"), "g1"),
        (anybody("/recommendations").header("x-user", "17"), "theirs"),
        (anybody("/recommendations"), "g1"),
        (anybody("/recommendations?page=2"), "g1"),
        (anybody("/recommendations/other"), "g1"),
        (anybody("/recommendations").header("host", "other.example"), "g1"),
        (anybody("http://third.example/recommendations"), "g1"),
        (anybody("/recommendations").header("accept-language", "de"), "g1"),
    ] {
        assert_eq!(ids(&house.ask(asks).await)[0], id);
    }
    assert_eq!(house.shop.seen().len(), 7, "the third was the first's");
}

#[tokio::test(start_paused = true)]
async fn what_is_meant_for_one_is_shared_with_nobody() {
    for line in [
        ("set-cookie", "visitor=17"),
        ("cache-control", "max-age=60, private"),
        ("cache-control", "Private=\"x\""),
        ("cache-control", "no-store"),
        ("vary", "accept, *"),
    ] {
        let house = shop();
        house.answers(move |_| {
            let answer = Response::builder().header("content-type", "application/json").header(line.0, line.1);
            answer.body(Pieces::whole(ANYBODYS))
        });
        for asked in 1..=3 {
            let answer = house.ask(anna("/recommendations")).await;
            assert_eq!((ids(&answer).len(), answer.header("set-cookie")), (5, ""), "{line:?}");
            assert_eq!(house.shop.seen().len(), asked, "{line:?}");
        }
        // It fills up its own request's places all the same.
        house.know(SUBJECT, "acquainted").await;
        house.answers(move |head| {
            let answer = Response::builder().header("content-type", "application/json").header(line.0, line.1);
            answer.body(Pieces::whole(if is_known(head) { THEIRS } else { ANYBODYS }))
        });
        assert_eq!(ids(&house.ask(anna("/recommendations")).await), ["g1", "p1", "g2", "p2"], "{line:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_kept_no_longer_than_its_service_says_and_tells_how_old_it_is() {
    let house = shop();
    let says = |line: &'static str, age: &'static str| {
        house.answers(move |_| {
            let answer = Response::builder().header("content-type", "application/json").header("cache-control", line);
            answer.header("age", age).body(Pieces::whole(ANYBODYS))
        });
    };
    for (path, line, asked) in [
        ("/recommendations?1", "no-cache", 2),
        ("/recommendations?2", "max-age=0, must-revalidate", 2),
        ("/recommendations?3", "max-age=600, s-maxage=1", 2),
        ("/recommendations?4", "max-age=40", 1),
        ("/recommendations?5", "public", 1),
    ] {
        says(line, "1");
        let before = house.shop.seen().len();
        for _ in 0..2 {
            assert_eq!(ids(&house.ask(anybody(path)).await).len(), 5, "{line}");
        }
        assert_eq!(house.shop.seen().len() - before, asked, "{line}");
    }
    tokio::time::sleep(Duration::from_secs(20)).await;
    let later = house.ask(anybody("/recommendations?4")).await;
    assert_eq!((later.header("age"), later.header("cache-control")), ("21", "max-age=40"));
    // Who waits has what comes, whatever may be kept of it.
    says("no-cache", "1");
    let before = house.shop.seen().len();
    let ask = || house.ask(anybody("/recommendations?6"));
    house.shop.takes(Duration::from_millis(200));
    let _ = tokio::join!(ask(), ask(), ask());
    assert_eq!(house.shop.seen().len() - before, 1);
}

#[tokio::test(start_paused = true)]
async fn if_the_one_who_asks_goes_away_another_one_asks() {
    let house = Arc::new(shop());
    house.shop.takes(Duration::from_millis(200));
    let ask = |house: &Arc<House>| {
        let house = Arc::clone(house);
        tokio::spawn(async move { ids(&house.ask(anybody("/recommendations")).await) })
    };
    let first = ask(&house);
    tokio::time::sleep(Duration::from_millis(50)).await;
    let others: Vec<_> = (0..10).map(|_| ask(&house)).collect();
    tokio::time::sleep(Duration::from_millis(50)).await;
    first.abort();
    for other in others {
        assert_eq!(other.await.unwrap().len(), 5);
    }
    assert_eq!(house.shop.seen().len(), 2);
}

// ── What it leaves behind ────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn a_visit_counts_whoever_was_asked_and_an_event_only_if_the_customer_was() {
    let house = shop();
    house.answers(|head| {
        let answer =
            Response::builder().header("content-type", "application/json").header("personalization-event", "purchase");
        answer.body(Pieces::whole(if is_known(head) { THEIRS } else { ANYBODYS }))
    });
    for _ in 0..2 {
        let answer = house.ask(anna("/recommendations")).await;
        assert_eq!(answer.header("personalization-event"), "");
    }
    house.layer.flush().await;
    assert_eq!((house.happened(SUBJECT, "visit").await, house.happened(SUBJECT, "purchase").await), (1, 0));
    // The second day's visit is answered from what is shared.
    house.clock.travel(1);
    house.ask(anna("/recommendations")).await;
    house.layer.flush().await;
    assert_eq!((house.happened(SUBJECT, "visit").await, house.shop.seen().len()), (2, 1));
    house.know(SUBJECT, "acquainted").await;
    let before = house.happened(SUBJECT, "purchase").await;
    house.ask(anna("/recommendations")).await;
    assert_eq!(house.happened(SUBJECT, "purchase").await, before + 1, "once, though both were asked");
}

#[tokio::test(start_paused = true)]
async fn a_wish_to_opt_out_reaches_the_service_whoever_asks() {
    let house = shop();
    let gpc = |house: &House| {
        let mut told: Vec<_> =
            house.shop.seen().iter().map(|head| (is_known(head), headers(head, "sec-gpc").join(","))).collect();
        told.sort_unstable();
        house.shop.was_asked();
        told
    };
    house.ask(anybody("/recommendations").header("sec-gpc", "1")).await;
    assert_eq!(gpc(&house), [(false, "1".into())], "`hide` names it, and it stays");
    house.know(SUBJECT, "acquainted").await;
    house.ask(anna("/recommendations").header("x", "1")).await;
    assert_eq!(gpc(&house), [(false, String::new()), (true, String::new())]);
    let refuses = |record: Option<&Record>| {
        let mut record = record.cloned().unwrap();
        let no = Choice { granted: false, at: Timestamp::UNIX_EPOCH, was_granted: false };
        record.choices.purposes.insert("cross_context".parse().unwrap(), no);
        Some(record)
    };
    house.layer.relationships().update(pseudonym(SUBJECT), Urgency::Choice, refuses).await.unwrap();
    house.ask(anna("/recommendations").header("x", "2")).await;
    assert_eq!(gpc(&house), [(false, "1".into()), (true, "1".into())], "the stored choice says it");
    // Only of what Global Privacy Control is about.
    let other = |record: Option<&Record>| {
        let mut record = record.cloned().unwrap();
        record.choices.purposes.clear();
        let no = Choice { granted: false, at: Timestamp::UNIX_EPOCH, was_granted: false };
        record.choices.purposes.insert("special_category".parse().unwrap(), no);
        Some(record)
    };
    house.layer.relationships().update(pseudonym(SUBJECT), Urgency::Choice, other).await.unwrap();
    house.ask(anna("/recommendations").header("x", "3")).await;
    assert_eq!(gpc(&house), [(false, String::new()), (true, String::new())]);
}

// ── In axum ──────────────────────────────────────────────────────────────────────────────────

#[tokio::test]
async fn handlers_that_read_path_parameters_answer_somebody_unknown_too() {
    use axum::{Router, body::Body, extract::Path, http::HeaderMap as Headers, routing::get};
    let house = shop();
    let handler = async |Path(page): Path<String>, headers: Headers| {
        assert_eq!(page, "home");
        ([("content-type", "application/json")], if headers.contains_key("authorization") { THEIRS } else { ANYBODYS })
    };
    let router = Router::new().route("/recommendations/{page}", get(handler));
    let app = Router::new().fallback_service(house.layer.layer(router));
    for (stage, shown) in [("new", "g1 g2 g3 g4 g5"), ("acquainted", "g1 p1 g2 p2")] {
        house.know(SUBJECT, stage).await;
        let request = anna("/recommendations/home").body(Body::empty()).unwrap();
        let answer = Answer::read(app.clone().oneshot(request).await.unwrap()).await;
        assert_eq!((answer.stage(), ids(&answer).join(" ")), (stage, shown.to_owned()));
    }
}
