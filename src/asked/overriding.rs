//! The method for which a request wants to be taken, beside its own.
//!
//! Where clients can send GET and POST only, services listen to a header, or to a parameter of the query (Rack, Symfony,
//! Express and others). Whether this one does, and in what way, cannot be known here.

use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;

use crate::{lookup::is_read_as, parameters};

/// The methods that a request names beside its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Named {
    /// Something, where anything is named, also what is no method.
    methods: Option<Vec<Method>>,
}

impl Named {
    /// Those of a request of this method. Where it names none, this takes no memory.
    pub(crate) fn of(method: &Method, headers: &HeaderMap, query: Option<&str>) -> Self {
        let mut named = Self::default();
        for (_, value) in headers.iter().filter(|(name, _)| HEADERS.iter().any(|header| is_read_as(name, header))) {
            value.as_bytes().split(|byte| b",;".contains(byte)).for_each(|one| named.add(one, method));
        }
        let values = query.into_iter().flat_map(parameters::all);
        for (_, value) in values.filter(|(name, _)| parameters::is_named(name, PARAMETER)) {
            let value: Vec<u8> = percent_decode_str(value).map(|byte| if byte == b'+' { b' ' } else { byte }).collect();
            named.add(&value, method);
        }
        named
    }

    /// Each of them once.
    pub(crate) fn methods(&self) -> &[Method] {
        self.methods.as_deref().unwrap_or_default()
    }

    /// Whether anything but the request's own method is named, also what is none.
    pub(crate) fn is_any(&self) -> bool {
        self.methods.is_some()
    }

    fn add(&mut self, written: &[u8], own: &Method) {
        let written = written.trim_ascii();
        if written.is_empty() || written.eq_ignore_ascii_case(own.as_str().as_bytes()) {
            return;
        }
        let methods = self.methods.get_or_insert_default();
        // There are nine, and a few more.
        if let Ok(method) = Method::from_bytes(&written.to_ascii_uppercase())
            && methods.len() < MOST
            && !methods.contains(&method)
        {
            methods.push(method);
        }
    }
}

const HEADERS: [&str; 4] = ["x-http-method-override", "x-http-method", "x-method-override", "x-methodoverride"];

const PARAMETER: &str = "_method";

const MOST: usize = 16;

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn named(header: Option<(&'static str, &'static str)>, query: Option<&str>) -> (Vec<String>, bool) {
        let header = header.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let named = Named::of(&Method::POST, &header.into_iter().collect(), query);
        (named.methods().iter().map(ToString::to_string).collect(), named.is_any())
    }

    #[test]
    fn a_method_is_named_in_a_header_or_in_the_query() {
        for (header, query, methods) in [
            (Some(("x-http-method-override", "get")), None, &["GET"][..]),
            (Some(("x-http-method-override", "GET, POST,")), None, &["GET"]),
            (Some(("x_http_method_override", " get;x")), None, &["GET", "X"]),
            (
                Some(("x-methodoverride", "PATCH")),
                Some("_method=put&%5Fmethod=d%65lete&_METHOD[]=put"),
                &["PATCH", "PUT", "DELETE"],
            ),
            (None, Some("a=1;.method=+get&[method=HEAD"), &["GET", "HEAD"]),
            (None, Some("_method=%00"), &[]),
        ] {
            assert_eq!(
                named(header, query),
                (methods.iter().map(ToString::to_string).collect(), true),
                "{header:?} {query:?}"
            );
        }
        for (header, query) in [
            (None, None),
            (None, Some("a=1&method=GET&_methods=GET&_method&_method=POST")),
            (Some(("x-http-method-override", "post")), None),
            (Some(("x-http-methods", "GET")), None),
        ] {
            assert_eq!(named(header, query), (Vec::new(), false), "{header:?} {query:?}");
        }
    }

    #[test]
    fn many_names_are_a_few_methods() {
        let query = (0..5_000).map(|name| format!("_method=M{name}")).collect::<Vec<_>>().join("&");
        assert_eq!(named(None, Some(&query)).0.len(), MOST);
    }
}
