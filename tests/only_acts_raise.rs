//! Promise 10, only time and real acts raise a stage; and what counts as an act.

mod house;

use house::*;
use http::{Method, Response, request, response};
use serde_json::{Value, json};
use tower_rapport::store::Fault;

/// The same request every few days; the stage of each answer.
async fn over_days(house: &House, days: &[i64], request: impl Fn() -> request::Builder) -> Vec<String> {
    let mut stages = Vec::new();
    for gap in days {
        house.clock.travel(*gap);
        stages.push(house.ask(request()).await.stage().to_owned());
        house.layer.flush().await;
    }
    stages
}

fn json_with_event(house: &House, status: u16, event: &'static str) {
    house.answers(move |_| {
        let response = Response::builder().status(status).header("content-type", "application/json");
        response.header("personalization-event", event).body(Pieces::whole(PERSONAL))
    });
}

// ── Time and acts ────────────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn days_raise_a_stage() {
    let house = House::new();
    let stages = over_days(&house, &[0, 1, 5, 1, 30], || anna("/recommendations")).await;
    assert_eq!(stages, ["new", "new", "new", "acquainted", "acquainted"], "known for 7 days, on 3 of them");
}

#[tokio::test(start_paused = true)]
async fn purchases_raise_a_stage_where_days_do_not() {
    let house = House::new();
    let mut days = vec![10; 9];
    days[0] = 0;
    assert_eq!(over_days(&house, &days, || anna("/recommendations")).await.last().unwrap(), "acquainted");
    for _ in 0..2 {
        house.ask(anna("/checkout").method(Method::POST)).await;
    }
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "familiar");
}

