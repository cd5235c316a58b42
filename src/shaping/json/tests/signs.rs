//! What an item says of itself.

use super::{
    tried::{labelled, told},
    *,
};
use crate::shaping::{items::Sign, json::shaper::PIECE};

/// A sign that has been read.
#[derive(Debug, PartialEq)]
enum Read {
    Missing,
    Text(Vec<u8>),
    Unreadable,
}

/// What an item says of itself, in the body cut at `cut`.
fn sign(item: &str, at: &str, cut: usize) -> Read {
    let items = Items::new(path("$[*]"), ItemData::All(DataClass::None), vec![1]).with_id(path(at));
    let mut shaper =
        JsonShaper::finding(JsonShaper::plan_to_find(&items), Limits { depth: 10_000, ..Limits::default() });
    let body = format!("[{item}]");
    let (head, tail) = body.split_at(cut);
    for piece in [head, tail] {
        shaper.write(piece.as_bytes(), &mut Vec::new()).unwrap();
    }
    shaper.end(&mut Vec::new()).unwrap();
    match shaper.state.as_ref().unwrap().item.said.signs(&shaper.plan.signs, item.as_bytes()).id {
        Sign::Missing => Read::Missing,
        sign => sign.text().map_or(Read::Unreadable, |text| Read::Text(text.into_owned())),
    }
}

#[test]
fn a_sign_is_one_scalar_at_one_place() {
    let text = |text: &'static str| Read::Text(text.into());
    for (item, at, sign_of) in [
        (r#"{"id":"p1"}"#, "$.id", text("p1")),
        (r#"{ "i\u0064" : "p\u0031" }"#, "$.id", text("p1")),
        (r#"{"id":-1.50e2}"#, "$.id", text("-1.50e2")),
        (r#"{"id":true}"#, "$.id", text("true")),
        (r#"{"id":""}"#, "$.id", text("")),
        (r#""p1""#, "$", text("p1")),
        ("17", "$", text("17")),
        (r#"[[], {"a":["x","y"]}]"#, "$[1].a[1]", text("y")),
        (r#"{"id":null}"#, "$.id", Read::Missing),
        (r#"{"ID":1}"#, "$.id", Read::Missing),
        (r#"{"a":["x"]}"#, "$.a[1]", Read::Missing),
        (r#"{"a":"x"}"#, "$.a[0]", Read::Missing),
        (r#"{"a":{"0":"x"}}"#, "$.a[0]", Read::Missing),
        (r#"["x"]"#, "$.id", Read::Missing),
        ("null", "$", Read::Missing),
        (r#"{"id":["p1"]}"#, "$.id", Read::Unreadable),
        (r#"{"id":{}}"#, "$.id", Read::Unreadable),
        (r#"{"id":"\ud800"}"#, "$.id", Read::Unreadable),
        (r#"{"id":"p1","i\u0064":"p1"}"#, "$.id", Read::Unreadable),
        (r#"{"a":{"id":"p1"},"a":0}"#, "$.a.id", Read::Unreadable),
        (r#"{"\ud800":0,"id":"p1","x":"\ud800"}"#, "$.id", text("p1")),
        (r#"{"a":{"x":0},"b":{"id":1},"a":{"id":1}}"#, "$.a.id", Read::Unreadable),
        (r#"{"a":{"id":{}},"id":1}"#, "$.a.id", Read::Unreadable),
    ] {
        for cut in 0..item.len() + 2 {
            if format!("[{item}]").is_char_boundary(cut) {
                assert_eq!(sign(item, at, cut), sign_of, "{item} {at} cut at {cut}");
            }
        }
    }
    let deep = format!(r#"{{"x":{}{},"id":1}}"#, "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(sign(&deep, "$.id", PIECE.min(deep.len())), text("1"));
}

#[test]
fn what_an_item_says_of_itself_makes_no_document_of_a_string() {
    let nested = vec![(path("$.items[*].category"), Nested::Json)];
    let plan = Arc::new(JsonPlan::of(JsonRules { nested, item: Some(path("$.items[*]")), ..JsonRules::default() }));
    let items = Items::new(path("$.items[*]"), ItemData::All(DataClass::None), vec![1000]).with_id(path("$.id"));
    let choice = all_shown(items.with_topic(path("$.category[0]")));
    let item = |id: u8| format!(r#"{{"id":{id},"category":"shoes \u003e boots"}}"#);
    let body = format!(r#"{{"items":[{},{}],"more":"{}"}}"#, item(1), item(2), ".".repeat(64));
    for size in [1, 7, 40, body.len()] {
        let mut shaper = JsonShaper::choosing(Arc::clone(&plan), Limits::default(), Arc::clone(&choice), None);
        let mut out = Vec::new();
        body.as_bytes().chunks(size).for_each(|piece| shaper.write(piece, &mut out).unwrap());
        shaper.end(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), body, "by {size}");
    }
}

#[test]
fn an_item_that_is_its_own_label_is_shown_where_it_is_no_array_or_object() {
    let choice = labelled("$");
    let plan = Arc::new(JsonPlan::of(JsonRules { item: Some(path("$.items[*]")), ..JsonRules::default() }));
    let behind = ".".repeat(64);
    for (item, is_shown) in [(r#"{"id":1}"#, false), ("{}", false), ("[1]", false), (r#""popular""#, true)] {
        let body = format!(r#"{{"items":[{item},{item}],"more":"{behind}"}}"#);
        let items = if is_shown { item } else { "" };
        for size in [1, 7, body.len()] {
            let pieces: Vec<_> = body.as_bytes().chunks(size).collect();
            let (out, doubt, ..) = told(&plan, &choice, Limits::default(), &pieces);
            assert_eq!((out, doubt), (format!(r#"{{"items":[{items}],"more":"{behind}"}}"#), None), "by {size}");
        }
    }
}
