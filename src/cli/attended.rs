//! The body of a request that is not waited for without end.

use std::{
    error, fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Buf;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep, sleep};
use tower::BoxError;

pin_project! {
    /// A body of which the next piece must come within a time, and later on so many bytes a second: who holds what others wait for
    /// shall use it.
    pub(crate) struct Attended<B> {
        #[pin]
        body: B,
        waiting: Option<Pin<Box<Sleep>>>,
        patience: Duration,
        // How long it was waited for, and since when it is now; how much of it came.
        waited: Duration,
        since: Option<Instant>,
        bytes: u64,
    }
}

impl<B> Attended<B> {
    pub(crate) fn new(body: B, patience: Duration) -> Self {
        Self { body, waiting: None, patience, waited: Duration::ZERO, since: None, bytes: 0 }
    }
}

impl<B> Body for Attended<B>
where
    B: Body<Error: Into<BoxError>>,
{
    type Data = B::Data;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, BoxError>>> {
        let this = self.project();
        if let Poll::Ready(frame) = this.body.poll_frame(cx) {
            *this.waiting = None;
            let length = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map_or(0, Buf::remaining);
            *this.bytes = this.bytes.saturating_add(length as u64);
            *this.waited += this.since.take().map(|since| since.elapsed()).unwrap_or_default();
            let least = this.waited.saturating_sub(*this.patience).as_secs().saturating_mul(LEAST_A_SECOND);
            if frame.is_some() && *this.bytes < least {
                return Poll::Ready(Some(Err(Stalled.into())));
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(|cause| Broken(cause.into()).into())));
        }
        this.since.get_or_insert_with(Instant::now);
        let waiting = this.waiting.get_or_insert_with(|| Box::pin(sleep(*this.patience)));
        waiting.as_mut().poll(cx).map(|()| Some(Err(Stalled.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A tenth of what the slowest of today's lines has.
const LEAST_A_SECOND: u64 = 500;

/// Nothing of a body came for too long, or too little.
#[derive(Debug)]
pub(crate) struct Stalled;

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body did not come in time")
    }
}

impl error::Error for Stalled {}

/// A body cannot be read to its end: whoever sends it went away, or does not keep to its form.
#[derive(Debug)]
pub(crate) struct Broken(BoxError);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body cannot be read")
    }
}

impl error::Error for Broken {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        Some(&*self.0)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Channel};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_may_take_long_but_not_stand_still() {
        let (mut sender, body) = Channel::<bytes::Bytes, BoxError>::new(1);
        let mut body = Attended::new(body, Duration::from_secs(60));
        tokio::spawn(async move {
            for _ in 0..3 {
                sleep(Duration::from_secs(59)).await;
                sender.send_data(vec![b'x'; 30_000].into()).await.unwrap();
            }
            sleep(Duration::from_secs(61)).await;
            drop(sender.send_data("late".into()).await);
        });
        for _ in 0..3 {
            assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap().len(), 30_000);
        }
        assert!(body.frame().await.unwrap().unwrap_err().is::<Stalled>());
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_trickles_is_not_waited_for_without_end() {
        let (mut sender, body) = Channel::<bytes::Bytes, BoxError>::new(1);
        let mut body = Attended::new(body, Duration::from_secs(60));
        tokio::spawn(async move {
            while sender.send_data("x".into()).await.is_ok() {
                sleep(Duration::from_secs(25)).await;
            }
        });
        for _ in 0..3 {
            assert!(body.frame().await.unwrap().is_ok(), "it may begin slowly");
        }
        assert!(body.frame().await.unwrap().unwrap_err().is::<Stalled>());
    }

    #[tokio::test]
    async fn what_breaks_it_is_told() {
        let (sender, body) = Channel::<bytes::Bytes, BoxError>::new(1);
        sender.abort("gone".into());
        let broken = Attended::new(body, Duration::from_secs(60)).frame().await.unwrap().unwrap_err();
        assert_eq!(broken.downcast::<Broken>().unwrap().0.to_string(), "gone");
    }

    #[test]
    fn it_knows_what_the_body_knows() {
        let body = Attended::new(http_body_util::Full::new(bytes::Bytes::from_static(b"abc")), Duration::ZERO);
        assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(3), false));
        assert!(Attended::new(http_body_util::Empty::<bytes::Bytes>::new(), Duration::ZERO).is_end_stream());
    }
}
