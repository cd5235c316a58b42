//! The one who comes back after a year.
//!
//! Tom came every other month for three years. Then he looked at cradles, and did not come for a year. What has
//! been since, the shop does not know.

use super::story::*;

const WOULD_SEE: [Item; 1] = [item("cradle", "observed", "cradles", LOOKED)];
const LOOKED: &str = "Because you looked at cradles";

async fn comes_back(policy: &str) -> (Story, Page) {
    let tom = Story::of("Tom", policy);
    tom.would_see(&WOULD_SEE);
    tom.comes(20, 60, 5).await.at("trusted").sees_it_said("cradle", LOOKED).sees("Tom").is_personal_in(10);
    tom.days_pass(365);
    let page = tom.visits().await;
    (tom, page)
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_after_a_year_is_less_familiar_and_climbs_again() {
    let (tom, page) = comes_back(POLICY).await;
    // Half a year is long for him: twice that, two stages.
    let page = page.at("acquainted").because("cooled").is_personal_in(3);
    page.sees_it_said("cradle", "You may like this").is_spared(LOOKED).is_spared("Tom");
    tom.days_pass(6);
    tom.visits().await.at("acquainted").because("pace").is_spared(LOOKED);
    tom.days_pass(1);
    tom.visits().await.at("familiar").is_personal_in(7).sees(LOOKED).sees("Tom");
    tom.days_pass(7);
    tom.visits().await.at("trusted").is_personal_in(10);
}

#[tokio::test(start_paused = true)]
async fn somebody_who_came_more_often_is_a_stranger_after_a_year() {
    let tom = Story::of("Tom", POLICY);
    tom.would_see(&WOULD_SEE);
    tom.becomes_trusted().await;
    tom.days_pass(365);
    tom.visits().await.at("new").because("cooled").is_anybodys().is_spared("cradle").is_spared("Tom");
}

#[tokio::test(start_paused = true)]
async fn without_cooling_the_shop_goes_on_where_it_was_a_year_ago() {
    let (_, page) = comes_back(&but(POLICY, r#"after = "90d""#, r#"after = "3650d""#)).await;
    page.at("trusted").sees_it_said("cradle", LOOKED).sees("Tom").is_personal_in(10);
}
