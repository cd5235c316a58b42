//! Attributes of an element of HTML.

use std::{collections::BTreeMap, sync::Arc};

use super::{Treatment, TreatmentError, TreatmentErrorKind};

/// What happens to the attributes of an element, by their names. The element itself is kept, and so are the others.
///
/// ```
/// use tower_rapport::shaping::treatment::{Attributes, Treatment, UrlWithout};
///
/// let link = Treatment::UrlWithout(UrlWithout::new(["uid"])?);
/// let attributes = Attributes::new([("href".to_owned(), link), ("data-user".to_owned(), Treatment::Remove)])?;
/// assert_eq!(attributes.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["data-user", "href"]);
/// assert!(Attributes::new([("a b".to_owned(), Treatment::Remove)]).is_err());
/// # Ok::<(), tower_rapport::shaping::treatment::TreatmentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes(Arc<BTreeMap<Box<str>, Treatment>>);

impl Attributes {
    /// Names, in any case, and what happens there. *Null* leaves an empty value.
    ///
    /// # Errors
    ///
    /// What is no name of an attribute.
    pub fn new(named: impl IntoIterator<Item = (String, Treatment)>) -> Result<Self, TreatmentError> {
        let mut treatments = BTreeMap::new();
        for (name, treatment) in named {
            if !Self::can_be(&name) {
                return Err(TreatmentError::new(TreatmentErrorKind::Attribute, name));
            }
            treatments.insert(name.to_ascii_lowercase().into(), treatment);
        }
        Ok(Self(Arc::new(treatments)))
    }

    /// Whether an attribute can have this name. (U+FFFD browsers read where a page has a zero, and other readers do not.)
    pub(in crate::shaping) fn can_be(name: &str) -> bool {
        let is_outside = |letter: char| {
            letter.is_whitespace()
                || letter.is_control()
                || letter == char::REPLACEMENT_CHARACTER
                || "\"'<>/=".contains(letter)
        };
        !name.is_empty() && !name.contains(is_outside)
    }

    /// Names in lower case, and what happens there.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Treatment)> {
        self.0.iter().map(|(name, treatment)| (&**name, treatment))
    }

    /// Whether nothing of the values can be seen.
    pub(super) fn reveal_nothing(&self) -> bool {
        self.0.values().all(Treatment::reveals_nothing)
    }

    /// Whether of every attribute no more is shown than `upper` shows.
    pub(super) fn show_no_more_than(&self, upper: &Self) -> bool {
        let names = self.0.keys().chain(upper.0.keys());
        let of = |all: &Self, name: &str| all.0.get(name).cloned().unwrap_or(Treatment::Keep);
        names.into_iter().all(|name| of(self, name).shows_no_more_than(&of(upper, name)))
    }
}
