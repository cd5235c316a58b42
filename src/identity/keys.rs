//! The keys that tokens are checked with: each serves one algorithm, and only a set without doubt is a set.

use std::{fmt, str};

use base64::{Engine, engine::general_purpose::STANDARD};
use jsonwebtoken::{DecodingKey, crypto::aws_lc::DEFAULT_PROVIDER};
use memchr::memmem;

use super::algorithm::{Algorithm, Family};

/// One verification key. Its algorithm is its own: what a token's header says is only compared with it.
///
/// Printed, it shows its algorithm and its `kid`.
///
/// See the example of [`KeySet`].
#[derive(Clone)]
pub struct Key {
    algorithm: Algorithm,
    kid: Option<String>,
    material: DecodingKey,
}

impl Key {
    /// A shared secret, for HS256, HS384 and HS512.
    ///
    /// # Errors
    ///
    /// Fewer than 32 bytes (RFC 7518 section 3.2, for HS256), or an algorithm that takes a public key.
    pub fn symmetric(algorithm: Algorithm, kid: Option<String>, secret: &[u8]) -> Result<Self, KeyError> {
        if algorithm.family() != Family::Hmac {
            let text = format!("`{algorithm}` takes `public_key`, not `secret`");
            return Err(KeyError::new(KeyErrorKind::WrongKeyType, text));
        }
        if secret.len() < SECRET_BYTES {
            let text = format!(
                "the secret has {} bytes; at least {SECRET_BYTES} are needed: let tokens be signed with one as `openssl rand -hex \
                 32` makes it",
                secret.len()
            );
            return Err(KeyError::new(KeyErrorKind::ShortSecret, text));
        }
        Ok(Self { algorithm, kid, material: DecodingKey::from_secret(secret) })
    }

    /// A public key as PEM: `PUBLIC KEY` (RFC 7468 section 13), for RSA also `RSA PUBLIC KEY` (PKCS #1).
    ///
    /// # Errors
    ///
    /// A PEM that is none, holds a private key, a certificate or more than one key; a key of another type or curve than
    /// the algorithm's; an RSA key under 2048 or over 8192 bits; an algorithm that takes a secret.
    pub fn asymmetric(algorithm: Algorithm, kid: Option<String>, pem: &[u8]) -> Result<Self, KeyError> {
        if algorithm.family() == Family::Hmac {
            let text = format!("`{algorithm}` takes `secret`, not `public_key`");
            return Err(KeyError::new(KeyErrorKind::WrongKeyType, text));
        }
        let (label, der) = read_pem(pem)?;
        let misfit = || {
            let (needed, found) = (algorithm.family().name(), kind(&label, &der));
            let text = format!(
                "`{algorithm}` needs {needed}, and the PEM holds {found}; write the `alg` that the headers of your tokens name, and \
                 the key for it"
            );
            KeyError::new(KeyErrorKind::WrongKeyType, text)
        };
        let raw = |prefix: &[u8], bytes: usize| {
            let key = der.strip_prefix(prefix).filter(|key| label == "PUBLIC KEY" && key.len() == bytes);
            key.ok_or_else(misfit)
        };
        let material = match algorithm.family() {
            Family::P256 => DecodingKey::from_ec_der(raw(P256_SPKI, 65)?),
            Family::P384 => DecodingKey::from_ec_der(raw(P384_SPKI, 97)?),
            Family::Ed25519 => DecodingKey::from_ed_der(raw(ED25519_SPKI, 32)?),
            Family::Rsa | Family::Hmac => DecodingKey::from_rsa_pem(pem).map_err(|_| misfit())?,
        };
        if algorithm.family() == Family::Rsa {
            let components = DEFAULT_PROVIDER.key_utils.rsa_pub_components_from_public_key;
            let (modulus, _) = material.try_get_as_bytes().and_then(components).map_err(|_| misfit())?;
            check_rsa_size(&modulus)?;
        }
        Ok(Self { algorithm, kid, material })
    }

    /// The algorithm that this key serves.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The name by which tokens call this key.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// A key whose parts have been checked already.
    pub(super) fn from_parts(algorithm: Algorithm, kid: Option<String>, material: DecodingKey) -> Self {
        Self { algorithm, kid, material }
    }

