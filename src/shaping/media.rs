//! What a body is made of, as its `Content-Type` says.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};

use super::{
    items::{Choice, Filling},
    json::Limits,
};

/// The kinds of body that can be shaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Media {
    /// One JSON document (RFC 8259).
    Json,
}

impl Media {
    /// What the headers announce; `None` for what cannot be shaped, for no content type, and for several.
    ///
    /// A charset is UTF-8 or a part of it (RFC 8259 section 8.1).
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(CONTENT_TYPE).iter();
        let one = values.next().filter(|_| values.next().is_none()).map(HeaderValue::to_str)?.ok()?;
        let mut parts = one.split(';').map(str::trim);
        let essence = parts.next()?.to_ascii_lowercase();
        let media = match essence.as_str() {
            "application/json" | "text/json" => Self::Json,
            // RFC 6839 section 3.1.
            other if other.ends_with("+json") => Self::Json,
            _ => return None,
        };
        parts.all(is_utf8).then_some(media)
    }

    /// The items of a whole body; `None` where it cannot be read.
    pub fn filling(self, choice: &Choice, limits: Limits, body: &Bytes) -> Option<Filling> {
        match self {
            Self::Json => Filling::read(choice, limits, body).ok(),
        }
    }
}

fn is_utf8(parameter: &str) -> bool {
    match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            let value = value.trim().trim_matches('"');
            value.eq_ignore_ascii_case("utf-8") || value.eq_ignore_ascii_case("us-ascii")
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_shaped_is_announced_or_it_is_not() {
        for (content_type, media) in [
            ("application/json", Some(Media::Json)),
            ("Application/JSON; charset=UTF-8", Some(Media::Json)),
            ("application/ld+json; profile=\"x\"", Some(Media::Json)),
            ("application/json; charset=\"utf-8\"", Some(Media::Json)),
            ("application/json; charset=utf-16", None),
            ("text/html", None),
            ("json", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
            assert_eq!(Media::of(&headers), media, "{content_type}");
        }
        assert_eq!(Media::of(&HeaderMap::new()), None);
        let mut twice = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        twice.append(CONTENT_TYPE, HeaderValue::from_static("text/html"));
        assert_eq!(Media::of(&twice), None);
    }
}
