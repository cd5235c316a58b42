//! How the wrapped service tells of an event: the `Personalization-Event` header of its answer, which never leaves.

use http::{HeaderMap, HeaderName, HeaderValue};
use sfv::{BareItem, Item, List, ListEntry, Parser};

use super::header::PERSONALIZATION;
use crate::lookup;

/// The name of the header.
pub(crate) const PERSONALIZATION_EVENT: HeaderName = HeaderName::from_static("personalization-event");

/// What the layer alone says or hears, which is no part of the fields behind a body: it is heard at the head only.
static GONE_FROM_TRAILERS: [HeaderName; 2] = [PERSONALIZATION, PERSONALIZATION_EVENT];

/// Whether a name is one of these.
pub(crate) fn is_gone_from_trailers(name: &str) -> bool {
    GONE_FROM_TRAILERS.iter().any(|gone| gone == name)
}

/// Takes that out of them.
pub(crate) fn forget_in_trailers(trailers: &mut HeaderMap) {
    for name in &GONE_FROM_TRAILERS {
        trailers.remove(name);
    }
}

/// Takes what the service tells out of the head of an answer: all its lines as one (RFC 9110 section 5.3).
pub(crate) fn take_told(headers: &mut HeaderMap) -> Option<Vec<u8>> {
    if !lookup::has(headers, &PERSONALIZATION_EVENT) {
        return None;
    }
    let lines: Vec<&[u8]> = headers.get_all(PERSONALIZATION_EVENT).iter().map(HeaderValue::as_bytes).collect();
    let told = lines.join(&b", "[..]);
    headers.remove(PERSONALIZATION_EVENT);
    Some(told)
}

/// The events that it tells of: a list of RFC 9651, of which most have one member. Each is an event's name and its id, if it has
/// one: a token with the parameter `id`, which is a string, a token or a whole number: `purchase;id="order-17"`. Other
/// parameters say nothing.
///
/// None stands for what cannot be read so, and where an id stands that is none: the event may have been counted before.
pub(crate) fn events_told(told: &[u8]) -> Vec<Option<(String, Option<String>)>> {
    match Parser::new(told).parse::<List>() {
        Ok(list) if !list.is_empty() => list.into_iter().map(event_told).collect(),
        Ok(_) | Err(_) => vec![None],
    }
}

fn event_told(told: ListEntry) -> Option<(String, Option<String>)> {
    let ListEntry::Item(Item { bare_item: BareItem::Token(name), params }) = told else { return None };
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
            ("\"purchase\"", None),
            ("(purchase)", None),
        ] {
            assert_eq!(events_told(line.as_bytes()), [read], "{line}");
        }
        assert_eq!(events_told(b"purchas\xe9"), [None]);
    }

    #[test]
    fn several_events_stand_in_one_line_or_in_several() {
        let event = |name: &str, id: Option<&str>| Some((name.to_owned(), id.map(str::to_owned)));
        let all = [event("purchase", Some("a")), None, event("complaint", None)];
        for lines in [&["purchase;id=a, 7 ,complaint"][..], &["purchase;id=a", "7, complaint"]] {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(PERSONALIZATION_EVENT, HeaderValue::from_static(line));
            }
            assert_eq!(events_told(&take_told(&mut headers).unwrap()), all, "{lines:?}");
            assert_eq!((headers.len(), take_told(&mut headers)), (0, None));
        }
    }
}
