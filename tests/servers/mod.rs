//! Real servers of Redis, started by a test and ended with it, and a wire to one that can be cut.

#![allow(dead_code, unused_imports, reason = "each test takes what it needs")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on stops")]

mod wire;

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tower_rapport::store::{Redis, RedisMode, RedisSettings};

pub(crate) use wire::{Does, Wire};

/// `redis-server` on a port of its own. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    arguments: Vec<String>,
    folder: TempDir,
}

impl Server {
    /// Starts one that keeps nothing on disk.
    pub(crate) fn start(more: &[&str]) -> Self {
        Self::start_on(free_port(), more)
    }

    /// Starts one on this port, and waits until it answers.
    pub(crate) fn start_on(port: u16, more: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let arguments: Vec<_> = more.iter().map(ToString::to_string).collect();
        let child = started(port, &folder, &arguments);
        let server = Self { child, port, arguments, folder };
        server.wait();
        server
    }

    /// Starts a Sentinel with this file, on a port that it adds.
    pub(crate) fn sentinel(file: &Path) -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let mut command = Command::new("redis-server");
        command.arg(file).args(["--sentinel", "--port", &port.to_string(), "--bind", "127.0.0.1"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("redis-server is installed");
        let server = Self { child, port, arguments: Vec::new(), folder };
        server.wait();
        server
    }

    pub(crate) fn kill(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }

    /// Starts it again, on the same port and with what is on its disk.
    pub(crate) fn start_again(&mut self) {
        self.kill();
        self.child = started(self.port, &self.folder, &self.arguments);
        self.wait();
    }

    /// Says something to it with `redis-cli`, and answers what it said.
    pub(crate) fn cli(&self, words: &[&str]) -> String {
        cli(self.port, words)
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    fn wait(&self) {
        let begun = Instant::now();
        let is_up = |said: &str| said.contains("PONG") || said.contains("NOAUTH");
        while !is_up(&self.cli(&["PING"])) {
            assert!(begun.elapsed() < Duration::from_secs(20), "redis does not answer");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

fn started(port: u16, folder: &TempDir, more: &[String]) -> Child {
    let port = port.to_string();
    let mut command = Command::new("redis-server");
    command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--dir"]).arg(folder.path()).args(more);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("redis-server is installed")
}

pub(crate) fn cli(port: u16, words: &[&str]) -> String {
    let said = Command::new("redis-cli").args(["-h", "127.0.0.1", "-p", &port.to_string()]).args(words).output();
    String::from_utf8_lossy(&said.unwrap().stdout).trim().to_owned()
}

/// A port that nobody has just now, low enough for the bus of a cluster, which is 10,000 above.
pub(crate) fn free_port() -> u16 {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 12_000 + u16::try_from(std::process::id() % 500).unwrap() * 20;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        let free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if free(port) && free(port + 10_000) {
            return port;
        }
    }
}

pub(crate) fn settings(url: &str, mode: RedisMode) -> RedisSettings {
    RedisSettings { mode, ..RedisSettings::new(url.parse().unwrap()) }
}

/// One node's store in Redis, heard.
pub(crate) async fn node(url: &str) -> Redis {
    heard(settings(url, RedisMode::Single)).await
}

pub(crate) async fn heard(settings: RedisSettings) -> Redis {
    let store = Redis::open(settings).unwrap();
    let hearing = tower_rapport::store::Store::hearing(&store).unwrap().clone();
    tokio::time::timeout(Duration::from_secs(20), hearing.wait()).await.expect("redis is heard");
    store
}

/// Waits until something holds.
pub(crate) async fn until(what: &str, within: Duration, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < within, "not within {within:?}: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
