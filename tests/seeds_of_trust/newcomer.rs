//! The newcomer about whom much was bought in.
//!
//! Jonas opens an account and clicks all consents away. A broker has sold the shop what it knows of him.

use super::story::*;

const BOUGHT_IN: [Item; 3] = [
    item("divorce-guide", "third_party", "law", "For those who live apart"),
    item("loan", "third_party", "money", "For those in your street"),
    item("hair-tonic", "third_party", "hair", "For men of your age"),
];

async fn first_visit(policy: &str) -> Page {
    let mut jonas = Story::of("Jonas", policy);
    jonas.agrees_to("record personalization cross_context special_category");
    jonas.would_see(&BOUGHT_IN);
    jonas.visits().await.at("new")
}

/// Personal from the first day on, all of it.
fn sharing(policy: &str) -> String {
    but(policy, "new = 0.0, acquainted = 0.3, familiar = 0.7", "new = 1.0")
}

/// What comes from elsewhere waits for no trust.
fn opening(policy: &str) -> String {
    but(policy, r#"purpose = "cross_context", from = "trusted""#, r#"purpose = "cross_context", from = "new""#)
}

#[tokio::test(start_paused = true)]
async fn a_newcomer_is_a_newcomer_whatever_was_bought_in() {
    first_visit(POLICY).await.is_anybodys().is_spared_each(&BOUGHT_IN).is_spared("Jonas");

    // A limit by topic, which is none on the first day, would be a mechanism more.
    let policy = without("per_topic");
    let spared = |page: Page| page.is_spared_each(&BOUGHT_IN).is_spared("Jonas");
    spared(first_visit(&policy).await.is_anybodys());
    // Without the share of 0 the shop learns who comes; what was bought in is still for those who trust it.
    spared(first_visit(&sharing(&policy)).await.is_known_to_the_shop());
    // Without the stage of its class there is still the share of 0, and nobody asks for Jonas.
    spared(first_visit(&opening(&policy)).await.is_anybodys());
    // Without both, Jonas meets the broker's Jonas on the first day.
    let page = first_visit(&opening(&sharing(&policy))).await.is_known_to_the_shop();
    page.sees("divorce-guide").sees("loan").sees("hair-tonic").is_personal_in(3);
}

#[tokio::test(start_paused = true)]
async fn a_newcomer_is_not_called_by_name() {
    // Where the shop learns who comes, the name is a matter of its own.
    let policy = sharing(&without("per_topic"));
    first_visit(&policy).await.is_known_to_the_shop().is_spared("Jonas");
    let by_name = but(&policy, r#"new = "null", familiar = "keep""#, r#"new = "keep""#);
    first_visit(&by_name).await.is_known_to_the_shop().sees("Jonas");
}
