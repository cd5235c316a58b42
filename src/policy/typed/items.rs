//! `[endpoints.items]`.

use super::{
    names::StageName,
    text::{Item, Table},
};
use crate::shaping::class::DataClass;

tables! {
    /// The recommended items of an answer.
    ///
    /// ```
    /// use tower_rapport::{
    ///     policy::typed::{Items, StageName},
    ///     shaping::class::DataClass,
    /// };
    ///
    /// let items = Items::default()
    ///     .path("$.items[*]")
    ///     .data(DataClass::Observed)
    ///     .share([(StageName::NEW, 0.0), (StageName::ACQUAINTED, 0.3), (StageName::FAMILIAR, 0.7)]);
    /// ```
    #[derive(Default)]
    Items;
}

/// What takes the place of an item that is not shown.
///
/// ```
/// use tower_rapport::policy::typed::{Fill, Items};
///
/// let items = Items::default().path("$.items[*]").fill(Fill::Shorten);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fill {
    /// The next item of the generic answer.
    Generic,
    /// Nothing.
    Shorten,
}

impl Items {
    /// Where the items are, such as `$.items[*]`.
    pub fn path(self, path: impl Into<String>) -> Self {
        Self(self.0.with("path", path.into()))
    }

    /// HTML: a CSS selector of the items.
    #[cfg(feature = "html")]
    pub fn select(self, selector: impl Into<String>) -> Self {
        Self(self.0.with("select", selector.into()))
    }

    /// The item's id, within the item.
    pub fn id(self, at: impl Into<String>) -> Self {
        Self(self.0.with("id", at.into()))
    }

    /// The class of data that chose every item.
    pub fn data(self, class: DataClass) -> Self {
        Self(self.0.with("data", class.name()))
    }

    /// What says which kind of data chose the item, within the item.
    pub fn data_at(self, at: impl Into<String>) -> Self {
        Self(self.0.with("data_at", at.into()))
    }

    /// The service's own words for classes of data.
    pub fn data_as(self, words: impl IntoIterator<Item = (impl Into<String>, DataClass)>) -> Self {
        Self(self.0.with("data_as", Item::entries(words.into_iter().map(|(word, class)| (word, class.name())))))
    }

    /// The class of an item without a label. Default: inferred.
    pub fn unlabelled(self, class: DataClass) -> Self {
        Self(self.0.with("unlabelled", class.name()))
    }

    /// How much may be chosen personally from each stage on. Default: evenly from 0 to 1.
    pub fn share<S: Into<StageName>>(self, share: impl IntoIterator<Item = (S, f64)>) -> Self {
        let share = share.into_iter().map(|(stage, share)| (stage.into(), share));
        Self(self.0.with("share", Item::entries(share)))
    }

    /// What takes the place of an item that is not shown. Default: the next of the generic answer.
    pub fn fill(self, fill: Fill) -> Self {
        let word = match fill {
            Fill::Generic => "generic",
            Fill::Shorten => "shorten",
        };
        Self(self.0.with("fill", word))
    }

    /// What an item is about, within the item.
    pub fn topic(self, at: impl Into<String>) -> Self {
        Self(self.0.with("topic", at.into()))
    }

    /// How many personal items of one topic one answer may have, from each stage on. Default: any number.
    pub fn per_topic<S: Into<StageName>>(self, most: impl IntoIterator<Item = (S, u64)>) -> Self {
        let most = most.into_iter().map(|(stage, most)| (stage.into(), most));
        Self(self.0.with("per_topic", Item::entries(most)))
    }

    /// Topics that hurt to be reminded of, and the class that items of such a topic have, too.
    pub fn quiet(self, topics: impl IntoIterator<Item = impl Into<String>>, class: DataClass) -> Self {
        let quiet = Table::default().with("topics", Item::texts(topics)).with("as", class.name());
        Self(self.0.with("quiet", quiet))
    }
}
