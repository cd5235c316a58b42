//! `rapport serve` holds: by TLS on both sides, with clients that say nothing and take nothing, with few descriptors, with more
//! to do than it can.

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
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use binary::{
    Rapport, policy, rapport, serving, token,
    upstream::{Body, full, upstream},
    with_secrets,
};
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo},
};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::sleep,
};

fn key(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/keys").join(name)
}

/// What the service says to a request for recommendations, and the scheme that it was told of.
async fn says(request: Request<Incoming>) -> Response<Body> {
    let told = request.headers().get("x-forwarded-proto").map_or("none", |value| value.to_str().unwrap()).to_owned();
    let answer = Response::builder().header("content-type", "application/json").header("x-told", told);
    answer.body(full(r#"{"first_name":"Anna","items":[]}"#)).unwrap()
}

const SHAPED: &str = r#"{"first_name":null,"items":[]}"#;

async fn in_front_of(service: SocketAddr, more: &str) -> (tempfile::TempDir, Rapport) {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), more);
    let rapport = tokio::task::spawn_blocking(move || Rapport::serve(&config, service)).await.unwrap();
    (folder, rapport)
}

async fn started(command: Command) -> Rapport {
    tokio::task::spawn_blocking(move || Rapport::started(command)).await.unwrap()
}

fn trusting() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(key("authority.pem")).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots).with_no_client_auth()
}

fn trusting_client(http2: bool) -> Client<HttpsConnector<HttpConnector>, Body> {
    let builder = HttpsConnectorBuilder::new().with_tls_config(trusting()).https_only();
    let connector = if http2 { builder.enable_http2().build() } else { builder.enable_http1().build() };
    Client::builder(TokioExecutor::new()).http2_only(http2).build(connector)
}

/// What is said by TLS to who offers these protocols, and asks by hand.
async fn by_tls(rapport: &Rapport, protocols: &[&[u8]], request: &str) -> String {
    let mut config = trusting();
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    let stream = tokio::net::TcpStream::connect(rapport.address).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect("localhost".try_into().unwrap(), stream).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).await.unwrap();
    said
}

