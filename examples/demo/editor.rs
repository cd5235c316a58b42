//! The policy in an editor on the page: what is written there is checked as `rapport check` does, and put in force while the
//! shop is open.

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde_json::{Value, json};
use tower_rapport::policy::{Diagnostics, Mode};

use crate::{
    controls::Demo,
    world::{Refused, policy},
};

/// `/demo/policy`: the text in force, another one, and whether another one could be put in force.
pub(crate) fn router() -> Router<Demo> {
    Router::new().route("/demo/policy", get(in_force).put(put_in_force)).route("/demo/policy/check", post(check))
}

async fn in_force(State(demo): State<Demo>) -> Json<Value> {
    let world = demo.world();
    let observes = world.layer.policy().mode() == Mode::Observe;
    Json(json!({ "text": world.policy(), "observes": observes, "policy": world.layer.policy().fingerprint() }))
}

async fn put_in_force(State(demo): State<Demo>, text: String) -> Response {
    match demo.world().put_in_force(text) {
        Ok(()) => in_force(State(demo)).await.into_response(),
        Err(Refused::Wrong(found)) => findings(&found),
        Err(Refused::ForNow(why)) => {
            (StatusCode::UNPROCESSABLE_ENTITY, Json(json!([{ "message": why.to_string() }]))).into_response()
        }
    }
}

async fn check(text: String) -> Response {
    match policy(&text) {
        Ok(policy) => Json(told(policy.warnings())).into_response(),
        Err(found) => findings(&found),
    }
}

fn findings(found: &Diagnostics) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Json(told(found))).into_response()
}

fn told(found: &Diagnostics) -> Value {
    let told = found.iter().map(|finding| {
        json!({
            "line": finding.line,
            "column": finding.column,
            "key": finding.key,
            "message": finding.message,
            "remedy": finding.remedy,
        })
    });
    told.collect()
}
