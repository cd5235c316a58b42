//! `[endpoints.items]`.

use serde::Deserialize;

use super::super::keys::{Entries, Key};

/// The recommended items of an answer.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Items {
    /// Where the items are, such as `$.items[*]`.
    pub(in crate::policy) path: Key<String>,
    /// The item's id, within the item.
    pub(in crate::policy) id: Key<String>,
    /// What says which kind of data chose the item, within the item.
    pub(in crate::policy) data_at: Key<String>,
    /// The class of data that chose every item.
    pub(in crate::policy) data: Key<String>,
    /// The service's own words for classes of data.
    pub(in crate::policy) data_as: Key<Entries<String>>,
    /// The class of an item without a label. Default: "inferred".
    pub(in crate::policy) unlabelled: Key<String>,
    /// How much may be chosen personally from each stage on. Default: evenly from 0 to 1.
    pub(in crate::policy) share: Key<Entries<f64>>,
    /// What takes the place of an item that is not shown. Default: "generic".
    pub(in crate::policy) fill: Key<Fill>,
    /// HTML: a CSS selector of the items.
    pub(in crate::policy) select: Key<String>,
    /// What an item is about, within the item.
    pub(in crate::policy) topic: Key<String>,
    /// How many personal items of one topic one answer may have, from each stage on. Default: any number.
    pub(in crate::policy) per_topic: Key<Entries<u64>>,
    /// Topics that have a further class of data.
    pub(in crate::policy) quiet: Key<Quiet>,
}

/// What takes the place of an item that is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::policy) enum Fill {
    /// The next item of the generic answer.
    Generic,
    /// Nothing.
    Shorten,
}

/// Topics that hurt to be reminded of.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["topics"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Quiet {
    /// The topics.
    pub(in crate::policy) topics: Key<Vec<Key<String>>>,
    /// The class that such items have too. Default: "special_category".
    pub(in crate::policy) r#as: Key<String>,
}
