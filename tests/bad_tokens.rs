//! A bad token is a stranger's: never an error, never somebody else, and never printed.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops"
)]

mod signing;

use jiff::ToSpan;
use jsonwebtoken::{Algorithm as Signing, EncodingKey};
use proptest::prelude::*;
use serde_json::{Value, json};
use signing::{ISSUER, SECRET, SUBJECT, claims, encode, hs256, now, signed, signed_by, verifier};
use tower_rapport::identity::{Algorithm, Key, TokenError, Verifier};

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

#[track_caller]
fn stranger(verifier: &Verifier, token: &str, kind: &str, what: &str) {
    // Twice: a refusal must not be remembered as anything else.
    for _ in 0..2 {
        let refusal = verifier.verify(token, now()).expect_err(what);
        assert_eq!(refusal.kind(), kind, "{what}");
    }
}

/// The good claims with one member replaced, or removed where the value is null.
fn with(name: &str, value: Value) -> String {
    let mut changed = claims();
    match value {
        Value::Null => changed.as_object_mut().unwrap().remove(name),
        value => changed.as_object_mut().unwrap().insert(name.into(), value),
    };
    changed.to_string()
}

#[test]
fn the_token_that_all_others_are_bad_copies_of_is_good() {
    assert!(verifier(vec![hs256(None)]).verify(&signed(HS256, &claims().to_string()), now()).is_ok());
}

#[test]
fn what_is_not_three_parts_of_base64url_json_is_a_strangers() {
    let verifier = verifier(vec![hs256(None)]);
    let good = signed(HS256, &claims().to_string());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    for (token, kind, what) in [
        (String::new(), "shape", "nothing"),
        (".".into(), "shape", "one dot"),
        ("..".into(), "shape", "two dots"),
        ("...".into(), "shape", "three dots"),
        ("a.b.c".into(), "shape", "three letters"),
        (message.into(), "shape", "two parts"),
        (format!("{good}.{signature}"), "shape", "four parts"),
        (format!("{good}.a.b"), "shape", "five parts, as an encrypted token has"),
        (format!("{good}."), "shape", "a dot behind"),
        (format!(".{good}"), "shape", "a dot before"),
        (format!("{header}.{payload}."), "signature", "an empty signature"),
        (format!("{header}..{signature}"), "signature", "an empty payload"),
        (format!(".{payload}.{signature}"), "shape", "an empty header"),
        (format!("{good}="), "shape", "padding behind"),
        (format!("{header}=.{payload}.{signature}"), "shape", "padding in the header"),
        (format!("{header}.{payload}=.{signature}"), "signature", "padding in the payload"),
        (format!("{good} "), "shape", "a space behind"),
        (format!(" {good}"), "shape", "a space before"),
        (format!("{good}\n"), "shape", "a line feed behind"),
        (format!("{header}.\t{payload}.{signature}"), "signature", "a tab within"),
        (format!("{good}x"), "signature", "a letter behind, which makes a whole byte"),
        (format!("{good}xx"), "shape", "two letters behind, which do not"),
        (format!("{good}AAAA"), "signature", "whole bytes behind"),
        (format!("{good}\0"), "shape", "a NUL behind"),
        (format!("{header}ä.{payload}.{signature}"), "shape", "a letter outside ASCII"),
        (good.replacen("ey", "\u{435}y", 1), "shape", "a Cyrillic look-alike"),
        (good.replacen('.', "\u{ff0e}", 2), "shape", "dots of another script"),
        (format!("Bearer {good}"), "shape", "the scheme within the token"),
        (format!("{good}{}", "A".repeat(8 * 1024)), "too_long", "more than 8 KiB"),
        ("x".repeat(8 * 1024 + 1), "too_long", "one byte more than 8 KiB"),
        ("x".repeat(8 * 1024), "shape", "8 KiB of nothing"),
        (".".repeat(8 * 1024), "shape", "8 KiB of dots"),
        (signed("", "{}"), "shape", "a header of no bytes"),
        (signed("null", "{}"), "shape", "a header that is null"),
        (signed("[]", "{}"), "shape", "a header that is an array"),
        (signed("{\"alg\":\"HS256\"", "{}"), "shape", "a header cut off"),
        (signed("{\"alg\":\"HS256\"}{}", "{}"), "shape", "a header with a second object behind"),
        (signed("\u{feff}{\"alg\":\"HS256\"}", "{}"), "shape", "a byte order mark"),
        (signed(HS256, ""), "shape", "a payload of no bytes"),
        (signed(HS256, "null"), "shape", "a payload that is null"),
        (signed(HS256, "\"anna\""), "shape", "a payload that is a string"),
        (signed(HS256, &format!("[{}]", claims())), "shape", "the claims in an array"),
        (signed(HS256, &format!("{} x", claims())), "shape", "bytes behind the claims"),
        (signed(HS256, &claims().to_string().replace('"', "'")), "shape", "claims in single quotes"),
        (signed(HS256, &claims().to_string().replace(SUBJECT, "\\ud800")), "shape", "half a surrogate pair"),
        (signed(HS256, &claims().to_string().replacen('}', ",}", 1)), "shape", "a comma too many"),
        (signed(HS256, &format!("{}1{}", "[".repeat(2000), "]".repeat(2000))), "shape", "depth"),
    ] {
        stranger(&verifier, &token, kind, what);
    }
}

