//! Which patterns a request's path may belong to.
//!
//! Patterns are those of axum 0.8. A path is matched in all its [readings](super::readings), each as it is written and
//! without regard to the case of ASCII letters: in doubt an answer is shaped.

use std::{borrow::Cow, fmt};

use matchit::{InsertError, Router};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::readings::{FORMAT, Written, each_reading, has_one_form, has_one_reading, is_beyond_doubt, resolve};

/// Path patterns, each with a number.
#[derive(Clone, Default)]
pub(super) struct Patterns {
    /// As they are written, decoded and as a client sends them, each with its place in what is `written`.
    router: Router<usize>,
    /// In small letters; no number where only the case tells the patterns of several numbers apart.
    folded: Router<Option<usize>>,
    has_capitals: bool,
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
            let new = match old.split_at(1) {
                ("*", "") => "{*rest}".to_owned(),
                ("*", name) => format!("{{*{name}}}"),
                (_, "") => "{id}".to_owned(),
                (_, name) => format!("{{{name}}}"),
            };
            return refuse(format!("write `{new}` for `{old}`"));
        }
        let resolved = resolve(pattern);
        let place = self.written.len();
        match self.router.insert(resolved.clone(), place) {
            Ok(()) => {
                let sent = utf8_percent_encode(&resolved, NEVER_SENT).to_string();
                if sent != resolved {
                    // Where this has a pattern already, it is the same one.
                    let _ = self.router.insert(sent, place);
                }
                self.fold(&resolved, number);
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

    /// Calls back with the number of every pattern that a path matches in some reading, some of them more than once.
    ///
    /// A path of more than 4 KiB that may be read in several ways counts as one that matches every pattern, and so does a
    /// shorter one that may be read in very many: to read it in all of them would cost more than a request may.
    pub(super) fn each(&self, path: &str, mut found: impl FnMut(usize)) {
        if !self.has_capitals && has_one_reading(path) {
            return self.as_written(path).into_iter().for_each(|(_, number)| found(*number));
        }
        if path.len() > LONGEST && !has_one_form(path) {
            return self.written.iter().for_each(|(_, number)| found(*number));
        }
        let as_written = self.as_written(path);
        let pattern = as_written.map(|(pattern, _)| pattern);
        // Who writes a path with its format, beside one without, has a service that tells them apart.
        let written =
            Written { is_named: pattern.is_some(), has_format: pattern.is_some_and(|it| it.ends_with(FORMAT)) };
        let all = each_reading(path, written, |reading| {
            if let Some((_, number)) = if reading == path { as_written } else { self.as_written(reading) } {
                found(*number);
            }
            let folded = folded(reading);
            if (self.has_capitals || matches!(folded, Cow::Owned(_)))
                && let Ok(matched) = self.folded.at(&folded)
                && let Some(number) = *matched.value
            {
                found(number);
            }
        });
        if !all {
            self.written.iter().for_each(|(_, number)| found(*number));
        }
    }

    /// The pattern that a path matches as it is, and its number.
    pub(super) fn as_written(&self, path: &str) -> Option<&(String, usize)> {
        self.written.get(*self.router.at(path).ok()?.value)
    }

    /// Whether a path matches any pattern in any reading.
    pub(super) fn may_match(&self, path: &str) -> bool {
        let mut matches = false;
        self.each(path, |_| matches = true);
        matches
    }

    /// Whether a path matches a pattern whoever reads it.
    pub(super) fn surely_match(&self, path: &str) -> bool {
        is_beyond_doubt(path) && self.router.at(path).is_ok()
    }

    fn fold(&mut self, resolved: &str, number: usize) {
        let small = folded(resolved);
        self.has_capitals |= small != resolved;
        if let Err(InsertError::Conflict { with }) = self.folded.insert(small, Some(number)) {
            // Who gives two endpoints one path in different cases has a service that tells them apart.
            let other = self.folded.remove(with.clone()).flatten();
            let _ = self.folded.insert(with, other.filter(|other| *other == number));
        }
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

fn folded(path: &str) -> Cow<'_, str> {
    if path.bytes().any(|byte| byte.is_ascii_uppercase()) { path.to_ascii_lowercase().into() } else { path.into() }
}

/// What stands in no path without being encoded, beside all that is not ASCII (RFC 3986 section 3.3). Braces are the
/// patterns' own.
const NEVER_SENT: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'^').add(b'`').add(b'|');

const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn patterns() -> Patterns {
        let mut patterns = Patterns::default();
        for (number, pattern) in
            ["/r", "/r/{*rest}", "/item/{id}/more", "/café", "/item/New/more"].into_iter().enumerate()
        {
            patterns.insert(pattern, number).unwrap();
        }
        patterns
    }

    fn found(patterns: &Patterns, path: &str) -> Vec<usize> {
        let mut found = BTreeSet::new();
        patterns.each(path, |number| {
            found.insert(number);
        });
        found.into_iter().collect()
    }

    #[test]
    fn a_path_matches_in_whatever_way_it_may_be_read() {
        let patterns = patterns();
        for (path, numbers) in [
            ("/r", &[0][..]),
            ("/r/", &[0]),
            ("//r", &[0]),
            ("/./r", &[0]),
            ("/x/../r", &[0]),
            ("/%72", &[0]),
            ("/r/a/b", &[1]),
            ("/r%2Fa", &[1]),
            ("/r/%2e%2e/r/a", &[1]),
            ("/item/7/more", &[2]),
            ("/item/7/more/", &[2]),
            ("/r/../other", &[1]),
            ("/r/../item/7/more", &[1, 2]),
            ("/r/x/%2e%2e/%2E%2E/item/7/more", &[1, 2]),
            ("/r/..%2Fitem%5C7\\more", &[1, 2]),
            ("/r;v=1/..;/item;v=2/7/more", &[0, 1, 2]),
            ("/item/a%2Fb/more", &[2]),
            ("/caf%C3%A9", &[3]),
            ("/caf%c3%a9/", &[3]),
            ("/R", &[0]),
            ("/R%2fA", &[1]),
            ("/item/NEW/more", &[2, 4]),
            ("/item/new/more", &[2, 4]),
            ("/item/New/more", &[4]),
            ("/", &[]),
            ("/rx", &[]),
            ("/item/7", &[]),
            ("", &[]),
        ] {
            assert_eq!(found(&patterns, path), numbers, "{path}");
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

    #[test]
    fn two_paths_that_only_their_case_tells_apart_stay_apart() {
        let mut patterns = Patterns::default();
        for (pattern, number) in [("/a", 0), ("/A", 1), ("/b", 2), ("/B", 2), ("/c/{id}", 3), ("/C/{Id}", 4)] {
            patterns.insert(pattern, number).unwrap();
        }
        for (path, numbers) in
            [("/a", &[0][..]), ("/A", &[1]), ("/b", &[2]), ("/B/", &[2]), ("/c/x", &[3]), ("/C/x", &[4])]
        {
            assert_eq!(found(&patterns, path), numbers, "{path}");
        }
    }

    #[test]
    fn a_format_and_an_empty_parameter_are_what_the_policy_says() {
        let mut patterns = Patterns::default();
        for (pattern, number) in [("/feed", 0), ("/feed.json", 1), ("/tags", 2), ("/tags/{tag}", 3), ("/all", 4)] {
            patterns.insert(pattern, number).unwrap();
        }
        for (path, numbers) in [
            ("/feed", &[0][..]),
            ("/feed.json", &[1]),
            ("/tags/%23sale", &[3]),
            ("/tags/%3Fwhat", &[3]),
            ("/tags/x%23sale", &[3]),
            ("/tags%23sale", &[2]),
            ("/all.json", &[4]),
            ("/all/%23sale", &[4]),
        ] {
            assert_eq!(found(&patterns, path), numbers, "{path}");
        }
    }

    #[test]
    fn a_path_that_is_too_long_to_be_read_in_every_way_may_match_anything() {
        let patterns = patterns();
        let path = "/x/%2e%2e".repeat(500);
        assert_eq!(found(&patterns, &path), [0, 1, 2, 3, 4]);
        assert!(found(&patterns, &"/x".repeat(2500)).is_empty());
        assert!(found(&patterns, &"/x%20y".repeat(600)).is_empty());
        assert_eq!(found(&patterns, &"//x\\y;a%25%2f../".repeat(200)), [0, 1, 2, 3, 4]);
        assert!(!patterns.surely_match(&path));
    }

    #[test]
    fn what_surely_matches_does_so_as_it_came() {
        let patterns = patterns();
        for path in ["/r", "/r/a/b", "/item/7/more", "/item/a%40b/more", "/caf%C3%A9", "/café"] {
            assert!(patterns.surely_match(path) && patterns.may_match(path), "{path}");
        }
        for path in ["/%72", "/R", "/r/", "/x/../r", "/r/..", "/r/a%2Fb", "/item/7;v=1/more", "/item/7%2Fmore"] {
            assert!(!patterns.surely_match(path) && patterns.may_match(path), "{path}");
        }
    }
}
