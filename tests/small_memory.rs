//! More customers than memory has room for, and more to be written than a store takes: nobody is taken for another, what is
//! lowered holds, and what is given up is counted.

mod house;

use std::time::Duration;

use house::*;
use http::Method;
use serde_json::Value;
use tower_rapport::store::{Fault, Memory};

const AGREES: &str = "record personalization";

fn asks(name: &str) -> http::request::Builder {
    with_token("/recommendations", &token(name, AGREES, Value::Null))
}

/// A house that remembers two customers.
fn forgetful() -> House {
    House::of(
        &format!("{POLICY}\n[store]\nmemory = {{}}\ncache = {{ relationships = 2, tokens = 2, generic = 1 }}\n"),
        Memory::new(),
    )
}

#[tokio::test(start_paused = true)]
async fn who_is_forgotten_under_pressure_is_known_again_and_nobody_is_taken_for_another() {
    let house = forgetful();
    let stages = ["new", "acquainted", "familiar", "trusted"];
    let names: Vec<String> = (0..200).map(|number| format!("customer {number}")).collect();
    for (name, stage) in names.iter().zip(stages.iter().cycle()) {
        house.know(name, stage).await;
    }
    for round in 0..3 {
        for (name, stage) in names.iter().zip(stages.iter().cycle()) {
            assert_eq!(house.ask(asks(name)).await.stage(), *stage, "{name} in round {round}");
        }
    }
    assert!(house.store.loads() >= 400, "memory was too small: {} loads", house.store.loads());
    house.layer.flush().await;
    for name in &names {
        assert_eq!(house.happened(name, "visit").await, 301, "one visit of {name}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_lowered_holds_while_the_store_is_down_and_a_thousand_others_come() {
    let house = forgetful();
    house.know(SUBJECT, "trusted").await;
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "trusted");
    house.store.set(Fault::Down);
    let limit = anna("/rapport/me/limit").method(Method::PUT).header("content-type", "application/json");
    house.ask_with(limit, r#"{"stage": "acquainted"}"#).await;
    for number in 0..1_000 {
        house.ask(asks(&format!("somebody {number}"))).await;
    }
    let answer = house.ask(anna("/recommendations")).await;
    assert!(["new", "acquainted"].contains(&answer.stage()), "{}", answer.stage());
    house.store.set(Fault::None);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "acquainted");
    assert!(house.kept(SUBJECT).await.unwrap().choices.limit.is_some(), "it was written as soon as it could be");
}

#[tokio::test(start_paused = true)]
async fn visits_that_nobody_has_room_for_are_given_up_and_counted() {
    const ROOM: usize = 16_384;
    let (house, operator) = (House::new(), Operator::watch());
    house.store.set(Fault::Held);
    for number in 0..ROOM + 100 {
        let answer = house.ask(asks(&format!("somebody {number}"))).await;
        assert_eq!((answer.status.as_u16(), answer.stage()), (200, "new"));
    }
    tokio::time::sleep(Duration::from_millis(1)).await;
    operator.counted("rapport_lost_visits_total{} 100");
    operator.logged("a visit is not written, and given up");
    house.store.set(Fault::None);
    house.layer.flush().await;
    assert_eq!(house.happened("somebody 0", "visit").await, 1);
    assert_eq!(house.kept(&format!("somebody {}", ROOM + 50)).await, None);
    // There is room again.
    house.ask(asks("somebody else")).await;
    house.layer.flush().await;
    assert_eq!(house.happened("somebody else", "visit").await, 1);
}