#[test]
fn a_payload_that_is_no_utf8_is_a_strangers() {
    let mut payload = claims().to_string().into_bytes();
    let at = payload.windows(4).position(|window| window == b"anna").unwrap();
    payload[at] = 0xff;
    let message = format!("{}.{}", encode(HS256), encode(payload));
    let key = EncodingKey::from_secret(SECRET);
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Signing::HS256).unwrap();
    stranger(&verifier(vec![hs256(None)]), &format!("{message}.{signature}"), "shape", "a byte that is no UTF-8");
}

#[test]
fn left_over_bits_of_base64_are_refused() {
    let good = signed(HS256, &claims().to_string());
    // 32 bytes of signature end in a letter of which two bits mean nothing; they must be zero.
    let last = good.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let other = alphabet.chars().nth(alphabet.find(last).unwrap() + 1).unwrap();
    let twin = format!("{}{other}", &good[..good.len() - 1]);
    stranger(&verifier(vec![hs256(None)]), &twin, "shape", "another spelling of the same signature");
}

#[test]
fn the_algorithm_is_the_keys_and_not_the_tokens() {
    let hmac = verifier(vec![hs256(None)]);
    let payload = claims().to_string();
    let unsigned = |algorithm: &str| format!("{}.{}.", encode(format!(r#"{{"alg":"{algorithm}"}}"#)), encode(&payload));
    for algorithm in
        ["none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "HS257", "RS256", "ES256", "EdDSA", "PS256"]
    {
        stranger(&hmac, &unsigned(algorithm), "algorithm", algorithm);
        stranger(&hmac, &signed(&format!(r#"{{"alg":"{algorithm}"}}"#), &payload), "algorithm", algorithm);
    }
    let secret = EncodingKey::from_secret(SECRET);
    let hs512 = signed_by(&secret, Signing::HS512, r#"{"alg":"HS512"}"#, &payload);
    stranger(&hmac, &hs512, "algorithm", "the right secret with another hash");
    let mislabelled = signed_by(&secret, Signing::HS512, HS256, &payload);
    stranger(&hmac, &mislabelled, "signature", "another hash than the header says");
}

#[test]
fn a_public_key_is_never_a_secret() {
    let pem = include_bytes!("keys/rsa.pem");
    let trimmed = pem.trim_ascii_end();
    let rsa = verifier(vec![Key::asymmetric(Algorithm::Rs256, None, pem).unwrap()]);
    let payload = claims().to_string();
    for secret in [pem.as_slice(), trimmed] {
        let key = EncodingKey::from_secret(secret);
        let confused = signed_by(&key, Signing::HS256, HS256, &payload);
        stranger(&rsa, &confused, "algorithm", "HMAC with the public key");
        let relabelled = signed_by(&key, Signing::HS256, r#"{"alg":"RS256"}"#, &payload);
        stranger(&rsa, &relabelled, "signature", "HMAC with the public key, called RS256");
    }
}

#[test]
fn another_padding_of_the_same_rsa_key_is_refused() {
    let key = EncodingKey::from_rsa_pem(include_bytes!("keys/rsa.private.pem")).unwrap();
    let rs256 = verifier(vec![Key::asymmetric(Algorithm::Rs256, None, include_bytes!("keys/rsa.pem")).unwrap()]);
    let payload = claims().to_string();
    let named = signed_by(&key, Signing::PS256, r#"{"alg":"PS256"}"#, &payload);
    stranger(&rs256, &named, "algorithm", "PS256 with the key of RS256");
    let hidden = signed_by(&key, Signing::PS256, r#"{"alg":"RS256"}"#, &payload);
    stranger(&rs256, &hidden, "signature", "PS256 called RS256");
}

#[test]
fn signatures_that_sign_nothing_are_refused() {
    let payload = claims().to_string();
    // CVE-2022-21449: r and s of zero pass a careless ECDSA.
    let es256 = verifier(vec![Key::asymmetric(Algorithm::Es256, None, include_bytes!("keys/p256.pem")).unwrap()]);
    let ed25519 = verifier(vec![Key::asymmetric(Algorithm::EdDsa, None, include_bytes!("keys/ed25519.pem")).unwrap()]);
    for (verifier, name) in [(&es256, "ES256"), (&ed25519, "EdDSA")] {
        let message = format!("{}.{}", encode(format!(r#"{{"alg":"{name}"}}"#)), encode(&payload));
        for bytes in [vec![0; 64], vec![0xff; 64], vec![], vec![0; 63], vec![0x30, 0x06, 2, 1, 0, 2, 1, 0]] {
            stranger(verifier, &format!("{message}.{}", encode(bytes)), "signature", name);
        }
    }
    let hmac = verifier(vec![hs256(None)]);
    let good = signed(HS256, &payload);
    let (message, signature) = good.rsplit_once('.').unwrap();
    stranger(&hmac, &format!("{message}.{}", &signature[..40]), "signature", "a shortened signature");
    stranger(&hmac, &format!("{message}.{}", encode([0; 32])), "signature", "zeros");
    let other = signed_by(&EncodingKey::from_secret(&[7; 64]), Signing::HS256, HS256, &payload);
    stranger(&hmac, &other, "signature", "another secret");
}

#[test]
fn a_header_that_says_how_it_is_to_be_checked_is_refused() {
    let verifier = verifier(vec![hs256(None)]);
    for member in [
        r#""crit":["b64"],"b64":false"#,
        r#""crit":[]"#,
        r#""crit":["exp"]"#,
        r#""crit":null"#,
        r#""b64":true"#,
        r#""b64":false"#,
        r#""jwk":{"kty":"oct","k":"AAAA"}"#,
        r#""jwk":null"#,
        r#""jku":"https://evil.example/jwks.json""#,
        r#""x5u":"https://evil.example/cert.pem""#,
        r#""x5c":["MIIB"]"#,
        r#""x5c":[]"#,
        r#""\u006awk":{}"#,
    ] {
        let token = signed(&format!(r#"{{"alg":"HS256",{member}}}"#), &claims().to_string());
        stranger(&verifier, &token, "header", member);
    }
    for header in [
        r#"{}"#,
        r#"{"typ":"JWT"}"#,
        r#"{"alg":null}"#,
        r#"{"alg":256}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":{"name":"HS256"}}"#,
        r#"{"alg":"HS256","kid":7}"#,
        r#"{"alg":"HS256","kid":null}"#,
        r#"{"alg":"HS256","kid":["a"]}"#,
    ] {
        stranger(&verifier, &signed(header, &claims().to_string()), "header", header);
    }
}

#[test]
fn a_kid_names_a_known_key_exactly() {
    let named = |kid: &str| signed(&format!(r#"{{"alg":"HS256","kid":"{kid}"}}"#), &claims().to_string());
    let unnamed = signed(HS256, &claims().to_string());

    let one = verifier(vec![hs256(Some("2026-01"))]);
    assert!(one.verify(&named("2026-01"), now()).is_ok());
    assert!(one.verify(&unnamed, now()).is_ok());
    let two =
        verifier(vec![hs256(Some("2026-01")), Key::symmetric(Algorithm::Hs256, Some("b".into()), &[9; 32]).unwrap()]);
    assert!(two.verify(&named("2026-01"), now()).is_ok());
    stranger(&two, &unnamed, "unknown_key", "no kid and two keys");
    stranger(&two, &named("b"), "signature", "the other key's kid");
    for kid in ["2026-1", "2026-01 ", "2026-01\\u0000", "", "../../dev/null", "' OR 1=1 --", "*", "B", "２026-01"] {
        stranger(&one, &named(kid), "unknown_key", kid);
        stranger(&two, &named(kid), "unknown_key", kid);
    }
    assert!(verifier(vec![hs256(None)]).verify(&named("whatever"), now()).is_ok(), "a key without a name takes any");
}

#[test]
fn a_member_that_stands_twice_is_refused() {
    let verifier = verifier(vec![hs256(None)]);
    let payload = claims().to_string();
    for header in [
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"HS256","typ":"JWT","typ":"JWT"}"#,
        r#"{"alg":"HS256","\u0061lg":"HS256"}"#,
    ] {
        stranger(&verifier, &signed(header, &payload), "duplicate", header);
    }
    for member in [
        r#""sub":"ben""#,
        r#""s\u0075b":"ben""#,
        r#""exp":9999999999"#,
        r#""iss":"https://id.shop.example""#,
        r#""aud":"shop""#,
        r#""x":1,"x":1"#,
    ] {
        let doubled = format!("{},{member}}}", payload.strip_suffix('}').unwrap());
        stranger(&verifier, &signed(HS256, &doubled), "duplicate", member);
    }
}

#[test]
fn every_required_claim_is_there_and_of_its_type() {
    let verifier = verifier(vec![hs256(None)]);
    let second = now().as_second();
    let odd = [json!(true), json!(1), json!(["a"]), json!({"a": 1})];
    let not_a_number =
        [json!(true), json!((second + 600).to_string()), json!([second + 600]), json!({"at": second + 600})];
    for (name, missing, wrong) in [("iss", "missing_issuer", "issuer"), ("sub", "missing_subject", "subject")] {
        stranger(&verifier, &signed(HS256, &with(name, Value::Null)), missing, name);
        for value in odd.iter().chain([&json!("")]) {
            stranger(&verifier, &signed(HS256, &with(name, value.clone())), wrong, &format!("{name}: {value}"));
        }
    }
    stranger(&verifier, &signed(HS256, &with("aud", Value::Null)), "missing_audience", "aud");
    stranger(&verifier, &signed(HS256, &with("exp", Value::Null)), "missing_expiry", "exp");
    for value in &not_a_number {
        stranger(&verifier, &signed(HS256, &with("exp", value.clone())), "expiry", &format!("exp: {value}"));
        stranger(&verifier, &signed(HS256, &with("nbf", value.clone())), "not_before", &format!("nbf: {value}"));
    }
    for (name, kind) in
        [("iss", "issuer"), ("aud", "audience"), ("exp", "expiry"), ("nbf", "not_before"), ("sub", "subject")]
    {
        let mut null = claims();
        null[name] = Value::Null;
        stranger(&verifier, &signed(HS256, &null.to_string()), kind, &format!("{name}: null"));
    }
}

#[test]
fn a_token_for_another_house_is_refused() {
    let verifier = verifier(vec![hs256(None)]);
    for value in [
        json!("https://evil.example"),
        json!(format!("{ISSUER}/")),
        json!(ISSUER.to_uppercase()),
        json!(format!(" {ISSUER}")),
        json!([ISSUER]),
    ] {
        stranger(&verifier, &signed(HS256, &with("iss", value.clone())), "issuer", &value.to_string());
    }
    for value in [
        json!("other"),
        json!(""),
        json!("Shop"),
        json!("shop other"),
        json!("shop,other"),
        json!([]),
        json!(["other"]),
        json!([["shop"]]),
        json!(["shop", 7]),
        json!(["shop", null]),
        json!({"shop": true}),
        json!(7),
        json!(true),
    ] {
        stranger(&verifier, &signed(HS256, &with("aud", value.clone())), "audience", &value.to_string());
    }
    assert!(verifier.verify(&signed(HS256, &with("aud", json!(["other", "shop"]))), now()).is_ok());
}

#[test]
fn a_token_holds_in_its_time_and_the_leeway_only() {
    let verifier = verifier(vec![hs256(None)]);
    let at = |seconds: f64| json!(now().as_second() as f64 + seconds);
    for (seconds, holds) in [(600.0, true), (0.0, true), (-29.0, true), (-29.5, true), (-30.0, false), (-3600.0, false)]
    {
        let outcome = verifier.verify(&signed(HS256, &with("exp", at(seconds))), now());
        assert_eq!(outcome.err(), (!holds).then_some(TokenError::Expired), "exp {seconds} seconds from now");
    }
    for (seconds, holds) in [(-600.0, true), (0.0, true), (30.0, true), (30.5, false), (31.0, false), (3600.0, false)] {
        let outcome = verifier.verify(&signed(HS256, &with("nbf", at(seconds))), now());
        assert_eq!(outcome.err(), (!holds).then_some(TokenError::NotYet), "nbf {seconds} seconds from now");
    }
    for exp in [json!(0), json!(-1), json!(-1e300), json!(i64::MIN)] {
        stranger(&verifier, &signed(HS256, &with("exp", exp.clone())), "expired", &exp.to_string());
    }
    for nbf in [json!(u64::MAX), json!(1e300)] {
        stranger(&verifier, &signed(HS256, &with("nbf", nbf.clone())), "not_yet", &nbf.to_string());
    }
    let beyond = claims().to_string().replace(&(now().as_second() + 600).to_string(), "1e999");
    stranger(&verifier, &signed(HS256, &beyond), "shape", "a number that is none");
    assert!(verifier.verify(&signed(HS256, &with("exp", json!(u64::MAX))), now()).is_ok());
}

#[test]
fn what_was_verified_is_not_trusted_longer_than_it_says() {
    let verifier = verifier(vec![hs256(None)]);
    let mut lasting = claims();
    lasting["nbf"] = json!(now().as_second());
    let token = signed(HS256, &lasting.to_string());
    let first = verifier.verify(&token, now()).unwrap();
    let again = verifier.verify(&token, now() + 629.seconds()).unwrap();
    assert!(std::sync::Arc::ptr_eq(&first, &again), "the second time it was remembered");
    assert_eq!(verifier.verify(&token, now() + 630.seconds()).err(), Some(TokenError::Expired));
    assert_eq!(verifier.verify(&token, now() - 31.seconds()).err(), Some(TokenError::NotYet));
    assert!(verifier.verify(&token, now()).is_ok(), "and is itself again in its time");
}

#[test]
fn no_text_says_who_or_shows_a_token() {
    let verifier = verifier(vec![hs256(None)]);
    let token = signed(HS256, &claims().to_string());
    let identity = verifier.verify(&token, now()).unwrap();
    let mut texts = vec![format!("{identity:?}"), format!("{verifier:?}"), format!("{:?}", hs256(Some("kid")))];
    for bad in
        [format!("{token}x"), with("sub", json!("")), signed(HS256, &with("iss", json!(SUBJECT))), "a.b.c".into()]
    {
        let refusal = verifier.verify(&bad, now()).unwrap_err();
        texts.extend([refusal.to_string(), format!("{refusal:?}"), refusal.kind().into()]);
    }
    let secret = String::from_utf8(SECRET.to_vec()).unwrap();
    let signature = token.rsplit('.').next().unwrap();
    for text in texts {
        for hidden in [SUBJECT, "eyJ", &token, signature, &secret] {
            assert!(!text.contains(hidden), "{text}");
        }
    }
}

fn mutated(token: &str, at: prop::sample::Index, byte: u8) -> Option<String> {
    let mut bytes = token.as_bytes().to_vec();
    let at = at.index(bytes.len());
    let changed = bytes[at] != byte;
    bytes[at] = byte;
    changed.then(|| String::from_utf8(bytes).unwrap())
}

proptest! {
    #[test]
    fn no_single_byte_makes_a_good_token_another_good_token(at: prop::sample::Index, byte in 0_u8..0x80) {
        let payload = claims().to_string();
        let ec = EncodingKey::from_ec_pem(include_bytes!("keys/p256.private.pem")).unwrap();
        let ec_key = Key::asymmetric(Algorithm::Es256, None, include_bytes!("keys/p256.pem")).unwrap();
        for (token, verifier) in [
            (signed(HS256, &payload), verifier(vec![hs256(None)])),
            (signed_by(&ec, Signing::ES256, r#"{"alg":"ES256"}"#, &payload), verifier(vec![ec_key])),
        ] {
            prop_assert!(verifier.verify(&token, now()).is_ok());
            if let Some(token) = mutated(&token, at, byte) {
                prop_assert!(verifier.verify(&token, now()).is_err());
            }
        }
    }

    #[test]
    fn no_text_at_all_makes_the_verifier_stumble(text in "\\PC{0,200}", header in "\\PC{0,60}", payload in "\\PC{0,60}") {
        let verifier = verifier(vec![hs256(None)]);
        prop_assert!(verifier.verify(&text, now()).is_err());
        prop_assert!(verifier.verify(&signed(&header, &payload), now()).is_err());
        prop_assert!(verifier.verify(&signed(HS256, &payload), now()).is_err());
    }
}
