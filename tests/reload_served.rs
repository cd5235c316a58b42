//! `rapport serve` while its policy file is changed: by an editor, by a rename, by a link, and by hand with `SIGHUP`; and while its
//! certificate is renewed.

#![cfg(all(feature = "cli", unix))]
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
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use binary::{
    Rapport, policy, rapport, serving,
    upstream::{full, upstream},
};
use http::Response;
use rcgen::{Certificate, CertificateParams, KeyPair};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, client::Resumption, crypto::aws_lc_rs,
    pki_types::CertificateDer,
};
use tokio::task::block_in_place;

/// A reload is there within a second, and on a busy machine a little later.
const SOON: Duration = Duration::from_secs(5);

/// What a stranger is shown, and under which policy.
fn ask(service: &Rapport) -> (String, String) {
    let answer = tokio::task::block_in_place(|| {
        service.raw("GET /recommendations HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n")
    });
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{answer}"));
    let (_, policy) = head.split_once("policy=\"").unwrap_or_else(|| panic!("{head}"));
    (policy.split('"').next().unwrap().to_owned(), body.to_owned())
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < SOON, "not within {SOON:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

async fn served(config: &Path) -> Rapport {
    let service = upstream(async |_: http::Request<_>| {
        let answer = Response::builder().header("content-type", "application/json");
        answer.body(full(r#"{"first_name": "Anna", "title": "Lamp"}"#)).unwrap()
    })
    .await;
    tokio::task::block_in_place(|| Rapport::serve(config, service))
}

const HIDES_THE_TITLE: &str =
    "\n[[endpoints.fields]]\npath = \"$.title\"\ndata = \"provided\"\nsteps = { trusted = \"keep\" }\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_in_force_soon_however_it_is_changed_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let config = policy(folder.path(), "");
    let first = fs::read_to_string(&config).unwrap();
    let service = served(&config).await;
    let (before, body) = ask(&service);
    assert_eq!(body, r#"{"first_name": null, "title": "Lamp"}"#);

    // Written over.
    fs::write(&config, format!("{first}{HIDES_THE_TITLE}")).unwrap();
    until("the file that was written over", || ask(&service).0 != before);
    let (second, body) = ask(&service);
    assert_eq!(body, r#"{"first_name": null}"#);

    // Broken: the log says where, and the old one stays.
    fs::write(&config, first.replace("first_name\"", "first_name[\"")).unwrap();
    let log =
        tokio::task::block_in_place(|| service.log_with("the policy is not reloaded, the one before stays in force"));
    assert!(log.contains("rapport.toml:") && log.contains("endpoints[0].fields[0].path"), "{log}");
    assert_eq!(ask(&service).0, second);

    // Another file in its place, as editors and deployments do.
    let aside = folder.path().join("next.toml");
    fs::write(&aside, &first).unwrap();
    fs::rename(&aside, &config).unwrap();
    until("the file that took its place", || ask(&service).0 == before);

    // Other files in the folder are nobody's business.
    fs::write(folder.path().join("notes.txt"), "nothing").unwrap();
    // What only a start can change is refused.
    fs::write(&config, format!("{first}\n[serve]\nmax_connections = 7\n")).unwrap();
    tokio::task::block_in_place(|| service.log_with("its `[serve]` is another one (`max_connections`), which"));
    assert_eq!(ask(&service).0, before);
    let reloads = service.log().matches("the policy is reloaded").count();
    assert_eq!(reloads, 2, "{}", service.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_the_policy_goes_on_from_is_followed_too() {
    let folder = tempfile::tempdir().unwrap();
    let base = policy(folder.path(), "");
    let store = folder.path().join("rapport.redb");
    let first = fs::read_to_string(&base).unwrap().replace("rapport.redb", store.to_str().unwrap());
    fs::write(&base, &first).unwrap();
    let own = folder.path().join("own");
    fs::create_dir(&own).unwrap();
    let config = own.join("own.toml");
    fs::write(&config, "extends = \"../rapport.toml\"\n").unwrap();
    let service = served(&config).await;
    let (before, _) = ask(&service);
    fs::write(&base, format!("{first}{HIDES_THE_TITLE}")).unwrap();
    until("the base that was written over", || ask(&service).0 != before);

    // From now on it goes on from another one, in another folder.
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("base.toml"), &first).unwrap();
    fs::write(&config, "extends = \"../other/base.toml\"\n").unwrap();
    until("the other base", || ask(&service).0 == before);
    fs::write(other.join("base.toml"), format!("{first}{HIDES_THE_TITLE}")).unwrap();
    until("the other base that was written over", || ask(&service).0 != before);

    // One with a slip is refused; once that is mended, it is in force.
    let (aside, seen) = (folder.path().join("aside"), service.log().matches("the policy is not reloaded").count());
    fs::create_dir(&aside).unwrap();
    fs::write(aside.join("base.toml"), first.replace("first_name\"", "first_name[\"")).unwrap();
    fs::write(&config, "extends = \"../aside/base.toml\"\n").unwrap();
    until("the slip", || service.log().matches("the policy is not reloaded").count() > seen);
    fs::write(aside.join("base.toml"), &first).unwrap();
    until("the mended base", || ask(&service).0 == before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_is_turned_and_a_hangup_are_seen() {
    let folder = tempfile::tempdir().unwrap();
    // As configurations are mounted in a cluster: the file is a link through a link that is turned.
    let written = fs::read_to_string(policy(folder.path(), "")).unwrap();
    let written = written.replace("rapport.redb", folder.path().join("rapport.redb").to_str().unwrap());
    for (name, text) in [("one", written.clone()), ("two", format!("{written}{HIDES_THE_TITLE}"))] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("rapport.toml"), text).unwrap();
    }
    let mounted = folder.path().join("mounted");
    fs::create_dir(&mounted).unwrap();
    let turn = |to: &str| {
        std::os::unix::fs::symlink(folder.path().join(to), mounted.join("..next")).unwrap();
        fs::rename(mounted.join("..next"), mounted.join("..data")).unwrap();
    };
    turn("one");
    let config = mounted.join("rapport.toml");
    std::os::unix::fs::symlink("..data/rapport.toml", &config).unwrap();
    let service = served(&config).await;
    let (before, _) = ask(&service);
    turn("two");
    until("the link that was turned", || ask(&service).0 != before);

    let reloads = || service.log().matches("the policy is reloaded").count();
    let seen = reloads();
    service.signal("HUP");
    until("the hangup", || reloads() == seen + 1);
    ask(&service);
}

/// A certificate for `localhost`, and its key.
fn pair() -> (Certificate, KeyPair) {
    let (about, key) = (CertificateParams::new(["localhost".to_owned()]).unwrap(), KeyPair::generate().unwrap());
    (about.self_signed(&key).unwrap(), key)
}

/// A client that trusts some certificates.
struct Trusting(Arc<ClientConfig>);

impl Trusting {
    fn new<'c>(certificates: impl IntoIterator<Item = &'c Certificate>) -> Self {
        let mut roots = RootCertStore::empty();
        certificates.into_iter().for_each(|certificate| roots.add(certificate.der().clone()).unwrap());
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let config = config.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
        let mut config = config.with_no_client_auth();
        // Who resumes a session is shown nothing.
        config.resumption = Resumption::disabled();
        Self(Arc::new(config))
    }

    fn connects(&self, service: &Rapport) -> Connected {
        let mut connection = ClientConnection::new(Arc::clone(&self.0), "localhost".try_into().unwrap()).unwrap();
        let mut stream = service.connect();
        while connection.is_handshaking() {
            connection.complete_io(&mut stream).unwrap();
        }
        Connected(StreamOwned::new(connection, stream))
    }

    /// The certificate that is shown to it.
    fn is_shown(&self, service: &Rapport) -> CertificateDer<'static> {
        block_in_place(|| self.connects(service).0.conn.peer_certificates().unwrap()[0].clone().into_owned())
    }
}

struct Connected(StreamOwned<ClientConnection, TcpStream>);

impl Connected {
    fn asks(mut self) -> String {
        block_in_place(|| {
            let request = b"GET /recommendations HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n";
            self.0.write_all(request).unwrap();
            let mut answer = Vec::new();
            let _closed = self.0.read_to_end(&mut answer);
            String::from_utf8(answer).unwrap()
        })
    }
}

/// What holds where TLS is spoken with the files of a folder.
fn tls(key: &str) -> String {
    format!("[serve]\nheader_timeout = \"60s\"\ntls = {{ certificate = \"cert.pem\", key = {{ {key} }} }}\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_certificate_is_shown_once_its_key_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let put = |file: &str, text: &str| fs::write(folder.path().join(file), text).unwrap();
    let [first, second] = [pair(), pair()];
    put("cert.pem", &first.0.pem());
    put("key.pem", &first.1.serialize_pem());
    let config = policy(folder.path(), &tls("file = \"key.pem\""));
    let written = fs::read_to_string(&config).unwrap();
    let service = served(&config).await;
    let client = Trusting::new([&first.0, &second.0]);
    assert_eq!(client.is_shown(&service), *first.0.der());
    let open = block_in_place(|| client.connects(&service));

    // Also while a policy waits for a start.
    put("rapport.toml", &written.replace("60s", "50s"));
    block_in_place(|| service.log_with("its `[serve]` is another one"));
    put("cert.pem", &second.0.pem());
    block_in_place(|| service.log_with("the certificate is not renewed, the one before is still shown"));
    assert_eq!(client.is_shown(&service), *first.0.der());
    put("key.pem", &second.1.serialize_pem());
    until("the renewed certificate", || client.is_shown(&service) == *second.0.der());
    block_in_place(|| service.log_with("another certificate is shown"));
    // Who was there before stays.
    let answer = open.asks();
    assert!(answer.contains(r#"{"first_name": null, "title": "Lamp"}"#), "{answer}");

    // One that is broken does not keep a policy from coming into force.
    put("cert.pem", "-----BEGIN");
    put("rapport.toml", &format!("{written}{HIDES_THE_TITLE}"));
    let asks = || block_in_place(|| client.connects(&service)).asks();
    until("the changed policy", || asks().contains(r#"{"first_name": null}"#));
    let log = service.log();
    for (_, key) in [&first, &second] {
        let secret = key.serialize_pem();
        assert!(secret.lines().filter(|line| line.len() > 20).all(|line| !log.contains(line)), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_is_renewed_for_a_key_from_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let (first, key) = pair();
    let second = CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    fs::write(folder.path().join("cert.pem"), first.pem()).unwrap();
    let config = policy(folder.path(), &tls("env = \"OF_THE_TESTS\""));
    let nobody = "http://127.0.0.1:1";
    let mut command = serving(rapport(), &config, nobody);
    command.env("OF_THE_TESTS", key.serialize_pem());
    let service = block_in_place(|| Rapport::started(command));
    let client = Trusting::new([&first, &second]);
    assert_eq!(client.is_shown(&service), *first.der());
    let reloads = || service.log().matches("the policy is reloaded").count();
    let before = reloads();
    fs::write(folder.path().join("cert.pem"), second.pem()).unwrap();
    until("the renewed certificate", || client.is_shown(&service) == *second.der());
    block_in_place(|| service.log_with("another certificate is shown"));
    assert_eq!(reloads(), before, "nobody changed the policy: {}", service.log());
}
