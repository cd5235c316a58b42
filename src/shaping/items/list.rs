//! One list: which item takes which place.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
};

use bytes::Bytes;

use super::{Choice, Filling, Standing};

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
    /// How many items of each topic have joined the queue.
    topics: HashMap<u64, u64>,
    /// Where in the generic answer its elements and its members are.
    fillers: [Fillers; 2],
}

/// How far the items of one kind of a generic answer are used up.
#[derive(Debug, Default)]
struct Fillers {
    /// The next one that was not looked at.
    next: usize,
    /// Those that were passed over because they waited in the queue.
    passed: VecDeque<usize>,
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
    /// Which of all the items it was.
    place: u64,
}

impl Item {
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
                    let id = hash(&self.hasher, choice.id(json).as_deref(), &item.json);
                    if !self.waits(id) && self.show(id) {
                        return Placed::Own(item);
                    }
                    // No stage makes this a place for a personal item, however it comes that the item is known here.
                    is_personal = false;
                }
                Standing::Personal { topic } if chosen && !self.is_full() => {
                    let id = hash(&self.hasher, choice.id(json).as_deref(), &item.json);
                    self.join(item, id, topic.as_deref(), choice);
                }
                Standing::Personal { .. } | Standing::Hidden => {}
            }
        }
        let personal = if is_personal { self.next_personal(choice) } else { None };
        personal.or_else(|| self.next_filler(filling?, kind)).unwrap_or(Placed::Nothing)
    }

    fn join(&mut self, item: Item, id: u64, topic: Option<&str>, choice: &Choice) {
        let size = item.size();
        let has_room = self.queue.is_empty() || (self.queue.len() < QUEUE_ITEMS && self.waiting + size <= QUEUE_BYTES);
        if !has_room || self.shown.contains(&id) || self.waits(id) {
            return;
        }
        if let Some(limit) = choice.per_topic {
            let joined = self.topics.entry(self.hasher.hash_one(topic)).or_insert(0);
            if *joined >= limit {
                return;
            }
            *joined += 1;
        }
        self.waiting += size;
        self.queue.push_back(Waiting { item, id, place: self.arrived });
    }

    fn next_personal(&mut self, choice: &Choice) -> Option<Placed> {
        if self.is_full() {
            self.queue = VecDeque::new();
        }
        if !choice.leaves_room(self.personal, self.arrived) {
            return None;
        }
        let Waiting { item, id, place } = self.queue.pop_front()?;
        self.waiting = self.waiting.saturating_sub(item.size());
        self.show(id);
        self.personal += 1;
        Some(if place == self.arrived { Placed::Own(item) } else { Placed::Earlier(item) })
    }

    /// The next item of the generic answer that was not shown. One that waits in the queue is left to it, as long as there
    /// are others: a place that is not personal takes no personal item away.
    fn next_filler(&mut self, filling: &Filling, kind: Kind) -> Option<Placed> {
        let (fillers, at) = (filling.of(kind), usize::from(kind == Kind::Member));
        let known = |list: &Self, (item, id): &(Item, Option<Box<str>>)| hash(&list.hasher, id.as_deref(), &item.json);
        loop {
            let next = self.fillers.get(at)?.next;
            let Some(filler) = fillers.get(next) else { break };
            let id = known(self, filler);
            let waits = self.waits(id);
            let state = self.fillers.get_mut(at)?;
            state.next += 1;
            if waits {
                state.passed.push_back(next);
            } else if self.show(id) {
                return Some(Placed::Filler(filler.0.clone()));
            }
        }
        loop {
            let filler = fillers.get(self.fillers.get_mut(at)?.passed.pop_front()?)?;
            let id = known(self, filler);
            if self.show(id) {
                self.queue.retain(|waiting| waiting.id != id);
                self.waiting = self.queue.iter().map(|waiting| waiting.item.size()).sum();
                return Some(Placed::Filler(filler.0.clone()));
            }
        }
    }

    /// Whether an item with this id is in the queue.
    fn waits(&self, id: u64) -> bool {
        self.queue.iter().any(|waiting| waiting.id == id)
    }

    /// Notes that an id is shown, unless it was before.
    fn show(&mut self, id: u64) -> bool {
        if self.is_full() { !self.shown.contains(&id) } else { self.shown.insert(id) }
    }

    /// Whether no further id can be remembered.
    fn is_full(&self) -> bool {
        self.shown.len() >= SHOWN
    }
}

pub(super) fn hash(hasher: &RandomState, id: Option<&str>, json: &Bytes) -> u64 {
    match id {
        Some(id) => hasher.hash_one((0_u8, id)),
        None => hasher.hash_one((1_u8, json)),
    }
}

const QUEUE_ITEMS: usize = 64;
const QUEUE_BYTES: usize = 256 * 1024;
const SHOWN: usize = 4_096;
