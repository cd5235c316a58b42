//! Two nodes that share relationships in Redis: Anna becomes a regular at one, and the other knows her. She sets a limit at
//! the other, and the first keeps to it. `cargo run --features redis --example redis`
//!
//! Starts `redis-server` on a free port and ends it, or takes the server that `REDIS_URL` names.

mod anna;

use std::{
    env,
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use axum::body::Body;
use http::Method;
use tokio::time::{sleep, timeout};
use tower::{BoxError, ServiceExt};
use tower_rapport::{RapportLayer, policy::Policy};

/// Patient, for an example on a busy machine: 25 ms and two seconds are the defaults.
const STORE: &str = r#"
redis         = { url = { env = "REDIS_URL" }, prefix = "example:" }
decide_within = "2s"
max_staleness = "10s"
"#;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let (_server, url) = match env::var("REDIS_URL") {
        Ok(url) => (None, url),
        Err(_) => Server::start().map(|(server, url)| (Some(server), url))?,
    };
    let calendar = anna::Calendar::default();
    let (one, other) = (node(&url, &calendar).await?, node(&url, &calendar).await?);
    let (at_one, at_other) = (anna::shop(&one), anna::shop(&other));
    anna::answer(&at_one, Method::DELETE, "/rapport/me").await?; // who she was in an earlier run

    println!("a stranger:                 {}", anna::answer(&at_one, Method::GET, "/recommendations").await?);
    anna::becomes_a_regular(&at_one, &calendar).await?;
    one.flush().await;
    let as_a_regular = anna::answer(&at_other, Method::GET, "/recommendations").await?;
    println!("a regular, at the other:    {as_a_regular}");

    let limit = anna::asks(Method::PUT, "/rapport/me/limit")?.header("content-type", "application/json");
    at_other.clone().oneshot(limit.body(Body::from(r#"{"stage": "acquainted"}"#))?).await?;
    let mut limited = as_a_regular.clone();
    while limited == as_a_regular {
        sleep(Duration::from_millis(1)).await; // `max_staleness` at the most
        limited = anna::answer(&at_one, Method::GET, "/recommendations").await?;
    }
    println!("limited, at the first:      {limited}");
    anna::answer(&at_one, Method::DELETE, "/rapport/me/limit").await?;
    Ok(())
}

/// A node, as soon as it hears what others change.
async fn node(url: &str, calendar: &anna::Calendar) -> Result<RapportLayer, BoxError> {
    let secret = |name: &str| if name == "REDIS_URL" { Some(url.to_owned()) } else { anna::secret(name) };
    let policy = include_str!("../config/minimal.toml").replace(r#"embedded = { path = "rapport.redb" }"#, STORE);
    let layer = RapportLayer::open(Policy::from_toml("redis.toml", &policy, secret)?)?.with_clock(calendar.clone());
    if let Some(hearing) = layer.relationships().hearing() {
        timeout(Duration::from_secs(20), hearing.wait()).await.map_err(|_| "Redis is not heard")?;
    }
    Ok(layer)
}

/// `redis-server`, which keeps nothing on disk and ends with the example.
struct Server(Child);

impl Server {
    fn start() -> Result<(Self, String), BoxError> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", ""]).stdout(Stdio::null());
        let child = command.spawn().map_err(|error| format!("`redis-server` does not start: {error}"))?;
        Ok((Self(child), format!("redis://127.0.0.1:{port}")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _status = self.0.wait();
    }
}
