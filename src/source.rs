//! Where the bytes of an answer come from, without the content codings that they came in.

use std::{
    future::poll_fn,
    mem,
    pin::{Pin, pin},
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::timeout_at;
use tower::BoxError;

use crate::{
    shaping::encoding::{Decoder, Progress},
    unknown::Ear,
};

pin_project! {
    /// Where the bytes of an answer come from.
    #[project = SourceNow]
    pub(crate) enum Source<B> {
        /// The wrapped service.
        Service { #[pin] body: Decoded<B> },
        /// The wrapped service, to somebody unknown: what it says may be heard by all who ask the same.
        Anybodys { #[pin] body: Decoded<B>, ear: Option<Box<Ear>>, is_judged: bool },
        /// What the wrapped service said to somebody who asked the same.
        Shared { bytes: Bytes },
    }
}

pin_project! {
    /// A body, without the codings that it came in.
    pub(crate) struct Decoded<B> {
        #[pin]
        body: B,
        // None where it came in none.
        decoding: Option<Box<Decoding>>,
    }
}

struct Decoding {
    decoder: Decoder,
    // What has come and is not decoded.
    rest: Bytes,
    trailers: Option<HeaderMap>,
    has_ended: bool,
}

impl<B: Body> Decoded<B> {
    pub(crate) fn new(body: B, decoder: Option<Decoder>) -> Self {
        let decoding = |decoder| Box::new(Decoding { decoder, rest: Bytes::new(), trailers: None, has_ended: false });
        // An answer without a body may tell of a coding, as that to HEAD does.
        let decoding = decoder.filter(|_| !body.is_end_stream()).map(decoding);
        Self { body, decoding }
    }
}

impl<B: Body> Source<B> {
    /// As it comes.
    pub(crate) fn service(body: B) -> Self {
        Self::decoded(Decoded::new(body, None))
    }

    pub(crate) fn decoded(body: Decoded<B>) -> Self {
        Self::Service { body }
    }

    /// What is said to somebody unknown: without trailers, which are of one call, and which what is shared does not have.
    pub(crate) fn anybodys(body: Decoded<B>, ear: Option<Box<Ear>>) -> Self
    where
        B: Body<Data = Bytes, Error: Into<BoxError>>,
    {
        let mut source = Self::Anybodys { body, ear, is_judged: false };
        source.share_at_the_end();
        source
    }

    pub(crate) fn shared(bytes: Bytes) -> Self {
        Self::Shared { bytes }
    }

    /// Shares nothing before it was [found readable](Self::vouch).
    pub(crate) fn judge(&mut self) {
        if let Self::Anybodys { is_judged, .. } = self {
            *is_judged = true;
        }
    }

    /// It came to its end, and can be read.
    pub(crate) fn vouch(self: Pin<&mut Self>) {
        if let SourceNow::Anybodys { ear, .. } = self.project() {
            Ear::share(ear);
        }
    }

    /// It cannot be read.
    pub(crate) fn give_up(self: Pin<&mut Self>) {
        if let SourceNow::Anybodys { ear, .. } = self.project() {
            Ear::give_up(ear);
        }
    }

    /// Reads what is sent to nobody here, but heard for others, who would ask for it one after the other.
    pub(crate) async fn hear_out(self)
    where
        B: Body<Data = Bytes, Error: Into<BoxError>>,
    {
        let Some(until) = self.ear().map(Ear::until) else { return };
        let mut body = pin!(self);
        let all = async {
            while body.ear().is_some()
                && let Some(Ok(_)) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await
            {}
        };
        // What is late is heard by nobody any more.
        let _late = timeout_at(until, all).await;
    }

    fn ear(&self) -> Option<&Ear> {
        match self {
            Self::Anybodys { ear, .. } => ear.as_deref(),
            Self::Service { .. } | Self::Shared { .. } => None,
        }
    }

    /// Who reads a body that says that it has ended need not ask again.
    fn share_at_the_end(&mut self)
    where
        B: Body<Data = Bytes, Error: Into<BoxError>>,
    {
        if let Self::Anybodys { body, ear, .. } = self
            && body.is_end_stream()
        {
            Ear::share(ear);
        }
    }
}

impl<B> Body for Decoded<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        let Some(decoding) = this.decoding.as_deref_mut() else {
            return this.body.poll_frame(cx).map_err(Into::into);
        };
        if decoding.has_ended {
            return Poll::Ready(decoding.trailers.take().map(Frame::trailers).map(Ok));
        }
        for _ in 0..STEPS {
            let mut out = Vec::new();
            let progress = match decoding.decoder.step(&mut decoding.rest, &mut out) {
                Ok(progress) => progress,
                Err(doubt) => return Poll::Ready(Some(Err(doubt.into()))),
            };
            if !out.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(out.into()))));
            }
            if progress == Progress::Some {
                continue;
            }
            match ready!(this.body.as_mut().poll_frame(cx)).transpose().map_err(Into::into)? {
                Some(frame) => match frame.into_data() {
                    Ok(data) => decoding.rest = data,
                    // Whatever follows trailers would follow the end.
                    Err(frame) => decoding.trailers = frame.into_trailers().ok(),
                },
                None => {
                    decoding.has_ended = true;
                    decoding.decoder.end()?;
                    return Poll::Ready(decoding.trailers.take().map(Frame::trailers).map(Ok));
                }
            }
        }
        // Much that unfolds to nothing: others have their turn, too.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        match &self.decoding {
            None => self.body.is_end_stream(),
            Some(decoding) => decoding.has_ended && decoding.trailers.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.decoding {
            None => self.body.size_hint(),
            Some(decoding) if decoding.has_ended => SizeHint::with_exact(0),
            Some(_) => SizeHint::new(),
        }
    }
}

impl<B> Body for Source<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.project() {
            SourceNow::Service { body } => body.poll_frame(cx),
            SourceNow::Anybodys { mut body, ear, is_judged } => {
                let read = ready!(body.as_mut().poll_frame(cx));
                let read = read.filter(|read| !read.as_ref().is_ok_and(Frame::is_trailers));
                Ear::hear(ear, read.as_ref());
                if (read.is_none() || body.is_end_stream()) && !*is_judged {
                    Ear::share(ear);
                }
                Poll::Ready(read)
            }
            SourceNow::Shared { bytes } => {
                let all = mem::take(bytes);
                Poll::Ready((!all.is_empty()).then(|| Ok(Frame::data(all))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Service { body } | Self::Anybodys { body, .. } => body.is_end_stream(),
            Self::Shared { bytes } => bytes.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Service { body } | Self::Anybodys { body, .. } => body.size_hint(),
            Self::Shared { bytes } => SizeHint::with_exact(bytes.len() as u64),
        }
    }
}

/// How often is gone on in one poll with nothing to show for it.
const STEPS: usize = 64;
