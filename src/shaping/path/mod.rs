//! JSONPath (RFC 9535), the part that one pass over a document can follow.
//!
//! There are names (`.name`, `['name']`, `["name"]`), indexes, slices, wildcards, descendants (`..`) and unions. What
//! would have to see more of the document first is refused with the reason: filters, functions, and whatever counts
//! from the end of an array.

mod parse;

use std::{
    fmt::{self, Write as _},
    hash::{Hash, Hasher},
    num::NonZeroU64,
    str::FromStr,
    sync::Arc,
};

pub use parse::{PathError, PathErrorKind};

/// A parsed path. Cheap to clone; equal to every path that selects by the same steps, however it is written.
///
/// ```
/// use tower_rapport::shaping::path::{Path, PathErrorKind};
///
/// let items = Path::parse("$.items[*]")?;
/// assert_eq!(items.join(&Path::parse("$.id")?), Path::parse("$['items'][*]['id']")?);
/// assert_eq!(Path::parse("$.items[*].id")?.strip_prefix(&items), Some(Path::parse("$.id")?));
/// assert_eq!(items.empty_document(), r#"{"items":[]}"#);
///
/// let error = Path::parse("$.items[-1]").unwrap_err(); // how long the list is, one pass does not know yet
/// assert_eq!((error.kind(), error.offset()), (PathErrorKind::Negative, 8));
/// # Ok::<(), tower_rapport::shaping::path::PathError>(())
/// ```
#[derive(Clone)]
pub struct Path {
    text: Arc<str>,
    segments: Arc<[Segment]>,
}

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

impl Path {
    /// Reads a path as written, from `$` on.
    ///
    /// # Errors
    /// What is no JSONPath, or needs more than a single pass, with the place and the remedy.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        Ok(Self { text: text.into(), segments: parse::segments(text)?.into() })
    }

    /// Whether the path is `$`, the whole document.
    pub(crate) fn is_root(&self) -> bool {
        self.segments.is_empty()
    }

    /// Whether the path can select one value at most (RFC 9535 section 2.3.5.1): names and indexes only.
    pub(crate) fn is_singular(&self) -> bool {
        self.segments.iter().all(|segment| {
            !segment.descends && matches!(*segment.selectors, [Selector::Name(_)] | [Selector::Index(_)])
        })
    }

    /// The name of a member of the document itself, if that is what the path selects: `$.why` gives `why`.
    pub(crate) fn member(&self) -> Option<&str> {
        match &*self.segments {
            [Segment { descends: false, selectors }] => match &**selectors {
                [Selector::Name(name)] => Some(name),
                _ => None,
            },
            _ => None,
        }
    }

    /// The path without an index at its end: `$.items[0]` gives `$.items`.
    pub(crate) fn without_last_index(&self) -> Self {
        match &*self.segments {
            [list @ .., Segment { descends: false, selectors }] if matches!(**selectors, [Selector::Index(_)]) => {
                Self::from_segments(list)
            }
            _ => self.clone(),
        }
    }

    /// Whether the last step picks some of a list by their numbers and leaves out others.
    pub(crate) fn ends_in_a_slice(&self) -> bool {
        let picks = |selector: &Selector| matches!(selector, Selector::Index(_) | Selector::Slice(_));
        self.segments
            .last()
            .is_some_and(|last| last.selectors.iter().any(picks) && !last.selectors.contains(&Selector::Wildcard))
    }

    /// Whether `other` begins with all steps of this path; every path is a prefix of itself.
    pub fn is_prefix_of(&self, other: &Self) -> bool {
        other.segments.starts_with(&self.segments)
    }

    /// Whether a value that this path selects can lie in one that `other` selects, or be it. Sometimes said of one that
    /// cannot, never denied of one that can.
    pub(crate) fn may_reach_into(&self, other: &Self) -> bool {
        let steps = self.segments.iter().zip(&*other.segments);
        let descends = |path: &Self| path.segments.iter().any(|segment| segment.descends);
        if descends(self) || descends(other) {
            return true;
        }
        self.segments.len() >= other.segments.len() && steps.into_iter().all(|(one, other)| one.may_meet(other))
    }

    /// This path as seen from the values that `prefix` selects: `$.items[*].id` after `$.items[*]` is `$.id`.
    pub fn strip_prefix(&self, prefix: &Self) -> Option<Self> {
        self.segments.strip_prefix(&*prefix.segments).map(Self::from_segments)
    }

    /// The path of what `inner` selects within the values of this path: `$.items[*]` and `$.id` make `$.items[*].id`.
    pub fn join(&self, inner: &Self) -> Self {
        Self::from_segments(&[&*self.segments, &*inner.segments].concat())
    }

    /// The smallest document in which this path finds nothing: `$.items[*]` gives `{"items":[]}`, `$` gives `null`.
    ///
    /// What lies behind a wildcard, a descendant or a place in an array stays away.
    pub fn empty_document(&self) -> String {
        let (mut head, mut tail) = (String::new(), String::new());
        for segment in &*self.segments {
            match &*segment.selectors {
                [Selector::Name(name)] if !segment.descends => {
                    head.push('{');
                    write_quoted(&mut head, name, '"');
                    head.push(':');
                    tail.insert(0, '}');
                }
                [Selector::Wildcard | Selector::Index(_) | Selector::Slice(_), ..] if !segment.descends => {
                    return head + "[]" + &tail;
                }
                _ => return head + "{}" + &tail,
            }
        }
        head + "null" + &tail
    }

    pub(crate) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    fn from_segments(segments: &[Segment]) -> Self {
        let mut text = String::from("$");
        for segment in segments {
            write_segment(&mut text, segment);
        }
        Self { text: text.into(), segments: segments.into() }
    }
}

