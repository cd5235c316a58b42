//! A policy that is changed while it is served: in force at once, whole or not at all, and nobody climbs faster for it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod house;

use house::*;
use http::Method;
use tower::ServiceExt;
use tower_rapport::policy::Policy;

fn policy(text: &str) -> Policy {
    Policy::from_toml("rapport.toml", text, secrets).unwrap_or_else(|found| panic!("{found}"))
}

/// The policy of the house with other stages.
fn with_stages(stages: &[(&str, &str)]) -> String {
    let mut text = POLICY.to_owned();
    for (name, needs) in stages {
        text += &format!("\n[[stages]]\nname = \"{name}\"\n{needs}\n");
    }
    text
}

/// Three active days are enough for everything.
fn lax() -> String {
    with_stages(&[
        ("new", ""),
        ("acquainted", "needs = { active_days = 3 }"),
        ("familiar", "needs = { active_days = 3 }"),
        ("trusted", "needs = { active_days = 3 }"),
    ])
}

/// The fingerprint of the policy that an answer was decided under.
fn decided_under(answer: &Answer) -> String {
    let told = answer.headers["personalization"].to_str().unwrap();
    told.split_once("policy=\"").unwrap().1.trim_end_matches('"').to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_new_policy_is_in_force_at_once_for_every_service_the_portal_and_events() {
    let house = House::new();
    house.know(SUBJECT, "familiar").await;
    let (service, portal, events) = (house.service(), house.layer.portal(), house.layer.events());
    let before = house.ask(anna("/recommendations")).await;
    assert!(before.stage() == "familiar" && before.body.contains("Anna"), "{}", before.body);

    let next = policy(&POLICY.replace("familiar = \"keep\"", "trusted = \"keep\"").replace("complaint", "objection"));
    let fingerprint = next.fingerprint().to_owned();
    house.layer.reload(next).unwrap();

    // Of a service that was made before.
    let after =
        Answer::read(service.oneshot(anna("/recommendations").body(String::new()).unwrap()).await.unwrap()).await;
    assert_eq!(after.stage(), "familiar", "what was known stays known");
    assert!(!after.body.contains("Anna"), "{}", after.body);
    assert_ne!(decided_under(&before), decided_under(&after));
    assert_eq!(decided_under(&after), fingerprint);
    let page = anybody("/policy").header("accept", "application/json").body(String::new()).unwrap();
    let page = portal.oneshot(page).await.unwrap();
    let page = String::from_utf8(http_body_util::BodyExt::collect(page.into_body()).await.unwrap().to_bytes().to_vec());
    assert!(page.unwrap().contains(&fingerprint));
    let anna = events.customer_of(&anna("/").body(()).unwrap().into_parts().0).unwrap();
    assert!(events.record(&anna, "complaint").await.is_err(), "the new policy has no such event");
    events.record(&anna, "objection").await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_request_under_way_ends_under_the_policy_that_it_began_with() {
    let house = House::new();
    house.know(SUBJECT, "familiar").await;
    let first = r#"{"customer": {"first_name": "Anna"}, "items": [{"id": 1, "reason": "Because", "price": 1}"#;
    house.streams([data(first), rests(1_000), data(r#", {"id": 2, "reason": "And because", "price": 2}]}"#)]);
    let under_way = tokio::spawn({
        let service = house.service();
        async move {
            Answer::read(service.oneshot(anna("/recommendations").body(String::new()).unwrap()).await.unwrap()).await
        }
    });
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    house.layer.reload(policy(&POLICY.replace("familiar = \"keep\"", "trusted = \"keep\""))).unwrap();
    let answer = under_way.await.unwrap();
    assert!(answer.body.contains("And because"), "{}", answer.body);
    assert!(!house.ask(anna("/recommendations")).await.body.contains("because"));
}

#[tokio::test(start_paused = true)]
async fn a_laxer_ladder_raises_nobody_faster_than_its_pace() {
    let house = House::new();
    for _ in 0..4 {
        assert_eq!(house.ask(anna("/recommendations")).await.stage(), "new");
        house.layer.flush().await;
        house.clock.travel(1);
    }
    house.layer.reload(policy(&lax())).unwrap();
    let mut stages = Vec::new();
    for _ in 0..20 {
        stages.push(house.ask(anna("/recommendations")).await.stage().to_owned());
        house.layer.flush().await;
        house.clock.travel(1);
    }
    let climbs: Vec<usize> = (1..20).filter(|day| stages[*day] != stages[day - 1]).collect();
    assert_eq!((stages[0].as_str(), climbs), ("acquainted", vec![7, 14]), "{stages:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stricter_ladder_takes_nothing_by_itself_and_a_stage_that_is_gone_is_the_lowest() {
    let house = House::new();
    house.know(SUBJECT, "familiar").await;
    let strict = [
        ("new", ""),
        ("acquainted", "needs = { known_for = \"900d\" }"),
        ("familiar", "needs = { known_for = \"9000d\" }"),
        ("trusted", "needs = { known_for = \"9000d\" }"),
    ];
    house.layer.reload(policy(&with_stages(&strict))).unwrap();
    assert_eq!(
        house.ask(anna("/recommendations")).await.stage(),
        "familiar",
        "gained is gained, until silence takes it"
    );
    let others = with_stages(&[("new", ""), ("regular", "needs = { active_days = 3 }")]);
    let others =
        others.split_once("[[endpoints]]").unwrap().0.to_owned() + others.split_once("\n[[stages]]").unwrap().1;
    let others = others.replacen("\nname = \"new\"", "\n[[stages]]\nname = \"new\"", 1)
        + "\n[data.observed]\npurpose = \"personalization\"\nfrom = \"regular\"\n[data.inferred]\npurpose = \"personalization\"\nfrom = \"regular\"\n\
           [data.third_party]\npurpose = \"cross_context\"\nfrom = \"regular\"\n[data.special_category]\npurpose = \"special_category\"\nfrom = \"regular\"\n\
           [caps]\nminor = { under = 18, stage = \"new\" }\n\
           [[endpoints]]\nname = \"recommendations\"\npath = \"/recommendations\"\n";
    house.layer.reload(policy(&others)).unwrap();
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "new", "there is no `familiar`");
    house.layer.reload(policy(POLICY)).unwrap();
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "familiar", "and now there is");
}

#[tokio::test(start_paused = true)]
async fn what_was_lowered_stays_lowered() {
    let house = House::new();
    house.know(SUBJECT, "trusted").await;
    let limit = anna("/rapport/me/limit").method(Method::PUT).header("content-type", "application/json");
    assert_eq!(house.ask_with(limit, r#"{"stage": "acquainted"}"#).await.status, 200);
    house.layer.reload(policy(&lax())).unwrap();
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "acquainted");
}

#[tokio::test(start_paused = true)]
async fn what_only_a_start_can_change_is_refused_whole() {
    let house = House::new();
    let before = house.layer.policy().fingerprint().to_owned();
    for (more, why) in [
        ("[store]\nmemory = {}\ncache = { relationships = 7 }", "`[store]` is another one"),
        ("[store]\nmemory = {}\nmax_staleness = \"9s\"", "`[store]` is another one"),
        ("[report]\ndecisions = \"tracing\"", "`report.decisions` is another one"),
    ] {
        let next = policy(&format!("{}\n{more}\n", POLICY.replace("familiar", "trusted")));
        let refused = house.layer.reload(next).unwrap_err().to_string();
        assert!(refused.contains(why), "{refused}");
        assert_eq!(house.layer.policy().fingerprint(), before);
    }
    let others =
        |name: &str| secrets(name).map(|secret| if name == "JWT" { secret } else { format!("another, {secret}") });
    let refused = house.layer.reload(Policy::from_toml("rapport.toml", POLICY, others).unwrap()).unwrap_err();
    assert!(refused.to_string().contains("`pseudonym_secret`"), "{refused}");
}

/// The portal that is mounted elsewhere, and the layer that leaves its paths alone: one policy for both.
#[tokio::test(start_paused = true)]
async fn a_reload_reaches_every_clone() {
    let house = House::new();
    let (portal, without) = (house.layer.portal(), house.layer.clone().without_portal());
    let next = policy(&POLICY.replace("familiar = \"keep\"", "trusted = \"keep\""));
    let fingerprint = next.fingerprint().to_owned();
    without.reload(next).unwrap();
    assert_eq!(house.layer.policy().fingerprint(), fingerprint);
    assert_eq!(decided_under(&house.ask(anna("/recommendations")).await), fingerprint);
    assert!(format!("{portal:?}").contains(&fingerprint));
}

#[tokio::test(start_paused = true)]
async fn what_was_said_before_a_reload_is_neither_said_again_nor_forgotten() {
    let (house, operator) = (House::new(), Operator::watch());
    house.answers(|_| {
        let answer = http::Response::builder().header("content-type", "application/json").header("age", "7");
        answer.body(Pieces::whole(PERSONAL))
    });
    house.ask(anna("/recommendations")).await;
    house.layer.reload(policy(&lax())).unwrap();
    house.ask(with_token("/recommendations", "a.b.c")).await;
    house.ask(anna("/recommendations")).await;
    assert!(!operator.log().contains("no token was good so far"), "one was good: {}", operator.log());
    assert_eq!(operator.log().matches("a cache behind this layer").count(), 1, "{}", operator.log());
}
