//! A handler that records a purchase itself and knows that it is kept, and a complaint that takes a stage.
//! `cargo run --example events`

mod anna;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::State,
    routing::{get, post},
};
use http::{Method, StatusCode, request::Parts};
use serde_json::{Value, json};
use tower::{BoxError, Layer};
use tower_rapport::{EventErrorKind, Events, RapportLayer, policy::Policy, store::Memory};

async fn recommendations() -> Json<Value> {
    Json(json!({ "customer": { "first_name": "Anna" }, "items": [{ "id": 1, "reason": "You bought boots" }] }))
}

/// An order has a number, so it counts once, however often the handler is called with it.
async fn checkout(State(events): State<Events>, head: Parts) -> StatusCode {
    let Some(customer) = events.customer_of(&head) else { return StatusCode::CREATED };
    let order = head.uri.query().unwrap_or_default();
    match events.record_once(&customer, "purchase", order).await {
        Ok(()) => StatusCode::CREATED, // in a durable store it survives `kill -9`
        Err(error) if error.kind() == EventErrorKind::NotAgreed => StatusCode::CREATED, // and nothing is remembered
        Err(_) => StatusCode::ACCEPTED, // it may be told of again
    }
}

/// `complaint` takes a stage by default; `[[relationship.events]]` of a policy says so of others.
async fn complaints(State(events): State<Events>, head: Parts) -> StatusCode {
    let Some(customer) = events.customer_of(&head) else { return StatusCode::CREATED };
    match events.record(&customer, "complaint").await {
        Ok(()) => StatusCode::CREATED,
        Err(_) => StatusCode::ACCEPTED,
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let policy = Policy::from_toml("config/minimal.toml", include_str!("../config/minimal.toml"), anna::secret)?;
    let calendar = anna::Calendar::default();
    let layer = RapportLayer::new(policy, Arc::new(Memory::new()))?.with_clock(calendar.clone());
    let router = Router::new()
        .route("/recommendations", get(recommendations))
        .route("/checkout", post(checkout))
        .route("/complaints", post(complaints));
    let app = Router::new().fallback_service(layer.layer(router.with_state(layer.events())));

    let shows = async || anna::answer(&app, Method::GET, "/recommendations").await;

    println!("a stranger:       {}", shows().await?);
    for _ in 0..9 {
        shows().await?;
        anna::answer(&app, Method::POST, "/checkout?order-1").await?; // as a form that is sent again
        calendar.turn(7);
    }
    println!("with one order:   {}", shows().await?); // a regular has two
    anna::answer(&app, Method::POST, "/checkout?order-2").await?;
    println!("a regular:        {}", shows().await?);
    anna::answer(&app, Method::POST, "/complaints").await?;
    println!("who complained:   {}", shows().await?);
    Ok(())
}
