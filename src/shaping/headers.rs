//! What a shaped body does to the headers around it.

use http::{
    HeaderMap, HeaderValue,
    header::{
        ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CONTENT_ENCODING,
        CONTENT_LENGTH, HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE,
        TRAILER,
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
    forget(headers, |name| is_framing(name) || is_file(name) || is_gone_from_trailers(name));
    forget_announced(headers, is_gone_from_trailers);
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

/// Removes some headers.
fn forget(headers: &mut HeaderMap, is_gone: impl Fn(&str) -> bool) {
    while let Some(name) = headers.keys().find(|name| is_gone(name.as_str())).cloned() {
        headers.remove(name);
    }
}

fn is_framing(name: &str) -> bool {
    matches!(name, "content-length" | "transfer-encoding" | "accept-ranges" | "content-range")
}

/// Of nginx, Apache and lighttpd.
fn is_file(name: &str) -> bool {
    matches!(name, "x-accel-redirect" | "x-sendfile" | "x-lighttpd-send-file")
}

fn is_gone_from_trailers(name: &str) -> bool {
    matches!(name, "etag" | "last-modified") || is_digest(name)
}

/// Those of RFC 9530, RFC 3230 and RFC 9421, the old MD5 header, and what stores of objects add.
fn is_digest(name: &str) -> bool {
    let is_standard =
        matches!(name, "content-digest" | "repr-digest" | "digest" | "content-md5" | "signature" | "signature-input");
    let is_of_a_store = matches!(name, "x-goog-hash" | "x-ms-blob-content-md5" | "x-ms-content-crc64");
    is_standard || is_of_a_store || name.starts_with("x-amz-checksum-")
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

/// Announces no trailer that does not come (RFC 9110 section 6.6.2). `is_gone` is asked for names in small letters.
pub(crate) fn forget_announced(headers: &mut HeaderMap, is_gone: impl Fn(&str) -> bool) {
    if !lookup::has(headers, &TRAILER) {
        return;
    }
    let lines = headers.get_all(TRAILER).into_iter();
    let words = lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    let comes = |word: &&[u8]| !word.is_empty() && !is_gone(&String::from_utf8_lossy(word).to_ascii_lowercase());
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
            ("trailer", "x-sum, Digest, X-Amz-Checksum-CRC32"),
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
