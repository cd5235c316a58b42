//! Promise 5, withdrawal is immediate: what a customer lowers is in force on the next request, whatever the store does,
//! and survives the process once it is acknowledged.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod house;

use std::time::Duration;

use house::*;
use http::Method;
use jiff::SignedDuration;
use tower_rapport::{
    clock::Clock,
    consent::Answer as Answered,
    relationship::Record,
    store::{Fault, Reply},
};

type Change = fn(&House, &mut Record);

/// What a customer can lower: the name of it, the change, and what the answer then says.
const LOWERINGS: [(&str, Change, &str, &str); 5] = [
    ("a limit", |_, record| record.choices.limit = Some("new".parse().unwrap()), "new", "limit"),
    ("a pause", |house, record| record.choices.paused_until = Some(tomorrow(house)), "new", "pause"),
    ("no personalization", |house, record| refuse(house, record, "personalization"), "trusted", "consent"),
    ("no record", |house, record| refuse(house, record, "record"), "new", "consent"),
    (
        "forget me",
        |house, record| {
            *record = Record { forgotten: Some(house.clock.now()), ..Record::default() };
        },
        "new",
        "",
    ),
];

fn tomorrow(house: &House) -> jiff::Timestamp {
    house.clock.now() + SignedDuration::from_hours(24)
}

fn refuse(house: &House, record: &mut Record, purpose: &str) {
    let answer = Answered { granted: false, at: house.clock.now(), was_granted: false };
    record.choices.purposes.insert(purpose.parse().unwrap(), answer);
}

fn lower(house: &House, change: Change) -> Reply {
    let record = house.layer.relationships().peek(pseudonym(SUBJECT)).flatten();
    let mut lowered = record.map_or_else(Record::default, |record| Record::clone(&record));
    change(house, &mut lowered);
    house.layer.relationships().lower(pseudonym(SUBJECT), move |_| Some(lowered.clone()))
}

async fn trusting() -> House {
    let house = House::new();
    house.know(SUBJECT, "trusted").await;
    assert_eq!(house.ask(anna("/recommendations")).await.body, PERSONAL);
    house.layer.flush().await;
    house
}