#[tokio::test(start_paused = true)]
async fn three_hundred_requests_in_a_day_raise_nobody_and_are_one_write() {
    let house = House::new();
    for day in 0..3 {
        for _ in 0..300 {
            assert_eq!(house.ask(anna("/recommendations")).await.stage(), "new");
        }
        house.layer.flush().await;
        assert_eq!(house.store.replaces(), day + 1, "one write a day");
        house.clock.travel(1);
    }
    let history = house.kept(SUBJECT).await.unwrap().history.unwrap();
    assert_eq!((history.active_days, history.count("visit")), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn a_hundred_at_once_are_one_visit() {
    let house = House::new();
    let asked = (0..100).map(|_| house.ask(anna("/recommendations")));
    let answers = futures(asked).await;
    house.layer.flush().await;
    assert!(answers.iter().all(|answer| answer.stage() == "new" && answer.body == AT_NEW));
    assert_eq!((house.happened(SUBJECT, "visit").await, house.store.loads()), (1, 1));
    assert!(house.store.replaces() <= 2, "{} writes", house.store.replaces());
}

async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(move |cx| {
        running.retain_mut(|future| match future.as_mut().poll(cx) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if running.is_empty() { std::task::Poll::Ready(std::mem::take(&mut done)) } else { std::task::Poll::Pending }
    })
    .await
}

// ── What a client sends ──────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn a_forged_header_reaches_nobody() {
    let house = House::new();
    let forged = "stage=trusted;level=3;of=4, purposes=(record personalization)";
    for path in ["/recommendations", "/open", "/elsewhere", "/checkout"] {
        let request = anna(path).header("personalization", forged).header("Personalization", "more");
        let answer = house.ask(request.header("personalization-event", "purchase")).await;
        let seen = house.shop.seen().pop().unwrap();
        let told: Vec<_> = seen.headers.get_all("personalization").iter().collect();
        if ["/recommendations", "/open"].contains(&path) {
            assert_eq!((answer.stage(), told), ("new", vec![&answer.headers["personalization"]]), "{path}");
        } else {
            assert_eq!((answer.stage(), told), ("", vec![]), "{path}");
        }
    }
    house.layer.flush().await;
    assert_eq!(house.happened(SUBJECT, "purchase").await, 0, "a client tells of no event");
}

#[tokio::test(start_paused = true)]
async fn the_day_that_a_token_vouches_for_saves_the_waiting_and_no_visit() {
    for (since, stages) in [
        (json!("2019-08-07T00:00:00Z"), ["new", "new", "acquainted", "acquainted"]),
        (json!("2027-08-07T00:00:00Z"), ["new", "new", "new", "new"]),
        (json!("yesterday"), ["new", "new", "new", "new"]),
        (json!(-1.0e300), ["new", "new", "new", "new"]),
        (json!([2019]), ["new", "new", "new", "new"]),
    ] {
        let house = House::new();
        let token = token(SUBJECT, "record personalization", json!({"registered_at": since}));
        let asked = over_days(&house, &[0, 1, 1, 1], || with_token("/recommendations", &token)).await;
        assert_eq!(asked, stages, "{since}");
    }
}

#[tokio::test(start_paused = true)]
async fn claims_that_nobody_signed_raise_nobody() {
    let house = House::new();
    house.know("ben", "trusted").await;
    let good = token(SUBJECT, "record personalization", Value::Null);
    let bens = token("ben", "record personalization", Value::Null);
    let [good, bens] = [&good, &bens].map(|token| token.split('.').collect::<Vec<_>>());
    let swapped = [good[0], bens[1], good[2]].join(".");
    let unsigned = [&*base64("{\"alg\":\"none\"}"), bens[1], ""].join(".");
    for forged in [swapped, unsigned] {
        let answer = house.ask(with_token("/recommendations", &forged)).await;
        assert_eq!((answer.stage(), answer.limited_by()), ("new", "token"));
    }
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

#[tokio::test(start_paused = true)]
async fn a_preference_lowers_this_one_answer_and_never_raises() {
    let house = House::new();
    house.know(SUBJECT, "familiar").await;
    for (prefer, stage, limited_by, applied, purposes) in [
        ("personalization=none", "new", "pace prefer", "personalization=none", "()"),
        ("personalization=new", "new", "pace prefer", "personalization=new", "(record personalization)"),
        (
            "Personalization = \"acquainted\"",
            "acquainted",
            "pace prefer",
            "personalization=acquainted",
            "(record personalization)",
        ),
        (
            "respond-async, personalization=acquainted; x=1",
            "acquainted",
            "pace prefer",
            "personalization=acquainted",
            "(record personalization)",
        ),
        ("personalization=trusted", "familiar", "pace", "personalization=trusted", "(record personalization)"),
        ("personalization=platinum", "familiar", "pace", "", "(record personalization)"),
        ("respond-async", "familiar", "pace", "", "(record personalization)"),
    ] {
        let answer = house.ask(anna("/recommendations").header("prefer", prefer)).await;
        let said = (answer.stage(), answer.limited_by(), answer.header("preference-applied"));
        assert_eq!(said, (stage, limited_by, applied), "{prefer}");
        assert!(answer.header("personalization").contains(&format!("purposes={purposes}")), "{prefer}");
    }
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "familiar", "this one only");
    let newcomer = with_token("/recommendations", &token("ben", "record", Value::Null));
    assert_eq!(house.ask(newcomer.header("prefer", "personalization=trusted")).await.stage(), "new");
}

#[tokio::test(start_paused = true)]
async fn global_privacy_control_is_exactly_one_and_refuses_what_is_marked() {
    let all = token(SUBJECT, "record personalization cross_context", Value::Null);
    for (lines, purposes) in [
        (&[][..], "(record personalization cross_context)"),
        (&["1"], "(record personalization)"),
        (&["0", "1"], "(record personalization)"),
        (&["0"], "(record personalization cross_context)"),
        (&["true"], "(record personalization cross_context)"),
        (&["1, 1"], "(record personalization cross_context)"),
        (&["\"1\""], "(record personalization cross_context)"),
    ] {
        let (house, request) = (House::new(), with_token("/recommendations", &all));
        let answer = house.ask(lines.iter().fold(request, |request, line| request.header("sec-gpc", *line))).await;
        assert!(answer.header("personalization").contains(&format!("purposes={purposes}")), "{lines:?}");
    }
}

// ── Visits ───────────────────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn only_a_request_that_was_answered_to_a_person_is_a_visit() {
    for (status, method, header, visits) in [
        (200, Method::GET, ("x", ""), 1),
        (206, Method::POST, ("x", ""), 1),
        (301, Method::GET, ("x", ""), 0),
        (304, Method::GET, ("if-none-match", "\"v1\""), 1),
        (304, Method::GET, ("x", ""), 0),
        (404, Method::GET, ("x", ""), 0),
        (500, Method::GET, ("x", ""), 0),
        (200, Method::HEAD, ("x", ""), 0),
        (200, Method::GET, ("sec-purpose", "prefetch"), 0),
        (200, Method::GET, ("sec-purpose", "prefetch;prerender"), 0),
    ] {
        let house = House::new();
        house.answers(move |_| {
            let response = Response::builder().status(status).header("content-type", "application/json");
            response.body(Pieces::whole(PERSONAL))
        });
        // Where nothing is shaped: there the service judges conditions.
        house.ask(anna("/open").method(method.clone()).header(header.0, header.1)).await;
        house.layer.flush().await;
        assert_eq!(house.happened(SUBJECT, "visit").await, visits, "{status} {method} {header:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_head_or_a_prefetch_does_not_count_for_its_own_decision_either() {
    let house = House::new();
    over_days(&house, &[0, 1], || anna("/recommendations")).await;
    house.clock.travel(6);
    let prefetch = || anna("/recommendations").header("sec-purpose", "prefetch");
    assert_eq!(house.ask(prefetch()).await.stage(), "new");
    assert_eq!(house.ask(anna("/recommendations").method(Method::HEAD)).await.stage(), "new");
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "acquainted");
}

#[tokio::test(start_paused = true)]
async fn what_no_endpoint_covers_is_no_visit() {
    let house = House::new();
    house.ask(anna("/elsewhere")).await;
    house.ask(anna("/checkout")).await;
    house.layer.flush().await;
    assert_eq!((house.kept(SUBJECT).await, house.store.loads()), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn without_the_purpose_record_nothing_is_kept() {
    let house = House::new();
    json_with_event(&house, 200, "purchase");
    for token in [token(SUBJECT, "personalization", Value::Null), token(SUBJECT, "", Value::Null)] {
        for path in ["/recommendations", "/elsewhere"] {
            house.ask(with_token(path, &token)).await;
        }
        house.ask(with_token("/checkout", &token).method(Method::POST)).await;
    }
    house.ask(anybody("/recommendations")).await;
    house.layer.flush().await;
    assert_eq!((house.kept(SUBJECT).await, house.store.replaces()), (None, 0));
}

// ── Events ───────────────────────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn to_ask_for_a_head_is_no_visit_however_it_is_written() {
    let house = House::new();
    for method in ["HEAD", "head", "Head"] {
        house.ask(anna("/recommendations").method(method)).await;
    }
    house.layer.flush().await;
    assert_eq!(house.happened(SUBJECT, "visit").await, 0);
    house.ask(anna("/recommendations")).await;
    house.layer.flush().await;
    assert_eq!(house.happened(SUBJECT, "visit").await, 1);
}

#[tokio::test(start_paused = true)]
async fn an_event_is_seen_by_its_rule() {
    let house = House::new();
    for (method, path, status, purchases) in [
        (Method::POST, "/checkout", 200, 1),
        (Method::POST, "/checkout", 201, 2),
        (Method::POST, "/checkout", 402, 2),
        (Method::GET, "/checkout", 200, 2),
        (Method::POST, "/checkout/x", 200, 2),
    ] {
        house.answers(move |_| Response::builder().status(status).body(Pieces::whole("")));
        house.ask(anna(path).method(method.clone())).await;
        assert_eq!(house.happened(SUBJECT, "purchase").await, purchases, "{method} {path} {status}: durable when told");
    }
    // Its own method is no other one.
    house.ask(anna("/checkout?_method=post").method(Method::POST).header("x-http-method-override", "POST")).await;
    assert_eq!(house.happened(SUBJECT, "purchase").await, 3);
    for (path, header) in
        [("/checkout", "GET"), ("/checkout", "GET, x"), ("/checkout?_method=GET", ""), ("/checkout?_method=%00", "")]
    {
        house.ask(anna(path).method(Method::POST).header("x-http-method-override", header)).await;
        let purchases = house.happened(SUBJECT, "purchase").await;
        assert_eq!(purchases, 3, "{path}: the service may have shown a form, and sold nothing");
    }
    house.ask(anna("/complaints").method(Method::POST).header("x-http-method-override", "GET")).await;
    assert_eq!(house.happened(SUBJECT, "complaint").await, 1, "in doubt less");
    house.ask(anna("/complaints?_method=post").method(Method::PUT)).await;
    house.ask(anna("/complaints").method("post")).await;
    assert_eq!(house.happened(SUBJECT, "complaint").await, 3);
    assert_eq!(house.happened(SUBJECT, "visit").await, 0);
}

#[tokio::test(start_paused = true)]
async fn an_event_is_told_by_the_service_and_the_telling_never_leaves() {
    let house = House::new();
    json_with_event(&house, 200, "purchase");
    for (place, path) in ["/recommendations", "/open", "/elsewhere"].into_iter().enumerate() {
        let answer = house.ask(anna(path)).await;
        assert_eq!(answer.header("personalization-event"), "", "{path}");
        assert_eq!(house.happened(SUBJECT, "purchase").await, 1 + place as u64, "{path}: durable when told");
    }
    assert_eq!(house.happened(SUBJECT, "visit").await, 1, "the visit came with the event");
    assert_eq!(house.ask(anybody("/elsewhere")).await.header("personalization-event"), "");
    assert_eq!(house.ask(anybody("/recommendations")).await.header("personalization-event"), "");
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_told_and_seen_happened_once() {
    let house = House::new();
    json_with_event(&house, 200, "purchase");
    house.ask(anna("/checkout").method(Method::POST)).await;
    assert_eq!(house.happened(SUBJECT, "purchase").await, 1);
    house.answers(|_| {
        let twice = Response::builder().header("personalization-event", "purchase");
        twice.header("personalization-event", "purchase").body(Pieces::whole(""))
    });
    assert_eq!(house.ask(anna("/elsewhere")).await.header("personalization-event"), "");
    assert_eq!(house.happened(SUBJECT, "purchase").await, 2);
}

#[tokio::test(start_paused = true)]
async fn several_events_may_be_told_of_at_once() {
    for lines in [&["purchase;id=a, birthday", "purchase;id=b, complaint"][..], &["purchase, complaint, purchase;id=a"]]
    {
        let (house, operator) = (House::new(), Operator::watch());
        house.answers(move |_| {
            let tell = |response: response::Builder, line: &&str| response.header("personalization-event", *line);
            lines.iter().fold(Response::builder(), tell).body(Pieces::whole(""))
        });
        assert_eq!(house.ask(anna("/elsewhere")).await.header("personalization-event"), "");
        let happened = (house.happened(SUBJECT, "purchase").await, house.happened(SUBJECT, "complaint").await);
        assert_eq!(happened, (2, 1), "{lines:?}");
        if lines.len() > 1 {
            operator.logged("told of an event that the policy does not have");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_the_policy_does_not_have_is_ignored_and_logged() {
    let (not_there, unreadable) = ("told of an event that the policy does not have", "in a way that cannot be read");
    for (event, says) in [("birthday", not_there), ("visit", not_there), ("", unreadable), ("\"purchase\"", unreadable)]
    {
        let (house, operator) = (House::new(), Operator::watch());
        json_with_event(&house, 200, event);
        assert_eq!(house.ask(anna("/elsewhere")).await.header("personalization-event"), "");
        house.layer.flush().await;
        assert_eq!((house.kept(SUBJECT).await, house.store.replaces()), (None, 0), "{event}");
        operator.logged(says);
    }
}

#[tokio::test(start_paused = true)]
async fn a_complaint_takes_a_stage_at_once() {
    let house = House::new();
    house.know(SUBJECT, "trusted").await;
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "trusted");
    house.ask(anna("/complaints").method(Method::POST)).await;
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!((answer.stage(), answer.limited_by()), ("familiar", "pace taken"));
    house.ask(anna("/complaints").method(Method::POST)).await;
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "acquainted");
}

#[tokio::test(start_paused = true)]
async fn a_complaint_takes_its_stage_also_while_the_store_is_down() {
    let house = House::new();
    house.know(SUBJECT, "trusted").await;
    house.store.set(Fault::Down);
    house.ask(anna("/complaints").method(Method::POST)).await;
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!(answer.stage(), "familiar", "what lowers is in force on this node at once");
}
