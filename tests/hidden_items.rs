//! Promise 2 for items: nothing of an item that may not be shown can be told from what leaves, not its key, its size or the
//! white space around it; where nothing may be chosen personally, not even how many there were.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod documents;
mod lists;

use std::sync::Arc;

use documents::{Document, Key, Rules, Step, compact, cut, cuts, documents, leads_to, only, string, treatments};
use lists::{GENERIC_IDS, OWN_IDS, Spec, Standing, answers, filling, folded, items, specs};
use proptest::{collection::vec, prelude::*, sample::select};
use tower_rapport::shaping::{
    DoubtKind,
    items::Filling,
    json::{JsonPlan, JsonShaper, Limits},
    path::Path,
    treatment::Treatment,
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
        .prop_map(|(rules, item, only)| Rules { rules, item: Some(item), only, ..Rules::default() })
}

/// An item that is shown wherever there is room for it, and a string in it with a document.
#[derive(Clone, Debug)]
struct Told {
    document: Document,
    /// What is hidden of it is the one, or the other.
    others: [Document; 2],
    /// Whether the document stands in a string of another one, under this name.
    within: Option<&'static str>,
    seed: u64,
    /// How the string is written.
    escapes: u64,
}

fn told() -> impl Strategy<Value = Told> {
    let within = proptest::option::of(select(&["state", "b"][..]));
    (folded(), [folded(), folded()], within, any::<u64>(), any::<u64>())
        .prop_map(|(document, others, within, seed, escapes)| Told { document, others, within, seed, escapes })
}

/// Rules that lead into strings, to which it makes no difference which place of a list an item has.
fn rules_in_strings() -> impl Strategy<Value = Rules> {
    let all = |inside: &[Step]| [&[Step::Name("items"), Step::Wildcard, Step::Name("state")], inside].concat();
    let places = vec![
        all(&[]),
        all(&[Step::Name("a")]),
        all(&[Step::Name("id")]),
        all(&[Step::Wildcard]),
        all(&[Step::Index(0)]),
        all(&[Step::Name("b"), Step::Wildcard]),
        all(&[Step::Names("state", "b"), Step::Name("a")]),
        vec![Step::Below("a")],
        vec![Step::Below("state"), Step::Name("basis")],
        vec![Step::AnyBelow],
    ];
    let nested = vec![all(&[]), vec![Step::Below("state")], vec![Step::Name("items"), Step::Wildcard, Step::AnyBelow]];
    let treatments = prop_oneof![2 => Just(Treatment::Remove), 1 => Just(Treatment::Null), 2 => treatments()];
    let item = Some(vec![Step::Name("items"), Step::Wildcard]);
    (vec((select(places.clone()), treatments), 1..4), only(select(places)), vec(select(nested), 1..3))
        .prop_map(move |(rules, only, nested)| Rules { rules, item: item.clone(), only, nested })
}

impl Told {
    /// The string with one or the other in all places that are hidden.
    fn state(&self, rules: &Rules, other: &dyn Fn(&[Key]) -> Option<Vec<u8>>) -> String {
        let around = [Key::Name("items".into()), Key::Index(0), Key::Name("state".into())];
        let around: Vec<Key> = around.into_iter().chain(self.within.map(|name| Key::Name(name.into()))).collect();
        // Elsewhere a string is a string.
        let is_read = rules.nested.iter().any(|steps| leads_to(steps, &around));
        let hidden = |place: &[Key]| {
            let place = [&around, place].concat();
            is_read && (rules.weigh(&place).reveals_nothing() || rules.is_unlisted(&place))
        };
        let instead = |place: &[Key]| hidden(place).then(|| other(place)).flatten();
        let document = self.document.render_with(&instead, self.seed);
        let text = std::str::from_utf8(document.trim_ascii()).unwrap();
        match self.within {
            None => compact(&string(text, self.escapes)),
            Some(name) => {
                let inner = compact(&string(text, self.escapes.rotate_left(7)));
                compact(&string(&format!("{{ \"{name}\": {inner}}}"), self.escapes))
            }
        }
    }
}

