//! Items: how much of a list may be chosen personally.
//!
//! What is said of an item is for the field rules. Here is what was *chosen*: each item of an answer comes from a class of
//! data, and of those that a stage and the granted purposes allow, only a share of the places is theirs. The other places
//! are for items of the generic answer, which anybody sees.
//!
//! # The rule
//!
//! - Place *k* is decided when item *k* arrives. An item of class `none` keeps its place. An item of another class that is
//!   allowed joins a queue. A place takes the queue's head if afterwards at most `floor(share × k)` items have been
//!   personal; else the next item of the generic answer; else nothing, and is left out.
//! - An item has the class that the policy gives to all, or the one that its label names. An item without a label has
//!   the class `unlabelled`; one with a label that is no class and no word of the policy is never shown. An item with
//!   a quiet topic has a further class, and is allowed only if both are.
//! - No item is shown twice. Items are told apart by their ids, those without a readable one by their keys, in an array by their bytes. One of class
//!   `none` that was shown already gives its place to the generic answer. One that waits in the queue leaves it when the
//!   same is shown as anybody's: what waits changes nothing for the places that are not personal, so from what is shown
//!   nobody learns of what is not.
//! - Of one topic so many items may be personal as the policy says; those that wait count too, and those that may be personal and
//!   stand there as anybody's.
//! - More trust never uses the share less: up to any place, of the customer's own items that may be personal at least as many
//!   are shown, as far as the share allows (while the generic answer lasts and the queue has room).
//! - Items of the generic answer are not judged: they are what anybody sees.
//! - Items are elements of arrays or members of objects. One takes the place of another of its own kind only; a member
//!   brings its key. Where one list has both, those of the kind that came first can be chosen personally.
//!
//! # What is kept
//!
//! A queue of at most 64 items or 256 KiB, in which one item always finds room; what finds none is not shown. Of the
//! items shown 4,096 hashes, and as many of topics; when either are all used no further personal item is shown, and ids are no
//! longer compared.

mod explanations;
mod filling;
mod identity;
mod list;
mod sign;
mod withheld;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    class::{Classes, DataClass},
    names::Names,
    path::Path,
};
use crate::{consent::PurposeSet, relationship::Stage};

pub(crate) use explanations::{Basis, Explanations};
pub use filling::Filling;
pub(super) use filling::Known;
pub(super) use list::{Arrived, Instead, Item, Kind, List};
pub(super) use sign::{Sign, Signs};
pub(super) use withheld::Reason;
pub use withheld::Withheld;

/// The items of an endpoint's answers, and how much of them may be chosen personally.
///
/// ```
/// use std::sync::Arc;
/// use tower_rapport::{consent::PurposeSet, relationship::Stage};
/// use tower_rapport::shaping::{
///     class::{Classes, DataClass, Opening},
///     items::{Filling, ItemData, Items},
///     json::{JsonPlan, JsonShaper, Limits},
///     path::Path,
/// };
///
/// // At the lowest stage no place is personal, at the next one up to half of them. (These classes need nothing but that.)
/// let path = Path::parse("$[*]")?;
/// let items = Items::new(path.clone(), ItemData::All(DataClass::Observed), vec![0, 500]).with_id(Path::parse("$.id")?);
/// let (items, classes) = (Arc::new(items), Classes::new([Opening::default(); 5]));
/// assert!(!items.choice(Stage::LOWEST, PurposeSet::EMPTY, &classes).is_open());
/// let choice = items.choice(Stage::at(1), PurposeSet::EMPTY, &classes);
///
/// let filling = Filling::read(&choice, Limits::default(), &br#"[{"id":8},{"id":9}]"#[..].into())?;
/// let plan = Arc::new(JsonPlan::new([], Some(&path)));
/// let mut shaper = JsonShaper::choosing(plan, Limits::default(), Arc::new(choice), Some(Arc::new(filling)));
/// let mut out = Vec::new();
/// shaper.write(br#"[{"id":1},{"id":2},{"id":3},{"id":4}]"#, &mut out)?;
/// shaper.end(&mut out)?;
/// assert_eq!(out, br#"[{"id":8},{"id":1},{"id":9},{"id":2}]"#);
/// assert_eq!(shaper.withheld().iter().collect::<Vec<_>>(), [("share", 2)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Items {
    path: Path,
    id: Option<Path>,
    data: ItemData,
    /// In thousandths, by stage.
    share: Vec<u16>,
    is_filled: bool,
    topic: Option<Path>,
    /// By stage.
    per_topic: Option<Vec<u64>>,
    /// The topics as they are compared, and the class that their items have too.
    quiet: Option<(BTreeSet<String>, DataClass)>,
    /// All labels: the service's words, and the classes' names.
    labels: Names<DataClass>,
}

