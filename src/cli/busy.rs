//! How busy one connection is: whether an answer is on its way.

use std::{
    pin::Pin,
    sync::atomic::{AtomicBool, Ordering},
    task::{Context, Poll},
    time::Duration,
};

use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::timeout,
};

/// The answers of one connection that are on their way.
#[derive(Debug)]
pub(crate) struct Busy {
    answers: watch::Sender<usize>,
    has_begun: AtomicBool,
}

/// One of them. It ends when this is dropped.
#[derive(Debug)]
pub(crate) struct OnItsWay {
    busy: watch::Sender<usize>,
    /// Room among the answers of all connections.
    room: Option<OwnedSemaphorePermit>,
}

impl Busy {
    pub(crate) fn new() -> Self {
        Self { answers: watch::Sender::new(0), has_begun: AtomicBool::new(false) }
    }

    /// Another answer begins.
    pub(crate) fn begin(&self) -> OnItsWay {
        self.has_begun.store(true, Ordering::Relaxed);
        self.answers.send_modify(|answers| *answers += 1);
        OnItsWay { busy: self.answers.clone(), room: None }
    }

    /// Whether there has been any.
    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
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
}

impl OnItsWay {
    /// Takes room among the answers of all connections for as long as it is on its way.
    pub(crate) fn take(&mut self, room: Option<OwnedSemaphorePermit>) {
        self.room = room;
    }
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        self.busy.send_modify(|answers| *answers = answers.saturating_sub(1));
    }
}

pin_project! {
    /// A body that is on its way until it is dropped.
    pub(crate) struct Counted<B> {
        #[pin]
        body: B,
        on_its_way: OnItsWay,
    }
}

impl<B> Counted<B> {
    pub(crate) fn new(body: B, on_its_way: OnItsWay) -> Self {
        Self { body, on_its_way }
    }
}

impl<B: Body> Body for Counted<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        self.project().body.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
