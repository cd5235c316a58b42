//! The method for which a request wants to be taken, beside its own.
//!
//! Where clients can send GET and POST only, services listen to a header, or to a parameter of the query (Rack, Symfony,
//! Express and others). Whether this one does cannot be known here.

use http::{HeaderMap, HeaderName, Method};
use percent_encoding::percent_decode_str;

/// Every method that a request names beside its own.
pub(crate) fn named_methods<'a>(headers: &'a HeaderMap, query: Option<&'a str>) -> impl Iterator<Item = Method> + 'a {
    let in_headers = HEADERS.iter().flat_map(|name| headers.get_all(name)).map(|value| value.as_bytes().to_vec());
    let pairs = query.into_iter().flat_map(|query| query.split('&')).filter_map(|pair| pair.split_once('='));
    let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let in_query = pairs.filter(move |(name, _)| decoded(name) == PARAMETER).map(move |(_, method)| decoded(method));
    in_headers.chain(in_query).filter_map(|method| Method::from_bytes(&method.to_ascii_uppercase()).ok())
}

static HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("x-http-method-override"),
    HeaderName::from_static("x-http-method"),
    HeaderName::from_static("x-method-override"),
];

const PARAMETER: &[u8] = b"_method";

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_method_is_named_in_a_header_or_in_the_query() {
        let named = |header: Option<(&'static str, &'static str)>, query| {
            let header = header.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            named_methods(&header.into_iter().collect(), query).map(|method| method.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(named(None, None), [""; 0]);
        assert_eq!(named(None, Some("a=1&method=GET&_methods=GET&_method")), [""; 0]);
        assert_eq!(named(Some(("x-http-method-override", "get")), None), ["GET"]);
        assert_eq!(
            named(Some(("x-http-method", "PATCH")), Some("_method=put&%5Fmethod=d%65lete")),
            ["PATCH", "PUT", "DELETE"]
        );
        assert_eq!(named(Some(("x-method-override", "no method")), None), [""; 0]);
    }
}
