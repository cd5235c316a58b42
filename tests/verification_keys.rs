//! Keys in doubt are refused when the policy is loaded, with a text that says what to do.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use serde_json::{Value, json};
use tower_rapport::identity::{Algorithm, Key, KeyErrorKind, KeySet};

const RSA: &[u8] = include_bytes!("keys/rsa.pem");
const P256: &[u8] = include_bytes!("keys/p256.pem");
const P384: &[u8] = include_bytes!("keys/p384.pem");
const ED25519: &[u8] = include_bytes!("keys/ed25519.pem");

fn secret(kid: Option<&str>) -> Key {
    Key::symmetric(Algorithm::Hs256, kid.map(str::to_owned), &[7; 32]).unwrap()
}

fn public(kid: Option<&str>) -> Key {
    Key::asymmetric(Algorithm::Rs256, kid.map(str::to_owned), RSA).unwrap()
}

#[test]
fn a_secret_has_at_least_32_bytes() {
    for algorithm in [Algorithm::Hs256, Algorithm::Hs384, Algorithm::Hs512] {
        assert!(Key::symmetric(algorithm, None, &[7; 32]).is_ok());
        for length in [0, 1, 31] {
            let error = Key::symmetric(algorithm, None, &vec![7; length]).unwrap_err();
            assert_eq!(error.kind(), KeyErrorKind::ShortSecret);
            assert!(error.to_string().contains(&format!("{length} bytes")), "{error}");
        }
    }
}

#[test]
fn a_key_fits_its_algorithm() {
    let keys = [("RSA", RSA), ("P-256", P256), ("P-384", P384), ("Ed25519", ED25519)];
    for algorithm in Algorithm::ALL {
        for (name, pem) in keys {
            let fits = match algorithm {
                Algorithm::Hs256 | Algorithm::Hs384 | Algorithm::Hs512 => false,
                Algorithm::Es256 => name == "P-256",
                Algorithm::Es384 => name == "P-384",
                Algorithm::EdDsa => name == "Ed25519",
                _ => name == "RSA",
            };
            let key = Key::asymmetric(algorithm, None, pem);
            assert_eq!(
                key.err().map(|error| error.kind()),
                (!fits).then_some(KeyErrorKind::WrongKeyType),
                "{algorithm} {name}"
            );
        }
        if !algorithm.is_symmetric() {
            let error = Key::symmetric(algorithm, None, &[7; 64]).unwrap_err();
            assert_eq!(error.kind(), KeyErrorKind::WrongKeyType);
            for pem in [&include_bytes!("keys/secp256k1.pem")[..], include_bytes!("keys/p521.pem")] {
                let error = Key::asymmetric(algorithm, None, pem).unwrap_err();
                assert_eq!(error.kind(), KeyErrorKind::WrongKeyType, "{algorithm}: {error}");
            }
        }
    }
}

#[test]
fn only_one_public_key_is_a_pem() {
    let twice = [RSA, RSA].concat();
    let both = [RSA, include_bytes!("keys/rsa.private.pem")].concat();
    let damaged = String::from_utf8(RSA.to_vec()).unwrap().replacen("MII", "M?I", 1).into_bytes();
    for (pem, kind) in [
        (&b""[..], KeyErrorKind::NotPem),
        (b"not a key", KeyErrorKind::NotPem),
        (b"\xff\xfe", KeyErrorKind::NotPem),
        (b"-----BEGIN ", KeyErrorKind::NotPem),
        (b"-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n", KeyErrorKind::WrongKeyType),
        (include_bytes!("keys/certificate.pem"), KeyErrorKind::NotPem),
        (&twice, KeyErrorKind::NotPem),
        (&damaged, KeyErrorKind::NotPem),
        (&both, KeyErrorKind::PrivateKey),
        (include_bytes!("keys/rsa.private.pem"), KeyErrorKind::PrivateKey),
        (include_bytes!("keys/p256.private.pem"), KeyErrorKind::PrivateKey),
        (include_bytes!("keys/ed25519.private.pem"), KeyErrorKind::PrivateKey),
    ] {
        for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
            assert_eq!(Key::asymmetric(algorithm, None, pem).unwrap_err().kind(), kind, "{}", pem.escape_ascii());
        }
    }
    let small = Key::asymmetric(Algorithm::Rs256, None, include_bytes!("keys/rsa1024.pem")).unwrap_err();
    assert_eq!(small.kind(), KeyErrorKind::RsaSize);
    assert!(small.to_string().contains("1024 bits"), "{small}");
}

#[test]
fn a_set_has_keys_of_one_sort_each_with_its_own_name() {
    let kind = |keys| KeySet::new(keys).err().map(|error| error.kind());
    assert_eq!(kind(vec![]), Some(KeyErrorKind::Empty));
    assert_eq!(kind(vec![secret(None)]), None);
    assert_eq!(kind(vec![secret(Some("a")), secret(Some("b"))]), None);
    assert_eq!(kind(vec![secret(Some("a")), public(Some("b"))]), Some(KeyErrorKind::Mixed));
    assert_eq!(kind(vec![public(Some("a")), secret(Some("b"))]), Some(KeyErrorKind::Mixed));
    assert_eq!(kind(vec![public(Some("a")), public(None)]), Some(KeyErrorKind::MissingKid));
    assert_eq!(kind(vec![public(None), public(None)]), Some(KeyErrorKind::MissingKid));
    assert_eq!(kind(vec![public(Some("a")), public(Some("b")), public(Some("a"))]), Some(KeyErrorKind::DuplicateKid));
}

