//! Where the layer stands: what it does there, and that a wrong place is said once, loudly, with the remedy.

mod house;

use axum::{Router, routing::get};
use house::*;
use http::Response;
use tower::{Layer, ServiceExt};
use tower_rapport::store::Memory;

fn says(house: &House, name: &'static str, value: &'static str) {
    house.answers(move |_| {
        let answer = Response::builder().header("content-type", "application/json").header(name, value);
        answer.body(Pieces::whole(PERSONAL))
    });
}

#[tokio::test(start_paused = true)]
async fn what_one_customer_is_told_and_all_are_offered_is_said_once() {
    for (name, value) in
        [("cache-control", "public, max-age=60"), ("cache-control", "s-maxage=9"), ("cdn-cache-control", "max-age=60")]
    {
        let (house, operator) = (House::new(), Operator::watch());
        says(&house, name, value);
        house.ask(anybody("/recommendations")).await;
        assert_eq!(operator.log(), "", "a stranger's answer is anybody's");
        for path in ["/recommendations", "/open", "/recommendations"] {
            house.ask(anna(path)).await;
        }
        assert_eq!(
            operator.log().matches("offers to shared caches what it said to one customer").count(),
            1,
            "{}",
            operator.log()
        );
        operator.logged("ERROR");
        operator.logged("let the service say `cache-control: private`");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_offered_to_who_sends_the_same_token_is_not_said() {
    let (house, operator) = (House::new(), Operator::watch());
    house.answers(move |_| {
        let answer = Response::builder().header("content-type", "application/json").header("cache-control", "public");
        answer.header("vary", "Authorization, Cookie").body(Pieces::whole(PERSONAL))
    });
    house.ask(anna("/recommendations")).await;
    assert_eq!(operator.log(), "");
}

#[tokio::test(start_paused = true)]
async fn a_cache_behind_the_layer_is_said_once() {
    let (house, operator) = (House::new(), Operator::watch());
    says(&house, "age", "7");
    house.ask(anybody("/recommendations")).await;
    assert_eq!(operator.log(), "");
    for _ in 0..3 {
        house.ask(anna("/recommendations")).await;
    }
    assert_eq!(operator.log().matches("a cache behind this layer").count(), 1, "{}", operator.log());
    operator.logged("put the cache in front of this layer");
}

#[tokio::test(start_paused = true)]
async fn a_layer_within_a_layer_is_said_once() {
    let (house, operator) = (House::new(), Operator::watch());
    let inner =
        tower::util::MapRequest::new(house.service(), |request: http::Request<_>| request.map(|_| String::new()));
    for _ in 0..3 {
        let answer =
            house.layer.layer(inner.clone()).oneshot(anna("/recommendations").body(String::new()).unwrap()).await;
        assert_eq!(Answer::read(answer.unwrap()).await.stage(), "new");
    }
    assert_eq!(operator.log().matches("has a layer of this kind of its own").count(), 1, "{}", operator.log());
    operator.logged("keep the outer one");
}

/// A cookie that `request.hide` does not name, say.
#[tokio::test(start_paused = true)]
async fn a_service_that_knows_somebody_unknown_is_said_once() {
    const ITEMS: &str = r#"
[[endpoints]]
name  = "recommendations"
path  = "/recommendations"
items = { path = "$.items[*]", id = "$.id", data_at = "$.basis", share = { acquainted = 0.5 } }
"#;
    for (basis, is_said) in
        [(r#""observed""#, true), (r#""inferred""#, true), (r#""none""#, false), ("null", false), (r#""else""#, false)]
    {
        let (house, operator) = (House::of(&format!("{BASE}{ITEMS}"), Memory::new()), Operator::watch());
        house.know(SUBJECT, "acquainted").await;
        let said = format!(r#"{{"items":[{{"id":1}},{{"id":2,"basis":{basis}}}]}}"#);
        house.answers(move |_| {
            let answer = Response::builder().header("content-type", "application/json");
            answer.body(Pieces::whole(said.clone()))
        });
        for path in ["/recommendations?1", "/recommendations?2"] {
            house.ask(anna(path)).await;
        }
        let told = operator.log().matches("says that somebody's data chose an item").count();
        assert_eq!(told, usize::from(is_said), "{basis}: {}", operator.log());
        if is_said {
            operator.logged("ERROR");
            operator.logged("name in `request.hide` all by which the service knows who asks");
        }
    }
}

async fn handler() -> ([(&'static str, &'static str); 1], &'static str) {
    ([("content-type", "application/json")], PERSONAL)
}

fn routes() -> Router {
    Router::new().route("/recommendations", get(handler))
}

fn within(house: &House) -> Router {
    Router::new().nest("/shop", routes().layer(house.layer.clone()))
}

fn around(house: &House) -> Router {
    Router::new().nest("/shop", routes()).layer(house.layer.clone())
}

#[tokio::test(start_paused = true)]
async fn paths_of_the_other_side_of_a_nested_router_are_said_once() {
    let shop = POLICY.replace("\"/recommendations\", \"/recommendations/{*rest}\"", "\"/shop/recommendations\"");
    for (policy, app, is_wrong) in [
        (POLICY, around as fn(&House) -> Router, true),
        (&shop, within, true),
        (POLICY, within, false),
        (&shop, around, false),
    ] {
        let house = House::of(policy, Memory::new());
        let operator = Operator::watch();
        for _ in 0..3 {
            let asks = anybody("/shop/recommendations").body(axum::body::Body::empty()).unwrap();
            let answer = Answer::read(app(&house).oneshot(asks).await.unwrap()).await;
            assert_eq!(answer.body == PERSONAL, is_wrong);
        }
        let told = operator.log().matches("would if its path began otherwise").count();
        assert_eq!(told, usize::from(is_wrong), "{}", operator.log());
        assert!(!is_wrong || operator.log().contains("endpoint=\"recommendations\""));
    }
    // Other pages of the same house are no mistake.
    let (house, operator) = (House::new(), Operator::watch());
    for path in ["/", "/index.html", "/a/b/c", "/rec", "/recommendationsxy", "/recommendations", "/x/recommendations"] {
        house.ask(anybody(path)).await;
    }
    operator.saw_nothing();
}

async fn who(headers: http::HeaderMap) -> Result<impl axum::response::IntoResponse, http::StatusCode> {
    headers.get("authorization").ok_or(http::StatusCode::UNAUTHORIZED)?;
    Ok(handler().await)
}

async fn guard(request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response {
    use axum::response::IntoResponse;
    if request.headers().contains_key("authorization") {
        next.run(request).await
    } else {
        http::StatusCode::UNAUTHORIZED.into_response()
    }
}

#[tokio::test(start_paused = true)]
async fn it_works_outside_and_inside_of_what_asks_for_a_token() {
    let house = House::new();
    let guarded = axum::middleware::from_fn(guard);
    for (how, app) in [
        ("outside", routes().layer(guarded.clone()).layer(house.layer.clone())),
        ("inside", routes().layer(house.layer.clone()).layer(guarded)),
        ("around a handler that asks", Router::new().route("/recommendations", get(who)).layer(house.layer.clone())),
    ] {
        let ask = async |request: http::request::Builder| {
            Answer::read(app.clone().oneshot(request.body(axum::body::Body::empty()).unwrap()).await.unwrap()).await
        };
        let annas = ask(anna("/recommendations")).await;
        assert_eq!((annas.status.as_u16(), annas.body.as_str(), annas.stage()), (200, AT_NEW, "new"), "{how}");
        let nobodys = ask(anybody("/recommendations")).await;
        assert_eq!((nobodys.status.as_u16(), nobodys.body.as_str()), (401, ""), "{how}");
    }
}
