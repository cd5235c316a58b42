//! What an item says of itself: its label, its id, its topic.

use std::borrow::Cow;

use crate::shaping::string;

/// A scalar at a place within an item, before any field rule.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::shaping) enum Sign<'a> {
    /// There is none, or it is `null`.
    Missing,
    /// A text in UTF-8, or what a number, `true` or `false` is written as.
    Text(Cow<'a, [u8]>),
    /// An array, an object, a string that is no text; or the place is named twice, and clients differ in which counts.
    Unreadable,
}

/// What an item says of itself.
#[derive(Debug)]
pub(in crate::shaping) struct Signs<'a> {
    pub(in crate::shaping) label: Sign<'a>,
    pub(in crate::shaping) id: Sign<'a>,
    pub(in crate::shaping) topic: Sign<'a>,
}

impl<'a> Sign<'a> {
    /// The sign that is this scalar, which is known to be JSON.
    pub(in crate::shaping) fn of(json: &'a [u8]) -> Self {
        match json.first() {
            None | Some(b'n') => Self::Missing,
            Some(b'"') => match string::decode(json) {
                Some(Cow::Borrowed(text)) => Self::Text(Cow::Borrowed(text.as_bytes())),
                Some(Cow::Owned(text)) => Self::Text(Cow::Owned(text.into_bytes())),
                None => Self::Unreadable,
            },
            Some(_) => Self::Text(Cow::Borrowed(json)),
        }
    }

    /// The same of one without escapes.
    pub(in crate::shaping) fn plain(json: &'a [u8]) -> Self {
        match json {
            [b'"', text @ .., _] => Self::Text(Cow::Borrowed(text)),
            [] | [b'n', ..] => Self::Missing,
            _ => Self::Text(Cow::Borrowed(json)),
        }
    }
}

impl Signs<'_> {
    /// The id; `None` without a readable one.
    pub(in crate::shaping) fn id(&self) -> Option<&[u8]> {
        match &self.id {
            Sign::Text(id) => Some(id),
            Sign::Missing | Sign::Unreadable => None,
        }
    }

    /// The topic as it is compared; `None` without a readable one.
    #[inline]
    pub(super) fn topic(&self) -> Option<String> {
        match &self.topic {
            Sign::Text(topic) => Some(compared(&String::from_utf8_lossy(topic))),
            Sign::Missing | Sign::Unreadable => None,
        }
    }
}

/// A topic as it is compared.
pub(super) fn compared(topic: &str) -> String {
    topic.trim().to_lowercase()
}
