//! Maps whose keys are hashes already.

use std::hash::{BuildHasherDefault, Hasher};

/// Builds hashers for digests of tokens and pseudonyms. Both are results of a hash with a key that nobody outside knows, and only
/// those of verified tokens become keys: another hash would tell nobody apart who is not apart already.
pub(crate) type Uniform = BuildHasherDefault<FirstBytes>;

/// The first eight bytes of the key.
#[derive(Default)]
pub(crate) struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 ^= u64::from_le_bytes(*first);
        }
    }

    /// The length, which is always the same.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;
    use crate::identity::{CustomerId, PseudonymKey};

    #[test]
    fn hashes_are_spread_as_they_are() {
        let key = PseudonymKey::new(b"a secret");
        let customers = (0..4_096).map(|number: u32| key.pseudonym("shop", &CustomerId::new(number.to_string())));
        let mut places: Vec<u64> = customers.map(|customer| Uniform::default().hash_one(customer) % 4_096).collect();
        places.sort_unstable();
        places.dedup();
        // Of 4,096 places 4,096 (1 − 1/e) are taken by chance, give or take 32.
        assert!((2_430..2_750).contains(&places.len()), "{}", places.len());
    }
}
