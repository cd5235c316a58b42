//! Ten thousand customers at once in front of `rapport serve`: no error, everybody at their own stage, and nobody sees
//! what is somebody else's.
//!
//! The service holds its answers until all ten thousand requests have arrived, so that they are under way together. Nine
//! thousand six hundred come over a hundred connections of HTTP/2, four hundred over as many of HTTP/1.1. Each answer is
//! full of its customer's name, from the first byte to the last, and long enough to come in many frames.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;

use std::{
    collections::BTreeMap,
    env, fs,
    net::SocketAddr,
    path::Path,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use binary::{
    Rapport, days_ago, policy, rapport, run_within, said, token,
    upstream::{Body, full, upstream},
};
use bytes::Bytes;
use http::{Request, Response, header::AUTHORIZATION};
use http_body_util::{BodyExt, Empty};
use hyper::{body::Incoming, client::conn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::{
    net::TcpStream,
    sync::watch,
    task::JoinSet,
    time::{sleep, timeout},
};

/// The stages, and the histories that earn them: days before today with a visit, and those with a purchase.
const STAGES: [(&str, &[i64], &[i64]); 4] = [
    ("new", &[], &[]),
    ("acquainted", &[20, 15, 10, 5, 1], &[]),
    ("familiar", &[98, 90, 82, 74, 66, 58, 50, 42, 34, 26, 18, 10, 2], &[66, 34]),
    (
        "trusted",
        &[
            406, 391, 376, 361, 346, 331, 316, 301, 286, 271, 256, 241, 226, 211, 196, 181, 166, 151, 136, 121, 106,
            91, 76, 61, 46, 31, 16, 1,
        ],
        &[376, 316, 256, 196, 136, 76],
    ),
];

/// The ten thousand need as many connections to the service. What a machine allows a process before it asks is often
/// less, so this asks for all there is, which takes no privilege, in a process of its own.
#[test]
fn ten_thousand_customers_at_once_see_each_their_own() {
    if env::var_os(WITH_ROOM).is_some() {
        tokio::runtime::Runtime::new().unwrap().block_on(all_at_once());
        return;
    }
    let mut again = Command::new("sh");
    again.args(["-c", r#"ulimit -n "$(ulimit -H -n)"; exec "$0" "$@""#]).arg(env::current_exe().unwrap());
    again.args(["--exact", "ten_thousand_customers_at_once_see_each_their_own", "--nocapture"]).env(WITH_ROOM, "");
    let output = run_within(&mut again, "", Duration::from_secs(240));
    let (out, err) = said(&output);
    print!("{out}");
    assert!(output.status.success(), "{out}{err}");
    assert!(out.contains("1 passed"), "{out}");
}

async fn all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "[serve]\nupstream_timeout = \"120s\"\nheader_timeout = \"60s\"\n");
    // A busy machine is no stranger.
    let text = fs::read_to_string(&config).unwrap().replace("decide_within = \"5s\"", "decide_within = \"60s\"");
    fs::write(&config, text).unwrap();
    let gate = Arc::new(Gate::new());
    let service = upstream({
        let gate = Arc::clone(&gate);
        move |request| answer(Arc::clone(&gate), request)
    })
    .await;
    let rapport = tokio::task::spawn_blocking(move || {
        import(&config);
        Rapport::serve(&config, service)
    });
    let rapport = rapport.await.unwrap();

    let mut customers = (0..CUSTOMERS).collect::<Vec<_>>().into_iter();
    let mut asked = JoinSet::new();
    let begun = Instant::now();
    for connection in 0..HTTP2 + HTTP1 {
        let of_this = if connection < HTTP2 { (CUSTOMERS - HTTP1) / HTTP2 } else { 1 };
        let customers: Vec<_> = customers.by_ref().take(of_this).collect();
        // Who finds the service's queue of connections full knocks again after seconds, so nobody fills it in one go.
        sleep(Duration::from_millis(10)).await;
        asked.spawn(connect(rapport.address, connection < HTTP2, customers));
    }
    let mut seen = BTreeMap::new();
    while let Some(of_one) = timeout(Duration::from_secs(120), asked.join_next()).await.expect("it takes too long") {
        for (customer, stage) in of_one.unwrap() {
            assert_eq!(seen.insert(customer, stage), None);
        }
    }
    assert_eq!(seen.len(), CUSTOMERS);
    assert_eq!(gate.most.load(Ordering::SeqCst), CUSTOMERS, "they were not under way together");
    println!("{CUSTOMERS} customers in {:?}", begun.elapsed());
    // That it would be short of descriptors if all came over connections of their own is no trouble here.
    let log = rapport.log();
    let trouble = |line: &str| (line.contains("WARN") && !line.contains("fewer descriptors")) || line.contains("ERROR");
    assert!(!log.lines().any(trouble), "{log}");
}

/// The history of every customer.
fn import(config: &Path) {
    let events = STAGES.map(|(_, visits, purchases)| {
        let events = [(visits, "visit"), (purchases, "purchase")].into_iter();
        events.flat_map(|(days, event)| days.iter().map(move |day| format!("{},{event}", days_ago(*day)))).collect()
    });
    let mut csv = String::from("customer,time,event\n");
    for customer in 0..CUSTOMERS {
        let of_this: &Vec<String> = &events[stage_of(customer)];
        for event in of_this {
            csv.push_str(&format!("{},{event}\n", name(customer)));
        }
    }
    let mut import = rapport();
    import.arg("import").arg("--config").arg(config).arg("-");
    let output = run_within(&mut import, &csv, Duration::from_secs(60));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output).1);
}

