//! One list: which item takes which place.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    hash::{BuildHasherDefault, Hasher},
    mem::take,
};

use bytes::Bytes;

use super::{
    Basis, Choice, Filling, Reason, Sign, Signs, Standing, Withheld,
    identity::{Identities, key},
};

/// What is known of a list while its items arrive.
#[derive(Debug, Default)]
pub(in crate::shaping) struct List {
    identities: Identities,
    /// The kind of the items that can be chosen personally, which is that of the first one.
    kind: Option<Kind>,
    /// How many items have arrived.
    arrived: u64,
    /// Whether the place of the last one may be a personal item's.
    is_personal: bool,
    /// On what it rests that the last one is shown, if it is.
    basis: Basis,
    /// How many places personal items have taken.
    personal: u64,
    /// The ids that were shown.
    shown: HashSet<u64, BuildHasherDefault<AsItIs>>,
    queue: VecDeque<Waiting>,
    /// Bytes in the queue.
    waiting: usize,
    /// How many items of each topic were shown that may be personal, in whatever place.
    topics: HashMap<u64, u64, BuildHasherDefault<AsItIs>>,
    /// How many elements and how many members of the generic answer were looked at.
    fillers: [usize; 2],
    /// Those that were not shown, but for those that wait.
    withheld: Withheld,
}

/// An item: one JSON value, and the white space and perhaps the key before it.
#[derive(Clone, Debug)]
pub(in crate::shaping) struct Item {
    pub(in crate::shaping) prefix: Bytes,
    pub(in crate::shaping) json: Bytes,
    pub(in crate::shaping) basis: Basis,
}

/// An item that arrives.
#[derive(Debug)]
pub(in crate::shaping) struct Arrived<'a> {
    /// The white space and perhaps the key before it.
    pub(in crate::shaping) prefix: &'a [u8],
    pub(in crate::shaping) json: &'a [u8],
    pub(in crate::shaping) signs: &'a Signs<'a>,
}

/// In what an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::shaping) enum Kind {
    Element,
    Member,
}

/// What stands in the place of an item.
#[derive(Debug)]
pub(in crate::shaping) enum Instead {
    /// A personal item that arrived before.
    Earlier(Item),
    /// An item of the generic answer.
    Filler(Item),
}

/// Hashes hashes: they are as good as any.
#[derive(Debug, Default)]
struct AsItIs(u64);

/// A personal item that waits for a place.
#[derive(Debug)]
struct Waiting {
    item: Item,
    id: u64,
    topic: u64,
}

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = self.0.rotate_left(8) ^ hash;
    }
}

impl Item {
    /// The key of a member, a string token.
    pub(in crate::shaping) fn key(&self) -> Option<&[u8]> {
        key(&self.prefix)
    }

    /// A hash of what tells it from others; its id is known.
    pub(super) fn identity(&self, identities: &Identities, id: Option<&[u8]>) -> u64 {
        identities.of_item(id, &self.prefix, &self.json)
    }

    fn size(&self) -> usize {
        self.prefix.len() + self.json.len()
    }
}

impl Arrived<'_> {
    fn size(&self) -> usize {
        self.prefix.len() + self.json.len()
    }

    fn identity(&self, identities: &Identities) -> u64 {
        match self.signs.id {
            // Nearly all.
            Sign::Text(id) => identities.of_id(id),
            id => identities.of_item(id.text().as_deref(), self.prefix, self.json),
        }
    }

    fn to_item(&self, basis: Basis) -> Item {
        Item { prefix: Bytes::copy_from_slice(self.prefix), json: Bytes::copy_from_slice(self.json), basis }
    }
}

impl List {
    /// An item arrives, or something that is too large to be one. Returns whether it has its own place; what else takes that
    /// is asked for with [`Self::instead`].
    #[inline]
    pub(in crate::shaping) fn keeps(&mut self, choice: &Choice, item: Option<&Arrived<'_>>, kind: Kind) -> bool {
        self.arrived = self.arrived.saturating_add(1);
        let chosen = *self.kind.get_or_insert(kind) == kind;
        self.is_personal = chosen;
        let Some(item) = item else {
            self.withheld.add(Reason::TooLarge, 1);
            return false;
        };
        let topic = item.signs.topic();
        match choice.standing(item.signs.label, topic.as_deref()) {
            Standing::Anybodys => {
                // No stage makes this a place for a personal item, however it comes that the item is known here.
                self.is_personal = false;
                self.basis = Basis::ANYBODYS;
                let id = item.identity(&self.identities);
                let keeps = self.show_anybodys(id, choice);
                self.withheld.add(Reason::Twice, u64::from(!keeps));
                keeps
            }
            Standing::Personal(basis) if chosen && !self.is_full() => {
                self.basis = basis;
                let topic = topic.as_deref().map_or(0, |topic| self.identities.of_topic(topic));
                self.joins(item, topic, choice)
            }
            Standing::Personal(_) => self.withholds(Reason::Share),
            Standing::Hidden => self.withholds(Reason::Closed),
        }
    }

    /// What takes the place of the item that arrived last and does not keep it.
    pub(in crate::shaping) fn instead(
        &mut self,
        choice: &Choice,
        filling: Option<&Filling>,
        kind: Kind,
    ) -> Option<Instead> {
        let personal = if self.is_personal { self.next_personal(choice).map(Instead::Earlier) } else { None };
        personal.or_else(|| self.next_filler(choice, filling?, kind).map(Instead::Filler))
    }

