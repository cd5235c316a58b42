//! What happens to a field.

use serde_json::Value;

use super::text::{Item, Table};
use crate::shaping::treatment::DateTo;

/// What happens to a value.
///
/// [`null`](Self::null), [`remove`](Self::remove) and [`replace`](Self::replace) act on a value of any type. The coarsenings
/// keep the JSON type, and remove a value of another type.
///
/// ```
/// use tower_rapport::{policy::typed::Treatment, shaping::treatment::DateTo};
///
/// let (hidden, reworded) = (Treatment::remove(), Treatment::replace("You may like this"));
/// let coarsened = [Treatment::round_to(0.5), Treatment::date_to(DateTo::Month), Treatment::geo_to("5km")];
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Treatment(Item);

impl Treatment {
    /// Shows the value.
    pub fn keep() -> Self {
        Self("keep".into())
    }

    /// Puts `null` in its place.
    pub fn null() -> Self {
        Self("null".into())
    }

    /// Hides also that it is there.
    pub fn remove() -> Self {
        Self("remove".into())
    }

    /// Puts any JSON value in its place. As a file, too, has no such value, there can be no `null` within it.
    pub fn replace(value: impl Into<Value>) -> Self {
        Self::one("replace", value.into())
    }

    /// Rounds a number to a multiple of this.
    pub fn round_to(multiple: f64) -> Self {
        Self::one("round_to", multiple)
    }

    /// Makes a number its bucket's lower bound.
    pub fn buckets(bounds: impl IntoIterator<Item = f64>) -> Self {
        Self::one("buckets", Item::list(bounds))
    }

    /// Coarsens a date.
    pub fn date_to(period: DateTo) -> Self {
        let word = match period {
            DateTo::Day => "day",
            DateTo::Month => "month",
            DateTo::Year => "year",
        };
        Self::one("date_to", word)
    }

    /// Snaps degrees, or a `[lon, lat]` pair, to a grid, such as `1km`.
    pub fn geo_to(distance: impl Into<String>) -> Self {
        Self::one("geo_to", distance.into())
    }

    /// The first elements of an array, or parts of an `a > b > c` text.
    pub fn first(count: u64) -> Self {
        Self::one("first", count)
    }

    /// `Anna` becomes `A.`.
    pub fn initial() -> Self {
        Self::one("initial", true)
    }

    /// Replaces texts by texts, and removes all others.
    pub fn map(texts: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Self {
        Self(Self::texts(texts).into())
    }

    /// Replaces texts by texts, and all others by one.
    pub fn map_or(
        otherwise: impl Into<String>,
        texts: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        Self(Self::texts(texts).with("otherwise", otherwise.into()).into())
    }

    /// Removes query parameters from a URL; `*` at the end stands for anything.
    pub fn url_without(parameters: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::one("url_without", Item::texts(parameters))
    }

    /// HTML: treatments of attributes. There are [`keep`](Self::keep), [`null`](Self::null), [`remove`](Self::remove),
    /// [`replace`](Self::replace) with a text, and [`url_without`](Self::url_without).
    #[cfg(feature = "html")]
    pub fn attributes(attributes: impl IntoIterator<Item = (impl Into<String>, Self)>) -> Self {
        Self::one("attributes", Item::entries(attributes))
    }

    /// A text with paths within the item: `Because you like {$.category[0]}`.
    pub fn text(template: impl Into<String>) -> Self {
        Self::one("text", template.into())
    }

    fn one(name: &str, settings: impl Into<Item>) -> Self {
        Self(Table::default().with(name, settings).into())
    }

    fn texts(texts: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>) -> Table {
        Table::default().with("map", Item::entries(texts.into_iter().map(|(from, to)| (from, to.into()))))
    }
}

impl From<Treatment> for Item {
    fn from(treatment: Treatment) -> Self {
        treatment.0
    }
}
