//! The items of an answer, and how many of them may be chosen personally.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    data::class,
    fields::path,
    names::{Names, required},
};
use crate::{
    policy::{
        diagnostics::{Findings, Place},
        keys::{Entries, Key},
        values, written,
    },
    shaping::{class::DataClass, items as shaping, path::Path},
};

/// The items of an answer.
///
/// In the file `[endpoints.items]`. See the example of [`Items`](crate::shaping::items::Items), which they become.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Items {
    /// Where they are; in HTML a CSS selector.
    pub at: At,
    /// The item's id.
    pub id: Option<At>,
    /// Which class of data chose the item.
    pub data: ItemData,
    /// How much may be chosen personally, in thousandths, for each stage.
    pub share: Vec<u16>,
    /// Whether an item of the generic answer takes the place of one that is not shown.
    pub filled: bool,
    /// What the item is about.
    pub topic: Option<At>,
    /// The most personal items of one topic in one answer, for each stage.
    pub per_topic: Option<Vec<u64>>,
    /// Topics whose items have a further class.
    pub quiet: Option<(BTreeSet<String>, DataClass)>,
}

/// A place in an answer, or in an item of it.
///
/// See the example of [`Items`](crate::shaping::items::Items) for JSON, and of [`HtmlPlan`](crate::shaping::html::HtmlPlan) for HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum At {
    /// In JSON.
    Path(Path),
    /// In HTML: a CSS selector, or `@` and an attribute.
    Html(String),
}

/// What says which class of data chose an item.
///
/// In the file `data`, or `data_at` with `data_as` and `unlabelled`. See the example of [`ItemData`](crate::shaping::items::ItemData),
/// which it becomes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ItemData {
    /// One class chose all.
    All(DataClass),
    /// Each item says it.
    Labelled {
        /// Where.
        at: At,
        /// The service's own words.
        words: BTreeMap<String, DataClass>,
        /// The class of an item that says nothing.
        unlabelled: DataClass,
    },
}

impl Items {
    /// Where they are in JSON.
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.at {
            At::Path(path) => Some(path),
            At::Html(_) => None,
        }
    }

    /// Where in JSON an item says its label, its id and its topic, as seen from the item.
    pub(super) fn signs(&self) -> impl Iterator<Item = &Path> {
        let label = match &self.data {
            ItemData::Labelled { at, .. } => Some(at),
            ItemData::All(_) => None,
        };
        [label, self.id.as_ref(), self.topic.as_ref()].into_iter().flatten().filter_map(|at| match at {
            At::Path(path) => Some(path),
            At::Html(_) => None,
        })
    }

    /// The classes of data that may have chosen an item.
    pub(super) fn classes(&self) -> Vec<DataClass> {
        let chose = match &self.data {
            ItemData::All(class) => vec![*class],
            ItemData::Labelled { .. } => DataClass::ALL.to_vec(),
        };
        chose.into_iter().chain(self.quiet.as_ref().map(|(_, class)| *class)).collect()
    }

    /// The classes of data by which an item may be a personal one. Where anybody sees all, it is so by a quiet topic alone.
    pub(super) fn personal_classes(&self) -> Vec<DataClass> {
        match (&self.data, &self.quiet) {
            (ItemData::All(DataClass::None), quiet) => quiet.iter().map(|(_, class)| *class).collect(),
            (ItemData::All(class), _) => vec![*class],
            (ItemData::Labelled { .. }, _) => DataClass::ALL.into_iter().skip(1).collect(),
        }
    }

    /// As they are chosen; of elements, as their list has them. Where HTML cannot be read, none of those are.
    pub(super) fn chosen(&self) -> Option<shaping::Items> {
        let data = match &self.data {
            ItemData::All(class) => shaping::ItemData::All(*class),
            ItemData::Labelled { at, words, unlabelled } => {
                shaping::ItemData::Labelled { at: at.path("$.data")?, words: words.clone(), unlabelled: *unlabelled }
            }
        };
        let mut items = shaping::Items::new(self.at.path("$[*]")?, data, self.share.clone());
        if let Some(id) = &self.id {
            items = items.with_id(id.path("$.id")?);
        }
        if let Some(topic) = &self.topic {
            items = items.with_topic(topic.path("$.topic")?);
        }
        if let Some(per_topic) = &self.per_topic {
            items = items.with_per_topic(per_topic.clone());
        }
        if let Some((topics, class)) = &self.quiet {
            items = items.with_quiet(topics.iter().cloned(), *class);
        }
        Some(if self.filled { items } else { items.shortened() })
    }
}

