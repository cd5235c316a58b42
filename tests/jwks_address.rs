//! Keys from an address: fetched at start and again, never because of a token; in doubt, those of before.
#![cfg(feature = "jwks")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time,
};
use tower_rapport::{
    RapportLayer,
    clock::Clock,
    identity::{JwksErrorKind, JwksSource, PseudonymKey, TokenError, TokenRules, Verifier},
    policy::Policy,
    store::Memory,
};

/// A server on the loopback that gives one answer to all, until it is given another.
struct Address {
    url: String,
    answer: Arc<Mutex<String>>,
    asked: Arc<AtomicUsize>,
}

impl Address {
    async fn open(answer: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let address = Self { url, answer: Arc::new(Mutex::new(answer)), asked: Arc::default() };
        let (answer, asked) = (Arc::clone(&address.answer), Arc::clone(&address.asked));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                asked.fetch_add(1, Ordering::SeqCst);
                let answer = answer.lock().unwrap().clone();
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        address
    }

    fn answers(&self, answer: String) {
        *self.answer.lock().unwrap() = answer;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

/// A JWK set with the tests' Ed25519 key under this name.
fn keys(kid: &str) -> String {
    let pem = include_str!("keys/ed25519.pem");
    let der = pem.lines().nth(1).unwrap();
    // 12 bytes before the key are 16 letters of base64.
    let x = der[16..].trim_end_matches('=').replace('+', "-").replace('/', "_");
    ok(&json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": kid, "x": x}]}).to_string())
}

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn token(kid: &str) -> String {
    let key = EncodingKey::from_ed_pem(include_bytes!("keys/ed25519.private.pem")).unwrap();
    let header = Header { kid: Some(kid.into()), ..Header::new(Algorithm::EdDSA) };
    let claims = json!({"iss": "https://id", "aud": "shop", "sub": "anna", "exp": now().as_second() + 600});
    jsonwebtoken::encode(&header, &claims, &key).unwrap()
}

fn verifier() -> Arc<Verifier> {
    Arc::new(Verifier::without_keys(TokenRules::new("https://id", "shop"), PseudonymKey::new(b"secret"), 100))
}

async fn becomes(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what} did not come about within ten seconds");
}

fn every_second(address: &Address) -> JwksSource {
    JwksSource::new(&address.url, Duration::from_secs(1)).unwrap()
}

#[tokio::test]
async fn keys_are_fetched_replaced_and_kept_where_no_others_come() {
    let address = Address::open(keys("first")).await;
    let verifier = verifier();
    assert_eq!(verifier.verify(&token("first"), now()).err(), Some(TokenError::NoKeys), "nobody is known before");
    verifier.follow(every_second(&address)).unwrap();
    becomes("the first key", || verifier.verify(&token("first"), now()).is_ok()).await;
    assert_eq!(verifier.verify(&token("second"), now()).err(), Some(TokenError::UnknownKey));

    address.answers(keys("second"));
    becomes("the second key", || verifier.verify(&token("second"), now()).is_ok()).await;
    assert_eq!(verifier.verify(&token("first"), now()).err(), Some(TokenError::UnknownKey), "the first is withdrawn");

    for broken in [
        "HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n".into(),
        "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n".into(),
        ok("<html>"),
        ok(r#"{"keys":[]}"#),
        ok(&"x".repeat(300 * 1024)),
        "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"keys\"".into(),
        String::new(),
    ] {
        address.answers(broken);
        let before = address.asked();
        becomes("another fetch", || address.asked() > before).await;
        time::sleep(Duration::from_millis(200)).await;
        assert!(verifier.verify(&token("second"), now()).is_ok(), "the keys of before stay in force");
    }
    address.answers(keys("third"));
    becomes("the third key", || verifier.verify(&token("third"), now()).is_ok()).await;
}

#[tokio::test]
async fn no_token_causes_a_fetch_and_the_same_keys_forget_nothing() {
    let address = Address::open(keys("a")).await;
    let verifier = verifier();
    verifier.follow(JwksSource::new(&address.url, Duration::from_secs(3600)).unwrap()).unwrap();
    verifier.follow(JwksSource::new(&address.url, Duration::from_secs(3600)).unwrap()).unwrap();
    becomes("the key", || verifier.verify(&token("a"), now()).is_ok()).await;
    let first = verifier.verify(&token("a"), now()).unwrap();
    for number in 0..100 {
        assert!(verifier.verify(&token(&format!("unknown-{number}")), now()).is_err());
    }
    time::sleep(Duration::from_millis(300)).await;
    assert_eq!(address.asked(), 1);
    assert!(Arc::ptr_eq(&first, &verifier.verify(&token("a"), now()).unwrap()));
}

#[tokio::test]
async fn the_task_ends_with_its_verifier() {
    let address = Address::open(keys("a")).await;
    let verifier = verifier();
    verifier.follow(every_second(&address)).unwrap();
    becomes("the key", || verifier.verify(&token("a"), now()).is_ok()).await;
    assert_eq!(Arc::strong_count(&verifier), 1, "the task does not keep it alive");
    drop(verifier);
    let before = address.asked();
    time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(address.asked(), before);
}

#[test]
fn without_a_runtime_there_is_nothing_to_fetch_with() {
    let source = JwksSource::new("http://127.0.0.1:9/jwks.json", Duration::from_secs(1)).unwrap();
    assert_eq!(verifier().follow(source).unwrap_err().kind(), JwksErrorKind::Runtime);
}

/// A reload asks for no keys that are there: who signs them may be away just then.
#[tokio::test]
async fn a_reload_keeps_the_keys_that_were_fetched() {
    let address = Address::open(keys("first")).await;
    let text = format!(
        "[identity]\nissuer = \"https://id\"\naudience = \"shop\"\npseudonym_secret = {{ env = \"SECRET\" }}\n\
         [identity.jwks]\nurl = \"{}\"\n[store]\nmemory = {{}}\n[[endpoints]]\nname = \"list\"\npath = \"/list\"\n",
        address.url
    );
    let policy = |more: &str| {
        let secret = |_: &str| Some("a secret of the test, of more than 32 bytes".to_owned());
        Policy::from_toml("rapport.toml", &format!("{text}{more}"), secret).unwrap_or_else(|found| panic!("{found}"))
    };
    let layer = RapportLayer::new(policy(""), Arc::new(Memory::new())).unwrap().with_clock(Then);
    let events = layer.events();
    let is_known = || {
        let request = http::Request::get("/list").header("authorization", format!("Bearer {}", token("first")));
        events.customer_of(&request.body(()).unwrap().into_parts().0).is_some()
    };
    becomes("the key", is_known).await;
    address.answers("HTTP/1.1 503 Away\r\ncontent-length: 0\r\n\r\n".into());
    layer.reload(policy("fields = [{ path = \"$.name\", data = \"provided\" }]\n")).unwrap();
    assert!(is_known());
}

/// The day of the tokens.
struct Then;

impl Clock for Then {
    fn now(&self) -> Timestamp {
        now()
    }
}
