//! The shop as a service. It has never heard of stages or purposes.

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::{HeaderMap, StatusCode};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{
    answer::{self, Answer},
    session::Session,
    shop::{File, Shop},
    travel::Traveller,
};

/// `GET /recommendations`, `GET /products/{id}`, `POST /wishes`, `POST /checkout`, `POST /complaints`.
pub(crate) fn router(shop: Arc<Shop>, clock: Traveller) -> Router {
    Router::new()
        .route("/recommendations", get(recommendations))
        .route("/products/{id}", get(product))
        .route("/wishes", post(wish))
        .route("/checkout", post(checkout))
        .route("/complaints", post(complain))
        .with_state(Counter { shop, clock })
}

#[derive(Clone)]
struct Counter {
    shop: Arc<Shop>,
    clock: Traveller,
}

#[derive(Deserialize)]
struct Wanted {
    id: String,
}

/// What `GET /products/{id}` says.
#[derive(Serialize)]
struct Page {
    id: String,
    title: String,
    price: f64,
    /// What the shop remembers of the person and this product.
    yours: Option<Yours>,
}

#[derive(Serialize)]
struct Yours {
    looks: usize,
    bought_on: Option<Date>,
}

async fn recommendations(State(counter): State<Counter>, headers: HeaderMap) -> Json<Answer> {
    Json(answer::answer(&counter.shop, counter.asking(&headers).as_ref()))
}

async fn product(State(counter): State<Counter>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let Some(place) = counter.shop.catalogue.place(&id) else { return StatusCode::NOT_FOUND.into_response() };
    let Some(product) = counter.shop.catalogue.at(place) else { return StatusCode::NOT_FOUND.into_response() };
    counter.note(&headers, |file, today| file.looks.push((place, today)));
    let yours = counter.asking(&headers).map(|file| Yours {
        looks: file.looks.iter().filter(|(seen, _)| *seen == place).count(),
        bought_on: file.bought_on(place),
    });
    Json(Page { id, title: product.title.clone(), price: product.price, yours }).into_response()
}

async fn wish(State(counter): State<Counter>, headers: HeaderMap, Json(wanted): Json<Wanted>) -> StatusCode {
    let Some(place) = counter.shop.catalogue.place(&wanted.id) else { return StatusCode::NOT_FOUND };
    counter.note(&headers, |file, today| {
        if file.wishes.iter().all(|(wished, _)| *wished != place) {
            file.wishes.push((place, today));
        }
    })
}

async fn checkout(State(counter): State<Counter>, headers: HeaderMap, Json(wanted): Json<Wanted>) -> StatusCode {
    let Some(place) = counter.shop.catalogue.place(&wanted.id) else { return StatusCode::NOT_FOUND };
    counter.note(&headers, |file, today| {
        file.wishes.retain(|(wished, _)| *wished != place);
        file.orders.push((place, today));
    })
}

async fn complain(State(counter): State<Counter>, headers: HeaderMap) -> StatusCode {
    counter.note(&headers, |file, _| file.complaints += 1)
}

impl Counter {
    fn asking(&self, headers: &HeaderMap) -> Option<File> {
        Session::read(headers).and_then(|session| self.shop.file(&session.sub))
    }

    /// Writes into the file of whoever asks: 201, or 401 for nobody.
    fn note(&self, headers: &HeaderMap, write: impl FnOnce(&mut File, Date)) -> StatusCode {
        let today = self.clock.today();
        match Session::read(headers) {
            Some(session) if self.shop.note(&session.sub, |file| write(file, today)) => StatusCode::CREATED,
            _ => StatusCode::UNAUTHORIZED,
        }
    }
}
