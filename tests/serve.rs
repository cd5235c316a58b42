//! `rapport serve` as a proxy: what a client and a service may expect of whoever stands between them.
//!
//! All paths here are outside the endpoints of the policy, where nothing but the proxy acts.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use binary::{
    Rapport, policy, rapport, run, said, token,
    upstream::{Body, full, upstream},
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Version};
use http_body_util::{
    BodyExt,
    channel::{Channel, Sender},
};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use tokio::time::{sleep, timeout};

/// Tells what the service was asked, one line each, after it read the body.
async fn echo(request: Request<Incoming>) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let mut told = format!("{} {} {:?}\n", head.method, head.uri, head.version);
    for (name, value) in &head.headers {
        told.push_str(&format!("{name}: {}\n", value.to_str().unwrap()));
    }
    told.push_str(&format!("\n{}", String::from_utf8_lossy(&body)));
    Response::new(full(told))
}

/// A folder for the store, the service, and the binary in front of it.
async fn in_front_of<F, R>(answer: F, more: &str) -> (tempfile::TempDir, Rapport)
where
    F: Fn(Request<Incoming>) -> R + Send + Sync + 'static,
    R: Future<Output = Response<Body>> + Send + 'static,
{
    let folder = tempfile::tempdir().unwrap();
    let service = upstream(answer).await;
    let config = policy(folder.path(), more);
    let rapport = tokio::task::spawn_blocking(move || Rapport::serve(&config, service)).await.unwrap();
    (folder, rapport)
}

fn client(http2: bool) -> Client<HttpConnector, Body> {
    Client::builder(TokioExecutor::new()).http2_only(http2).build_http()
}

fn ask(address: SocketAddr, path: &str, body: Body) -> Request<Body> {
    Request::post(format!("http://{address}{path}")).body(body).unwrap()
}

/// A body whose frames are sent by hand.
fn by_hand() -> (Sender<Bytes, io::Error>, Body) {
    let (sender, body) = Channel::new(1);
    (sender, body.boxed_unsync())
}

