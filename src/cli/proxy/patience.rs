//! How long the service is waited for: only while it is the service that is waited for, and not the client's body.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Instant, sleep};

/// Ends some time after the service was given the last thing that it waited for.
#[derive(Clone, Debug)]
pub(super) struct Patience {
    time: Duration,
    /// Nothing while the client is waited for.
    since: Arc<Mutex<Option<Instant>>>,
}

impl Patience {
    /// With the service from now on.
    pub(super) fn new(time: Duration) -> Self {
        Self { time, since: Arc::new(Mutex::new(Some(Instant::now()))) }
    }

    /// A body that tells who is waited for while the service takes it.
    pub(super) fn watch<B>(&self, body: B) -> Watched<B> {
        Watched { body, patience: self.clone() }
    }

    /// Waits until there is no more of it.
    pub(super) async fn ends(&self) {
        loop {
            let waited = self.since().map(|since| since.elapsed());
            let left = self.time.saturating_sub(waited.unwrap_or_default());
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }

    fn since(&self) -> MutexGuard<'_, Option<Instant>> {
        self.since.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pin_project! {
    /// The body of a request on its way to the service.
    pub(super) struct Watched<B> {
        #[pin]
        body: B,
        patience: Patience,
    }

    impl<B> PinnedDrop for Watched<B> {
        /// Who gives it away does not wait for the client any more.
        fn drop(this: Pin<&mut Self>) {
            this.project().patience.since().get_or_insert_with(Instant::now);
        }
    }
}

impl<B: Body> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    /// Whoever asks for more has taken what there was, and has to do with what it gets; where it gets nothing, the client
    /// is waited for.
    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = self.project();
        let frame = this.body.poll_frame(cx);
        *this.patience.since() = frame.is_ready().then(Instant::now);
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http_body_util::{BodyExt, Channel};
    use tokio::time::timeout;
    use tower::BoxError;

    use super::*;

    const TIME: Duration = Duration::from_secs(30);
    const ALMOST: Duration = Duration::from_secs(29);

    async fn ends_within(patience: &Patience, time: Duration) -> bool {
        timeout(time, patience.ends()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn the_service_has_its_time_and_the_client_takes_its_own() {
        let patience = Patience::new(TIME);
        let (mut sender, body) = Channel::<Bytes, BoxError>::new(1);
        let mut body = patience.watch(body);
        assert!(!ends_within(&patience, ALMOST).await, "it connects");
        for _ in 0..3 {
            assert!(timeout(Duration::ZERO, body.frame()).await.is_err(), "nothing is there");
            assert!(!ends_within(&patience, TIME * 10).await, "the client is waited for");
            sender.send_data("x".into()).await.unwrap();
            body.frame().await.unwrap().unwrap();
            assert!(!ends_within(&patience, ALMOST).await, "it works on what it took");
        }
        assert!(timeout(Duration::ZERO, body.frame()).await.is_err(), "nothing more is there");
        drop(body);
        assert!(!ends_within(&patience, ALMOST).await, "it wants no more");
        assert!(ends_within(&patience, Duration::from_secs(2)).await);
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_takes_nothing_has_no_more_time_than_one_that_says_nothing() {
        for takes_a_piece in [false, true] {
            let patience = Patience::new(TIME);
            let (mut sender, body) = Channel::<Bytes, BoxError>::new(1);
            let mut body = patience.watch(body);
            sender.send_data("x".into()).await.unwrap();
            if takes_a_piece {
                body.frame().await.unwrap().unwrap();
            }
            assert!(!ends_within(&patience, ALMOST).await);
            assert!(ends_within(&patience, Duration::from_secs(2)).await);
        }
    }
}
