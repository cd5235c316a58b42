//! What a shaped body does to the headers around it.

use http::{
    HeaderMap, HeaderValue,
    header::{
        ACCEPT_ENCODING, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
        ETAG, EXPIRES, HeaderName, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE,
        LAST_MODIFIED, RANGE, TRANSFER_ENCODING, UPGRADE,
    },
};

/// Asks the service for a whole answer that can be read here: no range, no condition on a body that never leaves as it
/// is, no coding, no upgrade.
pub fn ask_whole(headers: &mut HeaderMap) {
    for name in [IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE, UPGRADE] {
        headers.remove(name);
    }
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
}

/// Removes what is true of the service's bytes only: their length and framing, their digests, their validators. A digest of
/// what is hidden would let a reader test guesses.
pub fn forget_the_bytes(headers: &mut HeaderMap) {
    for name in
        [CONTENT_LENGTH, TRANSFER_ENCODING, ETAG, LAST_MODIFIED, ACCEPT_RANGES, CONTENT_RANGE].iter().chain(&DIGESTS)
    {
        headers.remove(name);
    }
}

/// Removes what tells of the service's bytes from the fields that follow a body.
pub fn forget_in_trailers(trailers: &mut HeaderMap) {
    trailers.remove(ETAG);
    forget_the_digests(trailers);
}

/// Removes what is a hash of other bytes than those that are sent.
pub(crate) fn forget_the_digests(headers: &mut HeaderMap) {
    for name in &DIGESTS {
        headers.remove(name);
    }
}

/// Keeps an answer to one person out of caches that others share, at least: what is stricter already stays.
pub fn keep_private(headers: &mut HeaderMap) {
    let strict = |value: &HeaderValue| value.to_str().is_ok_and(|text| has_directive(text, "no-store"));
    if !headers.get_all(CACHE_CONTROL).iter().any(strict) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
    for name in [EXPIRES].iter().chain(&FOR_SHARED_CACHES) {
        headers.remove(name);
    }
}

/// Whether the headers announce a JSON document that is not encoded any further.
pub fn announce_json(headers: &HeaderMap) -> bool {
    let one = |name| {
        let mut values = headers.get_all(name).iter();
        values.next().filter(|_| values.next().is_none()).and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let plain = match headers.get(CONTENT_ENCODING) {
        None => true,
        Some(_) => one(CONTENT_ENCODING).is_some_and(|coding| coding.trim().eq_ignore_ascii_case("identity")),
    };
    plain && one(CONTENT_TYPE).is_some_and(is_json)
}

/// `application/json`, or a type with the suffix `+json` (RFC 6839 section 3.1), in no charset but UTF-8 (RFC 8259
/// section 8.1).
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json = essence == "application/json" || essence == "text/json" || essence.ends_with("+json");
    let utf8 = |parameter: &str| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let value = value.trim().trim_matches('"');
            value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("us-ascii")
        }
        _ => true,
    };
    json && parts.all(utf8)
}

fn has_directive(cache_control: &str, directive: &str) -> bool {
    cache_control.split(',').any(|part| part.trim().eq_ignore_ascii_case(directive))
}

/// RFC 9530, RFC 3230, RFC 9421, and the old MD5 header.
const DIGESTS: [HeaderName; 6] = [
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("signature"),
    HeaderName::from_static("signature-input"),
];

/// RFC 9213, and what came before it: they outrank `Cache-Control` where they stand.
const FOR_SHARED_CACHES: [HeaderName; 2] =
    [HeaderName::from_static("cdn-cache-control"), HeaderName::from_static("surrogate-control")];

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let line = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let mut headers = HeaderMap::new();
        headers.extend(lines.iter().map(line));
        headers
    }

    #[test]
    fn json_is_announced_or_it_is_not() {
        for (content_type, json) in [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/ld+json; profile=\"x\"", true),
            ("application/json; charset=\"utf-8\"", true),
            ("application/json; charset=utf-16", false),
            ("application/x-ndjson", false),
            ("text/html", false),
            ("json", false),
            ("", false),
        ] {
            assert_eq!(announce_json(&headers(&[("content-type", content_type)])), json, "{content_type}");
        }
        assert!(!announce_json(&HeaderMap::new()));
        assert!(!announce_json(&headers(&[("content-type", "application/json"), ("content-encoding", "gzip")])));
        assert!(announce_json(&headers(&[("content-type", "application/json"), ("content-encoding", "Identity")])));
        let mut twice = headers(&[("content-type", "application/json")]);
        twice.append(CONTENT_TYPE, HeaderValue::from_static("text/html"));
        assert!(!announce_json(&twice));
    }

    #[test]
    fn an_answer_to_one_person_is_private_at_least() {
        for (was, is) in [
            (&[][..], "private, no-cache"),
            (&[("cache-control", "public, max-age=60")], "private, no-cache"),
            (&[("cache-control", "max-age=0, No-Store")], "max-age=0, No-Store"),
            (&[("cdn-cache-control", "max-age=60")], "private, no-cache"),
        ] {
            let mut answer = headers(was);
            keep_private(&mut answer);
            assert_eq!(answer.get(CACHE_CONTROL).unwrap(), is);
            assert_eq!(answer.len(), 1);
        }
    }

    #[test]
    fn nothing_tells_of_the_bytes_that_were() {
        let mut answer = headers(&[
            ("etag", "\"v1\""),
            ("content-length", "7"),
            ("transfer-encoding", "chunked"),
            ("content-digest", "sha-256=:x:"),
            ("last-modified", "x"),
            ("x-other", "stays"),
        ]);
        forget_the_bytes(&mut answer);
        assert_eq!(answer.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["x-other"]);
    }
}
