//! Answering where the answer is to be shaped: who is asked as whom, and what stands in for what.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use http::{Request, Response, response};
use http_body::Body;
use tokio::try_join;
use tower::{BoxError, Service};

use crate::{
    aside::Aside,
    asking::{Question, Said, as_the_customer, as_unknown, generic_answer},
    body::{RapportBody, Shaped},
    came::{Came, opened},
    course::{AskedAs, Course, Fate, Shaping, Way},
    hold::{Hold, in_the_place_of_unreadable},
    policy::Unreadable,
    replay::{RequestBody, keep},
    shaping::{
        encoding::{self, Accepted},
        items::Filling,
        shaper::Shaper,
        validators::may_be_ours,
    },
    source::Source,
    tally::Tally,
    unknown::{Answer, keep_for_whom},
    validation::tagged,
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
        let shaping = match course.shaping() {
            Some(shaping) if way != Way::Pass => shaping,
            _ => {
                let (mut head, body) = as_the_customer(service, request.map(RequestBody::as_it_came), &course).await?;
                let aside = Aside::of(&course, &head, body.is_end_stream());
                course.dress(&mut head);
                return Ok(Response::from_parts(head, RapportBody::observed(Source::service(body), aside)));
            }
        };
        let endpoint = &**shaping.endpoint;
        if way == Way::Once {
            let came = as_the_customer(service, request.map(RequestBody::as_it_came), &course).await?;
            let shaped = shape(opened(came), AskedAs::Customer, None, &course, &shaping).await;
            return Ok(shaped.unwrap_or_else(|head| in_the_place_of_unreadable(head, endpoint)));
        }
        let (head, body) = request.into_parts();
        // Who waits holds no room in the service that others need to go on.
        let service = if way == Way::Unknown || !body.is_end_stream() { released(service) } else { service };
        let (body, whole) = keep(body, endpoint.limits.request).await;
        let question = Question { version: head.version, headers: head.headers.clone(), body: whole };
        // What not every answer needs is kept apart, so that those that do not take less memory.
        if way == Way::Unknown {
            let said = Box::pin(as_unknown(service, question, body, &course, endpoint)).await?;
            return Ok(Box::pin(anybodys(said, &course, &shaping)).await);
        }
        let (spare, request) = (service.clone(), Request::from_parts(head, body));
        if way == Way::Both {
            let generic = Box::pin(generic_answer(spare, question, &course, endpoint));
            let customers = Box::pin(as_the_customer(service, request, &course));
            let (came, generic) = try_join!(customers, async { Ok(generic.await) })?;
            let filling = generic.as_ref().and_then(|generic| filling(generic, &course, &shaping));
            return Ok(match shape(opened(came), AskedAs::Customer, filling, &course, &shaping).await {
                Err(head) if may_be_replaced(&head, &shaping) => {
                    Box::pin(in_doubt(head, generic, &course, &shaping)).await
                }
                shaped => shaped.unwrap_or_else(|head| in_the_place_of_unreadable(head, endpoint)),
            });
        }
        let came = as_the_customer(service, request, &course).await?;
        Ok(match shape(opened(came), AskedAs::Customer, None, &course, &shaping).await {
            Err(head) if may_be_replaced(&head, &shaping) => {
                let generic = Box::pin(generic_answer(spare, question, &course, endpoint)).await;
                Box::pin(in_doubt(head, generic, &course, &shaping)).await
            }
            shaped => shaped.unwrap_or_else(|head| in_the_place_of_unreadable(head, endpoint)),
        })
    })
}

