//! Promise 5 on many nodes: what a customer lowers on one acts on every other within `max_staleness`, and a node that is cut
//! off shows nobody anything personal after that, and everything again when it is not. Two nodes, one real `redis-server`.

#![cfg(feature = "redis")]

mod house;
mod servers;

use std::time::{Duration, Instant};

use house::*;
use http::{Method, Request};
use servers::{Does, Server, Wire, node, until};
use tokio::time::sleep;
use tower_rapport::relationship::Record;

/// The bound of these nodes, and what a busy machine may take on top of it.
const BOUND: Duration = Duration::from_secs(2);
const BUSY: Duration = Duration::from_secs(3);

async fn house_at(url: &str) -> House {
    House::of(&format!("{POLICY}\n[store]\ndecide_within = \"1s\"\n"), node(url).await)
}

/// Limits Anna on a node, as she would.
async fn limit(house: &House, stage: &str) {
    let request = anna("/rapport/me/limit").method(Method::PUT).header("content-type", "application/json");
    let answer = house.ask_with(request, &format!(r#"{{"stage": "{stage}"}}"#)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
}

async fn stage(house: &House) -> String {
    house.ask(anna("/recommendations")).await.stage().to_owned()
}

/// Two nodes, the second at the end of a wire, on which Anna is trusted.
async fn two(server: &Server) -> (House, House, Wire) {
    let wire = Wire::to(server.port).await;
    let (one, other) = (house_at(&server.url()).await, house_at(&wire.url()).await);
    one.know(SUBJECT, "trusted").await;
    for house in [&one, &other] {
        until("both know her", BUSY, async || stage(house).await == "trusted").await;
    }
    (one, other, wire)
}

fn shows_nothing(answer: &Answer, when: &str) {
    assert_eq!((answer.status.as_u16(), answer.body.as_str()), (200, AT_NEW), "{when}");
    assert_eq!(answer.stage(), "new", "{when}");
    assert!(answer.limited_by().contains("store"), "{when}: {}", answer.limited_by());
}

#[tokio::test]
async fn what_is_lowered_on_one_node_acts_on_the_other() {
    let server = Server::start(&[]);
    let (one, other, _wire) = two(&server).await;
    let pause = anna("/rapport/me/pause").method(Method::PUT).header("content-type", "application/json");
    limit(&one, "acquainted").await;
    until("the limit acts", BOUND, async || stage(&other).await == "acquainted").await;
    assert_eq!(one.ask_with(pause, r#"{"until": "2099-01-31"}"#).await.status, 200);
    until("the pause acts", BOUND, async || stage(&other).await == "new").await;
    assert_eq!(other.ask(anna("/rapport/me").method(Method::DELETE)).await.status, 200);
    until("she is forgotten", BOUND, async || one.kept(SUBJECT).await.is_some_and(|kept| kept.history.is_none())).await;
    assert_eq!(stage(&one).await, "new");
}

#[tokio::test]
async fn events_of_one_node_are_evidence_on_the_other() {
    let server = Server::start(&[]);
    let (one, other, _wire) = two(&server).await;
    let bought = async |house: &House| {
        let before = house.layer.relationships().load(pseudonym(SUBJECT)).await.unwrap();
        before.and_then(|record| record.history.as_ref().map(|history| history.count("purchase"))).unwrap_or_default()
    };
    let before = bought(&other).await;
    one.ask(anna("/checkout").method(Method::POST)).await;
    until("the purchase counts", BOUND, async || bought(&other).await == before + 1).await;
}

/// The cuts: how, and what is answered once the bound is over. Within it, the other node may still show what it remembers.
#[tokio::test]
async fn a_node_that_is_cut_off_shows_nothing_personal_after_the_bound_and_recovers() {
    for cut in [Does::Swallows, Does::Refuses, Does::Garbles, Does::Delays(Duration::from_secs(5))] {
        let server = Server::start(&[]);
        let (one, other, wire) = two(&server).await;
        wire.set(cut);
        limit(&one, "acquainted").await;
        let acknowledged = Instant::now();
        let mut asked = 0;
        while acknowledged.elapsed() < BOUND + Duration::from_millis(1500) {
            let since = acknowledged.elapsed();
            let answer = other.ask(anna("/recommendations")).await;
            if since > BOUND {
                shows_nothing(&answer, &format!("{cut:?}, {since:?} after the limit"));
                asked += 1;
            }
            sleep(Duration::from_millis(20)).await;
        }
        assert!(asked > 0);
        assert_eq!(stage(&one).await, "acquainted", "the other is not held up by it");
        wire.set(Does::Carries);
        until(&format!("{cut:?}: it hears again"), Duration::from_secs(15), async || {
            stage(&other).await == "acquainted"
        })
        .await;
    }
}

#[tokio::test]
async fn a_withdrawal_on_the_node_that_is_cut_off_holds_there_at_once_and_everywhere_later() {
    let server = Server::start(&[]);
    let (one, other, wire) = two(&server).await;
    wire.set(Does::Refuses);
    let lowers = |record: Option<&Record>| {
        let mut lowered = record.cloned().unwrap_or_default();
        lowered.choices.limit = Some("acquainted".parse().unwrap());
        Some(lowered)
    };
    let written = other.layer.relationships().lower(pseudonym(SUBJECT), lowers);
    assert_ne!(stage(&other).await, "trusted", "before it is written");
    assert!(written.await.is_err());
    wire.set(Does::Carries);
    until("it is written at last", Duration::from_secs(15), async || stage(&one).await == "acquainted").await;
    until("it holds here, too", Duration::from_secs(15), async || stage(&other).await == "acquainted").await;
}

#[tokio::test]
async fn a_slow_network_within_the_bound_makes_nobody_a_stranger() {
    let server = Server::start(&[]);
    let (one, other, wire) = two(&server).await;
    wire.set(Does::Delays(Duration::from_millis(200)));
    sleep(BOUND + Duration::from_millis(500)).await;
    assert_eq!(stage(&other).await, "trusted");
    limit(&one, "acquainted").await;
    until("the limit acts", BOUND + BUSY, async || stage(&other).await == "acquainted").await;
}

#[tokio::test]
async fn a_server_that_dies_makes_everybody_a_stranger_until_it_is_back() {
    let mut server = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let (one, other, _wire) = two(&server).await;
    server.kill();
    sleep(BOUND + Duration::from_millis(500)).await;
    for house in [&one, &other] {
        for who in [
            anna("/recommendations"),
            with_token("/recommendations", &token("ben", "record personalization", serde_json::Value::Null)),
        ] {
            shows_nothing(&house.ask(who).await, "the server is dead");
        }
    }
    server.start_again();
    for house in [&one, &other] {
        until("it is heard again", Duration::from_secs(15), async || stage(house).await == "trusted").await;
    }
}

#[tokio::test]
async fn a_node_that_starts_without_its_store_serves_strangers_and_then_everybody() {
    let mut server = Server::start(&["--appendonly", "yes"]);
    let (one, _other, _wire) = two(&server).await;
    drop(one);
    server.kill();
    let store = tower_rapport::store::Redis::open(servers::settings(&server.url(), Default::default())).unwrap();
    let house = House::of(POLICY, store);
    shows_nothing(&house.ask(anna("/recommendations")).await, "the store is down at the start");
    server.start_again();
    until("it is heard", Duration::from_secs(15), async || stage(&house).await == "trusted").await;
}

#[tokio::test]
async fn whoever_is_evicted_is_a_stranger_and_whoever_is_deleted_by_hand_too() {
    let server = Server::start(&[]);
    let (one, other, _wire) = two(&server).await;
    server.cli(&["CONFIG", "SET", "maxmemory-policy", "volatile-random"]);
    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    // Anything that writes makes the server look for what it can let go of.
    server.cli(&["SET", "something", "else"]);
    for house in [&one, &other] {
        until("she is a stranger", BOUND, async || stage(house).await == "new").await;
    }
    server.cli(&["CONFIG", "SET", "maxmemory", "0"]);
    one.know(SUBJECT, "trusted").await;
    until("she is known", BUSY, async || stage(&other).await == "trusted").await;
    server.cli(&["FLUSHALL"]);
    until("she is a stranger again", BOUND, async || stage(&other).await == "new").await;
}

#[tokio::test]
async fn a_refusal_is_not_evicted() {
    let server = Server::start(&[]);
    let (one, other, _wire) = two(&server).await;
    limit(&one, "acquainted").await;
    server.cli(&["CONFIG", "SET", "maxmemory-policy", "volatile-random"]);
    server.cli(&["CONFIG", "SET", "maxmemory", "1"]);
    assert!(server.cli(&["SET", "something", "else"]).contains("OOM"), "nothing can be let go of");
    until("the limit stands", BUSY, async || stage(&other).await == "acquainted").await;
}

#[tokio::test]
async fn the_operator_is_told_once() {
    let operator = Operator::watch();
    let mut server = Server::start(&[]);
    let house = house_at(&server.url()).await;
    server.kill();
    sleep(BOUND + Duration::from_secs(1)).await;
    for _ in 0..20 {
        house
            .ask(
                Request::builder()
                    .uri("/recommendations")
                    .header("authorization", format!("Bearer {}", token(SUBJECT, "record", serde_json::Value::Null))),
            )
            .await;
        sleep(Duration::from_millis(20)).await;
    }
    let said = operator.log().matches("has not been heard for too long: every customer").count();
    assert_eq!(said, 1, "{}", operator.log());
    operator.counted("rapport_store_silences_total{} 1");
    operator.counted(r#"rapport_store_troubles_total{cause="unheard"} 20"#);
    server.start_again();
    until("it says so", Duration::from_secs(15), async || operator.log().contains("the store is heard again")).await;
}
