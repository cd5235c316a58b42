//! What a shaped body does to the headers around it.

use http::{
    HeaderMap, HeaderValue,
    header::{
        ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS,
        CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, ETAG, HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH,
        IF_RANGE, IF_UNMODIFIED_SINCE, LAST_MODIFIED, RANGE, TRAILER, TRANSFER_ENCODING,
    },
};

use super::encoding;
use crate::lookup;

/// Asks the service for a whole answer: no range, and no coding that cannot be read here.
///
/// Ranges are of bytes that never leave; a server may ignore the wish for one (RFC 9110 section 14.2).
pub(crate) fn ask_whole(headers: &mut HeaderMap) {
    lookup::take(headers, &RANGE);
    lookup::take(headers, &IF_RANGE);
    encoding::narrow(headers);
}

/// Takes conditions out of a request that changes nothing: whether they hold is asked of the bytes that leave, not of the
/// service's own, and an answer of the service to them would tell whether a guess of those is right.
///
/// Other requests keep them. `If-Match`, `If-None-Match: *` and `If-Unmodified-Since` keep a client from writing over what it
/// has not seen; only the service can evaluate them, and whoever cannot must pass them on (RFC 9110 section 13.2.1). A tag
/// that this layer made matches none of the service's, so at worst nothing is written.
pub(crate) fn ask_without_conditions(headers: &mut HeaderMap) {
    for name in [IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE] {
        lookup::take(headers, &name);
    }
}

/// Removes what is true of the service's bytes only: their length and framing, their digests, their validators, and a
/// file of which a server further out would send the bytes instead. A digest of what is hidden would let a reader test
/// guesses.
pub(crate) fn forget_the_bytes(headers: &mut HeaderMap) {
    let tells_of_them =
        |name: &HeaderName| FRAMING.contains(name) || FILES.contains(name) || is_gone_from_trailers(name);
    forget(headers, tells_of_them);
    forget_announced(headers, &GONE_FROM_TRAILERS);
    forget_announced(headers, &DIGESTS);
}

/// Removes what is no longer true where a content coding was taken off.
pub(crate) fn forget_the_coding(headers: &mut HeaderMap) {
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    forget_the_digests(headers);
}

/// Removes what tells of the service's bytes from the fields that follow a body.
pub(crate) fn forget_in_trailers(trailers: &mut HeaderMap) {
    forget(trailers, is_gone_from_trailers);
}

/// Removes what is a hash of other bytes than those that are sent.
pub(crate) fn forget_the_digests(headers: &mut HeaderMap) {
    forget(headers, is_digest);
}

fn is_gone_from_trailers(name: &HeaderName) -> bool {
    GONE_FROM_TRAILERS.contains(name) || is_digest(name)
}

fn is_digest(name: &HeaderName) -> bool {
    DIGESTS.contains(name) || name.as_str().starts_with("x-amz-checksum-")
}

/// Removes some headers. There are few in an answer, and mostly none of these: to look at each is quicker than to look up all
/// the names.
fn forget(headers: &mut HeaderMap, is_gone: impl Fn(&HeaderName) -> bool) {
    while let Some(name) = headers.keys().find(|name| is_gone(name)).cloned() {
        headers.remove(name);
    }
}

/// Lets scripts of other origins read a header, where the answer lets them read any (Fetch, CORS protocol).
pub(crate) fn expose(headers: &mut HeaderMap, name: &HeaderName) {
    if !lookup::has(headers, &ACCESS_CONTROL_ALLOW_ORIGIN) {
        return;
    }
    let with_credentials = headers.get(ACCESS_CONTROL_ALLOW_CREDENTIALS).is_some_and(|value| value == "true");
    let lines = headers.get_all(ACCESS_CONTROL_EXPOSE_HEADERS).into_iter();
    let mut words = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    // With credentials `*` is the name of a header.
    let is_exposed =
        |word: &[u8]| word.eq_ignore_ascii_case(name.as_str().as_bytes()) || word == b"*" && !with_credentials;
    if !words.any(is_exposed) {
        headers.append(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from(name.clone()));
    }
}

