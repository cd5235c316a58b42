//! The path parser and the compiler of paths: any text as a path.
//!
//! What is read must be what another reader of RFC 9535 reads, and select the same values; what is refused must be refused
//! by that reader too, or for the reason that one pass cannot follow it.
#![no_main]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what goes wrong here is to be told")]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};
use serde_json_path::{JsonPath, PathElement};
use tower_rapport::shaping::{
    json::{JsonPlan, JsonShaper, Limits},
    path::{Path, PathErrorKind},
    treatment::Treatment,
};

fuzz_target!(|text: &str| {
    let ours = Path::parse(text);
    // The other reader panics on some wrong escapes, knows those of surrogates in capitals only, and no blanks before `..`;
    // filters in filters take it for ever.
    let escapes = text.contains("\\u") && (ours.is_err() || text.contains("\\ud") || text.contains("\\uD"));
    let blank = [" ..", "\t..", "\n..", "\r.."].iter().any(|blank| text.contains(blank));
    if escapes || blank || text.matches('?').count() > 1 {
        return;
    }
    let path = match (ours, JsonPath::parse(text)) {
        (Ok(path), Ok(other)) => {
            assert_eq!(path.to_string(), text);
            let document = document();
            assert_eq!(without(&path, &document), nulled(&other, document), "{text}");
            path
        }
        (Ok(_), Err(error)) => panic!("only we read `{text}`: {error}"),
        (Err(error), other) => {
            assert!(text.is_char_boundary(error.offset()) && !error.to_string().is_empty());
            let is_ours = matches!(
                error.kind(),
                PathErrorKind::Filter | PathErrorKind::Function | PathErrorKind::Negative | PathErrorKind::StepZero
            );
            assert!(other.is_err() || is_ours, "only we refuse `{text}`: {error:?}");
            return;
        }
    };
    let written_anew = Path::parse("$").unwrap().join(&path);
    assert_eq!(written_anew, path);
    assert_eq!(Path::parse(&written_anew.to_string()).unwrap(), path);
    let item = Path::parse("$.items[*]").unwrap();
    assert_eq!(item.join(&path).strip_prefix(&item), Some(path.clone()));
    assert!(item.is_prefix_of(&item.join(&path)));
    // The parser of JSON that helps here reads no document that is deeper.
    if text.len() > 250 {
        return;
    }
    let empty: Value = serde_json::from_str(&path.empty_document()).unwrap();
    assert!(JsonPath::parse(text).unwrap().query(&empty).iter().all(|found| found.is_null()), "{empty}");
});

fn document() -> Value {
    json!({
        "a": [0, [1, {"a": 2, "b": [3, 4, 5, 6, 7, 8, 9]}], {"0": 10, "é": 11, "": 12}],
        "b": {"items": [{"id": 1, "a": {"a": {"a": 13}}}, [], {}, "x", null]},
        "items": [{"id": "p1", "tags": ["x", "y", "z"]}, {"id": "p2", "*": 14, "it's": 15, "\"": 16, "\\": 17}],
        "_": 18, "\n": 19, "😀": 20
    })
}

/// The document after a rule that puts `null` where the path leads.
fn without(path: &Path, document: &Value) -> Value {
    let plan = JsonPlan::new([(path.clone(), Treatment::Null)], None);
    let mut shaper = JsonShaper::new(Arc::new(plan), Limits::default());
    let mut out = Vec::new();
    shaper.write(&serde_json::to_vec(document).unwrap(), &mut out).unwrap();
    shaper.end(&mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// The same, by the other reader.
fn nulled(path: &JsonPath, document: Value) -> Value {
    let found = path.query_located(&document);
    let mut places: Vec<Vec<&PathElement<'_>>> = found.iter().map(|node| node.location().iter().collect()).collect();
    // The innermost first: what lies in another one is gone with it.
    places.sort_by_key(|place| std::cmp::Reverse(place.len()));
    let mut changed = document.clone();
    for place in places {
        *place.into_iter().fold(&mut changed, |value, step| match step {
            PathElement::Name(name) => &mut value[*name],
            PathElement::Index(index) => &mut value[*index],
        }) = Value::Null;
    }
    changed
}
