//! The customers' desk: the portal as a service, by itself and within the layer.

mod errand;

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Method, Request, Response, header::CONTENT_LENGTH, request};
use http_body::Body;
use http_body_util::Full;
use tower::Service;

use self::errand::Errand;
use crate::{
    current::Current,
    portal::{Manner, Problem, Reply, Route, moved_to, options, style},
    setting::Setting,
};

/// The customer's own routes, as a service of their own: see [`portal`](crate::portal).
///
/// A [`RapportLayer`](crate::RapportLayer) answers them by itself. Mount this where the layer does not see their paths, or
/// where they are to be reached elsewhere: in axum with `nest_service("/rapport", layer.portal())` and
/// `route_service("/.well-known/gpc.json", layer.portal())`, or as it is in hyper. Paths may come with `portal.path` before
/// them or without.
///
/// ```
/// use axum::Router;
/// use tower::Layer;
/// use tower_rapport::RapportLayer;
///
/// /// The portal beside the shop, not through the layer.
/// fn app(layer: &RapportLayer, shop: Router) -> Router {
///     Router::new()
///         .nest_service("/rapport", layer.portal())
///         .route_service("/.well-known/gpc.json", layer.portal())
///         .fallback_service(layer.clone().without_portal().layer(shop))
/// }
/// ```
#[derive(Clone)]
pub struct Portal {
    current: Current,
}

impl Portal {
    pub(crate) fn new(current: Current) -> Self {
        Self { current }
    }
}

impl<Q> Service<Request<Q>> for Portal
where
    Q: Body<Data = Bytes, Error: Send> + Send + 'static,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let setting = self.current.get();
        Box::pin(async move { Ok(answer(&setting, request).await) })
    }
}

/// Whether a path is the portal's.
pub(crate) fn is_portal(setting: &Setting, path: &str) -> bool {
    let terms = setting.policy.terms();
    match Route::of(path, &terms.path) {
        // Where the signal is not honoured, there is nothing to state, and the service may have its own statement.
        Some(Route::Gpc) => terms.gpc.is_some(),
        route => route.is_some(),
    }
}

/// The pattern of a path of the portal.
pub(crate) fn pattern(setting: &Setting, path: &str) -> Option<String> {
    let base = &setting.policy.terms().path;
    Route::of(path, base)?.pattern(base)
}

/// Answers a request to the portal.
pub(crate) async fn answer<Q>(setting: &Setting, request: Request<Q>) -> Reply
where
    Q: Body<Data = Bytes>,
{
    let (head, body) = request.into_parts();
    let is_head = head.method == Method::HEAD;
    let mut reply = desk(setting, head, body).await;
    if is_head {
        let length = reply.body().size_hint().lower();
        reply.headers_mut().insert(CONTENT_LENGTH, length.into());
        *reply.body_mut() = Full::default();
    }
    reply
}

async fn desk<Q>(setting: &Setting, head: request::Parts, body: Q) -> Reply
where
    Q: Body<Data = Bytes>,
{
    let terms = setting.policy.terms();
    let manner = Manner::of(&head.headers, terms);
    let path = head.uri.path();
    let route = Route::of(path, &terms.path).unwrap_or_else(|| Route::below(path));
    if route == Route::Nowhere {
        return manner.problem(Problem::Nowhere);
    }
    if head.method == Method::OPTIONS {
        return options(route.allowed());
    }
    if !route.allows(&head.method) {
        return manner.problem(Problem::Method(route.allowed()));
    }
    let reads = [Method::GET, Method::HEAD].contains(&head.method);
    match route {
        Route::Home => moved_to(&format!("{}/me", terms.path)),
        Route::Style => style(),
        Route::Gpc => manner.gpc(),
        Route::Policy => Errand::of(setting, &head, manner).policy().await,
        Route::Me if reads => Errand::of(setting, &head, manner).me().await,
        Route::Export => Errand::of(setting, &head, manner).export().await,
        route => Errand::of(setting, &head, manner).change(route, body).await,
    }
}

impl fmt::Debug for Portal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Portal").field("policy", &self.current.get().policy.fingerprint()).finish_non_exhaustive()
    }
}
