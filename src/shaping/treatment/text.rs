//! Texts: the first parts, the initial, another text.

use std::{collections::BTreeMap, num::NonZeroU64};

/// The text up to the `count`th `>`, without the blanks before it; the whole text where there are no more parts.
pub(crate) fn first_parts(text: &str, count: NonZeroU64) -> &str {
    let last = usize::try_from(count.get() - 1).unwrap_or(usize::MAX);
    text.match_indices('>').nth(last).map_or(text, |(end, _)| text.get(..end).unwrap_or_default()).trim_end()
}

/// The first character that is no white space, by Unicode scalar value, and a full stop; `None` for an empty text.
pub(crate) fn initial(text: &str) -> Option<String> {
    text.trim_start().chars().next().map(|letter| format!("{letter}."))
}

/// Texts that become other texts.
///
/// See the example of [`treatment`](super).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    texts: BTreeMap<String, String>,
    otherwise: Option<String>,
}

impl Mapping {
    /// Each text and what it becomes; a text that is not there becomes `otherwise`, or is removed without it.
    pub fn new(texts: impl IntoIterator<Item = (String, String)>, otherwise: Option<String>) -> Self {
        Self { texts: texts.into_iter().collect(), otherwise }
    }

    pub(crate) fn coarsen(&self, text: &str) -> Option<&str> {
        self.texts.get(text).or(self.otherwise.as_ref()).map(String::as_str)
    }
}
