//! The Tower anatomy: what may be cloned, sent and shared; where it works; what it passes on as it came.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod house;

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use axum::{
    Router,
    routing::{get, post},
};
use bytes::Bytes;
use house::*;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::{compression::CompressionLayer, trace::TraceLayer};
use tower_rapport::{
    Rapport, RapportBody, RapportLayer, RequestBody, ResponseFuture, decision::Decision, store::Memory,
};

// ── Types ────────────────────────────────────────────────────────────────────────────────────

const fn clones<T: Clone>() {}
const fn sends<T: Send + 'static>() {}
const fn shares<T: Sync>() {}
const fn debugs<T: std::fmt::Debug>() {}
const fn is_body<T: Body<Data = Bytes, Error = BoxError>>() {}

/// An answer whose body is neither `Clone` nor `Sync` asks neither of anything else.
const _: () = {
    clones::<RapportLayer>();
    sends::<RapportLayer>();
    shares::<RapportLayer>();
    debugs::<RapportLayer>();
    clones::<Rapport<Shop>>();
    sends::<Rapport<Shop>>();
    shares::<Rapport<Shop>>();
    sends::<ResponseFuture<Shop, Pieces, Pieces>>();
    sends::<RapportBody<Pieces>>();
    is_body::<RapportBody<Pieces>>();
    debugs::<RapportBody<Pieces>>();
    // A body that may be shared stays one that may be shared.
    shares::<RapportBody<Full<Bytes>>>();
};

