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

/// A purchase and a visit, and the level of its answer.
async fn come(house: &House) -> usize {
    house.ask(anna("/checkout").method(Method::POST)).await;
    visit(house).await
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
async fn a_clock_that_fell_back_makes_nobody_more_familiar_and_takes_nothing() {
    for stage in STAGES {
        for back in [1, 30, 400, 20_000] {
            let (house, right) = twins(stage).await;
            house.clock.travel(-back);
            for _ in 0..3 {
                let shown = visit(&house).await;
                assert!(shown <= level(stage), "{stage}, {back} days back");
                house.ask(anna("/checkout").method(Method::POST)).await;
                house.clock.travel(1);
            }
            house.clock.travel(back - 3);
            let (wrong_once, always_right) = (visit(&house).await, visit(&right).await);
            assert_eq!(wrong_once, always_right, "{stage}, {back} days back");
        }
    }
}

/// Several visits ahead, over days, with all that the ladder asks for; then the right clock, with visits and with silence. The
/// other twin's clock is always right, and it comes on the days, too, that the wrong one said, when they come.
#[tokio::test(start_paused = true)]
async fn a_clock_that_ran_ahead_gives_nothing_before_its_day() {
    for stage in STAGES {
        for (ahead, stays) in [(3, 1), (8, 1), (60, 3), (60, 21), (400, 1), (400, 21)] {
            for later in [&[0, 5, 10, 15, 20, 25, 30, 35, 40, 60, 70, 80][..], &[30, 70, 470], &[30], &[800, 808, 816]]
            {
                let (house, right) = twins(stage).await;
                house.clock.travel(ahead);
                for _ in 0..stays {
                    for twin in [&house, &right] {
                        come(twin).await;
                        twin.clock.travel(1);
                    }
                }
                house.clock.travel(-ahead);
                let mut today = stays;
                for day in later.iter().map(|later| stays + later) {
                    house.clock.travel(day - today);
                    while today < day {
                        if (ahead..ahead + stays).contains(&today) {
                            come(&right).await;
                        }
                        right.clock.travel(1);
                        today += 1;
                    }
                    let (wrong_once, always_right) = (come(&house).await, come(&right).await);
                    let told = format!("{stage}, {ahead} days ahead for {stays} days, then {day} of {later:?}");
                    assert!(wrong_once <= always_right, "{told}: {wrong_once}, not {always_right}");
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn who_came_while_the_clock_was_ahead_climbs_again_once_it_is_right() {
    let (house, _) = twins("trusted").await;
    house.clock.travel(400);
    visit(&house).await;
    house.clock.travel(-400);
    let mut stages = Vec::new();
    for _ in 0..5 {
        stages.push(visit(&house).await);
        house.clock.travel(8);
    }
    assert_eq!(stages, [0, 1, 2, 3, 3], "what happened before has been kept, and a pace lies between two stages");
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
        tokio::time::sleep(std::time::Duration::from_secs(7_200)).await;
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
