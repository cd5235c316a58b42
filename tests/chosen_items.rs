//! How much is chosen personally: what takes each place of a list is what the obvious way gives, and of what it gives the
//! properties hold that DESIGN promises.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod documents;
mod lists;

use std::collections::HashSet;

use documents::{Document, Rules, Step, compact, cut, cuts, documents, only, parse, path, treatments, unfolded};
use lists::{
    GENERIC_IDS, Listed, OWN_IDS, Reference, Spec, Standing, answers, answers_with_strings, chosen, filling, items,
    specs,
};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{Index, select},
};
use tower_rapport::shaping::json::{JsonShaper, Limits};

/// Field rules around, on and in items.
fn rules() -> impl Strategy<Value = Rules> {
    let items = || Step::Name("items");
    let places = vec![
        vec![items()],
        vec![items(), Step::Wildcard],
        vec![items(), Step::Index(1)],
        vec![items(), Step::Wildcard, Step::Name("a")],
        vec![items(), Step::Wildcard, Step::Name("id")],
        vec![items(), Step::Name("k1"), Step::Name("a")],
        vec![Step::Name("more")],
        vec![Step::Below("a")],
        vec![Step::Below("items"), Step::Wildcard, Step::Name("a")],
    ];
    let item = vec![
        vec![items(), Step::Wildcard],
        vec![items(), Step::Wildcard],
        vec![Step::Below("items"), Step::Wildcard],
        vec![items(), Step::Slice(1, 9, 1)],
    ];
    (vec((select(places.clone()), treatments()), 0..3), select(item), only(select(places)))
        .prop_map(|(rules, item, only)| Rules { rules, item: Some(item), only, ..Rules::default() })
}

/// The same with strings in which documents stand: in items and around them, where something says what an item is, and in
/// such strings.
fn rules_with_strings() -> impl Strategy<Value = Rules> {
    let (items, state) = (|| Step::Name("items"), || Step::Name("state"));
    let nested = vec![
        vec![items(), Step::Wildcard, state()],
        vec![items(), Step::Wildcard, state()],
        vec![Step::Below("state")],
        vec![items(), Step::Wildcard, Step::Name("category")],
        vec![items(), Step::Wildcard, Step::Names("a", "basis")],
        vec![items(), Step::Wildcard],
        vec![Step::Name("more")],
        vec![Step::Wildcard],
        vec![Step::AnyBelow],
    ];
    let places = vec![
        vec![items(), Step::Wildcard, state()],
        vec![items(), Step::Wildcard, state(), Step::Name("a")],
        vec![items(), Step::Wildcard, state(), Step::Wildcard],
        vec![items(), Step::Wildcard, state(), state(), Step::Name("a")],
        vec![items(), Step::Index(1), state(), Step::Index(0)],
        vec![items(), Step::Wildcard, Step::Name("b"), Step::Name("id")],
        vec![Step::Below("a")],
        vec![Step::Below("state"), Step::Name("items")],
        vec![Step::Name("a")],
    ];
    let (nested, places) =
        (vec(select(nested), 1..3), (vec((select(places.clone()), treatments()), 0..4), only(select(places))));
    (rules(), nested, places).prop_map(|(around, nested, (inside, only))| Rules {
        rules: around.rules.into_iter().chain(inside).collect(),
        only: only.and(around.only),
        nested,
        ..around
    })
}

