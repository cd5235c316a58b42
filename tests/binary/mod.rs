//! The real binary, started and spoken to as its users do. What a test starts ends with the test.
#![allow(dead_code, reason = "each test takes what it needs")]

pub(crate) mod upstream;

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use jsonwebtoken::{EncodingKey, Header};
use serde_json::{Value, json};

/// `rapport serve`, listening. Killed when dropped.
pub(crate) struct Rapport {
    child: Killed,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    log: Arc<Mutex<String>>,
}

impl Rapport {
    /// Starts it with a policy in front of a service, and waits until it says where it listens.
    pub(crate) fn serve(config: &Path, upstream: SocketAddr) -> Self {
        Self::started(serving(rapport(), config, &format!("http://{upstream}")))
    }

    /// Starts a command that [`serving`] made.
    pub(crate) fn started(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let written = Arc::clone(&log);
        // Reads to the end, so that the process never waits for somebody to read its log.
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut log = written.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        let mut this = Self { child: Killed(child), address: SocketAddr::from(([127, 0, 0, 1], 0)), log };
        let begun = Instant::now();
        loop {
            let log = this.log();
            if let Some((_, rest)) = log.split_once("listening on http").filter(|(_, rest)| rest.contains('\n')) {
                let (_, address) = rest.lines().next().unwrap().split_once("://").unwrap();
                this.address = address.trim().parse().unwrap();
                return this;
            }
            if let Some(status) = this.child.0.try_wait().unwrap() {
                thread::sleep(Duration::from_millis(200));
                panic!("it ended with {status}: {}", this.log());
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "it does not listen: {log}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// The same, once this is in it: a line that was written may take a moment to be read here.
    pub(crate) fn log_with(&self, text: &str) -> String {
        let until = Instant::now() + Duration::from_secs(10);
        while !self.log().contains(text) {
            assert!(Instant::now() < until, "`{text}` is not in\n{}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
        self.log()
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.0.id()
    }

    /// Sends a signal: `TERM`, `INT`, `KILL`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", self.child.0.id())).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for the end.
    pub(crate) fn ended(&mut self, within: Duration) -> ExitStatus {
        ended(&mut self.child, within)
    }

    /// Sends bytes on a connection of their own and reads what comes until the other side closes.
    pub(crate) fn raw(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// Asks as a customer who agrees to what is usual, and answers the head and the body.
    pub(crate) fn ask_as(&self, customer: &str, request: &str, more: &str, body: &str) -> (String, String) {
        let (token, length) = (token(customer, "record personalization"), body.len());
        let answer = self.raw(&format!(
            "{request} HTTP/1.1\r\nhost: shop\r\nauthorization: Bearer {token}\r\nconnection: close\r\n{more}\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        ));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
        (head.to_owned(), body.to_owned())
    }

    /// A connection on which nothing is waited for longer than ten seconds.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }
}

/// A command that serves on a free port.
pub(crate) fn serving(mut command: Command, config: &Path, upstream: &str) -> Command {
    command.arg("serve").arg("--config").arg(config).args(["--upstream", upstream, "--listen", "127.0.0.1:0"]);
    command
}

/// The binary, with the secrets that the policies of these tests name.
pub(crate) fn rapport() -> Command {
    with_secrets(Command::new(env!("CARGO_BIN_EXE_rapport")))
}

/// A command with the secrets that the policies of these tests name.
pub(crate) fn with_secrets(mut command: Command) -> Command {
    command
        .env("RAPPORT_JWT_SECRET", SECRET)
        .env("RAPPORT_PSEUDONYM_SECRET", "a pseudonym secret of 32 bytes..")
        .env_remove("RUST_LOG");
    command
}

/// Runs a command to its end, with something on its standard input. One that does not end within a minute is ended.
pub(crate) fn run(command: &mut Command, input: &str) -> Output {
    run_within(command, input, Duration::from_secs(60))
}

/// As [`run`], with another patience.
pub(crate) fn run_within(command: &mut Command, input: &str, patience: Duration) -> Output {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // Who refuses its arguments does not read.
    thread::spawn(move || stdin.write_all(input.as_bytes()));
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let all = |read: &mut dyn Read| {
        let mut bytes = Vec::new();
        read.read_to_end(&mut bytes).unwrap();
        bytes
    };
    let stdout = thread::spawn(move || all(&mut stdout));
    let stderr = thread::spawn(move || all(&mut stderr));
    let status = ended(&mut Killed(child), patience);
    Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() }
}

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _status = self.0.wait();
    }
}

fn ended(child: &mut Killed, within: Duration) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.0.try_wait().unwrap() {
            return status;
        }
        assert!(begun.elapsed() < within, "it goes on");
        thread::sleep(Duration::from_millis(10));
    }
}

/// What a command wrote to stdout and to stderr.
pub(crate) fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// A policy in a folder, its store beside it: [`POLICY`] and whatever a test adds.
pub(crate) fn policy(folder: &Path, more: &str) -> PathBuf {
    let file = folder.join("rapport.toml");
    fs::write(&file, format!("{POLICY}{more}")).unwrap();
    file
}

/// A token of a customer.
pub(crate) fn token(customer: &str, purposes: &str) -> String {
    let claims: Value = json!({
        "sub": customer, "iss": "https://id.test", "aud": "shop", "consent": purposes,
        "exp": jiff::Timestamp::now().as_second() + 600,
    });
    jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

/// The history of a customer who comes every two weeks, and buys every third time: trusted by now.
pub(crate) fn history(customer: &str) -> String {
    let row =
        |n: i64| format!("{customer},{},{}\n", days_ago(395 - n * 13), if n % 3 == 0 { "purchase" } else { "visit" });
    "customer,time,event\n".to_owned() + &(0..30).map(row).collect::<String>()
}

/// [`policy`], with the store in the Redis of `REDIS_URL`.
pub(crate) fn over_redis(folder: &Path, more: &str) -> PathBuf {
    let file = policy(folder, more);
    let redis = "redis = { url = { env = \"REDIS_URL\" } }";
    fs::write(&file, fs::read_to_string(&file).unwrap().replace("embedded = { path = \"rapport.redb\" }", redis))
        .unwrap();
    file
}

/// The date so many days before today.
pub(crate) fn days_ago(days: i64) -> String {
    let then = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
    then.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

pub(crate) const SECRET: &str = "a token secret of 32 bytes, or so";

const POLICY: &str = r#"
[identity]
issuer = "https://id.test"
audience = "shop"
pseudonym_secret = { env = "RAPPORT_PSEUDONYM_SECRET" }

[identity.claims]
purposes = "consent"

[[identity.keys]]
alg = "HS256"
secret = { env = "RAPPORT_JWT_SECRET" }

[store]
embedded = { path = "rapport.redb" }
decide_within = "5s"

[[endpoints]]
name = "recommendations"
path = ["/recommendations", "/recommendations/{*rest}"]

[[endpoints.fields]]
path = "$.first_name"
data = "provided"
steps = { new = "null", familiar = "keep" }

[[endpoints.fields]]
path = "$.items[*].reason"
data = "observed"
steps = { acquainted = { replace = "You may like this" }, familiar = "keep" }

[[endpoints.fields]]
path = "$.items[*].score"
data = "observed"
steps = { acquainted = { round_to = 0.5 }, familiar = { round_to = 0.1 }, trusted = "keep" }
"#;