#[test]
fn a_key_prints_its_algorithm_and_name_only() {
    let key = Key::symmetric(Algorithm::Hs256, Some("2026-01".into()), b"hunter2 hunter2 hunter2 hunter2 ").unwrap();
    assert_eq!(format!("{key:?}"), r#"Key { algorithm: Hs256, kid: Some("2026-01"), .. }"#);
}

fn ed(kid: &str) -> Value {
    // The public key of RFC 8037 appendix A.2.
    json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})
}

fn changed(mut jwk: Value, name: &str, value: Value) -> Value {
    jwk[name] = value;
    jwk
}

fn set(keys: &[Value]) -> Vec<u8> {
    json!({"keys": keys, "comment": "let be"}).to_string().into_bytes()
}

#[test]
fn a_jwk_that_may_not_verify_is_left_out_and_named() {
    for (jwk, why) in [
        (changed(ed("a"), "use", json!("enc")), "`use`"),
        (changed(ed("a"), "use", json!(null)), "`use`"),
        (changed(ed("a"), "key_ops", json!(["sign"])), "`key_ops`"),
        (changed(ed("a"), "key_ops", json!([])), "`key_ops`"),
        (changed(ed("a"), "key_ops", json!("verify")), "`key_ops`"),
        (changed(ed("a"), "d", json!("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")), "private"),
        (changed(ed("a"), "alg", json!("none")), "no such algorithm"),
        (changed(ed("a"), "alg", json!("ES256")), "`alg`"),
        (changed(ed("a"), "alg", json!("HS256")), "`alg`"),
        (changed(ed("a"), "alg", json!(7)), "`alg`"),
        (changed(ed("a"), "x", json!("11qY")), "`x`"),
        (changed(ed("a"), "x", json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo=")), "`x`"),
        (changed(ed("a"), "crv", json!("Ed448")), "`crv`"),
        (changed(ed("a"), "kty", json!("oct")), "shared secret"),
        (changed(ed("a"), "kty", json!("dsa")), "`kty`"),
        (changed(ed("a"), "kid", json!(7)), "`kid`"),
        (json!({"kty": "oct", "k": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "kid": "a"}), "shared secret"),
        (json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}), "17 bits"),
        (json!({"kty": "RSA", "n": 7, "e": "AQAB"}), "`n`"),
        (json!({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}), "size"),
        (json!({"kty": "EC", "crv": "P-521", "x": "AAAA", "y": "AAAA"}), "`crv`"),
        (json!("a key"), "`kty`"),
        (json!(null), "`kty`"),
    ] {
        let (keys, left_out) = KeySet::from_jwks(&set(&[jwk.clone(), ed("good")])).unwrap();
        assert_eq!(keys.keys().iter().map(Key::kid).collect::<Vec<_>>(), [Some("good")], "{jwk}");
        assert!(left_out.len() == 1 && left_out[0].starts_with("key 1") && left_out[0].contains(why), "{left_out:?}");
        assert_eq!(KeySet::from_jwks(&set(&[jwk])).unwrap_err().kind(), KeyErrorKind::Jwks);
    }
}

#[test]
fn several_jwks_are_told_apart_by_their_kid() {
    let nameless = {
        let mut jwk = ed("");
        jwk.as_object_mut().unwrap().remove("kid");
        jwk
    };
    let (keys, left_out) = KeySet::from_jwks(&set(&[ed("a"), nameless.clone(), ed("b"), ed("a")])).unwrap();
    assert_eq!(keys.keys().iter().map(Key::kid).collect::<Vec<_>>(), [Some("a"), Some("b")]);
    assert_eq!(left_out.len(), 2);
    assert_eq!(KeySet::from_jwks(&set(std::slice::from_ref(&nameless))).unwrap().0.keys().len(), 1);
    assert!(KeySet::from_jwks(&set(&[nameless.clone(), nameless])).is_err());
}

#[test]
fn a_jwk_says_its_algorithm_or_its_type_does() {
    let p256 = json!({"kty": "EC", "crv": "P-256", "use": "sig", "key_ops": ["verify"],
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"});
    let rsa = json!({"kty": "RSA", "e": "AQAB", "n": "v".repeat(342) + "A"});
    for (jwk, algorithm) in [
        (ed("a"), Algorithm::EdDsa),
        (changed(ed("a"), "alg", json!("EdDSA")), Algorithm::EdDsa),
        (p256, Algorithm::Es256),
        (rsa.clone(), Algorithm::Rs256),
        (changed(rsa, "alg", json!("PS384")), Algorithm::Ps384),
    ] {
        let (keys, left_out) = KeySet::from_jwks(&set(std::slice::from_ref(&jwk))).unwrap();
        assert_eq!(keys.keys()[0].algorithm(), algorithm);
        assert_eq!(left_out, [""; 0]);
    }
}

#[test]
fn what_is_no_jwk_set_is_an_error() {
    for document in ["", "null", "[]", "{}", r#"{"keys":{}}"#, r#"{"keys":[]}"#, "<html>", r#"{"keys":[}"#] {
        assert_eq!(KeySet::from_jwks(document.as_bytes()).unwrap_err().kind(), KeyErrorKind::Jwks, "{document}");
    }
}
