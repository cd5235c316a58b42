//! Using before saying.
//!
//! Nora looked at walking boots, and the shop has concluded that she goes to the mountains alone. What she did may be
//! used one stage before it may be said, and what was concluded only from the stage on that its class opens.

use super::story::*;

const WOULD_SEE: [Item; 2] =
    [item("boots", "observed", "walking", LOOKED), item("emergency-whistle", "inferred", "mountains", CONCLUDED)];
const LOOKED: &str = "Because you looked at walking boots on Tuesday";
const CONCLUDED: &str = "Because you go to the mountains alone";

/// The first visit, that of an acquaintance, and that of somebody familiar.
async fn nora(policy: &str) -> [Page; 3] {
    let nora = Story::of("Nora", policy);
    nora.would_see(&WOULD_SEE);
    let first = nora.visits().await.at("new");
    let acquainted = nora.becomes_acquainted().await;
    nora.days_pass(8);
    let familiar = nora.comes(6, 8, 2).await.at("familiar");
    [first, acquainted, familiar]
}

#[tokio::test(start_paused = true)]
async fn what_she_did_is_used_one_stage_before_it_is_said() {
    let [first, acquainted, familiar] = nora(POLICY).await;
    first.is_anybodys().is_spared("boots").is_spared("You may like this");
    acquainted.sees_it_said("boots", "You may like this").is_spared(LOOKED);
    familiar.sees_it_said("boots", LOOKED);

    // Without its steps a reason is said as soon as what she did may be used.
    let steps = r#"steps = { acquainted = { replace = "You may like this" }, familiar = "keep" }"#;
    let [first, acquainted, _] = nora(&but(POLICY, steps, "")).await;
    first.is_anybodys();
    acquainted.sees_it_said("boots", LOOKED);
}

#[tokio::test(start_paused = true)]
async fn what_was_concluded_is_used_from_the_stage_on_that_its_class_opens() {
    let [first, acquainted, familiar] = nora(POLICY).await;
    first.is_spared("whistle");
    acquainted.is_spared("whistle").is_spared(CONCLUDED).is_personal_in(3);
    familiar.sees_it_said("emergency-whistle", CONCLUDED);

    // Where the class opens a stage earlier, so does the choice, and nothing is said of it yet.
    let earlier = but(POLICY, r#"from = "familiar""#, r#"from = "acquainted""#);
    let [first, acquainted, _] = nora(&earlier).await;
    first.is_anybodys();
    acquainted.sees_it_said("emergency-whistle", "You may like this").is_spared(CONCLUDED);
}
