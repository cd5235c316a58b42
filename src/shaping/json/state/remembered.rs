//! What templates read in the present item.

use std::fmt::{self, Debug, Formatter};

use crate::shaping::json::buffer::{MOST_BYTES, empty};

/// The values that templates read, as texts, by their numbers.
#[derive(Default)]
pub(in crate::shaping::json) struct Remembered {
    /// The number of the item, counted from 1: so what an earlier one had is never taken for what it has.
    item: u64,
    values: Vec<Value>,
    /// How many bytes their memory takes.
    kept: usize,
}

/// A value, if it is of the present item.
#[derive(Default)]
struct Value {
    item: Option<u64>,
    text: String,
}

impl Remembered {
    /// Another item begins.
    pub(in crate::shaping::json) fn begin(&mut self) {
        self.item += 1;
        if self.kept > MOST_BYTES {
            // Each item may have other ones.
            self.values.clear();
            self.kept = 0;
        }
    }

    /// Of several with one number the last one counts; it may be none.
    pub(in crate::shaping::json) fn set(&mut self, number: usize, text: Option<&str>) {
        if number >= self.values.len() {
            self.values.resize_with(number + 1, Value::default);
        }
        let Some(value) = self.values.get_mut(number) else { return };
        value.item = text.map(|_| self.item);
        if let Some(text) = text {
            let before = value.text.capacity();
            value.text.clear();
            value.text.push_str(text);
            self.kept += value.text.capacity() - before;
        }
    }

    pub(in crate::shaping::json) fn get(&self, number: usize) -> Option<&str> {
        self.values.get(number).filter(|value| value.item == Some(self.item)).map(|value| &*value.text)
    }

    /// Forgets all.
    pub(in crate::shaping::json) fn forget(&mut self) {
        empty(&mut self.values);
        self.kept = 0;
    }
}

// What they say is nobody's business.
impl Debug for Remembered {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remembered").field("item", &self.item).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_has_nothing_of_an_earlier_one() {
        let mut remembered = Remembered::default();
        assert_eq!(remembered.get(0), None);
        for item in 0..3 {
            remembered.begin();
            assert_eq!(remembered.get(1), None);
            remembered.set(1, Some("a"));
            remembered.set(1, Some("b"));
            assert_eq!((remembered.get(1), remembered.get(0)), (Some("b"), None), "{item}");
        }
        remembered.set(1, None);
        assert_eq!(remembered.get(1), None);
    }

    #[test]
    fn much_more_than_one_item_has_is_never_kept() {
        for length in [100, 4_000, 100_000] {
            let mut remembered = Remembered::default();
            for at in 0..1_000 {
                remembered.begin();
                remembered.set(at, Some(&"x".repeat(length)));
                let kept: usize = remembered.values.iter().map(|value| value.text.capacity()).sum();
                assert!(kept <= MOST_BYTES + 2 * length, "{kept} of {length}");
            }
            remembered.forget();
            assert!(remembered.values.is_empty());
        }
    }
}
