//! The server loop: takes connections, speaks HTTP/1.1 and HTTP/2 on them, and ends in good order.

use std::{convert::Infallible, future::pending, io, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
    service::TowerToHyperService,
};
use rustix::net::sockopt::{set_socket_keepalive, set_tcp_keepidle};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch},
    time::{Instant, sleep, timeout},
};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tower::{BoxError, Service};

use super::{
    attended::Attended,
    busy::{Busy, Counted},
    descriptors::Room,
    proxy::{Peer, Tunnel, say_scheme, strip},
};

/// How much a client may ask of the listener.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// After this a connection must have sent a request's head, counted from its start or from the last answer. One that
    /// has no answer under way for so long ends, so that nobody keeps room that others wait for.
    pub(crate) header_timeout: Duration,
    /// How long nothing of a request's body may come, and nothing of an answer be taken.
    pub(crate) stalled: Duration,
    /// More connections than there is room for wait until one ends; so do more requests at once than the connections
    /// leave descriptors for.
    pub(crate) room: Room,
}

/// All that a connection needs to know.
#[derive(Clone)]
struct House<S> {
    app: S,
    server: auto::Builder<TokioExecutor>,
    limits: Limits,
    descriptors: Arc<Semaphore>,
    stopping: watch::Receiver<bool>,
}

/// Serves until `stop` is ready, then lets what is in flight end within [`DRAIN`]. `stop` is asked a second time, for those
/// who do not want to wait.
pub(crate) async fn serve<S, B>(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    app: S,
    limits: Limits,
    mut stop: impl AsyncFnMut(),
) where
    S: Service<Request<Attended<Incoming>>, Response = Response<B>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let [room, descriptors] = [limits.room.connections, limits.room.descriptors]
        .map(|most| Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS))));
    let (stopping, told) = watch::channel(false);
    let house = House { app, server: server(limits), limits, descriptors: Arc::clone(&descriptors), stopping: told };
    let (alive, mut all_gone) = mpsc::channel::<Infallible>(1);
    let mut said_full = None;
    loop {
        let (stream, permit) = tokio::select! {
            taken = take(&listener, &room, &descriptors, &mut said_full) => taken,
            () = stop() => break,
        };
        let (house, tls, alive) = (house.clone(), tls.clone(), alive.clone());
        tokio::spawn(async move {
            welcome(stream, tls, house).await;
            drop((permit, alive));
        });
    }
    drop((listener, alive));
    let _nobody_left = stopping.send(true);
    tracing::info!("stopping: answers on their way are finished first");
    tokio::select! {
        _ = all_gone.recv() => {}
        () = sleep(DRAIN) => tracing::warn!("some answers took too long and were cut"),
        () = stop() => tracing::warn!("told to stop again: some answers were cut"),
    }
}

/// A connection, until it ends.
async fn welcome<S, B>(stream: TcpStream, tls: Option<TlsAcceptor>, house: House<S>)
where
    S: Service<Request<Attended<Incoming>>, Response = Response<B>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let Ok(address) = stream.peer_addr() else { return };
    match tls {
        None => speak(stream, Peer { address, is_secure: false }, house).await,
        Some(tls) => {
            // Whoever cannot or does not go on with the handshake is gone.
            if let Ok(Ok(stream)) = timeout(house.limits.header_timeout, tls.accept(stream)).await {
                speak(stream, Peer { address, is_secure: true }, house).await;
            }
        }
    }
}