fn plain() -> Rules {
    Rules { item: Some(vec![Step::Name("items"), Step::Wildcard]), ..Rules::default() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_place_has_what_the_obvious_way_gives(
        own in answers(&OWN_IDS),
        generic in option::weighted(0.8, answers(&GENERIC_IDS)),
        spec in specs(),
        rules in rules(),
        cuts in cuts(),
    ) {
        gives_what_the_obvious_way_gives(&own, generic, &spec, &rules, &cuts)?;
    }

    #[test]
    fn so_it_has_where_documents_stand_in_strings(
        own in answers_with_strings(&OWN_IDS),
        generic in option::weighted(0.8, answers_with_strings(&GENERIC_IDS)),
        spec in specs(),
        rules in rules_with_strings(),
        cuts in cuts(),
    ) {
        gives_what_the_obvious_way_gives(&own, generic, &spec, &rules, &cuts)?;
    }

    /// Answers by one plan work in the memory of those before them.
    #[test]
    fn an_answer_that_broke_off_changes_nothing_of_the_next(
        broken in vec((answers_with_strings(&OWN_IDS), any::<Index>()), 1..4),
        own in answers_with_strings(&OWN_IDS),
        spec in specs(),
        rules in rules_with_strings(),
        cuts in cuts(),
    ) {
        let (plan, choice) = (rules.plan(), spec.choice(path(rules.item.as_deref().unwrap())));
        let begun: Vec<_> = broken.iter().map(|(answer, at)| {
            let body = compact(answer);
            let mut shaper = JsonShaper::choosing(plan.clone(), Limits::default(), choice.clone(), None);
            shaper.write(&body.as_bytes()[..at.index(body.len())], &mut Vec::new()).unwrap();
            shaper
        }).collect();
        drop(begun);
        let body = compact(&own);
        let pieces = cut(body.as_bytes(), &cuts);
        let expected = chosen(&rules.plan(), &choice, None, pieces.clone());
        prop_assert_eq!(chosen(&plan, &choice, None, pieces), expected, "{}", body);
    }

    #[test]
    fn no_prefix_of_a_list_has_more_than_its_share_nor_an_item_twice_nor_a_gap(
        own in vec(items(&OWN_IDS), 0..24),
        generic in vec(items(&GENERIC_IDS), 0..24),
        spec in specs(),
    ) {
        let spec = Spec { has_id: false, ..spec };
        let (own, generic) = (numbered(own, 'p'), numbered(generic, 'g'));
        let fillers = generic.iter().map(compact).collect::<HashSet<_>>().len();
        let mut last = Vec::new();
        let shows = shows(&spec, &generic);
        for arrived in 0..=own.len() {
            let shown = shows(&own[..arrived]);
            let ids: Vec<_> = shown.iter().map(mark).collect();
            prop_assert!(shown.starts_with(&last), "what stands in a place stays there");
            prop_assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "no item twice");
            let own = shown.iter().filter(|item| mark(item).starts_with('p'));
            let (anybodys, personal): (Vec<_>, Vec<_>) = own.partition(|item| spec.standing(item) == Standing::Anybodys);
            prop_assert!(personal.len() as u64 <= spec.share() * arrived as u64 / 1000, "no more than the share");
            prop_assert!(personal.is_sorted_by_key(|item| number(item)), "the best first");
            prop_assert!(anybodys.is_sorted_by_key(|item| number(item)));
            if spec.filled && spec.is_open() && fillers >= arrived {
                prop_assert_eq!(shown.len(), arrived, "the list keeps its length");
            }
            last = shown;
        }
    }

    #[test]
    fn of_the_own_items_each_is_shown_or_counted_as_withheld(
        own in vec(items(&OWN_IDS), 0..80),
        generic in vec(items(&GENERIC_IDS), 0..24),
        spec in specs(),
    ) {
        let (own, generic) = (marked(own, "own"), marked(generic, "generic"));
        let choice = spec.choice(path(plain().item.as_deref().unwrap()));
        let body = |items: &[Document]| format!(r#"{{"items":{}}}"#, compact(&Document::Array(items.to_vec())));
        let mut shaper = JsonShaper::choosing(plain().plan(), Limits::default(), choice.clone(), Some(filling(&choice, &body(&generic))));
        let mut out = Vec::new();
        prop_assert_eq!(shaper.write(body(&own).as_bytes(), &mut out).and_then(|()| shaper.end(&mut out)), Ok(()));
        let shown = String::from_utf8(out).unwrap().matches(r#""from":"own""#).count() as u64;
        let withheld: u64 = shaper.withheld().iter().map(|(_, items)| items).sum();
        prop_assert_eq!(shown + withheld, own.len() as u64, "{:?}", shaper.withheld());
    }

    /// Counted are those of the customer's own items that may be personal and are shown, as far as the share allows; also where
    /// one stands as anybody's because the generic answer has it too. It holds while the generic answer lasts, the queue has room, fewer than 4,096 ids were shown,
    /// and the service's answer has no id twice (with two classes or topics).
    #[test]
    fn more_trust_and_more_consent_never_give_fewer_personal_items(
        own in vec(items(&OWN_IDS), 0..16),
        generic in prop_oneof![vec(items(&GENERIC_IDS), 0..16), vec(items(&OWN_IDS), 0..16)],
        spec in specs(),
        lower in 0..4_u8,
        fewer: u8,
    ) {
        let less = Spec { stage: lower.min(spec.stage), granted: spec.granted & fewer, ..spec.clone() };
        let lasts = (0..own.len()).map(|at| Document::Object(vec![("id".into(), Document::Scalar(format!("\"last {at}\"")))]));
        let generic: Vec<_> = generic.into_iter().chain(lasts).collect();
        let mut own = own;
        let mut ids = HashSet::new();
        own.retain(|item| ids.insert(spec.id(item)));
        let personal = |spec: &Spec, arrived: &[Document], shown: Vec<Document>| {
            let own = arrived.iter().filter(|item| matches!(spec.standing(item), Standing::Personal(_)));
            let own: HashSet<String> = own.map(|item| spec.id(item)).collect();
            let shown = shown.iter().filter(|item| own.contains(&spec.id(item))).count() as u64;
            shown.min(spec.share() * arrived.len() as u64 / 1000)
        };
        let (shows_less, shows_more) = (shows(&less, &generic), shows(&spec, &generic));
        for arrived in 0..=own.len() {
            let own = &own[..arrived];
            let (less, more) = (personal(&less, own, shows_less(own)), personal(&spec, own, shows_more(own)));
            prop_assert!(less <= more, "{less} of {arrived}, and {more}");
        }
    }

    #[test]
    fn where_all_may_be_chosen_a_list_leaves_as_it_came(
        values in vec(documents(), 0..8),
        in_object: bool,
        seed: u64,
        cuts in cuts(),
        spec in specs(),
    ) {
        let spec = Spec { labelled: false, share: vec![1000; 4], per_topic: None, quiet: None, stage: 3, granted: 31, ..spec };
        let number = |at: usize| ("id".to_owned(), Document::Scalar(at.to_string()));
        let items = values.into_iter().enumerate().map(|(at, value)| Document::Object(vec![number(at), ("v".into(), value)]));
        let list = match in_object {
            true => Document::Object(items.enumerate().map(|(at, item)| (format!("k{}", if spec.has_id { at % 3 } else { at }), item)).collect()),
            false => Document::Array(items.collect()),
        };
        let body = Document::Object(vec![("items".into(), list), ("a".into(), Document::Array(Vec::new()))]).render(seed);
        let choice = spec.choice(path(plain().item.as_deref().unwrap()));
        let generic = filling(&choice, r#"{"items":[1,2,3]}"#);
        let (out, outcome) = chosen(&plain().plan(), &choice, Some(&generic), cut(&body, &cuts));
        prop_assert_eq!((out, outcome), (String::from_utf8(body).unwrap(), Ok(())));
    }
}

fn gives_what_the_obvious_way_gives(
    own: &Document,
    generic: Option<Document>,
    spec: &Spec,
    rules: &Rules,
    cuts: &[Index],
) -> Result<(), TestCaseError> {
    let item = path(rules.item.as_deref().unwrap());
    let (plan, choice) = (rules.plan(), spec.choice(item));
    let filling = generic.as_ref().map(|generic| filling(&choice, &compact(generic)));
    let body = compact(own);
    let (out, outcome) = chosen(&plan, &choice, filling.as_ref(), [body.as_bytes()]);
    prop_assert_eq!(outcome, Ok(()));
    let mut fillers = Listed::default();
    let all = Rules { item: rules.item.clone(), ..Rules::default() };
    if let Some(generic) = generic.filter(|_| spec.filled) {
        all.reference_with(&generic, &mut fillers);
    }
    let expected = rules.reference_with(own, &mut Reference::new(spec, fillers.0));
    let is = |document: &Document| compact(&unfolded(document));
    prop_assert_eq!(is(&parse(out.as_bytes())), is(&expected), "{}", body);
    for pieces in [cut(body.as_bytes(), cuts), body.as_bytes().chunks(1).collect()] {
        let (in_pieces, outcome) = chosen(&plan, &choice, filling.as_ref(), pieces);
        prop_assert_eq!((&in_pieces, outcome), (&out, Ok(())), "{}", body);
    }
    Ok(())
}

/// Says what is shown of a list, each item as it came.
fn shows(spec: &Spec, generic: &[Document]) -> impl Fn(&[Document]) -> Vec<Document> {
    let choice = spec.choice(path(plain().item.as_deref().unwrap()));
    let body = |items: &[Document]| format!(r#"{{"items":{}}}"#, compact(&Document::Array(items.to_vec())));
    let (plan, filling) = (plain().plan(), filling(&choice, &body(generic)));
    move |own| {
        let (out, outcome) = chosen(&plan, &choice, Some(&filling), [body(own).as_bytes()]);
        outcome.unwrap();
        match parse(out.as_bytes()) {
            Document::Object(mut members) => match members.remove(0) {
                (_, Document::Array(items)) => items,
                other => unreachable!("{other:?}"),
            },
            other => unreachable!("{other:?}"),
        }
    }
}

/// Items that say where they are from.
fn marked(items: Vec<Document>, from: &str) -> Vec<Document> {
    let mark = |item| match item {
        Document::Object(mut members) => {
            members.push(("from".into(), Document::Scalar(format!("\"{from}\""))));
            Document::Object(members)
        }
        other => Document::Object(vec![("id".into(), other), ("from".into(), Document::Scalar(format!("\"{from}\"")))]),
    };
    items.into_iter().map(mark).collect()
}

/// Items that have a number each, so that no two are the same.
fn numbered(items: Vec<Document>, from: char) -> Vec<Document> {
    let number = |(at, item)| marked(vec![item], &format!("{from}{at}")).remove(0);
    items.into_iter().enumerate().map(number).collect()
}

fn mark(item: &Document) -> String {
    match item {
        Document::Object(members) => match &members.last().unwrap().1 {
            Document::Scalar(json) => json.trim_matches('"').to_owned(),
            other => unreachable!("{other:?}"),
        },
        other => unreachable!("{other:?}"),
    }
}

fn number(item: &Document) -> usize {
    mark(item)[1..].parse().unwrap()
}
