//! A clock that is wrong for a while: no error, nobody more familiar for it, and all as it was once it is right again.

#![expect(clippy::panic, reason = "a test that cannot go on stops")]

mod house;

use house::*;
use http::Method;
use tower_rapport::store::Memory;

const STAGES: [&str; 4] = ["new", "acquainted", "familiar", "trusted"];

fn level(stage: &str) -> usize {
    STAGES.iter().position(|name| *name == stage).unwrap_or_else(|| panic!("no stage `{stage}`"))
}

/// One visit, and the level of its answer.
async fn visit(house: &House) -> usize {
    let answer = house.ask(anna("/recommendations")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    house.layer.flush().await;
    level(answer.stage())
}

/// A house where Anna stands at a stage, and one where the clock is always right.
async fn twins(stage: &str) -> (House, House) {
    let twins = (House::new(), House::new());
    for house in [&twins.0, &twins.1] {
        house.know(SUBJECT, stage).await;
    }
    twins
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_fell_back_makes_nobody_more_familiar_and_takes_nothing_for_good() {
    for stage in STAGES {
        for back in [1, 30, 400, 20_000] {
            let (house, right) = twins(stage).await;
            house.clock.travel(-back);
            for _ in 0..3 {
                assert!(visit(&house).await <= level(stage), "{stage}, {back} days back");
                house.clock.travel(1);
            }
            house.clock.travel(back - 3);
            let (wrong_once, always_right) = (visit(&house).await, visit(&right).await);
            // A gain of yesterday was in the future then; what it gave is earned again after the pace.
            assert!(wrong_once <= always_right && wrong_once + 1 >= level(stage), "{stage}, {back} days back");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_ran_ahead_gives_nothing_that_stays() {
    for stage in STAGES {
        for ahead in [8, 60, 400] {
            let (house, right) = twins(stage).await;
            house.clock.travel(ahead);
            // The one stage that the pace allows.
            assert!(visit(&house).await <= level(stage) + 1, "{stage}, {ahead} days ahead");
            house.clock.travel(-ahead);
            let (wrong_once, always_right) = (visit(&house).await, visit(&right).await);
            assert!(wrong_once <= always_right, "{stage}, {ahead} days ahead: {wrong_once}, not {always_right}");
            // From now on the clock is right in both, and the twin is never behind.
            for _ in 0..12 {
                house.clock.travel(5);
                right.clock.travel(5);
                for twin in [&house, &right] {
                    twin.ask(anna("/checkout").method(Method::POST)).await;
                }
                let (wrong_once, always_right) = (visit(&house).await, visit(&right).await);
                assert!(wrong_once <= always_right, "{stage}, {ahead} days ahead: {wrong_once}, not {always_right}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_newcomer_earns_no_more_by_it() {
    let house = House::new();
    for _ in 0..3 {
        assert_eq!(visit(&house).await, 0);
        house.clock.travel(1);
    }
    house.clock.travel(60);
    assert_eq!(visit(&house).await, 1, "three days, and long ago, as far as can be known");
    house.clock.travel(-60);
    assert_eq!(visit(&house).await, 0, "what the clock gave is gone with it");
}

/// Two nodes whose clocks pass midnight one after the other take nothing from anybody.
#[tokio::test(start_paused = true)]
async fn a_day_is_no_wrong_clock() {
    let house = House::new();
    for _ in 0..8 {
        visit(&house).await;
        house.clock.travel(1);
    }
    assert_eq!(visit(&house).await, 1);
    house.clock.travel(-1);
    assert_eq!(visit(&house).await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_jumps_ahead_deletes_nobody() {
    let house = House::of(&format!("{POLICY}\n[relationship]\nretention = \"100d\"\n"), Memory::new());
    house.know("ben", "trusted").await;
    let somebody_comes = async || {
        visit(&house).await;
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        house.layer.flush().await;
    };
    somebody_comes().await;
    house.clock.travel(5_000);
    somebody_comes().await;
    house.clock.travel(-5_000);
    somebody_comes().await;
    house.clock.travel(1);
    somebody_comes().await;
    assert!(house.kept("ben").await.is_some_and(|kept| kept.history.is_some()));
    // A service that was away for that long, and whose clock is right.
    house.clock.travel(5_000);
    somebody_comes().await;
    house.clock.travel(1);
    somebody_comes().await;
    assert_eq!(house.kept("ben").await, None);
}
