//! The service: what happens to a request before the wrapped service sees it.

use std::{
    fmt, mem,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower::{BoxError, Service};

use crate::{
    body::RapportBody,
    course::{Course, Step, Way},
    current::Current,
    desk,
    future::ResponseFuture,
    lookup,
    replay::RequestBody,
    report::{self, PERSONALIZATION},
};

/// A service in front of which a [`RapportLayer`](crate::RapportLayer) stands.
///
/// ```
/// use std::sync::Arc;
/// use http::{Request, Response};
/// use http_body_util::BodyExt;
/// use tower::{Layer, ServiceExt, service_fn};
/// use tower_rapport::{RapportLayer, RequestBody, policy::Policy, store::Memory};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tower::BoxError> {
/// # let toml = include_str!("../config/minimal.toml");
/// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let shop = service_fn(async |_: Request<RequestBody<String>>| {
///     let answer = Response::builder().header("content-type", "application/json");
///     answer.body(String::from(r#"{ "customer": { "first_name": "Anna" } }"#))
/// });
/// let service = RapportLayer::new(policy, Arc::new(Memory::new()))?.layer(shop);
/// let answer = service.oneshot(Request::get("/recommendations").body(String::new())?).await?;
/// assert!(answer.headers()["personalization"].to_str()?.starts_with("stage=new;"));
/// assert_eq!(answer.into_body().collect().await?.to_bytes(), r#"{ "customer": { "first_name": null } }"#);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Rapport<S> {
    inner: S,
    current: Current,
    /// Whether it answers the customer's own routes.
    answers_portal: bool,
    /// Tells the services apart that do not share what they say to somebody unknown.
    number: u32,
}

impl<S> Rapport<S> {
    pub(crate) fn new(inner: S, current: Current, answers_portal: bool, number: u32) -> Self {
        Self { inner, current, answers_portal, number }
    }
}

impl<S, Q, B> Service<Request<Q>> for Rapport<S>
where
    S: Service<Request<RequestBody<Q>>, Response = Response<B>, Future: Send, Error: Send> + Clone + Send + 'static,
    Q: Body<Data = Bytes, Error: Send> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<RapportBody<B>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, Q, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Q>) -> Self::Future {
        // Only this layer says how well a customer is known.
        lookup::take(request.headers_mut(), &PERSONALIZATION);
        let setting = self.current.get();
        if self.answers_portal && desk::is_portal(&setting, request.uri().path()) {
            let (method, version) = (request.method(), request.version());
            let span = report::span(method, version, || desk::pattern(&setting, request.uri().path()));
            return ResponseFuture::portal(setting, request, span);
        }
        let mut course = Course::begin(setting, self.number, &request);
        let span = course.span(request.version());
        let entered = span.enter();
        let load = match course.decide_at_once() {
            Step::Call if course.way() == Way::Pass => {
                course.tell(&mut request);
                let answer = self.inner.call(request.map(RequestBody::as_it_came));
                drop(entered);
                return ResponseFuture::pass(answer, course, span);
            }
            Step::Call => None,
            Step::Load(load) => Some(load),
        };
        // This one was polled ready; the clone that stays behind was not.
        let clone = self.inner.clone();
        let ready = mem::replace(&mut self.inner, clone);
        drop(entered);
        match load {
            None => ResponseFuture::shape(ready, request, course, span),
            Some(load) => ResponseFuture::load(load, ready, request, course, span),
        }
    }
}

impl<S: fmt::Debug> fmt::Debug for Rapport<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rapport").field("inner", &self.inner).finish_non_exhaustive()
    }
}
