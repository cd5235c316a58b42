//! What the page looks at without being there: how somebody came to their stage, and what the shop answers them today.

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{HeaderMap, StatusCode, header};
use tower_rapport::{clock::Clock, relationship::Day};

use crate::{controls::Demo, diary::Step, door::signalled, session::Session, world::World};

/// `/demo/climb/{person}` and `/demo/as/{person}`.
pub(crate) fn router() -> Router<Demo> {
    Router::new().route("/demo/climb/{person}", get(climb)).route("/demo/as/{person}", get(answer))
}

async fn climb(State(demo): State<Demo>, Path(person): Path<String>) -> Json<Vec<Step>> {
    let world = demo.world();
    Json(world.diary.climb(&person, Day::of(world.clock.now())))
}

/// The answer through the layer, as somebody's own browser would get it. Looking is no visit: it is asked for as a browser
/// fetches ahead.
async fn answer(State(demo): State<Demo>, Path(person): Path<String>, request: Request) -> Response {
    let world = demo.world();
    let Some(cookie) = session(&world, &person, request.headers()).and_then(|session| session.cookie()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let asked =
        Request::builder().uri("/recommendations").header("sec-purpose", "prefetch").header(header::COOKIE, cookie);
    match asked.body(Body::empty()) {
        Ok(mut asked) => {
            if let Some(signal) = signalled(request).headers().get("sec-gpc") {
                asked.headers_mut().insert("sec-gpc", signal.clone());
            }
            world.ask(asked).await
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// One's own session with what is agreed to in it; anybody else's with what they agreed to at the beginning.
fn session(world: &World, person: &str, headers: &HeaderMap) -> Option<Session> {
    let own = Session::read(headers).filter(|session| session.sub == person);
    own.or_else(|| {
        let file = world.shop.file(person)?;
        Some(Session::of(&file.person, &world.clock, &file.person.consent))
    })
}
