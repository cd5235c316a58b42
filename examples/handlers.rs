//! A handler that reads the layer's decision and does its work accordingly: what may not be said need not be worked out.
//! `cargo run --example handlers`
//!
//! The layer shapes the answer all the same. A handler that looks into the decision saves itself work, or finds better
//! words than a rule can; it cannot say more than the policy allows.

mod anna;

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::State,
    routing::{get, post},
};
use http::Method;
use serde_json::{Value, json};
use tower::{BoxError, Layer};
use tower_rapport::{
    RapportLayer,
    decision::{Decision, Limit},
    policy::Policy,
    store::Memory,
};

/// The decision stands in the extensions of every request to an endpoint of the policy.
async fn recommendations(State(layer): State<RapportLayer>, Extension(decision): Extension<Decision>) -> Json<Value> {
    let limits: Vec<_> = decision.limits.iter().map(Limit::word).collect();
    println!("decided:    {}, held back by {limits:?}", decision.stage_name);

    let policy = layer.policy(); // the one in force, also after a reload
    let rules = policy.rules();
    let is_familiar = rules.ladder.stage("familiar").is_some_and(|familiar| decision.stage >= familiar);
    let may_personalize = decision.granted.contains(rules.purposes.set_of("personalization"));
    if is_familiar && may_personalize {
        Json(json!({ "greeting": "Good to see you again", "items": chosen_for_her().await }))
    } else {
        Json(json!({ "greeting": "Welcome", "items": [{ "id": 7 }] }))
    }
}

/// In a real shop, the expensive part.
async fn chosen_for_her() -> Value {
    json!([{ "id": 1, "reason": "You bought boots" }])
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let policy = Policy::from_toml("config/minimal.toml", include_str!("../config/minimal.toml"), anna::secret)?;
    let calendar = anna::Calendar::default();
    let layer = RapportLayer::new(policy, Arc::new(Memory::new()))?.with_clock(calendar.clone());
    let checkout = async || [("personalization-event", "purchase")];
    let router = Router::new().route("/recommendations", get(recommendations)).route("/checkout", post(checkout));
    let app = Router::new().fallback_service(layer.layer(router.with_state(layer.clone())));

    println!("a stranger: {}", anna::answer(&app, Method::GET, "/recommendations").await?);
    anna::becomes_a_regular(&app, &calendar).await?;
    println!("a regular:  {}", anna::answer(&app, Method::GET, "/recommendations").await?);
    Ok(())
}
