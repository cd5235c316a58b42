//! In which order members come. The objects of a list mostly have the same members in the same order, so behind one key is
//! likely what was behind it before: comparing what stands before a value with that is quicker than finding the end of a key
//! and looking it up. The same goes for what stands between two scalars of a value that no rule looks into, with all its brackets.
//!
//! Where keys come as they like, it is given up for a while. What was learned from one answer is expected of the next one by
//! the same plan.

use std::fmt::{self, Debug, Formatter};

use crate::shaping::json::{
    sets::{Known, way::Way},
    text::window::{HALF, Window},
};
use fearless_simd::{prelude::*, u8x32};

/// The orders of the kinds of objects that came first.
#[derive(Debug, Default)]
pub(in crate::shaping::json) struct Orders {
    orders: Vec<(Known, Order<Way>)>,
}

/// The order of the members of one kind of object, or the like.
#[derive(Debug)]
pub(in crate::shaping::json) struct Order<T> {
    /// The first one is none: behind it stands what an object begins with.
    keys: Vec<Expected<T>>,
    /// The number of the key that came last; one that is not known has none.
    last: usize,
    /// How many keys came as they were expected of late, and how many did not though they were known.
    hits: u64,
    misses: u64,
    /// For how many objects it is given up.
    asleep: usize,
    /// For how many the next time.
    nap: usize,
}

/// What stands before a value: the comma, unless it is the first one, white space, the key, the colon; and what that means for the
/// value: where it leads.
// So large that its place among others is found without multiplying.
#[repr(align(64))]
pub(in crate::shaping::json) struct Expected<T> {
    bytes: [u8; HALF],
    /// Which of the bytes count.
    mask: [u8; HALF],
    /// At most 31.
    length: u8,
    number: u8,
    pub(in crate::shaping::json) means: T,
    /// Whether it means what is most usual.
    pub(in crate::shaping::json) is_plain: bool,
    /// The numbers of those that came behind it.
    next: [u8; FOLLOWERS],
    /// Which of them is forgotten for another one.
    oldest: u8,
}

// A key may be a customer's id, and a plan outlives the answer.
impl<T> Debug for Expected<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Expected").field("number", &self.number).field("length", &self.length).finish_non_exhaustive()
    }
}

impl Orders {
    /// The number of the order of a kind of objects, if there is one.
    pub(in crate::shaping::json) fn number(&mut self, set: Known) -> Option<usize> {
        let known = self.orders.iter().position(|(known, _)| *known == set);
        if known.is_none() && self.orders.len() < MOST_ORDERS {
            self.orders.push((set, Order::new(Way::NOWHERE)));
            return Some(self.orders.len() - 1);
        }
        known
    }

    /// An object begins whose order has this number.
    #[inline(always)]
    pub(in crate::shaping::json) fn begin(&mut self, number: usize) {
        self.get(number).into_iter().for_each(Order::begin);
    }

    #[inline(always)]
    pub(in crate::shaping::json) fn get(&mut self, number: usize) -> Option<&mut Order<Way>> {
        self.orders.get_mut(number).map(|(_, order)| order)
    }
}

impl Order<Way> {
    /// The keys, and the last one; none where none is expected. Keys without a comma are expected only where an object begins.
    #[inline]
    pub(in crate::shaping::json) fn expected_members(
        &self,
        needs_comma: bool,
    ) -> Option<(&[Expected<Way>], &Expected<Way>)> {
        if needs_comma && self.last == 0 { None } else { self.expected() }
    }

    /// The key of this number came as it was expected. Returns what it means.
    pub(in crate::shaping::json) fn came_with_meaning(&mut self, key: usize) -> Option<Way> {
        self.came(key, 1);
        self.keys.get(key).map(|key| key.means)
    }

    /// A key came that was not expected, or not with what stands around it: `before` is all that stands before the value. Returns
    /// whether another one is expected behind it.
    #[inline]
    pub(in crate::shaping::json) fn learn_member(&mut self, before: &[u8], way: Way) -> bool {
        // A key has no comma only where an object begins.
        let fits = before.first() == Some(&b',') || self.last == 0;
        self.learn(if fits { before } else { &[] }, way, way.only_leaves())
    }
}

impl<T: Eq> Order<T> {
    /// Behind none comes what has this meaning: nothing.
    pub(in crate::shaping::json) fn new(none: T) -> Self {
        let keys = vec![Expected::new(0, &[], none, false)];
        Self { keys, last: 0, hits: 0, misses: 0, asleep: 0, nap: NAP }
    }

    /// It begins again.
    #[inline(always)]
    pub(in crate::shaping::json) fn begin(&mut self) {
        self.judge();
        self.asleep = self.asleep.saturating_sub(1);
        self.last = if self.asleep == 0 { 0 } else { NONE };
    }

    /// Nothing is known of what came last.
    pub(in crate::shaping::json) fn lose(&mut self) {
        self.last = LOST;
    }

    /// The keys, and the last one; none where none is expected.
    #[inline]
    pub(in crate::shaping::json) fn expected(&self) -> Option<(&[Expected<T>], &Expected<T>)> {
        Some((&self.keys, self.keys.get(self.last)?))
    }

    /// So many keys came as they were expected, the one with this number as the last one.
    #[inline]
    pub(in crate::shaping::json) fn came(&mut self, last: usize, hits: u64) {
        self.last = last;
        self.hits += hits;
    }

