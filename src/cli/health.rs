//! Whether the process is there, and whether it can serve: for whoever runs it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::{Either, Full};
use tower::Service;

use super::proxy::Upstream;

/// Answers `health` and `ready` under the portal's path, before the layer sees them; all else goes on.
#[derive(Clone)]
pub(crate) struct Health<S> {
    app: S,
    asked: Arc<Asked>,
}

struct Asked {
    health: String,
    ready: String,
    upstream: Upstream,
    stopping: Arc<AtomicBool>,
}

impl<S> Health<S> {
    /// Puts the two routes under `path` in front of a service. Nobody is ready once `stopping`.
    pub(crate) fn new(app: S, path: &str, upstream: Upstream, stopping: Arc<AtomicBool>) -> Self {
        let asked = Asked { health: format!("{path}/health"), ready: format!("{path}/ready"), upstream, stopping };
        Self { app, asked: Arc::new(asked) }
    }
}

impl<S, Q, B> Service<Request<Q>> for Health<S>
where
    S: Service<Request<Q>, Response = Response<B>, Future: Send + 'static>,
{
    type Response = Response<Either<B, Full<Bytes>>>;
    type Error = S::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.app.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let (path, method) = (request.uri().path(), request.method());
        let is_read = method == Method::GET || method == Method::HEAD;
        if is_read && path == self.asked.health {
            return Box::pin(async { Ok(words(StatusCode::OK, "here")) });
        }
        if is_read && path == self.asked.ready {
            let asked = Arc::clone(&self.asked);
            return Box::pin(async move { Ok(asked.is_ready().await) });
        }
        let answering = self.app.call(request);
        Box::pin(async move { Ok(answering.await?.map(Either::Left)) })
    }
}

impl Asked {
    async fn is_ready<B>(&self) -> Response<Either<B, Full<Bytes>>> {
        if self.stopping.load(Ordering::Relaxed) {
            return words(StatusCode::SERVICE_UNAVAILABLE, "stopping");
        }
        match self.upstream.is_reached().await {
            true => words(StatusCode::OK, "ready"),
            false => words(StatusCode::SERVICE_UNAVAILABLE, "the service cannot be reached"),
        }
    }
}

fn words<B>(status: StatusCode, text: &'static str) -> Response<Either<B, Full<Bytes>>> {
    let mut answer = Response::new(Either::Right(Full::new(Bytes::from(format!("{text}\n")))));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}
