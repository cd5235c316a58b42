//! TLS to Redis: whoever proves to be the server is asked, and nobody else is told anything.
#![cfg(feature = "redis")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod servers;

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use servers::{Server, free_port, settings};
use tempfile::TempDir;
use tower_rapport::{
    identity::Pseudonym,
    store::{Redis, RedisMode, Store, contract},
};

/// Who signs certificates.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut about = CertificateParams::new([]).unwrap();
        about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(about, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("authority.pem"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("authority.pem")
    }

    /// A server with a certificate for this name, valid through this year, and the port on which it speaks TLS.
    fn server(&self, name: &str, until: i32) -> (Server, u16) {
        let (mut about, key) = (CertificateParams::new([name.to_owned()]).unwrap(), KeyPair::generate().unwrap());
        about.not_before = date_time_ymd(2000, 1, 1);
        about.not_after = date_time_ymd(until, 12, 31);
        let certificate = about.signed_by(&key, &self.issuer).unwrap();
        let at = |file: &str| self.folder.path().join(file).display().to_string();
        fs::write(at("certificate.pem"), certificate.pem()).unwrap();
        fs::write(at("key.pem"), key.serialize_pem()).unwrap();
        let port = free_port();
        let (certificate, key, authority) = (at("certificate.pem"), at("key.pem"), at("authority.pem"));
        let tls = ["--tls-port", &port.to_string(), "--tls-cert-file", &certificate, "--tls-key-file", &key];
        let more = ["--tls-ca-cert-file", &authority, "--tls-auth-clients", "no"];
        (Server::start(&[&tls[..], &more].concat()), port)
    }
}

/// What becomes of a store at this address, where this authority is trusted. A process of its own: what it trusts is read from its
/// environment.
fn kept(address: &str, trusted: &Path) -> String {
    let begun = Instant::now();
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "in_a_process_of_its_own", "--nocapture"])
        .env(ADDRESS, address)
        .env("SSL_CERT_FILE", trusted)
        .output()
        .unwrap();
    assert!(begun.elapsed() < Duration::from_secs(20), "nobody waits for ever");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("hidden"), "{said}");
    let said = said.lines().find_map(|line| line.split_once("becomes: ")).unwrap_or_else(|| panic!("{said}")).1;
    said.to_owned()
}

#[tokio::test]
async fn in_a_process_of_its_own() {
    let Ok(address) = env::var(ADDRESS) else { return };
    let store = Arc::new(Redis::open(settings(&address, RedisMode::Single)).unwrap());
    let becomes = match store.load(Pseudonym::from_bytes([0xa1; 16])).await {
        Ok(_) => format!("{:?}", contract::check(store).await),
        Err(error) => {
            assert!(!format!("{error:?}").contains("hidden"));
            error.to_string()
        }
    };
    std::io::stdout().lock().write_all(format!("\nbecomes: {becomes}\n").as_bytes()).unwrap();
}

#[test]
fn over_tls_redis_keeps_the_contract() {
    let authority = Authority::new();
    for name in ["localhost", "127.0.0.1"] {
        let (_server, port) = authority.server(name, 4000);
        assert_eq!(kept(&format!("rediss://{name}:{port}"), &authority.path()), "Ok(())");
    }
}

#[test]
fn who_does_not_prove_to_be_the_server_is_told_nothing() {
    let (authority, other) = (Authority::new(), Authority::new());
    let says = |(server, port): (Server, u16)| {
        let said = kept(&format!("rediss://anna:hidden@localhost:{port}"), &authority.path());
        assert!(!server.cli(&["INFO", "commandstats"]).contains("hello"), "and nobody has logged in");
        said.replace(&format!("redis at `localhost:{port}` "), "")
    };
    assert_eq!(
        says(other.server("localhost", 4000)),
        "cannot be trusted: nobody who is trusted here signed its certificate; `SSL_CERT_FILE` names who is"
    );
    assert_eq!(says(authority.server("localhost", 2001)), "cannot be trusted: its certificate has expired");
    assert_eq!(says(authority.server("other.example", 4000)), "cannot be trusted: its certificate is for another name");
}

#[test]
fn who_speaks_tls_where_the_other_does_not_is_told_so() {
    let authority = Authority::new();
    let (server, port) = authority.server("localhost", 4000);
    let says = |scheme: &str, port| kept(&format!("{scheme}://:hidden@localhost:{port}"), &authority.path());
    let late = "redis did not take the connection in time; if it speaks no TLS on this port, name its `tls-port`";
    assert_eq!(says("rediss", server.port), late);
    assert_eq!(says("redis", port), "the connection to redis broke");
}

const ADDRESS: &str = "RAPPORT_TEST_ADDRESS";
