//! How busy one connection is: whether an answer is on its way, and whether the client takes it.

use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep, timeout},
};

/// The answers of one connection that are on their way.
#[derive(Debug)]
pub(crate) struct Busy {
    answers: watch::Sender<usize>,
    begun: AtomicU64,
    waiting: Waiting,
}

/// Which answers wait for the client, by their number, and since when.
type Waiting = Arc<Mutex<BTreeMap<u64, Instant>>>;

/// One of them. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct OnItsWay {
    busy: watch::Sender<usize>,
    number: u64,
    waiting: Waiting,
    /// Room among the answers of all connections.
    room: Option<OwnedSemaphorePermit>,
}

impl Busy {
    pub(crate) fn new() -> Self {
        Self { answers: watch::Sender::new(0), begun: AtomicU64::new(0), waiting: Waiting::default() }
    }

    /// Another answer begins.
    pub(crate) fn begin(&self) -> OnItsWay {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        self.answers.send_modify(|answers| *answers += 1);
        OnItsWay { busy: self.answers.clone(), number, waiting: Arc::clone(&self.waiting), room: None }
    }

    /// Whether there has been any.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.load(Ordering::Relaxed) > 0
    }

    /// Ends once no answer has been on its way for a time.
    pub(crate) async fn idle(&self, time: Duration) {
        let mut answers = self.answers.subscribe();
        loop {
            if answers.wait_for(|answers| *answers == 0).await.is_err() {
                return;
            }
            if timeout(time, answers.changed()).await.is_err() {
                return;
            }
        }
    }

    /// Ends once the client has taken nothing of some answer for a time. One that waits for the service is not meant.
    pub(crate) async fn stalled(&self, time: Duration) {
        loop {
            let longest = lock(&self.waiting).values().min().map(Instant::elapsed);
            let left = time.saturating_sub(longest.unwrap_or_default());
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }
}

impl OnItsWay {
    /// Takes room among the answers of all connections for as long as it is on its way.
    pub(crate) fn take(&mut self, room: Option<OwnedSemaphorePermit>) {
        self.room = room;
    }

    /// There is something for the client to take.
    fn waits(&self) {
        lock(&self.waiting).insert(self.number, Instant::now());
    }

    /// The client took it.
    fn goes_on(&self) {
        lock(&self.waiting).remove(&self.number);
    }
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.goes_on();
        self.busy.send_modify(|answers| *answers = answers.saturating_sub(1));
    }
}

fn lock(waiting: &Waiting) -> MutexGuard<'_, BTreeMap<u64, Instant>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

pin_project! {
    /// A body that is on its way until it is dropped. It waits for the client from when it gives something until it is
    /// asked for more: in pieces, so that who takes a large frame slowly is seen to take it.
    pub(crate) struct Counted<B> {
        #[pin]
        body: B,
        rest: Bytes,
        on_its_way: OnItsWay,
    }
}

impl<B> Counted<B> {
    pub(crate) fn new(body: B, on_its_way: OnItsWay) -> Self {
        on_its_way.waits();
        Self { body, rest: Bytes::new(), on_its_way }
    }
}

impl<B: Body<Data = Bytes>> Body for Counted<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        this.on_its_way.goes_on();
        if this.rest.is_empty() {
            match ready!(this.body.poll_frame(cx)).map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => *this.rest = data,
                Some(Ok(Err(trailers))) => {
                    this.on_its_way.waits();
                    return Poll::Ready(Some(Ok(trailers)));
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        this.on_its_way.waits();
        let piece = this.rest.split_to(this.rest.len().min(PIECE));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (mut hint, rest) = (self.body.size_hint(), self.rest.len() as u64);
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(hint.lower().saturating_add(rest));
        hint
    }
}

/// What a client takes at once.
const PIECE: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Channel, Full};
    use tower::BoxError;

    use super::*;

    const TIME: Duration = Duration::from_secs(60);

    async fn is_stalled_within(busy: &Busy, time: Duration) -> bool {
        timeout(time, busy.stalled(TIME)).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_of_one_answer_stalls() {
        let busy = Busy::new();
        assert!(!is_stalled_within(&busy, TIME * 3).await, "there is no answer");
        let untouched = Counted::new(Full::<Bytes>::from("x"), busy.begin());
        let mut taken = Counted::new(Full::from("x"), busy.begin());
        assert_eq!(taken.frame().await.unwrap().unwrap().into_data().unwrap(), "x");
        assert!(taken.frame().await.is_none());
        assert!(!is_stalled_within(&busy, TIME - Duration::from_secs(1)).await);
        assert!(is_stalled_within(&busy, Duration::from_secs(2)).await);
        drop(untouched);
        assert!(!is_stalled_within(&busy, TIME * 3).await, "what was asked for to its end waits for nobody");
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_slowly_goes_on() {
        let busy = Busy::new();
        let mut body = Counted::new(Full::from(vec![b'x'; 3 * PIECE + 1]), busy.begin());
        let mut left = 3 * PIECE + 1;
        while let Some(frame) = body.frame().await {
            left -= frame.unwrap().into_data().unwrap().len();
            assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(left as u64), left == 0));
            assert!(!is_stalled_within(&busy, TIME - Duration::from_secs(1)).await, "{left}");
        }
        assert_eq!(left, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_the_service_does_not_stall() {
        let busy = Busy::new();
        let (mut sender, events) = Channel::<Bytes, BoxError>::new(1);
        let mut body = Counted::new(events, busy.begin());
        for _ in 0..3 {
            assert!(timeout(Duration::ZERO, body.frame()).await.is_err(), "nothing is there");
            assert!(!is_stalled_within(&busy, TIME * 10).await);
            sender.send_data("event".into()).await.unwrap();
            assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "event");
        }
        assert!(is_stalled_within(&busy, TIME + Duration::from_secs(1)).await);
    }
}
