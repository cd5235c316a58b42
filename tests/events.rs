//! Promise 6, nothing acknowledged is lost, for those who tell of events themselves; and what is told of twice counts once.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod house;

use std::{error::Error, time::Duration};

use house::*;
use http::{HeaderMap, Method, Response, header, request::Parts};
use serde_json::Value;
use tower_rapport::{
    Customer, EventErrorKind, Events,
    clock::Clock,
    consent::Answering,
    identity::{CustomerId, Pseudonym},
    relationship::{History, Record},
    store::{Fault, Memory},
};

fn parts(request: http::request::Builder) -> Parts {
    request.body(()).unwrap().into_parts().0
}

/// Anna, as a handler finds her in her request.
fn annas(events: &Events) -> Customer {
    events.customer_of(&parts(anna("/anywhere"))).unwrap()
}

async fn purchases(house: &House) -> u64 {
    house.happened(SUBJECT, "purchase").await
}

fn kind(recorded: Result<(), tower_rapport::EventError>) -> Option<EventErrorKind> {
    recorded.err().map(|error| error.kind())
}

/// Answers with this header from now on.
fn tells(house: &House, event: &'static str) {
    house.answers(move |_| Response::builder().header("personalization-event", event).body(Pieces::whole("")));
}

#[tokio::test(start_paused = true)]
async fn an_event_is_durable_when_it_is_recorded() {
    let house = House::new();
    let events = house.layer.events();
    let anna = annas(&events);
    for count in 1..4 {
        events.record(&anna, "purchase").await.unwrap();
        assert_eq!(purchases(&house).await, count, "in the store, not in memory alone");
    }
    let history = house.kept(SUBJECT).await.unwrap().history.unwrap();
    assert_eq!((history.active_days, history.count("visit")), (1, 0), "to record an event is no visit");
}

#[tokio::test(start_paused = true)]
async fn an_event_with_an_id_counts_once_however_it_is_told_of() {
    let house = House::new();
    let events = house.layer.events();
    let anna_herself = annas(&events);
    for _ in 0..3 {
        events.record_once(&anna_herself, "purchase", "order-17").await.unwrap();
        tells(&house, "purchase;id=\"order-17\"");
        house.ask(anna("/elsewhere")).await;
        tells(&house, "purchase;id=order-17");
        house.ask(anna("/recommendations")).await;
        events
            .record_once(&events.customer(&CustomerId::new(SUBJECT)).agreed_to(["record"]), "purchase", "order-17")
            .await
            .unwrap();
    }
    assert_eq!(purchases(&house).await, 1);

    // The same number of another event, and another number.
    events.record_once(&anna_herself, "complaint", "order-17").await.unwrap();
    events.record_once(&anna_herself, "purchase", "order-18").await.unwrap();
    tells(&house, "purchase;id=17");
    house.ask(anna("/elsewhere")).await;
    events.record(&anna_herself, "purchase").await.unwrap();
    assert_eq!((purchases(&house).await, house.happened(SUBJECT, "complaint").await), (4, 1));

    // Another day, another process.
    house.clock.travel(30);
    let house = house.reopened();
    let events = house.layer.events();
    events.record_once(&annas(&events), "purchase", "order-17").await.unwrap();
    assert_eq!(purchases(&house).await, 4);
}

