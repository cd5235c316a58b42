//! Keys as JSON (RFC 7517): which of them may check a signature, and with which algorithm.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::DecodingKey;
use serde_json::Value;

use super::{
    algorithm::{Algorithm, Family, UnknownAlgorithm},
    keys::{Key, KeyError, KeyErrorKind, KeySet, check_rsa_size},
};

impl KeySet {
    /// Reads a JWK set and leaves out what cannot be used, with one sentence for each member left out.
    ///
    /// Usable is a public key whose `use`, if there, is `sig`, whose `key_ops`, if there, hold `verify`, and whose `alg`
    /// is a signature algorithm of its type. Without `alg` the curve says it; an RSA key serves RS256 then (the default of
    /// OpenID Connect Core section 3.1.3.7). Left out are also shared secrets, private keys, and, where more than one key
    /// is usable, those without a `kid` or with the `kid` of an earlier one.
    ///
    /// ```
    /// use tower_rapport::identity::{Algorithm, KeySet};
    ///
    /// let set = br#"{ "keys": [
    ///     { "kty": "OKP", "crv": "Ed25519", "kid": "2026", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" },
    ///     { "kty": "oct", "kid": "shared", "k": "c2VjcmV0" }
    /// ] }"#;
    /// let (keys, left_out) = KeySet::from_jwks(set)?;
    /// assert_eq!(keys.keys()[0].algorithm(), Algorithm::EdDsa);
    /// assert!(left_out[0].starts_with("key 2 (`shared`): "));
    /// # Ok::<(), tower_rapport::identity::KeyError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No JWK set, or none of its members usable.
    pub fn from_jwks(json: &[u8]) -> Result<(Self, Vec<String>), KeyError> {
        let document: Value = serde_json::from_slice(json).unwrap_or_default();
        let Some(members) = document.get("keys").and_then(Value::as_array) else {
            return Err(KeyError::new(
                KeyErrorKind::Jwks,
                "the document is no JSON object with an array `keys`".into(),
            ));
        };
        let mut left_out = Vec::new();
        let mut usable: Vec<(String, Key)> = Vec::new();
        for (index, member) in members.iter().enumerate() {
            let name = match member.get("kid").and_then(Value::as_str) {
                Some(kid) => format!("key {} (`{kid}`)", index + 1),
                None => format!("key {}", index + 1),
            };
            match Key::from_jwk(member) {
                Ok(key) => usable.push((name, key)),
                Err(error) => left_out.push(format!("{name}: {error}")),
            }
        }
        let several = usable.len() > 1;
        let mut keys: Vec<Key> = Vec::new();
        for (name, key) in usable {
            if several && key.kid().is_none() {
                left_out.push(format!("{name}: it has no `kid` and is not the only key"));
            } else if key.kid().is_some() && keys.iter().any(|earlier| earlier.kid() == key.kid()) {
                left_out.push(format!("{name}: an earlier key has its `kid`"));
            } else {
                keys.push(key);
            }
        }
        if keys.is_empty() {
            let text = format!("none of {} keys is usable: {}", members.len(), left_out.join("; "));
            return Err(KeyError::new(KeyErrorKind::Jwks, text));
        }
        Ok((Self::new(keys)?, left_out))
    }
}

impl Key {
    /// One member of a JWK set.
    fn from_jwk(jwk: &Value) -> Result<Self, KeyError> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| text(name).and_then(|value| URL_SAFE_NO_PAD.decode(value).ok());

        if jwk.get("d").is_some() {
            return Err(unusable("it holds a private key"));
        }
        if jwk.get("use").is_some_and(|usage| usage != "sig") {
            return Err(unusable("its `use` is not `sig`"));
        }
        if let Some(operations) = jwk.get("key_ops")
            && !operations.as_array().is_some_and(|operations| operations.iter().any(|operation| operation == "verify"))
        {
            return Err(unusable("its `key_ops` have no `verify`"));
        }
        let (family, implied) = match (text("kty"), text("crv")) {
            (Some("RSA"), _) => (Family::Rsa, Algorithm::Rs256),
            (Some("EC"), Some("P-256")) => (Family::P256, Algorithm::Es256),
            (Some("EC"), Some("P-384")) => (Family::P384, Algorithm::Es384),
            (Some("OKP"), Some("Ed25519")) => (Family::Ed25519, Algorithm::EdDsa),
            (Some("oct"), _) => return Err(unusable("it is a shared secret, which no address may hand out")),
            _ => return Err(unusable("its `kty` or `crv` is not supported")),
        };
        let algorithm = match jwk.get("alg") {
            None => implied,
            Some(named) => {
                let name = named.as_str().ok_or_else(|| unusable("its `alg` is no string"))?;
                name.parse().map_err(|error: UnknownAlgorithm| unusable(&error.to_string()))?
            }
        };
        if algorithm.family() != family {
            return Err(unusable("its `alg` does not fit its `kty` and `crv`"));
        }
        let kid = match jwk.get("kid") {
            None => None,
            Some(kid) => Some(kid.as_str().ok_or_else(|| unusable("its `kid` is no string"))?.to_owned()),
        };
        let material = match family {
            Family::Rsa => {
                let (Some(n), Some(e)) = (bytes("n"), bytes("e")) else {
                    return Err(unusable("its `n` or `e` cannot be read"));
                };
                check_rsa_size(&n)?;
                DecodingKey::from_rsa_raw_components(&n, &e)
            }
            Family::P256 | Family::P384 => {
                let size = if family == Family::P256 { 32 } else { 48 };
                let (Some(x), Some(y)) = (bytes("x"), bytes("y")) else {
                    return Err(unusable("its `x` or `y` cannot be read"));
                };
                // RFC 7518 section 6.2.1.2: always the curve's full size.
                if x.len() != size || y.len() != size {
                    return Err(unusable("its `x` or `y` has not the size of its curve"));
                }
                DecodingKey::from_ec_der(&[&[4], x.as_slice(), y.as_slice()].concat())
            }
            Family::Ed25519 | Family::Hmac => {
                let x = bytes("x").filter(|x| x.len() == 32).ok_or_else(|| unusable("its `x` is not 32 bytes"))?;
                DecodingKey::from_ed_der(&x)
            }
        };
        Ok(Self::from_parts(algorithm, kid, material))
    }
}

fn unusable(why: &str) -> KeyError {
    KeyError::new(KeyErrorKind::Jwk, why.into())
}
