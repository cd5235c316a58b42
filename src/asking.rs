//! Asking the wrapped service: as the customer, or as somebody unknown, alone or for all who ask the same.

use std::{future::poll_fn, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Version, header::CONTENT_LENGTH, response};
use http_body::Body;
use tokio::time::{Instant, timeout};
use tower::{BoxError, Service};

use crate::{
    came::{Came, decoded, first_event_of},
    course::{AskedAs, Course},
    decision::Decision,
    policy::Endpoint,
    replay::{RequestBody, keep},
    report::{self, From},
    shaping::{caching, encoding, media::Media},
    source::{Decoded, Source},
    unknown::{Answer, Ear, Found, PATIENCE, Unknown, may_be_shared},
};

/// What the wrapped service says to somebody unknown.
pub(crate) enum Said<B> {
    /// This, as it comes.
    Came(Came<B>),
    /// What it said to somebody else who asked the same.
    Shared(Arc<Answer>),
    /// Nothing: it could not be asked, or answers nobody whom it does not know.
    Nothing,
}

/// What is kept of a request, so that somebody unknown can ask the same.
pub(crate) struct Question {
    pub(crate) version: Version,
    pub(crate) headers: HeaderMap,
    /// `None` where the body is too long.
    pub(crate) body: Option<Bytes>,
}

/// Asks as it came, and records what the answer adds to the relationship.
pub(crate) async fn as_the_customer<S, Q, B>(
    service: S,
    mut request: Request<RequestBody<Q>>,
    course: &Course,
) -> Result<(response::Parts, B), S::Error>
where
    S: Service<Request<RequestBody<Q>>, Response = Response<B>>,
    Q: Body<Data = Bytes>,
{
    course.tell(&mut request);
    let (head, body) = call(service, request).await?.into_parts();
    Ok((recorded(head, AskedAs::Customer, course).await, body))
}

/// Asks as somebody unknown, where that is the only question. A `body` that is too long to be kept passes, if nothing in it
/// is to be hidden.
pub(crate) async fn as_unknown<S, Q, B>(
    service: S,
    question: Question,
    body: RequestBody<Q>,
    course: &Course,
    endpoint: &Endpoint,
) -> Result<Said<B>, S::Error>
where
    S: Service<Request<RequestBody<Q>>, Response = Response<B>>,
    Q: Body<Data = Bytes>,
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    let (request, found) = match &question.body {
        Some(whole) => {
            let Some(unknown) = course.unknown(&question.headers, whole) else { return Ok(Said::Nothing) };
            let found = course.setting().shared.find(unknown.key, PATIENCE).await;
            (request_of(unknown, None, question.version, course), found)
        }
        None => {
            let Some(mut unknown) = course.unknown_but_for_its_body(&question.headers) else {
                return Ok(Said::Nothing);
            };
            if let Some(length) = question.headers.get(CONTENT_LENGTH) {
                unknown.headers.insert(CONTENT_LENGTH, length.clone());
            }
            (request_of(unknown, Some(body.without_trailers()), question.version, course), Found::Alone)
        }
    };
    let flight = match found {
        Found::Answer(generic) if generic.is_whole => {
            report::generic_answer(&endpoint.name, From::Shared);
            recorded(generic.head(), AskedAs::Unknown, course).await;
            return Ok(Said::Shared(generic));
        }
        Found::Ask(flight) => Some(flight),
        Found::Answer(_) | Found::Alone => None,
    };
    let until = Instant::now() + PATIENCE;
    let (head, body) = call(service, request).await?.into_parts();
    let head = recorded(head, AskedAs::Unknown, course).await;
    doubt_refusal(head.status, course);
    if is_refused(head.status) {
        report::generic_answer(&endpoint.name, From::Nobody);
        if let Some(flight) = flight {
            flight.alone(Duration::ZERO);
        }
        return Ok(Said::Nothing);
    }
    report::generic_answer(&endpoint.name, From::Service);
    let keep_for = endpoint.generic_keep_for;
    // An error is over as soon as it is over.
    let alone_for = if head.status.is_success() { keep_for } else { Duration::ZERO };
    let share = may_be_shared(head.status, &head.headers);
    if caching::forbids_change(&head.headers) && course.lets_pass(AskedAs::Unknown) {
        // Not even its coding may be changed, and without that nobody else can have it.
        flight.into_iter().for_each(|flight| flight.alone(alone_for));
        let body = Source::anybodys(Decoded::new(body, None), None);
        return Ok(Said::Came(Came { head, body, coding: None }));
    }
    let mut head = head;
    let (body, coding) = decoded(&mut head, body);
    let body = match flight {
        Some(flight)
            if share
                && course.media(&head.headers, AskedAs::Unknown).is_some()
                && !encoding::is_encoded(&head.headers) =>
        {
            let ear = Ear::new(flight, &head, coding, endpoint.limits.generic, until, keep_for);
            Source::anybodys(body, Some(ear))
        }
        flight => {
            flight.into_iter().for_each(|flight| flight.alone(alone_for));
            Source::anybodys(body, None)
        }
    };
    Ok(Said::Came(Came { head, body, coding }))
}

