//! The service that the layer wraps in `rapport serve`: hands a request to the service behind it, and its answer back.
//!
//! Bodies are streamed both ways, no faster than the slower side takes them. Whoever goes away, client or service, ends
//! the other side's part too: dropping the future or the body closes the connection to the service.

mod forwarded;
mod here;
mod hops;
mod onward;
mod patience;
mod tls;
mod tunnel;
mod upstream;

use std::{
    convert::Infallible,
    error::Error as _,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version,
    header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, EXPECT, HOST, TRANSFER_ENCODING, UPGRADE},
    request,
};
use http_body::Body;
use http_body_util::{Either, Empty, Full};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{
        Client, Error,
        connect::{HttpConnector, capture_connection},
    },
    rt::{TokioExecutor, TokioTimer},
};
use tower::{BoxError, Service};

use super::attended::{Broken, Stalled};
pub(crate) use hops::{Peer, say_scheme, strip};
use onward::Onward;
use patience::{Patience, Watched};
pub(crate) use tunnel::Tunnel;
use tunnel::{Handshake, WEBSOCKET};
pub(crate) use upstream::{Upstream, UpstreamError};

/// The service behind the proxy. Cheap to clone; clones share the connections.
pub(crate) struct Proxy<B> {
    client: Client<HttpsConnector<HttpConnector>, Sent<B>>,
    upstream: Upstream,
    patience: Duration,
    down: Arc<AtomicBool>,
    begun: Instant,
    /// When it was last told that an answer could not be read, in seconds from a minute before the beginning.
    unread: Arc<AtomicU64>,
}

/// What the service answered, or the few words that stand for it.
pub(crate) type Answer = Either<Onward<Incoming>, Full<Bytes>>;

type Sent<B> = Either<Watched<Onward<B>>, Empty<Bytes>>;