async fn speak<S, B, I>(stream: I, peer: Peer, House { app, server, limits, descriptors, mut stopping }: House<S>)
where
    S: Service<Request<Attended<Incoming>>, Response = Response<B>, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Future: Send,
    B: Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    I: AsyncRead + AsyncWrite + Send + 'static,
{
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(limits.stalled));
    let (busy, tunnel) = (Arc::new(Busy::new()), Tunnel::default());
    let (own, way, room) = (Arc::clone(&busy), tunnel.clone(), Arc::clone(&descriptors));
    let service = service_fn(move |mut request: Request<Incoming>| {
        let mut on_its_way = own.begin();
        let (app, descriptors) = (app.clone(), Arc::clone(&room));
        let handshake = way.wished(&mut request);
        strip(request.headers_mut());
        say_scheme(request.headers_mut(), peer);
        request.extensions_mut().insert(peer);
        handshake.into_iter().for_each(|handshake| handshake.goes_with(&mut request));
        async move {
            on_its_way.take(descriptors.acquire_owned().await.ok());
            let request = request.map(|body| Attended::new(body, limits.stalled));
            let answer = hyper::service::Service::call(&TowerToHyperService::new(app), request).await?;
            Ok::<_, Infallible>(answer.map(|body| Counted::new(body, on_its_way)))
        }
    });
    let mut connection = pin!(server.serve_connection_with_upgrades(TokioIo::new(Box::pin(stream)), service));
    let mut is_told = false;
    loop {
        tokio::select! {
            _ended = connection.as_mut() => break,
            // A client of HTTP/2 that opens no window takes nothing while nothing is written to it.
            () = busy.stalled(limits.stalled) => return,
            // What is left of answers after their bodies have ended is hyper's, and may wait for a window too: a line is slow, or
            // nobody reads.
            () = busy.idle(limits.stalled.saturating_mul(LEFT)), if is_told => return,
            () = busy.idle(limits.header_timeout), if !is_told => {
                // hyper's own timer starts when it knows the version, so somebody who says nothing would stay for ever.
                if !busy.has_begun() {
                    return;
                }
                is_told = true;
                connection.as_mut().graceful_shutdown();
            }
            _ = stopping.wait_for(|stopping| *stopping), if !is_told => {
                is_told = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
    if tunnel.is_open() {
        let passing = async {
            // For its side to the service.
            let _room = descriptors.acquire_owned().await;
            tunnel.pass().await;
        };
        tokio::select! {
            () = passing => {}
            _ = stopping.wait_for(|stopping| *stopping) => {}
        }
    }
}

/// The next connection, as soon as there is room for one; where there is none, `said` is when that was told last.
async fn take(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    descriptors: &Arc<Semaphore>,
    said: &mut Option<Instant>,
) -> (TcpStream, [OwnedSemaphorePermit; 2]) {
    if room.available_permits() == 0 && said.is_none_or(|said| said.elapsed() >= TOLD_EVERY) {
        *said = Some(Instant::now());
        let remedy = "raise `serve.max_connections` if the machine has room, or `LimitNOFILE` if `serve` said at its start that \
                      files keep it lower";
        tracing::warn!(
            remedy,
            "all connections that there is room for are taken: others wait, also who asks whether this is ready"
        );
    }
    let Ok(one) = Arc::clone(room).acquire_owned().await else { return pending().await };
    let Ok(descriptor) = Arc::clone(descriptors).acquire_owned().await else { return pending().await };
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _slower = stream.set_nodelay(true);
                // Whoever went away without a word is noticed, however long nothing is said.
                let _later = set_socket_keepalive(&stream, true).and_then(|()| set_tcp_keepidle(&stream, SILENT));
                return (stream, [one, descriptor]);
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
        .max_concurrent_streams(STREAMS)
        .max_send_buf_size(MAX_HEAD)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PONG_WITHIN);
    server
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// After how long a client that says nothing is asked by TCP whether it is there.
const SILENT: Duration = Duration::from_secs(60);

/// How long answers that are on their way may take after the listener was told to stop.
const DRAIN: Duration = Duration::from_secs(8);

/// So many times as long may take what is left of answers: of a hundred, 64 KiB each.
const LEFT: u32 = 10;

/// How many requests of one HTTP/2 connection are answered at once.
const STREAMS: u32 = 100;

/// The largest head of a request.
const MAX_HEAD: usize = 64 * 1024;

/// How often it is told that there is no more room.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// How often a silent HTTP/2 client is asked whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(30);

/// How long it may take to say so. Its word may lie unread here while there is too much to do: a server that is slow must
/// not take its clients for dead.
const PONG_WITHIN: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests {
    use http_body_util::{Empty, Full};
    use hyper::client::conn::http2;

    use super::*;

    #[tokio::test]
    async fn a_client_that_opens_no_window_is_let_go() {
        let app = tower::service_fn(async |_| Ok::<_, Infallible>(Response::new(Full::from("a few words"))));
        let limits = Limits {
            header_timeout: Duration::from_millis(300),
            stalled: Duration::from_millis(100),
            room: Room { connections: 1, descriptors: 20 },
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(serve(listener, None, app, limits, async || pending().await));
        // With a window of one byte, the answer has left us and lies in hyper. Each is served: the one before is gone.
        for window in [0, 1, 0] {
            let mut client = http2::Builder::new(TokioExecutor::new());
            client.initial_stream_window_size(window);
            let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
            let (mut sender, connection) = client.handshake::<_, Empty<Bytes>>(stream).await.unwrap();
            let connection = tokio::spawn(connection);
            let mut answers = Vec::new();
            for _ in 0..10 {
                let request = Request::get("http://shop/").body(Empty::new()).unwrap();
                answers.push(timeout(SOON, sender.send_request(request)).await.unwrap().unwrap());
            }
            assert!(timeout(SOON, connection).await.is_ok(), "window {window}");
        }
    }

    const SOON: Duration = Duration::from_secs(10);
}
