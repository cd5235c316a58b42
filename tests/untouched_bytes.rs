//! Promise 4, untouched is untouched, and what all the others stand on: however a body is cut, the same bytes leave, and
//! they are those of the obvious way to shape.

mod documents;

use std::sync::Arc;

use documents::{Document, cut, cut_lists, cuts, documents, parse, rules, shape, shape_pieces};
use proptest::{
    collection::vec,
    prelude::*,
    sample::{Index, select},
};
use tower_rapport::shaping::{
    Doubt,
    json::{JsonPlan, Limits},
    path::Path,
    treatment::{Decimal, GeoTo, RoundTo, Treatment},
};

/// Small limits, so that they are met.
const TIGHT: Limits = Limits { item: 24, depth: 4 };

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_no_rule_touches_leaves_as_it_came(document in documents(), seed: u64) {
        let round = Treatment::RoundTo(RoundTo::new(&Decimal::from(5)).unwrap());
        let rules = ["$.nowhere", "$..never", "$.items[77:].x", "$[*][*][*][*][*][*][*]"];
        let plan = JsonPlan::new(rules.map(|path| (Path::parse(path).unwrap(), round.clone())), None);
        let body = document.render(seed);
        let (out, outcome) = shape(&Arc::new(plan), &body);
        prop_assert_eq!((String::from_utf8(out), outcome), (String::from_utf8(body), Ok(())));
    }

    #[test]
    fn what_leaves_is_what_the_obvious_way_gives(
        (document, rules) in prop_oneof![(documents(), rules()), cut_lists()],
        seed: u64,
    ) {
        let body = document.render(seed);
        let (out, outcome) = shape(&rules.plan(), &body);
        prop_assert_eq!(outcome, Ok(()));
        let named = |document: &Document| format!("{document:?}");
        prop_assert_eq!(named(&parse(&out)), named(&rules.reference(&document)), "{}", String::from_utf8_lossy(&body));
    }

    #[test]
    fn a_cut_makes_no_difference(
        document in documents(),
        rules in rules(),
        seed: u64,
        cuts in cuts(),
        tight: bool,
        wrong in proptest::option::of((any::<proptest::sample::Index>(), any::<u8>())),
    ) {
        let mut body = document.render(seed);
        if let Some((at, byte)) = wrong {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let limits = if tight { TIGHT } else { Limits::default() };
        let plan = rules.plan();
        let whole = shape_pieces(&plan, limits, [&*body]);
        let kind = |(out, outcome): (Vec<u8>, Result<(), Doubt>)| {
            (String::from_utf8_lossy(&out).into_owned(), outcome.map_err(|doubt| doubt.kind()))
        };
        let in_pieces = shape_pieces(&plan, limits, cut(&body, &cuts));
        let in_bytes = shape_pieces(&plan, limits, body.chunks(1));
        let whole = kind(whole);
        prop_assert_eq!(&kind(in_pieces), &whole);
        prop_assert_eq!(&kind(in_bytes), &whole);
    }

    #[test]
    fn what_one_answer_taught_changes_nothing_of_the_next(
        shapes in vec(documents(), 1..4),
        rules in rules(),
        seed: u64,
        order in vec(any::<Index>(), 2..12),
        wrong in vec((any::<Index>(), select(&b"{}[],:\"\\0123.eE+- \nntfua"[..])), 0..3),
    ) {
        let shapes: Vec<Vec<u8>> = shapes.iter().map(|shape| shape.render(seed)).collect();
        let list: Vec<&[u8]> = order.iter().map(|index| &*shapes[index.index(shapes.len())]).collect();
        // What is expected is looked for where much stands behind it.
        let mut body = [b"[", &*list.join(&b','), b",\"", &[b'.'; 64], b"\"]"].concat();
        let plan = rules.plan();
        prop_assert_eq!(shape(&plan, &body).1, Ok(()));
        for (at, byte) in wrong {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let kind = |(out, outcome): (Vec<u8>, Result<(), Doubt>)| {
            (String::from_utf8_lossy(&out).into_owned(), outcome.map_err(|doubt| doubt.kind()))
        };
        let (taught, untaught) = (shape(&plan, &body), shape_pieces(&rules.plan(), Limits::default(), body.chunks(1)));
        prop_assert_eq!(kind(taught), kind(untaught), "{}", String::from_utf8_lossy(&body));
    }

    #[test]
    fn just_what_is_json_is_accepted(
        document in documents(),
        rules in rules(),
        seed: u64,
        wrong in proptest::collection::vec((any::<proptest::sample::Index>(), prop_oneof![
            any::<u8>(), proptest::sample::select(&b"{}[],:\"\\0123.eE+- \nntfu"[..])
        ]), 0..3),
    ) {
        let mut body = document.render(seed);
        for (at, byte) in wrong {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let is_json = std::str::from_utf8(&body)
            .is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
        let (out, outcome) = shape(&rules.plan(), &body);
        prop_assert_eq!(outcome.is_ok(), is_json, "{}", String::from_utf8_lossy(&body));
        if is_json {
            parse(&out);
        }
    }
}

#[test]
fn an_array_in_a_pair_makes_it_none_also_where_it_would_be_removed() {
    let grid = || Treatment::GeoTo(GeoTo::parse("1km").unwrap());
    let rules = ["$[*]", "$[*][*]"].map(|path| (Path::parse(path).unwrap(), grid()));
    let (out, outcome) = shape(&Arc::new(JsonPlan::new(rules, None)), b"[[0,0,[]],[0,0],[0,0,0]]");
    assert_eq!((String::from_utf8(out).unwrap().as_str(), outcome), ("[[0,0]]", Ok(())));
}