/// Announces no trailer that does not come (RFC 9110 section 6.6.2).
pub(crate) fn forget_announced(headers: &mut HeaderMap, gone: &[HeaderName]) {
    if !lookup::has(headers, &TRAILER) {
        return;
    }
    let lines = headers.get_all(TRAILER).into_iter();
    let words = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let comes = |word: &&[u8]| {
        let is_it = |name: &HeaderName| word.eq_ignore_ascii_case(name.as_str().as_bytes());
        !word.is_empty() && !gone.iter().any(is_it)
    };
    let words: Vec<&[u8]> = words.collect();
    let left: Vec<&[u8]> = words.iter().copied().filter(comes).collect();
    if left.len() == words.len() {
        return;
    }
    match HeaderValue::from_bytes(&left.join(&b", "[..])) {
        Ok(left) if !left.is_empty() => drop(headers.insert(TRAILER, left)),
        _ => drop(headers.remove(TRAILER)),
    }
}

static FRAMING: [HeaderName; 4] = [CONTENT_LENGTH, TRANSFER_ENCODING, ACCEPT_RANGES, CONTENT_RANGE];

static GONE_FROM_TRAILERS: [HeaderName; 2] = [ETAG, LAST_MODIFIED];

/// RFC 9530, RFC 3230, RFC 9421, the old MD5 header, and what stores of objects add.
static DIGESTS: [HeaderName; 9] = [
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("signature"),
    HeaderName::from_static("signature-input"),
    HeaderName::from_static("x-goog-hash"),
    HeaderName::from_static("x-ms-blob-content-md5"),
    HeaderName::from_static("x-ms-content-crc64"),
];

/// nginx, Apache and lighttpd.
static FILES: [HeaderName; 3] = [
    HeaderName::from_static("x-accel-redirect"),
    HeaderName::from_static("x-sendfile"),
    HeaderName::from_static("x-lighttpd-send-file"),
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
    fn nothing_tells_of_the_bytes_that_were() {
        let mut answer = headers(&[
            ("etag", "\"v1\""),
            ("content-length", "7"),
            ("transfer-encoding", "chunked"),
            ("content-digest", "sha-256=:x:"),
            ("x-amz-checksum-crc32", "x"),
            ("x-accel-redirect", "/anna.json"),
            ("last-modified", "x"),
            ("trailer", "x-sum, Digest"),
            ("x-other", "stays"),
        ]);
        forget_the_bytes(&mut answer);
        assert_eq!(answer, headers(&[("trailer", "x-sum"), ("x-other", "stays")]));
    }

    #[test]
    fn a_trailer_that_comes_stays_announced_as_it_was() {
        for (was, is) in [
            (&["X-Sum,x-time"][..], &["X-Sum,x-time"][..]),
            (&["ETag", "content-digest"], &[]),
            (&["etag", "x-sum"], &["x-sum"]),
        ] {
            let mut answer = HeaderMap::new();
            for line in was {
                answer.append(TRAILER, HeaderValue::from_static(line));
            }
            forget_the_bytes(&mut answer);
            assert_eq!(answer.get_all(TRAILER).iter().collect::<Vec<_>>(), is, "{was:?}");
        }
    }

    #[test]
    fn a_header_is_exposed_where_others_are_and_it_is_not_yet() {
        const CORS: (&str, &str) = ("access-control-allow-origin", "https://shop.example");
        let name = HeaderName::from_static("personalization");
        let expose_headers = |value| ("access-control-expose-headers", value);
        let credentials = ("access-control-allow-credentials", "true");
        for (was, told) in [
            (&[][..], &[][..]),
            (&[expose_headers("x-a")], &["x-a"]),
            (&[CORS], &["personalization"]),
            (&[CORS, expose_headers("x-a")], &["x-a", "personalization"]),
            (&[CORS, expose_headers("x-a, Personalization")], &["x-a, Personalization"]),
            (&[CORS, expose_headers("*")], &["*"]),
            (&[CORS, credentials, expose_headers("*")], &["*", "personalization"]),
        ] {
            let mut answer = headers(was);
            expose(&mut answer, &name);
            let lines = answer.get_all(ACCESS_CONTROL_EXPOSE_HEADERS).iter().collect::<Vec<_>>();
            assert_eq!(lines, told, "{was:?}");
        }
    }
}
