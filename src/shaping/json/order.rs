//! In which order members come. The objects of a list mostly have the same members in the same order, so what stands before a
//! value is likely what stood there last time: comparing it with that is quicker than finding the end of a key and looking it
//! up.
//!
//! Where keys come as they like, it is given up for a while.

use super::{
    sets::{Known, Manner, Way},
    text::Window,
};

/// The orders of the kinds of objects that came first.
#[derive(Debug, Default)]
pub(super) struct Orders {
    orders: Vec<Order>,
}

/// The order of the members of one kind of object.
#[derive(Debug, Default)]
pub(super) struct Order {
    set: Known,
    keys: Vec<Expected>,
    /// Which key is expected next.
    next: usize,
    /// How many keys of the present object were others than those expected.
    misses: usize,
    /// For how many objects it is given up.
    asleep: usize,
}

/// What stands before a value: the comma, unless it is the first one, white space, the key, the colon; and where the value
/// leads.
#[derive(Debug)]
pub(super) struct Expected {
    halves: [Half; 2],
    /// At most 31.
    pub(super) length: usize,
    pub(super) has_comma: bool,
    /// Whether a scalar there leaves.
    pub(super) leaves: bool,
    pub(super) way: Way,
    /// A hash of the name: what is expected wrongly only takes longer.
    name: u64,
}

/// Sixteen bytes, of which the mask says which count.
#[derive(Debug)]
struct Half {
    bytes: [u64; 2],
    mask: [u64; 2],
}

impl Orders {
    /// An object begins. Gives its order's number, if there is one.
    pub(super) fn begin(&mut self, set: Known) -> Option<usize> {
        if let Some(number) = self.orders.iter().position(|order| order.set == set) {
            self.orders.get_mut(number)?.begin();
            return Some(number);
        }
        // Of the first one nothing is learned: it may be the only one.
        let is_room = self.orders.len() < MOST_ORDERS;
        is_room.then(|| self.orders.push(Order { set, next: MOST_KEYS, ..Order::default() }))?;
        Some(self.orders.len() - 1)
    }

    /// Lends an order, to be taken back.
    pub(super) fn lend(&mut self, number: usize) -> Option<Order> {
        self.orders.get_mut(number).map(std::mem::take)
    }

    pub(super) fn take_back(&mut self, number: usize, order: Order) {
        if let Some(place) = self.orders.get_mut(number) {
            *place = order;
        }
    }

    pub(super) fn get(&mut self, number: usize) -> Option<&mut Order> {
        self.orders.get_mut(number)
    }
}

impl Order {
    fn begin(&mut self) {
        if self.asleep == 0 && self.misses * 2 > self.keys.len() {
            self.asleep = NAP;
        }
        self.asleep = self.asleep.saturating_sub(1);
        (self.next, self.misses) = (if self.asleep == 0 { 0 } else { MOST_KEYS }, 0);
    }

    /// The keys that are expected next.
    pub(super) fn expected(&self) -> &[Expected] {
        self.keys.get(self.next..).unwrap_or_default()
    }

    /// So many of them came.
    pub(super) fn pass(&mut self, keys: usize) {
        self.next += keys;
    }

    /// A key came that was not expected, or not with what stands around it: `before` is all that stands before the value.
    pub(super) fn learn(&mut self, before: &[u8], name: &[u8], way: Way) {
        if self.next >= MOST_KEYS {
            return;
        }
        let name = hash(name);
        let known = |at: usize| self.keys.get(at).is_some_and(|key| key.name == name);
        // One may have been left out.
        if known(self.next + 1) {
            self.next += 1;
        } else {
            self.misses += usize::from(self.next < self.keys.len() && !known(self.next));
        }
        let key = Expected::new(before, name, way);
        match self.keys.get_mut(self.next) {
            Some(place) => *place = key,
            None => self.keys.push(key),
        }
        self.next += 1;
    }
}

impl Expected {
    fn new(before: &[u8], name: u64, way: Way) -> Self {
        // What is too long to be compared is never there.
        let before = if before.len() > LONGEST { &[0] } else { before };
        let mut bytes = [0; 32];
        bytes.iter_mut().zip(before).for_each(|(place, byte)| *place = *byte);
        let halves = [Half::of(&bytes, before.len(), 0), Half::of(&bytes, before.len(), 16)];
        let has_comma = before.first() == Some(&b',');
        Self { halves, length: before.len(), has_comma, leaves: way.manner == Manner::Leaves, way, name }
    }

    /// Whether it stands first in a window of the text.
    #[inline(always)]
    pub(super) fn is_first_in(&self, window: Window<'_>) -> bool {
        let [first, second] = &self.halves;
        first.is(window.sixteen(0)) && (self.length <= 16 || second.is(window.sixteen(16)))
    }
}

impl Half {
    /// The half from a place on of what is so long.
    fn of(bytes: &[u8; 32], length: usize, from: usize) -> Self {
        let word = |start: usize| {
            let eight = bytes.get(start..).and_then(<[u8]>::first_chunk);
            eight.map(|bytes| u64::from_le_bytes(*bytes)).unwrap_or_default()
        };
        let mask = |start: usize| match length.saturating_sub(start) {
            0 => 0,
            count @ 1..8 => u64::MAX >> (64 - 8 * count),
            _ => u64::MAX,
        };
        Self { bytes: [word(from), word(from + 8)], mask: [mask(from), mask(from + 8)] }
    }

    #[inline(always)]
    fn is(&self, sixteen: [u64; 2]) -> bool {
        let ([one, two], [first, second], [mask, other]) = (sixteen, self.bytes, self.mask);
        (one ^ first) & mask == 0 && (two ^ second) & other == 0
    }
}

fn hash(name: &[u8]) -> u64 {
    name.iter().fold(0, |hash: u64, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// How many kinds of objects have an order.
const MOST_ORDERS: usize = 4;

/// How many keys are expected of one object.
const MOST_KEYS: usize = 64;

/// How much may stand before a value to be expected there.
const LONGEST: usize = 31;

/// For how many objects it is given up where keys come as they like.
const NAP: usize = 32;
