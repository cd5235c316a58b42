//! What happens to a field.

use serde::Deserialize;
use serde_json::Value;

use super::super::keys::{Either, Entries, Key};

/// A treatment: a word, or a table of one.
pub(in crate::policy) type Treatment = Either<Word, Treating>;

/// A treatment without settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::policy) enum Word {
    /// Shows the value.
    Keep,
    /// Puts `null` in its place.
    Null,
    /// Hides also that it is there.
    Remove,
}

/// A treatment with settings; exactly one.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Treating {
    /// Puts any JSON value in its place.
    pub(in crate::policy) replace: Key<Value>,
    /// Rounds a number to a multiple of this.
    pub(in crate::policy) round_to: Key<f64>,
    /// Makes a number its bucket's lower bound.
    pub(in crate::policy) buckets: Key<Vec<Key<f64>>>,
    /// Coarsens a date.
    pub(in crate::policy) date_to: Key<DateTo>,
    /// Snaps degrees, or a [lon, lat] pair, to a grid, such as "1km".
    pub(in crate::policy) geo_to: Key<String>,
    /// The first elements of an array, or parts of an "a > b > c" text.
    pub(in crate::policy) first: Key<u64>,
    /// "Anna" becomes "A.".
    pub(in crate::policy) initial: Key<bool>,
    /// Replaces texts by texts.
    pub(in crate::policy) map: Key<Entries<String>>,
    /// With `map`: what takes the place of all other texts.
    pub(in crate::policy) otherwise: Key<String>,
    /// Removes query parameters from a URL; `*` at the end stands for anything.
    pub(in crate::policy) url_without: Key<Vec<Key<String>>>,
    /// HTML: treatments of attributes.
    pub(in crate::policy) attributes: Key<Entries<Attribute>>,
    /// A text with paths within the item: `Because you like {$.category[0]}`.
    pub(in crate::policy) text: Key<String>,
}

/// How far a date is coarsened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::policy) enum DateTo {
    /// To the day.
    Day,
    /// To the month.
    Month,
    /// To the year.
    Year,
}

/// A treatment of an attribute. An element has no attributes within an attribute.
pub(in crate::policy) type Attribute = Either<Word, AttributeTreating>;

/// A treatment of an attribute with settings.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct AttributeTreating {
    /// Puts a text in its place.
    pub(in crate::policy) replace: Key<String>,
    /// Removes query parameters from a URL.
    pub(in crate::policy) url_without: Key<Vec<Key<String>>>,
}
