//! `serve`, and what must be there when it starts: a port, a service, a store.

use std::{fs, net::TcpListener, time::Duration};

use insta::assert_snapshot;

use super::{
    Desk,
    binary::{Rapport, serving},
    key, says, untimed,
};

const SERVE: &str = "serve --config rapport.toml --upstream http://127.0.0.1:1 --listen 127.0.0.1:0";

/// What a process that serves logs in the line that has a word in it.
fn logs(rapport: &Rapport, word: &str) -> String {
    let log = rapport.log_with(word);
    untimed(log.lines().find(|line| line.contains(word)).unwrap()).to_owned()
}

/// A port on which nobody listens just now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn the_port_is_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let said = Desk::new().says(&SERVE.replace("127.0.0.1:0", &format!("127.0.0.1:{port}")));
    assert_snapshot!(said.replace(&port, "PORT"), @r"
error: --listen: cannot listen on `127.0.0.1:PORT`; another process has this port: end that one, or name another port: Address already in use (os error 98)
[1]
");
    // The page of metrics, likewise.
    let desk = Desk::with(&format!("\n[report]\nmetrics = \"127.0.0.1:{port}\"\n"));
    assert_snapshot!(desk.says(SERVE).replace(&port, "PORT"), @r"
error: report.metrics: cannot listen on `127.0.0.1:PORT`; another process has this port: end that one, or name another port: Address already in use (os error 98)
[1]
");
}

#[test]
fn the_address_is_half_a_one_or_another_machines() {
    assert_snapshot!(Desk::new().says(&SERVE.replace("127.0.0.1:0", "8080")), @r"
error: --listen: cannot listen on `8080`; write host and port, as `127.0.0.1:8080`: invalid socket address
[1]
");
    assert_snapshot!(Desk::new().says(&SERVE.replace("127.0.0.1:0", "192.0.2.1:8080")), @r"
error: --listen: cannot listen on `192.0.2.1:8080`; this machine has no such address; listen on `0.0.0.0` (or `[::]`) for every address it has: Cannot assign requested address (os error 99)
[1]
");
    let desk = Desk::with("\n[report]\nmetrics = \"9464\"\n");
    assert_snapshot!(desk.says("check rapport.toml"), @r#"
rapport.toml: 1 error
error: `9464`: no address to listen on; write "off", or one such as "127.0.0.1:9464"
  --> rapport.toml:38:11
   |
38 | metrics = "9464"
   |           ^^^^^^ report.metrics

[1]
"#);
}

#[test]
fn the_upstream_is_no_address() {
    assert_snapshot!(Desk::new().says(&SERVE.replace("http://127.0.0.1:1", "localhost:3000")), @r"
error: `localhost:3000`: the upstream is no URL; write it as `http://127.0.0.1:3000`
[1]
");
    assert_snapshot!(Desk::new().says(&SERVE.replace("127.0.0.1:1", "127.0.0.1:1/api")), @r"
error: `http://127.0.0.1:1/api`: the upstream has a path or query; leave it out, requests keep the paths that they came with
[1]
");
}

#[test]
fn the_upstream_is_where_it_listens_itself() {
    let port = free_port().to_string();
    let words = format!("serve --config rapport.toml --upstream http://localhost:{port} --listen 0.0.0.0:{port}");
    let said = Desk::new().says(&words);
    let said = said.lines().filter(|line| !line.starts_with("INFO")).collect::<Vec<_>>().join("\n");
    assert_snapshot!(said.replace(&port, "PORT"), @r"
error: --upstream: `http://localhost:PORT` is where `rapport serve` itself listens (`--listen 0.0.0.0:PORT`), so every request would come back to it; name where the service listens, or another port to listen on
[1]
");
}

#[test]
fn the_service_is_not_there() {
    let desk = Desk::new();
    let rapport = Rapport::started(serving(desk.rapport(), &desk.file("rapport.toml"), "http://127.0.0.1:1"));
    assert_snapshot!(logs(&rapport, "not reached"), @r#"WARN rapport::cli::serve: the service is not reached yet upstream=http://127.0.0.1:1 remedy="start it, or name with `--upstream` where it listens; until then every answer is a 502""#);
    let answer = rapport.raw("GET /recommendations HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    assert_snapshot!(logs(&rapport, "cannot be reached"), @r#"WARN rapport::cli::proxy: the service cannot be reached upstream=http://127.0.0.1:1 cause="Connection refused (os error 111)" remedy="start it, or name with `--upstream` where it listens""#);
    assert_snapshot!(logs(&rapport, "could not be shaped"), @r#"WARN tower_rapport::report::told: an answer could not be shaped endpoint="recommendations" cause="status" left_out=0 remedy="the service cannot be reached, has no room, or does not answer in time, and whatever stands before it said so: see why, the policy is not at fault""#);
    let ready = rapport.raw("GET /rapport/ready HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
    assert!(ready.starts_with("HTTP/1.1 503 ") && ready.ends_with("the service cannot be reached\n"), "{ready}");
}

#[test]
fn the_service_comes_after_it_was_missed() {
    let (desk, port) = (Desk::new(), free_port());
    let upstream = format!("http://127.0.0.1:{port}");
    let rapport = Rapport::started(serving(desk.rapport(), &desk.file("rapport.toml"), &upstream));
    rapport.log_with("the service is not reached yet");
    let _service = TcpListener::bind(("127.0.0.1", port)).unwrap();
    assert_snapshot!(logs(&rapport, "is reached now").replace(&port.to_string(), "PORT"), @"INFO rapport::cli::serve: the service is reached now upstream=http://127.0.0.1:PORT");
}

#[test]
fn an_option_is_missing() {
    assert_snapshot!(Desk::new().says("serve --upstream http://127.0.0.1:1 --listen 127.0.0.1:0"), @r"
error: the following required arguments were not provided:
  --config <FILE>

Usage: rapport serve --config <FILE> --upstream <URL> --listen <ADDRESS>

For more information, try '--help'.
[2]
");
}

#[test]
fn the_store_is_open_elsewhere() {
    let desk = Desk::new();
    let _serves = Rapport::started(serving(desk.rapport(), &desk.file("rapport.toml"), "http://127.0.0.1:1"));
    let said = desk.says(SERVE);
    assert_eq!(said, desk.says("explain --config rapport.toml --customer anna"));
    assert_snapshot!(said, @r"
error: the store cannot be opened: the store `rapport.redb` is open in another process, as while `rapport serve` runs; stop that one first, or keep relationships in `redis`, which many processes share: Database already open. Cannot acquire lock.
[1]
");
}

#[test]
fn the_folder_of_the_store_is_not_there() {
    assert_snapshot!(Desk::changed("rapport.redb", "data/rapport.redb").says(SERVE), @r"
error: the store cannot be opened: the store `data/rapport.redb` cannot be made, for its folder is not there; make the folder first: I/O error: No such file or directory (os error 2)
[1]
");
}

#[test]
fn the_store_is_another_file() {
    assert_snapshot!(Desk::changed("rapport.redb", "rapport.toml").says(SERVE), @r"
error: the store cannot be opened: the store `rapport.toml` is no store of this crate; name another file, or move this one away: I/O error: Not a redb database: magic number mismatch
[1]
");
}

const REDIS: (&str, &str) = ("embedded = { path = \"rapport.redb\" }", "redis = { url = { env = \"REDIS_URL\" } }");

#[test]
fn redis_is_not_there() {
    let desk = Desk::changed(REDIS.0, REDIS.1);
    let mut explain = desk.rapport();
    explain
        .args("explain --config rapport.toml --customer anna".split(' '))
        .env("REDIS_URL", "redis://:canary@127.0.0.1:1");
    let said = says(&mut explain);
    assert!(!said.contains("canary"), "{said}");
    assert_snapshot!(said, @r"
error: the store cannot be asked; see that it runs, and that `[store]` names it: redis at `127.0.0.1:1` cannot be reached: Connection refused (os error 111)
[1]
");
    let mut serve = desk.rapport();
    serve.env("REDIS_URL", "redis://:canary@127.0.0.1:1");
    let rapport = Rapport::started(serving(serve, &desk.file("rapport.toml"), "http://127.0.0.1:1"));
    assert_snapshot!(logs(&rapport, "redis is not heard"), @r#"WARN tower_rapport::store::redis::ear: redis is not heard; it is tried again error=redis at `127.0.0.1:1` cannot be reached remedy="see that it runs, and that `store.redis.url` names it""#);
    assert_snapshot!(logs(&rapport, "the store is not heard yet"), @"WARN rapport::cli::serve: the store is not heard yet: every customer is a stranger until it is");
    assert!(!rapport.log().contains("canary"), "{}", rapport.log());
}

#[test]
#[cfg_attr(not(feature = "jwks"), ignore = "this build fetches no keys")]
fn the_issuers_keys_are_not_there() {
    let keys = "[[identity.keys]]\nalg = \"HS256\"\nsecret = { env = \"RAPPORT_JWT_SECRET\" }\n";
    let desk = Desk::changed(keys, "[identity.jwks]\nurl = \"http://127.0.0.1:1/jwks.json\"\n");
    let rapport = Rapport::started(serving(desk.rapport(), &desk.file("rapport.toml"), "http://127.0.0.1:1"));
    assert_snapshot!(logs(&rapport, "keys cannot be fetched"), @r#"WARN tower_rapport::identity::jwks: the keys cannot be fetched, every token is a stranger's: client error (Connect): tcp connect error: Connection refused (os error 111) url=http://127.0.0.1:1/jwks.json remedy="see that this is the issuer's JWKS address, and that it can be reached from here""#);
}

#[test]
fn the_address_of_redis_is_none() {
    let desk = Desk::changed(REDIS.0, REDIS.1);
    let mut check = desk.rapport();
    check.args(["check", "rapport.toml"]).env("REDIS_URL", "canary@localhost:6379");
    let said = says(&mut check);
    assert!(!said.contains("canary"), "{said}");
    assert_snapshot!(said, @r#"
rapport.toml: 1 error
error: this is no address of redis that can be used; an address of Redis begins with `redis://`, or `rediss://` for TLS
  --> rapport.toml:15:17
   |
15 | redis = { url = { env = "REDIS_URL" } }
   |                 ^^^^^^^^^^^^^^^^^^^^^ store.redis.url

[1]
"#);
}

#[test]
fn certificate_and_key_are_of_two() {
    let desk = Desk::with("\n[serve]\ntls = { certificate = \"cert.pem\", key = { file = \"key.pem\" } }\n");
    desk.put("cert.pem", key("certificate.pem"));
    desk.put("key.pem", key("localhost.private.pem"));
    assert_snapshot!(desk.says(SERVE), @r"
error: `serve.tls`: the first certificate in `cert.pem` is not that of `key`; name the two that were made together: keys may not be consistent: KeyMismatch
[1]
");
    desk.put("cert.pem", key("localhost.private.pem"));
    assert_snapshot!(desk.says(SERVE), @r"
error: `serve.tls.certificate`: `cert.pem` holds no certificates; write the chain there, as PEM
[1]
");
    fs::remove_file(desk.file("cert.pem")).unwrap();
    assert_snapshot!(desk.says(SERVE), @r"
error: `serve.tls.certificate`: `cert.pem` cannot be read; write the chain there, as PEM: I/O error: No such file or directory (os error 2)
[1]
");
}

#[test]
fn the_folder_of_the_decision_log_is_not_there() {
    let desk = Desk::with("\n[report]\ndecisions = { file = \"logs/decisions.jsonl\" }\n");
    let rapport = Rapport::started(serving(desk.rapport(), &desk.file("rapport.toml"), "http://127.0.0.1:1"));
    let said = logs(&rapport, "decisions");
    assert_snapshot!(said.replace(desk.0.path().to_str().unwrap(), "…"), @r#"WARN tower_rapport::report::log::file: decisions cannot be logged in this file file=…/logs/decisions.jsonl error=No such file or directory (os error 2) remedy="make its folder, and let this process write there""#);
}

#[test]
fn a_policy_is_changed_into_none_while_it_serves() {
    let desk = Desk::new();
    let mut rapport = Rapport::started(serving(desk.rapport(), &desk.file("rapport.toml"), "http://127.0.0.1:1"));
    let text = fs::read_to_string(desk.file("rapport.toml")).unwrap();
    desk.put("rapport.toml", text.replace("familiar = \"keep\"", "familar = \"keep\""));
    let log = rapport.log_with("did you mean `familiar`?");
    let said = log.lines().skip_while(|line| !line.contains("not reloaded")).take(3).map(untimed);
    let said = said.collect::<Vec<_>>().join("\n");
    assert_snapshot!(said.replace(desk.0.path().to_str().unwrap(), "…"), @r"
ERROR rapport::cli::reload: the policy is not reloaded, the one before stays in force: 
error: `familar`: no such stage, here and in line 30; did you mean `familiar`?
  --> …/rapport.toml:25:25
");
    rapport.signal("TERM");
    assert!(rapport.ended(Duration::from_secs(30)).success());
}
