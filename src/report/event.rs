//! How the wrapped service tells of an event: the `Personalization-Event` header of its answer, which never leaves.

use http::{HeaderMap, HeaderName, HeaderValue};
use sfv::{BareItem, Item, Parser};

use super::header::PERSONALIZATION;

/// The name of the header.
pub(crate) const PERSONALIZATION_EVENT: HeaderName = HeaderName::from_static("personalization-event");

/// What the layer alone says or hears, which is no part of the fields behind a body: it is heard at the head only.
pub(crate) static GONE_FROM_TRAILERS: [HeaderName; 2] = [PERSONALIZATION, PERSONALIZATION_EVENT];

/// Takes that out of them.
pub(crate) fn forget_in_trailers(trailers: &mut HeaderMap) {
    for name in &GONE_FROM_TRAILERS {
        trailers.remove(name);
    }
}

/// The event's name and its id, if it has one: an item of RFC 9651, a token with the parameter `id`, which is a string, a
/// token or a whole number: `purchase;id="order-17"`. Other parameters say nothing.
///
/// None where it cannot be read so, and where an id stands that is none: the event may have been counted before.
pub(crate) fn told_event(line: &HeaderValue) -> Option<(String, Option<String>)> {
    let Item { bare_item: BareItem::Token(name), params } = Parser::new(line).parse::<Item>().ok()? else {
        return None;
    };
    let id = match params.get("id") {
        None => None,
        Some(BareItem::String(id)) if !id.as_str().is_empty() => Some(id.as_str().to_owned()),
        Some(BareItem::Token(id)) => Some(id.as_str().to_owned()),
        Some(BareItem::Integer(id)) => Some(id.to_string()),
        Some(_) => return None,
    };
    Some((name.as_str().to_owned(), id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_token_and_its_id_a_parameter() {
        let told = |line: &'static str| told_event(&HeaderValue::from_static(line));
        let event = |name: &str, id: Option<&str>| Some((name.to_owned(), id.map(str::to_owned)));
        for (line, read) in [
            ("purchase", event("purchase", None)),
            (" sign-up_2 ", event("sign-up_2", None)),
            ("purchase;id=\"order 17\"", event("purchase", Some("order 17"))),
            ("purchase;id=\"a\\\"b\"", event("purchase", Some("a\"b"))),
            ("purchase; id=order-17", event("purchase", Some("order-17"))),
            ("purchase;id=17", event("purchase", Some("17"))),
            ("purchase;at=@1700000000;id=17", event("purchase", Some("17"))),
            ("purchase;at=1", event("purchase", None)),
            ("", None),
            ("purchase;id", None),
            ("purchase;id=\"\"", None),
            ("purchase;id=1.5", None),
            ("purchase;id=:AQ==:", None),
            ("purchase;id=\"open", None),
            ("purchase id=1", None),
            ("purchase, purchase", None),
            ("\"purchase\"", None),
        ] {
            assert_eq!(told(line), read, "{line}");
        }
        assert_eq!(told_event(&HeaderValue::from_bytes(b"purchas\xe9").unwrap()), None);
    }
}
