//! Where the bytes of an answer come from.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::unknown::Ear;

pin_project! {
    /// Where the bytes of an answer come from.
    #[project = SourceNow]
    pub(crate) enum Source<B> {
        /// The wrapped service.
        Service { #[pin] body: B },
        /// The wrapped service, and what it says is heard by all who ask the same.
        Heard { #[pin] body: B, ear: Option<Ear> },
        /// What the wrapped service said to somebody who asked the same.
        Shared { bytes: Bytes },
    }
}

impl<B: Body> Source<B> {
    pub(crate) fn service(body: B) -> Self {
        Self::Service { body }
    }

    pub(crate) fn heard(body: B, ear: Ear) -> Self {
        let mut ear = Some(ear);
        Ear::at_the_end(&mut ear, &body);
        Self::Heard { body, ear }
    }

    pub(crate) fn shared(bytes: Bytes) -> Self {
        Self::Shared { bytes }
    }
}

impl<B> Body for Source<B>
where
    B: Body<Data = Bytes>,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project() {
            SourceNow::Service { body } => body.poll_frame(cx),
            SourceNow::Heard { mut body, ear } => {
                let read = ready!(body.as_mut().poll_frame(cx));
                Ear::hear(ear, read.as_ref());
                Ear::at_the_end(ear, &*body);
                Poll::Ready(read)
            }
            SourceNow::Shared { bytes } => {
                let all = std::mem::take(bytes);
                Poll::Ready((!all.is_empty()).then(|| Ok(Frame::data(all))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Service { body } | Self::Heard { body, .. } => body.is_end_stream(),
            Self::Shared { bytes } => bytes.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Service { body } | Self::Heard { body, .. } => body.size_hint(),
            Self::Shared { bytes } => SizeHint::with_exact(bytes.len() as u64),
        }
    }
}
