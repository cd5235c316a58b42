//! The future of an answer: load if need be, call, record, let go; or all that it takes to shape it.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, Collected};
use pin_project_lite::pin_project;
use tower::{BoxError, Service};
use tracing::Span;

use crate::{
    answering::{Answering, answer},
    aside::Aside,
    body::RapportBody,
    course::{AskedAs, Course, Step, Way},
    desk,
    loading::Load,
    recording::Writing,
    replay::RequestBody,
    report,
    setting::Setting,
    source::Source,
};

pin_project! {
    /// The answer of a [`Rapport`](crate::service::Rapport), on its way.
    ///
    /// See the example of [`Rapport`](crate::Rapport), which awaits it.
    pub struct ResponseFuture<S, Q, B>
    where
        S: Service<Request<RequestBody<Q>>, Response = Response<B>>,
        Q: Body,
    {
        #[pin]
        state: State<S, Request<Q>, S::Future, B, S::Error>,
        // It ends with the answer's head.
        span: Span,
    }
}

pin_project! {
    /// An answer that leaves as it came costs no allocation for itself; one that is shaped costs one.
    #[project = StateNow]
    enum State<S, Q, F, B, E> {
        /// The store is asked what it knows of the customer. (Boxed, so that the others are smaller.)
        Load { load: Load, ready: Option<Box<(S, Q, Course)>> },
        /// The wrapped service works, on what leaves as it is.
        Pass { #[pin] answer: F, course: Course },
        /// The events of its answer are written.
        Record { writing: Writing, answer: Option<Response<RapportBody<B>>> },
        /// The wrapped service is asked, and its answer shaped; or the portal answers.
        Shape { answering: Answering<B, E> },
    }
}

impl<S, Q, B> ResponseFuture<S, Q, B>
where
    S: Service<Request<RequestBody<Q>>, Response = Response<B>, Future: Send, Error: Send> + Clone + Send + 'static,
    Q: Body<Data = Bytes, Error: Send> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    // Each is made with its span at once: a future is some hundred bytes, which would be moved for it once more.

    pub(crate) fn pass(answer: S::Future, course: Course, span: Span) -> Self {
        Self { state: State::Pass { answer, course }, span }
    }

    pub(crate) fn shape(service: S, request: Request<Q>, course: Course, span: Span) -> Self {
        Self { state: State::Shape { answering: answer(service, request, course) }, span }
    }

    pub(crate) fn portal(setting: Arc<Setting>, request: Request<Q>, span: Span) -> Self {
        let answering = Box::pin(async move {
            let (head, body) = desk::answer(&setting, request).await.into_parts();
            let Ok(bytes) = body.collect().await.map(Collected::to_bytes);
            Ok(Response::from_parts(head, RapportBody::whole(bytes, None)))
        });
        Self { state: State::Shape { answering }, span }
    }

    pub(crate) fn load(load: Load, service: S, request: Request<Q>, course: Course, span: Span) -> Self {
        Self { state: State::Load { load, ready: Some(Box::new((service, request, course))) }, span }
    }
}

impl<S, Q, B> Future for ResponseFuture<S, Q, B>
where
    S: Service<Request<RequestBody<Q>>, Response = Response<B>, Future: Send, Error: Send> + Clone + Send + 'static,
    Q: Body<Data = Bytes, Error: Send> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Output = Result<Response<RapportBody<B>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let _entered = this.span.enter();
        let polled = this.state.poll(cx);
        if let Poll::Ready(answered) = &polled {
            report::answered(this.span, answered.as_ref().ok().map(Response::status));
        }
        polled
    }
}

impl<S, Q, B> Future for State<S, Request<Q>, S::Future, B, S::Error>
where
    S: Service<Request<RequestBody<Q>>, Response = Response<B>, Future: Send, Error: Send> + Clone + Send + 'static,
    Q: Body<Data = Bytes, Error: Send> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    type Output = Result<Response<RapportBody<B>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self;
        loop {
            let next = match state.as_mut().project() {
                StateNow::Load { load, ready } => {
                    let loaded = ready!(load.as_mut().poll(cx));
                    #[expect(clippy::expect_used, reason = "taken once: the state changes in the same step")]
                    let (mut service, mut request, mut course) = *ready.take().expect("polled after it was ready");
                    if let Step::Load(more) = course.decide(&loaded) {
                        State::Load { load: more, ready: Some(Box::new((service, request, course))) }
                    } else if course.way() == Way::Pass {
                        course.tell(&mut request);
                        State::Pass { answer: service.call(request.map(RequestBody::as_it_came)), course }
                    } else {
                        State::Shape { answering: answer(service, request, course) }
                    }
                }
                StateNow::Pass { answer, course } => {
                    let (mut head, body) = ready!(answer.poll(cx))?.into_parts();
                    let writing = course.record(&mut head, AskedAs::Customer);
                    let aside = Aside::of(course, &head, body.is_end_stream());
                    course.dress(&mut head);
                    let answer = Response::from_parts(head, RapportBody::observed(Source::service(body), aside));
                    match writing {
                        Some(writing) => State::Record { writing, answer: Some(answer) },
                        None => return Poll::Ready(Ok(answer)),
                    }
                }
                StateNow::Record { writing, answer } => {
                    ready!(writing.as_mut().poll(cx));
                    #[expect(clippy::expect_used, reason = "taken once: the future is ready with it")]
                    return Poll::Ready(Ok(answer.take().expect("polled after it was ready")));
                }
                StateNow::Shape { answering } => return answering.as_mut().poll(cx),
            };
            state.set(next);
        }
    }
}

impl<S, Q, B> fmt::Debug for ResponseFuture<S, Q, B>
where
    S: Service<Request<RequestBody<Q>>, Response = Response<B>>,
    Q: Body,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
