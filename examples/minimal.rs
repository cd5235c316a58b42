//! An axum router behind the layer: what it answers Anna when she is new, and when she is a regular.
//! `cargo run --example minimal`
//!
//! Nothing listens here: requests are handed to the application, as tests of your own may do. A program serves it with
//! `axum::serve(listener, app)`.

mod anna;

use std::sync::Arc;

use axum::{
    Json, Router,
    response::IntoResponse,
    routing::{get, post},
};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tower::{BoxError, Layer};
use tower_rapport::{RapportLayer, policy::Policy, store::Memory};

/// The service knows everything and says it to anybody who asks.
async fn recommendations() -> Json<Value> {
    Json(json!({ "customer": { "first_name": "Anna" }, "items": [{ "id": 1, "reason": "You bought boots" }] }))
}

/// An answer that tells the layer of a purchase. The header does not leave.
async fn checkout() -> impl IntoResponse {
    (StatusCode::CREATED, [("personalization-event", "purchase")])
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    // `Policy::from_file` takes secrets from the environment, and `RapportLayer::open` the store that the policy names.
    let policy = Policy::from_toml("config/minimal.toml", include_str!("../config/minimal.toml"), anna::secret)?;
    let calendar = anna::Calendar::default();
    let layer = RapportLayer::new(policy, Arc::new(Memory::new()))?.with_clock(calendar.clone());

    let router = Router::new().route("/recommendations", get(recommendations)).route("/checkout", post(checkout));
    let app = Router::new().fallback_service(layer.layer(router)); // around the whole router

    println!("a stranger: {}", anna::answer(&app, Method::GET, "/recommendations").await?);
    anna::becomes_a_regular(&app, &calendar).await?;
    println!("a regular:  {}", anna::answer(&app, Method::GET, "/recommendations").await?);
    Ok(())
}
