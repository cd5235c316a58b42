//! Many services, one relationship: two of them, each in a process and with a policy of its own, share one real `redis-server`.

#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;
mod servers;

use std::{fs, path::PathBuf, time::Duration};

use binary::{
    Rapport, history, over_redis, rapport, run, said, serving,
    upstream::{full, upstream},
};
use http::Response;
use serde_json::Value;
use servers::{Server, until};

const ANNA: &str = "anna";

/// What one service may do after another: a change has to be heard of.
const HEARD: Duration = Duration::from_secs(5);

/// The policies of a shop and of those who answer its telephone.
struct Policies {
    _folder: tempfile::TempDir,
    server: Server,
    shop: PathBuf,
    calls: PathBuf,
}

impl Policies {
    fn new() -> Self {
        let (folder, server) = (tempfile::tempdir().unwrap(), Server::start(&[]));
        let policy_of = |name: &str, path: &str, more: &str| {
            let written = fs::read_to_string(over_redis(folder.path(), more)).unwrap();
            let other = written.replace("\"/recommendations\", \"/recommendations/{*rest}\"", &format!("\"{path}\""));
            let file = folder.path().join(name);
            fs::write(&file, other).unwrap();
            file
        };
        let shop = policy_of("shop.toml", "/recommendations", SHOP);
        let calls = policy_of("calls.toml", "/advice", CALLS);
        Self { _folder: folder, server, shop, calls }
    }

    /// Both services, with Anna known for long to whom the history was imported.
    async fn served(&self) -> (Rapport, Rapport) {
        let output =
            run(self.with_url(rapport()).args(["import", "--config"]).arg(&self.shop).arg("-"), &history(ANNA));
        assert!(output.status.success(), "{:?}", said(&output));
        let service = upstream(async |request: http::Request<_>| {
            let status = if request.method() == http::Method::POST { 201 } else { 200 };
            let answer = Response::builder().status(status).header("content-type", "application/json");
            answer.body(full(r#"{"first_name": "Anna"}"#)).unwrap()
        })
        .await;
        let serve = |policy| {
            let command = serving(self.with_url(rapport()), policy, &format!("http://{service}"));
            Rapport::started(command)
        };
        tokio::task::block_in_place(|| (serve(&self.shop), serve(&self.calls)))
    }

    fn with_url(&self, mut command: std::process::Command) -> std::process::Command {
        command.env("REDIS_URL", self.server.url());
        command
    }
}

fn ask(service: &Rapport, request: &str, more: &str, body: &str) -> (String, String) {
    tokio::task::block_in_place(|| service.ask_as(ANNA, request, more, body))
}

/// The stage that an answer names.
fn stage((head, _): &(String, String)) -> String {
    let (_, rest) = head.split_once("personalization: stage=").unwrap_or_else(|| panic!("{head}"));
    rest.split(';').next().unwrap().to_owned()
}

fn counted(service: &Rapport, event: &str) -> u64 {
    let (_, me) = ask(service, "GET /rapport/me", "accept: application/json\r\n", "");
    let me: Value = serde_json::from_str(&me).unwrap_or_else(|_| panic!("{me}"));
    me["kept"]["events"][event].as_u64().unwrap_or(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_services_share_one_relationship_and_each_holds_its_own_caps() {
    let policies = Policies::new();
    let (shop, calls) = policies.served().await;

    // Who is known to one is known to the other, though only one was told of the history.
    assert_eq!(stage(&ask(&shop, "GET /recommendations", "", "")), "trusted");
    assert_eq!(stage(&ask(&calls, "GET /advice", "", "")), "trusted");

    // On the telephone they are less close, wherever the telephone is spoken of; elsewhere the word means nothing.
    let by_telephone = "x-channel: telephone\r\n";
    let less = ask(&calls, "GET /advice", by_telephone, "");
    assert_eq!(stage(&less), "acquainted");
    assert!(less.0.contains("limited-by=(channel)"), "{}", less.0);
    assert_eq!(less.1, r#"{"first_name": null}"#);
    assert_eq!(stage(&ask(&shop, "GET /recommendations", by_telephone, "")), "trusted");
    // And what is held down there is not kept: it is the channel's, not hers.
    assert_eq!(stage(&ask(&calls, "GET /advice", "", "")), "trusted");
    assert_eq!(stage(&ask(&shop, "GET /recommendations", "", "")), "trusted");

    // What happens in one is evidence in the other, also what only one of them has a word for.
    let bought = counted(&calls, "purchase");
    assert_eq!(bought, 10);
    ask(&shop, "POST /checkout", "", "{}");
    until("the purchase counts", HEARD, async || counted(&calls, "purchase") == bought + 1).await;
    ask(&calls, "POST /calls", "", "{}");
    until("the call counts", HEARD, async || counted(&calls, "call") == 1).await;
    ask(&shop, "POST /checkout", "", "{}");
    until("the purchase counts", HEARD, async || counted(&calls, "purchase") == bought + 2).await;
    assert_eq!(counted(&calls, "call"), 1, "a service that has no word for it leaves it alone");

    // What she lowers with one is lowered with the other.
    ask(&calls, "PUT /rapport/me/limit", "", r#"{"stage": "acquainted"}"#);
    let lowered = async || stage(&ask(&shop, "GET /recommendations", "", "")) == "acquainted";
    until("the limit acts", HEARD, lowered).await;
    // And a complaint takes a stage in both, whatever the limit says.
    ask(&calls, "DELETE /rapport/me/limit", "", "");
    until("the limit is gone", HEARD, async || stage(&ask(&shop, "GET /recommendations", "", "")) == "trusted").await;
    ask(&shop, "POST /complaints", "", "{}");
    until("she complained", HEARD, async || stage(&ask(&calls, "GET /advice", "", "")) == "familiar").await;
}

const SHOP: &str = r#"
[[relationship.events]]
name = "purchase"
when = { method = "POST", path = "/checkout", status = "2xx" }

[[relationship.events]]
name = "complaint"
takes_stages = 1
when = { method = "POST", path = "/complaints", status = "2xx" }
"#;

const CALLS: &str = r#"
[[relationship.events]]
name = "purchase"

[[relationship.events]]
name = "complaint"
takes_stages = 1

[[relationship.events]]
name = "call"
when = { method = "POST", path = "/calls", status = "2xx" }

[caps]
channels = [{ header = "x-channel", value = "telephone", stage = "acquainted" }]
"#;
