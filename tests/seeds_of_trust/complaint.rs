//! The customer who complains.
//!
//! Samira is on familiar terms with the shop when a vase arrives broken. She complains in the morning. In the afternoon
//! she looks in, and is in no mood to be told why she would like another vase.

use super::story::*;

const WOULD_SEE: [Item; 1] = [item("vase", "observed", "vases", BOUGHT)];
const BOUGHT: &str = "Because you bought a vase";

/// Until the afternoon of the complaint.
async fn complains(policy: &str) -> (Story, Page) {
    let samira = Story::of("Samira", policy);
    samira.would_see(&WOULD_SEE);
    samira.becomes_familiar().await.sees_it_said("vase", BOUGHT).sees("Samira").is_personal_in(7);
    samira.days_pass(30);
    samira.visits().await.at("familiar");
    samira.complains().await;
    let afternoon = samira.visits().await;
    (samira, afternoon)
}

fn is_met_with_distance(page: Page) {
    let page = page.at("acquainted").because("taken").because("pace").is_personal_in(3);
    page.sees_it_said("vase", "You may like this").is_spared("Samira").is_spared(BOUGHT);
}

fn is_met_as_if_nothing_had_been(page: Page) {
    page.at("familiar").sees_it_said("vase", BOUGHT).sees("Samira").is_personal_in(7);
}

#[tokio::test(start_paused = true)]
async fn who_complains_is_met_with_distance_at_once_and_for_a_while() {
    let (samira, afternoon) = complains(POLICY).await;
    is_met_with_distance(afternoon);
    for _ in 1..7 {
        samira.days_pass(1);
        is_met_with_distance(samira.visits().await);
    }
    samira.days_pass(1);
    is_met_as_if_nothing_had_been(samira.visits().await);
}

#[tokio::test(start_paused = true)]
async fn who_complains_again_while_waiting_waits_anew() {
    let (samira, _) = complains(POLICY).await;
    samira.days_pass(6);
    samira.complains().await;
    samira.visits().await.at("new").is_anybodys();
    samira.days_pass(6);
    samira.visits().await.at("new").is_anybodys();
    samira.days_pass(1);
    samira.visits().await.at("acquainted");
    samira.days_pass(7);
    is_met_as_if_nothing_had_been(samira.visits().await);
}

#[tokio::test(start_paused = true)]
async fn without_the_stage_that_it_takes_a_complaint_is_not_heard() {
    let (_, afternoon) = complains(&without("takes_stages")).await;
    is_met_as_if_nothing_had_been(afternoon);
}

#[tokio::test(start_paused = true)]
async fn without_the_pace_all_is_forgotten_overnight() {
    let (samira, afternoon) = complains(&but(POLICY, r#"pace  = "7d""#, r#"pace  = "1d""#)).await;
    is_met_with_distance(afternoon);
    samira.days_pass(1);
    is_met_as_if_nothing_had_been(samira.visits().await);
}