async fn body(answer: Response<Incoming>) -> String {
    String::from_utf8(answer.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

// ── TLS ──────────────────────────────────────────────────────────────────────────────────────

#[tokio::test(flavor = "multi_thread")]
async fn clients_come_by_tls_in_both_versions() {
    let more = format!(
        "[serve]\nheader_timeout = \"1s\"\ntls = {{ certificate = {:?}, key = {{ file = {:?} }} }}\n",
        key("localhost.pem"),
        key("localhost.private.pem")
    );
    let (_folder, rapport) = in_front_of(upstream(says).await, &more).await;
    for http2 in [false, true] {
        let uri = format!("https://localhost:{}/recommendations", rapport.address.port());
        let answer = trusting_client(http2).get(uri.parse().unwrap()).await.unwrap();
        assert_eq!(answer.version(), if http2 { http::Version::HTTP_2 } else { http::Version::HTTP_11 });
        assert_eq!(answer.headers()["x-told"], "https", "the service learns that they came by TLS");
        assert_eq!(body(answer).await, SHAPED);
    }
    let old = by_tls(&rapport, &[b"http/1.0"], "GET /recommendations HTTP/1.0\r\n\r\n").await;
    assert!(old.starts_with("HTTP/1.0 200") && old.ends_with(SHAPED), "{old}");
    // Who speaks something else, or nothing, is let go.
    for begun in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", ""] {
        let mut stream = rapport.connect();
        stream.write_all(begun.as_bytes()).unwrap();
        let mut said = Vec::new();
        let _reset = stream.read_to_end(&mut said);
        assert!(!said.starts_with(b"HTTP/"), "{said:?}");
    }
    assert!(!rapport.log().contains("PRIVATE"), "{}", rapport.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_is_reached_by_tls_if_it_is_trusted() {
    let certificates = CertificateDer::pem_file_iter(key("localhost.pem")).unwrap().map(Result::unwrap).collect();
    let private = PrivateKeyDer::from_pem_file(key("localhost.private.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config.with_single_cert(certificates, private).unwrap()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service =
                    hyper::service::service_fn(async |request| Ok::<_, std::convert::Infallible>(says(request).await));
                let _gone =
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    for (trusted, status) in [("authority.pem", "200"), ("certificate.pem", "502")] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = rapport();
        command.env("SSL_CERT_FILE", key(trusted));
        let command = serving(command, &policy(folder.path(), ""), &format!("https://localhost:{port}"));
        let rapport = started(command).await;
        let said = rapport.raw("GET /recommendations HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert!(said.starts_with(&format!("HTTP/1.1 {status} ")), "{trusted}: {said}");
        assert_eq!(said.ends_with(SHAPED), status == "200", "{trusted}: {said}");
    }
}

// ── Whether it is there ──────────────────────────────────────────────────────────────────────

#[tokio::test(flavor = "multi_thread")]
async fn health_says_that_it_is_there_and_ready_that_it_can_serve() {
    let ask = |rapport: &Rapport, path: &str, method: &str| {
        let said = rapport.raw(&format!("{method} {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"));
        said.split(' ').nth(1).unwrap().to_owned()
    };
    let (_folder, rapport) = in_front_of(upstream(says).await, "[portal]\npath = \"/me-and-you\"\n").await;
    for (path, method, status) in [
        ("/me-and-you/health", "GET", "200"),
        ("/me-and-you/ready", "GET", "200"),
        ("/me-and-you/ready", "HEAD", "200"),
        ("/rapport/health", "GET", "200"),
    ] {
        assert_eq!(ask(&rapport, path, method), status, "{method} {path}");
    }
    assert!(
        rapport.raw("GET /rapport/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").ends_with("[]}"),
        "the service's own"
    );
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (_folder, rapport) = in_front_of(nobody, "").await;
    assert_eq!(ask(&rapport, "/rapport/health", "GET"), "200");
    assert_eq!(ask(&rapport, "/rapport/ready", "GET"), "503");
}

// ── Who holds room ───────────────────────────────────────────────────────────────────────────

#[tokio::test(flavor = "multi_thread")]
async fn nobody_idle_keeps_the_room_that_others_wait_for() {
    let more = "[serve]\nheader_timeout = \"1s\"\nmax_connections = 1\n";
    let (_folder, rapport) = in_front_of(upstream(says).await, more).await;
    for http2 in [true, false, true] {
        let client = Client::builder(TokioExecutor::new()).http2_only(http2).build_http::<Body>();
        let uri = format!("http://{}/recommendations", rapport.address);
        // Each of them stays connected; the next one is served all the same.
        let answer =
            tokio::time::timeout(Duration::from_secs(10), client.get(uri.parse().unwrap())).await.unwrap().unwrap();
        assert_eq!(body(answer).await, SHAPED, "http2: {http2}");
        std::mem::forget(client);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_under_way_is_not_idle() {
    let slowly = async |_| {
        let (mut sender, body) = http_body_util::Channel::<bytes::Bytes, std::io::Error>::new(1);
        tokio::spawn(async move {
            for part in ["{\"items\":[", "1,", "2,", "3", "]}"] {
                sleep(Duration::from_millis(700)).await;
                sender.send_data(part.into()).await.unwrap();
            }
        });
        Response::builder().header("content-type", "application/json").body(body.boxed_unsync()).unwrap()
    };
    let (_folder, rapport) = in_front_of(upstream(slowly).await, "[serve]\nheader_timeout = \"1s\"\n").await;
    for http2 in [true, false] {
        let client = Client::builder(TokioExecutor::new()).http2_only(http2).build_http::<Body>();
        let answer = client.get(format!("http://{}/recommendations", rapport.address).parse().unwrap()).await.unwrap();
        assert_eq!(body(answer).await, "{\"items\":[1,2,3]}", "http2: {http2}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_few_descriptors_are_raised_or_told() {
    let service = upstream(says).await;
    let asked = "[serve]\nmax_connections = 300\n";
    let (trouble, room) =
        ("there are fewer descriptors than connections need", "there is room for 200 connections at once");
    for (limits, more, told) in
        [("ulimit -Sn 200", asked, None), ("ulimit -n 500", asked, Some(trouble)), ("ulimit -n 500", "", Some(room))]
    {
        let folder = tempfile::tempdir().unwrap();
        let config = policy(folder.path(), more);
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("{limits}; exec \"$0\" \"$@\"")).arg(env!("CARGO_BIN_EXE_rapport"));
        let rapport = started(serving(with_secrets(command), &config, &format!("http://{service}"))).await;
        let log = rapport.log();
        let (warned, noted) = (told == Some(trouble), told == Some(room));
        assert_eq!((log.contains(trouble), log.contains(room)), (warned, noted), "{limits}: {log}");
        assert_eq!((log.contains("WARN"), log.contains("LimitNOFILE")), (warned, told.is_some()), "{limits}: {log}");
        assert!(!warned || log.contains("room=200"), "{log}");
        let said = rapport.raw("GET /recommendations HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert!(said.ends_with(SHAPED), "{said}");
    }
}

// ── More than it can do ──────────────────────────────────────────────────────────────────────

#[tokio::test(flavor = "multi_thread")]
async fn with_more_to_do_than_it_can_its_answers_are_whole_and_then_it_is_as_before() {
    // A service that takes its time, and a sidecar that answers twenty at once.
    let slowly = async |request| {
        sleep(Duration::from_millis(20)).await;
        says(request).await
    };
    let (_folder, rapport) = in_front_of(upstream(slowly).await, "[serve]\nmax_connections = 20\n").await;
    let (address, until) = (rapport.address, Instant::now() + Duration::from_secs(3));
    let (whole, refused) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let ask = |number: usize| {
        let (whole, refused) = (Arc::clone(&whole), Arc::clone(&refused));
        tokio::spawn(async move {
            let client =
                Client::builder(TokioExecutor::new()).http2_only(number.is_multiple_of(2)).build_http::<Body>();
            let token = token(&format!("customer {number}"), "record personalization");
            while Instant::now() < until {
                let request = Request::get(format!("http://{address}/recommendations"))
                    .header("authorization", format!("Bearer {token}"));
                let asking = client.request(request.body(full("")).unwrap());
                match tokio::time::timeout(Duration::from_secs(20), asking).await {
                    Ok(Ok(answer)) => {
                        assert_eq!(answer.status(), 200);
                        assert_eq!(body(answer).await, SHAPED);
                        whole.fetch_add(1, Ordering::Relaxed);
                    }
                    // It was not taken at all, or let go between two requests.
                    Ok(Err(_)) | Err(_) => drop(refused.fetch_add(1, Ordering::Relaxed)),
                }
            }
        })
    };
    for asking in (0..100).map(ask).collect::<Vec<_>>() {
        asking.await.unwrap();
    }
    assert!(
        whole.load(Ordering::Relaxed) > 100,
        "{} whole, {} refused",
        whole.load(Ordering::Relaxed),
        refused.load(Ordering::Relaxed)
    );
    let said = rapport.raw("GET /recommendations HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert!(said.ends_with(SHAPED), "{said}");
    assert!(!rapport.log().contains("ERROR") && !rapport.log().contains("panicked"), "{}", rapport.log());
}