    #[cfg(test)]
    pub(in crate::shaping::json) fn hits(&self) -> u64 {
        self.hits
    }

    /// Whether anything is learned.
    #[inline]
    pub(in crate::shaping::json) fn learns(&self) -> bool {
        self.asleep == 0
    }

    /// Something came that was not expected: `before` is all that stands before the value; nothing if it is never to be expected.
    /// Returns whether anything is expected behind it.
    #[inline]
    pub(in crate::shaping::json) fn learn(&mut self, before: &[u8], means: T, is_plain: bool) -> bool {
        self.learns() && self.learn_awake(before, means, is_plain)
    }

    #[inline(never)]
    fn learn_awake(&mut self, before: &[u8], means: T, is_plain: bool) -> bool {
        if before.is_empty() || before.len() > LONGEST {
            self.lose();
            return false;
        }
        let key = Expected::new(self.keys.len(), before, means, is_plain);
        let known = self.keys.iter().skip(1).position(|known| known.is_same(&key)).map(|at| at + 1);
        let is_full = self.keys.len() == MOST_KEYS;
        let last = std::mem::replace(&mut self.last, known.unwrap_or(if is_full { NONE } else { self.keys.len() }));
        if known.is_none() && !is_full {
            self.keys.push(key);
        }
        let follows = match (self.keys.get_mut(last), u8::try_from(self.last)) {
            (Some(last), Ok(next)) => last.is_followed_by(next),
            _ => false,
        };
        // It was expected, but what became of its value was not usual.
        self.hits += u64::from(follows);
        self.misses += u64::from(!follows && last != LOST && (known.is_some() || is_full));
        self.judge();
        self.keys.get(self.last).is_some_and(|last| last.next != [u8::MAX; FOLLOWERS])
    }

    /// Gives it up for a while where keys come as they like, for ever longer ones if they go on.
    #[inline(always)]
    fn judge(&mut self) {
        if self.hits + self.misses > LATE {
            self.judge_late();
        }
    }

    #[inline(never)]
    fn judge_late(&mut self) {
        if self.misses > self.hits {
            (self.asleep, self.last) = (self.nap, NONE);
            self.nap = (self.nap * 2).min(LONGEST_NAP);
            // Others may come after that.
            self.keys.truncate(1);
            self.keys.iter_mut().for_each(|none| none.next = [u8::MAX; FOLLOWERS]);
        } else {
            self.nap = NAP;
        }
        (self.hits, self.misses) = (0, 0);
    }
}

impl<T: Eq> Expected<T> {
    /// `before` is at most so long as is expected.
    fn new(number: usize, before: &[u8], means: T, is_plain: bool) -> Self {
        let [length, number] = [before.len(), number].map(|count| u8::try_from(count).unwrap_or_default());
        let (mut bytes, mut mask) = ([0; HALF], [0; HALF]);
        bytes.iter_mut().zip(before).for_each(|(place, byte)| *place = *byte);
        mask.iter_mut().zip(before).for_each(|(place, _)| *place = u8::MAX);
        let next = [u8::MAX; FOLLOWERS];
        Self { bytes, mask, length, number, means, is_plain, next, oldest: 0 }
    }

    #[inline(always)]
    pub(in crate::shaping::json) fn length(&self) -> usize {
        self.length.into()
    }

    /// Its place among all.
    #[inline(always)]
    pub(in crate::shaping::json) fn number(&self) -> usize {
        self.number.into()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.length == other.length && self.bytes == other.bytes && self.means == other.means
    }

    /// The one of these keys that comes next behind it, if it is expected.
    #[inline(always)]
    pub(in crate::shaping::json) fn next<'k, S: Simd>(
        &self,
        simd: S,
        keys: &'k [Self],
        window: Window<'_>,
    ) -> Option<&'k Self> {
        let first = u8x32::from_slice(simd, &window.first());
        for number in self.next {
            // Those that are not there stand behind those that are.
            let key = keys.get(usize::from(number))?;
            if key.is(simd, first) {
                return Some(key);
            }
        }
        None
    }

    /// Another key came behind it. Returns whether it had before.
    fn is_followed_by(&mut self, next: u8) -> bool {
        if self.next.contains(&next) {
            return true;
        }
        if let Some(place) = self.next.get_mut(usize::from(self.oldest)) {
            *place = next;
        }
        self.oldest = (self.oldest + 1) % FOLLOWERS as u8;
        false
    }

    /// Whether it stands first in these bytes.
    #[inline(always)]
    fn is<S: Simd>(&self, simd: S, first: u8x32<S>) -> bool {
        let others = (first ^ u8x32::from_slice(simd, &self.bytes)) & u8x32::from_slice(simd, &self.mask);
        others.simd_eq(u8x32::splat(simd, 0)).all_true()
    }
}

/// How many kinds of objects have an order.
const MOST_ORDERS: usize = 8;

/// How many keys are expected of one kind of object, one of them none.
const MOST_KEYS: usize = 64;

/// How many keys are expected behind one.
const FOLLOWERS: usize = 8;

/// No key's number: that of one that is not known, and of one that never is.
const NONE: usize = usize::MAX;
const LOST: usize = NONE - 1;

/// How much may stand before a value to be expected there.
const LONGEST: usize = HALF - 1;

/// After how many keys it is judged whether they come as they are expected.
const LATE: u64 = 256;

/// For how many objects it is given up at first where keys come as they like, and at last.
const NAP: usize = 32;
const LONGEST_NAP: usize = 1024;
