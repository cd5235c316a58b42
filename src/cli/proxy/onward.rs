//! A body that goes on to the next hop, in either direction: what was meant for this hop alone stays behind.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::hops::strip_trailers;

pin_project! {
    /// A body whose trailers go on. (`MapFrame` of http-body-util does not say how long it is, which a length is made of.)
    pub(crate) struct Onward<B> {
        #[pin]
        body: B,
    }
}

impl<B> Onward<B> {
    pub(super) fn new(body: B) -> Self {
        Self { body }
    }
}

impl<B: Body> Body for Onward<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut frame = ready!(self.project().body.poll_frame(cx));
        if let Some(Ok(frame)) = &mut frame {
            frame.trailers_mut().into_iter().for_each(strip_trailers);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
