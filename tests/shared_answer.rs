//! With whom the answer to somebody unknown is shared, whatever its service, its reader or its network do; and what of one
//! customer's own call never gets into it, or stays with the customer.

mod house;

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use house::*;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Version};
use http_body_util::BodyExt;
use tokio::time::{Instant, sleep};
use tower::{Layer, ServiceExt, limit::ConcurrencyLimitLayer, service_fn};
use tower_rapport::{RequestBody, store::Memory};

const ENDPOINTS: &str = r#"
[[endpoints]]
name    = "recommendations"
path    = "/recommendations"
empty   = '{"items":[],"empty":true}'
limits  = { generic = "1KiB" }
items   = { path = "$.items[*]", id = "$.id", data_at = "$.basis", share = { acquainted = 0.5, trusted = 1.0 } }
fields  = [{ path = "$.who", data = "provided", steps = { trusted = "keep" } }]

[[endpoints]]
name     = "plain"
path     = "/plain"
methods  = ["GET", "POST"]
limits   = { request = "64B" }
request  = { hide = ["header:authorization"] }
response = { hide = ["header:x-recommendation-token"] }
items    = { path = "$.items[*]", id = "$.id", data_at = "$.basis", share = { acquainted = 0.5, trusted = 1.0 } }
"#;

const ANYBODYS: &str = r#"{"items":[{"id":"g1"},{"id":"g2"}]}"#;
const EMPTY: &str = r#"{"items":[],"empty":true}"#;

fn shop() -> House {
    House::of(&format!("{BASE}{ENDPOINTS}"), Memory::new())
}

fn json(body: Pieces) -> http::Result<Response<Pieces>> {
    Response::builder().header("content-type", "application/json").body(body)
}

fn fields(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    let field = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
    lines.iter().map(field).collect()
}

/// Says one thing first, and another from then on.
fn says_first(house: &House, first: impl Fn() -> Pieces + Send + Sync + 'static) {
    let asked = AtomicUsize::new(0);
    house.answers(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => json(first()),
        _ => json(Pieces::whole(ANYBODYS)),
    });
}

