//! What stands in a visitor's cookie, and the keys that sign it.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::Timestamp;

use crate::identity::customer::{Pseudonym, PseudonymKey};

/// What one secret gives: two keys that tell nothing of each other, nor of the one for customers.
#[derive(Clone)]
pub(super) struct Keys {
    signing: [u8; 32],
    naming: [u8; 32],
}

impl Keys {
    pub(super) fn of(secret: &PseudonymKey) -> Self {
        Self {
            signing: secret.for_another_use("tower-rapport 2026 visitor cookie"),
            naming: secret.for_another_use("tower-rapport 2026 visitor pseudonym"),
        }
    }

    /// Under a key of its own, so that no customer's id leads to a visitor's pseudonym.
    pub(super) fn pseudonym(&self, issuer: &str, id: [u8; 16]) -> Pseudonym {
        let mut bytes = [0; 16];
        let mut hash = blake3::Hasher::new_keyed(&self.naming);
        hash.update(&id).update(issuer.as_bytes()).finalize_xof().fill(&mut bytes);
        Pseudonym::from_bytes(bytes)
    }

    /// The value of a cookie.
    pub(super) fn written(&self, issuer: &str, id: [u8; 16], made: Timestamp) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(id);
        bytes.extend(made.as_second().to_be_bytes());
        let signature = self.signature(issuer, &bytes);
        bytes.extend(signature.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn signature(&self, issuer: &str, signed: &[u8]) -> blake3::Hash {
        blake3::Hasher::new_keyed(&self.signing).update(signed).update(issuer.as_bytes()).finalize()
    }
}

/// What a cookie says; whether that is true, its signature tells.
pub(super) struct Said {
    pub(super) id: [u8; 16],
    pub(super) made: Timestamp,
    signed: [u8; SIGNED],
    signature: blake3::Hash,
}

impl Said {
    /// Reads the value of a cookie; `None` where it is not what is written here.
    pub(super) fn read(value: &[u8]) -> Option<Self> {
        // Room for one byte more than there may be: what is longer does not fit.
        let mut bytes = [0; WRITTEN + 1];
        let length = URL_SAFE_NO_PAD.decode_slice(value, &mut bytes).ok()?;
        let (signed, signature) = bytes.get(..length)?.split_first_chunk::<SIGNED>()?;
        let (version, rest) = signed.split_first()?;
        let (id, made) = rest.split_first_chunk()?;
        let made = Timestamp::from_second(i64::from_be_bytes(made.try_into().ok()?)).ok()?;
        let signature = blake3::Hash::from_bytes(signature.try_into().ok()?);
        (*version == VERSION).then_some(Self { id: *id, made, signed: *signed, signature })
    }

    /// Compared in constant time, as BLAKE3's hashes are.
    pub(super) fn is_signed_with(&self, keys: &Keys, issuer: &str) -> bool {
        keys.signature(issuer, &self.signed) == self.signature
    }
}

/// The first byte of a cookie, so that another way to write it can be told apart.
const VERSION: u8 = 1;
const SIGNED: usize = 1 + 16 + 8;
pub(super) const WRITTEN: usize = SIGNED + 32;
