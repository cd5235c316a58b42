//! Which endpoint a request's path belongs to.
//!
//! Patterns are those of axum 0.8. A path is looked at as it would be understood by anybody behind: with
//! percent-encoding decoded, empty and dot segments resolved, and without a last `/`. Services differ in what they
//! resolve, so where that finds nothing, two more readings count: `%2F` kept within its segment, and the path just as
//! it came. In doubt an answer is shaped.

use std::{borrow::Cow, fmt};

use matchit::{InsertError, Router};
use percent_encoding::percent_decode_str;

/// Path patterns, each with a number.
#[derive(Clone, Default)]
pub(super) struct Patterns {
    router: Router<usize>,
    written: Vec<(String, usize)>,
}

impl Patterns {
    /// Adds a pattern.
    pub(super) fn insert(&mut self, pattern: &str, number: usize) -> Result<(), PatternError> {
        let refuse = |text: String| Err(PatternError { text, taken_by: None });
        if !pattern.starts_with('/') {
            return refuse("a path begins with `/`".into());
        }
        if let Some(old) = pattern.split('/').find(|segment| segment.starts_with([':', '*'])) {
            let (name, kind) = (old.get(1..).unwrap_or_default(), old.get(..1).unwrap_or_default());
            let new = if kind == "*" { format!("{{*{name}}}") } else { format!("{{{name}}}") };
            return refuse(format!("write `{new}` for `{old}`"));
        }
        let resolved = resolve(pattern, false);
        match self.router.insert(resolved.clone(), number) {
            Ok(()) => {
                self.written.push((resolved, number));
                Ok(())
            }
            Err(InsertError::Conflict { with }) => {
                let taken_by = self.written.iter().find(|(pattern, _)| *pattern == with).map(|(_, number)| *number);
                Err(PatternError { text: format!("the same paths as `{with}`"), taken_by })
            }
            Err(InsertError::InvalidCatchAll) => refuse("`{*rest}` can only be the last segment".into()),
            Err(InsertError::InvalidParamSegment) => refuse("a segment is either a text or one `{name}`".into()),
            Err(_) => refuse("not a pattern; write segments such as `recommendations`, `{id}` or `{*rest}`".into()),
        }
    }

    /// The number of the pattern that a path matches.
    pub(super) fn find(&self, path: &str) -> Option<usize> {
        let at = |path: &str| self.router.at(path).ok().map(|found| *found.value);
        if is_resolved(path) {
            return at(path);
        }
        at(&resolve(path, false)).or_else(|| at(&resolve(path, true))).or_else(|| at(path))
    }

    /// Whether a path matches any pattern.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.find(path).is_some()
    }
}

impl fmt::Debug for Patterns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.written).finish()
    }
}

/// Why a pattern cannot be added.
#[derive(Debug)]
pub(super) struct PatternError {
    text: String,
    /// The number of the pattern that has the same paths.
    pub(super) taken_by: Option<usize>,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether resolving would leave a path as it is, as with nearly all of them.
fn is_resolved(path: &str) -> bool {
    !path.contains('%') && !path.contains("//") && !path.contains("/.") && (path.len() == 1 || !path.ends_with('/'))
}

/// A path as it is meant (RFC 3986 sections 2.1 and 5.2.4).
fn resolve(path: &str, keep_slashes: bool) -> String {
    let decoded = |segment: &str| match percent_decode_str(segment).decode_utf8_lossy() {
        Cow::Borrowed(text) => text.to_owned(),
        Cow::Owned(text) => text,
    };
    let whole = if keep_slashes { path.to_owned() } else { decoded(path) };
    let mut segments: Vec<String> = Vec::new();
    for segment in whole.split('/') {
        let segment = if keep_slashes { decoded(segment).replace('/', "%2F") } else { segment.to_owned() };
        match segment.as_str() {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    format!("/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn patterns() -> Patterns {
        let mut patterns = Patterns::default();
        for (number, pattern) in ["/r", "/r/{*rest}", "/item/{id}/more", "/café"].into_iter().enumerate() {
            patterns.insert(pattern, number).unwrap();
        }
        patterns
    }

    #[test]
    fn a_path_is_matched_as_it_is_meant() {
        let patterns = patterns();
        for (path, found) in [
            ("/r", Some(0)),
            ("/r/", Some(0)),
            ("//r", Some(0)),
            ("/./r", Some(0)),
            ("/x/../r", Some(0)),
            ("/%72", Some(0)),
            ("/r/a/b", Some(1)),
            ("/r%2Fa", Some(1)),
            ("/r/%2e%2e/r/a", Some(1)),
            ("/item/7/more", Some(2)),
            ("/item/7/more/", Some(2)),
            // The dot segments of these two are resolved by some services and not by others.
            ("/r/../other", Some(1)),
            ("/item/a%2Fb/more", Some(2)),
            ("/caf%C3%A9", Some(3)),
            ("/", None),
            ("/rx", None),
            ("/item/7", None),
            ("", None),
        ] {
            assert_eq!(patterns.find(path), found, "{path}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_the_remedy() {
        for (pattern, words) in [
            ("r", "begins with `/`"),
            ("/a/:id", "write `{id}` for `:id`"),
            ("/a/*rest", "write `{*rest}` for `*rest`"),
            ("/a/{*rest}/b", "only be the last"),
            ("/r/", "the same paths as `/r`"),
            ("/item/{other}/more", "the same paths"),
        ] {
            let error = patterns().insert(pattern, 9).unwrap_err();
            assert!(error.to_string().contains(words), "{pattern}: {error}");
        }
    }

    proptest! {
        #[test]
        fn a_path_that_needs_no_resolving_stays_as_it_is(path in "/[/.ab%2f]{0,12}") {
            let once = resolve(&path, false);
            prop_assert!(!is_resolved(&path) || once == path, "{path} {once}");
            prop_assert_eq!(resolve(&once, true), once.clone());
        }
    }
}
