//! The wrapped service: a shop that says what it is told to.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, request};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::sleep;
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
    heard: Arc<Mutex<Vec<String>>>,
    takes: Arc<Mutex<Duration>>,
    is_ready: bool,
}

impl Shop {
    /// The bodies of the requests that reached it, those that were whole.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    /// Takes this long from now on until it answers.
    pub(crate) fn takes(&self, time: Duration) {
        *self.takes.lock().unwrap() = time;
    }

    /// How often it was asked since the last time that it was asked for this, and by whom: `true` for whoever says so.
    pub(crate) fn was_asked(&self) -> Vec<bool> {
        let asked = self.seen.lock().unwrap().drain(..).map(|head| is_known(&head)).collect();
        self.heard.lock().unwrap().clear();
        asked
    }

    /// The heads of the requests that reached it.
    pub(crate) fn seen(&self) -> Vec<request::Parts> {
        self.seen.lock().unwrap().clone()
    }
}

impl Default for Shop {
    fn default() -> Self {
        let answer: Says =
            Arc::new(|_| Response::builder().header("content-type", "application/json").body(Pieces::whole(PERSONAL)));
        let (seen, heard, takes) = Default::default();
        Self { answer: Arc::new(Mutex::new(answer)), seen, heard, takes, is_ready: false }
    }
}

impl Clone for Shop {
    /// A clone is not ready, whatever the original was.
    fn clone(&self) -> Self {
        let Self { answer, seen, heard, takes, .. } = self;
        let (answer, seen) = (Arc::clone(answer), Arc::clone(seen));
        Self { answer, seen, heard: Arc::clone(heard), takes: Arc::clone(takes), is_ready: false }
    }
}

impl fmt::Debug for Shop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shop")
    }
}

impl<Q> Service<Request<Q>> for Shop
where
    Q: Body<Data = Bytes> + Send + 'static,
{
    type Response = Response<Pieces>;
    type Error = Broken;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Pieces>, Broken>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        assert!(std::mem::take(&mut self.is_ready), "called without having been polled ready");
        let (head, body) = request.into_parts();
        let answer = Arc::clone(&*self.answer.lock().unwrap());
        let answer = answer(&head).map_err(|_| Broken);
        self.seen.lock().unwrap().push(head);
        let (heard, takes) = (Arc::clone(&self.heard), *self.takes.lock().unwrap());
        Box::pin(async move {
            if let Ok(body) = body.collect().await {
                heard.lock().unwrap().push(String::from_utf8(body.to_bytes().to_vec()).unwrap());
            }
            // As a service that waits for something.
            tokio::task::yield_now().await;
            if !takes.is_zero() {
                sleep(takes).await;
            }
            answer
        })
    }
}

/// Whether a request says who makes it.
pub(crate) fn is_known(head: &request::Parts) -> bool {
    head.headers.contains_key("authorization")
}