/// What says which class of data chose an item.
///
/// Of items that say it themselves, in the service's own words:
///
/// ```
/// use tower_rapport::shaping::{class::DataClass, items::{ItemData, Items}, path::Path};
///
/// let data = ItemData::Labelled {
///     at: Path::parse("$.basis")?,
///     words: [("bought together".to_owned(), DataClass::Observed), ("popular".to_owned(), DataClass::None)].into(),
///     unlabelled: DataClass::Inferred,
/// };
/// let items = Items::new(Path::parse("$.items[*]")?, data, vec![0, 300, 700, 1_000]);
/// # Ok::<(), tower_rapport::shaping::path::PathError>(())
/// ```
#[derive(Clone, Debug)]
pub enum ItemData {
    /// One class chose all.
    All(DataClass),
    /// Each item says it.
    Labelled {
        /// Where, within the item.
        at: Path,
        /// The service's own words; they go before the names of the classes.
        words: BTreeMap<String, DataClass>,
        /// The class of an item that says nothing.
        unlabelled: DataClass,
    },
}

/// How much may be chosen personally at one stage with one set of purposes.
///
/// See the example of [`Items`].
#[derive(Clone, Debug)]
pub struct Choice {
    items: Arc<Items>,
    share: u16,
    per_topic: Option<u64>,
    /// The classes of which something may leave, in the order of [`DataClass::ALL`].
    allowed: [bool; DataClass::ALL.len()],
    /// Whether each item keeps its place: anybody sees them all.
    keeps_all: bool,
    /// What each item that is shown says of why.
    explanations: Option<Arc<Explanations>>,
}

/// What an item may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// Anybody would see it.
    Anybodys,
    /// It may be shown as a personal one.
    Personal(Basis),
    /// It is not shown.
    Hidden,
}

impl Items {
    /// The items that `path` selects, of these classes of data, of which a share may be personal: thousandths, one number
    /// for each stage; a stage without one has share 0.
    ///
    /// They have no ids and no topics, and an item of the generic answer takes the place of one that is not shown. All paths
    /// but `path` begin at the item and select one value at most.
    pub fn new(path: Path, data: ItemData, share: Vec<u16>) -> Self {
        let labels = labels(&data);
        Self { path, id: None, data, share, is_filled: true, topic: None, per_topic: None, quiet: None, labels }
    }

    /// Where the id stands that tells an item from others.
    #[must_use]
    pub fn with_id(self, id: Path) -> Self {
        Self { id: Some(id), ..self }
    }

    /// Nothing takes the place of an item that is not shown.
    #[must_use]
    pub fn shortened(self) -> Self {
        Self { is_filled: false, ..self }
    }

    /// Where an item says what it is about.
    #[must_use]
    pub fn with_topic(self, topic: Path) -> Self {
        Self { topic: Some(topic), ..self }
    }

    /// How many personal items of one topic one answer may have, for each stage; a stage without a number has none. Items
    /// without a readable topic count as of one topic.
    #[must_use]
    pub fn with_per_topic(self, per_topic: Vec<u64>) -> Self {
        Self { per_topic: Some(per_topic), ..self }
    }

    /// Topics whose items have a further class. They are compared without regard to case and to white space around them.
    #[must_use]
    pub fn with_quiet(self, topics: impl IntoIterator<Item = String>, class: DataClass) -> Self {
        let topics = topics.into_iter().map(|topic| sign::compared(&topic)).collect();
        Self { quiet: Some((topics, class)), ..self }
    }

    /// Where they are.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where an item says its label, its id and its topic, as seen from the item.
    pub(super) fn signs(&self) -> [Option<&Path>; 3] {
        let label = match &self.data {
            ItemData::All(_) => None,
            ItemData::Labelled { at, .. } => Some(at),
        };
        [label, self.id.as_ref(), self.topic.as_ref()]
    }

    /// Whether an item with this label was chosen by somebody's data.
    pub(in crate::shaping) fn is_personal(&self, label: &[u8]) -> bool {
        self.class(label).is_some_and(|class| class != DataClass::None)
    }

    /// What a label means, if that is known.
    fn class(&self, label: &[u8]) -> Option<DataClass> {
        self.labels.get(label, 0..label.len()).copied()
    }

    /// What holds at a stage with these purposes.
    ///
    /// See the example of [`Items`].
    pub fn choice(self: &Arc<Self>, stage: Stage, granted: PurposeSet, classes: &Classes) -> Choice {
        let level = usize::from(stage.level());
        Choice {
            items: Arc::clone(self),
            share: self.share.get(level).copied().unwrap_or(0),
            per_topic: self.per_topic.as_ref().map(|limits| limits.get(level).copied().unwrap_or(0)),
            allowed: DataClass::ALL.map(|class| {
                let opening = classes.opening(class);
                granted.contains(opening.purpose) && stage >= opening.from
            }),
            keeps_all: false,
            explanations: None,
        }
    }