/// A body of such items; one in three is anybody's.
fn told_body(told: &[Told], state: &dyn Fn(&Told) -> String) -> String {
    let label = |at: usize| if at.is_multiple_of(3) { "none" } else { "observed" };
    let item = |(at, told)| {
        let (label, state) = (label(at), state(told));
        format!(r#"{{ "id": "p{at}","basis":"{label}" , "state": {state}, "category":["shoes"] }}"#)
    };
    format!(r#"{{"items": [{}], "more": 1}}"#, told.iter().enumerate().map(item).collect::<Vec<_>>().join(", "))
}

/// A text without what escapes are made of, so that a word is seen however it is written.
fn bare(text: &str) -> String {
    let mut bare = text.replace('\\', "");
    for letter in "SECRET".chars() {
        for written in [format!("u{:04x}", u32::from(letter)), format!("u{:04X}", u32::from(letter))] {
            bare = bare.replace(&written, &letter.to_string());
        }
    }
    bare
}

struct Answering {
    plan: Arc<JsonPlan>,
    choice: Arc<tower_rapport::shaping::items::Choice>,
    filling: Arc<Filling>,
    limits: Limits,
}

impl Answering {
    fn new(spec: &Spec, rules: &Rules, generic: &Document) -> Self {
        let choice = spec.choice(documents::path(rules.item.as_deref().unwrap()));
        Self { plan: rules.plan(), filling: filling(&choice, &compact(generic)), choice, limits: LIMITS }
    }

    fn answer<'a>(&self, pieces: impl IntoIterator<Item = &'a [u8]>) -> (String, Result<(), DoubtKind>) {
        let filling = Some(self.filling.clone());
        let mut shaper = JsonShaper::choosing(self.plan.clone(), self.limits, self.choice.clone(), filling);
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
        let rules = Rules { item: Some(vec![Step::Name("items"), Step::Wildcard]), ..Rules::default() };
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_that_differ_in_what_is_hidden_in_strings_leave_as_the_same_bytes(
        told in vec(told(), 1..4),
        generic in answers(&GENERIC_IDS),
        spec in specs(),
        rules in rules_in_strings(),
        cuts in cuts(),
    ) {
        let answering = Answering::new(&Spec { has_id: true, ..spec }, &rules, &generic);
        // How long a string is can be told only where one is too long.
        let answering = Answering { limits: Limits::default(), ..answering };
        let body = |which: usize| {
            let other = |told: &Told| told.state(&rules, &|_| Some(compact(&told.others[which]).into_bytes()));
            told_body(&told, &other)
        };
        let (one, other) = (body(0), body(1));
        let expected = answering.answer([one.as_bytes()]);
        prop_assert_eq!(&expected.1, &Ok(()));
        prop_assert_eq!(&answering.answer([other.as_bytes()]), &expected, "{}\n{}", one, other);
        prop_assert_eq!(&answering.answer(cut(other.as_bytes(), &cuts)), &expected);
        prop_assert_eq!(&answering.answer(other.as_bytes().chunks(1)), &expected);
    }

    #[test]
    fn nothing_hidden_in_strings_leaves_however_it_is_written_and_wherever_the_body_breaks(
        told in vec(told(), 1..4),
        generic in answers(&GENERIC_IDS),
        spec in specs(),
        rules in rules_in_strings(),
        end in any::<proptest::sample::Index>(),
        wrong in proptest::option::of(any::<u8>()),
        cuts in cuts(),
    ) {
        let answering = Answering::new(&Spec { has_id: true, ..spec }, &rules, &generic);
        // How long a string is can be told only where one is too long.
        let answering = Answering { limits: Limits::default(), ..answering };
        let secret = |told: &Told| {
            let Document::Scalar(secret) = string("SECRET", told.escapes ^ told.seed) else { unreachable!() };
            told.state(&rules, &|_| Some(format!("{{{secret}: [{secret}]}}").into_bytes()))
        };
        let mut body = told_body(&told, &secret).into_bytes();
        let (whole, outcome) = answering.answer([&*body]);
        prop_assert_eq!(outcome, Ok(()));
        prop_assert!(!bare(&whole).contains("SECRET"), "{}", whole);
        body.truncate(end.index(body.len() + 1));
        body.extend(wrong);
        let (out, outcome) = answering.answer(cut(&body, &cuts));
        prop_assert!(!bare(&out).contains("SECRET"), "{}", out);
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
