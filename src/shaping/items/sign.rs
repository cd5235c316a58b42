//! What an item says of itself: its label, its id, its topic.

use std::borrow::Cow;

use crate::shaping::string;

/// A scalar at a place within an item, before any field rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shaping) enum Sign<'a> {
    /// There is none, or it is `null`.
    Missing,
    /// A text in UTF-8, or what a number, `true` or `false` is written as.
    Text(&'a [u8]),
    /// A text as JSON, with escapes.
    Escaped(&'a [u8]),
    /// An array or an object; or the place is named twice, and clients differ in which counts.
    Unreadable,
}

/// What an item says of itself.
#[derive(Clone, Copy, Debug)]
pub(in crate::shaping) struct Signs<'a> {
    pub(in crate::shaping) label: Sign<'a>,
    pub(in crate::shaping) id: Sign<'a>,
    pub(in crate::shaping) topic: Sign<'a>,
}

impl<'a> Sign<'a> {
    /// The sign that is this scalar, which is known to be JSON.
    pub(in crate::shaping) fn of(json: &'a [u8]) -> Self {
        if memchr::memchr(b'\\', json).is_some() { Self::Escaped(json) } else { Self::plain(json) }
    }

    /// The same of one without escapes.
    #[inline]
    pub(in crate::shaping) fn plain(json: &'a [u8]) -> Self {
        match json {
            [b'"', text @ .., _] => Self::Text(text),
            [] | [b'n', ..] => Self::Missing,
            _ => Self::Text(json),
        }
    }

    /// The text; `None` where there is none that can be read.
    #[inline]
    pub(in crate::shaping) fn text(self) -> Option<Cow<'a, [u8]>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::Escaped(json) => string::decode(json).map(|text| Cow::Owned(text.into_owned().into_bytes())),
            Self::Missing | Self::Unreadable => None,
        }
    }
}

impl Signs<'_> {
    /// The topic as it is compared; `None` without a readable one.
    #[inline]
    pub(super) fn topic(&self) -> Option<String> {
        self.topic.text().map(|topic| compared(&String::from_utf8_lossy(&topic)))
    }
}

/// A topic as it is compared.
pub(super) fn compared(topic: &str) -> String {
    topic.trim().to_lowercase()
}
