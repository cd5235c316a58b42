//! Random lists of items, and the obvious way to choose of them: everything kept, every rule a line.
#![allow(dead_code, reason = "each test takes what it needs")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use proptest::{collection::vec, option, prelude::*, sample::select};
use tower_rapport::{
    consent::{Purpose, PurposeSet, Purposes, TcfPurposes},
    relationship::Stage,
    shaping::{
        Doubt,
        class::{Classes, DataClass, Opening},
        items::{Choice, Filling, ItemData, Items},
        json::{JsonPlan, JsonShaper, Limits},
        path::Path,
    },
};

use crate::documents::{Chooser, Document, compact, parse, scalars, string};

/// A policy for items, at a stage and with purposes.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    pub(crate) labelled: bool,
    pub(crate) has_id: bool,
    pub(crate) has_topic: bool,
    /// By stage.
    pub(crate) share: Vec<u16>,
    pub(crate) per_topic: Option<Vec<u64>>,
    pub(crate) quiet: Option<DataClass>,
    pub(crate) filled: bool,
    pub(crate) stage: u8,
    /// The purposes of the classes, one each; bit 0 is that of `provided`.
    pub(crate) granted: u8,
}

/// The classes open one after the other.
const FROM: [u8; 5] = [0, 1, 1, 2, 3];

const PURPOSES: [&str; 5] = ["provided", "observed", "inferred", "third", "special"];

// ── Random input ─────────────────────────────────────────────────────────────────────────────

pub(crate) fn specs() -> impl Strategy<Value = Spec> {
    let rising = |most: u16| vec(0..=most, 4).prop_map(|mut numbers| (numbers.sort_unstable(), numbers).1);
    let share = prop_oneof![3 => rising(1000), 1 => Just(vec![0, 300, 700, 1000]), 1 => Just(vec![1000; 4])];
    let per_topic = option::of(rising(3).prop_map(|limits| limits.into_iter().map(u64::from).collect()));
    let quiet = option::of(select(&[DataClass::SpecialCategory, DataClass::Observed, DataClass::None][..]));
    let granted = prop_oneof![2 => Just(31_u8), 1 => 0..32_u8];
    ((prop::bool::weighted(0.8), prop::bool::weighted(0.8), share, per_topic), (quiet, any::<bool>(), 0..4_u8, granted))
        .prop_map(|((labelled, has_id, share, per_topic), (quiet, filled, stage, granted))| Spec {
            labelled,
            has_id,
            has_topic: true,
            share,
            per_topic,
            quiet,
            filled,
            stage,
            granted,
        })
}

const LABELS: [&str; 12] = [
    r#""observed""#,
    r#""observed""#,
    r#""inferred""#,
    r#""third_party""#,
    r#""special_category""#,
    r#""none""#,
    r#""cf""#,
    r#""popular""#,
    r#""weird""#,
    "7",
    "null",
    "true",
];

