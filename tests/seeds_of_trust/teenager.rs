//! The teenager.
//!
//! Mia is sixteen when she first comes. She comes often enough for the shop to trust her, and the shop has drawn its
//! conclusions.

use serde_json::json;

use super::story::*;

const CONCLUDED: [Item; 3] = [
    item("diet-tea", "inferred", "slimming", "Because you would like to be thinner"),
    item("corset", "inferred", "corsets", "Because of your size"),
    item("love-letters", "inferred", "romance", "Because you read about heartbreak"),
];

async fn mia(policy: &str, born: &str) -> Story {
    let mut mia = Story::of("Mia", policy);
    mia.token_says(json!({"birthdate": born}));
    mia.would_see(&CONCLUDED);
    mia.comes(20, 20, 5).await;
    mia
}

fn spared(page: Page) {
    page.at("acquainted").because("minor").is_personal_in(3).is_spared("Mia").is_spared_each(&CONCLUDED);
}

fn not_spared(page: Page) {
    page.at("trusted").is_personal_in(10).sees("Mia").sees_each(&CONCLUDED);
}

#[tokio::test(start_paused = true)]
async fn a_teenager_stays_an_acquaintance_until_she_is_of_age() {
    let mia = mia(POLICY, "2010-01-15").await;
    spared(mia.visits().await);
    mia.on("2028-01-14");
    spared(mia.visits().await);
    mia.on("2028-01-15");
    not_spared(mia.visits().await);
    mia.on("2028-01-16");
    not_spared(mia.visits().await);
}

#[tokio::test(start_paused = true)]
async fn with_only_a_year_of_birth_she_is_of_age_on_its_last_day() {
    let mia = mia(POLICY, "2010").await;
    mia.on("2028-01-16");
    spared(mia.visits().await);
    for visits in ["2028-03-01", "2028-05-01", "2028-07-01", "2028-09-01", "2028-11-01"] {
        mia.on(visits);
        spared(mia.visits().await);
    }
    mia.on("2028-12-30");
    spared(mia.visits().await);
    mia.on("2028-12-31");
    not_spared(mia.visits().await);
}

#[tokio::test(start_paused = true)]
async fn with_a_cap_that_allows_all_a_shop_trusts_a_child_with_what_it_thinks_of_her() {
    let policy = but(POLICY, r#"under = 18, stage = "acquainted""#, r#"under = 18, stage = "trusted""#);
    not_spared(mia(&policy, "2010-01-15").await.visits().await);
}
