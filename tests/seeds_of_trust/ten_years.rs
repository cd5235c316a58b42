//! The customer of ten years on the first day of the layer.
//!
//! Grace has bought from the shop since 2016. On the day that the layer is put in front of it, it has seen nobody yet.

use serde_json::json;

use super::story::*;

/// Grace, with a token that tells of her account.
fn grace(policy: &str) -> Story {
    let mut grace = Story::of("Grace", policy);
    grace.token_says(json!({"registered_at": "2016-03-01T09:00:00Z"}));
    grace
}

/// Ten days in a row, two purchases, and the stage of each day.
async fn ten_days(grace: &Story, stages: [&str; 10]) {
    for (day, stage) in stages.into_iter().enumerate() {
        if day == 3 || day == 4 {
            grace.buys().await;
        }
        grace.visits().await.at(stage);
        grace.days_pass(1);
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_word_from_before_she_is_a_stranger_and_waits_as_one() {
    let grace = grace(&without("known_since"));
    grace.visits().await.is_anybodys().is_spared("Grace");
    let [new, acquainted] = ["new", "acquainted"];
    ten_days(&grace, [new, new, new, new, new, new, new, acquainted, acquainted, acquainted]).await;
}

#[tokio::test(start_paused = true)]
async fn the_day_of_her_account_saves_the_waiting_and_no_visit() {
    let grace = grace(POLICY);
    grace.visits().await.is_anybodys().is_spared("Grace");
    let [new, acquainted, familiar] = ["new", "acquainted", "familiar"];
    let ten = [new, new, acquainted, acquainted, acquainted, acquainted, acquainted, acquainted, acquainted, familiar];
    ten_days(&grace, ten).await;
    grace.visits().await.at("familiar").sees("Grace").is_personal_in(7);
}

#[cfg(all(feature = "cli", feature = "embedded"))]
#[tokio::test]
async fn with_her_history_she_is_known_at_once() {
    use std::fs;

    use jiff::Timestamp;
    use tower_rapport::{clock::Clock, store::Embedded};

    use crate::{
        binary::{days_ago, rapport, run, said},
        house::secrets,
    };

    let folder = tempfile::tempdir().unwrap();
    let store = "\n[store]\nembedded = { path = \"rapport.redb\" }\ndecide_within = \"10s\"\n";
    let policy = format!("{}{store}", without("known_since"));
    let config = folder.path().join("rapport.toml");
    fs::write(&config, &policy).unwrap();
    // Every second month of ten years, and four purchases.
    let visits = (0..60).map(|n| format!("Grace,{},visit\n", days_ago(3650 - 60 * n)));
    let purchases = [3000, 2000, 1000, 300].map(|n| format!("Grace,{},purchase\n", days_ago(n)));
    let csv: String = ["customer,time,event\n".to_owned()].into_iter().chain(visits).chain(purchases).collect();
    let mut import = rapport();
    for name in ["PSEUDONYM", "JWT"] {
        import.env(name, secrets(name).unwrap());
    }
    let output = run(import.arg("import").arg("--config").arg(&config).arg("-"), &csv);
    assert_eq!(said(&output), ("imported 64 events of 1 customer\n".to_owned(), String::new()));

    for (imported, stage, places) in [(true, "familiar", 7), (false, "new", 0)] {
        let file = if imported { "rapport.redb" } else { "another.redb" };
        let grace = Story::kept_in(Embedded::open(folder.path().join(file)).unwrap(), "Grace", &policy);
        // What was imported ended lately, on a real calendar.
        let behind = Timestamp::now().duration_since(grace.house.clock.now()).as_hours();
        grace.days_pass(behind.div_euclid(24));
        let page = grace.visits().await.at(stage).is_personal_in(places);
        if imported {
            page.sees("Grace")
        } else {
            page.is_anybodys().is_spared("Grace")
        };
    }
}