    /// On what it rests that the item that arrived last keeps its place.
    pub(in crate::shaping) fn basis(&self) -> Basis {
        self.basis
    }

    /// Becomes a list of which nothing has arrived. Its memory is kept, if it is not much.
    pub(in crate::shaping) fn forget(&mut self) {
        let is_much = self.shown.capacity().max(self.topics.capacity()) > KEPT;
        if is_much {
            (self.shown, self.queue, self.topics) = Default::default();
        }
        self.shown.clear();
        self.queue.clear();
        self.topics.clear();
        *self = Self {
            identities: self.identities.next(),
            kind: None,
            arrived: 0,
            is_personal: false,
            basis: Basis::ANYBODYS,
            personal: 0,
            shown: take(&mut self.shown),
            queue: take(&mut self.queue),
            waiting: 0,
            topics: take(&mut self.topics),
            fillers: [0, 0],
            withheld: Withheld::default(),
        };
    }

    /// How many of the items that have arrived were not shown.
    pub(in crate::shaping) fn withheld(&self) -> Withheld {
        let mut withheld = self.withheld;
        withheld.add(Reason::Share, self.queue.len() as u64);
        withheld
    }

    /// An item is not shown, now or later.
    fn withholds(&mut self, reason: Reason) -> bool {
        self.withheld.add(reason, 1);
        false
    }

    /// A personal item joins the queue if it may and there is room. Returns whether it leaves it again at once, for its own
    /// place.
    fn joins(&mut self, item: &Arrived<'_>, topic: u64, choice: &Choice) -> bool {
        let (id, size) = (item.identity(&self.identities), item.size());
        if self.shown.contains(&id) {
            self.count(topic, choice);
            return self.withholds(Reason::Twice);
        }
        let has_room = self.queue.is_empty() || (self.queue.len() < QUEUE_ITEMS && self.waiting + size <= QUEUE_BYTES);
        let waits = || self.queue.iter().any(|waiting| (waiting.id, waiting.topic) == (id, topic));
        if waits() {
            return self.withholds(Reason::Twice);
        }
        if !self.is_wanted(topic, choice) {
            return self.withholds(Reason::Topic);
        }
        if !has_room {
            return self.withholds(Reason::Share);
        }
        if self.queue.is_empty() && choice.leaves_room(self.personal, self.arrived) {
            self.show(id, choice);
            self.count(topic, choice);
            self.personal += 1;
            return true;
        }
        self.waiting += size;
        self.queue.push_back(Waiting { item: item.to_item(self.basis), id, topic });
        false
    }

    fn next_personal(&mut self, choice: &Choice) -> Option<Item> {
        if self.is_full() {
            self.withheld.add(Reason::Share, self.queue.len() as u64);
            self.queue = VecDeque::new();
        }
        if !choice.leaves_room(self.personal, self.arrived) {
            return None;
        }
        let Waiting { item, id, .. } = self.queue.front()?;
        let (item, id) = (item.clone(), *id);
        let waited = self.queue.len();
        self.show(id, choice);
        // All that waited with its id have left, and one of them is shown.
        self.withheld.add(Reason::Twice, (waited - self.queue.len()).saturating_sub(1) as u64);
        self.personal += 1;
        Some(item)
    }

    /// The next item of the generic answer that was not shown.
    fn next_filler(&mut self, choice: &Choice, filling: &Filling, kind: Kind) -> Option<Item> {
        let at = usize::from(kind == Kind::Member);
        loop {
            let next = self.fillers.get_mut(at)?;
            let (item, id) = filling.of(kind).get(*next)?;
            *next += 1;
            if self.show_anybodys(item.identity(&self.identities, id.as_deref()), choice) {
                return Some(item.clone());
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

    /// Shows what anybody would see, unless it was shown before. Those that wait with this id are shown no more.
    fn show_anybodys(&mut self, id: u64, choice: &Choice) -> bool {
        let waited = self.queue.len();
        let is_new = self.show(id, choice);
        self.withheld.add(Reason::Twice, (waited - self.queue.len()) as u64);
        is_new
    }

    /// Notes that an id is shown, unless it was before. What waits with this id leaves.
    #[inline]
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

    /// Whether no further id can be remembered, or no further topic: one id may come with ever other ones.
    fn is_full(&self) -> bool {
        self.shown.len() >= SHOWN || self.topics.len() >= SHOWN
    }
}

const QUEUE_ITEMS: usize = 64;
const QUEUE_BYTES: usize = 256 * 1024;
const SHOWN: usize = 4_096;

/// For how many ids or topics the memory of a list is kept for another one: what a table of 1,024 places holds, in 9 and 17 KiB.
const KEPT: usize = 896;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_leaves_its_memory_to_the_next_one_if_it_is_not_much() {
        for (ids, is_kept) in [(1, true), (896, true), (897, false)] {
            let mut list = List::default();
            list.shown.extend(0..ids);
            list.forget();
            assert!(list.shown.is_empty());
            assert_eq!(list.shown.capacity() > 0, is_kept, "{ids} ids");
        }
    }
}
