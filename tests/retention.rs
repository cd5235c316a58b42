//! A relationship that has been silent for `retention` is deleted; what was lowered stays.

mod house;

use house::*;
use serde_json::Value;
use tower_rapport::store::{Fault, Memory};

const AGREES: &str = "record personalization";

/// A house where Anna and Ben were known, and Ben refused something.
async fn house(retention: &str) -> House {
    let house = House::of(&format!("{POLICY}\n[relationship]\n{retention}\n"), Memory::new());
    for name in [SUBJECT, "ben"] {
        house.know(name, "trusted").await;
    }
    let with = token("ben", AGREES, Value::Null);
    let refuse = with_token("/rapport/me/purposes/cross_context", &with)
        .method("PUT")
        .header("content-type", "application/json");
    assert_eq!(house.ask_with(refuse, r#"{"granted": false}"#).await.status, 200);
    house
}

/// Somebody else comes by, and what that sets going is done. Two hours later a clock is believed.
async fn somebody_comes(house: &House) {
    house.ask(with_token("/recommendations", &token("somebody", AGREES, Value::Null))).await;
    tokio::time::sleep(std::time::Duration::from_secs(7_200)).await;
    house.layer.flush().await;
}

#[tokio::test(start_paused = true)]
async fn whoever_was_silent_for_too_long_is_unknown_and_what_they_refused_stays_refused() {
    let house = house("").await;
    house.clock.travel(729);
    somebody_comes(&house).await;
    assert!(house.kept(SUBJECT).await.unwrap().history.is_some(), "730 days from the last visit are not over");
    for _ in 0..2 {
        house.clock.travel(1);
        somebody_comes(&house).await;
    }
    assert_eq!(house.kept(SUBJECT).await, None);
    let ben = house.kept("ben").await.unwrap();
    assert_eq!(ben.history, None);
    assert!(!ben.choices.purposes["cross_context"].granted);
    assert!(house.kept("somebody").await.unwrap().history.is_some(), "who was there lately stays");
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "new", "nor does memory know more");
}

#[tokio::test(start_paused = true)]
async fn it_is_done_once_a_day_and_again_the_day_after_it_failed() {
    let house = house("retention = \"10d\"").await;
    for _ in 0..2 {
        somebody_comes(&house).await;
    }
    house.store.set(Fault::Down);
    house.clock.travel(11);
    somebody_comes(&house).await;
    house.store.set(Fault::None);
    somebody_comes(&house).await;
    assert!(house.kept(SUBJECT).await.unwrap().history.is_some(), "it was tried today");
    house.clock.travel(1);
    somebody_comes(&house).await;
    assert_eq!(house.kept(SUBJECT).await, None);
}

/// A machine that starts with a wrong clock is told the time soon.
#[tokio::test(start_paused = true)]
async fn a_process_that_starts_with_a_clock_that_is_ahead_deletes_nobody() {
    let house = house("retention = \"10d\"").await;
    for days in [3_000, -3_000, 0] {
        house.clock.travel(days);
        somebody_comes(&house).await;
    }
    assert!(house.kept(SUBJECT).await.unwrap().history.is_some());
    house.clock.travel(11);
    somebody_comes(&house).await;
    assert_eq!(house.kept(SUBJECT).await, None, "and from the next days on it is believed");
}
