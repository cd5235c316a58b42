//! A shared cache in front of everything: nginx as Debian ships it, told to keep all that it may. No customer gets another's
//! answer, and what anybody gets is kept.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use binary::{
    Rapport, policy, token,
    upstream::{Body, full, upstream},
};
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};

/// nginx, caching. Ended when dropped.
struct Cache {
    child: Child,
    address: SocketAddr,
}

impl Cache {
    fn in_front_of(folder: &Path, rapport: SocketAddr) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let folder = folder.display();
        let temporary = ["client_body", "fastcgi", "uwsgi", "scgi", "proxy"];
        let temporary = temporary.map(|name| format!("{name}_temp_path {folder}/{name};")).join("\n    ");
        let config = format!(
            "daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nevents {{}}\nhttp {{
    access_log off;
    {temporary}
    proxy_cache_path {folder}/cache keys_zone=all:1m;
    server {{
        listen {address};
        location / {{
            proxy_pass http://{rapport};
            proxy_http_version 1.1;
            proxy_cache all;
            proxy_cache_valid any 60s;
            proxy_cache_revalidate on;
            add_header x-cache $upstream_cache_status always;
        }}
    }}
}}\n"
        );
        let file = format!("{folder}/nginx.conf");
        fs::write(&file, config).unwrap();
        let program = if Path::new("/usr/sbin/nginx").exists() { "/usr/sbin/nginx" } else { "nginx" };
        let log = format!("{folder}/error.log");
        let mut child = Command::new(program)
            .args(["-e", &log, "-p", &folder.to_string(), "-c", &file])
            .stdout(Stdio::null())
            .spawn()
            .expect("tests/run installs nginx");
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(
                child.try_wait().unwrap().is_none() && begun.elapsed() < Duration::from_secs(10),
                "nginx does not listen: {:?}",
                fs::read_to_string(&log)
            );
            thread::sleep(Duration::from_millis(10));
        }
        Self { child, address }
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_customer_gets_anothers_answer_and_anybodys_is_kept() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    // A service that marks all that it says as good for everybody.
    let says = move |request: Request<Incoming>| {
        counted.fetch_add(1, Ordering::SeqCst);
        let who = request
            .headers()
            .get("authorization")
            .map_or("anybody".into(), |token| blake3::hash(token.as_bytes()).to_string());
        async move {
            let answer = Response::builder().header("content-type", "application/json").header("etag", "\"v1\"");
            let answer = answer.header("cache-control", "public, max-age=60").header("x-accel-expires", "60");
            answer.body(full(format!(r#"{{"first_name":"Anna","for":"{who}","items":[]}}"#))).unwrap()
        }
    };
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "");
    let service = upstream(says).await;
    let rapport = tokio::task::spawn_blocking(move || Rapport::serve(&config, service)).await.unwrap();
    let cache = Cache::in_front_of(folder.path(), rapport.address);
    let client = Client::builder(TokioExecutor::new()).build_http::<Body>();
    let ask = async |headers: &[(&str, &str)]| {
        let request = Request::get(format!("http://{}/recommendations", cache.address));
        let request = headers.iter().fold(request, |all, (name, value)| all.header(*name, *value));
        let answer = client.request(request.body(full("")).unwrap()).await.unwrap();
        let (head, body) = answer.into_parts();
        let header =
            |name: &str| head.headers.get(name).map_or(String::new(), |value| value.to_str().unwrap().to_owned());
        let (from, tag) = (header("x-cache"), header("etag"));
        (head.status.as_u16(), from, tag, String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap())
    };
    let anybodys = r#"{"first_name":null,"for":"anybody","items":[]}"#;
    // What anybody gets is kept, and given to nobody who is known or wishes something else.
    assert_eq!(ask(&[]).await.1, "MISS");
    let (_, from, tag, kept) = ask(&[]).await;
    assert_eq!((from.as_str(), kept.as_str()), ("HIT", anybodys));
    for (name, value) in [("sec-gpc", "1"), ("prefer", "personalization=none")] {
        assert_eq!(ask(&[(name, value)]).await.1, "MISS", "{name}");
    }
    let tokens: Vec<String> = (0..20)
        .map(|number| format!("Bearer {}", token(&format!("customer {number}"), "record personalization")))
        .collect();
    for round in 0..3 {
        for token in &tokens {
            let own = blake3::hash(token.as_bytes()).to_string();
            let (status, from, _, body) = ask(&[("authorization", token)]).await;
            assert_eq!((status, from.as_str()), (200, "MISS"), "round {round}: nothing of theirs is kept");
            assert_eq!(body, format!(r#"{{"first_name":null,"for":"{own}","items":[]}}"#), "round {round}");
            let (_, _, _, body) = ask(&[]).await;
            assert_eq!(body, anybodys, "round {round}");
        }
    }
    // All at once.
    let all = tokens.iter().cycle().take(200).enumerate().map(|(number, token)| {
        let (client, token, address) = (client.clone(), token.clone(), cache.address);
        tokio::spawn(async move {
            let request = Request::get(format!("http://{address}/recommendations?page={}", number % 5));
            let request = if number % 3 == 0 { request } else { request.header("authorization", &token) };
            let body = client
                .request(request.body(full("")).unwrap())
                .await
                .unwrap()
                .into_body()
                .collect()
                .await
                .unwrap()
                .to_bytes();
            let who = if number % 3 == 0 { "anybody".to_owned() } else { blake3::hash(token.as_bytes()).to_string() };
            assert!(
                String::from_utf8(body.to_vec()).unwrap().contains(&format!("\"for\":\"{who}\"")),
                "{number}: {who}"
            );
        })
    });
    for one in all.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    // The tag that this layer gave is one that a cache can ask by.
    let before = asked.load(Ordering::SeqCst);
    let (status, _, _, body) = ask(&[("if-none-match", &tag)]).await;
    assert_eq!((status, body.as_str(), asked.load(Ordering::SeqCst)), (304, "", before));
    rapport.log_with("offers to shared caches what it said to one customer");
}

/// HTTP/1.0, as old proxies speak it to what is behind them.
#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_of_http_1_0_gets_whole_answers() {
    let says = async |_| {
        let answer = Response::builder().header("content-type", "application/json");
        answer.body(full(r#"{"first_name":"Anna","items":[]}"#)).unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "");
    let service = upstream(says).await;
    let rapport = tokio::task::spawn_blocking(move || Rapport::serve(&config, service)).await.unwrap();
    let said = rapport.raw("GET /recommendations HTTP/1.0\r\n\r\n");
    let (head, body) = said.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, r#"{"first_name":null,"items":[]}"#);
    assert!(head.starts_with("HTTP/1.0 200 ") && !head.contains("transfer-encoding"), "{head}");
    assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
}
