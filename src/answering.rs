//! Asking the wrapped service where its answer is to be shaped: as whom, how often, and what stands in for what.

use std::{future::poll_fn, pin::Pin, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header::CONTENT_LENGTH, request, response};
use http_body::Body;
use tokio::{
    time::{Instant, timeout},
    try_join,
};
use tower::{BoxError, Service};

use crate::{
    body::{RapportBody, Shaped},
    course::{AskedAs, Course, Fate, Shaping, Way},
    decision::Decision,
    hold::{Hold, in_the_place_of_unreadable},
    policy::{Hidden, Unreadable},
    replay::{RequestBody, keep},
    report::{self, From},
    shaping::{headers, items::Filling, json::JsonShaper},
    source::Source,
    unknown::{Answer, Ear, Found, PATIENCE, Unknown, may_be_shared},
};

/// An answer on its way.
pub(crate) type Answering<B, E> = Pin<Box<dyn Future<Output = Result<Response<RapportBody<B>>, E>> + Send>>;

/// Asks the wrapped service as the decision allows, and shapes what it says.
pub(crate) fn answer<S, Q, B>(service: S, request: Request<Q>, course: Course) -> Answering<B, S::Error>
where
    S: Service<Request<RequestBody<Q>>, Response = Response<B>, Future: Send, Error: Send> + Clone + Send + 'static,
    Q: Body<Data = Bytes, Error: Send> + Send + 'static,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    Box::pin(async move {
        let way = course.way();
        let Some(shaping) = course.shaping() else {
            let answer = call(service, request.map(RequestBody::as_it_came)).await?;
            return Ok(answer.map(|body| RapportBody::pass(Source::service(body))));
        };
        if matches!(way, Way::Pass | Way::Once) {
            let answer = as_the_customer(service, request.map(RequestBody::as_it_came), &course).await?;
            let shaped = shape(&course, answer, AskedAs::Customer, None).await;
            return Ok(shaped.unwrap_or_else(|head| in_the_place_of_unreadable(head, shaping.endpoint)));
        }
        let (head, body) = request.into_parts();
        let (body, whole) = keep(body, shaping.endpoint.limits.request).await;
        if way == Way::Unknown {
            return as_unknown(service, &head, body, whole, &course, &shaping).await;
        }
        let unknown = whole.and_then(|whole| course.unknown(&head.headers, &whole));
        let (spare, request) = (service.clone(), Request::from_parts(head, body));
        if way == Way::Both {
            let (answer, generic) = try_join!(as_the_customer(service, request, &course), async {
                Ok(generic_answer(spare, unknown, &course, &shaping).await)
            })?;
            let filling = generic.as_ref().and_then(|generic| filling(generic, &shaping));
            return Ok(match shape(&course, answer, AskedAs::Customer, filling).await {
                Ok(answer) => answer,
                Err(head) => instead(head, generic, &course, &shaping).await,
            });
        }
        let answer = as_the_customer(service, request, &course).await?;
        Ok(match shape(&course, answer, AskedAs::Customer, None).await {
            Ok(answer) => answer,
            Err(head) => {
                let wanted = may_be_replaced(&head, &shaping);
                let generic = if wanted { generic_answer(spare, unknown, &course, &shaping).await } else { None };
                instead(head, generic, &course, &shaping).await
            }
        })
    })
}

/// An answer, and where its body comes from.
type Came<B> = (response::Parts, Source<B>);

/// Asks as it came, and records what the answer adds to the relationship.
async fn as_the_customer<S, Q, B>(
    service: S,
    mut request: Request<RequestBody<Q>>,
    course: &Course,
) -> Result<Came<B>, S::Error>
where
    S: Service<Request<RequestBody<Q>>, Response = Response<B>>,
    Q: Body<Data = Bytes>,
    B: Body,
{
    course.tell(&mut request);
    let (mut head, body) = call(service, request).await?.into_parts();
    if let Some(writing) = course.record(&mut head, AskedAs::Customer) {
        writing.await;
    }
    Ok((head, Source::service(body)))
}

