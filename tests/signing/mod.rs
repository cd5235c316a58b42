//! Makes tokens, good and bad: any header, any payload, signed with any test key.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jsonwebtoken::{Algorithm as Signing, EncodingKey};
use serde_json::{Value, json};
use tower_rapport::identity::{Algorithm, Key, KeySet, PseudonymKey, TokenRules, Verifier};

pub(crate) const SECRET: &[u8] = b"a secret of the tests, 64 bytes long, shared by signer and layer";
pub(crate) const ISSUER: &str = "https://id.shop.example";
pub(crate) const SUBJECT: &str = "anna-4711";

/// The instant at which all these tests happen.
pub(crate) fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

/// Claims that pass, for ten minutes from now.
pub(crate) fn claims() -> Value {
    json!({"iss": ISSUER, "aud": "shop", "sub": SUBJECT, "exp": now().as_second() + 600})
}

pub(crate) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token of these very texts, signed with HMAC and the tests' secret.
pub(crate) fn signed(header: &str, payload: &str) -> String {
    signed_by(&EncodingKey::from_secret(SECRET), Signing::HS256, header, payload)
}

pub(crate) fn signed_by(key: &EncodingKey, algorithm: Signing, header: &str, payload: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), key, algorithm).unwrap();
    format!("{message}.{signature}")
}

/// Verifies with these keys, the rules of the tests and two earlier pseudonym secrets.
pub(crate) fn verifier(keys: Vec<Key>) -> Verifier {
    let mut rules = TokenRules::new(ISSUER, "shop");
    rules.claims.known_since = Some("registered_at".into());
    rules.claims.birthdate = Some("birthdate".into());
    rules.claims.purposes = Some("consent".into());
    let former = [PseudonymKey::new(b"last year's"), PseudonymKey::new(b"the year before's")];
    Verifier::new(KeySet::new(keys).unwrap(), rules, PseudonymKey::new(b"this year's"), 1_000).with_former(former)
}

pub(crate) fn hs256(kid: Option<&str>) -> Key {
    Key::symmetric(Algorithm::Hs256, kid.map(str::to_owned), SECRET).unwrap()
}