#[tokio::test(start_paused = true)]
async fn with_a_when_rule_too_it_is_one_event() {
    let house = House::new();
    tells(&house, "purchase;id=\"order-17\"");
    for _ in 0..2 {
        house.ask(anna("/checkout").method(Method::POST)).await;
        assert_eq!(purchases(&house).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_cannot_be_read_may_have_been_counted_and_is_not() {
    let (house, operator) = (House::new(), Operator::watch());
    for event in ["purchase;id", "purchase;id=?0", "purchase;id=\"", "purchase;id=1.5"] {
        tells(&house, event);
        house.ask(anna("/elsewhere")).await;
        assert_eq!(house.kept(SUBJECT).await, None, "{event}");
    }
    operator.logged("in a way that cannot be read");
}

#[tokio::test(start_paused = true)]
async fn the_latest_ids_are_known_again_and_their_number_is_bounded() {
    let house = House::new();
    let events = house.layer.events();
    let anna = annas(&events);
    let record = async |n: usize| events.record_once(&anna, "purchase", &format!("order-{n}")).await.unwrap();
    for n in 0..=History::MARKS {
        record(n).await;
    }
    let all = History::MARKS as u64 + 1;
    for n in 1..=History::MARKS {
        record(n).await;
    }
    assert_eq!(purchases(&house).await, all);
    record(0).await;
    assert_eq!(purchases(&house).await, all + 1, "the earliest is forgotten");
    assert_eq!(house.kept(SUBJECT).await.unwrap().history.unwrap().marks.len(), History::MARKS);
}

#[tokio::test(start_paused = true)]
async fn no_id_is_kept_and_forgetting_takes_the_marks_too() {
    let house = House::new();
    let events = house.layer.events();
    let id = "invoice-of-anna-example";
    events.record_once(&annas(&events), "purchase", id).await.unwrap();
    let stored = house.store.inner().load(pseudonym(SUBJECT)).await.unwrap().unwrap();
    assert!(!stored.as_bytes().windows(7).any(|bytes| bytes == b"invoice"));
    assert!(!format!("{:?} {events:?}", annas(&events)).contains(SUBJECT));

    house.clock.travel(1);
    house.ask(anna("/rapport/me").method(Method::DELETE)).await;
    assert_eq!(house.kept(SUBJECT).await.unwrap().history, None);
}

#[tokio::test(start_paused = true)]
async fn without_consent_nothing_is_stored_and_the_caller_knows() {
    let house = House::new();
    let events = house.layer.events();
    let refusing = with_token("/anywhere", &token(SUBJECT, "personalization", Value::Null));
    let refusing = events.customer_of(&parts(refusing)).unwrap();
    let by_id = events.customer(&CustomerId::new(SUBJECT));
    for customer in [&refusing, &by_id, &by_id.clone().agreed_to(["personalization"])] {
        let refused = events.record(customer, "purchase").await.unwrap_err();
        assert_eq!(refused.kind(), EventErrorKind::NotAgreed);
        assert!(!refused.to_string().contains(SUBJECT));
        assert_eq!(kind(events.record_once(customer, "purchase", "order-17").await), Some(EventErrorKind::NotAgreed));
    }
    assert_eq!((house.kept(SUBJECT).await, house.store.replaces()), (None, 0));

    // What the business knows counts as a token's claim does: the customer's own word is above it.
    let agreed = by_id.clone().agreed_to(["record"]);
    events.record(&agreed, "purchase").await.unwrap();
    assert_eq!(purchases(&house).await, 1);
    answer(&house, "record", false).await;
    house.clock.travel(1);
    let agreed = events.customer(&CustomerId::new(SUBJECT)).agreed_to(["record"]);
    assert_eq!(kind(events.record(&agreed, "purchase").await), Some(EventErrorKind::NotAgreed));
    assert_eq!(house.kept(SUBJECT).await.unwrap().history, None);

    // And what was granted in the portal needs nobody's word.
    answer(&house, "record", true).await;
    house.clock.travel(1);
    events.record(&events.customer(&CustomerId::new(SUBJECT)), "purchase").await.unwrap();
    assert_eq!(purchases(&house).await, 1);
}

async fn answer(house: &House, purpose: &'static str, granted: bool) {
    let answering = Answering { granted, at: house.clock.now(), was_granted: !granted, gpc: false };
    let change = move |record: Option<&Record>| {
        let record = record.cloned().unwrap_or_default();
        Some(record.answered(&purpose.parse().unwrap(), true, answering))
    };
    house.layer.relationships().lower(pseudonym(SUBJECT), change).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_happened_before_a_forgetting_is_not_stored_after_it() {
    let house = House::new();
    let events = house.layer.events();
    let before = annas(&events);
    house.ask(anna("/rapport/me").method(Method::DELETE)).await;
    assert_eq!(kind(events.record(&before, "purchase").await), Some(EventErrorKind::NotAgreed));
    house.clock.travel(1);
    events.record(&annas(&events), "purchase").await.unwrap();
    assert_eq!(purchases(&house).await, 1);
}

#[tokio::test(start_paused = true)]
async fn while_the_store_fails_the_caller_knows_and_it_is_written_once_in_the_end() {
    let house = House::new();
    let events = house.layer.events();
    let anna = annas(&events);
    for fault in [Fault::Down, Fault::ReadOnly, Fault::Deaf] {
        let before = purchases(&house).await;
        house.store.set(fault);
        let id = format!("{fault:?}");
        for _ in 0..3 {
            let failed = events.record_once(&anna, "purchase", &id).await.unwrap_err();
            assert_eq!(failed.kind(), EventErrorKind::Pending, "{fault:?}");
            assert!(failed.source().is_some());
        }
        house.store.set(Fault::None);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(purchases(&house).await, before + 1, "{fault:?}");
        events.record_once(&anna, "purchase", &id).await.unwrap();
        assert_eq!(purchases(&house).await, before + 1, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_takes_no_event_with_it() {
    let house = House::new();
    let events = house.layer.events();
    house.store.set(Fault::Slow(Duration::from_secs(5)));
    let anna = annas(&events);
    let gone = tokio::time::timeout(Duration::from_millis(10), events.record(&anna, "purchase")).await;
    assert!(gone.is_err());
    house.layer.flush().await;
    assert_eq!(purchases(&house).await, 1);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_takes_stages_is_in_force_before_it_is_written() {
    let house = House::new();
    house.know(SUBJECT, "trusted").await;
    let events = house.layer.events();
    house.store.set(Fault::Down);
    let customer = annas(&events);
    assert_eq!(kind(events.record(&customer, "complaint").await), Some(EventErrorKind::Pending));
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "familiar");
}

#[tokio::test(start_paused = true)]
async fn what_the_policy_does_not_have_is_no_event() {
    let house = House::new();
    let events = house.layer.events();
    let anna = annas(&events);
    for event in ["birthday", "visit", "", "Purchase"] {
        let unknown = events.record(&anna, event).await.unwrap_err();
        assert_eq!(unknown.kind(), EventErrorKind::Unknown);
        assert_eq!(
            unknown.to_string(),
            format!("`{event}` is no event of the policy; name it there: `[[relationship.events]]`")
        );
        assert_eq!(kind(events.record_once(&anna, event, "1").await), Some(EventErrorKind::Unknown));
    }
    assert_eq!(house.kept(SUBJECT).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_handler_finds_whoever_the_layer_asks_for() {
    let house = House::of(&format!("{POLICY}\n[identity.visitors]\n[consent.tcf]\n"), Memory::new());
    let events = house.layer.events();
    assert!(events.customer_of(&parts(anybody("/recommendations"))).is_none());
    assert!(
        events.customer_of(&parts(with_token("/recommendations", "a.b.c"))).is_none(),
        "a token that proves nothing"
    );

    // A visitor's cookie stays with the layer, and yet the handler can record.
    let agreeing = |cookie: &str| {
        let string = tc_string(house.clock.now(), &[1, 5, 6], &[]);
        anybody("/recommendations").header(header::COOKIE, format!("euconsent-v2={string}; {cookie}"))
    };
    let answer = house.ask(agreeing("other=1")).await;
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    house.shop.was_asked();
    house.ask(agreeing(&cookie)).await;
    let head = house.shop.seen().into_iter().find(|head| head.extensions.get::<Customer>().is_some()).unwrap();
    assert!(!format!("{:?}", head.headers).contains("rapport_visitor"));
    let visitor = events.customer_of(&head).unwrap();
    events.record(&visitor, "purchase").await.unwrap();
    let visitor = visitors_pseudonym(&house, &cookie);
    let stored = house.store.inner().load(visitor).await.unwrap().unwrap();
    assert_eq!(stored.record(visitor).unwrap().history.unwrap().count("purchase"), 1);
}

fn visitors_pseudonym(house: &House, cookie: &str) -> Pseudonym {
    let headers = HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]);
    let policy = house.layer.policy();
    let visitors = policy.identity().visitors.as_ref().unwrap();
    visitors.find(&headers, house.clock.now()).unwrap().unwrap().pseudonym
}

/// What somebody unknown is asked in the place of the customer is nobody's.
#[tokio::test(start_paused = true)]
async fn whoever_is_asked_as_somebody_unknown_is_nobody() {
    let items = "\n[[endpoints]]\nname = \"list\"\npath = \"/list\"\nitems = { path = \"$.items[*]\", data_at = \"$.basis\" }\n";
    let house = House::of(&format!("{POLICY}{items}"), Memory::new());
    house.ask(anna("/list")).await;
    let seen = house.shop.seen();
    assert_eq!(seen.len(), 1);
    let events = house.layer.events();
    assert!(seen.iter().all(|head| events.customer_of(head).is_none()), "at the lowest stage nothing may be chosen");
}