#[test]
fn the_error_is_the_wrapped_services_own() {
    fn error_of<S: Service<Request<String>, Error = Broken>>(_: &S) {}
    error_of(&House::new().service());
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_wrapped_service_passes() {
    let house = House::new();
    house.answers(|_| Response::builder().header("no such\nheader", "").body(Pieces::whole("")));
    for path in ["/recommendations", "/elsewhere"] {
        let request = anna(path).body(String::new()).unwrap();
        assert_eq!(house.service().oneshot(request).await.unwrap_err(), Broken, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unready_service_is_never_called() {
    // The shop of this house panics if it is; the first answer waits for the store, the second one does not.
    let house = House::new();
    let mut service = house.service();
    for _ in 0..3 {
        let request = anna("/recommendations").body(String::new()).unwrap();
        let answer = ServiceExt::<Request<String>>::ready(&mut service).await.unwrap().call(request);
        assert_eq!(Answer::read(answer.await.unwrap()).await.stage(), "new");
    }
    let mut other = service.clone();
    let request = anna("/recommendations").body(String::new()).unwrap();
    ServiceExt::<Request<String>>::ready(&mut other).await.unwrap().call(request).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn the_readiness_of_the_wrapped_service_passes() {
    #[derive(Clone)]
    struct Door(Poll<Result<(), Broken>>);
    impl Service<Request<RequestBody<String>>> for Door {
        type Response = Response<Pieces>;
        type Error = Broken;
        type Future = std::future::Ready<Result<Response<Pieces>, Broken>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
            std::mem::replace(&mut self.0, Poll::Pending)
        }

        fn call(&mut self, _: Request<RequestBody<String>>) -> Self::Future {
            std::future::ready(Err(Broken))
        }
    }
    let house = House::new();
    let mut cx = Context::from_waker(Waker::noop());
    for door in [Poll::Pending, Poll::Ready(Ok(())), Poll::Ready(Err(Broken))] {
        let mut service = house.layer.layer(Door(door.clone()));
        assert_eq!(Service::<Request<String>>::poll_ready(&mut service, &mut cx), door);
    }
}

// ── What passes as it came ───────────────────────────────────────────────────────────────────

#[tokio::test(start_paused = true)]
async fn request_bodies_pass_as_they_came() {
    let house = House::new();
    house.know(SUBJECT, "trusted").await;
    let trailers = HeaderMap::from_iter([(header::ETAG, "\"t\"".parse().unwrap())]);
    let frames = ["{", "", "}"].map(Bytes::from);
    let echo = service_fn(async |request: Request<RequestBody<Pieces>>| {
        let (mut body, mut echo) = (request.into_body(), Vec::new());
        while let Some(frame) = body.frame().await {
            echo.push(match frame.unwrap().into_data() {
                Ok(data) => Piece::Data(data),
                Err(frame) => Piece::Trailers(frame.into_trailers().unwrap()),
            });
        }
        Ok::<_, Infallible>(Response::new(Pieces::new(echo)))
    });
    // Not covered; covered, with nothing to do at this stage.
    for path in ["/elsewhere", "/strict"] {
        let letter = frames.iter().cloned().map(Piece::Data).chain([Piece::Trailers(trailers.clone())]);
        let letter = anna(path).body(Pieces::streamed(letter)).unwrap();
        let mut answer = house.layer.layer(echo).oneshot(letter).await.unwrap().into_body();
        for frame in &frames {
            let data = answer.frame().await.unwrap().unwrap().into_data().unwrap();
            assert_eq!((data.as_ptr(), data.len()), (frame.as_ptr(), frame.len()), "{path}: the very same frame");
        }
        assert_eq!(answer.frame().await.unwrap().unwrap().into_trailers().unwrap(), trailers, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_no_rule_touches_keeps_its_frames_its_size_and_its_trailers() {
    let house = House::new();
    house.know(SUBJECT, "trusted").await;
    let trailers = HeaderMap::from_iter([(header::ETAG, "\"t\"".parse().unwrap())]);
    let chunks: Vec<Bytes> = ["{\"items\" :", " []", "", "}"].into_iter().map(Bytes::from).collect();
    // What only the layer says, or hears at the head, is no part of them.
    let mut more = trailers.clone();
    more.insert("personalization", "stage=trusted".parse().unwrap());
    more.insert("personalization-event", "purchase".parse().unwrap());
    let pieces: Vec<_> = chunks.iter().cloned().map(Piece::Data).chain([Piece::Trailers(more)]).collect();
    house.answers(move |_| {
        let response = Response::builder().header("content-type", "application/json").header("etag", "\"v\"");
        let response = response.header("trailer", "Personalization-Event, ETag, personalization");
        response.header("content-length", "14").body(Pieces::new(pieces.clone()))
    });
    // Not covered; covered, with nothing to do ever; covered, with nothing to do at this stage.
    for path in ["/elsewhere", "/open", "/strict"] {
        let response = house.service().oneshot(anna(path).body(String::new()).unwrap()).await.unwrap();
        let kept = ["content-length", "etag"].map(|name| response.headers().contains_key(name));
        assert_eq!(kept, [true, true], "{path}");
        assert_eq!(response.headers()["trailer"], "ETag", "{path}: what does not come is not announced");
        let mut body = response.into_body();
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(14), false), "{path}");
        for chunk in &chunks {
            let data = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert_eq!((data.as_ptr(), data.len()), (chunk.as_ptr(), chunk.len()), "{path}: the very same frame");
        }
        assert_eq!(body.frame().await.unwrap().unwrap().into_trailers().unwrap(), trailers, "{path}");
        assert!(body.is_end_stream() && body.frame().await.is_none(), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_shaped_body_keeps_its_trailers_but_what_tells_of_the_bytes_that_were() {
    let house = House::new();
    let trailers = [
        ("etag", "\"t\""),
        ("digest", "md5=x"),
        ("content-digest", "sha-256=:x:"),
        ("personalization", "stage=trusted"),
        ("personalization-event", "purchase"),
        ("grpc-status", "0"),
    ];
    let trailers: HeaderMap =
        trailers.into_iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    for rest in [0, 50] {
        let (begin, end) = PERSONAL.split_at(80);
        house.streams([data(begin), rests(rest), data(end), Piece::Trailers(trailers.clone())]);
        let answer = house.ask(anna("/recommendations")).await;
        assert_eq!((answer.body.as_str(), answer.broke), (AT_NEW, None));
        let left: Vec<_> = answer.trailers.as_ref().unwrap().keys().map(header::HeaderName::as_str).collect();
        assert_eq!(left, ["grpc-status"], "{rest}");
        assert!(!answer.headers.contains_key("content-length"), "with a length there would be no trailers in HTTP/1.1");
    }
}

#[tokio::test(start_paused = true)]
async fn a_shaped_body_tells_a_size_only_if_it_knows_it() {
    let house = House::new();
    let ask = async || house.service().oneshot(anna("/recommendations").body(String::new()).unwrap()).await.unwrap();
    let whole = ask().await;
    assert_eq!(whole.body().size_hint().exact(), Some(AT_NEW.len() as u64));
    assert_eq!(whole.headers()["content-length"], AT_NEW.len().to_string());

    let (begin, end) = PERSONAL.split_at(80);
    house.streams([data(begin), rests(50), data(end)]);
    let streamed = ask().await;
    assert_eq!((streamed.body().size_hint().exact(), streamed.body().is_end_stream()), (None, false));
    assert!(streamed.body().size_hint().lower() <= AT_NEW.len() as u64);
    assert!(!streamed.headers().contains_key("content-length"));
    let mut body = streamed.into_body();
    while body.frame().await.is_some() {}
    assert!(body.is_end_stream() && body.frame().await.is_none(), "once ended it stays ended");
}

#[tokio::test(start_paused = true)]
async fn the_decision_stands_in_the_extensions_of_request_and_answer() {
    let house = House::new();
    house.know(SUBJECT, "familiar").await;
    let answer = house.ask(anna("/recommendations")).await;
    let told = answer.extensions.get::<Decision>().unwrap();
    assert_eq!(told.stage_name.as_str(), "familiar");
    let seen = house.shop.seen().remove(0);
    assert_eq!(seen.extensions.get::<Decision>(), Some(told));
    assert_eq!(seen.headers["personalization"], answer.headers["personalization"]);
    assert_eq!(seen.headers["authorization"], anna("/").body(()).unwrap().headers()["authorization"]);

    let elsewhere = house.ask(anna("/elsewhere")).await;
    assert!(elsewhere.extensions.get::<Decision>().is_none() && !elsewhere.headers.contains_key("personalization"));
}

#[tokio::test(start_paused = true)]
async fn what_is_only_observed_is_decided_and_changed_in_nothing() {
    let house = House::of(&format!("mode = \"observe\"\n{POLICY}"), Memory::new());
    house.answers(|_| {
        let response = Response::builder().header("content-type", "application/json").header("etag", "\"v\"");
        response.header("personalization-event", "purchase").body(Pieces::whole(PERSONAL))
    });
    let request = anna("/recommendations").header("personalization", "stage=trusted").header("range", "bytes=0-");
    let answer = house.ask(request).await;
    assert_eq!((answer.body.as_str(), answer.header("etag")), (PERSONAL, "\"v\""));
    let names: Vec<_> = answer.headers.keys().map(header::HeaderName::as_str).collect();
    assert_eq!(names, ["content-type", "etag"]);
    assert_eq!(answer.extensions.get::<Decision>().unwrap().stage_name.as_str(), "new");
    let seen = house.shop.seen().remove(0);
    assert_eq!((seen.headers.get("personalization"), &seen.headers["range"]), (None, &"bytes=0-".parse().unwrap()));
    assert_eq!(house.happened(SUBJECT, "purchase").await, 1, "what happens is recorded");
}

#[tokio::test(start_paused = true)]
#[cfg_attr(not(feature = "encoding"), ignore = "this build reads no compressed bodies")]
async fn the_service_is_asked_for_an_answer_that_can_be_read_here() {
    let house = House::new();
    let conditional = |path: &str| {
        let request = anna(path).header("if-none-match", "\"v\"").header("if-modified-since", "x");
        request.header("range", "bytes=0-9").header("accept-encoding", "gzip, exi, br").header("accept", "*/*")
    };
    for (path, kept) in [("/recommendations", false), ("/open", true), ("/elsewhere", true)] {
        house.ask(conditional(path)).await;
        let seen = house.shop.seen().pop().unwrap().headers;
        for name in ["if-none-match", "if-modified-since", "range"] {
            assert_eq!(seen.contains_key(name), kept, "{path}: {name}");
        }
        assert_eq!(seen["accept-encoding"], if kept { "gzip, exi, br" } else { "gzip, br" }, "{path}");
        assert_eq!(seen["accept"], "*/*");
    }
}

// ── Where it works ───────────────────────────────────────────────────────────────────────────

async fn handler() -> ([(&'static str, &'static str); 1], &'static str) {
    ([("content-type", "application/json")], PERSONAL)
}

#[tokio::test(start_paused = true)]
async fn it_works_in_axum_around_routes_routers_and_all() {
    let house = House::new();
    let layer = house.layer.clone();
    let routes = || Router::new().route("/recommendations", get(handler).post(handler));
    let apps = [
        ("layer", routes().layer(layer.clone()), "/recommendations"),
        ("route_layer", routes().route_layer(layer.clone()), "/recommendations"),
        (
            "on a method router",
            Router::new().route("/recommendations", get(handler).layer(layer.clone())),
            "/recommendations",
        ),
        // Within a nested router the layer sees what is left of the path, outside of it the whole.
        ("nested", Router::new().nest("/shop", routes().layer(layer.clone())), "/shop/recommendations"),
        (
            "around a nest",
            Router::new()
                .nest("/recommendations", Router::new().route("/x", post(handler).get(handler)))
                .layer(layer.clone()),
            "/recommendations/x",
        ),
        ("fallback", Router::new().fallback(handler).layer(layer), "/recommendations/none"),
    ];
    for (how, app, path) in apps {
        let ask = |method: &str| anna(path).method(method).body(axum::body::Body::empty()).unwrap();
        let answer = Answer::read(app.clone().oneshot(ask("GET")).await.unwrap()).await;
        assert_eq!((answer.body.as_str(), answer.stage()), (AT_NEW, "new"), "{how}");
        let head = Answer::read(app.oneshot(ask("HEAD")).await.unwrap()).await;
        assert_eq!((head.status, head.body.as_str(), head.stage()), (StatusCode::OK, "", "new"), "{how}");
        assert_ne!(head.header("content-length"), PERSONAL.len().to_string(), "{how}: tells of what is hidden");
    }
    let app = Router::new().route("/elsewhere", get(handler)).layer(house.layer.clone());
    let answer = app.oneshot(anna("/elsewhere").body(axum::body::Body::empty()).unwrap()).await.unwrap();
    assert_eq!(Answer::read(answer).await.body, PERSONAL);
}

/// Serves a service on loopback, HTTP/1.1 and HTTP/2 with prior knowledge.
async fn serve<S, B>(service: S) -> (SocketAddr, JoinHandle<()>)
where
    S: Service<Request<hyper::body::Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(async move {
                let server = auto::Builder::new(TokioExecutor::new());
                // An error here is a client's that has gone.
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (address, serving)
}

async fn over_a_socket(address: SocketAddr, http2: bool, request: http::request::Builder) -> Answer {
    let client = Client::builder(TokioExecutor::new()).http2_only(http2).build_http::<Full<Bytes>>();
    let mut request = request.body(Full::default()).unwrap();
    *request.uri_mut() = format!("http://{address}{}", request.uri()).parse().unwrap();
    Answer::read(client.request(request).await.unwrap()).await
}

#[tokio::test]
async fn it_works_in_plain_hyper_over_both_protocols() {
    let house = House::new();
    let (address, serving) = serve(house.service()).await;
    for http2 in [false, true] {
        house.says(PERSONAL);
        for method in ["GET", "POST", "HEAD"] {
            let answer = over_a_socket(address, http2, anna("/recommendations").method(method)).await;
            assert_eq!(answer.body, if method == "HEAD" { "" } else { AT_NEW }, "{method} {http2}");
            assert_eq!((answer.stage(), &answer.broke), ("new", &None));
        }
        let (begin, end) = PERSONAL.split_at(80);
        house.streams([data(begin), rests(30), data(end)]);
        let answer = over_a_socket(address, http2, anna("/recommendations")).await;
        assert_eq!((answer.body.as_str(), answer.broke), (AT_NEW, None), "{http2}");
        assert_eq!(over_a_socket(address, http2, anna("/elsewhere")).await.body, PERSONAL, "{http2}");

        house.streams([data(begin), rests(1000), data("]]")]);
        let answer = over_a_socket(address, http2, anna("/recommendations")).await;
        assert!(answer.broke.is_some(), "the client knows that it is not whole");

        for status in [204, 304] {
            house.answers(move |_| Response::builder().status(status).body(Pieces::streamed([])));
            let answer = over_a_socket(address, http2, anna("/recommendations")).await;
            assert_eq!((answer.status.as_u16(), answer.body.as_str(), answer.broke), (status, "", None));
        }
    }
    serving.abort();
}

#[tokio::test]
#[cfg_attr(not(feature = "encoding"), ignore = "this build reads no compressed bodies")]
async fn it_works_among_compression_and_trace_layers() {
    let house = House::new();
    house.know("ben", "trusted").await;
    let service = ServiceBuilder::new()
        .layer(TraceLayer::new_for_http())
        .layer(CompressionLayer::new())
        .layer(house.layer.clone())
        .layer(TraceLayer::new_for_http())
        .layer(CompressionLayer::new())
        .service(house.shop.clone());
    let (address, serving) = serve(service).await;
    let plain = over_a_socket(address, false, anna("/recommendations")).await;
    assert_eq!((plain.body.as_str(), plain.stage()), (AT_NEW, "new"));

    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let request = anna(&format!("http://{address}/recommendations")).header("accept-encoding", "gzip");
    let response = client.request(request.body(Full::default()).unwrap()).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip", "compressed again after it was shaped");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    assert!(bytes.starts_with(&[0x1f, 0x8b]) && bytes.len() < AT_NEW.len());
    let seen = house.shop.seen();
    // Compressed below as well, and read here all the same.
    assert_eq!(seen.last().unwrap().headers["accept-encoding"], "gzip");
    serving.abort();
}

/// A compression layer encodes what has no known length, and 20 bytes of "nothing" are too much for a 304.
#[tokio::test]
async fn what_has_no_body_has_none_inside_compression_either() {
    let house = House::new();
    let service =
        ServiceBuilder::new().layer(CompressionLayer::new()).layer(house.layer.clone()).service(house.shop.clone());
    let (address, serving) = serve(service).await;
    for http2 in [false, true] {
        let ask = |method: &str| anna("/recommendations").method(method).header("accept-encoding", "gzip");
        let head = over_a_socket(address, http2, ask("HEAD")).await;
        assert_eq!((head.status.as_u16(), head.body.as_str(), head.broke), (200, "", None), "{http2}");
        assert!(!head.headers.contains_key("content-length") && !head.headers.contains_key("content-encoding"));
        let again = over_a_socket(address, http2, ask("GET").header("if-none-match", "*")).await;
        assert_eq!((again.status.as_u16(), again.body.as_str(), again.broke), (304, "", None), "{http2}");
        assert!(!again.headers.contains_key("content-length") && !again.headers.contains_key("content-encoding"));
    }
    serving.abort();
}

#[tokio::test]
async fn clones_of_a_layer_know_the_same_customers() {
    let house = House::new();
    let other = Arc::new(house.layer.clone());
    house.know(SUBJECT, "trusted").await;
    let request = anna("/recommendations").body(String::new()).unwrap();
    let answer = other.layer(house.shop.clone()).oneshot(request).await.unwrap();
    assert_eq!(Answer::read(answer).await.stage(), "trusted");
}