/// Asks as somebody unknown, or takes what somebody else was answered, and this is the answer.
async fn as_unknown<S, Q, B>(
    service: S,
    head: &request::Parts,
    body: RequestBody<Q>,
    whole: Option<Bytes>,
    course: &Course,
    shaping: &Shaping<'_>,
) -> Result<Response<RapportBody<B>>, S::Error>
where
    S: Service<Request<RequestBody<Q>>, Response = Response<B>>,
    Q: Body<Data = Bytes>,
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    let Shaping { endpoint, .. } = *shaping;
    let is_whole = whole.is_some();
    let asked = match whole {
        Some(whole) => course.unknown(&head.headers, &whole).map(|unknown| (unknown, None)),
        // Too long to be kept: it passes, if nothing in it is to be hidden.
        None if endpoint.hide_in_request.iter().any(|hidden| matches!(hidden, Hidden::Json(_))) => {
            course.doubt("request");
            None
        }
        None => course.unknown(&head.headers, &Bytes::new()).map(|unknown| (unknown, Some(body))),
    };
    let Some((mut unknown, body)) = asked else { return Ok(nothing(course, shaping)) };
    let shared = &course.setting().shared;
    let flight = match if is_whole { shared.find(unknown.key, PATIENCE).await } else { Found::Alone } {
        Found::Answer(generic) => {
            report::generic_answer(&endpoint.name, From::Shared);
            let mut head = generic.head();
            if let Some(writing) = course.record(&mut head, AskedAs::Unknown) {
                writing.await;
            }
            return Ok(from_generic(&generic, course, shaping).await);
        }
        Found::Ask(flight) => Some(flight),
        Found::Alone => None,
    };
    let until = Instant::now() + PATIENCE;
    if let (Some(_), Some(length)) = (&body, head.headers.get(CONTENT_LENGTH)) {
        unknown.headers.insert(CONTENT_LENGTH, length.clone());
    }
    let request = request_of(unknown, body, course);
    let (mut head, body) = call(service, request).await?.into_parts();
    if let Some(writing) = course.record(&mut head, AskedAs::Unknown) {
        writing.await;
    }
    if matches!(head.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        report::generic_answer(&endpoint.name, From::Nobody);
        course.doubt("generic_refused");
        if let Some(flight) = flight {
            flight.alone(Duration::ZERO);
        }
        return Ok(nothing(course, shaping));
    }
    report::generic_answer(&endpoint.name, From::Service);
    let source = match flight {
        None => Source::service(body),
        Some(flight) if may_be_shared(head.status, &head.headers) && headers::announce_json(&head.headers) => {
            let ear = Ear::new(flight, &head, endpoint.limits.generic, until, endpoint.generic_keep_for);
            Source::heard(body, ear)
        }
        Some(flight) => {
            // An error is over as soon as it is over.
            let keep_for = if head.status.is_success() { endpoint.generic_keep_for } else { Duration::ZERO };
            flight.alone(keep_for);
            Source::service(body)
        }
    };
    let shaped = shape(course, (head, source), AskedAs::Unknown, None).await;
    Ok(shaped.unwrap_or_else(|head| in_the_place_of_unreadable(head, endpoint)))
}