// ── What is not shared ───────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn an_answer_that_cannot_be_read_serves_nobody_a_second_time() {
    let broken: [fn() -> Pieces; 4] = [
        || Pieces::whole(r#"{"items":[{"id":"g1"}"#),
        || Pieces::whole(r#"{"items":[{"id":"g1"},]}"#),
        || Pieces::streamed([data(r#"{"items":[{"id":"g1"}"#), Piece::Fails]),
        || Pieces::streamed([data(r#"{"items":["#), rests(5), Piece::Fails]),
    ];
    for (case, broken) in broken.into_iter().enumerate() {
        // Asked alone, and beside a customer's own answer.
        for stage in ["new", "acquainted"] {
            let house = shop();
            house.know(SUBJECT, stage).await;
            let asked = AtomicUsize::new(0);
            house.answers(move |head| match is_known(head) {
                true => json(Pieces::whole(r#"{"items":[{"id":"p1","basis":"observed"}]}"#)),
                false if asked.fetch_add(1, Ordering::SeqCst) == 0 => json(broken()),
                false => json(Pieces::whole(ANYBODYS)),
            });
            let first = house.ask(anna("/recommendations")).await;
            let shown = if stage == "new" { EMPTY } else { r#"{"items":[]}"# };
            assert_eq!((first.body.as_str(), first.broke), (shown, None), "{case} {stage}");
            let second = house.ask(anybody("/recommendations")).await;
            assert_eq!(second.body, ANYBODYS, "{case} {stage}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_asked_beside_a_customers_call_and_meant_for_one_is_shared_with_nobody() {
    for line in
        [("set-cookie", "visitor=17"), ("cache-control", "private"), ("cache-control", "no-store"), ("vary", "*")]
    {
        let house = shop();
        house.know(SUBJECT, "acquainted").await;
        house.answers(move |_| {
            let answer = Response::builder().header("content-type", "application/json").header(line.0, line.1);
            answer.body(Pieces::whole(ANYBODYS))
        });
        house.ask(anna("/recommendations")).await;
        house.ask(anybody("/recommendations")).await;
        assert_eq!(house.shop.was_asked().len(), 3, "{line:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_too_long_is_asked_by_everybody_alone_and_nobody_waits() {
    let house = shop();
    let long = format!(r#"{{"items":[{{"id":"{}"}}]}}"#, "x".repeat(2000));
    house.answers(move |_| json(Pieces::streamed([data(long.clone()), rests(500)])));
    let begun = Instant::now();
    let ask = async || house.ask(anybody("/recommendations")).await.body.len();
    let (one, other, third) = tokio::join!(ask(), ask(), ask());
    assert_eq!((one, other, third), (2021, 2021, 2021));
    assert_eq!(house.shop.was_asked().len(), 3);
    assert!(begun.elapsed() < Duration::from_millis(600), "side by side");
    ask().await;
    assert_eq!(house.shop.was_asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_what_cannot_be_read_asks_beside_the_others() {
    let house = shop();
    house.answers(|_| json(Pieces::streamed([rests(300), data("nonsense")])));
    let begun = Instant::now();
    let ask = async || house.ask(anybody("/recommendations")).await.body;
    tokio::join!(ask(), ask(), ask(), ask());
    assert_eq!(house.shop.was_asked().len(), 4);
    assert!(begun.elapsed() < Duration::from_millis(700), "{:?}: one after the other", begun.elapsed());
}

// ── What is shared all the same ──────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn who_reads_slowly_takes_the_answer_from_nobody() {
    let house = shop();
    let [begin, end] = [r#"{"items":[{"id":"g1"},"#, r#"{"id":"g2"}]}"#];
    says_first(&house, move || Pieces::streamed([data(begin), rests(2000), data(end)]));
    let slow = house.service().oneshot(anybody("/recommendations").body(String::new()).unwrap()).await.unwrap();
    // The next takes over after a second, and all who come then share its answer.
    let ask = async || house.ask(anybody("/recommendations")).await.body;
    for _ in 0..3 {
        assert_eq!(ask().await, ANYBODYS);
    }
    assert_eq!(house.shop.seen().len(), 2);
    assert_eq!(Answer::read(slow).await.body, ANYBODYS);
    assert_eq!(ask().await, ANYBODYS);
    assert_eq!(house.shop.seen().len(), 2, "what is shared stays shared");
}

#[tokio::test(start_paused = true)]
async fn who_has_the_answer_already_takes_it_from_nobody() {
    let house = shop();
    house.answers(|_| {
        let answer = Response::builder().header("content-type", "application/json").header("etag", "\"1\"");
        answer.body(Pieces::streamed([data(ANYBODYS), rests(50)]))
    });
    // Which one it is asked about makes no difference to a tag of the service's.
    let tag = house.ask(anybody("/plain?page=2")).await.header("etag").to_owned();
    house.shop.was_asked();
    let again = || house.ask(anybody("/plain").header("if-none-match", &tag));
    let (one, other) = tokio::join!(again(), again());
    assert_eq!((one.status.as_u16(), other.status.as_u16()), (304, 304));
    assert_eq!(house.ask(anybody("/plain")).await.body, ANYBODYS);
    assert_eq!(house.shop.was_asked().len(), 1, "once for all of them");
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_is_shared_with_nobody_and_keeps_nobody_from_sharing() {
    let house = shop();
    says_first(&house, || Pieces::streamed([rests(1500), data(ANYBODYS)]));
    let ask = async || house.ask(anybody("/recommendations")).await.body;
    assert_eq!((ask().await, ask().await, ask().await), (ANYBODYS.into(), ANYBODYS.into(), ANYBODYS.into()));
    assert_eq!(house.shop.was_asked().len(), 2, "the third has the second's");
}

#[tokio::test(start_paused = true)]
async fn what_follows_an_answer_to_somebody_unknown_is_given_to_nobody() {
    for path in ["/plain", "/recommendations"] {
        let house = shop();
        house.answers(|_| {
            let after =
                fields(&[("set-cookie", "session=nobody"), ("personalization-event", "purchase"), ("x-sum", "7")]);
            let answer = Response::builder().header("content-type", "application/json").header("trailer", "x-sum");
            answer.body(Pieces::streamed([data(ANYBODYS), Piece::Trailers(after)]))
        });
        for _ in 0..2 {
            let answer = house.ask(anna(path)).await;
            assert_eq!(
                (answer.body.as_str(), &answer.trailers, answer.header("trailer")),
                (ANYBODYS, &None, ""),
                "{path}"
            );
        }
        assert_eq!(house.shop.was_asked().len(), 1, "{path}");
    }
}

// ── What stays with the customer ─────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn where_the_generic_answer_stands_in_the_customer_stays_logged_in() {
    let house = shop();
    house.know(SUBJECT, "acquainted").await;
    house.answers(|head| match is_known(head) {
        true => Response::builder()
            .header("content-type", "application/json")
            .header("set-cookie", "refresh=renewed; HttpOnly")
            .header("set-cookie", "seen=1")
            .header("x-personal", "yes")
            .body(Pieces::whole(r#"{"items":[}"#)),
        false => Response::builder()
            .header("content-type", "application/json")
            .header("set-cookie", "refresh=; Max-Age=0")
            .body(Pieces::whole(ANYBODYS)),
    });
    let answer = house.ask(anna("/recommendations")).await;
    let cookies: Vec<_> = answer.headers.get_all("set-cookie").iter().collect();
    assert_eq!(
        (answer.body.as_str(), cookies.as_slice()),
        (ANYBODYS, &["refresh=renewed; HttpOnly", "seen=1"].map(HeaderValue::from_static).each_ref()[..])
    );
    assert_eq!((answer.header("cache-control"), answer.header("x-personal")), ("private, no-cache", ""));
}

#[tokio::test(start_paused = true)]
async fn what_the_policy_hides_of_an_answer_is_hidden_behind_it_too() {
    let house = shop();
    house.know(SUBJECT, "acquainted").await;
    house.answers(|head| {
        let after =
            fields(&[("x-recommendation-token", "of-anna"), ("personalization-event", "purchase"), ("x-sum", "7")]);
        let answer = Response::builder()
            .header("content-type", "application/json")
            .header("x-recommendation-token", "of-anna")
            .header("trailer", "X-Recommendation-Token, x-sum");
        match is_known(head) {
            true => answer.body(Pieces::streamed([data(r#"{"items":[]}"#), Piece::Trailers(after)])),
            false => json(Pieces::whole(ANYBODYS)),
        }
    });
    let answer = house.ask(anna("/plain")).await;
    assert_eq!((answer.header("x-recommendation-token"), answer.header("trailer")), ("", "x-sum"));
    assert_eq!(answer.trailers, Some(fields(&[("x-sum", "7")])));
}

/// The body of a question, and what followed it.
type Heard = (String, Option<HeaderMap>);

#[tokio::test(start_paused = true)]
async fn what_follows_a_long_question_does_not_tell_who_asks() {
    let house = shop();
    let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
    let service = {
        let heard = Arc::clone(&heard);
        service_fn(move |request: Request<RequestBody<Pieces>>| {
            let heard = Arc::clone(&heard);
            async move {
                let all = request.into_body().collect().await.unwrap();
                let trailers = all.trailers().cloned();
                heard.lock().unwrap().push((String::from_utf8(all.to_bytes().to_vec()).unwrap(), trailers));
                Ok::<_, Infallible>(json(Pieces::whole(ANYBODYS)).unwrap())
            }
        })
    };
    let long = "x".repeat(100);
    // Read before, and known to be long beforehand.
    for knows_its_end in [false, true] {
        let after = Piece::Trailers(fields(&[("authorization", "Bearer of-anna")]));
        let pieces = [data(&long[..50]), data(&long[50..]), after];
        let body = if knows_its_end { Pieces::new(pieces) } else { Pieces::streamed(pieces) };
        let request = anna("/plain").method(Method::POST).body(body).unwrap();
        Answer::read(house.layer.layer(service.clone()).oneshot(request).await.unwrap()).await;
        assert_eq!(heard.lock().unwrap().pop(), Some((long.clone(), None)), "{knows_its_end}");
    }
}

// ── What is noted of it ──────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn a_rule_that_meets_nothing_is_told_of_by_customers_answers_alone() {
    let (operator, house) = (Operator::watch(), shop());
    house.answers(|_| json(Pieces::whole(r#"{"items":[]}"#)));
    let silent = || operator.log().contains("met nothing");
    for number in 0..150 {
        house.ask(anna("/recommendations").header("x-number", number)).await;
    }
    assert!(!silent(), "somebody unknown is told something else");
    house.know(SUBJECT, "acquainted").await;
    for _ in 0..150 {
        house.ask(anna("/recommendations")).await;
    }
    assert!(silent());
}

// ── How it is asked ──────────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn the_question_is_asked_in_the_same_version_and_under_the_same_address() {
    let house = shop();
    let asks = |scheme: &'static str| anybody("/recommendations").header("x-forwarded-proto", scheme);
    house.answers(|head| match head.headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https") {
        true => json(Pieces::whole(ANYBODYS)),
        false => Response::builder().status(301).header("location", "https://shop.example/").body(Pieces::whole("")),
    });
    for (scheme, status) in [("https", 200), ("http", 301), ("https", 200)] {
        let answer = house.ask(asks(scheme).header("x-forwarded-for", "192.0.2.7").version(Version::HTTP_10)).await;
        assert_eq!(answer.status.as_u16(), status, "{scheme}");
    }
    let seen = house.shop.seen();
    assert_eq!(seen.len(), 2, "under each address once");
    for head in seen {
        assert_eq!((head.version, head.headers.get("x-forwarded-for")), (Version::HTTP_10, None));
    }
}

#[tokio::test(start_paused = true)]
async fn where_nobody_unknown_is_answered_a_head_has_no_body_and_the_visit_counts() {
    let house = shop();
    house.answers(|head| match is_known(head) {
        true => json(Pieces::whole(r#"{"items":[{"id":"p1","basis":"observed"}]}"#)),
        false => Response::builder().status(401).body(Pieces::whole("")),
    });
    for (day, method) in ["GET", "HEAD", "GET"].into_iter().enumerate() {
        let answer = house.ask(anna("/recommendations").method(method)).await;
        let shown = if method == "HEAD" { "" } else { EMPTY };
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, shown), "{day}");
        house.layer.flush().await;
        house.clock.travel(1);
    }
    assert_eq!(house.happened(SUBJECT, "visit").await, 2, "else nobody would ever become better known");
}

#[tokio::test(start_paused = true)]
async fn a_service_that_sends_strangers_away_is_told_of() {
    for (status, is_told) in [(302, true), (303, true), (307, true), (301, false), (308, false), (304, false)] {
        for stage in ["new", "acquainted"] {
            let (operator, house) = (Operator::watch(), shop());
            house.know(SUBJECT, stage).await;
            house.answers(move |head| match is_known(head) {
                true => json(Pieces::whole(r#"{"items":[]}"#)),
                false => Response::builder().status(status).header("location", "/login").body(Pieces::whole("")),
            });
            house.ask(anna("/recommendations")).await;
            let told = operator.counters().contains(r#"cause="generic_redirected""#);
            assert_eq!((told, operator.log().contains("generic.send")), (is_told, is_told), "{status} {stage}");
        }
    }
}

/// Two may be under way at the service: a customer's own call, and the one beside it, for which others wait.
#[tokio::test(start_paused = true)]
async fn who_waits_holds_no_room_in_the_service() {
    let house = shop();
    house.know(SUBJECT, "acquainted").await;
    house.answers(|head| match is_known(head) {
        true => json(Pieces::whole(r#"{"items":[{"id":"p1","basis":"observed"},{"id":"p2","basis":"observed"}]}"#)),
        false => json(Pieces::whole(ANYBODYS)),
    });
    house.shop.takes(Duration::from_millis(50));
    let limited = ConcurrencyLimitLayer::new(2).layer(house.shop.clone());
    let begun = Instant::now();
    let asking = (0..8).map(|number| {
        let service = house.layer.layer(limited.clone());
        // The first two's bodies take a moment to come.
        let (asks, body) = match number {
            0 | 1 => (anna("/plain"), Pieces::streamed([rests(20), data("x")])),
            _ => (anybody("/plain"), Pieces::whole("x")),
        };
        tokio::spawn(async move {
            sleep(Duration::from_millis(number)).await;
            Answer::read(service.oneshot(asks.body(body).unwrap()).await.unwrap()).await.status
        })
    });
    for asked in asking.collect::<Vec<_>>() {
        assert_eq!(asked.await.unwrap(), 200);
    }
    assert!(begun.elapsed() < Duration::from_millis(900), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_service_apart_is_asked_itself() {
    let house = shop();
    let says = |body: &'static str| {
        service_fn(move |_: Request<RequestBody<String>>| async move { json(Pieces::whole(body)) })
    };
    let (one, other) = (r#"{"items":[{"id":"de"}]}"#, r#"{"items":[{"id":"en"}]}"#);
    let (layer, apart) = (house.layer.clone(), house.layer.apart());
    for _ in 0..2 {
        for (layer, body) in [(&layer, one), (&apart, other), (&apart.clone(), other), (&layer.clone(), one)] {
            let request = Request::get("/recommendations").body(String::new()).unwrap();
            let answer = Answer::read(layer.layer(says(body)).oneshot(request).await.unwrap()).await;
            assert_eq!(answer.body, body);
        }
    }
    // Clones are not apart, and customers are the same everywhere.
    let request = Request::get("/recommendations").body(String::new()).unwrap();
    let answer = Answer::read(apart.clone().layer(says("{}")).oneshot(request).await.unwrap()).await;
    assert_eq!(answer.body, other, "it is shared among clones");
    house.know(SUBJECT, "trusted").await;
    let request = anna("/recommendations").body(String::new()).unwrap();
    let answer = Answer::read(apart.layer(says(one)).oneshot(request).await.unwrap()).await;
    assert_eq!(answer.stage(), "trusted");
}
