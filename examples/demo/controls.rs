//! What the page's controls do: become somebody, agree, travel, start over. All else on the page are plain requests to
//! the shop.

use std::{
    error::Error,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode, Uri, header};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    door::{framed_here, signalled},
    editor, onlooker,
    people::Person,
    session::Session,
    world::World,
};

/// The demo as a whole: a world, until somebody starts over.
#[derive(Clone)]
pub(crate) struct Demo {
    world: Arc<RwLock<Arc<World>>>,
    newcomers: Arc<AtomicUsize>,
}

impl Demo {
    pub(crate) async fn begin() -> Result<Self, Box<dyn Error + Send + Sync>> {
        let world = Arc::new(World::begin().await?);
        Ok(Self { world: Arc::new(RwLock::new(world)), newcomers: Arc::default() })
    }

    /// The controls under `/demo`; everything else goes to the shop, as its customers meet it.
    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/demo/state", get(state))
            .route("/demo/raw", get(raw))
            .route("/demo/at/{stage}", get(at_stage))
            .route("/demo/become", post(become_somebody))
            .route("/demo/consent", post(consent))
            .route("/demo/travel", post(travel))
            .route("/demo/restart", post(restart))
            .merge(editor::router())
            .merge(onlooker::router())
            .fallback(shop)
            .with_state(self)
    }

    pub(crate) fn world(&self) -> Arc<World> {
        Arc::clone(&self.world.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Asks the shop through the layer.
async fn shop(State(demo): State<Demo>, request: Request) -> Response {
    framed_here(demo.world().ask(signalled(request)).await)
}

/// What the same customer would get at a stage, if they had come so far.
async fn at_stage(State(demo): State<Demo>, Path(stage): Path<String>, request: Request) -> Response {
    let mut request = signalled(request);
    *request.uri_mut() = Uri::from_static("/recommendations");
    demo.world().ask_at(&stage, request).await
}

/// The recommender's own answer to the same person: no layer.
async fn raw(State(demo): State<Demo>, mut request: Request) -> Response {
    *request.uri_mut() = Uri::from_static("/recommendations");
    demo.world().ask_the_recommender(request).await
}

/// Who one is, what day it is, what can be chosen, and all that the layer keeps.
async fn state(State(demo): State<Demo>, headers: HeaderMap) -> Json<Value> {
    let world = demo.world();
    let session = Session::read(&headers);
    let file = session.as_ref().and_then(|session| world.shop.file(&session.sub));
    let policy = world.layer.policy();
    let rules = policy.rules();
    let newest = world.shop.file(&format!("newcomer-{}", demo.newcomers.load(Ordering::Relaxed)));
    let people: Vec<_> = newest.map(|file| file.person).into_iter().chain(crate::people::prepared()).collect();
    Json(json!({
        "today": world.clock.today(),
        "person": file.as_ref().map(|file| about(&file.person)),
        "people": people.iter().map(about).collect::<Vec<_>>(),
        "consent": session.as_ref().map(|session| &session.consent),
        "purposes": rules.purposes.iter().map(|purpose| json!({ "name": purpose.name, "says": purpose.says })).collect::<Vec<_>>(),
        "stages": rules.ladder.rungs().iter().map(|rung| json!({
            "name": rung.name,
            "known_for": rung.needs.known_for,
            "active_days": rung.needs.active_days,
            "events": rung.needs.counts,
        })).collect::<Vec<_>>(),
        "kept": match &session {
            Some(session) => kept(&world, session).await,
            None => Value::Null,
        },
    }))
}

/// The whole record of one customer, as the layer keeps it.
async fn kept(world: &World, session: &Session) -> Value {
    let record = world.record(session).await;
    match record.as_ref().and_then(|record| record.history.as_ref()) {
        Some(history) => json!({
            "first_seen": history.first_seen.date(),
            "last_seen": history.last_seen.date(),
            "active_days": history.active_days,
            "counts": history.counts,
        }),
        None => Value::Null,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Somebody {
    /// One of the prepared people, by id.
    Person(String),
    /// Somebody new, by first name.
    Newcomer(String),
}

async fn become_somebody(State(demo): State<Demo>, Json(somebody): Json<Somebody>) -> Response {
    let world = demo.world();
    let person = match somebody {
        Somebody::Person(id) => match world.shop.file(&id) {
            Some(file) => file.person,
            None => return StatusCode::NOT_FOUND.into_response(),
        },
        Somebody::Newcomer(first_name) => {
            let number = demo.newcomers.fetch_add(1, Ordering::Relaxed) + 1;
            let name: String = first_name.trim().chars().take(24).collect();
            let person = Person::newcomer(number, if name.is_empty() { "Robin" } else { &name });
            world.shop.open_file(person.clone());
            person
        }
    };
    with_session(&Session::of(&person, &world.clock, &person.consent))
}

#[derive(Deserialize)]
struct Choice {
    purpose: String,
    granted: bool,
}

/// What a consent manager does: the next token says what is agreed to.
async fn consent(State(demo): State<Demo>, headers: HeaderMap, Json(choice): Json<Choice>) -> Response {
    let Some(session) = Session::read(&headers) else { return StatusCode::UNAUTHORIZED.into_response() };
    let mut agreed = session.consent.clone();
    agreed.retain(|purpose| *purpose != choice.purpose);
    if choice.granted {
        agreed.push(choice.purpose);
    }
    with_session(&session.renewed(&demo.world().clock, agreed))
}

#[derive(Deserialize)]
struct Journey {
    days: u32,
}

async fn travel(State(demo): State<Demo>, headers: HeaderMap, Json(journey): Json<Journey>) -> Response {
    let world = demo.world();
    world.clock.ahead(journey.days.min(FARTHEST));
    match Session::read(&headers) {
        Some(session) => {
            let agreed = session.consent.clone();
            with_session(&session.renewed(&world.clock, agreed))
        }
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// Back to the first day: another world, in which nothing of this one happened.
async fn restart(State(demo): State<Demo>) -> Response {
    match World::begin().await {
        Ok(world) => {
            *demo.world.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(world);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn about(person: &Person) -> Value {
    json!({ "id": person.id, "first_name": person.first_name, "about": person.about })
}

fn with_session(session: &Session) -> Response {
    let Some(cookie) = session.cookie() else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let set = format!("{cookie}; Path=/; HttpOnly; SameSite=Strict");
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, set)], Body::empty()).into_response()
}

/// Days that one journey may take.
const FARTHEST: u32 = 3_650;