/// What the wrapped service says to somebody unknown, whole; none where it is not there in time, too long, or no success.
async fn generic_answer<S, Q, B>(
    service: S,
    unknown: Option<Unknown>,
    course: &Course,
    shaping: &Shaping<'_>,
) -> Option<Arc<Answer>>
where
    S: Service<Request<RequestBody<Q>>, Response = Response<B>>,
    Q: Body<Data = Bytes>,
    B: Body<Data = Bytes>,
{
    let Shaping { endpoint, .. } = *shaping;
    let asking = async {
        let unknown = unknown?;
        let flight = match course.setting().shared.find(unknown.key, PATIENCE).await {
            Found::Answer(generic) => return Some((generic, From::Shared)),
            Found::Ask(flight) => Some(flight),
            Found::Alone => None,
        };
        let request = request_of(unknown, None, course);
        let (head, body) = call(service, request).await.ok()?.into_parts();
        let share = may_be_shared(head.status, &head.headers);
        let whole = if head.status.is_success() { read(body, endpoint.limits.generic).await } else { None };
        let generic = whole.map(|whole| Arc::new(Answer::new(head.status, head.headers, whole)));
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

/// Shapes an answer, and holds its beginning; its head alone where it cannot be shaped and nothing of it has left.
async fn shape<B>(
    course: &Course,
    (mut head, body): Came<B>,
    asked_as: AskedAs,
    filling: Option<Arc<Filling>>,
) -> Result<Response<RapportBody<B>>, response::Parts>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    match (course.answer(&mut head, asked_as, body.is_end_stream()), course.shaping()) {
        (Fate::Nothing, _) => Ok(Response::from_parts(head, RapportBody::nothing())),
        (Fate::Pass, _) | (Fate::Shape, None) => Ok(Response::from_parts(head, RapportBody::pass(body))),
        (Fate::Unreadable, _) => Err(head),
        (Fate::Shape, Some(Shaping { endpoint, plan })) => {
            let limits = endpoint.limits.json();
            let shaper = match plan.choice() {
                Some(choice) if asked_as == AskedAs::Customer => {
                    JsonShaper::choosing(Arc::clone(plan.json()), limits, Arc::clone(choice), filling)
                }
                _ => JsonShaper::new(Arc::clone(plan.json()), limits),
            };
            // An error has another shape, and so may what is said to somebody unknown.
            let is_noted = head.status.is_success() && asked_as == AskedAs::Customer;
            Hold::new(head, Shaped::new(body, shaper, Arc::clone(endpoint), is_noted)).await
        }
    }
}

/// What stands in the place of an answer that cannot be shaped.
async fn instead<B>(
    head: response::Parts,
    generic: Option<Arc<Answer>>,
    course: &Course,
    shaping: &Shaping<'_>,
) -> Response<RapportBody<B>>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    match generic {
        Some(generic) if may_be_replaced(&head, shaping) => from_generic(&generic, course, shaping).await,
        _ => in_the_place_of_unreadable(head, shaping.endpoint),
    }
}

/// Whether the generic answer may stand in the place of an answer. An error stays one.
fn may_be_replaced(head: &response::Parts, shaping: &Shaping<'_>) -> bool {
    shaping.endpoint.unreadable == Unreadable::Generic && head.status.is_success()
}

/// A generic answer that is there, as this customer's.
async fn from_generic<B>(generic: &Answer, course: &Course, shaping: &Shaping<'_>) -> Response<RapportBody<B>>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    let came = (generic.head(), Source::shared(generic.body.clone()));
    let shaped = shape(course, came, AskedAs::Unknown, None).await;
    shaped.unwrap_or_else(|head| in_the_place_of_unreadable(head, shaping.endpoint))
}

/// The answer where the wrapped service has none.
fn nothing<B>(course: &Course, shaping: &Shaping<'_>) -> Response<RapportBody<B>> {
    let (mut head, ()) = Response::new(()).into_parts();
    course.dress(&mut head);
    in_the_place_of_unreadable(head, shaping.endpoint)
}

/// The items of a generic answer. Of one that cannot be read there are none.
fn filling(generic: &Answer, shaping: &Shaping<'_>) -> Option<Arc<Filling>> {
    let Shaping { endpoint, plan } = shaping;
    let choice = plan.choice().filter(|_| headers::announce_json(&generic.headers))?;
    generic.filling(|| Filling::read(choice, endpoint.limits.json(), &generic.body).ok())
}

/// A request of somebody unknown: nothing of what the layers in front noted of the customer goes with it.
fn request_of<Q>(unknown: Unknown, body: Option<RequestBody<Q>>, course: &Course) -> Request<RequestBody<Q>>
where
    Q: Body<Data = Bytes>,
{
    let Unknown { method, uri, headers, body: whole, .. } = unknown;
    let mut request = Request::new(body.unwrap_or_else(|| RequestBody::whole(whole)));
    *request.method_mut() = method;
    *request.uri_mut() = uri;
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

/// A body, if it is whole and no longer than `limit` bytes.
async fn read<B>(body: B, limit: usize) -> Option<Bytes>
where
    B: Body<Data = Bytes>,
{
    let (_, whole) = keep(body, limit).await;
    whole
}
