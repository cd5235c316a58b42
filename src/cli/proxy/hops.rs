//! What one hop says to the next and no further, and what a proxy adds about itself.

use std::net::{IpAddr, SocketAddr};

use http::{
    HeaderMap, HeaderName, HeaderValue, Version,
    header::{
        AUTHORIZATION, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE,
        FORWARDED, HOST, MAX_FORWARDS, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, SET_COOKIE, TE, TRAILER,
        TRANSFER_ENCODING, UPGRADE, VIA,
    },
};

/// Who sent a request, as the listener saw it. Stands in the request's extensions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// Whether it came by TLS.
    pub(crate) is_secure: bool,
}

impl Peer {
    fn scheme(self) -> &'static str {
        if self.is_secure { "https" } else { "http" }
    }
}

/// Takes away what was meant for this hop alone (RFC 9110, section 7.6.1): `Connection`, every field that it names, and
/// the fields that are always of one hop. `TE: trailers` stays, because trailers are passed on.
///
/// On a request this happens before the layer sees it, so that a client cannot name a field that the layer adds.
pub(crate) fn strip(headers: &mut HeaderMap) {
    let trailers = words(headers, &TE).any(|word| word.eq_ignore_ascii_case("trailers"));
    let named: Vec<HeaderName> = words(headers, &CONNECTION).filter_map(|word| word.parse().ok()).collect();
    for name in named.iter().chain(&OF_ONE_HOP) {
        headers.remove(name);
    }
    if trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
    forget_announced(headers);
}

/// Takes the same out of the fields behind a body: HTTP/2 takes them for a broken one, and no hop has a use for them there. And
/// what may not stand there.
pub(super) fn strip_trailers(trailers: &mut HeaderMap) {
    strip(trailers);
    for name in [TE].iter().chain(&NEVER_BEHIND) {
        trailers.remove(name);
    }
}

/// Announces no field behind the body that does not come (RFC 9110, section 6.6.2).
fn forget_announced(headers: &mut HeaderMap) {
    let is_gone =
        |word: &str| OF_ONE_HOP.iter().chain(&NEVER_BEHIND).any(|name| word.eq_ignore_ascii_case(name.as_str()));
    if !words(headers, &TRAILER).any(is_gone) {
        return;
    }
    let left: Vec<&str> = words(headers, &TRAILER).filter(|word| !word.is_empty() && !is_gone(word)).collect();
    match HeaderValue::from_str(&left.join(", ")) {
        Ok(left) if !left.is_empty() => drop(headers.insert(TRAILER, left)),
        _ => drop(headers.remove(TRAILER)),
    }
}

/// Says by which scheme the client asked, before the layer sees the request: it is the same for who asks as somebody unknown.
/// An `X-Forwarded-Proto` that is there stays if TLS did not end here: whoever ended it wrote it.
pub(crate) fn say_scheme(headers: &mut HeaderMap, peer: Peer) {
    let scheme = HeaderValue::from_static(peer.scheme());
    if peer.is_secure {
        headers.insert(X_FORWARDED_PROTO, scheme);
    } else {
        headers.entry(X_FORWARDED_PROTO).or_insert(scheme);
    }
}

/// Says to the service who asked and through whom: one more element in `X-Forwarded-For`, `Forwarded` (RFC 7239) and
/// `Via` (RFC 9110, section 7.6.3).
pub(crate) fn announce(headers: &mut HeaderMap, peer: Option<Peer>, version: Version) {
    if let Some(peer) = peer {
        let (ip, scheme) = (peer.address.ip().to_canonical(), peer.scheme());
        let quoted = match ip {
            IpAddr::V4(ip) => format!("for={ip};proto={scheme}"),
            IpAddr::V6(ip) => format!("for=\"[{ip}]\";proto={scheme}"),
        };
        join(headers, X_FORWARDED_FOR, &ip.to_string());
        join(headers, FORWARDED, &quoted);
    }
    append(headers, VIA, if version == Version::HTTP_2 { "2.0 rapport" } else { "1.1 rapport" });
    if headers.contains_key(TE) {
        headers.insert(CONNECTION, HeaderValue::from_static("te"));
    }
    if headers.contains_key(UPGRADE) {
        headers.append(CONNECTION, HeaderValue::from_static("upgrade"));
    }
}

/// One line, with one more element: who reads only the first line must not read what anybody may have written there.
fn join(headers: &mut HeaderMap, name: HeaderName, element: &str) {
    let lines = headers.get_all(&name).iter().map(HeaderValue::as_bytes);
    let all: Vec<_> = lines.filter(|line| !line.is_empty()).chain([element.as_bytes()]).collect();
    if let Ok(value) = HeaderValue::from_bytes(&all.join(&b", "[..])) {
        headers.insert(name, value);
    }
}

/// A further line means the same as a further element (RFC 9110, section 5.3), and leaves what came before as it was.
fn append(headers: &mut HeaderMap, name: HeaderName, element: &str) {
    if let Ok(value) = HeaderValue::from_str(element) {
        headers.append(name, value);
    }
}