impl FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::parse(text)
    }
}

impl PartialEq for Path {
    fn eq(&self, other: &Self) -> bool {
        self.segments == other.segments
    }
}

impl Eq for Path {}

impl Hash for Path {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.segments.hash(state);
    }
}

/// The path as it was written.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Path({})", self.text)
    }
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
}

impl Segment {
    /// Whether the two may select the same child.
    fn may_meet(&self, other: &Self) -> bool {
        let may_meet = |one: &Selector, other: &Selector| match (one, other) {
            (Selector::Wildcard, _) | (_, Selector::Wildcard) | (Selector::Slice(_), Selector::Slice(_)) => true,
            (Selector::Slice(slice), Selector::Index(index)) | (Selector::Index(index), Selector::Slice(slice)) => {
                slice.contains(*index)
            }
            (one, other) => one == other,
        };
        self.selectors.iter().any(|one| other.selectors.iter().any(|other| may_meet(one, other)))
    }
}

impl Slice {
    pub(crate) fn contains(self, index: u64) -> bool {
        index >= self.start && self.end.is_none_or(|end| index < end) && (index - self.start) % self.step == 0
    }
}

fn write_segment(text: &mut String, segment: &Segment) {
    if segment.descends {
        text.push_str("..");
    }
    if let [Selector::Name(name)] = &*segment.selectors
        && parse::is_shorthand(name)
    {
        text.push_str(if segment.descends { "" } else { "." });
        text.push_str(name);
        return;
    }
    text.push('[');
    for (at, selector) in segment.selectors.iter().enumerate() {
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

fn write_quoted(text: &mut String, name: &str, quote: char) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        Path::parse(text).unwrap()
    }

    #[test]
    fn paths_are_equal_however_they_are_written() {
        for (one, other) in [
            ("$.a.b", "$['a'][\"b\"]"),
            ("$.a", "$ [ 'a' ]"),
            ("$['a','b']", "$['b','a','b']"),
            ("$.*", "$[*]"),
            ("$..a", "$..['a']"),
            ("$[1:3]", "$[1:3:1]"),
            ("$[:]", "$[0::1]"),
            (r"$['fir\u0073t']", "$.first"),
            (r"$['\uD83D\uDE00']", "$['😀']"),
        ] {
            assert_eq!(path(one), path(other), "{one} {other}");
        }
        for (one, other) in [("$.a", "$..a"), ("$[1]", "$['1']"), ("$[1:3]", "$[1:3:2]"), ("$", "$.a")] {
            assert_ne!(path(one), path(other), "{one} {other}");
        }
    }

    #[test]
    fn a_path_prints_as_written() {
        for text in ["$", "$.items[*]['id', \"title\"]", "$..a[ 1 : 2 ]"] {
            assert_eq!(path(text).to_string(), text);
        }
    }

    #[test]
    fn a_path_within_an_item_goes_out_and_comes_back() {
        let item = path("$.items[*]");
        for (inner, whole) in [
            ("$", "$.items[*]"),
            ("$.category[0]", "$.items[*].category[0]"),
            (r"$['it\'s']..a[1:,'x']", r"$.items[*]['it\'s']..a[1:,'x']"),
        ] {
            assert_eq!(item.join(&path(inner)), path(whole));
            assert_eq!(path(whole).strip_prefix(&item), Some(path(inner)));
            // What was put together is a path that can be read again.
            let joined = item.join(&path(inner));
            assert_eq!(path(&joined.to_string()), joined);
        }
        assert!(item.is_prefix_of(&path("$.items[*].a")) && !item.is_prefix_of(&path("$.items[0].a")));
        assert_eq!(path("$.items").strip_prefix(&item), None);
    }

    #[test]
    fn the_empty_document_is_made_from_the_path() {
        for (text, document) in [
            ("$.items[*]", r#"{"items":[]}"#),
            ("$[*]", "[]"),
            ("$", "null"),
            ("$.a['b\"'][0].c", r#"{"a":{"b\"":[]}}"#),
            ("$.data..items", r#"{"data":{}}"#),
        ] {
            assert_eq!(path(text).empty_document(), document, "{text}");
        }
    }

    #[test]
    fn only_names_and_indexes_are_singular() {
        for (text, singular) in
            [("$", true), ("$.a[0]['b']", true), ("$..a", false), ("$.*", false), ("$[0,1]", false), ("$[0:1]", false)]
        {
            assert_eq!(path(text).is_singular(), singular, "{text}");
        }
    }
}
