//! Endpoints to which no request belongs, and what stands where the layer, or something beside it, should not.

use axum::{Router, routing::get};
use http::{Method, Request};
use insta::assert_snapshot;
use tower::{Layer, ServiceExt};
use tower_http::compression::CompressionLayer;

use super::house::{Answer, House, Operator, PERSONAL, POLICY, anna, anybody, pseudonym};

fn of(from: &str, to: &str) -> House {
    assert!(POLICY.contains(from));
    House::of(&POLICY.replacen(from, to, 1), tower_rapport::store::Memory::new())
}

/// What the operator reads of a request to which no endpoint belongs.
async fn told_of(house: &House, method: Method, path: &str) -> String {
    let operator = Operator::watch();
    for _ in 0..3 {
        let answer = house.ask(anybody(path).method(method.clone())).await;
        assert_eq!((answer.body.as_str(), answer.header("personalization")), (PERSONAL, ""));
    }
    operator.log().trim_end().to_owned()
}

const PATHS: &str = "[\"/recommendations\", \"/recommendations/{*rest}\"]";

#[tokio::test(start_paused = true)]
async fn a_path_goes_on_where_the_endpoint_ends() {
    let house = of(PATHS, "\"/recommendations\"");
    assert_snapshot!(told_of(&house, Method::GET, "/recommendations/home").await, @r#" WARN tower_rapport::placement: no request belongs to this endpoint so far, and one would if its path ended earlier endpoint="recommendations" remedy="if what is below belongs to it too, write its path a second time, with `/{*rest}` at its end""#);
}

#[tokio::test(start_paused = true)]
async fn a_method_is_not_among_those_of_the_endpoint() {
    let house = of("empty  = ", "methods = [\"GET\"]\nempty  = ");
    assert_snapshot!(told_of(&house, Method::POST, "/recommendations").await, @r#" WARN tower_rapport::placement: no request belongs to this endpoint so far, and one would if its method were another endpoint="recommendations" remedy="write it into `methods`, or leave `methods` out""#);
}

#[tokio::test(start_paused = true)]
async fn the_layer_is_around_a_router_in_which_another_is_nested() {
    assert_snapshot!(told_of(&House::new(), Method::GET, "/shop/recommendations").await, @r#" WARN tower_rapport::placement: no request belongs to this endpoint so far, and one would if its path began otherwise endpoint="recommendations" remedy="write the paths as this layer sees them: around a nested router with its prefix, within it without""#);
}

#[tokio::test(start_paused = true)]
async fn a_path_has_a_slip() {
    let mut told = std::collections::BTreeSet::new();
    for slip in ["recomendations", "recommendatoins", "recommendationss"] {
        told.insert(told_of(&of(PATHS, &format!("\"/{slip}\"")), Method::GET, "/recommendations").await);
    }
    assert_snapshot!(told.into_iter().collect::<Vec<_>>().join("\n"), @r#" WARN tower_rapport::placement: no request belongs to this endpoint so far, and one would if one letter of its path were another endpoint="recommendations" remedy="compare the endpoint's `path` with the one that is asked for""#);
    // Two slips are another word.
    let house = of(PATHS, "\"/recomendatons\"");
    assert_eq!(told_of(&house, Method::GET, "/recommendations").await, "");
}

#[tokio::test(start_paused = true)]
async fn nobody_asks_for_any_endpoint() {
    let (house, operator) = (House::new(), Operator::watch());
    for _ in 0..300 {
        house.ask(anybody("/elsewhere")).await;
    }
    assert_snapshot!(operator.log().trim_end(), @r#" WARN tower_rapport::placement: none of a hundred requests belonged to an endpoint: all passed as they came remedy="compare the `path` of your endpoints with the requests that this layer sees; an answer without the header `Personalization` is one that no endpoint covers""#);
    // One that was asked for in time is enough.
    let (house, operator) = (House::new(), Operator::watch());
    house.ask(anybody("/recommendations")).await;
    for _ in 0..300 {
        house.ask(anybody("/elsewhere")).await;
    }
    assert_eq!(operator.log(), "");
}

#[tokio::test(start_paused = true)]
async fn nobody_asks_for_an_endpoint() {
    let (house, operator) = (of("\"/strict\"", "\"/severe\""), Operator::watch());
    for _ in 0..500 {
        for path in ["/recommendations", "/strict"] {
            house.ask(anybody(path)).await;
        }
    }
    for path in ["/narrow", "/open"] {
        house.ask(anybody(path)).await;
    }
    let warnings: Vec<_> = operator.log().lines().map(ToOwned::to_owned).collect();
    assert_snapshot!(warnings.join("\n"), @r#"
WARN tower_rapport::placement: none of a thousand requests belonged to this endpoint endpoint="strict" path="/severe" remedy="compare its `path` and `methods` with the requests that this layer sees; if it is seldom asked for, this means nothing"
WARN tower_rapport::placement: none of a thousand requests belonged to this endpoint endpoint="narrow" path="/narrow" remedy="compare its `path` and `methods` with the requests that this layer sees; if it is seldom asked for, this means nothing"
WARN tower_rapport::placement: none of a thousand requests belonged to this endpoint endpoint="open" path="/open" remedy="compare its `path` and `methods` with the requests that this layer sees; if it is seldom asked for, this means nothing"
"#);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_is_asked_for_is_no_mistake() {
    let (house, operator) = (of(PATHS, "\"/recommendations\""), Operator::watch());
    for path in ["/recommendations", "/recommendations/home", "/shop/recommendations"] {
        house.ask(anybody(path)).await;
    }
    assert_eq!(operator.log(), "");
}

async fn handler() -> ([(&'static str, &'static str); 1], String) {
    // Long enough to be compressed.
    ([("content-type", "application/json")], format!("{}{}", PERSONAL, " ".repeat(500)))
}

#[tokio::test(start_paused = true)]
#[cfg_attr(not(feature = "encoding"), ignore = "this build reads no compressed bodies")]
async fn the_layer_is_outside_of_compression() {
    let (house, operator) = (House::new(), Operator::watch());
    let routes = Router::new().route("/recommendations", get(handler));
    let asks =
        || anybody("/recommendations").header("accept-encoding", "gzip").body(axum::body::Body::empty()).unwrap();
    let inside = routes.clone().layer(house.layer.clone()).layer(CompressionLayer::new());
    let answer = inside.oneshot(asks()).await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert_eq!(operator.log(), "");
    let outside = routes.layer(CompressionLayer::new()).layer(house.layer.clone());
    for _ in 0..3 {
        let answer = outside.clone().oneshot(asks()).await.unwrap();
        assert!(!answer.headers().contains_key("content-encoding"), "{answer:?}");
    }
    assert_snapshot!(operator.log().trim_end(), @r#" WARN request{otel.name="GET /recommendations" otel.kind="server" http.request.method="GET" http.route="/recommendations" network.protocol.version="1.1"}: tower_rapport::placement: an answer came compressed, and leaves uncompressed once it is shaped endpoint="recommendations" remedy="put this layer inside of what compresses, or write `encode = \"as-received\"` on the endpoint""#);
}

#[tokio::test(start_paused = true)]
async fn a_layer_is_within_a_layer() {
    let (house, operator) = (House::new(), Operator::watch());
    let inner = tower::util::MapRequest::new(house.service(), |request: Request<_>| request.map(|_| String::new()));
    for _ in 0..3 {
        let asks = anna("/recommendations").body(String::new()).unwrap();
        Answer::read(house.layer.layer(inner.clone()).oneshot(asks).await.unwrap()).await;
    }
    assert_snapshot!(operator.log().trim_end(), @r#"ERROR request{otel.name="GET /recommendations" otel.kind="server" http.request.method="GET" http.route="/recommendations" network.protocol.version="1.1"}: tower_rapport::placement: the wrapped service has a layer of this kind of its own endpoint="recommendations" remedy="keep the outer one: two layers count each visit twice, and the inner one hides what the outer one may show""#);
}

#[test]
#[cfg_attr(not(feature = "redis"), ignore = "this build has no Redis")]
fn a_store_of_many_is_opened_outside_of_a_runtime() {
    let text = format!("{POLICY}\n[store]\nredis = {{ url = {{ env = \"REDIS\" }} }}\n");
    let secrets = |name: &str| match name {
        "REDIS" => Some("redis://127.0.0.1:1".to_owned()),
        other => super::house::secrets(other),
    };
    let policy = tower_rapport::policy::Policy::from_toml("rapport.toml", &text, secrets).unwrap();
    assert_snapshot!(tower_rapport::RapportLayer::open(policy).unwrap_err().to_string(), @"redis is asked within a tokio runtime only; open the layer inside of one");
}

#[test]
fn a_store_in_a_file_is_opened_twice() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rapport.redb");
    let text = format!("{POLICY}\n[store]\nembedded = {{ path = {:?} }}\n", file.to_str().unwrap());
    let policy = || tower_rapport::policy::Policy::from_toml("rapport.toml", &text, super::house::secrets).unwrap();
    let _first = tower_rapport::RapportLayer::open(policy()).unwrap();
    let said = tower_rapport::RapportLayer::open(policy()).unwrap_err().to_string();
    assert_snapshot!(said.replace(file.to_str().unwrap(), "…/rapport.redb"), @"the store `…/rapport.redb` is open in another process, as while `rapport serve` runs; stop that one first, or keep relationships in `redis`, which many processes share");
}

#[tokio::test(start_paused = true)]
async fn a_policy_is_reloaded_with_another_store() {
    let house = House::new();
    let text = format!("{POLICY}\n[store]\nembedded = {{ path = \"rapport.redb\" }}\n");
    let policy = tower_rapport::policy::Policy::from_toml("rapport.toml", &text, super::house::secrets).unwrap();
    assert_snapshot!(house.layer.reload(policy).unwrap_err().to_string(), @"its `[store]` is another one; start anew to change where relationships are kept, `max_staleness` or `cache.relationships`");
    assert!(house.layer.relationships().peek(pseudonym("nobody")).is_none());
}