/// What the wrapped service says to somebody unknown, whole; none where it is not there in time, too long, no success, or cannot
/// be read.
pub(crate) async fn generic_answer<S, Q, B>(
    service: S,
    question: Question,
    course: &Course,
    endpoint: &Endpoint,
) -> Option<Arc<Answer>>
where
    S: Service<Request<RequestBody<Q>>, Response = Response<B>>,
    Q: Body<Data = Bytes>,
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    let asking = async {
        let unknown = course.unknown(&question.headers, question.body.as_ref()?)?;
        let flight = match course.setting().shared.find(unknown.key, PATIENCE).await {
            Found::Answer(generic) => return Some((generic, From::Shared)),
            Found::Ask(flight) => Some(flight),
            Found::Alone => None,
        };
        let request = request_of(unknown, None, question.version, course);
        let (mut head, body) = call(service, request).await.ok()?.into_parts();
        doubt_refusal(head.status, course);
        let share = may_be_shared(head.status, &head.headers);
        let (body, coding) = decoded(&mut head, body);
        let media = course.media(&head.headers, AskedAs::Unknown).filter(|_| !encoding::is_encoded(&head.headers));
        let is_whole = media != Some(Media::Events);
        let said = match head.status.is_success() {
            true if is_whole => keep(body, endpoint.limits.generic).await.1,
            true => first_event_of(body, endpoint.limits.generic).await,
            false => None,
        };
        let said = said.filter(|said| media.is_none_or(|media| said.is_empty() || course.can_read(media, said)));
        let answer = |said| Answer::new(head.status, head.headers, coding, said).begun(is_whole);
        let generic = said.map(|said| Arc::new(answer(said)));
        match (flight, &generic) {
            (Some(flight), Some(generic)) if share => flight.share(Arc::clone(generic), endpoint.generic_keep_for),
            (Some(flight), Some(_)) => flight.alone(endpoint.generic_keep_for),
            (Some(flight), None) => flight.alone(Duration::ZERO),
            (None, _) => {}
        }
        Some((generic?, From::Service))
    };
    let generic = timeout(PATIENCE, asking).await.ok().flatten();
    report::generic_answer(&endpoint.name, generic.as_ref().map_or(From::Nobody, |(_, from)| *from));
    generic.map(|(generic, _)| generic)
}

/// Whether the service answers nobody whom it does not know.
fn is_refused(status: StatusCode) -> bool {
    matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
}

/// Tells the operator of a service that wants to know first who asks: it refuses, or sends away to log in, most likely.
fn doubt_refusal(status: StatusCode, course: &Course) {
    if is_refused(status) {
        course.doubt("generic_refused");
    } else if matches!(status, StatusCode::FOUND | StatusCode::SEE_OTHER | StatusCode::TEMPORARY_REDIRECT) {
        course.doubt("generic_redirected");
    }
}

async fn recorded(mut head: response::Parts, asked_as: AskedAs, course: &Course) -> response::Parts {
    if let Some(writing) = course.record(&mut head, asked_as) {
        writing.await;
    }
    head
}

/// A request of somebody unknown: nothing of what the layers in front noted of the customer goes with it.
fn request_of<Q>(
    unknown: Unknown,
    body: Option<RequestBody<Q>>,
    version: Version,
    course: &Course,
) -> Request<RequestBody<Q>>
where
    Q: Body<Data = Bytes>,
{
    let Unknown { method, uri, headers, body: whole, .. } = unknown;
    let mut request = Request::new(body.unwrap_or_else(|| RequestBody::whole(whole)));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
    *request.version_mut() = version;
    *request.headers_mut() = headers;
    request.extensions_mut().insert(Decision::of_a_stranger(course.setting().policy.rules()));
    request
}

async fn call<S, R>(mut service: S, request: R) -> Result<S::Response, S::Error>
where
    S: Service<R>,
{
    poll_fn(|cx| service.poll_ready(cx)).await?;
    service.call(request).await
}
