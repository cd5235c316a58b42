//! How much is chosen personally: what takes each place of a list is what the obvious way gives, and of what it gives the
//! properties hold that DESIGN promises.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod documents;
mod lists;

use std::sync::Arc;

use documents::{Document, Rules, Step, cut, cuts, parse, path, treatments};
use lists::{GENERIC_IDS, Listed, OWN_IDS, Reference, Spec, Standing, answers, chosen, compact, filling, specs};
use proptest::{collection::vec, option, prelude::*, sample::select};
use tower_rapport::shaping::{json::JsonPlan, path::Path, plan::DataClass, treatment::Treatment};

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
    (vec((select(places), treatments()), 0..3), select(item))
        .prop_map(|(rules, item)| Rules { rules, item: Some(item) })
}

fn plain() -> Rules {
    Rules { rules: Vec::new(), item: Some(vec![Step::Name("items"), Step::Wildcard]) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_place_has_what_the_obvious_way_gives(
        own in answers(&OWN_IDS),
        generic in option::weighted(0.8, answers(&GENERIC_IDS)),
        spec in specs(),
        rules in rules(),
        cuts in cuts(),
    ) {
        let item = path(rules.item.as_deref().unwrap());
        let (plan, choice) = (rules.plan(), spec.choice(item));
        let filling = generic.as_ref().map(|generic| filling(&choice, &compact(generic)));
        let body = compact(&own);
        let (out, outcome) = chosen(&plan, &choice, filling.as_ref(), [body.as_bytes()]);
        prop_assert_eq!(outcome, Ok(()));
        let mut fillers = Listed::default();
        let all = Rules { rules: Vec::new(), item: rules.item.clone() };
        if let Some(generic) = generic.filter(|_| spec.filled) {
            all.reference_with(&generic, &mut fillers);
        }
        let expected = rules.reference_with(&own, &mut Reference::new(&spec, fillers.0));
        prop_assert_eq!(compact(&parse(out.as_bytes())), compact(&expected), "{}", body);
        for pieces in [cut(body.as_bytes(), &cuts), body.as_bytes().chunks(1).collect()] {
            let (in_pieces, outcome) = chosen(&plan, &choice, filling.as_ref(), pieces);
            prop_assert_eq!((&in_pieces, outcome), (&out, Ok(())));
        }
    }
}
