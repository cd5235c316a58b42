//! Documents in strings: what is hidden in them is hidden, what cannot be read of them does not leave, and all that is shown is what the
//! obvious way shows: the string decoded, shaped and encoded again.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod documents;
mod lists;

use std::sync::Arc;

use documents::{Document, Key, Rules, Step, cut, cuts, documents, parse, rules, shape, shape_pieces};
use lists::Spec;
use proptest::prelude::*;
use serde_json::Value;
use tower_rapport::shaping::{
    json::{JsonPlan, JsonRules, JsonShaper, Limits, Nested, Reshape},
    path::Path,
    treatment::{Constant, Decimal, RoundTo, Template, Treatment},
};

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

fn plan(nested: &[&str], only: Option<&[&str]>, rules: &[(&str, Treatment)]) -> Arc<JsonPlan> {
    Arc::new(JsonPlan::of(JsonRules {
        rules: rules.iter().map(|(text, treatment)| (path(text), treatment.clone())).collect(),
        only: only.map(|only| only.iter().map(|text| path(text)).collect()),
        nested: nested.iter().map(|text| (path(text), Nested::Json)).collect(),
        item: None,
    }))
}

/// The same at every size of pieces.
fn shaped(plan: &Arc<JsonPlan>, body: &str) -> String {
    let (whole, outcome) = shape(plan, body.as_bytes());
    assert_eq!(outcome, Ok(()), "{body}");
    for size in 1..body.len() {
        assert_eq!(shape_pieces(plan, Limits::default(), body.as_bytes().chunks(size)).0, whole, "{body} by {size}");
    }
    String::from_utf8(whole).unwrap()
}

