//! A process that ends while its store is away: what was not written yet is tried for ten seconds, and what is lost is told.

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

use std::{
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use binary::{
    Rapport, history, over_redis, rapport, run, said, serving,
    upstream::{full, upstream},
};
use http::Response;
use serde_json::{Value, json};
use servers::Server;

const ANNA: &str = "anna";

const EVENTS: &str = r#"
[[relationship.events]]
name = "purchase"
when = { method = "POST", path = "/checkout", status = "2xx" }
"#;

struct Shop {
    _folder: tempfile::TempDir,
    redis: Server,
    policy: PathBuf,
    rapport: Rapport,
}

impl Shop {
    /// One whose store is away, and to which Anna, who has bought ten times, has said two things since.
    async fn without_store() -> Self {
        // What it has acknowledged it has when it is back.
        let redis = Server::start(&["--appendonly", "yes", "--appendfsync", "always"]);
        let folder = tempfile::tempdir().unwrap();
        let policy = over_redis(folder.path(), EVENTS);
        let imported =
            run(with_url(rapport(), &redis).args(["import", "--config"]).arg(&policy).arg("-"), &history(ANNA));
        assert!(imported.status.success(), "{:?}", said(&imported));
        let service = upstream(async |_: http::Request<_>| Response::new(full("{}"))).await;
        let command = serving(with_url(rapport(), &redis), &policy, &format!("http://{service}"));
        let rapport = tokio::task::block_in_place(|| Rapport::started(command));
        let mut shop = Self { _folder: folder, redis, policy, rapport };
        tokio::task::block_in_place(|| {
            shop.rapport.ask_as(ANNA, "GET /recommendations", "", "");
            shop.redis.kill();
            shop.rapport.ask_as(ANNA, "POST /checkout", "", "{}");
            shop.rapport.ask_as(ANNA, "PUT /rapport/me/limit", "", r#"{"stage": "acquainted"}"#);
        });
        shop
    }

    /// What the store has of Anna.
    fn kept(&self) -> Value {
        let output = run(
            with_url(rapport(), &self.redis).args(["export", "--customer", ANNA, "--config"]).arg(&self.policy),
            "",
        );
        let (out, err) = said(&output);
        serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out} {err}"))
    }
}

fn with_url(mut command: Command, redis: &Server) -> Command {
    command.env("REDIS_URL", redis.url());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_comes_back_in_time_has_all_of_it() {
    let mut shop = Shop::without_store().await;
    tokio::task::block_in_place(|| {
        shop.rapport.signal("TERM");
        std::thread::sleep(Duration::from_secs(2));
        shop.redis.start_again();
        let status = shop.rapport.ended(Duration::from_secs(12));
        assert!(status.success(), "{}", shop.rapport.log());
        assert!(!shop.rapport.log().contains("lost"), "{}", shop.rapport.log());
        let kept = shop.kept();
        let relationship = &kept["relationship"];
        let (bought, limit) = (&relationship["history"]["events"]["purchase"], &relationship["limit"]);
        assert_eq!((bought, limit), (&json!(11), &json!("acquainted")));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_store_that_stays_away_cannot_have_is_told_as_lost() {
    let mut shop = Shop::without_store().await;
    tokio::task::block_in_place(|| {
        let begun = Instant::now();
        shop.rapport.signal("TERM");
        let status = shop.rapport.ended(Duration::from_secs(15));
        assert!(status.success() && begun.elapsed() > Duration::from_secs(9), "{}", shop.rapport.log());
        let told = shop.rapport.log_with("the store takes too long: these changes are lost changes=2");
        assert!(told.contains("ERROR"), "{told}");
    });
}