impl At {
    /// The path, or that at which a list of elements has it.
    fn path(&self, of_elements: &str) -> Option<Path> {
        match self {
            Self::Path(path) => Some(path.clone()),
            Self::Html(_) => Path::parse(of_elements).ok().filter(|_| cfg!(feature = "html")),
        }
    }
}

pub(super) fn items(key: &Key<written::Items>, stages: &Names, findings: &Findings<'_>) -> Option<Option<Items>> {
    let Some((table, place)) = key.here() else { return (!key.is_unreadable()).then_some(None) };
    let at = at(table, &place.of_key(), findings);
    let html = table.select.is_written();
    let id = within(&table.id, html, findings);
    let topic = within(&table.topic, html, findings);
    let data = data(table, &place, html, findings);
    let share = match table.share.get() {
        Some(entries) => rising(entries, stages, findings, |number, place| values::share(*number, place, findings)),
        None if table.share.is_unreadable() => None,
        None => Some(evenly(stages.names.len())),
    };
    let per_topic = match table.per_topic.get() {
        Some(entries) => rising(entries, stages, findings, |number, _| Some(*number)).map(Some),
        None => Some(None),
    };
    let quiet = quiet(table, findings);
    if !table.topic.is_written() && !findings.is_misspelt(&place.of_key(), &["topic"]) {
        for (key, name) in [(table.per_topic.is_written(), "per_topic"), (table.quiet.is_written(), "quiet")] {
            if key {
                let message = format!("`{name}` needs `topic`");
                findings.error(&place.of_key().child(name), message, "write where an item says what it is about");
            }
        }
    }
    Some(Some(Items {
        at: at?,
        id: id?,
        data: data?,
        share: share?,
        filled: !matches!(table.fill.get(), Some(written::Fill::Shorten)),
        topic: topic?,
        per_topic: per_topic?,
        quiet: quiet?,
    }))
}

fn at(table: &written::Items, place: &Place, findings: &Findings<'_>) -> Option<At> {
    if let Some(select) = table.select.get() {
        if table.path.is_written() {
            findings.error(
                &table.select.place().of_key(),
                "`path` and `select` at once",
                "`path` is for JSON, `select` for HTML",
            );
        }
        return Some(At::Html(select.clone()));
    }
    required(&table.path, place, "path", findings);
    let path = path(&table.path, findings)?;
    // `$` stands for the documents of a stream, of lines say.
    if path.is_singular() && !path.is_root() {
        let list = path.without_last_index();
        let message = format!("`{path}` is one value, and items are several");
        findings.error(&table.path.place(), message, format!("write `{list}[*]`"));
    } else if path.ends_in_a_slice() {
        let message = format!("`{path}` leaves out some of a list, and what it leaves out would leave as it came");
        findings.error(&table.path.place(), message, "write `[*]` in the place of its last step");
    }
    Some(At::Path(path))
}

/// A place within the item.
fn within(key: &Key<String>, html: bool, findings: &Findings<'_>) -> Option<Option<At>> {
    let Some((text, place)) = key.here() else { return Some(None) };
    if html {
        return Some(Some(At::Html(text.clone())));
    }
    let path = path(key, findings)?;
    if !path.is_singular() {
        let message = format!("`{path}` can be several values");
        findings.error(&place, message, "write a path of names and indexes only, such as `$.id`");
        return None;
    }
    Some(Some(At::Path(path)))
}