#[test]
fn the_paths_go_on_in_the_string() {
    let round = Treatment::RoundTo(RoundTo::new(&Decimal::parse("0.5").unwrap()).unwrap());
    let rules = [
        ("$.options[*].content.name", Treatment::Remove),
        ("$.options[1].content.name", Treatment::Null),
        ("$..score", round),
    ];
    let plan = plan(&["$.options[*].content"], None, &rules);
    for (body, becomes) in [
        (
            r#"{"options": [{"content": "{\"name\": \"Anna\", \"score\": 0.77}"}, {"content": "{\"a\":1,\"name\":1}"}]}"#,
            r#"{"options": [{"content": "{ \"score\": 1}"}, {"content": "{\"a\":1}"}]}"#,
        ),
        // What is an object already is one.
        (
            r#"{"options": [{"content": {"name": 1, "score": 0.2}}, 3]}"#,
            r#"{"options": [{"content": { "score": 0}}, 3]}"#,
        ),
        // Where no path leads nothing is read, and numbers are themselves.
        (
            r#"{"other": "{\"name\": 1", "options": [{"content": 7}]}"#,
            r#"{"other": "{\"name\": 1", "options": [{"content": 7}]}"#,
        ),
        // What is no document does not leave.
        (
            r#"{"options": [{"content": "Anna", "a": 1}, {"content": "{\"name\": 1", "b": 1}]}"#,
            r#"{"options": [{ "a": 1}, { "b": 1}]}"#,
        ),
        (r#"{"options": [{"content": ""}, {"content": "\ud800"}]}"#, r#"{"options": [{}, {}]}"#),
        // In a string of the string.
        (r#"{"options": [{"content": "\"{\\\"name\\\": 1}\""}]}"#, r#"{"options": [{"content": "\"{}\""}]}"#),
    ] {
        assert_eq!(shaped(&plan, body), becomes);
    }
}

#[test]
fn a_rule_on_the_string_holds_before_what_stands_in_it() {
    let constant = Treatment::Replace(Constant::parse("\"-\"").unwrap());
    let plan = plan(
        &["$.a", "$.b"],
        None,
        &[("$.a", constant), ("$.a.name", Treatment::Keep), ("$.b.name", Treatment::Remove)],
    );
    let body = r#"{"a": "{\"name\": 1}", "b": "{\"name\": 1}"}"#;
    assert_eq!(shaped(&plan, body), r#"{"a": "-", "b": "{}"}"#);
}

#[test]
fn what_is_listed_is_listed_in_strings() {
    let plan = plan(&["$.a", "$.b"], Some(&["$.a.id", "$.b"]), &[("$.b.name", Treatment::Remove)]);
    let body = r#"{"a": "{\"id\": 1, \"name\": \"Anna\"}", "b": "{\"id\": 1, \"name\": 2, \"c\": 3}", "c": "{}"}"#;
    assert_eq!(shaped(&plan, body), r#"{"a": "{\"id\": 1}", "b": "{\"id\": 1, \"c\": 3}"}"#);
}

#[test]
fn what_could_be_seen_of_a_string_in_another_way_is_not_seen() {
    let first = Treatment::first(2).unwrap();
    let cut = plan(&["$.a"], None, &[("$.a", first), ("$.a[*].name", Treatment::Remove)]);
    let body = r#"{"a": "[{\"name\": \"Anna\"}, 2, 3]", "b": 1}"#;
    assert_eq!(shaped(&cut, body), r#"{"a": "[{}, 2]", "b": 1}"#, "a part of the document, not of the text");
    #[derive(Debug)]
    struct Upper;
    impl Reshape for Upper {
        fn reshape(&self, text: &str, _: Limits) -> Option<String> {
            Some(text.to_uppercase())
        }
    }
    let rules = JsonRules {
        rules: vec![(path("$.a.name"), Treatment::Remove)],
        nested: vec![(path("$.a"), Nested::Json), (path("$['a','c']"), Nested::Other(Arc::new(Upper)))],
        ..JsonRules::default()
    };
    let two = Arc::new(JsonPlan::of(rules.clone()));
    assert_eq!(shaped(&two, r#"{"a": "{}", "b": "b", "c": "c"}"#), r#"{ "b": "b", "c": "C"}"#, "of two kinds");
    let listed = Arc::new(JsonPlan::of(JsonRules { only: Some(vec![path("$..id")]), ..rules }));
    let body = r#"{"c": "Anna", "d": {"id": "x"}, "e": "7"}"#;
    assert_eq!(shaped(&listed, body), r#"{ "d": {"id": "x"}}"#, "another kind may hold anything");
}

#[test]
fn a_string_that_becomes_too_long_does_not_leave() {
    let long = Treatment::Replace(Constant::parse(&format!("{:?}", "x".repeat(500))).unwrap());
    let plan = plan(&["$.a"], None, &[("$.a[*]", long)]);
    let body = format!(r#"{{"a": "[{}1]", "b": 1}}"#, "1,".repeat(10_000));
    let limits = Limits { item: 64 << 10, ..Limits::default() };
    let (out, outcome) = shape_pieces(&plan, limits, [body.as_bytes()]);
    assert_eq!((String::from_utf8(out).unwrap().as_str(), outcome), (r#"{ "b": 1}"#, Ok(())));
}

/// Each is decoded and shaped: twenty of a MiB in each other would be kept forty times.
#[test]
fn documents_in_each_other_take_no_more_together_than_three_items() {
    let around = |inner: String| format!(r#"{{"a": {}, "b": 1}}"#, serde_json::to_string(&inner).unwrap());
    let nest = |depth: usize, innermost: String| (0..depth).fold(innermost, |inner, _| around(inner));
    let plan = plan(&["$..a"], None, &[("$..name", Treatment::Remove)]);
    let limits = Limits { item: 4_096, ..Limits::default() };
    for (size, depth, fit) in [(4_000, 1, 1), (3_950, 2, 2), (2_000, 4, 4), (3_000, 4, 3), (2_000, 7, 5)] {
        let long = "x".repeat(size);
        let body = nest(depth, format!(r#"{{"name": "Anna","c": "{long}"}}"#));
        let innermost = if fit == depth { format!(r#"{{"c": "{long}"}}"#) } else { r#"{ "b": 1}"#.to_owned() };
        for pieces in [body.len(), 1_000, 7, 1] {
            let (out, outcome) = shape_pieces(&plan, limits, body.as_bytes().chunks(pieces));
            assert_eq!(outcome, Ok(()));
            let wanted = nest(fit, innermost.clone());
            assert_eq!(String::from_utf8(out).unwrap(), wanted, "{depth} of {size} in pieces of {pieces}");
        }
    }
}

#[test]
fn items_in_a_string_cannot_be_chosen_so_none_is_shown() {
    let spec = |share: u16| Spec {
        labelled: false,
        has_id: true,
        has_topic: false,
        share: vec![share; 4],
        per_topic: None,
        quiet: None,
        filled: true,
        stage: 3,
        granted: 31,
    };
    for (nested, items) in
        [("$.a", "$.a.items[*]"), ("$.*", "$.a.items[*]"), ("$.a", "$..items[*]"), ("$..a", "$['a','b'].items[*]")]
    {
        let (item, template) = (path(items), Template::parse("{$.id}").unwrap());
        let rules = JsonRules {
            rules: vec![(item.join(&path("$.reason")), Treatment::Text(template))],
            nested: vec![(path(nested), Nested::Json)],
            item: Some(item.clone()),
            ..JsonRules::default()
        };
        let plan = Arc::new(JsonPlan::of(rules));
        for share in [500, 1000] {
            let choice = spec(share).choice(item.clone());
            let mut shaper = JsonShaper::choosing(Arc::clone(&plan), Limits::default(), choice, None);
            let mut out = Vec::new();
            let body = r#"{"a": "{\"items\": [{\"id\": \"Anna\", \"reason\": \"Anna\"}], \"more\": 1}"}"#;
            shaper.write(body.as_bytes(), &mut out).and_then(|()| shaper.end(&mut out)).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), r#"{"a": "{\"items\": [], \"more\": 1}"}"#, "{nested} {items}");
        }
        // Nor is a template filled where nothing is chosen.
        assert_eq!(
            shaped(&plan, r#"{"a": "{\"items\": [{\"id\": 1, \"reason\": \"Anna\"}]}"}"#),
            r#"{"a": "{\"items\": []}"}"#
        );
    }
}

/// The same rules for what stands in a string.
fn in_the_string(rules: &Rules) -> JsonRules {
    let below = |steps: &[Step]| documents::path(&[&[Step::Name("in")], steps].concat());
    JsonRules {
        rules: rules.rules.iter().map(|(steps, treatment)| (below(steps), treatment.clone())).collect(),
        only: rules.only.as_ref().map(|only| only.iter().map(|steps| below(steps)).collect()),
        nested: vec![(path("$.in"), Nested::Json)],
        item: None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_string_holds_what_its_document_becomes_where_it_stands(
        (document, mut rules) in (documents(), rules()),
        seed: u64,
        cuts in cuts(),
    ) {
        // No item is in a string, and a template finds nothing there.
        rules.item = None;
        rules.rules.retain(|(_, treatment)| !matches!(treatment, Treatment::Text(_)));
        let inside = in_the_string(&rules);
        let inner = document.render(seed);
        let body = serde_json::to_vec(&serde_json::json!({ "in": String::from_utf8(inner.clone()).unwrap() })).unwrap();
        let plan = Arc::new(JsonPlan::of(inside.clone()));
        let (out, outcome) = shape(&plan, &body);
        prop_assert_eq!(outcome, Ok(()));
        prop_assert_eq!(&shape_pieces(&plan, Limits::default(), cut(&body, &cuts)).0, &out);

        // The same document as a value, under the same rules.
        let as_value = JsonPlan::of(JsonRules { nested: Vec::new(), ..inside });
        let value = [b"{\"in\":".as_slice(), &inner, b"}"].concat();
        let (wanted, _) = shape(&Arc::new(as_value), &value);
        let string: Value = serde_json::from_slice(&out).unwrap();
        let member = |document: Document| match document {
            Document::Object(members) => members.into_iter().next().map(|(_, member)| format!("{member:?}")),
            _ => None,
        };
        match string.get("in") {
            // A string in the string is a document again.
            _ if matches!(&document, Document::Scalar(scalar) if scalar.starts_with('"')) => {}
            // A rule that hides the string hides it as it is.
            _ if rules.weigh(&[]).reveals_nothing() => {}
            Some(Value::String(text)) => {
                prop_assert_eq!(Some(format!("{:?}", parse(text.as_bytes()))), member(parse(&wanted)), "{}", String::from_utf8_lossy(&body));
            }
            other => prop_assert!(other.is_none() && member(parse(&wanted)).is_none(), "{:?}", other),
        }
    }

    /// Promise 2.
    #[test]
    fn strings_that_differ_in_what_is_hidden_leave_as_the_same_bytes(
        (document, rules) in (documents(), rules()),
        others in proptest::collection::vec((documents(), any::<u64>()), 1..4),
        seed: u64,
        cuts in cuts(),
    ) {
        let rules = Rules { item: None, ..rules };
        let cut_off = rules.cut_off(&document);
        let hidden = |place: &[Key]| {
            rules.weigh(place).reveals_nothing() || rules.is_unlisted(place) || cut_off.iter().any(|cut| cut == place)
        };
        let other = |place: &[Key]| {
            let (other, seed): &(Document, u64) = &others[place.len() % others.len()];
            (!place.is_empty() && hidden(place)).then(|| other.render(*seed).trim_ascii().to_vec())
        };
        let body = |inner: Vec<u8>| {
            serde_json::to_vec(&serde_json::json!({ "in": String::from_utf8(inner).unwrap() })).unwrap()
        };
        let plan = Arc::new(JsonPlan::of(in_the_string(&rules)));
        let one = shape(&plan, &body(document.render(seed))).0;
        let other = body(document.render_with(&other, seed));
        prop_assert_eq!(&shape(&plan, &other).0, &one, "{}", String::from_utf8_lossy(&other));
        prop_assert_eq!(&shape_pieces(&plan, Limits::default(), cut(&other, &cuts)).0, &one);
    }
}
