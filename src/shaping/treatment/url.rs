//! URLs without some of their query parameters.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

use super::{TreatmentError, TreatmentErrorKind};

/// Takes query parameters out of URLs, by name.
///
/// The query is what stands between the first `?` and the first `#`; its parameters are divided by `&`. A name is
/// compared percent-decoded, `+` as a blank, upper and lower case told apart. Everything else of the URL stays as it
/// was; the `?` goes when no parameter is left.
///
/// See the example of [`treatment`](super).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlWithout(Box<[Box<str>]>);

impl UrlWithout {
    /// Names of parameters; a `*` stands for any characters, or none.
    ///
    /// # Errors
    /// No pattern, or an empty one.
    pub fn new(patterns: impl IntoIterator<Item = impl Into<Box<str>>>) -> Result<Self, TreatmentError> {
        let mut patterns: Vec<Box<str>> = patterns.into_iter().map(Into::into).collect();
        patterns.sort();
        patterns.dedup();
        if patterns.is_empty() || patterns.iter().any(|pattern| pattern.is_empty()) {
            return Err(TreatmentError::new(TreatmentErrorKind::Pattern, ""));
        }
        Ok(Self(patterns.into()))
    }

    pub(crate) fn coarsen(&self, url: &str) -> String {
        let (before, fragment) = url.find('#').map_or((url, ""), |at| url.split_at(at));
        let Some((address, query)) = before.split_once('?') else { return url.into() };
        let mut kept = query.split('&').filter(|parameter| !self.takes(parameter)).peekable();
        let mut left = String::from(address);
        if kept.peek().is_some() {
            left.push('?');
        }
        while let Some(parameter) = kept.next() {
            left.push_str(parameter);
            left.push_str(if kept.peek().is_some() { "&" } else { "" });
        }
        left + fragment
    }

    /// Whether this takes away all that `fewer` takes away, as far as its patterns say so themselves.
    pub(super) fn covers(&self, fewer: &Self) -> bool {
        fewer.0.iter().all(|pattern| self.0.iter().any(|wider| wider == pattern || covers(wider, pattern)))
    }

    fn takes(&self, parameter: &str) -> bool {
        let name = parameter.split_once('=').map_or(parameter, |(name, _)| name);
        let blanks = if name.contains('+') { Cow::Owned(name.replace('+', " ")) } else { Cow::Borrowed(name) };
        let name: Vec<u8> = percent_decode_str(&blanks).collect();
        self.0.iter().any(|pattern| matches(pattern.as_bytes(), &name))
    }
}

/// Whether every name that fits `pattern` fits `wider`: surely so where `wider` is a beginning and a star.
fn covers(wider: &str, pattern: &str) -> bool {
    wider.strip_suffix('*').is_some_and(|start| !start.contains('*') && pattern.starts_with(start))
}

/// Compares from left to right; after a mismatch only the last star takes one byte more.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut in_name, mut star) = (0, 0, None);
    while let Some(byte) = name.get(in_name) {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(wanted) if wanted == byte => (at, in_name) = (at + 1, in_name + 1),
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    (at, in_name) = (star_at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|rest| *rest == b'*')
}
