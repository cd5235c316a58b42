//! What a policy's author calls stages, purposes and events.

use std::{borrow::Borrow, error::Error, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A name of a stage, purpose or event: `[a-z][a-z0-9_-]{0,31}`.
///
/// Every name is a token of RFC 9651 and may stand in a header as it is.
///
/// ```
/// use tower_rapport::name::Name;
///
/// let stage: Name = "acquainted".parse()?;
/// assert_eq!(stage, "acquainted");
/// assert!("Best friends".parse::<Name>().is_err());
/// # Ok::<(), tower_rapport::name::NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name that stands in the code.
    pub(crate) fn of_literal(text: &'static str) -> Self {
        debug_assert!(text.parse::<Self>().is_ok(), "`{text}` is no name");
        Self(text.into())
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let starts_well = text.starts_with(|c: char| c.is_ascii_lowercase());
        let goes_on_well = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-');
        if starts_well && goes_on_well && text.len() <= LONGEST { Ok(Self(text.into())) } else { Err(NameError(())) }
    }
}

/// A text that is no name.
///
/// Its text says what a name is, so show it to whoever wrote the text. See the example of [`Name`].
#[derive(Debug)]
pub struct NameError(());

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name is a small letter and up to 31 more small letters, digits, `_` or `-`")
    }
}

impl Error for NameError {}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A small copy, also where the input can be borrowed: readers of files cannot lend.
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

const LONGEST: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_a_header_can_carry() {
        for good in ["new", "a", "cross_context", "x-1", &"a".repeat(32)] {
            assert_eq!(good.parse::<Name>().unwrap(), good);
        }
        for bad in ["", "New", "1st", "_x", "é", "a b", "a.b", &"a".repeat(33)] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }
}