/// What the service was told of the request, from the body that [`echo`] answers with.
async fn told(answer: Response<Incoming>) -> String {
    assert_eq!(answer.status(), StatusCode::OK);
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

/// Something that becomes true, soon.
async fn soon(what: &str, mut is: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is() {
        assert!(begun.elapsed() < Duration::from_secs(10), "never: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_are_spoken() {
    let (_folder, rapport) = in_front_of(echo, "").await;
    for (http2, version) in [(false, Version::HTTP_11), (true, Version::HTTP_2)] {
        let answer = client(http2).request(ask(rapport.address, "/a%2Fb/../c?d=%20", full("hello"))).await.unwrap();
        assert_eq!(answer.version(), version);
        let told = told(answer).await;
        assert!(told.starts_with("POST /a%2Fb/../c?d=%20 HTTP/1.1\n"), "{told}");
        assert!(told.ends_with("\n\nhello"), "{told}");
        assert!(told.contains(&format!("\nhost: {}\n", rapport.address)), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_of_one_hop_stays_there_and_the_service_learns_who_asked() {
    let answer = |request: Request<Incoming>| async {
        let mut answer = echo(request).await;
        for (name, value) in [("connection", "x-hop"), ("x-hop", "1"), ("keep-alive", "timeout=9"), ("x-end", "2")] {
            answer.headers_mut().insert(name, value.parse().unwrap());
        }
        answer
    };
    let (_folder, rapport) = in_front_of(answer, "").await;
    let answer = rapport.raw(concat!(
        "GET http://user@shop.example:81/other?x HTTP/1.1\r\nHost: elsewhere.example\r\n",
        "Connection: close, X-Secret, Personalization\r\nX-Secret: s\r\nKeep-Alive: timeout=1\r\n",
        "Proxy-Authorization: Basic eA==\r\nTE: trailers, gzip\r\nUpgrade: websocket\r\n",
        "X-Forwarded-For: 192.0.2.1\r\nAccept: */*\r\n\r\n",
    ));
    let (head, told) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    assert!(head.contains("\r\nx-end: 2") && !head.contains("x-hop") && !head.contains("keep-alive"), "{head}");
    assert!(told.starts_with("GET /other?x HTTP/1.1\n"), "{told}");
    for line in [
        "host: shop.example:81",
        "te: trailers",
        "connection: te",
        "accept: */*",
        "x-forwarded-for: 192.0.2.1, 127.0.0.1",
        "forwarded: for=127.0.0.1;proto=http",
        "x-forwarded-proto: http",
        "via: 1.1 rapport",
    ] {
        assert!(told.contains(&format!("\n{line}\n")), "{line}: {told}");
    }
    for name in ["x-secret", "keep-alive", "proxy-authorization", "upgrade", "elsewhere", "user@"] {
        assert!(!told.contains(name), "{name}: {told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_streamed_both_ways() {
    let (_folder, rapport) = in_front_of(
        |request| async { Response::new(request.into_body().map_err(io::Error::other).boxed_unsync()) },
        "",
    )
    .await;
    for http2 in [false, true] {
        let (mut sender, body) = by_hand();
        sender.send_data("first".into()).await.unwrap();
        let answer = client(http2).request(ask(rapport.address, "/echo", body)).await.unwrap();
        let mut body = answer.into_body();
        for word in ["first", "second", "third"] {
            let frame = timeout(SOON, body.frame()).await.unwrap().unwrap().unwrap();
            assert_eq!(frame.into_data().unwrap(), word);
            let next = if word == "first" { "second" } else { "third" };
            if word != "third" {
                sender.send_data(next.into()).await.unwrap();
            }
        }
        drop(sender);
        let rest = timeout(SOON, body.collect()).await.unwrap().unwrap().to_bytes();
        assert!(rest.is_empty(), "{rest:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_reads_slowly_slows_the_service() {
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    let answer = move |_| {
        let counted = Arc::clone(&counted);
        async move {
            let (mut sender, body) = by_hand();
            tokio::spawn(async move {
                while sender.send_data(Bytes::from_static(&[b'x'; 65536])).await.is_ok() {
                    counted.fetch_add(65536, Ordering::Relaxed);
                }
            });
            Response::new(body)
        }
    };
    let (_folder, rapport) = in_front_of(answer, "").await;
    let mut stream = rapport.connect();
    stream.write_all(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 1000]).unwrap();
    let mut before = 0;
    soon("the service stands still", || {
        thread::sleep(Duration::from_millis(300));
        let now = sent.load(Ordering::Relaxed);
        std::mem::replace(&mut before, now) == now
    })
    .await;
    // What is under way is in the buffers of two sockets and not in the process.
    assert!(before < 64 << 20, "{before}");
    let mut read = vec![0; before + (8 << 20)];
    tokio::task::spawn_blocking(move || stream.read_exact(&mut read).unwrap()).await.unwrap();
    assert!(sent.load(Ordering::Relaxed) > before, "it goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_ends_the_call_to_the_service() {
    struct Gone(Arc<AtomicUsize>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let (asked, gone) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (begun, ended) = (Arc::clone(&asked), Arc::clone(&gone));
    let answer = move |request: Request<Incoming>| {
        let guard = Gone(Arc::clone(&ended));
        let begun = Arc::clone(&begun);
        async move {
            begun.fetch_add(1, Ordering::SeqCst);
            if request.uri().path() == "/head" {
                sleep(Duration::from_secs(60)).await;
            }
            let (mut sender, body) = by_hand();
            tokio::spawn(async move {
                let _guard = guard;
                while sender.send_data("x".into()).await.is_ok() {
                    sleep(Duration::from_millis(10)).await;
                }
            });
            Response::new(body)
        }
    };
    let (_folder, rapport) = in_front_of(answer, "").await;
    let mut calls = 0;
    for http2 in [false, true] {
        for path in ["/head", "/body"] {
            calls += 1;
            let asking = tokio::spawn(client(http2).request(ask(rapport.address, path, full(""))));
            if path == "/body" {
                let mut body = asking.await.unwrap().unwrap().into_body();
                body.frame().await.unwrap().unwrap();
            } else {
                soon("the service is asked", || asked.load(Ordering::SeqCst) == calls).await;
                asking.abort();
            }
            soon("the service is told", || gone.load(Ordering::SeqCst) == calls).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trailers_pass_both_ways() {
    let answer = |request: Request<Incoming>| async {
        let named = request.headers().get("trailer").cloned();
        let body = request.into_body().collect().await.unwrap();
        let sum = body.trailers().and_then(|trailers| trailers.get("x-sum")).cloned();
        let (mut sender, body) = by_hand();
        tokio::spawn(async move {
            sender.send_data("hello".into()).await.unwrap();
            let trailers = [("x-sum".parse().unwrap(), sum.unwrap())].into_iter().collect();
            sender.send_trailers(trailers).await.unwrap();
        });
        Response::builder().header("trailer", named.unwrap()).body(body).unwrap()
    };
    let (_folder, rapport) = in_front_of(answer, "").await;
    for http2 in [false, true] {
        let (mut sender, body) = by_hand();
        let mut request = ask(rapport.address, "/trailers", body);
        request.headers_mut().insert("trailer", "x-sum".parse().unwrap());
        request.headers_mut().insert("te", "trailers".parse().unwrap());
        let asking = tokio::spawn(client(http2).request(request));
        sender.send_data("hello".into()).await.unwrap();
        let trailers: HeaderMap = [("x-sum".parse().unwrap(), "5d41".parse().unwrap())].into_iter().collect();
        sender.send_trailers(trailers.clone()).await.unwrap();
        drop(sender);
        let body = asking.await.unwrap().unwrap().into_body().collect().await.unwrap();
        assert_eq!(body.trailers(), Some(&trailers), "http2: {http2}");
        assert_eq!(body.to_bytes(), "hello");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trailers_of_one_hop_go_no_further() {
    let of_one_hop = [
        ("connection", "close, x-named"),
        ("keep-alive", "timeout=5"),
        ("proxy-connection", "keep-alive"),
        ("te", "trailers"),
        ("upgrade", "h2c"),
        ("x-named", "1"),
        // Of no hop: it may not stand there at all.
        ("set-cookie", "a=1"),
    ];
    let service = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = service.local_addr().unwrap();
    let names = of_one_hop.map(|(name, _)| name).join(", ").replace(", x-named", "");
    let fields: String = of_one_hop.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum, {names}\r\n\r\n");
    let said = format!("{head}5\r\nhello\r\n0\r\nx-sum: 5d41\r\n{fields}transfer-encoding: chunked\r\n\r\n");
    thread::spawn(move || {
        for stream in service.incoming() {
            let (mut stream, mut asked) = (stream.unwrap(), [0; 4096]);
            // It is looked for once, and asked nothing.
            if stream.read(&mut asked).unwrap() > 0 {
                stream.write_all(said.as_bytes()).unwrap();
            }
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let rapport = Rapport::serve(&policy(folder.path(), ""), address);
    for http2 in [false, true] {
        let mut request = ask(rapport.address, "/trailers", full(""));
        request.headers_mut().insert("te", "trailers".parse().unwrap());
        let answer = client(http2).request(request).await.unwrap();
        assert_eq!(answer.headers()["trailer"], "x-sum", "http2: {http2}: what does not come is not announced");
        let body = answer.into_body().collect().await.unwrap();
        let trailers: HeaderMap = [("x-sum".parse().unwrap(), "5d41".parse().unwrap())].into_iter().collect();
        assert_eq!(body.trailers(), Some(&trailers), "http2: {http2}");
        assert_eq!(body.to_bytes(), "hello");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_without_a_body_stay_without() {
    let answer = |request: Request<Incoming>| async move {
        match request.uri().path() {
            "/sized" => Response::new(full("12345")),
            "/unsized" => {
                let (mut sender, body) = by_hand();
                tokio::spawn(async move { sender.send_data("12345".into()).await });
                Response::new(body)
            }
            "/204" => Response::builder().status(204).body(full("")).unwrap(),
            _ => Response::builder().status(304).header("etag", "\"a\"").body(full("")).unwrap(),
        }
    };
    let (_folder, rapport) = in_front_of(answer, "").await;
    for (method, path, status, length) in [
        ("HEAD", "/sized", 200, Some("5")),
        ("HEAD", "/unsized", 200, None),
        ("GET", "/204", 204, None),
        ("GET", "/304", 304, None),
        ("HEAD", "/304", 304, None),
    ] {
        let said = rapport.raw(&format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        let (head, body) = said.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")) && body.is_empty(), "{method} {path}: {said}");
        let told = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        assert_eq!(told, length, "{method} {path}: {said}");

        let request = Request::builder().method(method).uri(format!("http://{}{path}", rapport.address));
        let answer = client(true).request(request.body(full("")).unwrap()).await.unwrap();
        assert_eq!(answer.status(), status, "{method} {path}");
        let told = answer.headers().get("content-length").map(|length| length.to_str().unwrap().to_owned());
        assert_eq!(told.as_deref(), length, "{method} {path} of HTTP/2");
        assert!(answer.into_body().collect().await.unwrap().to_bytes().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_of_every_shape_arrive_whole() {
    let (_folder, rapport) = in_front_of(echo, "").await;
    for (request, line, body) in [
        (
            "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "GET /x",
            "abc",
        ),
        (
            "POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "POST /x",
            "abc",
        ),
        ("PUT /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc", "PUT /x", "abc"),
        ("DELETE /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "DELETE /x", ""),
        ("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "OPTIONS *", ""),
        ("GET http://a?q HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "GET /?q", ""),
        ("BREW /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "BREW /x", ""),
        ("GET /x HTTP/1.0\r\n\r\n", "GET /x", ""),
    ] {
        let said = rapport.raw(request);
        let (head, told) = said.split_once("\r\n\r\n").unwrap();
        let told = if head.contains("chunked") { told.split_once("\r\n").unwrap().1 } else { told };
        assert!(told.starts_with(&format!("{line} HTTP/1.1\n")), "{request}: {said}");
        assert!(told.contains(&format!("\n\n{body}")), "{request}: {said}");
    }
    for request in [
        "GET /x HTTP/1.1\r\n",
        "GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n",
        // Whoever puts host and path together would read another path.
        "GET /x HTTP/1.1\r\nHost: a/recommendations?\r\n",
        "GET /x HTTP/1.1\r\nHost: a/recommendations#\r\n",
        "GET /x HTTP/1.1\r\nHost: a\\recommendations?\r\n",
        "GET /x HTTP/1.1\r\nHost: b@a\r\n",
        "GET /x HTTP/1.1\r\nHost: a b\r\n",
        "GET /x HTTP/1.1\r\nHost:\r\n",
        "GET /x HTTP/1.0\r\nHost: a/recommendations?\r\n",
        "GET /x HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: a/recommendations?\r\n",
        "GET /x HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: http://a/recommendations?\r\n",
        "GET http://:80/x HTTP/1.1\r\nHost: a\r\n",
        // A target that is none.
        "GET shop.example HTTP/1.1\r\nHost: shop.example\r\n",
        "GET shop.example:80 HTTP/1.1\r\nHost: shop.example\r\n",
        "GET * HTTP/1.1\r\nHost: a\r\n",
    ] {
        let said = rapport.raw(&format!("{request}Connection: close\r\n\r\n"));
        assert!(said.starts_with("HTTP/1.1 400 ") || said.starts_with("HTTP/1.0 400 "), "{said}");
    }
    let said = rapport.raw("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\nConnection: close\r\n\r\n");
    assert!(said.starts_with("HTTP/1.1 501 "), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_of_the_hop_is_answered_here() {
    let (_folder, rapport) = in_front_of(echo, "").await;
    let ask = |method: &str, left: &str| {
        let more = "Authorization: Bearer secret\r\nConnection: close\r\n";
        rapport.raw(&format!("{method} /x HTTP/1.1\r\nHost: a\r\nMax-Forwards: {left}\r\n{more}\r\n"))
    };
    for left in ["0", "5"] {
        let said = ask("TRACE", left);
        assert!(said.starts_with("HTTP/1.1 405 ") && said.contains("\r\nallow: GET, "), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
    let said = ask("OPTIONS", "0");
    assert!(said.starts_with("HTTP/1.1 204 ") && said.ends_with("\r\n\r\n"), "{said}");
    for (method, left, told) in [("OPTIONS", "5", "4"), ("OPTIONS", "1", "0"), ("GET", "0", "0")] {
        let said = ask(method, left);
        assert!(said.contains(&format!("\nmax-forwards: {told}\n")), "{method}: {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_reaches_the_service_once() {
    let (_folder, rapport) = in_front_of(echo, "").await;
    let length = "Content-Length: 3\r\n".repeat(2);
    let told = rapport.raw(&format!("POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{length}\r\nabc"));
    assert_eq!(told.matches("content-length: 3\n").count(), 1, "{told}");
    let mut request = ask(rapport.address, "/x", full("abc"));
    for _ in 0..2 {
        request.headers_mut().append("content-length", "3".parse().unwrap());
    }
    assert_eq!(client(true).request(request).await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_first_is_told_to_go_on() {
    let (_folder, rapport) = in_front_of(echo, "").await;
    let mut stream = rapport.connect();
    let head = "POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"hello").unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    assert!(said.starts_with("HTTP/1.1 200 ") && said.ends_with("hello"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_to_the_service_are_kept_and_one_that_was_closed_is_no_error() {
    // A service that closes each connection after its second answer without saying so.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let service = listener.local_addr().unwrap();
    let taken = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&taken);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            for answers in 0.. {
                let mut head = Vec::new();
                let mut byte = [0];
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                    head.push(byte[0]);
                }
                // Gone just when the third request has arrived.
                if answers == 2 || head.is_empty() {
                    break;
                }
                // Not whoever only looked whether somebody is here.
                counted.fetch_add(usize::from(answers == 0), Ordering::SeqCst);
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").unwrap();
            }
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let rapport = Rapport::serve(&policy(folder.path(), ""), service);
    for _ in 0..6 {
        let said = rapport.raw("GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert!(said.starts_with("HTTP/1.1 200 ") && said.ends_with("ok"), "{said}");
    }
    assert_eq!(taken.load(Ordering::SeqCst), 3);
    // What may not be repeated is not: the service may have acted on it.
    let said = rapport.raw("POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
    assert!(said.starts_with("HTTP/1.1 502 "), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_there_or_does_not_answer_is_said_in_a_few_words() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let rapport = Rapport::serve(&policy(folder.path(), ""), nobody);
    let request = "GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for _ in 0..3 {
        let said = rapport.raw(request);
        assert!(said.starts_with("HTTP/1.1 502 ") && said.contains("\r\ncontent-type: text/plain"), "{said}");
        assert!(said.ends_with("the service cannot be reached\n"), "{said}");
    }
    let log = rapport.log_with("cannot be reached");
    assert_eq!(log.matches("cannot be reached").count(), 1, "{log}");

    let silent = |_| async {
        sleep(Duration::from_secs(60)).await;
        Response::new(full(""))
    };
    let (_folder, rapport) = in_front_of(silent, "[serve]\nupstream_timeout = \"1s\"\n").await;
    let begun = Instant::now();
    let said = rapport.raw(request);
    assert!(said.starts_with("HTTP/1.1 504 ") && said.contains("did not answer in time"), "{said}");
    assert!((1..20).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_is_not_waited_for() {
    let (_folder, rapport) = in_front_of(echo, "[serve]\nheader_timeout = \"1s\"\n").await;
    for begun in
        ["", "GET /x HTT", "GET /x HTTP/1.1\r\nHost: a\r\n", "PRI * HTTP/2.0\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    {
        let since = Instant::now();
        let mut stream = rapport.connect();
        stream.write_all(begun.as_bytes()).unwrap();
        let mut said = Vec::new();
        stream.read_to_end(&mut said).unwrap();
        assert!((900..20_000).contains(&since.elapsed().as_millis()), "{begun}: {:?}", since.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_connections_are_served_than_the_policy_says() {
    let (_folder, rapport) = in_front_of(echo, "[serve]\nmax_connections = 2\n").await;
    let open = |_| {
        let mut stream = rapport.connect();
        stream.write_all(b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        stream
    };
    let mut served = [0, 1].map(open);
    for stream in &mut served {
        stream.read_exact(&mut [0; 12]).unwrap();
    }
    let mut third = open(2);
    third.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    assert!(third.read_exact(&mut [0; 12]).is_err(), "there was no room");
    rapport.log_with("all connections that there is room for are taken");
    drop(served);
    third.set_read_timeout(Some(SOON)).unwrap();
    third.read_exact(&mut [0; 12]).unwrap();
    assert_eq!(rapport.log().matches("all connections").count(), 1, "{}", rapport.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_graceful_end_finishes_what_is_under_way() {
    for signal in ["TERM", "INT"] {
        let slow = |request: Request<Incoming>| async move {
            let slow = request.uri().path() == "/slow";
            let (mut sender, body) = by_hand();
            tokio::spawn(async move {
                sender.send_data("begun, ".into()).await.unwrap();
                sleep(Duration::from_millis(if slow { 1000 } else { 0 })).await;
                sender.send_data("ended".into()).await.unwrap();
            });
            Response::new(body)
        };
        let (_folder, mut rapport) = in_front_of(slow, "").await;
        // Somebody idle, and somebody who has not said a word, hold nothing up.
        let mut idle = rapport.connect();
        idle.write_all(b"HEAD /fast HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        idle.read_exact(&mut [0; 12]).unwrap();
        let _silent = rapport.connect();
        let mut under_way = Vec::new();
        for http2 in [false, true] {
            let answer = client(http2).request(ask(rapport.address, "/slow", full(""))).await.unwrap();
            under_way.push(answer.into_body());
        }
        rapport.signal(signal);
        let address = rapport.address;
        soon("no connection is taken", || TcpStream::connect(address).is_err()).await;
        for body in under_way {
            assert_eq!(body.collect().await.unwrap().to_bytes(), "begun, ended");
        }
        let status = rapport.ended(Duration::from_secs(20));
        assert_eq!(status.code(), Some(0), "{}", rapport.log());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_told_twice_to_stop_stops() {
    let endless = |_| async {
        let (sender, body) = by_hand();
        tokio::spawn(async move {
            sleep(Duration::from_secs(60)).await;
            drop(sender);
        });
        Response::new(body)
    };
    let (_folder, mut rapport) = in_front_of(endless, "").await;
    let _answer = client(false).request(ask(rapport.address, "/x", full(""))).await.unwrap();
    rapport.signal("TERM");
    let address = rapport.address;
    soon("no connection is taken", || TcpStream::connect(address).is_err()).await;
    rapport.signal("TERM");
    assert_eq!(rapport.ended(Duration::from_secs(7)).code(), Some(0), "{}", rapport.log());
}

#[test]
fn what_cannot_be_served_is_said_clearly() {
    let folder = tempfile::tempdir().unwrap();
    let good = policy(folder.path(), "");
    let good = good.to_str().unwrap();
    let other = tempfile::tempdir().unwrap();
    let wrong = policy(other.path(), "[serve]\nmax_conections = 1\n");
    let third = tempfile::tempdir().unwrap();
    std::fs::write(third.path().join("none.pem"), "no certificate").unwrap();
    let untrue =
        policy(third.path(), "[serve]\ntls = { certificate = \"none.pem\", key = { env = \"RAPPORT_JWT_SECRET\" } }\n");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let missing = folder.path().join("missing.toml");
    for (config, upstream, listen, words) in [
        (good, "http://127.0.0.1:1", &*taken, "cannot listen on"),
        (good, "http://127.0.0.1:1", "nonsense", "cannot listen on `nonsense`"),
        (good, "127.0.0.1:1", "127.0.0.1:0", "the upstream is no URL"),
        (good, "ftp://127.0.0.1:1", "127.0.0.1:0", "asked by `http` or `https`"),
        (untrue.to_str().unwrap(), "http://127.0.0.1:1", "127.0.0.1:0", "holds no certificates"),
        (wrong.to_str().unwrap(), "http://127.0.0.1:1", "127.0.0.1:0", "max_conections"),
        (missing.to_str().unwrap(), "http://127.0.0.1:1", "127.0.0.1:0", "missing.toml"),
    ] {
        let args = ["serve", "--config", config, "--upstream", upstream, "--listen", listen];
        let output = run(rapport().args(args), "");
        assert_eq!(output.status.code(), Some(1), "{words}");
        let (_, err) = said(&output);
        assert!(err.contains(words), "{words}: {err}");
    }
    let output = run(rapport().args(["serve", "--listen", "127.0.0.1:0"]), "");
    assert_eq!(output.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_another_process_holds_is_said_clearly() {
    let (folder, _rapport) = in_front_of(echo, "").await;
    let config = folder.path().join("rapport.toml");
    let mut second = rapport();
    second.arg("serve").arg("--config").arg(config).args([
        "--upstream",
        "http://127.0.0.1:1",
        "--listen",
        "127.0.0.1:0",
    ]);
    let output = tokio::task::spawn_blocking(move || run(&mut second, "")).await.unwrap();
    let (_, err) = said(&output);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("store") && err.contains("rapport.redb"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_and_takes_it_back_by_http_2_fills_no_log() {
    let (_folder, rapport) = in_front_of(echo, "").await;
    let frame = |kind: u8, flags: u8, stream: u32, said: &[u8]| {
        let length = u32::try_from(said.len()).unwrap().to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), said].concat()
    };
    let mut all = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &frame(4, 0, 0, &[])].concat();
    for stream in (1..400).step_by(2) {
        // `GET http://a/`, all of it; and RST_STREAM with CANCEL.
        all.extend(frame(1, 5, stream, b"\x82\x86\x84\x41\x01a"));
        all.extend(frame(3, 0, stream, &[0, 0, 0, 8]));
    }
    let mut stream = rapport.connect();
    stream.write_all(&all).unwrap();
    let mut said = Vec::new();
    let _reset = stream.read_to_end(&mut said);
    assert!(said.windows(4).any(|bytes| bytes == [7, 0, 0, 0]), "it is let go with GOAWAY: {said:?}");
    sleep(Duration::from_millis(100)).await;
    assert!(!rapport.log().contains("h2::"), "{}", rapport.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_customer_is_logged() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let rapport = Rapport::serve(&policy(folder.path(), ""), nobody);
    let token = token("anna-4711", "record personalization");
    for path in ["/recommendations?user=anna-4711", "/other/anna-4711", "/recommendations/anna-4711"] {
        rapport.raw(&format!("GET {path} HTTP/1.1\r\nHost: anna-4711.example\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n"));
        rapport.raw(&format!(
            "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {token}x\r\n\r\n"
        ));
    }
    let log = rapport.log();
    assert!(!log.contains("anna") && !log.contains("eyJ"), "{log}");
}

const SOON: Duration = Duration::from_secs(10);
