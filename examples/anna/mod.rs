//! Anna, who asks in these examples: her token, her requests, and the weeks in which she becomes a regular.

#![allow(dead_code, reason = "each example takes what it needs")]

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use axum::{
    Json, Router,
    body::Body,
    routing::{get, post},
};
use http::{Method, Request, request};
use http_body_util::BodyExt;
use jiff::Timestamp;
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;
use tower::{BoxError, Layer, ServiceExt};
use tower_rapport::{RapportLayer, clock::Clock};

/// A policy's secret of this name. A shop takes them from its vault.
pub(crate) fn secret(name: &str) -> Option<String> {
    Some(format!("{name}, of 32 bytes at the least"))
}

/// A request of hers, with her token. A shop's login makes such tokens.
pub(crate) fn asks(method: Method, path: &str) -> Result<request::Builder, BoxError> {
    let claims = json!({
        "iss": "https://id.shop.example", "aud": "shop", "sub": "anna", "exp": 4_102_444_800_i64, // until 2100
        "consent": ["record", "personalization"],
    });
    let key = secret("RAPPORT_JWT_SECRET").unwrap_or_default();
    let token = encode(&Header::default(), &claims, &EncodingKey::from_secret(key.as_bytes()))?;
    Ok(Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}")))
}

/// The shop of the example `minimal`, behind a layer.
pub(crate) fn shop(layer: &RapportLayer) -> Router {
    let says = json!({ "customer": { "first_name": "Anna" }, "items": [{ "id": 1, "reason": "You bought boots" }] });
    let recommendations = get(async || Json(says));
    let checkout = post(async || [("personalization-event", "purchase")]);
    let router = Router::new().route("/recommendations", recommendations).route("/checkout", checkout);
    Router::new().fallback_service(layer.layer(router))
}

/// What an application answers her.
pub(crate) async fn answer(app: &Router, method: Method, path: &str) -> Result<String, BoxError> {
    let response = app.clone().oneshot(asks(method, path)?.body(Body::empty())?).await?;
    Ok(String::from_utf8(response.into_body().collect().await?.to_bytes().to_vec())?)
}

/// Ten weeks in which she comes every week and buys something: by then she is `familiar`.
pub(crate) async fn becomes_a_regular(app: &Router, calendar: &Calendar) -> Result<(), BoxError> {
    for _ in 0..10 {
        answer(app, Method::GET, "/recommendations").await?;
        answer(app, Method::POST, "/checkout").await?;
        calendar.turn(7);
    }
    Ok(())
}

/// A clock that stands still until days are turned. Without one the layer goes by the machine's.
#[derive(Clone, Default)]
pub(crate) struct Calendar(Arc<AtomicI64>);

impl Calendar {
    pub(crate) fn turn(&self, days: i64) {
        self.0.fetch_add(days, Ordering::SeqCst);
    }
}

impl Clock for Calendar {
    fn now(&self) -> Timestamp {
        // 1 January 2026.
        Timestamp::from_second((20_454 + self.0.load(Ordering::SeqCst)) * 86_400).unwrap_or_default()
    }
}
