//! Requests a second over loopback: a shop's recommendations behind the layer, beside the same behind the usual middleware
//! (collect, parse, change, serialize), and bare. `cargo bench --bench loopback`
//!
//! The server has one thread and the client another; sixteen connections ask as fast as they are answered. The two are
//! run in turn, five times, so that what else the machine does meets both; the ratio is the median of the pairs.
//!
//! Of 20 MiB it is timed besides when the first byte of the body comes, and when the last one does, bare and behind the layer.
#![expect(clippy::unwrap_used, reason = "a bench stops at the first surprise")]

mod shop;

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use axum::{Router, serve};
use bytes::Bytes;
use shop::{answer, collecting, layer, says, token};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
};
use tower::Layer;

fn main() {
    println!(
        "{:>10} {:>12} {:>12} {:>12} {:>8} {:>8}",
        "answer", "bare/s", "layer/s", "middleware/s", "ratio", "wanted"
    );
    for (items, wanted) in [(6, 3.0), (64, 7.0), (650, 15.0)] {
        let answer = Bytes::from(answer(items));
        let size = answer.len();
        let bare = serves(says(answer.clone()));
        let shaping = serves_with(|| Router::new().fallback_service(layer().layer(says(answer.clone()))));
        let usual = serves(Router::new().fallback_service(collecting(says(answer.clone()))));
        // Everybody has been here today.
        for address in [bare, shaping, usual] {
            served(address, ROUND / 4);
        }
        let rounds: Vec<[f64; 3]> =
            (0..ROUNDS).map(|_| [shaping, usual, bare].map(|address| served(address, ROUND))).collect();
        let median = |value: fn(&[f64; 3]) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values.get(ROUNDS / 2).copied().unwrap()
        };
        let ratio = median(|[shaping, usual, _]| shaping / usual);
        println!(
            "{:>6} KiB {:>12.0} {:>12.0} {:>12.0} {ratio:>8.2} {wanted:>8.1}",
            size.div_ceil(1024),
            median(|[_, _, bare]| *bare),
            median(|[shaping, _, _]| *shaping),
            median(|[_, usual, _]| *usual),
        );
    }
    large();
}

/// When the first and the last byte of a large body come.
fn large() {
    let answer = Bytes::from(answer(LARGE));
    let bare = serves(says(answer.clone()));
    let shaping = serves_with(|| Router::new().fallback_service(layer().layer(says(answer.clone()))));
    let mut rounds: Vec<[[f64; 2]; 2]> = (0..=2 * ROUNDS).map(|_| [bare, shaping].map(came)).collect();
    // In the first one the memory is new.
    rounds.remove(0);
    let median = |value: fn(&[[f64; 2]; 2]) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values.get(ROUNDS).copied().unwrap()
    };
    println!(
        "{:>6.1} MiB: first byte after {:.2} ms bare, {:.2} ms behind the layer; last one after {:.1} ms and {:.1} ms",
        answer.len() as f64 / (1 << 20) as f64,
        median(|[[first, _], _]| *first),
        median(|[_, [first, _]]| *first),
        median(|[[_, last], _]| *last),
        median(|[_, [_, last]]| *last),
    );
}

/// After how many milliseconds the first and the last byte of one body came.
fn came(address: SocketAddr) -> [f64; 2] {
    runtime().block_on(async {
        let mut connection = TcpStream::connect(address).await.unwrap();
        let token = token(0);
        let token = token.to_str().unwrap();
        let request = format!(
            "GET /recommendations HTTP/1.1\r\nhost: shop\r\nauthorization: {token}\r\nconnection: close\r\n\r\n"
        );
        let start = Instant::now();
        connection.write_all(request.as_bytes()).await.unwrap();
        let (mut beginning, mut first, mut piece) = (Vec::new(), None, vec![0; 256 << 10]);
        loop {
            let length = connection.read(&mut piece).await.unwrap();
            if first.is_none() {
                beginning.extend_from_slice(piece.get(..length).unwrap());
                let head = memchr::memmem::find(&beginning, b"\r\n\r\n");
                first = head.filter(|end| beginning.len() > end + 4).map(|_| start.elapsed());
            }
            if length == 0 {
                break;
            }
        }
        [first.unwrap(), start.elapsed()].map(|time| time.as_secs_f64() * 1e3)
    })
}

/// Serves from a thread of its own, as long as the process lives.
fn serves(router: Router) -> SocketAddr {
    serves_with(move || router)
}

fn serves_with(router: impl FnOnce() -> Router) -> SocketAddr {
    let runtime = runtime();
    let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0))).unwrap();
    let address = listener.local_addr().unwrap();
    let router = runtime.block_on(async { router() });
    thread::spawn(move || runtime.block_on(async { serve(listener, router).await }));
    address
}

/// Requests a second.
fn served(address: SocketAddr, time: Duration) -> f64 {
    static STOP: AtomicBool = AtomicBool::new(false);
    static ANSWERS: AtomicU64 = AtomicU64::new(0);
    STOP.store(false, Ordering::Relaxed);
    ANSWERS.store(0, Ordering::Relaxed);
    let start = Instant::now();
    runtime().block_on(async {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|customer| {
                let token = token(customer);
                let token = token.to_str().unwrap();
                let request = format!("GET /recommendations HTTP/1.1\r\nhost: shop\r\nauthorization: {token}\r\n\r\n");
                tokio::spawn(async move {
                    let mut connection = TcpStream::connect(address).await.unwrap();
                    connection.set_nodelay(true).unwrap();
                    let mut buffer = Vec::with_capacity(512 << 10);
                    while !STOP.load(Ordering::Relaxed) {
                        connection.write_all(request.as_bytes()).await.unwrap();
                        answered(&mut connection, &mut buffer).await;
                        ANSWERS.fetch_add(1, Ordering::Relaxed);
                    }
                })
            })
            .collect();
        tokio::time::sleep(time).await;
        STOP.store(true, Ordering::Relaxed);
        for client in clients {
            client.await.unwrap();
        }
    });
    ANSWERS.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}

/// Reads one answer to its end, and looks no closer than need be.
async fn answered(connection: &mut TcpStream, buffer: &mut Vec<u8>) {
    buffer.clear();
    let mut wanted = None;
    loop {
        assert!(connection.read_buf(buffer).await.unwrap() > 0, "the server closed the connection");
        if wanted.is_none()
            && let Some(end) = memchr::memmem::find(buffer, b"\r\n\r\n")
        {
            let (head, _) = buffer.split_at(end);
            let head = str::from_utf8(head).unwrap().to_ascii_lowercase();
            assert!(head.starts_with("http/1.1 200"), "{head}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            wanted = Some(length.map(|length| end + 4 + length.trim().parse::<usize>().unwrap()));
        }
        match wanted {
            Some(Some(length)) if buffer.len() >= length => return,
            Some(None) if buffer.ends_with(b"\r\n0\r\n\r\n") => return,
            _ => {}
        }
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

const CONNECTIONS: usize = 16;

const ROUNDS: usize = 5;

/// So many items are about 20 MiB.
const LARGE: usize = 71_000;

const ROUND: Duration = Duration::from_secs(2);
