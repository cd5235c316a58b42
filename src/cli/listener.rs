//! The server loop: takes connections, speaks HTTP/1.1 and HTTP/2 on them, and ends in good order.

use std::{
    convert::Infallible,
    future::pending,
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tower::{BoxError, Service};

use super::proxy::{Peer, strip};

/// How much a client may ask of the listener.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// After this a connection must have sent a request's head, counted from its start or from the last answer.
    pub(crate) header_timeout: Duration,
    /// More connections than this wait until one ends.
    pub(crate) max_connections: usize,
}

/// Serves until `stop` is ready, then lets what is in flight end within [`DRAIN`]. `stop` is asked a second time, for those
/// who do not want to wait.
pub(crate) async fn serve<S, B>(listener: TcpListener, app: S, limits: Limits, mut stop: impl AsyncFnMut())
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let server = server(limits);
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(limits.max_connections.min(Semaphore::MAX_PERMITS)));
    loop {
        let (stream, permit) = tokio::select! {
            taken = take(&listener, &room) => taken,
            () = stop() => break,
        };
        let watcher = graceful.watcher();
        let (server, app) = (server.clone(), app.clone());
        tokio::spawn(async move {
            let Ok(peer) = stream.peer_addr() else { return };
            let asked = Arc::new(AtomicBool::new(false));
            let has_asked = Arc::clone(&asked);
            let service = service_fn(move |mut request: Request<Incoming>| {
                asked.store(true, Ordering::Relaxed);
                strip(request.headers_mut());
                request.extensions_mut().insert(Peer(peer));
                hyper::service::Service::call(&TowerToHyperService::new(app.clone()), request)
            });
            let connection = server.serve_connection(TokioIo::new(stream), service).into_owned();
            let mut connection = Box::pin(watcher.watch(connection));
            // hyper's own timer starts when it knows the version, so somebody who says nothing would stay for ever.
            let silent = timeout(limits.header_timeout, &mut connection).await.is_err();
            if silent && has_asked.load(Ordering::Relaxed) {
                let _gone = connection.await;
            }
            drop(permit);
        });
    }
    drop(listener);
    tracing::info!("stopping: answers on their way are finished first");
    tokio::select! {
        () = graceful.shutdown() => {}
        () = sleep(DRAIN) => tracing::warn!("some answers took too long and were cut"),
        () = stop() => tracing::warn!("told to stop again: some answers were cut"),
    }
}

/// The next connection, as soon as there is room for one.
async fn take(listener: &TcpListener, room: &Arc<Semaphore>) -> (TcpStream, OwnedSemaphorePermit) {
    let Ok(permit) = Arc::clone(room).acquire_owned().await else { return pending().await };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _slower = stream.set_nodelay(true);
                return (stream, permit);
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                // Out of file descriptors, most likely: asking again at once would only burn the processor.
                tracing::warn!(cause = %error, "a connection could not be taken");
                sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

fn server(limits: Limits) -> auto::Builder<TokioExecutor> {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server.http1().timer(TokioTimer::new()).header_read_timeout(limits.header_timeout).max_buf_size(MAX_HEAD);
    server
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(MAX_HEAD as u32)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PONG_WITHIN);
    server
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// How long answers that are on their way may take after the listener was told to stop.
const DRAIN: Duration = Duration::from_secs(8);

/// The largest head of a request.
const MAX_HEAD: usize = 64 * 1024;

/// How often a silent HTTP/2 client is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(30);

/// How long it may take to say so. Its word may lie unread here while there is too much to do: a server that is slow must
/// not take its clients for dead.
const PONG_WITHIN: Duration = Duration::from_secs(120);
