//! The shaper where items are chosen: any bytes as the body, cut anywhere.
//!
//! It must agree with itself at every cut, with serde_json on what is JSON, with the obvious way on which item stands where;
//! and items that are not shown must make no difference.
#![no_main]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what goes wrong here is to be told")]

#[path = "../../documents/mod.rs"]
mod documents;
mod draw;
#[path = "../../lists/mod.rs"]
mod lists;

use std::{collections::HashMap, sync::Arc};

use documents::{Document, Key, Rules, Step, compact, cut, cuts, leads_to, only, parse, path, treatments};
use draw::{drawn, parts};
use libfuzzer_sys::fuzz_target;
use lists::{GENERIC_IDS, Listed, Reference, Spec, Standing, answers, chosen, filling, specs};
use proptest::{collection::vec, prelude::*, sample::select};
use serde::de::IgnoredAny;
use tower_rapport::shaping::{
    DoubtKind, items::Choice, items::Filling, json::JsonPlan, json::JsonShaper, json::Limits, treatment::Treatment,
};

fuzz_target!(|input: &[u8]| {
    let ([flags, by_spec, by_rules, by_cuts, by_generic], body) = parts(input, [2, 2, 3, 1, 2]);
    let (spec, rules) = (drawn(specs(), by_spec), drawn(rules(), by_rules));
    let choice = spec.choice(path(rules.item.as_deref().unwrap()));
    let generic = drawn(answers(&GENERIC_IDS), by_generic);
    let filled = filling(&choice, &compact(&generic));
    let answering =
        Answering { plan: rules.plan(), choice, filling: Some(filled).filter(|_| flags.first() != Some(&1)) };
    let tight = flags.last() == Some(&1);
    let limits = if tight { TIGHT } else { Limits::default() };

    let whole = answering.answer(limits, [body]);
    for pieces in [cut(body, &drawn(cuts(), by_cuts)), body.chunks(1).collect()] {
        assert_eq!(answering.answer(limits, pieces), whole);
    }
    let is_json = std::str::from_utf8(body).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
    let outcome = answering.answer(Limits::default(), [body]).1;
    assert!(outcome == Err(DoubtKind::TooDeep) || outcome.is_ok() == is_json, "{outcome:?}");
    if outcome.is_ok() {
        let own = parse(body);
        every_place_has_what_the_obvious_way_gives(&answering, &spec, &rules, &own, &generic);
        what_is_hidden_makes_no_difference(&answering, &spec, &rules, &own);
    }
});

/// Small, so that they are met.
const TIGHT: Limits = Limits { item: 24, depth: 5 };

struct Answering {
    plan: Arc<JsonPlan>,
    choice: Arc<Choice>,
    filling: Option<Arc<Filling>>,
}

impl Answering {
    fn answer<'a>(
        &self,
        limits: Limits,
        pieces: impl IntoIterator<Item = &'a [u8]>,
    ) -> (String, Result<(), DoubtKind>) {
        let mut shaper = JsonShaper::choosing(self.plan.clone(), limits, self.choice.clone(), self.filling.clone());
        let mut out = Vec::new();
        let outcome = pieces.into_iter().try_for_each(|piece| shaper.write(piece, &mut out));
        let outcome = outcome.and_then(|()| shaper.end(&mut out));
        (String::from_utf8_lossy(&out).into_owned(), outcome.map_err(|doubt| doubt.kind()))
    }
}

/// Field rules around, on and in items.
fn rules() -> impl Strategy<Value = Rules> {
    let items = || Step::Name("items");
    let places = vec![
        vec![items()],
        vec![items(), Step::Wildcard],
        vec![items(), Step::Index(1)],
        vec![items(), Step::Wildcard, Step::Name("a")],
        vec![items(), Step::Wildcard, Step::Name("id")],
        vec![Step::Below("a")],
        vec![Step::Below("items"), Step::Wildcard, Step::Name("a")],
    ];
    let item = vec![
        vec![items(), Step::Wildcard],
        vec![Step::Below("items"), Step::Wildcard],
        vec![items(), Step::Slice(1, 9, 1)],
    ];
    (vec((select(places.clone()), treatments()), 0..3), select(item), only(select(places)))
        .prop_map(|(rules, item, only)| Rules { rules, item: Some(item), only, ..Rules::default() })
}

fn every_place_has_what_the_obvious_way_gives(
    answering: &Answering,
    spec: &Spec,
    rules: &Rules,
    own: &Document,
    generic: &Document,
) {
    let mut items = Listed::default();
    Rules { item: rules.item.clone(), ..Rules::default() }.reference_with(own, &mut items);
    if items.0.len() > 64 {
        // The obvious way lets any number of them wait.
        return;
    }
    let body = compact(own);
    let (out, outcome) = chosen(&answering.plan, &answering.choice, answering.filling.as_ref(), [body.as_bytes()]);
    outcome.unwrap();
    let mut fillers = Listed::default();
    if answering.filling.is_some() && spec.filled {
        Rules { item: rules.item.clone(), ..Rules::default() }.reference_with(generic, &mut fillers);
    }
    let expected = rules.reference_with(own, &mut Reference::new(spec, fillers.0));
    assert_eq!(compact(&parse(out.as_bytes())), compact(&expected), "{body}");
}

/// Puts something else, not to be shown either, in the place of each item that is not shown.
fn what_is_hidden_makes_no_difference(answering: &Answering, spec: &Spec, rules: &Rules, own: &Document) {
    let mut hides = HashMap::new();
    walk(own, &mut Vec::new(), rules, &mut |place, item| {
        let hidden = !spec.is_open() || spec.standing(item) == Standing::Hidden;
        *hides.entry(format!("{place:?}")).or_insert(true) &= hidden;
    });
    let other = |place: &[Key]| {
        let hidden = hides.get(&format!("{place:?}")).is_some_and(|hides| *hides);
        hidden.then(|| HIDDEN.to_vec())
    };
    if spec.is_open() && spec.standing(&parse(HIDDEN)) != Standing::Hidden {
        return;
    }
    let one = answering.answer(Limits::default(), [&*own.render(7)]);
    let changed = own.render_with(&other, 7);
    assert_eq!(answering.answer(Limits::default(), [&*changed]), one);
    assert_eq!(answering.answer(Limits::default(), changed.chunks(5)), one);
}

/// What is not shown, unless one class holds for all.
const HIDDEN: &[u8] = br#"{ "basis" : [ "hidden" ], "items":[1,{"id":"p1"}], "category":[null] }"#;

/// The items of a document that stand in no other one, and in no pair that is coarsened whole.
fn walk(document: &Document, place: &mut Vec<Key>, rules: &Rules, found: &mut impl FnMut(&[Key], &Document)) {
    if leads_to(rules.item.as_deref().unwrap(), place) {
        return found(place, document);
    }
    if matches!((rules.weigh(place), document), (Treatment::GeoTo(_), Document::Array(_))) {
        return;
    }
    let mut at = |key, child| {
        place.push(key);
        walk(child, place, rules, found);
        place.pop();
    };
    match document {
        Document::Scalar(_) => {}
        Document::Array(array) => (0..).zip(array).for_each(|(index, child)| at(Key::Index(index), child)),
        Document::Object(members) => members.iter().for_each(|(name, child)| at(Key::Name(name.clone()), child)),
    }
}
