//! The steps of a path, and how they are written.

use std::{fmt::Write as _, num::NonZeroU64};

use super::parse::is_shorthand;

/// One step of a path: from a value to some of its children, or of all its descendants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Segment {
    pub(crate) descends: bool,
    /// Sorted, without doubles: for a rule a union is a set.
    pub(crate) selectors: Box<[Selector]>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Selector {
    Wildcard,
    Name(Box<str>),
    Index(u64),
    Slice(Slice),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slice {
    pub(crate) start: u64,
    pub(crate) end: Option<u64>,
    pub(crate) step: NonZeroU64,
}

impl Segment {
    /// The lowest index that it can select; 0 where it selects names.
    pub(crate) fn begins_at(&self) -> u64 {
        let lowest = |selector: &Selector| match selector {
            Selector::Index(index) => *index,
            Selector::Slice(slice) => slice.start,
            Selector::Wildcard | Selector::Name(_) => 0,
        };
        if self.descends { 0 } else { self.selectors.iter().map(lowest).min().unwrap_or(0) }
    }

    /// Whether the two may select the same child.
    pub(super) fn may_meet(&self, other: &Self) -> bool {
        let may_meet = |one: &Selector, other: &Selector| match (one, other) {
            (Selector::Wildcard, _) | (_, Selector::Wildcard) | (Selector::Slice(_), Selector::Slice(_)) => true,
            (Selector::Slice(slice), Selector::Index(index)) | (Selector::Index(index), Selector::Slice(slice)) => {
                slice.contains(*index)
            }
            (one, other) => one == other,
        };
        self.selectors.iter().any(|one| other.selectors.iter().any(|other| may_meet(one, other)))
    }

    /// Writes it as in a path.
    pub(super) fn write(&self, text: &mut String) {
        if self.descends {
            text.push_str("..");
        }
        if let [Selector::Name(name)] = &*self.selectors
            && is_shorthand(name)
        {
            text.push_str(if self.descends { "" } else { "." });
            text.push_str(name);
            return;
        }
        text.push('[');
        for (at, selector) in self.selectors.iter().enumerate() {
            text.push_str(if at == 0 { "" } else { "," });
            // Writing to a `String` cannot fail.
            let _ = match selector {
                Selector::Wildcard => text.write_char('*'),
                Selector::Name(name) => {
                    write_quoted(text, name, '\'');
                    Ok(())
                }
                Selector::Index(index) => write!(text, "{index}"),
                Selector::Slice(Slice { start, end: Some(end), step }) => write!(text, "{start}:{end}:{step}"),
                Selector::Slice(Slice { start, end: None, step }) => write!(text, "{start}::{step}"),
            };
        }
        text.push(']');
    }
}

impl Slice {
    pub(crate) fn contains(self, index: u64) -> bool {
        index >= self.start && self.end.is_none_or(|end| index < end) && (index - self.start) % self.step == 0
    }
}

/// Writes a name in quotes, with the escapes of JSON.
pub(super) fn write_quoted(text: &mut String, name: &str, quote: char) {
    text.push(quote);
    for letter in name.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            letter if letter == quote => text.extend(['\\', quote]),
            control @ '\0'..='\x1f' => {
                let _ = write!(text, "\\u{:04x}", u32::from(control));
            }
            letter => text.push(letter),
        }
    }
    text.push(quote);
}
