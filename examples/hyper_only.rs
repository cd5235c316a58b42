//! The layer around a plain hyper service, served and asked over HTTP on loopback; no axum in it.
//! `cargo run --example hyper_only`

mod anna;

use std::{convert::Infallible, net::SocketAddr, sync::Arc};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo},
    service::TowerToHyperService,
};
use tokio::net::TcpListener;
use tower::{BoxError, Layer, service_fn};
use tower_rapport::{RapportLayer, RequestBody, policy::Policy, store::Memory};

/// The body of a request comes in a type of the layer's, which may send it twice.
async fn shop(request: Request<RequestBody<Incoming>>) -> Result<Response<Full<Bytes>>, Infallible> {
    let answer = Response::builder().header("content-type", "application/json");
    let (answer, body) = match request.uri().path() {
        "/checkout" => (answer.header("personalization-event", "purchase"), "{}"),
        _ => (answer, r#"{"customer":{"first_name":"Anna"},"items":[{"id":1,"reason":"You bought boots"}]}"#),
    };
    Ok(answer.body(Full::from(body)).unwrap_or_default())
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let policy = Policy::from_toml("config/minimal.toml", include_str!("../config/minimal.toml"), anna::secret)?;
    let calendar = anna::Calendar::default();
    let layer = RapportLayer::new(policy, Arc::new(Memory::new()))?.with_clock(calendar.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(serve(listener, layer));

    println!("a stranger: {}", ask(address, Method::GET, "/recommendations").await?);
    for _ in 0..10 {
        ask(address, Method::GET, "/recommendations").await?;
        ask(address, Method::POST, "/checkout").await?;
        calendar.turn(7);
    }
    println!("a regular:  {}", ask(address, Method::GET, "/recommendations").await?);
    Ok(())
}

async fn serve(listener: TcpListener, layer: RapportLayer) -> Result<(), BoxError> {
    let service = TowerToHyperService::new(layer.layer(service_fn(shop)));
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service.clone()));
    }
}

async fn ask(address: SocketAddr, method: Method, path: &str) -> Result<String, BoxError> {
    let request = anna::asks(method, &format!("http://{address}{path}"))?.body(Full::<Bytes>::default())?;
    let response = Client::builder(TokioExecutor::new()).build_http().request(request).await?;
    Ok(String::from_utf8(response.into_body().collect().await?.to_bytes().to_vec())?)
}
