//! What a request says of how it was asked elsewhere: a service that puts it together with the path must not read another path.

use std::net::Ipv6Addr;

use http::{HeaderMap, HeaderName, uri::Authority};

/// Whether this is a host, perhaps with a port, and nothing else (RFC 9110, section 7.2).
pub(super) fn is_host(text: &[u8]) -> bool {
    let Ok(authority) = Authority::try_from(text) else { return false };
    let host = authority.host();
    // A name before it would stand here, too.
    let port = authority
        .as_str()
        .strip_prefix(host)
        .and_then(|port| if port.is_empty() { Some("") } else { port.strip_prefix(':') });
    if !port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit())) {
        return false;
    }
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => !host.is_empty() && !host.contains(['[', ']']),
    }
}

/// Whether nothing that was forwarded names a path; takes away what only names one, for services that no other proxy stands before.
pub(super) fn names_no_path(headers: &mut HeaderMap) -> bool {
    for name in &PATHS {
        headers.remove(name);
    }
    let all = |name: &HeaderName, is: fn(&[u8]) -> bool| {
        let values = headers.get_all(name).into_iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b','));
        values.map(<[u8]>::trim_ascii).filter(|value| !value.is_empty()).all(is)
    };
    let is_word = |value: &[u8]| value.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
    let is_part = |value: &[u8]| !value.iter().any(|byte| b"/\\?#@".contains(byte));
    HOSTS.iter().all(|name| all(name, is_host))
        && WORDS.iter().all(|name| all(name, is_word))
        && all(&FORWARDED, is_part)
}

static HOSTS: [HeaderName; 2] =
    [HeaderName::from_static("x-forwarded-host"), HeaderName::from_static("x-forwarded-server")];

static WORDS: [HeaderName; 4] = [
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-forwarded-protocol"),
    HeaderName::from_static("x-forwarded-scheme"),
    HeaderName::from_static("x-forwarded-port"),
];

/// RFC 7239.
const FORWARDED: HeaderName = http::header::FORWARDED;

/// Of servers that rewrite paths: IIS, and frameworks that stand behind it.
static PATHS: [HeaderName; 2] = [HeaderName::from_static("x-original-url"), HeaderName::from_static("x-rewrite-url")];

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_host_is_a_host_and_no_more() {
        for host in
            ["shop", "shop.example:81", "192.0.2.7", "[::1]", "[2001:db8::1]:80", "xn--bcher-kva.example.", "my_shop"]
        {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in [
            "", ":80", "a/b", "a?", "a#", "a\\b", "b@a", "a b", "[]", "[x]", "a[b]", "[::1]x", "[::1]/a", "a:80/b",
            "a%2fb",
        ] {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
    }

    #[test]
    fn what_was_forwarded_names_no_path() {
        let is_taken = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))]);
            names_no_path(&mut headers)
        };
        for (name, value) in [
            ("x-forwarded-host", "shop.example, shop.internal:81"),
            ("x-forwarded-proto", "https,http"),
            ("x-forwarded-port", "443"),
            ("forwarded", "for=192.0.2.60;proto=http;host=shop, for=\"[2001:db8::17]:4711\""),
        ] {
            assert!(is_taken(name, value), "{name}: {value}");
        }
        for (name, value) in [
            ("x-forwarded-host", "x/recommendations?"),
            ("x-forwarded-host", "shop, x\\recommendations?"),
            ("x-forwarded-proto", "http://x/recommendations?"),
            ("x-forwarded-port", "80/recommendations#"),
            ("forwarded", "host=\"x/recommendations?\""),
        ] {
            assert!(!is_taken(name, value), "{name}: {value}");
        }
        let mut headers = HeaderMap::from_iter([(PATHS[0].clone(), HeaderValue::from_static("/recommendations"))]);
        assert!(names_no_path(&mut headers) && headers.is_empty());
    }
}
