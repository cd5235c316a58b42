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
#[derive(Debug)]
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
    /// Whether a scalar there leaves.
    pub(super) leaves: bool,
    pub(super) way: Way,
    name: Box<[u8]>,
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
        let number = match self.orders.iter().position(|order| order.set == set) {
            Some(number) => number,
            None if self.orders.len() < MOST_ORDERS => {
                self.orders.push(Order { set, keys: Vec::with_capacity(16), next: 0, misses: 0, asleep: 0 });
                self.orders.len() - 1
            }
            None => return None,
        };
        self.orders.get_mut(number)?.begin();
        Some(number)
    }

    /// The keys of an order, and which of them is expected next. They are given back.
    pub(super) fn lend(&mut self, number: usize) -> Option<(Vec<Expected>, usize)> {
        let order = self.orders.get_mut(number)?;
        Some((std::mem::take(&mut order.keys), order.next))
    }

    /// Takes the keys back, and which of them is expected now.
    pub(super) fn take_back(&mut self, number: usize, keys: Vec<Expected>, next: usize) {
        if let Some(order) = self.orders.get_mut(number) {
            (order.keys, order.next) = (keys, next);
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

    /// A key came that was not expected, or not with what stands around it: `before` is all that stands before the value.
    pub(super) fn learn(&mut self, before: &[u8], name: &[u8], way: Way) {
        if self.next >= MOST_KEYS {
            return;
        }
        let known = |at: usize| self.keys.get(at).is_some_and(|key| *key.name == *name);
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
    fn new(before: &[u8], name: &[u8], way: Way) -> Self {
        // What is too long to be compared is never there.
        let before = if before.len() > LONGEST { &[0] } else { before };
        let halves = [Half::of(before, 0), Half::of(before, 16)];
        Self { halves, length: before.len(), leaves: way.manner == Manner::Leaves, way, name: name.into() }
    }

    /// Whether it stands first in a window of the text.
    #[inline(always)]
    pub(super) fn is_first_in(&self, window: Window<'_>) -> bool {
        let [first, second] = &self.halves;
        first.is(window.sixteen(0)) && (self.length <= 16 || second.is(window.sixteen(16)))
    }
}

impl Half {
    fn of(text: &[u8], from: usize) -> Self {
        let byte = |at: usize| text.get(from + at).copied();
        let word = |start: usize| u64::from_le_bytes(std::array::from_fn(|at| byte(start + at).unwrap_or(0)));
        let mask = |start: usize| {
            u64::from_le_bytes(std::array::from_fn(|at| if byte(start + at).is_some() { 0xff } else { 0 }))
        };
        Self { bytes: [word(0), word(8)], mask: [mask(0), mask(8)] }
    }

    #[inline(always)]
    fn is(&self, sixteen: [u64; 2]) -> bool {
        let ([one, two], [first, second], [mask, other]) = (sixteen, self.bytes, self.mask);
        (one ^ first) & mask == 0 && (two ^ second) & other == 0
    }
}

/// How many kinds of objects have an order.
const MOST_ORDERS: usize = 4;

/// How many keys are expected of one object.
const MOST_KEYS: usize = 64;

/// How much may stand before a value to be expected there.
const LONGEST: usize = 31;

/// For how many objects it is given up where keys come as they like.
const NAP: usize = 32;
