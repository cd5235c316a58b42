//! The `rapport` binary in front of a service in Python, with a history that was imported before it serves.
//! `cargo build --features cli --bin rapport && cargo run --features cli --example sidecar`

mod anna;

use std::{
    env, fs,
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStderr, Command, Stdio},
};

use bytes::Bytes;
use http::{Method, Request, request};
use http_body_util::{BodyExt, Empty};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use jiff::{SignedDuration, Timestamp};
use tower::BoxError;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let folder = tempfile::tempdir()?;
    let (config, events) = (folder.path().join("rapport.toml"), folder.path().join("events.csv"));
    // The store lies beside the policy; the time to ask it is for a busy machine.
    fs::write(&config, concat!(include_str!("../config/minimal.toml"), "decide_within = \"2s\"\n"))?;
    fs::write(&events, weeks_of_a_regular())?;
    let imported = rapport()?.arg("import").arg("--config").arg(&config).arg(&events).status()?;
    if !imported.success() {
        return Err("the history is not imported".into());
    }

    let mut python = Command::new("python3");
    let (_shop, port) = listening(python.args(["-c", include_str!("sidecar.py")]))?;
    let mut serve = rapport()?;
    serve.arg("serve").arg("--config").arg(&config).args(["--upstream", &format!("http://127.0.0.1:{port}")]);
    let (_sidecar, address) = listening(serve.args(["--listen", "127.0.0.1:0"]))?;

    let url = format!("{address}/recommendations");
    println!("a stranger: {}", answer(Request::get(&url)).await?);
    println!("a regular:  {}", answer(anna::asks(Method::GET, &url)?).await?);
    Ok(())
}

/// Ten weeks until today: each week a visit and a purchase.
fn weeks_of_a_regular() -> String {
    let day = |week: i64| Timestamp::now() - SignedDuration::from_hours(24 * 7 * week);
    let weeks = (0..10).map(|week| format!("anna,{0},visit\nanna,{0},purchase\n", day(week)));
    format!("customer,time,event\n{}", weeks.rev().collect::<String>())
}

/// The binary, which the build puts beside the folder of the examples, with the secrets that the policy names.
fn rapport() -> Result<Command, BoxError> {
    let binary = env::current_exe()?.ancestors().nth(2).map(|folder| folder.join("rapport")).unwrap_or_default();
    if !binary.exists() {
        return Err("build the binary first: `cargo build --features cli --bin rapport`".into());
    }
    let mut rapport = Command::new(binary);
    for name in ["RAPPORT_JWT_SECRET", "RAPPORT_PSEUDONYM_SECRET"] {
        rapport.env(name, anna::secret(name).unwrap_or_default());
    }
    rapport.env_remove("RUST_LOG");
    Ok(rapport)
}

/// A process that ends with the example, and what it says on the way.
struct Running(Child, Lines<BufReader<ChildStderr>>);

/// Starts a process, and answers where it says that it listens.
fn listening(command: &mut Command) -> Result<(Running, String), BoxError> {
    let name = command.get_program().display().to_string();
    let mut child =
        command.stderr(Stdio::piped()).spawn().map_err(|error| format!("`{name}` does not start: {error}"))?;
    let output = child.stderr.take().ok_or("it has no output")?;
    let mut running = Running(child, BufReader::new(output).lines());
    let mut said = running.1.by_ref().map_while(Result::ok);
    let found = said.find_map(|line| Some(line.split_once("listening on ")?.1.to_owned()));
    Ok((running, found.ok_or_else(|| format!("`{name}` ended before it listened"))?))
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.0.kill();
        let _status = self.0.wait();
    }
}

async fn answer(request: request::Builder) -> Result<String, BoxError> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let response = client.request(request.body(Empty::new())?).await?;
    Ok(String::from_utf8(response.into_body().collect().await?.to_bytes().to_vec())?)
}
