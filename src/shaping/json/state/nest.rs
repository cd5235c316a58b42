//! The arrays and objects that are open in a value that no rule looks into: one bit for each.

use crate::shaping::json::buffer::empty;

/// What some brackets do to those that are open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::shaping::json) struct Change {
    /// How many are closed of those that were open, how many are open then that were not, and how many more are in between at most.
    closes: u8,
    opens: u8,
    most: u8,
    /// How many have to be open before: those that are closed, and the one around them.
    within: u8,
    /// Which of them have to be what they were.
    mask: u64,
    closed: u64,
    opened: u64,
}

/// What was open before some brackets, and how many have been open since.
pub(super) struct Since {
    inner: u64,
    depth: usize,
    least: usize,
    most: usize,
}

/// Which of the open brackets are braces, the innermost last.
#[derive(Debug, Default)]
pub(in crate::shaping::json) struct Nest {
    /// The innermost ones, at least one while any is open; the innermost is the lowest bit, set for a brace.
    inner: u64,
    /// Those around them, full words.
    outer: Vec<u64>,
    /// How many are open.
    depth: usize,
}

impl Nest {
    #[inline]
    pub(in crate::shaping::json) fn depth(&self) -> usize {
        self.depth
    }

    #[inline]
    pub(in crate::shaping::json) fn is_empty(&self) -> bool {
        self.depth == 0
    }

    /// Whether the innermost one is an object.
    #[inline]
    pub(in crate::shaping::json) fn is_object(&self) -> bool {
        self.inner & 1 == 1
    }

    #[inline]
    pub(in crate::shaping::json) fn open(&mut self, object: bool) {
        if self.depth.is_multiple_of(WORD) && self.depth > 0 {
            self.outer.push(self.inner);
        }
        self.inner = self.inner << 1 | u64::from(object);
        self.depth += 1;
    }

    /// Opens and closes at once what some brackets do; at most `room` may be open, which is less than a word has bits. Nothing
    /// happens if they do not fit.
    #[inline(always)]
    pub(in crate::shaping::json) fn change(&mut self, by: &Change, room: usize) -> bool {
        let [closes, opens, most, within] = [by.closes, by.opens, by.most, by.within].map(usize::from);
        let fits = self.depth >= within && self.depth + most <= room && self.inner & by.mask == by.closed;
        if fits {
            self.inner = self.inner >> (closes % WORD) << (opens % WORD) | by.opened;
            self.depth = self.depth - closes + opens;
        }
        fits
    }

    /// Begins to see what happens.
    #[inline]
    pub(super) fn since(&self) -> Since {
        let Self { inner, depth, .. } = *self;
        Since { inner, depth, least: depth, most: depth }
    }

    /// Closes all.
    pub(in crate::shaping::json) fn clear(&mut self) {
        (self.depth, self.inner) = (0, 0);
        self.outer.clear();
    }

    /// The same, for another body.
    pub(in crate::shaping::json) fn forget(&mut self) {
        self.clear();
        empty(&mut self.outer);
    }

    /// Closes the innermost one.
    #[inline]
    pub(in crate::shaping::json) fn close(&mut self) {
        self.inner >>= 1;
        self.depth = self.depth.saturating_sub(1);
        if self.depth.is_multiple_of(WORD) && self.depth > 0 {
            self.inner = self.outer.pop().unwrap_or_default();
        }
    }
}

impl Since {
    /// One was opened or closed.
    #[inline]
    pub(in crate::shaping::json) fn see(&mut self, nest: &Nest) {
        (self.least, self.most) = (self.least.min(nest.depth), self.most.max(nest.depth));
    }

    /// What has happened, unless too much is open.
    pub(in crate::shaping::json) fn change(&self, nest: &Nest) -> Option<Change> {
        if self.most >= WORD {
            return None;
        }
        let (closes, opens, most) = (self.depth - self.least, nest.depth - self.least, self.most - self.depth);
        // Before the first one nothing is open.
        let (within, mask) = if self.depth == 0 { (0, 0) } else { (closes + 1, u64::MAX >> (WORD - 1 - closes)) };
        let opened = nest.inner & !(u64::MAX << opens);
        let [closes, opens, most, within] =
            [closes, opens, most, within].map(|count| u8::try_from(count).unwrap_or_default());
        Some(Change { closes, opens, most, within, mask, closed: self.inner & mask, opened })
    }
}

impl Change {
    /// Whether all stays as it is, and the innermost one is an object.
    pub(super) fn is_none_in_object(&self) -> bool {
        (self.most, self.closes, self.opens, self.closed) == (0, 0, 0, 1)
    }
}

/// How many are at hand.
pub(in crate::shaping::json) const WORD: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #[test]
        fn brackets_close_in_the_order_in_which_they_opened(steps in vec(prop_oneof![3 => Just(Some(true)), 3 => Just(Some(false)), 4 => Just(None)], 0..1_000)) {
            let (mut nest, mut open) = (Nest::default(), Vec::new());
            for step in steps {
                match step {
                    Some(object) => {
                        nest.open(object);
                        open.push(object);
                    }
                    None if open.is_empty() => {}
                    None => {
                        nest.close();
                        open.pop();
                    }
                }
                prop_assert_eq!((nest.depth(), nest.is_empty()), (open.len(), open.is_empty()));
                if let Some(object) = open.last() {
                    prop_assert_eq!(nest.is_object(), *object);
                }
            }
        }

        /// Learned at one depth, changed at another one, also where a word of brackets is full.
        #[test]
        fn what_is_changed_at_once_is_as_if_it_were_opened_and_closed(
            around in vec(any::<bool>(), 0..70),
            others in vec(any::<bool>(), 0..70),
            steps in vec(prop_oneof![2 => Just(Some(true)), 2 => Just(Some(false)), 3 => Just(None)], 0..12),
            room in 0..WORD,
        ) {
            // Each kind of bracket, and whether all of them may be passed there: a bracket closes what was open.
            let pass = |nest: &mut Nest, room: usize, seen: &mut dyn FnMut(&Nest)| {
                steps.iter().all(|step| {
                    let fits = if step.is_some() { nest.depth() < room } else { nest.depth() > 1 };
                    if fits {
                        match step {
                            Some(object) => nest.open(*object),
                            None => nest.close(),
                        }
                        seen(nest);
                    }
                    fits
                })
            };
            let mut known = Nest::default();
            around.iter().for_each(|object| known.open(*object));
            let mut since = known.since();
            if !pass(&mut known, usize::MAX, &mut |nest| since.see(nest)) {
                return Ok(());
            }
            let Some(change) = since.change(&known) else { return Ok(()) };
            let (mut at_once, mut one_by_one) = (Nest::default(), Nest::default());
            others.iter().for_each(|object| [&mut at_once, &mut one_by_one].iter_mut().for_each(|nest| nest.open(*object)));
            let before = (at_once.depth, at_once.inner, at_once.outer.clone());
            if at_once.change(&change, room) {
                let passed = pass(&mut one_by_one, room, &mut |_| {});
                prop_assert!(passed, "more was open than there is room for");
                prop_assert_eq!((at_once.depth, at_once.is_object()), (one_by_one.depth, one_by_one.is_object()));
                let bits = if at_once.depth == 0 { 0 } else { u64::MAX >> (WORD - at_once.depth) };
                prop_assert_eq!(at_once.inner & bits, one_by_one.inner & bits);
            } else {
                prop_assert_eq!(before, (at_once.depth, at_once.inner, at_once.outer), "nothing has happened");
            }
        }
    }
}