    /// On what it may rest that one is shown.
    pub(crate) fn bases(&self) -> Vec<Basis> {
        let classes = match &self.data {
            ItemData::All(class) => vec![DataClass::None, *class],
            ItemData::Labelled { .. } => DataClass::ALL.to_vec(),
        };
        let topics = [Some(DataClass::None), self.quiet.as_ref().map(|(_, class)| *class)];
        let with = |class: DataClass| topics.into_iter().flatten().map(move |topic| Basis { class, topic });
        classes.into_iter().flat_map(with).collect()
    }
}

impl Choice {
    /// Whether anything may be chosen personally: a share above 0, a class that is allowed, and room for its topic.
    ///
    /// Where items say their classes themselves, `none` is not enough: what anybody would see, somebody unknown is
    /// shown too.
    pub fn is_open(&self) -> bool {
        let allows = match &self.items.data {
            ItemData::All(class) => self.allows(*class),
            ItemData::Labelled { .. } => {
                DataClass::ALL.into_iter().any(|class| class != DataClass::None && self.allows(class))
            }
        };
        self.share > 0 && self.per_topic != Some(0) && allows
    }

    /// The same, where each item that is shown says why.
    #[must_use]
    pub(crate) fn explained(self, explanations: Arc<Explanations>) -> Self {
        Self { explanations: Some(explanations), ..self }
    }

    /// The same of an answer that anybody sees: each item keeps its place.
    #[must_use]
    pub(crate) fn of_anybodys(self) -> Self {
        Self { keeps_all: true, ..self }
    }

    /// Whether each item keeps its place.
    pub(super) fn keeps_all(&self) -> bool {
        self.keeps_all
    }

    /// What each item that is shown says of why.
    pub(super) fn explanations(&self) -> Option<&Arc<Explanations>> {
        self.explanations.as_ref()
    }

    /// Whether an item of the generic answer takes the place of one that is not shown.
    pub(crate) fn is_filled(&self) -> bool {
        self.items.is_filled
    }

    /// Whether whole documents are the items and may not be shown.
    pub(super) fn drops_documents(&self) -> bool {
        self.items_are_documents() && !self.keeps_all
    }

    /// Whether whole documents are the items, each one.
    pub(crate) fn items_are_documents(&self) -> bool {
        self.items.path.is_root()
    }

    fn allows(&self, class: DataClass) -> bool {
        self.allowed.get(class as usize).copied().unwrap_or(false)
    }

    /// Whether after one more of `arrived` places at most the share has been personal.
    fn leaves_room(&self, personal: u64, arrived: u64) -> bool {
        (u128::from(personal) + 1) * 1000 <= u128::from(self.share) * u128::from(arrived)
    }

    /// The items that it is about.
    pub(crate) fn items(&self) -> &Arc<Items> {
        &self.items
    }

    /// What an item may become, by what it says of itself and of its topic.
    #[inline]
    fn standing(&self, label: Sign<'_>, topic: Option<&str>) -> Standing {
        let items = &*self.items;
        let class = match &items.data {
            ItemData::All(class) => Some(*class),
            ItemData::Labelled { unlabelled, .. } if label == Sign::Missing => Some(*unlabelled),
            ItemData::Labelled { .. } => label.text().and_then(|label| items.class(&label)),
        };
        let quiet = match (&items.quiet, topic) {
            (Some((topics, class)), Some(topic)) if topics.contains(topic) => *class,
            _ => DataClass::None,
        };
        match class {
            Some(DataClass::None) if quiet == DataClass::None => Standing::Anybodys,
            // What it is about decides whether it may be shown, and that cannot be read.
            Some(_) if items.quiet.is_some() && topic.is_none() => Standing::Hidden,
            Some(class) if self.allows(class) && self.allows(quiet) => {
                Standing::Personal(Basis { class, topic: quiet })
            }
            _ => Standing::Hidden,
        }
    }
}

/// What each label means: the service's own words go before the names of the classes.
fn labels(data: &ItemData) -> Names<DataClass> {
    let mut labels: BTreeMap<&str, DataClass> = DataClass::ALL.map(|class| (class.name(), class)).into();
    if let ItemData::Labelled { words, .. } = data {
        labels.extend(words.iter().map(|(word, class)| (&**word, *class)));
    }
    Names::new(labels.into_iter().map(|(label, class)| (label.as_bytes().into(), class)))
}

#[cfg(test)]
mod tests;
