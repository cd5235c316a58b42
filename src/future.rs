//! The future of an answer: load if need be, call, record, hold, let go.

use std::{
    fmt,
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response, response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower::{BoxError, Service};

use crate::{
    body::RapportBody,
    course::{Course, Fate, Load},
    hold::{Hold, in_the_place_of_unreadable},
    recording::Writing,
};

pin_project! {
    /// The answer of a [`Rapport`](crate::service::Rapport), on its way.
    pub struct ResponseFuture<S, Q, B>
    where
        S: Service<Request<Q>, Response = Response<B>>,
    {
        #[pin]
        state: State<S, Request<Q>, S::Future, B>,
        course: Course,
    }
}

pin_project! {
    #[project = StateNow]
    enum State<S, Q, F, B> {
        /// The store is asked what it knows of the customer.
        Load { load: Load, ready: Option<(S, Q)> },
        /// The wrapped service works.
        Call { #[pin] answer: F },
        /// The events of its answer are written.
        Record { writing: Writing, answer: Option<(response::Parts, B)> },
        /// The beginning of its body is shaped, and held until it is safe to let go.
        Hold { #[pin] hold: Hold<B> },
    }
}

impl<S, Q, B> ResponseFuture<S, Q, B>
where
    S: Service<Request<Q>, Response = Response<B>>,
{
    pub(crate) fn call(answer: S::Future, course: Course) -> Self {
        Self { state: State::Call { answer }, course }
    }

    pub(crate) fn load(load: Load, service: S, request: Request<Q>, course: Course) -> Self {
        Self { state: State::Load { load, ready: Some((service, request)) }, course }
    }
}

impl<S, Q, B> Future for ResponseFuture<S, Q, B>
where
    S: Service<Request<Q>, Response = Response<B>>,
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Output = Result<Response<RapportBody<B>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            let next = match this.state.as_mut().project() {
                StateNow::Load { load, ready } => {
                    let loaded = ready!(load.as_mut().poll(cx));
                    this.course.decide(&loaded);
                    #[expect(clippy::expect_used, reason = "taken once: the state changes in the same step")]
                    let (mut service, mut request) = ready.take().expect("polled after it was ready");
                    this.course.tell(&mut request);
                    State::Call { answer: service.call(request) }
                }
                StateNow::Call { answer } => {
                    let (mut parts, body) = ready!(answer.poll(cx))?.into_parts();
                    match this.course.record(&mut parts) {
                        Some(writing) => State::Record { writing, answer: Some((parts, body)) },
                        None => match hold(this.course, parts, body) {
                            ControlFlow::Continue(hold) => State::Hold { hold },
                            ControlFlow::Break(answer) => return Poll::Ready(Ok(answer)),
                        },
                    }
                }
                StateNow::Record { writing, answer } => {
                    ready!(writing.as_mut().poll(cx));
                    #[expect(clippy::expect_used, reason = "taken once: the state changes in the same step")]
                    let (parts, body) = answer.take().expect("polled after it was ready");
                    match hold(this.course, parts, body) {
                        ControlFlow::Continue(hold) => State::Hold { hold },
                        ControlFlow::Break(answer) => return Poll::Ready(Ok(answer)),
                    }
                }
                StateNow::Hold { hold } => return hold.poll(cx).map(Ok),
            };
            this.state.set(next);
        }
    }
}

/// Begins to hold an answer that must be shaped; an answer that need not be is ready.
fn hold<B>(course: &Course, mut parts: response::Parts, body: B) -> ControlFlow<Response<RapportBody<B>>, Hold<B>>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    match course.answer(&mut parts, body.is_end_stream()) {
        Fate::Nothing => ControlFlow::Break(Response::from_parts(parts, RapportBody::nothing())),
        Fate::Pass => ControlFlow::Break(Response::from_parts(parts, RapportBody::pass(body))),
        Fate::Unreadable(endpoint) => ControlFlow::Break(in_the_place_of_unreadable(parts, &endpoint)),
        Fate::Shape(plan, endpoint) => ControlFlow::Continue(Hold::new(parts, body, plan, endpoint)),
    }
}

impl<S, Q, B> fmt::Debug for ResponseFuture<S, Q, B>
where
    S: Service<Request<Q>, Response = Response<B>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