    /// Whether the signature over the message is this key's.
    pub(super) fn signed(&self, message: &[u8], signature: &Vec<u8>) -> bool {
        // The provider by name: the process-wide choice panics where another crate turned on a second one.
        (DEFAULT_PROVIDER.verifier_factory)(&self.algorithm.library(), &self.material)
            .is_ok_and(|verifier| verifier.verify(message, signature).is_ok())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("algorithm", &self.algorithm).field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// The keys of a policy: at least one, all symmetric or all asymmetric, told apart by `kid` where there are several.
///
/// ```
/// use tower_rapport::identity::{Algorithm, Key, KeyErrorKind, KeySet};
///
/// let key = |kid: &str| Key::symmetric(Algorithm::Hs256, Some(kid.into()), b"a secret of at least 32 bytes ...");
/// let keys = KeySet::new(vec![key("2025")?, key("2026")?])?; // the old one, until its last token has expired
/// assert_eq!(keys.keys().iter().filter_map(Key::kid).collect::<Vec<_>>(), ["2025", "2026"]);
///
/// assert_eq!(KeySet::new(vec![key("2026")?, key("2026")?]).unwrap_err().kind(), KeyErrorKind::DuplicateKid);
/// let short = Key::symmetric(Algorithm::Hs256, None, b"short").unwrap_err();
/// assert!(short.to_string().starts_with("the secret has 5 bytes; at least 32 are needed: "));
/// # Ok::<(), tower_rapport::identity::KeyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct KeySet(Vec<Key>);

impl KeySet {
    /// Makes a set of keys.
    ///
    /// # Errors
    ///
    /// No key; symmetric beside asymmetric ones (a public key must never be taken for a secret); one of several keys
    /// without a `kid`; two of one `kid`.
    pub fn new(keys: Vec<Key>) -> Result<Self, KeyError> {
        let Some(first) = keys.first() else {
            return Err(KeyError::new(KeyErrorKind::Empty, "there is no key; at least one is needed".into()));
        };
        if let Some(other) = keys.iter().find(|key| key.algorithm.is_symmetric() != first.algorithm.is_symmetric()) {
            let (one, other) = (first.algorithm, other.algorithm);
            let text = format!("`{one}` and `{other}` in one set: keys are all secrets or all public keys");
            return Err(KeyError::new(KeyErrorKind::Mixed, text));
        }
        if keys.len() > 1 {
            for (index, key) in keys.iter().enumerate() {
                let Some(kid) = key.kid() else {
                    let text =
                        format!("key {} of {} has no `kid`; each of several keys needs one", index + 1, keys.len());
                    return Err(KeyError::new(KeyErrorKind::MissingKid, text));
                };
                if keys.iter().take(index).any(|earlier| earlier.kid() == Some(kid)) {
                    let text = format!("`{kid}`: two keys have this `kid`; each needs its own");
                    return Err(KeyError::new(KeyErrorKind::DuplicateKid, text));
                }
            }
        }
        Ok(Self(keys))
    }

    /// The keys, in the order in which they were given.
    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    /// The one key that a token with this `kid` may be signed with.
    ///
    /// A single key without a `kid` takes any token; a single key with one takes a token that names none or the same.
    pub(super) fn find(&self, kid: Option<&str>) -> Option<&Key> {
        match (self.0.as_slice(), kid) {
            ([only], None) => Some(only),
            ([only], Some(kid)) => only.kid().is_none_or(|own| own == kid).then_some(only),
            (several, Some(kid)) => several.iter().find(|key| key.kid() == Some(kid)),
            (_, None) => None,
        }
    }
}

/// Why a key, or a set of keys, is refused.
///
/// Its text names algorithms, sizes and `kid`s, never key material.
///
/// See the example of [`KeySet`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyError {
    kind: KeyErrorKind,
    text: String,
}

impl KeyError {
    pub(super) fn new(kind: KeyErrorKind, text: String) -> Self {
        Self { kind, text }
    }

