//! The body of an answer: as it came, shaped as it comes, or whole.

mod shaped;

use std::{
    fmt, mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower::BoxError;

pub(crate) use self::shaped::{Read, STEPS, Shaped};
use crate::{aside::Aside, report, source::Source};

pin_project! {
    /// The body of an answer that a [`Rapport`](crate::service::Rapport) gives.
    ///
    /// A body that no rule touches is passed on frame by frame, with its size and its trailers. A shaped body has no
    /// size known before it ended, and ends with an error where what comes cannot be shaped any further.
    ///
    /// See the example of [`Rapport`](crate::Rapport).
    pub struct RapportBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[project = KindNow]
    enum Kind<B> {
        Pass { #[pin] body: Source<B>, aside: Option<Box<Aside>> },
        // (Boxed, so that a body is small: few have them.)
        Whole { bytes: Bytes, trailers: Option<Box<HeaderMap>> },
        Head,
        Shaped { shaped: Pin<Box<Shaped<B>>> },
        Ended,
    }
}

impl<B> RapportBody<B> {
    pub(crate) fn pass(body: Source<B>) -> Self {
        Self::observed(body, None)
    }

    /// It leaves as it comes, and somebody looks on.
    pub(crate) fn observed(body: Source<B>, aside: Option<Box<Aside>>) -> Self {
        Self { kind: Kind::Pass { body, aside } }
    }

    pub(crate) fn whole(bytes: Bytes, trailers: Option<HeaderMap>) -> Self {
        Self { kind: Kind::Whole { bytes, trailers: trailers.map(Box::new) } }
    }

    /// The body of an answer that can have none.
    pub(crate) fn nothing() -> Self {
        Self { kind: Kind::Ended }
    }

    /// The same of an answer to HEAD, of which nobody shall tell that GET would get nothing.
    pub(crate) fn of_head() -> Self {
        Self { kind: Kind::Head }
    }

    pub(crate) fn shaped(shaped: Pin<Box<Shaped<B>>>) -> Self {
        Self { kind: Kind::Shaped { shaped } }
    }

    /// All of it, if it is there.
    pub(crate) fn is_whole(&self) -> Option<&Bytes> {
        match &self.kind {
            Kind::Whole { bytes, .. } => Some(bytes),
            _ => None,
        }
    }
}

impl<B> Body for RapportBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        let frame = match this.kind.as_mut().project() {
            KindNow::Pass { mut body, aside } => {
                let mut read = ready!(body.as_mut().poll_frame(cx));
                if aside.is_some() {
                    Aside::look_at(aside, read.as_ref(), read.is_none() || body.is_end_stream());
                }
                if let Some(Ok(frame)) = &mut read {
                    frame.trailers_mut().into_iter().for_each(report::forget_in_trailers);
                }
                return Poll::Ready(read);
            }
            KindNow::Whole { bytes, trailers } => {
                let data = Some(mem::take(bytes)).filter(|bytes| !bytes.is_empty()).map(Frame::data);
                data.or_else(|| trailers.take().map(|trailers| Frame::trailers(*trailers))).map(Ok)
            }
            KindNow::Shaped { shaped } => ready!(shaped.as_mut().poll_frame(cx)),
            KindNow::Head | KindNow::Ended => None,
        };
        if !matches!(frame, Some(Ok(_))) {
            this.kind.set(Kind::Ended);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Pass { body, .. } => body.is_end_stream(),
            Kind::Whole { bytes, trailers } => bytes.is_empty() && trailers.is_none(),
            Kind::Shaped { .. } => false,
            Kind::Head | Kind::Ended => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Pass { body, .. } => body.size_hint(),
            Kind::Whole { bytes, trailers: None } => SizeHint::with_exact(bytes.len() as u64),
            // A length told beforehand would leave no room for trailers in HTTP/1.
            Kind::Whole { .. } | Kind::Head => SizeHint::new(),
            Kind::Shaped { shaped } => shaped.size_hint(),
            Kind::Ended => SizeHint::with_exact(0),
        }
    }
}

impl<B> fmt::Debug for RapportBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Pass { .. } => "RapportBody(as it came)",
            Kind::Whole { .. } | Kind::Head => "RapportBody(whole)",
            Kind::Shaped { .. } => "RapportBody(shaped)",
            Kind::Ended => "RapportBody(ended)",
        })
    }
}
