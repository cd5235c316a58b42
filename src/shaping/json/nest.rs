//! The arrays and objects that are open in a value that no rule looks into: one bit for each.

use super::reuse::empty;

/// Which of the open brackets are braces, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Nest {
    /// The innermost ones, at least one while any is open; the innermost is the lowest bit, set for a brace.
    inner: u64,
    /// Those around them, full words.
    outer: Vec<u64>,
    /// How many are open.
    depth: usize,
}

impl Nest {
    #[inline]
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.depth == 0
    }

    /// Whether the innermost one is an object.
    #[inline]
    pub(super) fn is_object(&self) -> bool {
        self.inner & 1 == 1
    }

    #[inline]
    pub(super) fn open(&mut self, object: bool) {
        if self.depth.is_multiple_of(WORD) && self.depth > 0 {
            self.outer.push(self.inner);
        }
        self.inner = self.inner << 1 | u64::from(object);
        self.depth += 1;
    }

    /// Closes all.
    pub(super) fn clear(&mut self) {
        (self.depth, self.inner) = (0, 0);
        self.outer.clear();
    }

    /// The same, for another body.
    pub(super) fn forget(&mut self) {
        self.clear();
        empty(&mut self.outer);
    }

    /// Closes the innermost one.
    #[inline]
    pub(super) fn close(&mut self) {
        self.inner >>= 1;
        self.depth = self.depth.saturating_sub(1);
        if self.depth.is_multiple_of(WORD) && self.depth > 0 {
            self.inner = self.outer.pop().unwrap_or_default();
        }
    }
}

const WORD: usize = 64;

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
    }
}