fn data(table: &written::Items, place: &Place, html: bool, findings: &Findings<'_>) -> Option<ItemData> {
    let at = within(&table.data_at, html, findings)?;
    let all = class(&table.data, findings);
    let unlabelled = match table.unlabelled.is_written() {
        true => class(&table.unlabelled, findings)?,
        false => DataClass::Inferred,
    };
    let entries = table.data_as.get().map_or(&[][..], |entries| entries.0.as_slice());
    let words = entries.iter().map(|(word, key)| Some((word.clone(), class(key, findings)?))).collect::<Vec<_>>();
    match (at, table.data.is_written()) {
        (Some(_), true) => {
            let remedy = "write `data_at` where items say it, `data` where one class chose all";
            findings.error(&table.data.place().of_key(), "`data_at` and `data` at once", remedy);
            None
        }
        (None, true) => all.map(ItemData::All),
        (None, false) if table.unlabelled.is_written() => Some(ItemData::All(unlabelled)),
        (None, false) if findings.is_misspelt(&place.of_key(), &["data_at", "data"]) => None,
        (None, false) => {
            let remedy = "write `data_at = \"$.basis\"` where each item says it, or `data = \"observed\"` where one class chose all";
            findings.error(&place.of_key(), "nothing says what kind of data chose an item", remedy);
            None
        }
        (Some(at), false) => {
            Some(ItemData::Labelled { at, words: words.into_iter().collect::<Option<_>>()?, unlabelled })
        }
    }
}

/// A number for each stage: a stage that is not named takes that of the nearest lower named one, below that 0.
fn rising<T, N: Copy + Default + PartialOrd>(
    entries: &Entries<T>,
    stages: &Names,
    findings: &Findings<'_>,
    read: impl Fn(&T, &Place) -> Option<N>,
) -> Option<Vec<N>> {
    let mut named: Vec<Option<(N, Place)>> = stages.names.iter().map(|_| None).collect();
    let mut complete = true;
    for (name, key) in &entries.0 {
        let stage = stages.find(name, &key.place().of_key(), findings);
        let number = key.here().and_then(|(number, place)| Some((read(number, &place)?, place)));
        complete &= stage.is_some() && number.is_some();
        if let Some(slot) = stage.and_then(|stage| named.get_mut(stage)) {
            *slot = number;
        }
    }
    let mut last = N::default();
    let mut numbers = Vec::new();
    for slot in named {
        if let Some((number, place)) = slot {
            if number < last {
                let remedy = "a higher stage shows at least as much; write numbers that rise or stay";
                findings.error(&place, "this falls as the stage rises", remedy);
                complete = false;
            }
            last = number;
        }
        numbers.push(last);
    }
    complete.then_some(numbers)
}

/// From 0 to 1000 in even steps.
fn evenly(stages: usize) -> Vec<u16> {
    let highest = stages.saturating_sub(1).max(1);
    (0..stages).map(|stage| u16::try_from(stage * 1000 / highest).unwrap_or(1000)).collect()
}

fn quiet(table: &written::Items, findings: &Findings<'_>) -> Option<Option<(BTreeSet<String>, DataClass)>> {
    let Some((quiet, place)) = table.quiet.here() else { return Some(None) };
    let topics = required(&quiet.topics, &place, "topics", findings)?;
    let topics = topics.iter().map(|key| key.get().cloned()).collect::<Option<_>>()?;
    let class = match quiet.r#as.is_written() {
        true => class(&quiet.r#as, findings)?,
        false => DataClass::SpecialCategory,
    };
    if class == DataClass::None {
        let remedy = "name the class that such items have too, such as `special_category`";
        findings.error(&quiet.r#as.place(), "`none` keeps no topic quiet: anybody would see it", remedy);
        return None;
    }
    Some(Some((topics, class)))
}
