//! What templates read in the present item.

use std::fmt::{self, Debug, Formatter};

/// The values that templates read, as texts, by their numbers.
#[derive(Default)]
pub(in crate::shaping::json) struct Remembered(Vec<Value>);

#[derive(Default)]
struct Value {
    is_known: bool,
    /// Of one that is not known it means nothing, but its memory serves the next one.
    text: String,
}

impl Remembered {
    /// Another item begins, of which so many values may be read.
    pub(in crate::shaping::json) fn begin(&mut self, values: usize) {
        self.0.iter_mut().for_each(|value| value.is_known = false);
        self.0.resize_with(values, Value::default);
    }

    /// Of several with one number the last one counts; it may be none.
    pub(in crate::shaping::json) fn set(&mut self, number: usize, text: Option<&str>) {
        let Some(value) = self.0.get_mut(number) else { return };
        value.is_known = text.is_some();
        if let Some(text) = text {
            value.text.clear();
            value.text.push_str(text);
        }
    }

    pub(in crate::shaping::json) fn get(&self, number: usize) -> Option<&str> {
        self.0.get(number).filter(|value| value.is_known).map(|value| &*value.text)
    }

    /// Forgets all.
    pub(in crate::shaping::json) fn forget(&mut self) {
        self.0.clear();
    }
}

// What they say is nobody's business.
impl Debug for Remembered {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Remembered").field(&self.0.len()).finish()
    }
}