/// The elements of a list field, over all its lines, without their parameters.
pub(super) fn words<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).filter_map(|word| word.split(';').next()).map(str::trim)
}

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

static OF_ONE_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    HeaderName::from_static("proxy-authentication-info"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    TE,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// What says how a message is to be read, who may see it or where it goes, is no field behind its body (RFC 9110, section 6.5.1).
/// hyper sends none of these in HTTP/1.1, so they are taken out in HTTP/2, too.
static NEVER_BEHIND: [HeaderName; 10] = [
    AUTHORIZATION,
    CACHE_CONTROL,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_RANGE,
    CONTENT_TYPE,
    HOST,
    MAX_FORWARDS,
    SET_COOKIE,
    TRAILER,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |&(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value));
        lines.iter().map(pair).collect()
    }

    #[test]
    fn what_is_of_one_hop_goes_no_further() {
        let mut some = headers(&[
            ("connection", "close, X-One"),
            ("connection", "x-two,,  not a name"),
            ("x-one", "1"),
            ("x-two", "2"),
            ("x-three", "3"),
            ("keep-alive", "timeout=5"),
            ("proxy-authorization", "Basic eA=="),
            ("proxy-authenticate", "Basic"),
            ("proxy-connection", "keep-alive"),
            ("te", "gzip"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "websocket"),
            ("trailer", "x-sum"),
        ]);
        strip(&mut some);
        assert_eq!(some, headers(&[("x-three", "3"), ("trailer", "x-sum")]));
    }

    #[test]
    fn what_does_not_come_behind_a_body_is_not_announced() {
        for (was, is) in [
            (&["X-Sum,x-time"][..], &["X-Sum,x-time"][..]),
            (&["X-Sum, Set-Cookie", "x-time,,connection"], &["X-Sum, x-time"]),
            (&["set-cookie"], &[]),
        ] {
            let mut some = HeaderMap::new();
            for line in was {
                some.append(TRAILER, HeaderValue::from_static(line));
            }
            strip(&mut some);
            assert_eq!(some.get_all(TRAILER).iter().collect::<Vec<_>>(), is, "{was:?}");
        }
        let mut behind = headers(&[("x-sum", "1"), ("set-cookie", "a=1"), ("te", "trailers"), ("trailer", "x-sum")]);
        strip_trailers(&mut behind);
        assert_eq!(behind, headers(&[("x-sum", "1")]));
    }

    #[test]
    fn trailers_stay_welcome() {
        for te in ["trailers", "gzip;q=0.5, Trailers", "trailers;q=1"] {
            let mut some = headers(&[("connection", "te"), ("te", te)]);
            strip(&mut some);
            assert_eq!(some, headers(&[("te", "trailers")]), "{te}");
            announce(&mut some, None, Version::HTTP_11);
            assert_eq!(some.get("connection").unwrap(), "te", "{te}");
        }
    }

    #[test]
    fn the_service_learns_who_asked() {
        let mut some = headers(&[
            ("x-forwarded-for", "203.0.113.9, 203.0.113.10"),
            ("x-forwarded-for", ""),
            ("x-forwarded-for", "203.0.113.11"),
            ("x-forwarded-proto", "https"),
        ]);
        let peer = |address: &str, is_secure| Peer { address: address.parse().unwrap(), is_secure };
        let tell = |headers: &mut HeaderMap, peer, version| {
            say_scheme(headers, peer);
            announce(headers, Some(peer), version);
        };
        tell(&mut some, peer("[::ffff:192.0.2.7]:4000", false), Version::HTTP_2);
        let all = |name: &str| some.get_all(name).iter().map(|line| line.to_str().unwrap()).collect::<Vec<_>>();
        assert_eq!(all("x-forwarded-for"), ["203.0.113.9, 203.0.113.10, 203.0.113.11, 192.0.2.7"]);
        assert_eq!(all("x-forwarded-proto"), ["https"]);
        assert_eq!(all("forwarded"), ["for=192.0.2.7;proto=http"]);
        assert_eq!(all("via"), ["2.0 rapport"]);

        let mut none = HeaderMap::new();
        tell(&mut none, peer("[2001:db8::1]:4000", true), Version::HTTP_11);
        assert_eq!(none.get("forwarded").unwrap(), "for=\"[2001:db8::1]\";proto=https");
        assert_eq!(none.get("x-forwarded-proto").unwrap(), "https");
        assert_eq!(none.get("x-forwarded-for").unwrap(), "2001:db8::1");
    }

    #[test]
    fn where_tls_ends_here_nobody_says_otherwise() {
        for (is_secure, scheme) in [(true, "https"), (false, "gopher")] {
            let mut some = headers(&[("x-forwarded-proto", "gopher")]);
            say_scheme(&mut some, Peer { address: "192.0.2.7:4000".parse().unwrap(), is_secure });
            assert_eq!(some, headers(&[("x-forwarded-proto", scheme)]));
        }
    }
}
