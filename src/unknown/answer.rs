//! An answer to somebody unknown, and whether others may have it.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Response, StatusCode,
    header::{AGE, CACHE_CONTROL, SET_COOKIE, TRAILER, VARY},
    response,
};
use tokio::time::Instant;

use crate::shaping::{caching, encoding::Coding, items::Filling};

/// A whole answer to somebody unknown.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Without the coding that it came in.
    pub(crate) body: Bytes,
    pub(crate) coding: Option<Coding>,
    /// Whether it is all that was said; else it is the first event of a stream.
    pub(crate) is_whole: bool,
    came: Instant,
    filling: OnceLock<Option<Arc<Filling>>>,
}

impl Answer {
    /// An answer, without the headers that are for one person's client.
    pub(crate) fn new(status: StatusCode, mut headers: HeaderMap, coding: Option<Coding>, body: Bytes) -> Self {
        forget_for_whom(&mut headers);
        Self { status, headers, body, coding, is_whole: true, came: Instant::now(), filling: OnceLock::new() }
    }

    /// The same, of which more may follow.
    pub(crate) fn begun(self, is_whole: bool) -> Self {
        Self { is_whole, ..self }
    }

    /// How many bytes it has, with its head.
    pub(crate) fn len(&self) -> usize {
        let lines = self.headers.iter().map(|(name, value)| name.as_str().len() + value.len());
        lines.fold(self.body.len(), usize::saturating_add)
    }

    /// The head, for one more who is answered with it, and how old it is by now.
    pub(crate) fn head(&self) -> response::Parts {
        let (mut head, ()) = Response::new(()).into_parts();
        head.status = self.status;
        head.headers.clone_from(&self.headers);
        let age = self.came.elapsed().as_secs();
        if age > 0 {
            head.headers.insert(AGE, caching::age(&self.headers).saturating_add(age).into());
        }
        head
    }

    /// The items, read once for all who need them.
    pub(crate) fn filling(&self, read: impl FnOnce() -> Option<Filling>) -> Option<Arc<Filling>> {
        self.filling.get_or_init(|| read().map(Arc::new)).clone()
    }
}

/// Removes the headers that are for one person's client: a cookie, a deletion of what it keeps, an event of the customer
/// that asked. Given to another, they would log out, delete or count the wrong one. No trailers follow that could be announced.
pub(crate) fn forget_for_whom(headers: &mut HeaderMap) {
    for name in &FOR_ONE {
        headers.remove(name);
    }
    headers.remove(TRAILER);
}

/// Gives an answer that stands in the place of a customer's own what that one said to the customer's client. A cookie that this
/// crate sets stands in both, and is set once.
pub(crate) fn keep_for_whom(own: &HeaderMap, headers: &mut HeaderMap) {
    for name in &FOR_ONE {
        headers.remove(name);
        for value in own.get_all(name) {
            headers.append(name, value.clone());
        }
    }
}

/// Whether an answer may be given to others, by its head: a success that sets no cookie, that no cache but one's own is
/// forbidden to keep (RFC 9111 section 5.2.2, also with field names: `private="x"`), and that does not vary by what nobody
/// can compare (`Vary: *`, RFC 9110 section 12.5.5).
pub(crate) fn may_be_shared(status: StatusCode, headers: &HeaderMap) -> bool {
    let forbidden = |word: &[u8]| {
        let name = word.split(|byte| *byte == b'=').next().unwrap_or_default();
        [&b"private"[..], b"no-store"].iter().any(|directive| bare(name).eq_ignore_ascii_case(directive))
    };
    status.is_success()
        && !headers.contains_key(SET_COOKIE)
        && !words(headers, &CACHE_CONTROL).any(forbidden)
        && !words(headers, &VARY).any(|word| bare(word) == b"*")
}

/// The elements of a list field, over all its lines. A comma within quotes parts too: in doubt, more is forbidden.
fn words<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a [u8]> {
    headers.get_all(name).into_iter().map(HeaderValue::as_bytes).flat_map(|line| line.split(|byte| *byte == b','))
}

fn bare(word: &[u8]) -> &[u8] {
    let word = word.trim_ascii();
    let word = word.strip_prefix(b"\"").unwrap_or(word);
    word.strip_suffix(b"\"").unwrap_or(word).trim_ascii()
}

/// Nothing of what it says.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}

/// RFC 6265, its forerunner RFC 2965, the Clear Site Data specification, and this crate.
static FOR_ONE: [HeaderName; 4] = [
    SET_COOKIE,
    HeaderName::from_static("set-cookie2"),
    HeaderName::from_static("clear-site-data"),
    HeaderName::from_static("personalization-event"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn an_answer_is_shared_if_its_head_allows_it() {
        for (status, lines, shared) in [
            (200, &[][..], true),
            (204, &[], true),
            (299, &[("cache-control", "public, max-age=60"), ("vary", "accept, cookie")], true),
            (200, &[("cache-control", "no-cache, max-age=0, must-revalidate")], true),
            (200, &[("cache-control", "x-private, no-stored, x=private")], true),
            (199, &[], false),
            (301, &[], false),
            (304, &[], false),
            (401, &[], false),
            (404, &[], false),
            (500, &[], false),
            (200, &[("set-cookie", "a=1")], false),
            (200, &[("set-cookie", "")], false),
            (200, &[("cache-control", "private")], false),
            (200, &[("cache-control", "no-store")], false),
            (200, &[("cache-control", "max-age=60,Private")], false),
            (200, &[("cache-control", "max-age=60 ,  NO-STORE , x")], false),
            (200, &[("cache-control", "private=\"x-a, x-b\"")], false),
            (200, &[("cache-control", "no-store = x")], false),
            (200, &[("cache-control", "ext=\"a, private\"")], false),
            (200, &[("cache-control", "max-age=60"), ("cache-control", "private")], false),
            (200, &[("vary", "*")], false),
            (200, &[("vary", "accept"), ("vary", "accept-language, * ")], false),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(may_be_shared(status, &headers(lines)), shared, "{status} {lines:?}");
        }
    }

    #[test]
    fn a_directive_is_found_among_bytes_that_are_no_text() {
        let mut answer = HeaderMap::new();
        answer.append(CACHE_CONTROL, HeaderValue::from_bytes(b"x=\xff, private").unwrap());
        assert!(!may_be_shared(StatusCode::OK, &answer));
    }

    #[test]
    fn an_answer_has_nothing_that_is_for_one_client() {
        let lines = [
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
            ("clear-site-data", "\"cookies\""),
            ("personalization-event", "purchase"),
            ("set-cookie2", "c=3"),
            ("trailer", "x-sum"),
            ("content-type", "application/json"),
        ];
        let answer = Answer::new(StatusCode::OK, headers(&lines), None, Bytes::from_static(b"secret"));
        assert_eq!(answer.headers, headers(&lines[6..]));
        assert_eq!(format!("{answer:?}"), "Answer { status: 200, .. }");
    }
}
