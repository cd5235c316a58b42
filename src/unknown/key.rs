//! Under which an answer is shared.

use std::fmt;

use blake3::Hasher;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Uri};

/// Which service is asked, and a hash of all that is sent with a call, but for the version of HTTP: two calls that a service
/// could tell apart have two keys.
///
/// BLAKE3 over parts that each begin with their length, so that no two calls are written alike.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    service: u32,
    call: [u8; 32],
}

impl Key {
    /// The key of a call. The order of headers of different names is not part of it, that of values of one name is.
    pub(super) fn of(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Self {
        let mut parts = Parts(Hasher::new());
        parts.add(method.as_str().as_bytes());
        for part in [uri.scheme_str(), uri.authority().map(|authority| authority.as_str())] {
            parts.count(usize::from(part.is_some()));
            parts.add(part.unwrap_or_default().as_bytes());
        }
        parts.add(uri.path().as_bytes());
        parts.count(usize::from(uri.query().is_some()));
        parts.add(uri.query().unwrap_or_default().as_bytes());
        let mut names: Vec<&HeaderName> = headers.keys().collect();
        names.sort_unstable_by_key(|name| name.as_str());
        parts.count(headers.len());
        for (name, value) in
            names.into_iter().flat_map(|name| headers.get_all(name).iter().map(move |value| (name, value)))
        {
            parts.add(name.as_str().as_bytes());
            parts.add(value.as_bytes());
        }
        parts.add(body);
        Self { service: 0, call: *parts.0.finalize().as_bytes() }
    }

    /// The key of the same call to another service.
    pub(crate) fn to(self, service: u32) -> Self {
        Self { service, ..self }
    }
}

/// Of what it was made must not be guessed from a log.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

struct Parts(Hasher);

impl Parts {
    fn add(&mut self, part: &[u8]) {
        self.count(part.len());
        self.0.update(part);
    }

    fn count(&mut self, count: usize) {
        self.0.update(&u64::try_from(count).unwrap_or(u64::MAX).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    /// Method, URI, headers and body, from so small an alphabet that moving a byte over a border is likely.
    type Call = (&'static str, String, Vec<(String, String)>, String);

    fn call() -> impl Strategy<Value = Call> {
        let method = prop::sample::select(vec!["GET", "POST", "G", "GE"]);
        let origin = prop::sample::select(vec!["", "http://a", "http://ab", "https://a", "http://a:1"]);
        let header = ("[ab]{1,2}", "[ab]{0,2}");
        let uri = (origin, "/[ab]{0,2}", "(\\?[ab=&]{0,3})?");
        (method, uri, prop::collection::vec(header, 0..3), "[ab]{0,2}").prop_map(
            |(method, (origin, path, query), headers, body)| (method, format!("{origin}{path}{query}"), headers, body),
        )
    }

    fn key((method, uri, headers, body): &Call) -> Key {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
        }
        Key::of(&method.parse().unwrap(), &uri.parse().unwrap(), &map, &Bytes::from(body.clone()))
    }

    /// What a service can see of a call.
    fn seen((method, uri, headers, body): &Call) -> Call {
        let mut headers = headers.clone();
        headers.sort_by(|(one, _), (other, _)| one.cmp(other));
        (method, uri.clone(), headers, body.clone())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn calls_have_one_key_exactly_if_a_service_cannot_tell_them_apart(one in call(), other in call()) {
            prop_assert_eq!(key(&one) == key(&other), seen(&one) == seen(&other));
        }

        #[test]
        fn a_call_that_differs_in_one_part_has_another_key(one in call(), other in call(), part in 0..4) {
            let mut mixed = one.clone();
            match part {
                0 => mixed.0 = other.0,
                1 => mixed.1 = other.1,
                2 => mixed.2 = other.2,
                _ => mixed.3 = other.3,
            }
            prop_assert_eq!(key(&one) == key(&mixed), seen(&one) == seen(&mixed));
        }
    }

    #[test]
    fn no_byte_moves_over_a_border() {
        let call = |uri: &str, headers: &[(&str, &str)], body: &str| {
            let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            key(&("GET", uri.into(), headers, body.into()))
        };
        let keys = [
            call("/a", &[], ""),
            call("/a?", &[], ""),
            call("/", &[], "a"),
            call("/", &[("a", "")], ""),
            call("/", &[("a", "b")], ""),
            call("/", &[("a", "b"), ("a", "")], ""),
            call("/", &[("a", ""), ("a", "b")], ""),
            call("/", &[("a", "a"), ("b", "b")], ""),
            call("/", &[("a", "ab"), ("b", "")], ""),
            call("http://a/", &[], ""),
            call("https://a/", &[], ""),
        ];
        for (at, one) in keys.iter().enumerate() {
            assert!(keys.iter().skip(at + 1).all(|other| one != other), "{at}");
        }
        assert_eq!(call("/", &[("a", "1"), ("b", "2")], ""), call("/", &[("b", "2"), ("a", "1")], ""));
        assert_eq!(format!("{:?}", keys[0]), "Key(..)");
    }
}
