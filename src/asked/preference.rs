//! What a client prefers for one answer, as it stands in the `Prefer` header.

use http::{HeaderMap, HeaderName};

use crate::{
    decision::{Preference, Rules},
    lookup,
};

/// The preference `personalization` (RFC 7240 section 2): the first one counts, another's are not ours.
pub(super) fn preference(headers: &HeaderMap, rules: &Rules) -> Option<Preference> {
    let lines = lookup::lines(headers, &PREFER).filter_map(|line| line.to_str().ok());
    let preferences = lines.flat_map(unquoted_parts).filter_map(|one| one.split(';').next()?.split_once('='));
    let mut ours = preferences.filter(|(name, _)| name.trim().eq_ignore_ascii_case("personalization"));
    let (_, word) = ours.next()?;
    Preference::of(word.trim().trim_matches('"'), &rules.ladder)
}

/// The members of a list, parted at commas that stand in no quoted string.
fn unquoted_parts(line: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    line.split(move |c: char| {
        let quote = c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        quoted ^= quote;
        c == ',' && !quoted
    })
}

const PREFER: HeaderName = HeaderName::from_static("prefer");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_within_quotes_parts_nothing() {
        let parts = |line| unquoted_parts(line).map(str::trim).collect::<Vec<_>>();
        assert_eq!(
            parts(r#"foo="a,personalization=x", personalization=none"#),
            [r#"foo="a,personalization=x""#, "personalization=none"]
        );
        assert_eq!(parts(r#"foo="a\",b", c"#), [r#"foo="a\",b""#, "c"]);
        assert_eq!(parts("a, b"), ["a", "b"]);
    }
}
