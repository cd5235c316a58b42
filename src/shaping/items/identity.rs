//! What tells an item from others, as a hash: its id; without one its key, or in an array its bytes.

use std::hash::{BuildHasher, RandomState};

use crate::shaping::string;

/// Makes hashes of 61 bits, by a key of its own.
///
/// What is hashed is a polynomial whose coefficients are words of seven bytes, modulo a prime, and the key is the place where its
/// value is taken. Two different ones of at most *n* words have the same value at *n* of 2⁶¹ keys. Nobody sees a hash, and
/// ids are written before the key is made, anew for each list: so none can be chosen to meet, and it is quicker than a hash
/// that could be shown.
#[derive(Debug)]
pub(super) struct Identities {
    key: u64,
}

/// By what an item is told from others.
#[derive(Clone, Copy)]
enum By {
    Id,
    Key,
    Bytes,
}

impl Default for Identities {
    fn default() -> Self {
        Self { key: RandomState::new().hash_one(()) % PRIME }
    }
}

impl Identities {
    /// That of an item with this id, and this before it.
    pub(super) fn of_item(&self, id: Option<&[u8]>, prefix: &[u8], json: &[u8]) -> u64 {
        match (id, key(prefix)) {
            (Some(id), _) => self.of_id(id),
            (None, Some(key)) => self.hash(string::decode(key).as_deref().map_or(key, str::as_bytes), By::Key),
            (None, None) => self.hash(json, By::Bytes),
        }
    }

    /// That of an item with this id.
    #[inline]
    pub(super) fn of_id(&self, id: &[u8]) -> u64 {
        self.hash(id, By::Id)
    }

    /// That of a topic.
    pub(super) fn of_topic(&self, topic: &str) -> u64 {
        self.of_id(topic.as_bytes())
    }

    fn hash(&self, bytes: &[u8], by: By) -> u64 {
        let (words, rest) = bytes.as_chunks();
        let all = words
            .iter()
            .fold(1, |all, [a, b, c, d, e, f, g]| self.step(all, u64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, 0])));
        // How much is left tells it from what has more zeros.
        let left = rest.iter().fold(rest.len() as u64, |left, byte| left << 8 | u64::from(*byte));
        let hash = self.step(all, left | (by as u64) << 52);
        // The upper bits are to be as good as the lower ones.
        hash ^ hash << 32
    }

    /// Goes on with a word of at most 56 bits.
    #[inline]
    fn step(&self, all: u64, word: u64) -> u64 {
        let product = u128::from(all + word) * u128::from(self.key);
        let once = (product as u64 & PRIME) + (product >> 61) as u64;
        (once & PRIME) + (once >> 61)
    }
}

/// The key in what stands before an item, a string token.
pub(super) fn key(prefix: &[u8]) -> Option<&[u8]> {
    let is_quote = |byte: &u8| *byte == b'"';
    let (first, last) = (prefix.iter().position(is_quote)?, prefix.iter().rposition(is_quote)?);
    prefix.get(first..=last)
}

/// 2⁶¹ − 1, by which it is quick to divide.
const PRIME: u64 = (1 << 61) - 1;

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn what_is_told_from_others_has_a_hash_of_its_own() {
        let numbered = (0..4_000).flat_map(|number| [format!("p{number}"), format!("{number:032x}")]);
        let long = (0..40).flat_map(|length| ["\0", "a", "é", "\u{10ffff}"].map(|letter| letter.repeat(length)));
        let texts: Vec<String> = numbered.chain(long).chain(["a\0".into(), "\0a".into(), "\x01".into()]).collect();
        let (identities, mut known) = (Identities::default(), HashMap::new());
        for text in &texts {
            for (by, name) in [(By::Id, "id"), (By::Key, "key"), (By::Bytes, "bytes")] {
                let same = known.insert(identities.hash(text.as_bytes(), by), (name, text));
                assert!(same.is_none_or(|same| same == (name, text)), "{text:?} by its {name} is {same:?}");
            }
        }
    }

    #[test]
    fn each_list_has_its_own_hashes() {
        let [one, other] = [(), ()].map(|()| Identities::default().hash(b"p1", By::Id));
        assert_ne!(one, other);
    }

    #[test]
    fn the_hash_is_what_the_polynomial_says() {
        let identities = Identities { key: (1 << 60) + 12_345 };
        let (key, prime) = (u128::from(identities.key), u128::from(PRIME));
        let words =
            [u64::from_le_bytes(*b"article\0"), u64::from_le_bytes([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0])];
        let last = 2 << 16 | u64::from(b'4') << 8 | u64::from(b'2') | 1 << 52;
        let all = words.into_iter().chain([last]).fold(1, |all, word| (all + u128::from(word)) * key % prime);
        let all = u64::try_from(all).unwrap();
        let hash = identities.hash(b"article\xff\xff\xff\xff\xff\xff\xff42", By::Key);
        assert_eq!((hash ^ hash << 32) % PRIME, all);
    }
}
