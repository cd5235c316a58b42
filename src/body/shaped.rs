//! A body that is shaped as it comes.

use std::{
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower::BoxError;

use crate::{
    policy::Unreadable,
    report,
    shaping::{Doubt, caching, encoding::Encoder, headers, shaper::Shaper},
    source::Source,
    tally::Tally,
};

pin_project! {
    /// A body and the shaper that reads it.
    pub(crate) struct Shaped<B> {
        #[pin]
        body: Source<B>,
        shaper: Shaper,
        coat: Option<Coat>,
        tally: Tally,
        // What has come and is not shaped.
        rest: Bytes,
        // What is shaped and has not left, in its coding.
        out: Vec<u8>,
        trailers: Option<HeaderMap>,
        is_empty: bool,
        has_left: bool,
        // Whether the head has left, and lets caches keep for all what follows it.
        is_for_caches: bool,
        // Whether the first frame has left just now.
        begins: bool,
        has_ended: bool,
    }
}

/// A content coding that a shaped body is given.
struct Coat {
    encoder: Encoder,
    /// What is shaped and not encoded.
    shaped: Vec<u8>,
    /// Whether something was encoded that the encoder may keep back.
    is_kept_back: bool,
}

/// What one read gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// Something; there may be more.
    Some,
    /// The end.
    End,
}

