//! How many items of a list were not shown, and why.

/// Why an item is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shaping) enum Reason {
    /// Its class or its topic is closed, or its label says nothing that is known; or nothing may be chosen personally at all.
    Closed,
    /// It may be shown, and the share leaves no place for it.
    Share,
    /// Of its topic enough are shown.
    Topic,
    /// It is shown already.
    Twice,
    /// It is larger than an item may be.
    TooLarge,
}

/// How many items were not shown, by the reason.
///
/// See the example of [`Items`](super::Items).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Withheld([u64; Withheld::REASONS.len()]);

impl Withheld {
    /// The words for the reasons.
    pub const REASONS: [&'static str; 5] = ["closed", "share", "topic", "twice", "too_large"];

    /// The reasons for which any was not shown, and how many that were.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Self::REASONS.into_iter().zip(self.0).filter(|(_, items)| *items > 0)
    }

    pub(in crate::shaping) fn add(&mut self, reason: Reason, items: u64) {
        if let Some(sum) = self.0.get_mut(reason as usize) {
            *sum = sum.saturating_add(items);
        }
    }

    /// The same and those of another list.
    pub(in crate::shaping) fn and(self, other: Self) -> Self {
        let mut both = self;
        both.0.iter_mut().zip(other.0).for_each(|(sum, items)| *sum = sum.saturating_add(items));
        both
    }
}
