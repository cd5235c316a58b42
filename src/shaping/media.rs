//! What a body is made of, as its `Content-Type` says.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};

use super::{
    events::FirstEvent,
    items::{Choice, Filling},
    json::Limits,
    lines::Separation,
};

/// The kinds of body that can be shaped.
///
/// ```
/// use http::{HeaderMap, header::CONTENT_TYPE};
/// use tower_rapport::shaping::media::Media;
///
/// let of = |kind: &'static str| Media::of(&HeaderMap::from_iter([(CONTENT_TYPE, http::HeaderValue::from_static(kind))]));
/// assert_eq!(of("application/vnd.shop+json; charset=utf-8"), Some(Media::Json));
/// assert_eq!(of("text/event-stream"), Some(Media::Events));
/// assert_eq!(of("application/json; charset=utf-16"), None, "it cannot be shaped");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Media {
    /// One JSON document (RFC 8259).
    Json,
    /// A JSON document on each line (NDJSON, JSON Lines).
    Lines,
    /// JSON documents, each after a record separator (RFC 7464).
    Sequence,
    /// Events with JSON documents for data (HTML standard, server-sent events).
    Events,
    /// A page of HTML; `is_utf8` says whether its head says that it is UTF-8, else the page must.
    Html {
        /// Whether the content type names that charset.
        is_utf8: bool,
    },
}

/// Whether the headers say HTML, in whatever charset.
pub(crate) fn says_html(headers: &HeaderMap) -> bool {
    let said = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    said.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/html")
}

impl Media {
    /// What the headers announce; `None` for what cannot be shaped, for no content type, and for several.
    ///
    /// A charset is UTF-8 or a part of it (RFC 8259 section 8.1). HTML is known with the feature `html`; that in the syntax of XML
    /// (`application/xhtml+xml`) is read by other rules, and not here.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(CONTENT_TYPE).iter();
        let one = values.next().filter(|_| values.next().is_none()).map(HeaderValue::to_str)?.ok()?;
        let mut parts = one.split(';').map(str::trim);
        let essence = parts.next()?.to_ascii_lowercase();
        let media = match essence.as_str() {
            #[cfg(feature = "html")]
            "text/html" => return html(parts),
            "application/json" | "text/json" => Self::Json,
            "text/event-stream" => Self::Events,
            "application/json-seq" => Self::Sequence,
            line if LINES.contains(&line) => Self::Lines,
            // RFC 6839 section 3.1, RFC 8091.
            other if other.ends_with("+json") => Self::Json,
            other if other.ends_with("+json-seq") => Self::Sequence,
            _ => return None,
        };
        parts.all(is_utf8).then_some(media)
    }

    /// The items of a whole body; `None` where it cannot be read.
    pub(crate) fn filling(self, choice: &Choice, limits: Limits, body: &Bytes) -> Option<Filling> {
        match self {
            Self::Json => Filling::read(choice, limits, body).ok(),
            Self::Lines => Filling::read_all(choice, limits, &Separation::Lines.documents(body)).ok(),
            Self::Sequence => Filling::read_all(choice, limits, &Separation::Records.documents(body)).ok(),
            // Each event is a list of its own.
            Self::Events => Filling::read(choice, limits, &FirstEvent::default().find(body)?.1).ok(),
            Self::Html { .. } => None,
        }
    }
}

fn is_utf8(parameter: &str) -> bool {
    charset(parameter).is_none_or(|name| name.eq_ignore_ascii_case("utf-8") || name.eq_ignore_ascii_case("us-ascii"))
}

/// Of several charsets browsers take the first; here they must be one.
#[cfg(feature = "html")]
fn html<'a>(parameters: impl Iterator<Item = &'a str>) -> Option<Media> {
    let charsets: Vec<_> = parameters.filter_map(charset).collect();
    charsets.iter().all(|name| super::html::is_utf8(name)).then_some(Media::Html { is_utf8: !charsets.is_empty() })
}

fn charset(parameter: &str) -> Option<&str> {
    let (name, value) = parameter.split_once('=')?;
    name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"'))
}

/// None of them is registered; `application/stream+json` is that of Spring.
const LINES: [&str; 7] = [
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonl",
    "application/jsonlines",
    "application/x-jsonlines",
    "application/stream+json",
];

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
            ("application/x-ndjson", Some(Media::Lines)),
            ("Application/JSONL; charset=utf-8", Some(Media::Lines)),
            ("application/stream+json", Some(Media::Lines)),
            ("application/json-seq", Some(Media::Sequence)),
            ("application/geo+json-seq", Some(Media::Sequence)),
            ("text/event-stream;charset=UTF-8", Some(Media::Events)),
            ("text/event-stream; charset=latin1", None),
            ("application/xhtml+xml", None),
            ("text/html; charset=iso-8859-1", None),
            ("json", None),
            ("", None),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
            assert_eq!(Media::of(&headers), media, "{content_type}");
        }
        for (content_type, is_utf8) in
            [("text/html", false), ("Text/HTML; charset=\"UTF-8\"", true), ("text/html;charset=utf8; x=y", true)]
        {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
            let media = cfg!(feature = "html").then_some(Media::Html { is_utf8 });
            assert_eq!(Media::of(&headers), media, "{content_type}");
        }
        assert_eq!(Media::of(&HeaderMap::new()), None);
        let mut twice = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        twice.append(CONTENT_TYPE, HeaderValue::from_static("text/html"));
        assert_eq!(Media::of(&twice), None);
    }
}