impl<B> Proxy<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    /// A proxy to a service, which must have answered (head, not body) `patience` after it had what it asked for.
    ///
    /// # Errors
    ///
    /// TLS cannot be set up.
    pub(crate) fn new(upstream: Upstream, patience: Duration) -> Result<Self, rustls::Error> {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(patience));
        connector.set_keepalive(Some(SILENT));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .build(tls::connector(connector)?);
        let (down, unread, begun) = (Arc::default(), Arc::default(), Instant::now());
        Ok(Self { client, upstream, patience, down, begun, unread })
    }

    async fn answer(&self, mut request: Request<B>) -> Response<Answer> {
        if let Some(answer) = here::answered(&mut request) {
            return answer;
        }
        let handshake = Handshake::of(&mut request);
        let (head, body) = match self.outgoing(request) {
            Ok(sent) => sent.into_parts(),
            Err((status, text)) => return words(status, text),
        };
        let patience = Patience::new(self.patience);
        let sent = tokio::select! {
            sent = self.send(head, patience.watch(Onward::new(body))) => sent,
            () = patience.ends() => {
                let remedy = "see what keeps it, or raise `serve.upstream_timeout`";
                tracing::warn!(patience = ?self.patience, remedy, "the service did not answer in time");
                return words(StatusCode::GATEWAY_TIMEOUT, "the service did not answer in time");
            }
        };
        match sent {
            Ok(answer) if answer.status() != StatusCode::SWITCHING_PROTOCOLS => {
                self.is_up();
                returned(answer)
            }
            Ok(answer) => match switched(answer, handshake) {
                Some(answer) => {
                    self.is_up();
                    answer
                }
                None => words(StatusCode::BAD_GATEWAY, "the service answered with a protocol nobody asked for"),
            },
            Err(error) => match of_the_client(&error) {
                Some((status, text)) => words(status, text),
                None if error.is_connect() => {
                    self.is_down(&error);
                    words(StatusCode::BAD_GATEWAY, "the service cannot be reached")
                }
                None => {
                    self.is_unread(&error);
                    words(StatusCode::BAD_GATEWAY, "the service gave no answer that can be read")
                }
            },
        }
    }

    /// Sends a request. One that has no body and may be repeated (RFC 9110, section 9.2.2) is sent a second time when the
    /// service has just closed the idle connection that it was put on, or when something stood there that is no answer: what is
    /// left of the one before.
    async fn send(&self, head: request::Parts, body: Watched<Onward<B>>) -> Result<Response<Incoming>, Error> {
        let again = (head.method.is_idempotent() && body.is_end_stream()).then(|| head.clone());
        let sent = self.send_once(Request::from_parts(head, Either::Left(body))).await;
        match (sent, again) {
            (Err(error), Some(head)) if was_of_another(&error) => {
                self.send_once(Request::from_parts(head, Either::Right(Empty::new()))).await
            }
            (sent, _) => sent,
        }
    }

    async fn send_once(&self, mut request: Request<Sent<B>>) -> Result<Response<Incoming>, Error> {
        let connection = capture_connection(&mut request);
        let answer = self.client.request(request).await?;
        if may_be_followed(&answer)
            && let Some(connection) = &*connection.connection_metadata()
        {
            connection.poison();
        }
        Ok(answer)
    }

    /// The request as the service gets it: HTTP/1.1, its target as it came, the host that the client named.
    fn outgoing(&self, request: Request<B>) -> Result<Request<B>, (StatusCode, &'static str)> {
        let (mut head, body) = request.into_parts();
        if head.method == Method::CONNECT {
            return Err((StatusCode::NOT_IMPLEMENTED, "this is no tunnel"));
        }
        // Of equal ones hyper makes one in HTTP/1.1; in HTTP/2 it lets them pass.
        if head.headers.get_all(CONTENT_LENGTH).iter().nth(1).is_some() {
            return Err((StatusCode::BAD_REQUEST, "the request says its length more than once"));
        }
        name_host(&mut head)?;
        if !forwarded::names_no_path(&mut head.headers) {
            return Err((StatusCode::BAD_REQUEST, "what was forwarded of the host is unreadable"));
        }
        if !is_target(&head) {
            return Err((StatusCode::BAD_REQUEST, "the target of the request is no path"));
        }
        let target = self.upstream.at(head.uri.path_and_query());
        head.uri = target.ok_or((StatusCode::BAD_REQUEST, "the target of the request is unreadable"))?;

        hops::announce(&mut head.headers, head.extensions.get::<Peer>().copied(), head.version);
        // Met by this hop: the client is told to continue as soon as the service takes the body.
        head.headers.remove(EXPECT);
        // hyper takes a GET without a length for one without a body.
        let sized = head.headers.contains_key(CONTENT_LENGTH) || body.size_hint().exact().is_some();
        if !sized && !body.is_end_stream() {
            head.headers.insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        if head.version == Version::HTTP_2 {
            join_cookies(&mut head.headers);
        }
        if head.method == Method::HEAD {
            // Some services give a body all the same: on a connection that goes on it would be the answer to somebody else.
            head.headers.append(CONNECTION, HeaderValue::from_static("close"));
        }
        head.version = Version::HTTP_11;
        head.extensions.clear();
        Ok(Request::from_parts(head, body))
    }

    /// Says once that the service went away, not at every request.
    fn is_down(&self, error: &Error) {
        if !self.down.swap(true, Ordering::Relaxed) {
            let cause = causes(error);
            let remedy = "start it, or name with `--upstream` where it listens";
            tracing::warn!(upstream = %self.upstream, cause, remedy, "the service cannot be reached");
        }
    }

    /// Says at most once a minute that the service is there and does not answer as it should: one of its routes alone may do so.
    fn is_unread(&self, error: &Error) {
        let now = self.begun.elapsed().as_secs() + MINUTE;
        let last = self.unread.load(Ordering::Relaxed);
        let is_time = now >= last + MINUTE;
        if is_time && self.unread.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            let cause = causes(error);
            let remedy =
                "see in its log what became of the request, and that it speaks HTTP/1.1 with no more than 100 headers";
            tracing::warn!(upstream = %self.upstream, cause, remedy, "the service gave no answer that can be read");
        }
    }

    fn is_up(&self) {
        if self.down.load(Ordering::Relaxed) && self.down.swap(false, Ordering::Relaxed) {
            tracing::info!(upstream = %self.upstream, "the service is back");
        }
    }
}

/// HTTP/2 may part cookies into lines of their own; HTTP/1.1 knows one (RFC 9113 section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let lines: Vec<&[u8]> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if lines.len() > 1
        && let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b"; "[..]))
    {
        headers.insert(COOKIE, joined);
    }
}

/// RFC 9112, sections 3.2.1 to 3.2.4: a target is a path, with a host before it or not; `*` is one of OPTIONS, and a host alone
/// one of CONNECT.
fn is_target(head: &request::Parts) -> bool {
    let path = head.uri.path();
    path.starts_with('/') || (path == "*" && head.method == Method::OPTIONS)
}

