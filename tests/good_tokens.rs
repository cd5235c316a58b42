//! A good token is somebody: with every algorithm, under the pseudonym of now and those of before.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod signing;

use std::sync::Arc;

use jsonwebtoken::{Algorithm as Signing, EncodingKey};
use serde_json::{Value, json};
use signing::{ISSUER, SECRET, SUBJECT, claims, encode, hs256, now, signed, signed_by, verifier};
use tower_rapport::{
    identity::{Algorithm, Birthdate, CustomerId, Identity, Key, KeySet, PseudonymKey, TokenError},
    relationship::Day,
};

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn read(claims: &Value) -> Arc<Identity> {
    verifier(vec![hs256(None)]).verify(&signed(HS256, &claims.to_string()), now()).unwrap()
}

fn day(date: &str) -> Day {
    Day::from_date(date.parse().unwrap())
}

#[test]
fn every_algorithm_verifies_what_it_signed() {
    let secret = EncodingKey::from_secret(SECRET);
    let rsa = EncodingKey::from_rsa_pem(include_bytes!("keys/rsa.private.pem")).unwrap();
    let p256 = EncodingKey::from_ec_pem(include_bytes!("keys/p256.private.pem")).unwrap();
    let p384 = EncodingKey::from_ec_pem(include_bytes!("keys/p384.private.pem")).unwrap();
    let ed25519 = EncodingKey::from_ed_pem(include_bytes!("keys/ed25519.private.pem")).unwrap();
    let mut seen = Vec::new();
    for algorithm in Algorithm::ALL {
        let (key, public): (_, &[u8]) = match algorithm {
            Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => (&secret, b""),
            Algorithm::Es256 => (&p256, include_bytes!("keys/p256.pem")),
            Algorithm::Es384 => (&p384, include_bytes!("keys/p384.pem")),
            Algorithm::EdDsa => (&ed25519, include_bytes!("keys/ed25519.pem")),
            Algorithm::Ps256 => (&rsa, include_bytes!("keys/rsa.pkcs1.pem")),
            _ => (&rsa, include_bytes!("keys/rsa.pem")),
        };
        let own = if algorithm.is_symmetric() {
            Key::symmetric(algorithm, None, SECRET).unwrap()
        } else {
            Key::asymmetric(algorithm, None, public).unwrap()
        };
        let header = format!(r#"{{"alg":"{algorithm}"}}"#);
        let signing: Signing = algorithm.name().parse().unwrap();
        let token = signed_by(key, signing, &header, &claims().to_string());
        seen.push(verifier(vec![own]).verify(&token, now()).unwrap().customer);
    }
    assert_eq!(seen.len(), 12);
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]), "and it is the same customer each time");
}

#[test]
fn a_customer_is_kept_under_the_hash_of_issuer_and_subject() {
    let identity = read(&claims());
    let under = |secret: &[u8]| PseudonymKey::new(secret).pseudonym(ISSUER, &CustomerId::new(SUBJECT));
    assert_eq!(identity.customer, under(b"this year's"));
    assert_eq!(*identity.former, [under(b"last year's"), under(b"the year before's")]);
    assert_eq!(identity.expires.as_second(), now().as_second() + 600);
}

#[test]
fn claims_that_are_not_there_say_nothing() {
    let identity = read(&claims());
    assert_eq!(identity.known_since, None);
    assert_eq!(identity.birthdate, Birthdate::Unknown);
    assert_eq!(identity.purposes, None);
}

#[test]
fn claims_that_are_there_are_read_and_others_let_be() {
    let mut full = claims();
    full["registered_at"] = json!("2019-05-01T08:00:00Z");
    full["birthdate"] = json!("1990-02-28");
    full["consent"] = json!(["record", "personalization"]);
    full["roles"] = json!([{"deep": {"sub": "ben", "sub2": null}}]);
    let identity = read(&full);
    assert_eq!(identity.known_since, Some(day("2019-05-01")));
    assert_eq!(identity.birthdate, Birthdate::Born(day("1990-02-28")));
    assert_eq!(identity.purposes.as_deref().unwrap(), ["record", "personalization"]);
}

#[test]
fn claims_that_cannot_be_read_say_less() {
    let mut odd = claims();
    odd["registered_at"] = json!("2099-01-01T00:00:00Z");
    odd["birthdate"] = json!("long ago");
    odd["consent"] = json!({"record": true});
    let identity = read(&odd);
    assert_eq!(identity.known_since, None);
    assert_eq!(identity.birthdate, Birthdate::Unreadable);
    assert_eq!(identity.purposes.as_deref().unwrap(), [""; 0]);
}

#[test]
fn no_other_key_set_inherits_what_was_verified() {
    let verifier = verifier(vec![hs256(None)]);
    let token = signed(HS256, &claims().to_string());
    assert!(verifier.verify(&token, now()).is_ok());
    verifier.replace_keys(KeySet::new(vec![Key::symmetric(Algorithm::Hs256, None, &[7; 32]).unwrap()]).unwrap());
    assert_eq!(verifier.verify(&token, now()).err(), Some(TokenError::Signature));
    verifier.replace_keys(KeySet::new(vec![hs256(None)]).unwrap());
    assert!(verifier.verify(&token, now()).is_ok());
}

#[test]
fn many_threads_share_one_verifier_while_its_keys_change() {
    let verifier = verifier(vec![hs256(None)]);
    let token = signed(HS256, &claims().to_string());
    let bad = format!("{}.{}.{}", encode(HS256), encode(claims().to_string()), encode([1; 32]));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..500 {
                    assert!(verifier.verify(&token, now()).is_ok());
                    assert_eq!(verifier.verify(&bad, now()).err(), Some(TokenError::Signature));
                }
            });
        }
        for _ in 0..50 {
            verifier.replace_keys(KeySet::new(vec![hs256(None)]).unwrap());
        }
    });
}