#[tokio::test(start_paused = true)]
async fn what_is_lowered_is_in_force_on_the_next_request_before_it_is_written() {
    for (what, change, stage, limited_by) in LOWERINGS {
        for fault in [Fault::None, Fault::Down, Fault::ReadOnly, Fault::Held, Fault::Slow(Duration::from_secs(9))] {
            let house = trusting().await;
            house.store.set(fault);
            // Not awaited: in force from the call on.
            let _written = lower(&house, change);
            let answer = house.ask(anna("/recommendations")).await;
            assert_eq!((answer.stage(), answer.limited_by()), (stage, limited_by), "{what}, {fault:?}");
            assert_ne!(answer.body, PERSONAL, "{what}, {fault:?}");
            assert!(answer.body.contains(r#""first_name": null"#), "{what}, {fault:?}: {}", answer.body);

            house.store.set(Fault::None);
            tokio::time::sleep(Duration::from_secs(60)).await;
            let answer = house.ask(anna("/recommendations")).await;
            assert_eq!((answer.stage(), answer.limited_by()), (stage, limited_by), "{what}, {fault:?}: and stays");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_for_long_does_not_bring_it_back() {
    for (what, change, stage, _) in LOWERINGS {
        let house = trusting().await;
        house.store.set(Fault::Down);
        assert!(lower(&house, change).await.is_err(), "{what}: not acknowledged");
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_secs(30)).await;
            assert_eq!(house.ask(anna("/recommendations")).await.stage(), stage, "{what}");
        }
        house.store.set(Fault::None);
        tokio::time::sleep(Duration::from_secs(60)).await;
        let house = house.reopened();
        assert_eq!(house.ask(anna("/recommendations")).await.stage(), stage, "{what}: written at last");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_under_way_does_not_write_back_what_was_withdrawn() {
    let house = trusting().await;
    house.clock.travel(1);
    house.store.set(Fault::Held);
    // The visit of this request is being written while the customer asks to be forgotten.
    house.ask(anna("/recommendations")).await;
    let forgotten = lower(&house, LOWERINGS[3].1);
    house.ask(anna("/checkout").method(Method::POST)).await;
    house.store.set(Fault::None);
    forgotten.await.unwrap();
    house.layer.flush().await;
    let purchases = house.happened(SUBJECT, "purchase").await;
    house.ask(anna("/checkout").method(Method::POST)).await;
    house.layer.flush().await;
    assert_eq!(house.happened(SUBJECT, "purchase").await, purchases, "nothing is recorded without `record`");
    assert_eq!(purchases, 30, "nor was the purchase that came meanwhile");
}

#[tokio::test(start_paused = true)]
async fn another_pseudonym_secret_brings_nothing_back() {
    let present = r#"pseudonym_secret = { env = "PSEUDONYM" }"#;
    let next = r#"pseudonym_secret = { env = "NEXT" }
        previous_secrets = [{ env = "PSEUDONYM" }]"#;
    for (what, change, stage, limited_by) in LOWERINGS {
        let before = trusting().await;
        lower(&before, change).await.unwrap();
        let house = House::of(&POLICY.replace(present, next), std::sync::Arc::clone(&before.store));
        for path in ["/elsewhere", "/recommendations", "/recommendations"] {
            // Nor does an event that is the first thing heard of the customer under the new secret.
            house.answers(|_| {
                let response = http::Response::builder().header("content-type", "application/json");
                response.header("personalization-event", "purchase").body(Pieces::whole(PERSONAL))
            });
            let answer = house.ask(anna(path)).await;
            if path == "/recommendations" {
                assert_eq!((answer.stage(), answer.limited_by()), (stage, limited_by), "{what}");
            }
        }
        assert!(house.kept(SUBJECT).await.is_none_or(|record| record.is_blank()), "{what}: and nothing stays behind");
    }
    let known = trusting().await;
    let house = House::of(&POLICY.replace(present, next), std::sync::Arc::clone(&known.store));
    assert_eq!(house.ask(anna("/recommendations")).await.body, PERSONAL, "who lowered nothing is known on");
}

#[cfg(feature = "embedded")]
#[tokio::test]
async fn what_was_acknowledged_survives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    // A real disk on a busy machine; how long is waited for it is not what is tested here.
    let patient = format!("{POLICY}\n[store]\nmemory = {{}}\ndecide_within = \"10s\"\n");
    for (place, (what, change, stage, limited_by)) in LOWERINGS.into_iter().enumerate() {
        let subject = format!("customer {place}");
        let with = token(&subject, "record personalization", serde_json::Value::Null);
        {
            let house = House::of(&patient, reopen(&path).await);
            house.know(&subject, "trusted").await;
            assert_eq!(house.ask(with_token("/recommendations", &with)).await.stage(), "trusted");
            let known = house.layer.relationships().load(pseudonym(&subject)).await.unwrap().unwrap();
            let mut lowered = Record::clone(&known);
            change(&house, &mut lowered);
            let lower = move |_: Option<&Record>| Some(lowered.clone());
            house.layer.relationships().lower(pseudonym(&subject), lower).await.unwrap();
            // Acknowledged: nothing is flushed, nothing else is waited for.
        }
        let house = House::of(&patient, reopen(&path).await);
        let answer = house.ask(with_token("/recommendations", &with)).await;
        assert_eq!((answer.stage(), answer.limited_by()), (stage, limited_by), "{what}");
    }
}

/// Opens the file again, once the tasks of the house before have let go of it.
#[cfg(feature = "embedded")]
async fn reopen(path: &std::path::Path) -> tower_rapport::store::Embedded {
    for _ in 0..3_000 {
        match tower_rapport::store::Embedded::open(path) {
            Ok(store) => return store,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    tower_rapport::store::Embedded::open(path).unwrap()
}
