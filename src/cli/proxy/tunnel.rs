//! Connections that go on as WebSockets (RFC 6455): what either side says then goes to the other one, unread.

use std::{
    pin::pin,
    sync::{Arc, OnceLock},
    time::Duration,
};

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, Version,
    header::{CONNECTION, SEC_WEBSOCKET_KEY, UPGRADE},
};
use hyper::upgrade::{self, OnUpgrade};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncWriteExt, copy, split},
    join, select,
    time::timeout,
};

use super::hops::words;

/// What becomes of a client's connection: its two sides, once the service has agreed.
#[derive(Clone, Default)]
pub(crate) struct Tunnel(Arc<OnceLock<[OnUpgrade; 2]>>);

/// A client wants to go on as a WebSocket.
#[derive(Clone)]
pub(crate) struct Handshake {
    client: OnUpgrade,
    tunnel: Tunnel,
}

impl Tunnel {
    /// What a request wishes, if that is a WebSocket (RFC 6455, section 4.1). It must say so to this hop: nothing has been taken
    /// out of its head.
    pub(crate) fn wished<B>(&self, request: &mut Request<B>) -> Option<Handshake> {
        let headers = request.headers();
        let is_wished = request.method() == Method::GET
            && request.version() == Version::HTTP_11
            && headers.contains_key(SEC_WEBSOCKET_KEY)
            && words(headers, &CONNECTION).any(|word| word.eq_ignore_ascii_case("upgrade"))
            && is_websocket(headers);
        is_wished.then(|| Handshake { client: upgrade::on(request), tunnel: self.clone() })
    }

    /// Whether the service has agreed.
    pub(crate) fn is_open(&self) -> bool {
        self.0.get().is_some()
    }

    /// Hands on what either side says once the connection speaks HTTP no more, until one has ended.
    pub(crate) async fn pass(&self) {
        let Some([client, service]) = self.0.get().cloned() else { return };
        let (Ok(client), Ok(service)) = join!(client, service) else { return };
        let (mut client, mut to_client) = split(TokioIo::new(client));
        let (mut service, mut to_service) = split(TokioIo::new(service));
        let mut there = pin!(async {
            let _broken = copy(&mut client, &mut to_service).await;
            let _gone = to_service.shutdown().await;
        });
        let mut back = pin!(async {
            let _broken = copy(&mut service, &mut to_client).await;
            let _gone = to_client.shutdown().await;
        });
        let _cut = select! {
            () = &mut there => timeout(LAST_WORDS, back).await,
            () = &mut back => timeout(LAST_WORDS, there).await,
        };
    }
}

impl Handshake {
    /// Goes on with the request, whose head has lost what was said to this hop. The layer takes the header out where answers are
    /// shaped.
    pub(crate) fn goes_with<B>(self, request: &mut Request<B>) {
        request.headers_mut().insert(UPGRADE, WEBSOCKET);
        request.extensions_mut().insert(self);
    }

    /// Comes out of a request again; `None` where nothing is wished any more.
    pub(super) fn of<B>(request: &mut Request<B>) -> Option<Self> {
        let handshake = request.extensions_mut().remove::<Self>();
        handshake.filter(|_| request.headers().contains_key(UPGRADE))
    }

    /// Whether the service agrees. Then the connection goes on with it.
    pub(super) fn agrees<B>(self, answer: &mut Response<B>) -> bool {
        let agrees = is_websocket(answer.headers());
        agrees && self.tunnel.0.set([self.client, upgrade::on(answer)]).is_ok()
    }
}

fn is_websocket(headers: &HeaderMap) -> bool {
    words(headers, &UPGRADE).any(|word| word.eq_ignore_ascii_case("websocket"))
}

pub(super) const WEBSOCKET: HeaderValue = HeaderValue::from_static("websocket");

/// How long the other side may still speak when one has ended.
const LAST_WORDS: Duration = Duration::from_secs(10);
