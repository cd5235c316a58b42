//! Where the portal is: in a layer by itself, in axum and in hyper on its own, or nowhere in a layer that is to leave it alone.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod house;

use std::convert::Infallible;

use axum::{Router, routing::get};
use bytes::Bytes;
use house::*;
use http::{Method, Request, StatusCode, request};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use serde_json::Value;
use tower::{Layer, Service, ServiceExt};
use tower_rapport::{Portal, RapportLayer};

async fn ask<S, B>(service: S, request: request::Builder) -> (StatusCode, String)
where
    S: Service<Request<Full<Bytes>>, Response = http::Response<B>>,
    S::Error: std::fmt::Debug,
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let response = service.oneshot(request.body(Full::default()).unwrap()).await.unwrap();
    let status = response.status();
    (status, String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap())
}

fn stage(body: &str) -> String {
    serde_json::from_str::<Value>(body).unwrap()["stage"].as_str().unwrap_or("none").to_owned()
}

#[test]
fn the_portal_is_a_service_that_can_be_cloned_and_sent_and_shared() {
    fn all<T: Clone + Send + Sync + std::fmt::Debug + 'static>() {}
    fn serves<T: Service<Request<Pieces>, Error = Infallible, Future: Send>>() {}
    all::<Portal>();
    // With a body that is neither `Clone` nor `Sync`.
    serves::<Portal>();
}

#[tokio::test(start_paused = true)]
async fn a_layer_answers_its_portal_and_hands_on_all_else() {
    let house = House::new();
    house.know(SUBJECT, "familiar").await;
    assert_eq!(house.ask(anna("/rapport/me")).await.status, StatusCode::OK);
    assert!(house.shop.seen().is_empty());
    for path in ["/rapports", "/rapportme", "/me", "/other/rapport/me", "/"] {
        house.ask(anna(path)).await;
        assert_eq!(house.shop.seen().pop().unwrap().uri, path, "{path}");
    }
    let home = house.ask(anybody("/rapport")).await;
    assert_eq!((home.status, home.header("location")), (StatusCode::PERMANENT_REDIRECT, "/rapport/me"));
}

#[tokio::test(start_paused = true)]
async fn another_path_is_another_place() {
    let house = House::of(&format!("{POLICY}\n[portal]\npath = \"/my/data/\"\n"), tower_rapport::store::Memory::new());
    let answer = house.ask(anna("/my/data/me").header("accept", "text/html")).await;
    assert!(
        answer.body.contains("action=\"/my/data/me/limit\"") && !answer.body.contains("/rapport"),
        "{}",
        answer.body
    );
    house.ask(anna("/rapport/me")).await;
    assert_eq!(house.shop.seen().len(), 1, "the service's own");
}

#[tokio::test(start_paused = true)]
async fn a_layer_without_it_leaves_its_paths_to_the_service() {
    let house = House::new();
    let service = house.layer.clone().without_portal().layer(house.shop.clone());
    for path in ["/rapport/me", "/rapport/policy", "/.well-known/gpc.json"] {
        let request = anna(path).body(String::new()).unwrap();
        service.clone().oneshot(request).await.unwrap();
        assert_eq!(house.shop.seen().pop().unwrap().uri, path);
    }
}

fn router(layer: &RapportLayer) -> Router {
    Router::new()
        .route("/shop", get(async || "the shop"))
        .nest_service("/rapport", layer.portal())
        .route_service("/.well-known/gpc.json", layer.portal())
}

#[tokio::test(start_paused = true)]
async fn it_can_be_nested_or_routed_to_in_axum() {
    let house = House::new();
    house.know(SUBJECT, "familiar").await;
    let fallback = Router::new().route("/shop", get(async || "the shop")).fallback_service(house.layer.portal());
    for app in [router(&house.layer), fallback] {
        let (status, body) = ask(app.clone(), anna("/rapport/me")).await;
        assert_eq!((status, stage(&body)), (StatusCode::OK, "familiar".into()));
        assert_eq!(ask(app.clone(), anna("/.well-known/gpc.json")).await.1, r#"{"gpc":true}"#);
        assert_eq!(ask(app.clone(), anybody("/rapport/policy")).await.0, StatusCode::OK);
        assert_eq!(ask(app.clone(), anybody("/rapport/x")).await.0, StatusCode::NOT_FOUND);
        assert_eq!(ask(app, anybody("/shop")).await.1, "the shop");
    }
    let nested = router(&house.layer);
    let limit = anna("/rapport/me/limit").method(Method::PUT).header("content-type", "application/json");
    let request = limit.body(Full::from(r#"{"stage":"new"}"#)).unwrap();
    assert_eq!(nested.clone().oneshot(request).await.unwrap().status(), StatusCode::OK);
    assert_eq!(house.ask(anna("/recommendations")).await.stage(), "new", "and the layer knows of it");
}

#[tokio::test]
async fn it_can_be_served_by_hyper() {
    let house = House::new();
    house.know(SUBJECT, "familiar").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let portal = house.layer.portal();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let server = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new());
        let _gone = server.serve_connection(TokioIo::new(stream), TowerToHyperService::new(portal)).await;
    });
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let ask = async |request: request::Builder| {
        let response = client.request(request.body(Full::default()).unwrap()).await.unwrap();
        let (head, body) = response.into_parts();
        (head, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
    };
    let (head, body) = ask(anna(&format!("http://{address}/rapport/me"))).await;
    assert_eq!((head.status, stage(&body)), (StatusCode::OK, "familiar".into()));
    let length = head.headers["content-length"].clone();
    let (head, body) = ask(anna(&format!("http://{address}/rapport/me")).method(Method::HEAD)).await;
    assert_eq!((head.status, &head.headers["content-length"], body.as_str()), (StatusCode::OK, &length, ""));
}
