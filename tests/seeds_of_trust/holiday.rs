//! The holiday searched once, which follows a person everywhere.
//!
//! Lena has come to a department store for some weeks. One evening she looks for flights to Mallorca for a friend. From
//! then on the recommender has little else to offer.

use super::story::*;

/// Eight of ten are about one evening.
const WOULD_SEE: [Item; 8] = [
    item("flight", "observed", "mallorca", SEARCHED),
    item("hotel", "observed", "mallorca", SEARCHED),
    item("suitcase", "observed", "mallorca", SEARCHED),
    item("sunscreen", "observed", "mallorca", SEARCHED),
    item("guide", "observed", "mallorca", SEARCHED),
    item("towel", "observed", "mallorca", SEARCHED),
    item("hat", "observed", "mallorca", SEARCHED),
    item("snorkel", "observed", "mallorca", SEARCHED),
];
const SEARCHED: &str = "Because you searched for Mallorca";

const PAGES: [&str; 3] = ["/start", "/basket", "/articles/how-to-knit"];

#[tokio::test(start_paused = true)]
async fn the_holiday_searched_once_does_not_follow_a_person_everywhere() {
    let most = "per_topic = { acquainted = 1, familiar = 2 }";
    for (policy, as_acquaintance, as_familiar) in [(POLICY.to_owned(), 1, 2), (but(POLICY, most, ""), 3, 7)] {
        let lena = Story::of("Lena", &policy);
        lena.becomes_acquainted().await.sees_about("mallorca", 0);
        lena.would_see(&WOULD_SEE);
        for page in PAGES {
            lena.opens(page).await.at("acquainted").sees_about("mallorca", as_acquaintance);
        }
        lena.days_pass(8);
        lena.comes(6, 8, 2).await;
        for page in PAGES {
            lena.opens(page).await.at("familiar").sees_about("mallorca", as_familiar);
        }
    }
}

/// The same evening, but somewhere else: a travel site told the store.
const WAS_TOLD: [Item; 3] = [
    item("flight", "third_party", "mallorca", TOLD),
    item("hotel", "third_party", "resorts", TOLD),
    item("suitcase", "third_party", "luggage", TOLD),
];
const TOLD: &str = "Because you looked at Mallorca on holidays.example";

#[tokio::test(start_paused = true)]
async fn what_another_site_told_is_not_used_unless_she_agreed_to_that() {
    let mut lena = Story::of("Lena", POLICY);
    lena.would_see(&WAS_TOLD);
    lena.becomes_trusted().await.is_spared("flight").is_spared("hotel").is_spared("Mallorca").sees("socks");
    lena.agrees_to("record personalization cross_context");
    lena.visits().await.at("trusted").sees("flight").sees("hotel").sees(TOLD);
    lena.opts_out();
    lena.visits().await.at("trusted").is_spared("flight").is_spared("hotel").is_spared("Mallorca").sees("socks");

    let policy = but(POLICY, r#"purpose = "cross_context""#, r#"purpose = "personalization""#);
    let mut lena = Story::of("Lena", &policy);
    lena.would_see(&WAS_TOLD);
    lena.becomes_trusted().await.sees("flight").sees("hotel").sees(TOLD);
    lena.opts_out();
    lena.visits().await.at("trusted").sees("flight").sees("hotel").sees(TOLD);
}

#[tokio::test(start_paused = true)]
async fn what_another_site_told_waits_until_she_trusts_the_shop() {
    let (waits, at_once) = (r#""cross_context", from = "trusted""#, r#""cross_context", from = "acquainted""#);
    for (policy, is_spared) in [(POLICY.to_owned(), true), (but(POLICY, waits, at_once), false)] {
        let mut lena = Story::of("Lena", &policy);
        lena.agrees_to("record personalization cross_context");
        lena.would_see(&WAS_TOLD);
        for page in [lena.becomes_acquainted().await, lena.comes(7, 8, 2).await.at("familiar")] {
            if is_spared {
                page.is_spared("flight").is_spared("Mallorca")
            } else {
                page.sees("flight")
            };
        }
    }
}