/// RFC 9112, section 3.2.2: the host of an absolute target is the host, whatever the field says. HTTP/2 has it there too.
/// Section 3.2: a request of HTTP/1.1 that names no host, or two, or what is none, is a bad one: whoever puts host and path
/// together would read another path.
fn name_host(head: &mut request::Parts) -> Result<(), (StatusCode, &'static str)> {
    if let Some(authority) = head.uri.authority() {
        let host = authority.as_str().rsplit('@').next().unwrap_or_default();
        let host = HeaderValue::from_str(host).ok().filter(|host| forwarded::is_host(host.as_bytes()));
        head.headers.insert(HOST, host.ok_or((StatusCode::BAD_REQUEST, "the host is unreadable"))?);
        return Ok(());
    }
    match head.headers.get_all(HOST).iter().count() {
        1 if head.headers.get(HOST).is_some_and(|host| forwarded::is_host(host.as_bytes())) => Ok(()),
        1 => Err((StatusCode::BAD_REQUEST, "the host is unreadable")),
        0 if head.version < Version::HTTP_11 => Ok(()),
        0 => Err((StatusCode::BAD_REQUEST, "the request names no host")),
        _ => Err((StatusCode::BAD_REQUEST, "the request names more than one host")),
    }
}

/// The answer as the client gets it: without what the service said to the proxy alone.
fn returned(answer: Response<Incoming>) -> Response<Answer> {
    let (mut head, body) = answer.into_parts();
    strip(&mut head.headers);
    head.version = Version::default();
    head.extensions.clear();
    Response::from_parts(head, Either::Left(Onward::new(body)))
}

/// The answer by which the connection goes on as a WebSocket, if the client wants that and the service agrees.
fn switched(mut answer: Response<Incoming>, handshake: Option<Handshake>) -> Option<Response<Answer>> {
    if !handshake?.agrees(&mut answer) {
        return None;
    }
    let mut answer = returned(answer);
    answer.headers_mut().insert(UPGRADE, WEBSOCKET);
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("upgrade"));
    Some(answer)
}

/// Whether a service that does not keep to the rules may say more than this answer holds: one that can have no body says how long it
/// is (RFC 9112, section 6.3).
fn may_be_followed(answer: &Response<Incoming>) -> bool {
    let has_none = [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&answer.status());
    let headers = answer.headers();
    has_none
        && (headers.contains_key(TRANSFER_ENCODING) || headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0"))
}

/// A service that closes a connection while a request is on its way to it has not seen the request, or says nothing; and what
/// cannot be read may be the end of an answer to somebody else.
fn was_of_another(error: &Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let reset = error.downcast_ref::<io::Error>().map(io::Error::kind) == Some(io::ErrorKind::ConnectionReset);
        let unread = |error: &hyper::Error| error.is_incomplete_message() || error.is_parse();
        if reset || error.downcast_ref::<hyper::Error>().is_some_and(unread) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// What is wrong with the body that the client sends, where that is why the request failed.
fn of_the_client(error: &Error) -> Option<(StatusCode, &'static str)> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.is::<Stalled>() {
            return Some((StatusCode::REQUEST_TIMEOUT, "the body of the request did not come"));
        }
        if error.is::<Broken>() {
            return Some((StatusCode::BAD_REQUEST, "the body of the request cannot be read"));
        }
        cause = error.source();
    }
    None
}

/// The innermost cause says most, and nothing of the request.
fn causes(error: &Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(cause) = innermost.source() {
        innermost = cause;
    }
    innermost.to_string()
}

/// A short answer of the proxy's own.
fn words(status: StatusCode, text: &'static str) -> Response<Answer> {
    let mut answer = Response::new(Either::Right(Full::new(Bytes::from(format!("{text}\n")))));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

impl<B> Service<Request<B>> for Proxy<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + Unpin + 'static,
{
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let proxy = self.clone();
        Box::pin(async move { Ok(proxy.answer(request).await) })
    }
}

impl<B> Clone for Proxy<B> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            upstream: self.upstream.clone(),
            patience: self.patience,
            down: Arc::clone(&self.down),
            begun: self.begun,
            unread: Arc::clone(&self.unread),
        }
    }
}

/// After how long a service that says nothing is asked by TCP whether it is there.
const SILENT: Duration = Duration::from_secs(60);

/// In seconds.
const MINUTE: u64 = 60;

/// Shorter than what services commonly wait before they close an idle connection, so that this side closes first.
const POOL_IDLE: Duration = Duration::from_secs(4);
