//! Promise 2, non-interference: what a plan hides cannot be told from what leaves.

mod documents;

use documents::{Document, Key, cut, cut_lists, cuts, documents, rules, shape, shape_pieces};
use proptest::prelude::*;
use tower_rapport::shaping::json::Limits;

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn answers_that_differ_in_hidden_values_leave_as_the_same_bytes(
        (document, rules) in prop_oneof![(documents(), rules()), cut_lists()],
        others in proptest::collection::vec((documents(), any::<u64>()), 1..4),
        seed: u64,
        cuts in cuts(),
    ) {
        let plan = rules.plan();
        let cut_off = rules.cut_off(&document);
        let hidden = |place: &[Key]| {
            rules.weigh(place).reveals_nothing() || rules.is_unlisted(place) || cut_off.iter().any(|cut| cut == place)
        };
        let other = |place: &[Key]| {
            let (other, seed): &(Document, u64) = &others[place.len() % others.len()];
            // White space around the document would be around the hidden value.
            hidden(place).then(|| other.render(*seed).trim_ascii().to_vec())
        };
        let one = shape(&plan, &document.render(seed));
        let body = document.render_with(&other, seed);
        let text = |out: Vec<u8>| String::from_utf8(out).unwrap();
        let one = text(one.0);
        prop_assert_eq!(&text(shape(&plan, &body).0), &one);
        let pieces = cut(&body, &cuts);
        prop_assert_eq!(&text(shape_pieces(&plan, Limits::default(), pieces).0), &one);
    }

    #[test]
    fn nothing_hidden_leaves_before_the_body_turns_out_broken(
        document in documents(),
        rules in rules(),
        seed: u64,
        end in any::<proptest::sample::Index>(),
        wrong in proptest::option::of(any::<u8>()),
    ) {
        let plan = rules.plan();
        let secret = |place: &[Key]| {
            let is_hidden = rules.weigh(place).reveals_nothing() || rules.is_unlisted(place);
            is_hidden.then(|| b"{\"S\":[\"SECRET\"]}".to_vec())
        };
        let mut body = document.render_with(&secret, seed);
        let whole = shape(&plan, &body).0;
        body.truncate(end.index(body.len() + 1));
        body.extend(wrong);
        let (out, outcome) = shape(&plan, &body);
        prop_assert!(!out.windows(6).any(|bytes| bytes == b"SECRET"));
        if outcome.is_err() && wrong.is_none() {
            prop_assert!(whole.starts_with(&out), "what was sent is a prefix of an allowed answer");
        }
    }
}
