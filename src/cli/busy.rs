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
    taking: Arc<Mutex<Taking>>,
}

/// What the client takes.
#[derive(Debug)]
struct Taking {
    /// Which answers wait for it, by their number, and since when.
    waiting: BTreeMap<u64, Instant>,
    /// When it last took something of any.
    taken: Instant,
}

/// One of them. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct OnItsWay {
    busy: watch::Sender<usize>,
    number: u64,
    taking: Arc<Mutex<Taking>>,
    /// Room among the answers of all connections.
    room: Option<OwnedSemaphorePermit>,
}

impl Busy {
    pub(crate) fn new() -> Self {
        let taking = Taking { waiting: BTreeMap::new(), taken: Instant::now() };
        Self { answers: watch::Sender::new(0), begun: AtomicU64::new(0), taking: Arc::new(Mutex::new(taking)) }
    }

    /// Another answer begins.
    pub(crate) fn begin(&self) -> OnItsWay {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        self.answers.send_modify(|answers| *answers += 1);
        OnItsWay { busy: self.answers.clone(), number, taking: Arc::clone(&self.taking), room: None }
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

    /// Ends once some answer has waited for the client for a time in which it took nothing of any other either: on a slow line many
    /// take their turns, and who reads one after the other lets some wait. One that waits for the service is not meant.
    pub(crate) async fn stalled(&self, time: Duration) {
        loop {
            let stalled = lock(&self.taking).stalled();
            let left = time.saturating_sub(stalled);
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
        lock(&self.taking).waiting.insert(self.number, Instant::now());
    }

    /// The client is not waited for. Did it take what it was given?
    fn goes_on(&self, has_taken: bool) {
        let mut taking = lock(&self.taking);
        taking.waiting.remove(&self.number);
        if has_taken {
            taking.taken = Instant::now();
        }
    }
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.goes_on(false);
        self.busy.send_modify(|answers| *answers = answers.saturating_sub(1));
    }
}

impl Taking {
    /// For how long nothing has been taken while something waits.
    fn stalled(&self) -> Duration {
        let longest = self.waiting.values().min().map(Instant::elapsed);
        longest.unwrap_or_default().min(self.taken.elapsed())
    }
}

fn lock(taking: &Mutex<Taking>) -> MutexGuard<'_, Taking> {
    taking.lock().unwrap_or_else(PoisonError::into_inner)
}

pin_project! {
    /// A body that is on its way until it is dropped. It waits for the client from when it gives something until it is
    /// asked for more: in pieces, so that who takes a large frame slowly is seen to take it.
    pub(crate) struct Counted<B> {
        #[pin]
        body: B,
        rest: Bytes,
        // Whether the last thing that happened was that something was given.
        has_given: bool,
        on_its_way: OnItsWay,
    }
}

impl<B> Counted<B> {
    pub(crate) fn new(body: B, on_its_way: OnItsWay) -> Self {
        on_its_way.waits();
        Self { body, rest: Bytes::new(), has_given: false, on_its_way }
    }
}

impl<B: Body<Data = Bytes>> Body for Counted<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        this.on_its_way.goes_on(std::mem::take(this.has_given));
        if this.rest.is_empty() {
            match ready!(this.body.poll_frame(cx)).map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => *this.rest = data,
                Some(Ok(Err(trailers))) => {
                    this.on_its_way.waits();
                    *this.has_given = true;
                    return Poll::Ready(Some(Ok(trailers)));
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
        this.on_its_way.waits();
        *this.has_given = true;
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
    async fn who_takes_one_answer_lets_others_wait() {
        let busy = Busy::new();
        let _paused = Counted::new(Full::<Bytes>::from("x"), busy.begin());
        for _ in 0..5 {
            let mut other = Counted::new(Full::<Bytes>::from("x"), busy.begin());
            assert!(other.frame().await.unwrap().is_ok() && other.frame().await.is_none());
            assert!(!is_stalled_within(&busy, TIME - Duration::from_secs(1)).await);
        }
        // To begin another one is not to take something.
        let _begun = Counted::new(Full::<Bytes>::from("x"), busy.begin());
        assert!(is_stalled_within(&busy, Duration::from_secs(2)).await);
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
