//! `rapport serve` waits for whom there is to wait for, says whose fault it was (the client's body, or the service), and gives
//! nobody what was said to somebody else.

#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;

use std::{
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use binary::{
    Rapport, policy,
    upstream::{full, upstream},
};
use http::Response;
use http_body_util::BodyExt;

/// A service that does with each connection what a test says.
fn by_hand(serves: impl Fn(TcpStream) + Send + Clone + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let service = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let serves = serves.clone();
            thread::spawn(move || serves(stream.unwrap()));
        }
    });
    service
}

/// The head of a request: nothing from whoever only looked whether somebody is here.
fn head(stream: &mut TcpStream) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// A service that answers with the body of the request.
async fn echo() -> SocketAddr {
    upstream(async |request: http::Request<hyper::body::Incoming>| {
        let body = request.into_body().collect().await;
        Response::new(full(body.map(|body| body.to_bytes()).unwrap_or_default()))
    })
    .await
}

async fn in_front_of(service: SocketAddr) -> (tempfile::TempDir, Rapport) {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "[serve]\nupstream_timeout = \"1s\"\n");
    let rapport = tokio::task::spawn_blocking(move || Rapport::serve(&config, service)).await.unwrap();
    (folder, rapport)
}

fn said(mut stream: TcpStream) -> String {
    let mut said = Vec::new();
    stream.read_to_end(&mut said).unwrap();
    String::from_utf8(said).unwrap()
}

// ── Who is waited for ────────────────────────────────────────────────────────────────────────

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_may_take_longer_than_the_service_may() {
    let (_folder, rapport) = in_front_of(echo().await).await;
    let mut stream = rapport.connect();
    stream.write_all(b"POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 6\r\n\r\n").unwrap();
    for byte in b"slowly" {
        thread::sleep(Duration::from_millis(300));
        stream.write_all(&[*byte]).unwrap();
    }
    let said = said(stream);
    assert!(said.starts_with("HTTP/1.1 200 ") && said.ends_with("slowly"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_has_its_time_and_no_more() {
    let keeps_silent = by_hand(|mut stream| {
        let _asked = head(&mut stream);
        thread::sleep(Duration::from_secs(20));
    });
    let takes_all = by_hand(|mut stream| {
        let mut all = Vec::new();
        let _gone = stream.read_to_end(&mut all);
    });
    // More than lies in the buffers on the way.
    let (small, large) = ("x".to_owned(), "x".repeat(16 << 20));
    for (service, body) in [(keeps_silent, small.clone()), (keeps_silent, large), (takes_all, small)] {
        let (_folder, rapport) = in_front_of(service).await;
        let mut stream = rapport.connect();
        let length = body.len();
        let begun = Instant::now();
        let mut sends = stream.try_clone().unwrap();
        thread::spawn(move || {
            let head = format!("POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
            let _gone = sends.write_all((head + &body).as_bytes());
        });
        let mut status = [0; 12];
        stream.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 504", "{length}");
        assert!((900..8_000).contains(&begun.elapsed().as_millis()), "{length}: {:?}", begun.elapsed());
    }
}

// ── Whose fault it was ───────────────────────────────────────────────────────────────────────

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_breaks_off_is_the_clients_fault() {
    let (_folder, rapport) = in_front_of(echo().await).await;
    for begun in ["Transfer-Encoding: chunked\r\n\r\nZZ\r\n", "Content-Length: 100\r\n\r\nabc"] {
        let mut stream = rapport.connect();
        stream.write_all(format!("POST /x HTTP/1.1\r\nHost: a\r\n{begun}").as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let said = said(stream);
        assert!(said.starts_with("HTTP/1.1 400 "), "{begun}: {said}");
        assert!(said.ends_with("the body of the request cannot be read\n"), "{begun}: {said}");
        let said = rapport.raw("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert!(said.starts_with("HTTP/1.1 200 "), "{said}");
    }
    // The last line that it writes: what was to come before it has come.
    rapport.signal("TERM");
    let log = rapport.log_with("stopping");
    assert!(!log.contains("WARN") && !log.contains("the service is back"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_answer_cannot_be_read_is_there() {
    let service = by_hand(|mut stream| {
        let asked = head(&mut stream);
        let answer = match asked.split(' ').nth(1) {
            Some("/many") => format!("HTTP/1.1 200 OK\r\n{}\r\n", "x-more: x\r\n".repeat(101)),
            Some("/status") => "HTTP/1.1 ok\r\n\r\n".to_owned(),
            Some("/header") => "HTTP/1.1 200 OK\r\nno header\r\n\r\n".to_owned(),
            Some("/nothing") => String::new(),
            _ => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".to_owned(),
        };
        let _gone = stream.write_all(answer.as_bytes());
    });
    let (_folder, rapport) = in_front_of(service).await;
    let ask = |path: &str| rapport.raw(&format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
    for _ in 0..2 {
        for path in ["/many", "/status", "/header", "/nothing"] {
            let said = ask(path);
            assert!(said.starts_with("HTTP/1.1 502 "), "{path}: {said}");
            assert!(said.ends_with("the service gave no answer that can be read\n"), "{path}: {said}");
        }
        assert!(ask("/ok").ends_with("ok"));
    }
    rapport.signal("TERM");
    let log = rapport.log_with("stopping");
    let told = log.matches("the service gave no answer that can be read").count();
    assert_eq!(told, 1, "once a minute at most: {log}");
    assert!(!log.contains("cannot be reached") && !log.contains("the service is back"), "{log}");
}

// ── Whose answer it is ───────────────────────────────────────────────────────────────────────

#[tokio::test(flavor = "multi_thread")]
async fn a_body_where_none_may_be_is_nobody_elses_answer() {
    const EVIL: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
    let service = by_hand(|mut stream| {
        loop {
            let asked = head(&mut stream);
            let Some(path) = asked.split(' ').nth(1) else { return };
            let answer = match path {
                "/200" | "/204" | "/304" => {
                    let head = format!("HTTP/1.1 {} No Body\r\nContent-Length: {}\r\n\r\n", &path[1..], EVIL.len());
                    let _gone = stream.write_all(head.as_bytes());
                    thread::sleep(Duration::from_millis(5));
                    EVIL.to_owned()
                }
                _ => format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{path}", path.len()),
            };
            if stream.write_all(answer.as_bytes()).is_err() {
                return;
            }
        }
    });
    let (_folder, rapport) = in_front_of(service).await;
    for (method, path) in [("HEAD", "/200"), ("GET", "/204"), ("GET", "/304")] {
        for round in 0..20 {
            let said = rapport.raw(&format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
            assert!(said.starts_with(&format!("HTTP/1.1 {} ", &path[1..])) && !said.contains("evil"), "{said}");
            for who in ["anna", "ben"] {
                let own = format!("/{who}/{round}");
                let said = rapport.raw(&format!("GET {own} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
                assert!(said.ends_with(&format!("\r\n\r\n{own}")), "{method} {path}, {own}: {said}");
            }
        }
    }
}
