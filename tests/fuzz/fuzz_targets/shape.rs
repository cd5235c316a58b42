//! The shaper by field rules: any bytes as the body, cut anywhere.
//!
//! It must agree with itself at every cut, with serde_json on what is JSON, with the obvious way on what leaves; and what is
//! hidden must make no difference.
#![no_main]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what goes wrong here is to be told")]

#[path = "../../documents/mod.rs"]
mod documents;
mod draw;

use std::sync::Arc;

use documents::{Document, Key, Rules, cut, cuts, parse, rules, shape, shape_pieces};
use draw::{drawn, parts};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use tower_rapport::shaping::{
    Doubt, DoubtKind,
    json::{JsonPlan, Limits},
};

fuzz_target!(|input: &[u8]| {
    let ([flags, by_rules, by_cuts, by_others], body) = parts(input, [2, 4, 2, 2]);
    let rules = drawn(rules(), by_rules);
    let plan = rules.plan();
    let pieces = cut(body, &drawn(cuts(), by_cuts));
    let (tight, seed) =
        (flags.first().is_some_and(|flag| flag % 4 == 0), u64::from(flags.last().copied().unwrap_or(0)));
    let limits = if tight { TIGHT } else { Limits::default() };

    let whole = shape_pieces(&plan, limits, [body]);
    for pieces in [pieces.clone(), body.chunks(1).collect()] {
        assert_same(&shape_pieces(&plan, limits, pieces), &whole);
    }
    never_more_than_a_prefix(&plan, limits, body, &whole);

    let (out, outcome) = shape(&plan, body);
    assert_eq!(outcome.is_ok(), is_json(body) && depth(body) <= Limits::default().depth, "{outcome:?}");
    if outcome.is_err() {
        return;
    }
    let document = parse(body);
    assert_eq!(format!("{:?}", parse(&out)), format!("{:?}", rules.reference(&document)));
    what_is_hidden_makes_no_difference(&rules, &document, &drawn(documents::documents(), by_others), seed);
});

/// Small, so that they are met.
const TIGHT: Limits = Limits { item: 24, depth: 4 };

type Shaped = (Vec<u8>, Result<(), Doubt>);

/// Which limit is met, and where, may depend on the cut only as far as the place goes.
fn assert_same(one: &Shaped, other: &Shaped) {
    let kinds = [one, other].map(|(_, outcome)| outcome.map_err(|doubt| doubt.kind()));
    assert_eq!(kinds[0], kinds[1]);
    assert_eq!(String::from_utf8_lossy(&one.0), String::from_utf8_lossy(&other.0));
    if kinds[0] != Err(DoubtKind::TooLarge) {
        assert_eq!(one.1, other.1);
    }
}

/// What left before a doubt is what leaves of the bytes before it. (The blank ends a number. Before what is too deep leaves
/// its key.)
fn never_more_than_a_prefix(plan: &Arc<JsonPlan>, limits: Limits, body: &[u8], (out, outcome): &Shaped) {
    if let Err(doubt) = outcome {
        assert!(doubt.offset() <= body.len() as u64);
        let before = &body[..doubt.offset() as usize];
        let (left, _) = shape_pieces(plan, limits, [before, b" "]);
        let is_limit = matches!(doubt.kind(), DoubtKind::TooLarge | DoubtKind::TooDeep);
        assert!(left.starts_with(out) || is_limit, "more than a prefix");
    }
}

fn is_json(body: &[u8]) -> bool {
    std::str::from_utf8(body).is_ok_and(|text| serde_json::from_str::<IgnoredAny>(text).is_ok())
}

/// How deep arrays and objects stand in each other.
fn depth(body: &[u8]) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0_usize, 0, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn what_is_hidden_makes_no_difference(rules: &Rules, document: &Document, other: &Document, seed: u64) {
    let plan = rules.plan();
    let cut_off = rules.cut_off(document);
    let hidden = |place: &[Key]| {
        rules.weigh(place).reveals_nothing() || rules.is_unlisted(place) || cut_off.iter().any(|cut| cut == place)
    };
    let text = other.render(seed.wrapping_add(1)).trim_ascii().to_vec();
    let secret = |place: &[Key]| hidden(place).then(|| text.clone());
    let one = shape(&plan, &document.render(seed));
    let changed = document.render_with(&secret, seed);
    assert_same(&shape(&plan, &changed), &one);
    assert_same(&shape_pieces(&plan, Limits::default(), changed.chunks(3)), &one);
    one.1.unwrap();
}
