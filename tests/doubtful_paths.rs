//! A path that services understand in different ways never lets out what one of the endpoints hides.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header, request};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};
use tower_rapport::{RapportLayer, RequestBody, policy::Policy, store::Memory};

/// Nothing is hidden under `/open`, a name at `/greeting`in answers to GET, and nothing has an effect at `/observed`.
const POLICY: &str = r#"
[identity]
issuer = "https://id.shop.example"
audience = "shop"
pseudonym_secret = { env = "PSEUDONYM" }

[[identity.keys]]
alg = "HS256"
secret = { env = "JWT" }

[store]
memory = {}

[[endpoints]]
name = "open"
path = ["/open", "/open/{*rest}"]
empty = '{"nothing":true}'

[[endpoints]]
name = "greeting"
path = "/greeting"
methods = ["GET"]
fields = [{ path = "$.name", data = "provided", steps = { new = "null", familiar = "keep" } }]

[[endpoints]]
name = "observed"
path = "/observed"
mode = "observe"
"#;

/// The answer to a request of somebody unknown, from a service that says the same under every path.
async fn asked(method: Method, path: &str) -> (Response<()>, Bytes) {
    answered(Request::builder().method(method).uri(path).header(header::IF_NONE_MATCH, "\"v1\"")).await
}

async fn answered(request: request::Builder) -> (Response<()>, Bytes) {
    let policy = Policy::from_toml("rapport.toml", POLICY, |_| Some("x".repeat(32)));
    let layer = RapportLayer::new(policy.unwrap(), Arc::new(Memory::default())).unwrap();
    let service = layer.layer(service_fn(async |request: Request<RequestBody<String>>| {
        let body = if request.method() == Method::HEAD { "" } else { ANSWER };
        let answer =
            Response::builder().header(header::CONTENT_TYPE, "application/json").header(header::ETAG, "\"v1\"");
        let answer = if request.headers().contains_key(header::IF_NONE_MATCH) {
            answer.status(StatusCode::NOT_MODIFIED)
        } else {
            answer.header(header::CONTENT_LENGTH, ANSWER.len())
        };
        Ok::<_, Infallible>(answer.body(Full::new(Bytes::from(body))).unwrap())
    }));
    let (head, body) = service.oneshot(request.body(String::new()).unwrap()).await.unwrap().into_parts();
    (Response::from_parts(head, ()), body.collect().await.unwrap().to_bytes())
}

#[tokio::test]
async fn an_answer_that_may_be_of_either_of_two_endpoints_is_empty() {
    for path in [
        "/open/x/%2e%2e/%2e%2e/greeting",
        "/open/x/../../greeting",
        "/open/..%2Fgreeting",
        "/open/..;/greeting",
        "/open/..%5Cgreeting",
        "/open/../Greeting/",
    ] {
        let (head, body) = asked(Method::GET, path).await;
        assert_eq!(head.status(), StatusCode::OK, "{path}");
        assert_eq!(body, r#"{"nothing":true}"#, "{path}");
        assert_eq!(head.headers().get(header::ETAG), None, "{path}");
        let (head, body) = asked(Method::HEAD, path).await;
        assert!(body.is_empty() && head.status() == StatusCode::OK, "{path}");
        assert!(!head.headers().contains_key(header::ETAG), "{path}");
        assert!(!head.headers().contains_key(header::CONTENT_LENGTH), "{path}");
    }
}

#[tokio::test]
async fn an_answer_that_only_one_endpoint_can_shape_is_shaped_by_it() {
    for path in [
        "/greeting",
        "/GREETING/",
        "/%67reeting",
        "/x/../greeting",
        "/greeting;v=1",
        "/x%5C../greeting",
        "/observed/../greeting",
        "/observed/..%2Fgreeting",
        "//shop.example/greeting",
        "//x:80//greeting/",
        "/%67reeting%3Fa",
        "/%2567reeting",
        "/greeting.json",
        "/x%255c..%255cgreeting",
        "/%2Fx/greeting",
        "/.//x/greeting",
        "/greeting%20",
    ] {
        assert_eq!(asked(Method::GET, path).await.1, r#"{"name":null}"#, "{path}");
    }
}

#[tokio::test]
async fn a_method_counts_in_whatever_way_a_service_may_take_it() {
    let request = |method: &str, path: &str| Request::builder().method(method).uri(path);
    for request in [
        request("get", "/greeting"),
        request("Get", "/greeting"),
        request("POST", "/greeting").header("x-http-method-override", "GET"),
        request("POST", "/greeting").header("X-HTTP-Method", "get"),
        request("POST", "/greeting").header("x-http-method-override", "GET, POST"),
        request("POST", "/greeting").header("X_HTTP_METHOD_OVERRIDE", "GET"),
        request("POST", "/greeting?a=1&_method=GET"),
        request("POST", "/greeting?a=1;.method=+get"),
        request("POST", "//x/greeting?_method=A&_method=GET"),
    ] {
        assert_eq!(answered(request).await.1, r#"{"name":null}"#);
    }
    // Nobody learns by a condition what is hidden.
    for request in [
        request("get", "/greeting"),
        request("POST", "/greeting").header("x-http-method-override", "GET"),
        request("POST", "/greeting?_method=get"),
    ] {
        let (head, body) = answered(request.header(header::IF_NONE_MATCH, "\"v1\"")).await;
        assert_eq!((head.status(), &*body), (StatusCode::OK, &br#"{"name":null}"#[..]));
    }
    for request in [
        request("POST", "/greeting"),
        request("post", "/greeting?method=GET"),
        request("POST", "/greeting").header("x-http-method-override", "PUT"),
    ] {
        assert_eq!(answered(request).await.1, ANSWER);
    }
}

#[tokio::test]
async fn an_answer_to_head_tells_no_more_than_one_to_get() {
    let (head, _) = asked(Method::HEAD, "/greeting").await;
    assert_eq!(head.status(), StatusCode::OK);
    assert!(!head.headers().contains_key(header::ETAG) && !head.headers().contains_key(header::CONTENT_LENGTH));
}

#[tokio::test]
async fn an_answer_that_no_endpoint_shapes_leaves_as_it_came() {
    for (method, path) in [
        (Method::GET, "/open/a"),
        (Method::GET, "/open/a;v=1/B"),
        (Method::GET, "/other"),
        (Method::GET, "/Observed/"),
        (Method::POST, "/open/../greeting"),
    ] {
        let (head, body) = asked(method, path).await;
        assert_eq!(head.status(), StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(body, ANSWER, "{path}");
        assert_eq!(head.headers().get(header::ETAG).unwrap(), "\"v1\"", "{path}");
    }
}

const ANSWER: &str = r#"{"name":"Anna"}"#;
