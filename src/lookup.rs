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

/// Takes a header out; gives its first line.
pub(crate) fn take(headers: &mut HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    if has(headers, name) { headers.remove(name) } else { None }
}
