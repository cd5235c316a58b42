//! What tells an item from others, as a hash: its id; without one its key, or in an array its bytes.

use std::hash::{BuildHasher, RandomState};

use siphasher::{
    sip::SipHasher13,
    sip128::{self, Hash128},
};

use crate::shaping::string;

/// Makes hashes by keys of its own (SipHash-1-3): anew for each list, so nobody can choose ids that meet in one.
///
/// The standard library's hasher is the same one, and takes three times as long for what is short, since it is asked in pieces.
#[derive(Debug)]
pub(super) struct Identities {
    keys: [u64; 2],
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
        let random = RandomState::new();
        Self { keys: [0, 1].map(|number| random.hash_one(number)) }
    }
}

impl Identities {
    /// Those of the next list, made of these: nobody can tell them without the keys.
    pub(super) fn next(&self) -> Self {
        let [first, second] = self.keys;
        let Hash128 { h1, h2 } = sip128::SipHasher13::new_with_keys(first, second).hash(&[]);
        Self { keys: [h1, h2] }
    }

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
        let [first, second] = self.keys;
        SipHasher13::new_with_keys(first, second ^ by as u64).hash(bytes)
    }
}

/// The key in what stands before an item, a string token.
pub(super) fn key(prefix: &[u8]) -> Option<&[u8]> {
    let is_quote = |byte: &u8| *byte == b'"';
    let (first, last) = (prefix.iter().position(is_quote)?, prefix.iter().rposition(is_quote)?);
    prefix.get(first..=last)
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

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
        let lists = [Identities::default(), Identities::default()].into_iter();
        let lists = lists.flat_map(|list| std::iter::successors(Some(list), |list| Some(list.next())).take(100));
        let hashes: HashSet<u64> = lists.map(|list| list.hash(b"p1", By::Id)).collect();
        assert_eq!(hashes.len(), 200);
    }
}
