//! Holding back the head and the first bytes of a shaped answer.
//!
//! While nothing has left, an answer that turns out broken can still be replaced by one that is not. So the head and up
//! to `limits.hold` bytes are held until a read has been pending for ten milliseconds: a service that streams is not
//! slowed down by more than that. What is short and of a known length is no stream, and is waited for a little longer.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::{
    Response, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
    response,
};
use http_body::Body;
use pin_project_lite::pin_project;
use tokio::time::{Sleep, sleep};
use tower::BoxError;

use crate::{
    body::{RapportBody, Read, STEPS, Shaped},
    policy::{Endpoint, Unreadable},
    shaping::{caching, media},
};

pin_project! {
    /// The beginning of an answer, shaped and held.
    pub(crate) struct Hold<B> {
        // Both leave together, once.
        held: Option<(response::Parts, Pin<Box<Shaped<B>>>)>,
        #[pin]
        pending: Option<Sleep>,
        patience: Duration,
    }
}

impl<B> Hold<B> {
    /// Who `has_it_perhaps` has a body already, which was whole in time then: for what may be the same again a read is waited
    /// for longer; and so it is where the service told that no more will come than may be held.
    pub(crate) fn new(head: response::Parts, shaped: Shaped<B>, has_it_perhaps: bool, is_told: bool) -> Self {
        let patience = match (has_it_perhaps, is_told) {
            (true, _) => PENDING_AGAIN,
            (false, true) => PENDING_WHOLE,
            (false, false) => PENDING,
        };
        Self { held: Some((head, Box::pin(shaped))), pending: None, patience }
    }
}

impl<B> Future for Hold<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    /// The answer, once it is whole, or too much to hold, or waiting; its head alone where nothing may leave of the rest.
    type Output = Result<Response<RapportBody<B>>, response::Parts>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        #[expect(clippy::expect_used, reason = "a future is not polled after it was ready")]
        let (_, shaped) = this.held.as_mut().expect("polled after it was ready");
        let mut steps = 0..STEPS;
        let whole = loop {
            if steps.next().is_none() {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            match shaped.as_mut().poll_read(cx) {
                Poll::Ready(Ok(Read::Some)) if shaped.is_more_than_held() => break None,
                Poll::Ready(Ok(Read::Some)) => this.pending.set(None),
                Poll::Ready(read) => break Some(read),
                Poll::Pending => {
                    if this.pending.is_none() {
                        this.pending.set(Some(sleep(*this.patience)));
                    }
                    #[expect(clippy::expect_used, reason = "set above")]
                    let pending = this.pending.as_mut().as_pin_mut().expect("set above");
                    ready!(pending.poll(cx));
                    break None;
                }
            }
        };
        #[expect(clippy::expect_used, reason = "a future is not polled after it was ready")]
        let (mut head, mut shaped) = this.held.take().expect("polled after it was ready");
        Poll::Ready(match whole {
            None => {
                shaped.as_mut().follows(&head.headers);
                Ok(Response::from_parts(head, RapportBody::shaped(shaped)))
            }
            Some(Err(_)) => Err(head),
            Some(Ok(_)) => {
                let (bytes, trailers) = shaped.as_mut().take_all();
                // An answer without a body, to HEAD say, has no length to tell.
                if !bytes.is_empty() && trailers.is_none() {
                    head.headers.insert(CONTENT_LENGTH, bytes.len().into());
                }
                Ok(Response::from_parts(head, RapportBody::whole(bytes, trailers)))
            }
        })
    }
}

/// What stands in the place of an answer that cannot be shaped, as the endpoint's `unreadable` says.
pub(crate) fn in_the_place_of_unreadable<B>(
    mut head: response::Parts,
    endpoint: &Endpoint,
) -> Response<RapportBody<B>> {
    head.headers.remove(CONTENT_ENCODING);
    // It says what is the matter now, not what there is.
    caching::keep_out(&mut head.headers);
    let bytes = match endpoint.unreadable {
        Unreadable::Refuse => {
            // What a redirect says is in its head.
            if !head.status.is_redirection() {
                head.status = StatusCode::BAD_GATEWAY;
            }
            head.headers.remove(CONTENT_TYPE);
            Bytes::new()
        }
        Unreadable::Generic | Unreadable::Empty => {
            let (content_type, empty) = endpoint.empty_answer(media::says_html(&head.headers));
            head.headers.insert(CONTENT_TYPE, content_type);
            empty
        }
    };
    head.headers.insert(CONTENT_LENGTH, bytes.len().into());
    Response::from_parts(head, RapportBody::whole(bytes, None))
}

/// How long a read is waited for before what is held leaves.
const PENDING: Duration = Duration::from_millis(10);

/// The same where the service told the length of something short: it is there, and the network or the machine is busy.
const PENDING_WHOLE: Duration = Duration::from_millis(40);

/// The same for who has a body with a tag of this layer's. A service that writes head and body apart has its body wait for
/// an acknowledgement of the head, 40 ms on Linux.
const PENDING_AGAIN: Duration = Duration::from_millis(100);
