//! JSONPath (RFC 9535), the part that one pass over a document can follow.
//!
//! There are names (`.name`, `['name']`, `["name"]`), indexes, slices, wildcards, descendants (`..`) and unions. What
//! would have to see more of the document first is refused with the reason: filters, functions, and whatever counts
//! from the end of an array.

mod parse;
mod segment;

use std::{
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
    sync::Arc,
};

pub use self::parse::{PathError, PathErrorKind};
use self::segment::write_quoted;
pub(crate) use self::segment::{Segment, Selector, Slice};

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
            segment.write(&mut text);
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
