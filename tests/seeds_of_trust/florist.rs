//! The florist and the bereaved family.
//!
//! The Webers have bought flowers for a year. In December they ordered a funeral wreath. A year later, to the week, the
//! recommender remembers.

use super::story::*;

/// They did it here, and it is about what hurts.
const WREATH: Item = item("wreath", "observed", "Bereavement ", "A year ago you ordered a funeral wreath");
/// A broker sold it, and what it is about does not show it.
const FRAME: Item = item("frame", "third_party", "photographs", "For those who have lost somebody");
/// The shop itself says from what kind of data it comes.
const LETTERS: Item = item("letters", "special_category", "stationery", "For the anniversary of a death");

const REMEMBERS: [Item; 3] = [WREATH, FRAME, LETTERS];

/// A year of flowers, one order of them in December; and a year later the shop remembers.
async fn a_year_later(policy: &str, agrees_to: &'static str) -> Page {
    let mut webers = Story::of("Weber", policy);
    webers.agrees_to(agrees_to);
    webers.visits().await;
    webers.on("2026-12-07");
    webers.buys().await;
    webers.on("2026-12-12");
    webers.comes(19, 19, 4).await;
    webers.on("2027-12-06");
    webers.would_see(&REMEMBERS);
    webers.visits().await.at("trusted")
}

#[tokio::test(start_paused = true)]
async fn the_anniversary_of_a_funeral_does_not_come_back() {
    let page = a_year_later(POLICY, "record personalization").await.sees("socks").sees("Weber");
    page.is_spared_each(&REMEMBERS).is_spared("funeral").is_spared("ereavement");

    // Each mechanism spares the family what no other one does.
    let purpose = |name: &str| {
        let of_what_they_did = r#"purpose = "personalization", from = "acquainted""#;
        but(POLICY, &format!(r#"purpose = "{name}", from = "trusted""#), of_what_they_did)
    };
    for (policy, comes_back, is_spared) in [
        (without("quiet"), &[WREATH][..], &[FRAME, LETTERS][..]),
        (purpose("cross_context"), &[FRAME], &[WREATH, LETTERS]),
        // A quiet topic has this class too.
        (purpose("special_category"), &[WREATH, LETTERS], &[FRAME]),
    ] {
        let page = a_year_later(&policy, "record personalization").await;
        page.sees_each(comes_back).is_spared_each(is_spared);
    }
}

#[tokio::test(start_paused = true)]
async fn each_of_it_comes_only_with_the_purposes_that_it_is_for() {
    for (agrees_to, comes, is_spared) in [
        ("record personalization special_category", &[WREATH, LETTERS][..], &[FRAME][..]),
        ("record personalization cross_context", &[FRAME], &[WREATH, LETTERS]),
        ("record personalization cross_context special_category", &REMEMBERS, &[]),
    ] {
        a_year_later(POLICY, agrees_to).await.sees_each(comes).is_spared_each(is_spared);
    }
    // What they did here needs both: it is quiet, and it is what they did.
    let page = a_year_later(POLICY, "record special_category").await;
    page.sees("letters").is_spared_each(&[WREATH, FRAME]);
}

#[tokio::test(start_paused = true)]
async fn nor_does_it_come_before_there_is_trust_whatever_was_agreed_to() {
    let mut webers = Story::of("Weber", POLICY);
    webers.agrees_to("record personalization cross_context special_category");
    webers.would_see(&REMEMBERS);
    webers.becomes_familiar().await.sees("socks").is_spared_each(&REMEMBERS);
    webers.days_pass(20);
    webers.comes(17, 20, 3).await.at("trusted").sees_each(&REMEMBERS);

    let earlier = but(POLICY, r#""special_category", from = "trusted""#, r#""special_category", from = "familiar""#);
    let mut webers = Story::of("Weber", &earlier);
    webers.agrees_to("record personalization cross_context special_category");
    webers.would_see(&REMEMBERS);
    webers.becomes_familiar().await.sees_each(&[WREATH, LETTERS]).is_spared_each(&[FRAME]);
}