/// Asks for some customers at once over one connection, and tells the stage of each after looking through the answer.
async fn connect(address: SocketAddr, http2: bool, customers: Vec<usize>) -> Vec<(usize, String)> {
    let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
    let mut answers = JoinSet::new();
    if http2 {
        let (sender, connection) = conn::http2::handshake(TokioExecutor::new(), stream).await.unwrap();
        tokio::spawn(connection);
        for customer in customers {
            let mut sender = sender.clone();
            answers.spawn(async move {
                sender.ready().await.unwrap();
                look(customer, sender.send_request(request(address, customer)).await.unwrap()).await
            });
        }
        answers.join_all().await
    } else {
        let (mut sender, connection) = conn::http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let mut seen = Vec::new();
        for customer in customers {
            // The second time on the same connection: nothing of the first answer is left.
            for again in [false, true] {
                sender.ready().await.unwrap();
                let answer = sender.send_request(request(address, customer)).await.unwrap();
                let looked = look(customer, answer).await;
                if !again {
                    seen.push(looked);
                }
            }
        }
        seen
    }
}

fn request(address: SocketAddr, customer: usize) -> Request<Empty<Bytes>> {
    let token = token(&name(customer), "record personalization");
    let request = Request::get(format!("http://{address}/recommendations/home")).header("host", address.to_string());
    request.header(AUTHORIZATION, format!("Bearer {token}")).body(Empty::new()).unwrap()
}

/// Whether an answer is this customer's, at this customer's stage, and nobody else's.
async fn look(customer: usize, answer: Response<Incoming>) -> (usize, String) {
    let (stage, ..) = STAGES[stage_of(customer)];
    assert_eq!(answer.status(), 200);
    let header = answer.headers()["personalization"].to_str().unwrap().to_owned();
    assert!(header.starts_with(&format!("stage={stage};")), "{stage}: {header}");

    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let text = std::str::from_utf8(&body).unwrap();
    for tag in text.split('<').skip(1) {
        assert_eq!(tag.split('>').next().unwrap(), name(customer), "somebody else's");
    }
    let json: Value = serde_json::from_slice(&body).unwrap();
    let tag = format!("<{}>", name(customer));
    assert_eq!(json["owner"], tag);
    assert_eq!(json["end"], tag);
    let (reason, score) = (Value::from(format!("for {tag}")), 0.8734);
    let shown = match stage {
        "new" => (Value::Null, None, None),
        "acquainted" => (Value::Null, Some(Value::from("You may like this")), Some(1.0)),
        "familiar" => (Value::from(tag.clone()), Some(reason), Some(0.9)),
        _ => (Value::from(tag.clone()), Some(reason), Some(score)),
    };
    assert_eq!(json["first_name"], shown.0, "{stage}");
    let items = json["items"].as_array().unwrap();
    assert_eq!(items.len(), items_of(customer));
    for item in items {
        assert_eq!(item["id"], tag);
        assert_eq!(item.get("reason"), shown.1.as_ref(), "{stage}");
        let score = item.get("score").map(|score| score.as_f64().unwrap());
        assert_eq!(score.map(|score| (score * 10000.0).round()), shown.2.map(|score| score * 10000.0), "{stage}");
    }
    (customer, stage.to_owned())
}

/// Where the service's answers wait for each other.
struct Gate {
    arrived: AtomicUsize,
    most: AtomicUsize,
    open: watch::Sender<bool>,
}

impl Gate {
    fn new() -> Self {
        Self { arrived: AtomicUsize::new(0), most: AtomicUsize::new(0), open: watch::Sender::new(false) }
    }

    /// Returns when all customers' requests have arrived.
    async fn pass(&self) {
        let arrived = self.arrived.fetch_add(1, Ordering::SeqCst) + 1;
        let mut open = self.open.subscribe();
        if *open.borrow() {
            return;
        }
        self.most.fetch_max(arrived, Ordering::SeqCst);
        if arrived == CUSTOMERS {
            self.open.send_replace(true);
        }
        let all = open.wait_for(|open| *open);
        tokio::select! {
            _ = all => {}
            () = sleep(PATIENCE) => {}
        }
    }
}

/// The service: an answer full of the customer's name, in many frames.
async fn answer(gate: Arc<Gate>, request: Request<Incoming>) -> Response<Body> {
    let token = request.headers()[AUTHORIZATION].to_str().unwrap().to_owned();
    let payload = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    let customer = claims["sub"].as_str().unwrap();
    let tag = format!("<{customer}>");
    gate.pass().await;
    let item = format!(r#"{{"id":"{tag}","reason":"for {tag}","score":0.8734}}"#);
    let items = vec![item; items_of(customer[9..].parse().unwrap())].join(",");
    let text = format!(r#"{{"owner":"{tag}","first_name":"{tag}","items":[{items}],"end":"{tag}"}}"#);
    Response::builder().header("content-type", "application/json").body(full(text)).unwrap()
}

fn name(customer: usize) -> String {
    format!("customer-{customer:05}")
}

/// The stages take turns; there are more newcomers than old friends.
fn stage_of(customer: usize) -> usize {
    [0, 1, 2, 0, 1, 3, 0, 1, 2, 0][customer % 10]
}

/// Every thirteenth answer is longer than a frame of HTTP/2.
fn items_of(customer: usize) -> usize {
    if customer.is_multiple_of(13) { 300 } else { 10 }
}

const WITH_ROOM: &str = "TEN_THOUSAND_CUSTOMERS_HAVE_ROOM";
const CUSTOMERS: usize = 10_000;
const HTTP2: usize = 100;
const HTTP1: usize = 400;

/// How long an answer waits for the others: less than `rapport serve` waits for the service.
const PATIENCE: Duration = Duration::from_secs(100);