    /// What is wrong, to tell apart.
    pub fn kind(&self) -> KeyErrorKind {
        self.kind
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for KeyError {}

/// The kinds of [`KeyError`].
///
/// See the example of [`KeySet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyErrorKind {
    /// A secret under 32 bytes.
    ShortSecret,
    /// A key that the algorithm cannot use.
    WrongKeyType,
    /// Not one PEM block with a public key.
    NotPem,
    /// A private key where a public one belongs.
    PrivateKey,
    /// An RSA key outside 2048 to 8192 bits.
    RsaSize,
    /// No key at all.
    Empty,
    /// Symmetric and asymmetric keys together.
    Mixed,
    /// Several keys, one without `kid`.
    MissingKid,
    /// Two keys with one `kid`.
    DuplicateKid,
    /// A member of a JWKS that cannot be used.
    Jwk,
    /// A JWKS that is none, or has no usable member.
    Jwks,
}

/// Refuses what aws-lc would refuse at every single token.
pub(super) fn check_rsa_size(modulus: &[u8]) -> Result<(), KeyError> {
    let significant = modulus.iter().skip_while(|byte| **byte == 0);
    let bits =
        significant.clone().count() * 8 - significant.clone().next().map_or(0, |top| top.leading_zeros() as usize);
    if (2048..=8192).contains(&bits) {
        return Ok(());
    }
    Err(KeyError::new(KeyErrorKind::RsaSize, format!("the RSA key has {bits} bits; 2048 to 8192 are usable")))
}

/// The label and the bytes of the one block of a PEM.
fn read_pem(pem: &[u8]) -> Result<(String, Vec<u8>), KeyError> {
    let not_pem = |text: &str| KeyError::new(KeyErrorKind::NotPem, text.into());
    let text = str::from_utf8(pem).map_err(|_| not_pem("the public key is no PEM text"))?;
    if text.contains("PRIVATE KEY-----") {
        let text = "the PEM holds a private key; give the public key only, which `openssl pkey -pubout` makes of it, and treat the \
             private one as known to others";
        return Err(KeyError::new(KeyErrorKind::PrivateKey, text.into()));
    }
    let mut blocks = text.split("-----BEGIN ").skip(1);
    let (Some(block), None) = (blocks.next(), blocks.next()) else {
        return Err(not_pem("the PEM must hold exactly one key, which begins with `-----BEGIN PUBLIC KEY-----`"));
    };
    let (label, rest) = block.split_once("-----").unwrap_or_default();
    if label != "PUBLIC KEY" && label != "RSA PUBLIC KEY" {
        let of_certificate = ", which `openssl x509 -pubkey -noout` takes out of it";
        let remedy = if label == "CERTIFICATE" { of_certificate } else { "" };
        return Err(not_pem(&format!("the PEM holds a `{label}`; a `PUBLIC KEY` is needed{remedy}")));
    }
    let body: String = rest.split("-----").next().unwrap_or_default().split_ascii_whitespace().collect();
    let der = STANDARD.decode(body).map_err(|_| not_pem("the PEM is damaged: its base64 cannot be read"))?;
    Ok((label.into(), der))
}

/// What kind of key a PEM holds.
fn kind(label: &str, der: &[u8]) -> &'static str {
    let head = der.get(..RSA_WITHIN).unwrap_or(der);
    let known = [(P256_SPKI, Family::P256), (P384_SPKI, Family::P384), (ED25519_SPKI, Family::Ed25519)];
    let found = known.into_iter().find(|(prefix, _)| der.starts_with(prefix)).map(|(_, family)| family);
    let is_rsa = label == "RSA PUBLIC KEY" || memmem::find(head, RSA_ENCRYPTION).is_some();
    found.or(is_rsa.then_some(Family::Rsa)).map_or("another kind of key", Family::name)
}

/// RFC 7518 section 3.2: an HS256 key is at least as long as its hash.
const SECRET_BYTES: usize = 32;

// What stands before the key in a SubjectPublicKeyInfo of each curve (RFC 5480, RFC 8410); DER leaves no choice in it.
const P256_SPKI: &[u8] =
    b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";
const P384_SPKI: &[u8] =
    b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00";
/// The identifier of RSA keys (RFC 8017 appendix C), which stands behind two lengths.
const RSA_ENCRYPTION: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const RSA_WITHIN: usize = 24;
const ED25519_SPKI: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";
