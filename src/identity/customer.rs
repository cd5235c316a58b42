//! The customer, as far as the layer ever knows one: a keyed hash.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Under which a customer is kept: 16 bytes of keyed BLAKE3 over issuer and subject.
///
/// Without the policy's `pseudonym_secret` it leads back to nobody. It is still personal data (GDPR Art. 4(5)).
///
/// See the example of [`PseudonymKey`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pseudonym([u8; 16]);

impl Pseudonym {
    /// The bytes of the hash, as a store keeps them.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// A pseudonym as a store gave it back.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a customer is called elsewhere. There is no way to print, log or serialize it, only to hash it.
///
/// See the example of [`PseudonymKey`].
pub struct CustomerId(String);

impl CustomerId {
    /// Takes a raw id out of the reach of logs.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }
}

/// Turns a customer's id into the pseudonym under which the customer is kept.
///
/// Made from the policy's `pseudonym_secret`; another secret gives other pseudonyms.
///
/// ```
/// use tower_rapport::identity::{CustomerId, Pseudonym, PseudonymKey};
///
/// let key = PseudonymKey::new(b"a secret of the policy");
/// let anna = key.pseudonym("https://id.shop.example", &CustomerId::new("anna@example.org"));
/// assert_eq!(anna, Pseudonym::from_bytes(*anna.as_bytes())); // as a store gives it back
/// assert_ne!(anna, key.pseudonym("https://id.other.example", &CustomerId::new("anna@example.org")));
/// assert_eq!(anna.to_string().len(), 32);
/// ```
///
/// A loaded policy has its key and its issuer: [`policy.identity()`](crate::policy::Policy::identity).
#[derive(Clone, PartialEq, Eq)]
pub struct PseudonymKey([u8; 32]);

impl PseudonymKey {
    /// Derives the key from a secret of any length.
    pub fn new(secret: &[u8]) -> Self {
        let mut derivation = blake3::Hasher::new_derive_key("tower-rapport 2026 customer pseudonym");
        derivation.update(secret);
        Self(*derivation.finalize().as_bytes())
    }

    /// The pseudonym of a customer. Two issuers' customers of the same id are two customers.
    pub fn pseudonym(&self, issuer: &str, customer: &CustomerId) -> Pseudonym {
        let mut hash = blake3::Hasher::new_keyed(&self.0);
        // The length keeps issuer and id apart: ("ab", "c") is not ("a", "bc").
        hash.update(&(issuer.len() as u64).to_le_bytes()).update(issuer.as_bytes()).update(customer.0.as_bytes());
        let mut bytes = [0; 16];
        hash.finalize_xof().fill(&mut bytes);
        Pseudonym(bytes)
    }

    /// A key for another use, which tells nothing of this one.
    pub(crate) fn for_another_use(&self, use_of_it: &str) -> [u8; 32] {
        blake3::derive_key(use_of_it, &self.0)
    }

    /// A number below 1000 for a customer, the same each time, which tells nothing of the numbers of other uses.
    pub(crate) fn thousandth(&self, customer: Pseudonym, use_of_it: &str) -> u16 {
        let hash = blake3::keyed_hash(&self.for_another_use(use_of_it), customer.as_bytes());
        let [a, b, c, d, ..] = *hash.as_bytes();
        u16::try_from(u32::from_le_bytes([a, b, c, d]) % 1000).unwrap_or_default()
    }
}

impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_and_id_and_secret_each_make_another_customer() {
        let key = PseudonymKey::new(b"one secret");
        let of = |issuer, id: &str| key.pseudonym(issuer, &CustomerId::new(id));
        assert_eq!(of("https://id", "anna"), of("https://id", "anna"));
        assert_ne!(of("https://id", "anna"), of("https://id", "ben"));
        assert_ne!(of("ab", "c"), of("a", "bc"));
        assert_ne!(
            of("https://id", "anna"),
            PseudonymKey::new(b"another").pseudonym("https://id", &CustomerId::new("anna"))
        );
    }

    #[test]
    fn a_pseudonym_prints_as_its_hash_and_a_key_not_at_all() {
        let key = PseudonymKey::new(b"one secret");
        let anna = key.pseudonym("i", &CustomerId::new("anna"));
        assert_eq!(format!("{anna}").len(), 32);
        assert_eq!(format!("{key:?}"), "PseudonymKey(…)");
        assert_eq!(Pseudonym::from_bytes(*anna.as_bytes()), anna);
    }
}
