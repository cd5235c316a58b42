//! One list: which item takes which place.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
};

use bytes::Bytes;

use super::{Choice, Filling, Standing};
use crate::shaping::json::string;

/// What is known of a list while its items arrive.
#[derive(Debug, Default)]
pub(in crate::shaping) struct List {
    /// Keyed anew for each list: nobody can choose ids that meet in one hash.
    hasher: RandomState,
    /// The kind of the items that can be chosen personally, which is that of the first one.
    kind: Option<Kind>,
    /// How many items have arrived.
    arrived: u64,
    /// How many places personal items have taken.
    personal: u64,
    /// The ids that were shown.
    shown: HashSet<u64>,
    queue: VecDeque<Waiting>,
    /// Bytes in the queue.
    waiting: usize,
    /// How many items of each topic were shown that may be personal, in whatever place.
    topics: HashMap<u64, u64>,
    /// How many elements and how many members of the generic answer were looked at.
    fillers: [usize; 2],
}

/// An item: one JSON value, and the white space and perhaps the key before it.
#[derive(Clone, Debug)]
pub(in crate::shaping) struct Item {
    pub(in crate::shaping) prefix: Bytes,
    pub(in crate::shaping) json: Bytes,
}

/// In what an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::shaping) enum Kind {
    Element,
    Member,
}

/// What stands in a place.
#[derive(Debug)]
pub(in crate::shaping) enum Placed {
    /// The item that arrived there.
    Own(Item),
    /// A personal item that arrived before.
    Earlier(Item),
    /// An item of the generic answer.
    Filler(Item),
    /// Nothing.
    Nothing,
}

/// A personal item that waits for a place.
#[derive(Debug)]
struct Waiting {
    item: Item,
    id: u64,
    topic: u64,
    /// Which of all the items it was.
    place: u64,
}

impl Item {
    /// A hash of what tells an item from others: its id; without one its key, or in an array its bytes.
    pub(super) fn identity(&self, hasher: &RandomState, id: Option<&str>) -> u64 {
        match (id, self.key()) {
            (Some(id), _) => hasher.hash_one((0_u8, id.as_bytes())),
            (None, Some(key)) => hasher.hash_one((1_u8, string::decode(key).as_deref().map_or(key, str::as_bytes))),
            (None, None) => hasher.hash_one((2_u8, &*self.json)),
        }
    }

    /// The key of a member, a string token.
    pub(in crate::shaping) fn key(&self) -> Option<&[u8]> {
        let is_quote = |byte: &u8| *byte == b'"';
        let (first, last) = (self.prefix.iter().position(is_quote)?, self.prefix.iter().rposition(is_quote)?);
        self.prefix.get(first..=last)
    }

    fn size(&self) -> usize {
        self.prefix.len() + self.json.len()
    }
}

impl List {
    /// An item arrives, or something that is too large to be one: what takes its place?
    pub(in crate::shaping) fn place(
        &mut self,
        choice: &Choice,
        filling: Option<&Filling>,
        item: Option<Item>,
        kind: Kind,
    ) -> Placed {
        self.arrived = self.arrived.saturating_add(1);
        let chosen = *self.kind.get_or_insert(kind) == kind;
        let mut is_personal = chosen;
        if let Some(item) = item {
            // It has been checked while it came.
            let json = std::str::from_utf8(&item.json).unwrap_or_default();
            match choice.standing(json) {
                Standing::Anybodys => {
                    let id = item.identity(&self.hasher, choice.id(json).as_deref());
                    if self.show(id, choice) {
                        return Placed::Own(item);
                    }
                    // No stage makes this a place for a personal item, however it comes that the item is known here.
                    is_personal = false;
                }
                Standing::Personal { topic } if chosen && !self.is_full() => {
                    let id = item.identity(&self.hasher, choice.id(json).as_deref());
                    self.join(item, id, topic.as_deref(), choice);
                }
                Standing::Personal { .. } | Standing::Hidden => {}
            }
        }
        let personal = if is_personal { self.next_personal(choice) } else { None };
        personal.or_else(|| self.next_filler(choice, filling?, kind)).unwrap_or(Placed::Nothing)
    }

    fn join(&mut self, item: Item, id: u64, topic: Option<&str>, choice: &Choice) {
        let topic = self.hasher.hash_one(topic);
        let size = item.size();
        let has_room = self.queue.is_empty() || (self.queue.len() < QUEUE_ITEMS && self.waiting + size <= QUEUE_BYTES);
        let waits = || self.queue.iter().any(|waiting| (waiting.id, waiting.topic) == (id, topic));
        if self.shown.contains(&id) {
            self.count(topic, choice);
        } else if has_room && self.is_wanted(topic, choice) && !waits() {
            self.waiting += size;
            self.queue.push_back(Waiting { item, id, topic, place: self.arrived });
        }
    }

    fn next_personal(&mut self, choice: &Choice) -> Option<Placed> {
        if self.is_full() {
            self.queue = VecDeque::new();
        }
        if !choice.leaves_room(self.personal, self.arrived) {
            return None;
        }
        let Waiting { item, id, place, .. } = self.queue.front()?;
        let (item, id, place) = (item.clone(), *id, *place);
        self.show(id, choice);
        self.personal += 1;
        Some(if place == self.arrived { Placed::Own(item) } else { Placed::Earlier(item) })
    }

    /// The next item of the generic answer that was not shown.
    fn next_filler(&mut self, choice: &Choice, filling: &Filling, kind: Kind) -> Option<Placed> {
        let at = usize::from(kind == Kind::Member);
        loop {
            let next = self.fillers.get_mut(at)?;
            let (item, id) = filling.of(kind).get(*next)?;
            *next += 1;
            if self.show(item.identity(&self.hasher, id.as_deref()), choice) {
                return Some(Placed::Filler(item.clone()));
            }
        }
    }

    /// Whether one more personal item of this topic may be shown, when all that wait are.
    fn is_wanted(&self, topic: u64, choice: &Choice) -> bool {
        let Some(limit) = choice.per_topic else { return true };
        let waiting = self.queue.iter().filter(|waiting| waiting.topic == topic).count() as u64;
        self.topics.get(&topic).copied().unwrap_or(0) + waiting < limit
    }

    fn count(&mut self, topic: u64, choice: &Choice) {
        if choice.per_topic.is_some() {
            *self.topics.entry(topic).or_insert(0) += 1;
        }
    }

    /// Notes that an id is shown, unless it was before. What waits with this id leaves.
    fn show(&mut self, id: u64, choice: &Choice) -> bool {
        let is_new = if self.is_full() { !self.shown.contains(&id) } else { self.shown.insert(id) };
        if is_new && let Some(at) = self.queue.iter().position(|waiting| waiting.id == id) {
            let topic = self.queue.get(at).map(|waiting| waiting.topic);
            topic.into_iter().for_each(|topic| self.count(topic, choice));
            self.queue.retain(|waiting| waiting.id != id);
            self.waiting = self.queue.iter().map(|waiting| waiting.item.size()).sum();
        }
        is_new
    }

    /// Whether no further id can be remembered.
    fn is_full(&self) -> bool {
        self.shown.len() >= SHOWN
    }
}

const QUEUE_ITEMS: usize = 64;
const QUEUE_BYTES: usize = 256 * 1024;
const SHOWN: usize = 4_096;