/// Shapes an answer, and holds its beginning; its head alone where it cannot be shaped and nothing of it has left.
async fn shape<B>(
    Came { mut head, body, coding }: Came<B>,
    asked_as: AskedAs,
    filling: Option<Arc<Filling>>,
    course: &Course,
    Shaping { endpoint, plan }: &Shaping<'_>,
) -> Result<Response<RapportBody<B>>, response::Parts>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    let fate = course.answer(&mut head, asked_as, body.is_end_stream());
    let encoder = course.put_on_again(&mut head, coding);
    let shaper = match fate {
        Fate::Nothing => {
            Box::pin(body.hear_out()).await;
            return Ok(Response::from_parts(head, nothing(course)));
        }
        Fate::Unreadable => return Err(head),
        Fate::Pass if encoder.is_none() => return Ok(Response::from_parts(head, RapportBody::pass(body))),
        Fate::Pass => Shaper::plain(),
        Fate::Shape(media) => {
            let chosen = course.choice(head.status, media, asked_as).map(|choice| (choice, filling));
            let explanation = course.explanation().filter(|_| head.status.is_success());
            Shaper::by(media, plan, endpoint.limits.json(), chosen).explained(explanation)
        }
    };
    // An error has another shape, and so may have what is said to somebody unknown.
    let is_noted = head.status.is_success() && asked_as == AskedAs::Customer;
    let wishes = course.wishes();
    let has_it_perhaps = wishes.is_some_and(|wishes| may_be_ours(&wishes.has_already));
    let is_told = body.size_hint().exact().is_some_and(|length| length <= endpoint.limits.hold as u64);
    let tally = Tally::new(Arc::clone(endpoint), Arc::clone(plan), course.entry(), is_noted);
    let shaped = Shaped::new(body, shaper, encoder, tally);
    let held = Hold::new(head, shaped, has_it_perhaps, is_told).await?;
    Ok(match wishes {
        Some(wishes) => tagged(held, &course.setting().tags, wishes),
        None => held,
    })
}

/// The answer where somebody unknown was asked as.
async fn anybodys<B>(said: Said<B>, course: &Course, shaping: &Shaping<'_>) -> Response<RapportBody<B>>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    let came = match said {
        Said::Came(came) => came,
        Said::Shared(generic) => from(&generic),
        Said::Nothing => {
            let (mut head, ()) = Response::new(()).into_parts();
            course.dress(&mut head);
            let answer = in_the_place_of_unreadable(head, shaping.endpoint);
            if answer.status().is_success() {
                course.record_visit();
            }
            return if course.is_head() { answer.map(|_| nothing(course)) } else { answer };
        }
    };
    let shaped = shape(came, AskedAs::Unknown, None, course, shaping).await;
    shaped.unwrap_or_else(|head| in_the_place_of_unreadable(head, shaping.endpoint))
}

/// The body of an answer that can have none.
fn nothing<B>(course: &Course) -> RapportBody<B> {
    // To who takes codings a layer further out would encode what has no length, and HTTP/2 forbids what comes of that.
    let is_encoded = course.wishes().is_some_and(|wishes| wishes.accepts != Accepted::default());
    if course.is_head() && !is_encoded { RapportBody::of_head() } else { RapportBody::nothing() }
}

/// Whether the generic answer may stand in the place of one that cannot be shaped. An error stays one.
fn may_be_replaced(head: &response::Parts, shaping: &Shaping<'_>) -> bool {
    shaping.endpoint.unreadable == Unreadable::Generic && head.status.is_success()
}

/// What stands in the place of the customer's own answer: the generic one, if there is one. The cookies that the customer's own
/// set are kept: without one that was renewed just now, the customer would be logged out.
async fn in_doubt<B>(
    head: response::Parts,
    generic: Option<Arc<Answer>>,
    course: &Course,
    shaping: &Shaping<'_>,
) -> Response<RapportBody<B>>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    match generic {
        Some(generic) => {
            let mut answer = anybodys(Said::Shared(generic), course, shaping).await;
            keep_for_whom(&head.headers, answer.headers_mut());
            answer
        }
        None => in_the_place_of_unreadable(head, shaping.endpoint),
    }
}

/// A generic answer that is there, once more.
fn from<B: Body>(generic: &Answer) -> Came<B> {
    Came { head: generic.head(), body: Source::shared(generic.body.clone()), coding: generic.coding }
}

/// A clone of a service that is not ready yet, in the place of one that was.
fn released<S: Clone>(service: S) -> S {
    service.clone()
}

/// The items of a generic answer. Of one that cannot be read there are none.
fn filling(generic: &Answer, course: &Course, Shaping { endpoint, plan }: &Shaping<'_>) -> Option<Arc<Filling>> {
    if encoding::is_encoded(&generic.headers) {
        return None;
    }
    generic.filling(|| {
        let filling = plan.filling(&generic.headers, endpoint.limits.json(), &generic.body)?;
        if filling.tells_of_somebody {
            course.setting().placement.knows_strangers(&endpoint.name);
        }
        Some(filling)
    })
}