/// An item; `ids` are those that it may have.
pub(crate) fn items(ids: &'static [&'static str]) -> impl Strategy<Value = Document> {
    let scalar = |json: &str| parse(json.as_bytes());
    let one = |document: Document| Document::Array(vec![document]);
    let id = select(ids).prop_map(scalar);
    let label = prop_oneof![8 => select(&LABELS).prop_map(scalar), 1 => Just(one(scalar("1")))];
    let topics = [r#""shoes""#, r#"" Health ""#, r#""health""#, r#""SHOES""#, "3", "null"];
    let topic = prop_oneof![6 => select(topics.to_vec()).prop_map(move |topic| one(scalar(topic))),
        1 => Just(scalar(r#""shoes""#)), 1 => Just(Document::Array(Vec::new()))];
    let member = prop_oneof![
        1 => id.clone().prop_map(|id| ("id".to_owned(), id)),
        1 => label.clone().prop_map(|label| ("basis".to_owned(), label)),
        1 => select(&["0.8734", r#""why""#][..]).prop_map(move |json| ("a".to_owned(), scalar(json))),
        1 => Just(("items".to_owned(), one(Document::Object(vec![("id".into(), scalar(r#""in""#))])))),
    ];
    let object =
        (option::weighted(0.9, id), option::weighted(0.9, label), option::weighted(0.9, topic), vec(member, 0..2))
            .prop_map(|(id, label, topic, others)| {
                let named = |name: &str, value: Option<Document>| value.map(|value| (name.to_owned(), value));
                let members = [named("id", id), named("basis", label), named("category", topic)];
                Document::Object(others.into_iter().chain(members.into_iter().flatten()).collect())
            });
    prop_oneof![8 => object, 1 => select(ids).prop_map(scalar)]
}

/// The ids of an answer, some of which are those of other answers.
pub(crate) const OWN_IDS: [&str; 12] = [
    r#""p0""#, r#""p1""#, r#""p2""#, r#""p3""#, r#""p4""#, r#""p5""#, r#""p6""#, r#""g0""#, r#""g1""#, "17", "null",
    "[]",
];

pub(crate) const GENERIC_IDS: [&str; 11] = [
    r#""g0""#, r#""g1""#, r#""g2""#, r#""g3""#, r#""g4""#, r#""g5""#, r#""g6""#, r#""g7""#, r#""p0""#, r#""17""#,
    "null",
];

/// Items as they stand in an answer: under `items`, in an array or an object; perhaps some under `more`, and others
/// outside.
pub(crate) fn answers(ids: &'static [&'static str]) -> impl Strategy<Value = Document> {
    answers_of(items(ids).boxed())
}

fn answers_of(item: BoxedStrategy<Document>) -> impl Strategy<Value = Document> {
    let list = move || {
        (vec(item.clone(), 0..12), prop::bool::weighted(0.25)).prop_map(|(items, in_object)| match in_object {
            true => Document::Object((0..).map(|at: u32| format!("k{}", at % 7)).zip(items).collect()),
            false => Document::Array(items),
        })
    };
    let more = option::weighted(0.2, list());
    (list(), more, prop::bool::ANY).prop_map(|(list, more, before)| {
        let outside = Document::Object(vec![("id".into(), Document::Scalar(r#""p0""#.into()))]);
        let more = more.map(|more| ("more".to_owned(), Document::Object(vec![("items".into(), more)])));
        let mut members = vec![("items".to_owned(), list), ("a".to_owned(), outside)];
        members.extend(more);
        if before {
            members.reverse();
        }
        Document::Object(members)
    })
}

// ── Documents in strings ─────────────────────────────────────────────────────────────────────

/// Documents as they stand in strings of items.
pub(crate) fn folded() -> impl Strategy<Value = Document> {
    scalars().prop_recursive(3, 10, 4, |inner| {
        let name = select(&["a", "b", "id", "items", "state", "basis", "category"][..]).prop_map(String::from);
        let in_string = (inner.clone(), any::<u64>()).prop_map(|(inner, seed)| string_of(&inner, seed));
        prop_oneof![
            1 => vec(inner.clone(), 0..4).prop_map(Document::Array),
            3 => vec((name, inner), 0..5).prop_map(Document::Object),
            1 => in_string,
        ]
    })
}

/// A string with a document, now and then with something else.
fn strings() -> impl Strategy<Value = Document> {
    let others = select(&["", "Anna", "{\"a\":1", "[1] 2", "\u{feff}{}", " "][..]);
    prop_oneof![
        8 => (folded(), any::<u64>()).prop_map(|(inner, seed)| string_of(&inner, seed)),
        1 => (others, any::<u64>()).prop_map(|(text, seed)| string(text, seed)),
        1 => Just(Document::Scalar(r#""\ud800{}""#.into())),
    ]
}

/// Without white space in it: a template may read the whole text.
fn string_of(document: &Document, seed: u64) -> Document {
    string(&compact(document), seed)
}

/// The same as [`answers`], with strings in which documents stand: in items, now and then in the place of one, and around them.
pub(crate) fn answers_with_strings(ids: &'static [&'static str]) -> impl Strategy<Value = Document> {
    let name = select(&["state", "state", "state", "a", "b", "category", "basis"][..]).prop_map(String::from);
    let members =
        (items(ids), vec((name, strings()), 0..4), any::<bool>()).prop_map(|(item, strings, before)| match item {
            Document::Object(members) if before => Document::Object(strings.into_iter().chain(members).collect()),
            Document::Object(members) => Document::Object(members.into_iter().chain(strings).collect()),
            other => other,
        });
    let item = prop_oneof![9 => members, 1 => strings()];
    let around = (answers_of(item.boxed()), 0..8_usize, any::<u64>());
    around.prop_map(|(answer, at, seed)| match answer {
        Document::Object(mut members) => {
            if let Some((_, member)) = members.get_mut(at) {
                *member = string_of(member, seed);
            }
            Document::Object(members)
        }
        other => other,
    })
}

// ── The shaper under test ────────────────────────────────────────────────────────────────────

impl Spec {
    fn words() -> BTreeMap<String, DataClass> {
        [("cf", DataClass::Observed), ("popular", DataClass::None), ("7", DataClass::Provided)]
            .map(|(word, class)| (word.to_owned(), class))
            .into()
    }

    pub(crate) fn choice(&self, path: Path) -> Arc<Choice> {
        let within = |text: &str| Path::parse(text).unwrap();
        let data = match self.labelled {
            true => ItemData::Labelled { at: within("$.basis"), words: Self::words(), unlabelled: DataClass::Inferred },
            false => ItemData::All(DataClass::Observed),
        };
        let mut items = Items::new(path, data, self.share.clone());
        if self.has_id {
            items = items.with_id(within("$.id"));
        }
        if self.has_topic {
            items = items.with_topic(within("$.category[0]"));
        }
        if let Some(per_topic) = &self.per_topic {
            items = items.with_per_topic(per_topic.clone());
        }
        if let Some(class) = self.quiet {
            items = items.with_quiet(["HEALTH".to_owned(), "grief".to_owned()], class);
        }
        if !self.filled {
            items = items.shortened();
        }
        let purpose = |name: &str| Purpose {
            name: name.parse().unwrap(),
            says: String::new(),
            denied_by_gpc: false,
            tcf: TcfPurposes::default(),
        };
        let purposes = Purposes::new(PURPOSES.map(purpose).into(), &"provided".parse().unwrap(), 390).unwrap();
        let granted = PURPOSES.iter().enumerate().filter(|(at, _)| self.granted >> at & 1 == 1);
        let granted = granted.fold(PurposeSet::default(), |set, (_, name)| set.with(purposes.set_of(name)));
        let at = |place: usize| Opening { purpose: purposes.set_of(PURPOSES[place]), from: Stage::at(FROM[place]) };
        let classes = Classes::new([at(0), at(1), at(2), at(3), at(4)]);
        Arc::new(Arc::new(items).choice(Stage::at(self.stage), granted, &classes))
    }

    fn allows(&self, class: DataClass) -> bool {
        match DataClass::ALL.iter().position(|other| *other == class).unwrap() {
            0 => true,
            place => self.granted >> (place - 1) & 1 == 1 && self.stage >= FROM[place - 1],
        }
    }

    pub(crate) fn share(&self) -> u64 {
        u64::from(self.share[usize::from(self.stage)])
    }

    pub(crate) fn is_open(&self) -> bool {
        let may_be: &[DataClass] = if self.labelled { &DataClass::ALL[1..] } else { &[DataClass::Observed] };
        let has_room = self.per_topic.as_ref().is_none_or(|limits| limits[usize::from(self.stage)] > 0);
        self.share() > 0 && has_room && may_be.iter().any(|class| self.allows(*class))
    }
}

pub(crate) fn filling(choice: &Choice, answer: &str) -> Arc<Filling> {
    Arc::new(Filling::read(choice, Limits::default(), &Bytes::from(answer.to_owned())).unwrap())
}

pub(crate) fn chosen<'a>(
    plan: &Arc<JsonPlan>,
    choice: &Arc<Choice>,
    filling: Option<&Arc<Filling>>,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (String, Result<(), Doubt>) {
    let mut shaper = JsonShaper::choosing(plan.clone(), Limits::default(), choice.clone(), filling.cloned());
    let mut out = Vec::new();
    let outcome = pieces.into_iter().try_for_each(|piece| shaper.write(piece, &mut out));
    let outcome = outcome.and_then(|()| shaper.end(&mut out));
    (String::from_utf8(out).unwrap(), outcome)
}

// ── The obvious way ──────────────────────────────────────────────────────────────────────────

/// A scalar of an item.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Sign {
    Missing,
    Text(String),
    Unreadable,
}

/// What an item may become.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Standing {
    Anybodys,
    Personal(Option<String>),
    Hidden,
}

/// An item with its key, if it is a member.
pub(crate) type Named = (Option<String>, Document);

pub(crate) struct Reference {
    spec: Spec,
    fillers: Vec<Named>,
    first_is_member: Option<bool>,
    arrived: u64,
    personal: u64,
    shown: Vec<String>,
    /// The topics of the items that were shown and may be personal, in whatever place.
    topics: Vec<Option<String>>,
    queue: Vec<(Named, Option<String>)>,
}

fn members<'a>(document: &'a Document, name: &str) -> Vec<&'a Document> {
    match document {
        Document::Object(members) => members.iter().filter(|(key, _)| key == name).map(|(_, value)| value).collect(),
        _ => Vec::new(),
    }
}

fn scalar(document: Option<&Document>) -> Sign {
    match document {
        None => Sign::Missing,
        Some(Document::Scalar(json)) if json == "null" => Sign::Missing,
        // A lone surrogate makes it no text.
        Some(Document::Scalar(json)) if json.starts_with('"') => {
            serde_json::from_str(json).map_or(Sign::Unreadable, Sign::Text)
        }
        Some(Document::Scalar(json)) => Sign::Text(json.clone()),
        Some(_) => Sign::Unreadable,
    }
}

fn sign(item: &Document, name: &str) -> Sign {
    match &*members(item, name) {
        [] => Sign::Missing,
        [one] => scalar(Some(one)),
        _ => Sign::Unreadable,
    }
}

impl Spec {
    fn topic(&self, item: &Document) -> Option<String> {
        match &*members(item, "category") {
            [Document::Array(topics)] => match scalar(topics.first()) {
                Sign::Text(topic) => Some(topic.trim().to_lowercase()),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn standing(&self, item: &Document) -> Standing {
        let mut classes = Vec::new();
        match sign(item, "basis") {
            _ if !self.labelled => classes.push(DataClass::Observed),
            Sign::Missing => classes.push(DataClass::Inferred),
            Sign::Unreadable => return Standing::Hidden,
            Sign::Text(label) => match Self::words().get(&label) {
                Some(class) => classes.push(*class),
                None => match DataClass::ALL.iter().find(|class| class.name() == label) {
                    Some(class) => classes.push(*class),
                    None => return Standing::Hidden,
                },
            },
        }
        let topic = self.topic(item);
        classes.extend(self.quiet.filter(|_| matches!(topic.as_deref(), Some("health" | "grief"))));
        if classes.iter().all(|class| *class == DataClass::None) {
            return Standing::Anybodys;
        }
        if self.quiet.is_some() && topic.is_none() || !classes.iter().all(|class| self.allows(*class)) {
            return Standing::Hidden;
        }
        Standing::Personal(topic)
    }

    pub(crate) fn id(&self, item: &Document) -> String {
        self.id_of(None, item)
    }

    fn id_of(&self, key: Option<&str>, item: &Document) -> String {
        match sign(item, "id") {
            Sign::Text(id) if self.has_id => format!("id {id}"),
            _ => key.map_or_else(|| format!("bytes {}", compact(item)), |key| format!("key {key}")),
        }
    }
}

impl Reference {
    pub(crate) fn new(spec: &Spec, fillers: Vec<Named>) -> Self {
        Self {
            spec: spec.clone(),
            fillers,
            first_is_member: None,
            arrived: 0,
            personal: 0,
            shown: Vec::new(),
            topics: Vec::new(),
            queue: Vec::new(),
        }
    }

    fn place_next(&mut self, (key, item): Named) -> Option<Named> {
        if !self.spec.is_open() {
            return None;
        }
        self.arrived += 1;
        let is_member = key.is_some();
        let chosen = *self.first_is_member.get_or_insert(is_member) == is_member;
        let id = self.spec.id_of(key.as_deref(), &item);
        match self.spec.standing(&item) {
            Standing::Anybodys if !self.shown.contains(&id) => {
                self.show(id);
                return Some((key, item));
            }
            Standing::Anybodys => return self.filler(is_member),
            Standing::Personal(topic) if chosen && self.shown.contains(&id) => self.topics.push(topic),
            Standing::Personal(topic) if chosen => {
                let limit = self.spec.per_topic.as_ref().map(|limits| limits[usize::from(self.spec.stage)]);
                let waiting: Vec<_> = self.waiting().map(|(named, topic)| (self.id(named), topic)).collect();
                let of_topic = self.topics.iter().chain(waiting.iter().map(|(_, topic)| *topic));
                let of_topic = of_topic.filter(|other| **other == topic).count() as u64;
                if limit.is_none_or(|limit| of_topic < limit) && !waiting.contains(&(id, &topic)) {
                    self.queue.push(((key, item), topic));
                }
            }
            _ => {}
        }
        if chosen && self.personal < self.spec.share() * self.arrived / 1000 {
            let head = self.waiting().next().cloned();
            if let Some((head, _)) = head {
                self.show(self.id(&head));
                self.personal += 1;
                return Some(head);
            }
        }
        self.filler(is_member)
    }

    /// What joined the queue and was not shown since.
    fn waiting(&self) -> impl Iterator<Item = &(Named, Option<String>)> {
        self.queue.iter().filter(|(named, _)| !self.shown.contains(&self.id(named)))
    }

    fn filler(&mut self, is_member: bool) -> Option<Named> {
        let is_left = |named: &&Named| named.0.is_some() == is_member && !self.shown.contains(&self.id(named));
        let filler = self.fillers.iter().find(is_left)?.clone();
        self.show(self.id(&filler));
        Some(filler)
    }

    fn id(&self, (key, item): &Named) -> String {
        self.spec.id_of(key.as_deref(), item)
    }

    /// What waits with this id counts as shown: of its topic, too.
    fn show(&mut self, id: String) {
        let topic = self.waiting().find(|(named, _)| self.id(named) == id).map(|(_, topic)| topic.clone());
        self.topics.extend(topic);
        self.shown.push(id);
    }
}

impl Chooser for Reference {
    fn place(&mut self, key: Option<&str>, item: &Document) -> Option<Named> {
        self.place_next((key.map(Into::into), item.clone()))
    }
}

/// The items of an answer, found in the obvious way.
#[derive(Default)]
pub(crate) struct Listed(pub(crate) Vec<Named>);

impl Chooser for Listed {
    fn place(&mut self, key: Option<&str>, item: &Document) -> Option<Named> {
        self.0.push((key.map(Into::into), item.clone()));
        None
    }
}
