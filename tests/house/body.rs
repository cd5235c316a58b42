//! A body that says what it is told, piece by piece: neither `Clone` nor `Sync`, as a body may be.

use std::{
    cell::Cell,
    collections::VecDeque,
    error::Error,
    fmt,
    marker::PhantomData,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// What a body does next.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Data(Bytes),
    Trailers(HeaderMap),
    Fails,
    Rests(Duration),
}

/// A body of pieces.
pub(crate) struct Pieces {
    left: VecDeque<Piece>,
    rest: Option<Pin<Box<Sleep>>>,
    knows_its_end: bool,
    gone: Arc<AtomicBool>,
    taken: Arc<AtomicUsize>,
    not_sync: PhantomData<Cell<()>>,
}

impl Pieces {
    pub(crate) fn new(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let (left, gone, taken) = (pieces.into_iter().collect(), Arc::default(), Arc::default());
        Self { left, rest: None, knows_its_end: true, gone, taken, not_sync: PhantomData }
    }

    pub(crate) fn whole(bytes: impl Into<Bytes>) -> Self {
        Self::new(
            Some(Piece::Data(bytes.into())).filter(|piece| !matches!(piece, Piece::Data(data) if data.is_empty())),
        )
    }

    /// Tells its end only when it is there, as a stream does.
    pub(crate) fn streamed(pieces: impl IntoIterator<Item = Piece>) -> Self {
        let mut body = Self::new(pieces);
        body.knows_its_end = false;
        body
    }

    /// Becomes true when the body is dropped.
    pub(crate) fn gone(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.gone)
    }

    /// How many pieces of data have been taken.
    pub(crate) fn taken(&self) -> Arc<AtomicUsize> {
        Arc::clone(&self.taken)
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        loop {
            if let Some(rest) = &mut self.rest {
                ready!(rest.as_mut().poll(cx));
                self.rest = None;
            }
            return Poll::Ready(match self.left.pop_front() {
                None => None,
                Some(Piece::Data(data)) => {
                    self.taken.fetch_add(1, Ordering::SeqCst);
                    Some(Ok(Frame::data(data)))
                }
                Some(Piece::Trailers(trailers)) => Some(Ok(Frame::trailers(trailers))),
                Some(Piece::Fails) => Some(Err(Broken)),
                Some(Piece::Rests(time)) => {
                    self.rest = Some(Box::pin(sleep(time)));
                    continue;
                }
            });
        }
    }

    fn is_end_stream(&self) -> bool {
        self.knows_its_end && self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        let data = |piece: &Piece| if let Piece::Data(data) = piece { data.len() as u64 } else { 0 };
        if self.knows_its_end { SizeHint::with_exact(self.left.iter().map(data).sum()) } else { SizeHint::new() }
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::SeqCst);
    }
}

/// The wrapped service's own error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the wrapped service broke off")
    }
}

impl Error for Broken {}
