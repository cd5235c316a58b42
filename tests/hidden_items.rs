//! Promise 2 for items: nothing of an item that may not be shown can be told from what leaves, not its key, its size or the
//! white space around it; where nothing may be chosen personally, not even how many there were.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod documents;
mod lists;

use std::sync::Arc;

use documents::{Document, Rules, Step, cut, cuts, documents, only, treatments};
use lists::{GENERIC_IDS, OWN_IDS, Spec, Standing, answers, compact, filling, items, specs};
use proptest::{collection::vec, prelude::*, sample::select};
use tower_rapport::shaping::{
    DoubtKind,
    items::Filling,
    json::{JsonPlan, JsonShaper, Limits},
    path::Path,
};

/// An item as it stands in a list.
#[derive(Clone, Debug)]
struct Entry {
    item: Document,
    key: &'static str,
    /// Before it, between its key and the colon, before its value, behind it.
    blanks: [&'static str; 4],
}

/// What is larger has to be hidden.
const LIMITS: Limits = Limits { item: 2_000, depth: 128 };

fn entries(item: impl Strategy<Value = Document>) -> impl Strategy<Value = Entry> {
    let blank = || select(&["", "", " ", "\n  ", "\t\r\n"][..]);
    let key = select(&["k0", "k1", "k2", "\\u006b", "SECRET"][..]);
    (item, key, [blank(), blank(), blank(), blank()]).prop_map(|(item, key, blanks)| Entry { item, key, blanks })
}

/// Anything that an item may be.
fn anything() -> impl Strategy<Value = Document> {
    let large = Just(Document::Scalar(format!("\"SECRET{}\"", "x".repeat(3_000))));
    prop_oneof![4 => items(&OWN_IDS), 2 => documents(), 1 => large]
}

/// The same item, with a label that is never shown.
fn hidden(spec: &Spec, entry: &Entry) -> Option<Entry> {
    let members = match &entry.item {
        Document::Object(members) => members.iter().filter(|(name, _)| name != "basis").cloned().collect(),
        other => vec![("v".to_owned(), other.clone())],
    };
    let label = ("basis".to_owned(), Document::Scalar("\"SECRET\"".to_owned()));
    let item = Document::Object(members.into_iter().chain([label]).collect());
    let is_hidden = is_hidden(spec, &item);
    is_hidden.then_some(Entry { item, ..entry.clone() })
}

fn is_hidden(spec: &Spec, item: &Document) -> bool {
    !spec.is_open() || compact(item).len() > LIMITS.item || spec.standing(item) == Standing::Hidden
}

/// A body with such items; `last` is the white space before the closing bracket.
fn body(entries: &[Entry], in_object: bool, last: &str) -> String {
    let mut text = entries
        .iter()
        .map(|Entry { item, key, blanks: [before, colon, value, _] }| match in_object {
            true => format!("{before}\"{key}\"{colon}:{value}{}", compact(item)),
            false => format!("{before}{}", compact(item)),
        })
        .zip(entries)
        .map(|(item, entry)| item + entry.blanks[3])
        .collect::<Vec<_>>()
        .join(",");
    let behind = entries.last().map_or(0, |entry| entry.blanks[3].len());
    text.truncate(text.len() - behind);
    let (open, close) = if in_object { ('{', '}') } else { ('[', ']') };
    format!("{{\"a\": \"before\", \"items\" :{open}{text}{last}{close} , \"b\":[ ] }}\n")
}

fn rules() -> impl Strategy<Value = Rules> {
    let items = || Step::Name("items");
    let places = vec![
        vec![items(), Step::Wildcard, Step::Name("a")],
        vec![items(), Step::Wildcard, Step::Name("category")],
        vec![items(), Step::Index(1)],
        vec![Step::Below("id")],
        vec![Step::Name("a")],
    ];
    let item = vec![vec![items(), Step::Wildcard], vec![Step::Below("items"), Step::Wildcard]];
    (vec((select(places.clone()), treatments()), 0..3), select(item), only(select(places)))
        .prop_map(|(rules, item, only)| Rules { rules, item: Some(item), only })
}

struct Answering {
    plan: Arc<JsonPlan>,
    choice: Arc<tower_rapport::shaping::items::Choice>,
    filling: Arc<Filling>,
}

impl Answering {
    fn new(spec: &Spec, rules: &Rules, generic: &Document) -> Self {
        let choice = spec.choice(documents::path(rules.item.as_deref().unwrap()));
        Self { plan: rules.plan(), filling: filling(&choice, &compact(generic)), choice }
    }

