//! Looking for headers that are mostly not there.
//!
//! A map of headers hashes the name to look for it, which for a few headers takes longer than to look along them; and a request
//! is asked for a dozen.

use http::{HeaderMap, HeaderName, HeaderValue};

/// Whether a header is there.
pub(crate) fn has(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.keys().any(|own| own == name)
}

/// The lines of a header.
pub(crate) fn lines<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a HeaderValue> + use<'a> {
    has(headers, name).then(|| headers.get_all(name).iter()).into_iter().flatten()
}

/// Whether a header may be read as the one of this name: in the environment of a CGI or WSGI script `-` and `_` are one (RFC
/// 3875 section 4.1.18).
pub(crate) fn is_read_as(name: &HeaderName, other: &str) -> bool {
    let same = |byte: u8| if byte == b'_' { b'-' } else { byte };
    name.as_str().len() == other.len() && name.as_str().bytes().map(same).eq(other.bytes().map(same))
}

/// Takes a header out; gives its first line.
pub(crate) fn take(headers: &mut HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    if has(headers, name) { headers.remove(name) } else { None }
}

#[cfg(test)]
mod tests {
    use http::header::{ACCEPT, COOKIE};

    use super::*;

    #[test]
    fn all_lines_of_a_header_are_found_in_their_order_and_taken_at_once() {
        let lines = [(COOKIE, "a=1"), (ACCEPT, "*/*"), (COOKIE, "b=2"), (COOKIE, "a=1")];
        let mut headers: HeaderMap =
            lines.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
        assert_eq!(super::lines(&headers, &COOKIE).collect::<Vec<_>>(), ["a=1", "b=2", "a=1"]);
        assert_eq!(take(&mut headers, &COOKIE), Some(HeaderValue::from_static("a=1")));
        assert!(!has(&headers, &COOKIE) && has(&headers, &ACCEPT));
        assert_eq!((super::lines(&headers, &COOKIE).count(), take(&mut headers, &COOKIE)), (0, None));
    }
}
