//! The wrapped service: a shop that says what it is told to.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use http::{Request, Response, request};
use tower::Service;

use super::{
    PERSONAL,
    body::{Broken, Pieces},
};

/// What the shop says to a request.
pub(super) type Says = Arc<dyn Fn(&request::Parts) -> http::Result<Response<Pieces>> + Send + Sync>;

/// The wrapped service. It panics where it is called without having been polled ready, as a strict service may.
pub(crate) struct Shop {
    pub(super) answer: Arc<Mutex<Says>>,
    seen: Arc<Mutex<Vec<request::Parts>>>,
    is_ready: bool,
}

impl Shop {
    /// The heads of the requests that reached it.
    pub(crate) fn seen(&self) -> Vec<request::Parts> {
        self.seen.lock().unwrap().clone()
    }
}

impl Default for Shop {
    fn default() -> Self {
        let answer: Says =
            Arc::new(|_| Response::builder().header("content-type", "application/json").body(Pieces::whole(PERSONAL)));
        Self { answer: Arc::new(Mutex::new(answer)), seen: Arc::default(), is_ready: false }
    }
}

impl Clone for Shop {
    /// A clone is not ready, whatever the original was.
    fn clone(&self) -> Self {
        Self { answer: Arc::clone(&self.answer), seen: Arc::clone(&self.seen), is_ready: false }
    }
}

impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shop")
    }
}

impl<Q> Service<Request<Q>> for Shop {
    type Response = Response<Pieces>;
    type Error = Broken;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Pieces>, Broken>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called without having been polled ready");
        let (head, _) = request.into_parts();
        let answer = Arc::clone(&*self.answer.lock().unwrap());
        let answer = answer(&head).map_err(|_| Broken);
        self.seen.lock().unwrap().push(head);
        Box::pin(async {
            // As a service that waits for something.
            tokio::task::yield_now().await;
            answer
        })
    }
}
