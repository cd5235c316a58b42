//! An event that may be told of twice, and the marks by which the second time is known.
//!
//! Whoever tells of an event may lose the answer and tell again: a shop whose request timed out, a queue that delivers at
//! least once. With an id of its own (an order's number, say) it counts once. Kept is no id, only a [`Mark`].

use serde::{Deserialize, Serialize};

use crate::name::Name;

/// An event, and what it is known again by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// What happened.
    pub name: Name,
    /// Of one with an id, the mark that is noted, and then those that it would have had under earlier secrets.
    pub marks: Vec<Mark>,
}

/// What is kept of an event's id: eight bytes of a keyed hash over it and the event's name.
///
/// Of 64 that are kept, another event has one of them in one of 10¹⁷ cases.
///
/// See the example of [`History`](super::History).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark([u8; 8]);

/// Makes marks. Without its secret a mark leads back to no id.
#[derive(Clone)]
pub(crate) struct MarkKeys(Vec<[u8; 32]>);

impl Event {
    /// One that counts as often as it is told of.
    pub(crate) fn new(name: Name) -> Self {
        Self { name, marks: Vec::new() }
    }
}

impl MarkKeys {
    /// Marks by the first key; what was marked by one of the others is known again.
    pub(crate) fn new(keys: impl IntoIterator<Item = [u8; 32]>) -> Self {
        Self(keys.into_iter().collect())
    }

    /// An event that counts once, however often it is told of with this id.
    pub(crate) fn once(&self, name: Name, id: &str) -> Event {
        let marks = self.0.iter().map(|key| Mark::of(key, &name, id)).collect();
        Event { name, marks }
    }
}

impl Mark {
    /// A mark as a test or a store of one's own writes it.
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    fn of(key: &[u8; 32], name: &Name, id: &str) -> Self {
        let mut hash = blake3::Hasher::new_keyed(key);
        // No name has a space in it: ("a", "b c") is not ("a b", "c").
        hash.update(name.as_str().as_bytes()).update(b" ").update(id.as_bytes());
        let mut mark = [0; 8];
        hash.finalize_xof().fill(&mut mark);
        Self(mark)
    }
}

impl std::fmt::Debug for MarkKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MarkKeys(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_id_and_secret_each_make_another_mark() {
        let [keys, others] = [[1; 32], [2; 32]].map(|key| MarkKeys::new([key]));
        let name = |text: &str| text.parse::<Name>().unwrap();
        let purchase = keys.once(name("purchase"), "order-17");
        assert_eq!(purchase, keys.once(name("purchase"), "order-17"));
        for other in [
            keys.once(name("purchase"), "order-18"),
            keys.once(name("complaint"), "order-17"),
            others.once(name("purchase"), "order-17"),
        ] {
            assert_ne!(other.marks, purchase.marks);
        }
        let renewed = MarkKeys::new([[2; 32], [1; 32]]).once(name("purchase"), "order-17");
        assert_eq!(renewed.marks[1..], purchase.marks, "what was marked before the secret changed is known again");
        assert_eq!(format!("{keys:?}"), "MarkKeys(…)");
    }
}