    fn answer<'a>(&self, pieces: impl IntoIterator<Item = &'a [u8]>) -> (String, Result<(), DoubtKind>) {
        let filling = Some(self.filling.clone());
        let mut shaper = JsonShaper::choosing(self.plan.clone(), LIMITS, self.choice.clone(), filling);
        let mut out = Vec::new();
        let outcome = pieces.into_iter().try_for_each(|piece| shaper.write(piece, &mut out));
        let outcome = outcome.and_then(|()| shaper.end(&mut out));
        (String::from_utf8_lossy(&out).into_owned(), outcome.map_err(|doubt| doubt.kind()))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_that_differ_in_hidden_items_leave_as_the_same_bytes(
        own in vec((entries(anything()), entries(anything())), 0..10),
        generic in answers(&GENERIC_IDS),
        spec in specs(),
        rules in rules(),
        in_object: bool,
        last in select(&["", " ", "\n"][..]),
        cuts in cuts(),
    ) {
        let other = |(one, other): &(Entry, Entry)| match is_hidden(&spec, &one.item) {
            true if is_hidden(&spec, &other.item) => other.clone(),
            true => hidden(&spec, other).unwrap_or_else(|| one.clone()),
            false => one.clone(),
        };
        let one: Vec<_> = own.iter().map(|(one, _)| one.clone()).collect();
        let other: Vec<_> = own.iter().map(other).collect();
        let answering = Answering::new(&spec, &rules, &generic);
        let (one, other) = (body(&one, in_object, last), body(&other, in_object, last));
        let expected = answering.answer([one.as_bytes()]);
        prop_assert_eq!(&expected.1, &Ok(()));
        prop_assert_eq!(&answering.answer([other.as_bytes()]), &expected);
        prop_assert_eq!(&answering.answer(cut(other.as_bytes(), &cuts)), &expected);
        prop_assert_eq!(&answering.answer(other.as_bytes().chunks(1)), &expected);
    }

    #[test]
    fn where_nothing_may_be_chosen_personally_the_list_is_empty_whatever_it_held(
        one in vec(entries(anything()), 0..6),
        other in vec(entries(anything()), 0..6),
        generic in answers(&GENERIC_IDS),
        spec in specs(),
        in_object: bool,
        closes: bool,
        cuts in cuts(),
    ) {
        let spec = if closes { Spec { share: vec![0; 4], ..spec } } else { Spec { granted: 0, ..spec } };
        let rules = Rules { rules: Vec::new(), item: Some(vec![Step::Name("items"), Step::Wildcard]), only: None };
        let answering = Answering::new(&spec, &rules, &generic);
        prop_assert!(!answering.choice.is_open());
        let expected = (body(&[], in_object, " "), Ok(()));
        for entries in [one, other] {
            let body = body(&entries, in_object, " ");
            prop_assert_eq!(&answering.answer(cut(body.as_bytes(), &cuts)), &expected);
        }
    }

    #[test]
    fn nothing_of_a_hidden_item_leaves_before_the_body_turns_out_broken(
        own in vec(entries(anything()), 0..8),
        generic in answers(&GENERIC_IDS),
        spec in specs(),
        rules in rules(),
        in_object: bool,
        end in any::<proptest::sample::Index>(),
        wrong in proptest::option::of(any::<u8>()),
        cuts in cuts(),
    ) {
        // What may be shown has another key.
        let own: Vec<_> = own.iter().map(|entry| match is_hidden(&spec, &entry.item) {
            true => hidden(&spec, entry).unwrap_or_else(|| entry.clone()),
            false => Entry { key: "k", ..entry.clone() },
        }).collect();
        let answering = Answering::new(&spec, &rules, &generic);
        let mut body = body(&own, in_object, "").into_bytes();
        let (whole, _) = answering.answer([&*body]);
        prop_assert!(!whole.contains("SECRET"));
        body.truncate(end.index(body.len() + 1));
        body.extend(wrong);
        let (out, outcome) = answering.answer(cut(&body, &cuts));
        prop_assert!(!out.contains("SECRET"));
        if outcome.is_err() && wrong.is_none() {
            prop_assert!(whole.starts_with(&out), "what was sent is a prefix of an allowed answer");
        }
        prop_assert_eq!(answering.answer([&*body]), (out, outcome));
    }
}

#[test]
fn a_generic_answer_that_is_broken_fills_nothing() {
    let spec = Spec {
        labelled: false,
        has_id: true,
        has_topic: false,
        share: vec![1000; 4],
        per_topic: None,
        quiet: None,
        filled: true,
        stage: 3,
        granted: 31,
    };
    let choice = spec.choice(Path::parse("$.items[*]").unwrap());
    for broken in ["", "{\"items\":[1,2", "{\"items\":[1]}}", "<html>"] {
        assert!(Filling::read(&choice, Limits::default(), &broken.into()).is_err(), "{broken}");
    }
    assert!(Filling::read(&choice, Limits::default(), &"{}".into()).unwrap().is_empty());
    let numbers = (0..5000).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    let many = Filling::read(&choice, Limits::default(), &format!("{{\"items\":[{numbers}]}}").into());
    assert_eq!(many.unwrap().len(), Filling::MOST);
    let some =
        Filling::read(&choice, Limits { item: 9, depth: 128 }, &r#"{"items":[1,"much too large",1,[2]]}"#.into());
    assert_eq!(some.unwrap().len(), 2);
}