impl<B> Shaped<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    /// What is said to somebody unknown is shared once it was read to its end.
    pub(crate) fn new(mut body: Source<B>, shaper: Shaper, encoder: Option<Encoder>, tally: Tally) -> Self {
        body.judge();
        Self {
            body,
            shaper,
            coat: encoder.map(|encoder| Coat { encoder, shaped: Vec::new(), is_kept_back: false }),
            tally,
            rest: Bytes::new(),
            out: Vec::new(),
            trailers: None,
            is_empty: true,
            has_left: false,
            is_for_caches: false,
            begins: false,
            has_ended: false,
        }
    }

    /// Reads and shapes a piece: however large a frame comes, no more than that is in the making. An error is told to the
    /// operator here, once.
    pub(crate) fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<Read, BoxError>> {
        let mut this = self.project();
        if !this.rest.is_empty() {
            let is_held = this.rest.len() <= this.tally.endpoint.limits.hold;
            let most = if *this.has_left || is_held { PIECE } else { FIRST_PIECE };
            let piece = this.rest.split_to(this.rest.len().min(most));
            let out = uncoated(this.coat, this.out);
            if let Err(doubt) = this.tally.time(|| this.shaper.write(&piece, out)) {
                this.body.give_up();
                return Poll::Ready(Err(this.tally.doubt(doubt).into()));
            }
            encode(this.coat, this.out)?;
            return Poll::Ready(Ok(Read::Some));
        }
        match ready!(this.body.as_mut().poll_frame(cx)) {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) => {
                    *this.is_empty &= data.is_empty();
                    if !*this.has_left && this.coat.is_none() {
                        // What is held would be moved each time that it outgrows its room.
                        let held = this.tally.endpoint.limits.hold.saturating_add(FIRST_PIECE);
                        this.out.reserve(data.len().min(held));
                    }
                    *this.rest = data;
                    Poll::Ready(Ok(Read::Some))
                }
                Err(frame) => {
                    if let Ok(mut trailers) = frame.into_trailers() {
                        headers::forget_in_trailers(&mut trailers);
                        for name in &this.tally.endpoint.hide_in_response {
                            trailers.remove(name);
                        }
                        report::forget_in_trailers(&mut trailers);
                        *this.trailers = Some(trailers);
                    }
                    Poll::Ready(Ok(Read::Some))
                }
            },
            Some(Err(error)) => match error.downcast::<Doubt>() {
                Ok(doubt) => Poll::Ready(Err(this.tally.doubt(*doubt).into())),
                Err(error) => {
                    this.tally.endpoint.told.doubt("service");
                    Poll::Ready(Err(error))
                }
            },
            None => {
                // No body hides nothing.
                if !*this.is_empty {
                    if let Err(doubt) = this.shaper.end(uncoated(this.coat, this.out)) {
                        this.body.give_up();
                        return Poll::Ready(Err(this.tally.doubt(doubt).into()));
                    }
                    this.tally.end(this.shaper);
                }
                this.body.vouch();
                encode(this.coat, this.out)?;
                if let Some(coat) = this.coat {
                    coat.encoder.end(this.out)?;
                }
                Poll::Ready(Ok(Read::End))
            }
        }
    }

    /// Whether more is shaped than may be held.
    pub(crate) fn is_more_than_held(&self) -> bool {
        self.out.len() >= self.tally.endpoint.limits.hold
    }

    /// The head leaves before the body is whole.
    pub(crate) fn follows(self: Pin<&mut Self>, headers: &HeaderMap) {
        *self.project().is_for_caches = !caching::forbids_sharing(headers);
    }

    /// All that is shaped and what follows it, at the end.
    pub(crate) fn take_all(self: Pin<&mut Self>) -> (Bytes, Option<HeaderMap>) {
        let this = self.project();
        (mem::take(this.out).into(), this.trailers.take())
    }

    /// The next frame. What leaves is a prefix of an allowed answer at every moment; while nothing has left, doubt still
    /// leads to the endpoint's empty answer; or to an error, where a cache might keep that one for all.
    pub(super) fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        for _ in 0..STEPS {
            let this = self.as_mut().project();
            if !this.out.is_empty() {
                // Little, like the beginning of what compresses, is better sent with what follows.
                *this.begins = !mem::replace(this.has_left, true) && this.out.len() >= FIRST_PIECE;
                return Poll::Ready(Some(Ok(Frame::data(mem::take(this.out).into()))));
            }
            if *this.has_ended {
                return Poll::Ready(this.trailers.take().map(Frame::trailers).map(Ok));
            }
            // A server sends what it has once there is no more, and would gather hundreds of KiB before. A little more, and the last,
            // is shaped sooner than it takes to send the beginning by itself.
            let is_little = this.rest.len() <= LITTLE && this.body.is_end_stream() && this.coat.is_none();
            if mem::take(this.begins) && !is_little {
                break;
            }
            let read = match self.as_mut().poll_read(cx) {
                Poll::Ready(read) => read,
                Poll::Pending => {
                    // What is shaped must not wait in the encoder for what comes next.
                    let this = self.as_mut().project();
                    if let Some(coat) = this.coat
                        && mem::take(&mut coat.is_kept_back)
                    {
                        coat.encoder.flush(this.out)?;
                        continue;
                    }
                    return Poll::Pending;
                }
            };
            match read {
                Ok(Read::Some) => {}
                Ok(Read::End) => *self.as_mut().project().has_ended = true,
                Err(error) => {
                    let this = self.as_mut().project();
                    this.out.clear();
                    *this.has_ended = true;
                    *this.trailers = None;
                    let coat = mem::take(this.coat);
                    let is_refused = this.tally.endpoint.unreadable == Unreadable::Refuse;
                    if *this.has_left || *this.is_for_caches || coat.is_some() || is_refused {
                        return Poll::Ready(Some(Err(error)));
                    }
                    let (_, empty) = this.tally.endpoint.empty_answer(this.shaper.is_html());
                    this.out.extend_from_slice(&empty);
                }
            }
        }
        // After a long run of hidden content others have their turn, too.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// What is shaped leaves for certain; how much follows is not known.
    pub(super) fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_lower(self.out.len() as u64);
        hint
    }
}

/// Where what is shaped goes first.
fn uncoated<'a>(coat: &'a mut Option<Coat>, out: &'a mut Vec<u8>) -> &'a mut Vec<u8> {
    coat.as_mut().map_or(out, |coat| &mut coat.shaped)
}

fn encode(coat: &mut Option<Coat>, out: &mut Vec<u8>) -> Result<(), BoxError> {
    if let Some(Coat { encoder, shaped, is_kept_back }) = coat.as_mut().filter(|coat| !coat.shaped.is_empty()) {
        encoder.write(shaped, out)?;
        shaped.clear();
        *is_kept_back = true;
    }
    Ok(())
}

/// How much is shaped in one step.
const PIECE: usize = 64 * 1024;

/// The same of what is not held whole, while nothing has left: who waits for the first byte shall not wait for much more than is
/// held.
const FIRST_PIECE: usize = 16 * 1024;

/// So much more is little.
const LITTLE: usize = 256 * 1024;

/// How many steps are taken in one poll.
pub(crate) const STEPS: usize = 16;
