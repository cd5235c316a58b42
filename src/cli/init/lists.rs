//! Where the items of an answer are, and what tells one from another.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use tower_rapport::shaping::class::DataClass;

use super::{
    super::step::step,
    guess::{Guess, Whose, tells_of_person},
    words,
};

/// A list of items.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct List {
    /// The path of the items.
    pub(super) path: String,
    pub(super) id: Id,
    /// Within the item, the path of what says which data chose it.
    pub(super) label: Option<String>,
}

/// Within the item, the path of what tells it from others.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Id {
    /// Its name says so.
    Is(String),
    /// Its values alone say that it may be, the likeliest first; perhaps there is none.
    Perhaps(Vec<String>),
}

/// The outermost list whose elements have ids, or are ids themselves; else the outermost of objects. What is known of a
/// customer are likely no items, so its lists come last, and only those with ids.
pub(super) fn items(answer: &Value) -> Option<List> {
    let (of_customers, others): (Vec<_>, Vec<_>) = lists(answer).into_iter().partition(|found| found.is_customers);
    let with_id = |lists: &[Found<'_>]| lists.iter().find_map(Found::with_id);
    with_id(&others).or_else(|| without_id(&others)).or_else(|| with_id(&of_customers))
}

/// Of the outermost lists of objects the longest.
fn without_id(lists: &[Found<'_>]) -> Option<List> {
    let of_objects = || lists.iter().filter(|found| found.elements.first().is_some_and(Value::is_object));
    let outermost = of_objects().map(|found| found.depth).min()?;
    let longest = of_objects().filter(|found| found.depth == outermost).max_by_key(|found| found.elements.len())?;
    Some(longest.list(Id::Perhaps(candidates(longest.elements))))
}

/// A list, wherever it is.
struct Found<'a> {
    path: String,
    elements: &'a [Value],
    depth: usize,
    is_customers: bool,
}

impl Found<'_> {
    fn with_id(&self) -> Option<List> {
        let id = match self.elements.first()? {
            Value::Object(members) => {
                members.keys().find(|name| words::is_id(name)).map(|name| format!("${}", step(name)))?
            }
            // A list of bare texts somewhere within is one of tags, or of pictures.
            Value::String(_) if self.path == "$[*]" => "$".to_owned(),
            _ => return None,
        };
        Some(self.list(Id::Is(id)))
    }

    fn list(&self, id: Id) -> List {
        List { path: self.path.clone(), id, label: label(self.elements) }
    }
}

/// All lists, the outermost first; of those in an element only those of the first one.
fn lists(answer: &Value) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut next = vec![(answer, "$".to_owned(), false)];
    for depth in 0.. {
        if next.is_empty() {
            break;
        }
        let mut below = Vec::new();
        for (value, path, is_customers) in next {
            match value {
                Value::Array(elements) => {
                    let path = format!("{path}[*]");
                    below.extend(elements.first().map(|element| (element, path.clone(), is_customers)));
                    found.push(Found { path, elements, depth, is_customers });
                }
                Value::Object(members) => {
                    let is_person = depth > 0 && is_person(members);
                    below.extend(members.iter().map(|(name, value)| {
                        let is_customers = is_customers || is_person || words::is_customer(name);
                        (value, format!("{path}{}", step(name)), is_customers)
                    }));
                }
                _ => {}
            }
        }
        next = below;
    }
    found
}

fn is_person(members: &Map<String, Value>) -> bool {
    members.iter().any(|(name, value)| tells_of_person(name, value, Whose::Anybodys))
}

/// The member that says of each element, in a policy's own words, which data chose it. Where it is `none` of all, it may be
/// about anything.
fn label(elements: &[Value]) -> Option<String> {
    let says = |name: &String| {
        let class = |element: &Value| element.get(name)?.as_str()?.parse::<DataClass>().ok();
        let classes: Option<Vec<_>> = elements.iter().map(class).collect();
        classes.is_some_and(|classes| classes.iter().any(|class| *class != DataClass::None))
    };
    let name = elements.first()?.as_object()?.keys().find(|name| says(name))?;
    Some(format!("${}", step(name)))
}

/// What is another one in each element, and a word or a whole number.
fn candidates(elements: &[Value]) -> Vec<String> {
    let Some(first) = elements.first() else { return Vec::new() };
    let mut candidates: Vec<_> = ids(first).into_iter().filter(|names| is_each_its_own(elements, names)).collect();
    candidates.sort_by_key(|names| names.last().map(|name| !words::is_like_id(name)));
    candidates.truncate(MOST);
    candidates.iter().map(|names| names.iter().fold("$".to_owned(), |path, name| path + &step(name))).collect()
}

/// The members of an item that may be ids, and the ids of what it holds, as a graph's edge holds its node.
fn ids(item: &Value) -> Vec<Vec<&str>> {
    let mut ids = Vec::new();
    for (name, value) in item.as_object().into_iter().flatten() {
        if let Some(held) = value.as_object() {
            ids.extend(held.keys().filter(|inner| words::is_id(inner)).map(|inner| vec![name.as_str(), inner]));
        } else if Guess::of(name, value, false).is_none() {
            ids.push(vec![name.as_str()]);
        }
    }
    ids
}

fn is_each_its_own(elements: &[Value], names: &[&str]) -> bool {
    let mut seen = BTreeSet::new();
    elements.iter().all(|element| {
        let value = names.iter().try_fold(element, |value, name| value.get(name));
        let text = match value {
            Some(Value::String(text)) if !text.is_empty() && !text.contains(char::is_whitespace) => text.clone(),
            Some(number @ Value::Number(_)) if !number.is_f64() => number.to_string(),
            _ => return false,
        };
        seen.insert(text)
    })
}

/// How many candidates are told.
const MOST: usize = 3;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_outermost_list_with_ids_is_the_one_of_the_items() {
        let found = |answer: Value| items(&answer).map(|list| (list.path, list.id));
        let some = |path: &str, id: &str| Some((path.to_owned(), Id::Is(id.to_owned())));
        assert_eq!(found(json!({"tags": ["a"], "items": [{"item": 1}]})), some("$.items[*]", "$.item"));
        assert_eq!(
            found(json!({"results": [{"queryID": 1, "hits": [{"objectID": 1}]}]})),
            some("$.results[*].hits[*]", "$.objectID")
        );
        assert_eq!(found(json!(["a", "b"])), some("$[*]", "$"));
        assert_eq!(found(json!({"tags": ["a"]})), None);
        assert_eq!(found(json!({"a b": [{"it's": 1, "id": 2}]})), some("$['a b'][*]", "$.id"));
        // What a customer did is no list of items, where there is another.
        assert_eq!(
            found(json!({"customer": {"orders": [{"id": 1}]}, "data": {"items": [{"id": 1}]}})),
            some("$.data.items[*]", "$.id")
        );
        assert_eq!(found(json!({"user": {"items": [{"id": 1}]}})), some("$.user.items[*]", "$.id"));
    }

    #[test]
    fn a_member_that_names_a_class_of_data_in_each_item_is_its_label() {
        let label = |items: Value| super::items(&json!({ "items": items })).unwrap().label;
        let found = Some("$.basis".to_owned());
        assert_eq!(label(json!([{"id": 1, "basis": "observed"}, {"id": 2, "basis": "none"}])), found);
        assert_eq!(label(json!([{"slug": "a", "basis": "third_party"}])), found, "also where no id is found");
        for other in [json!("none"), json!("bought"), json!(null), json!(1)] {
            assert_eq!(label(json!([{"id": 1, "basis": "none"}, {"id": 2, "basis": other}])), None, "{other}");
        }
        assert_eq!(label(json!([{"id": 1, "basis": "observed"}, {"id": 2}])), None, "each has one");
    }

    #[test]
    fn where_no_name_is_an_ids_the_values_say_what_may_be() {
        let found = |answer: Value| {
            let list = items(&answer)?;
            let Id::Perhaps(ids) = list.id else { panic!("{list:?}") };
            Some(format!("{} {}", list.path, ids.join(" ")))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            found(json!({"episodes": [{"slug": "a", "why": "b"}, {"slug": "c", "why": "d"}]})),
            some("$.episodes[*] $.slug")
        );
        assert_eq!(found(json!({"n": [{"no": 1, "key": "x"}, {"no": 2, "key": "y"}]})), some("$.n[*] $.key $.no"));
        assert_eq!(found(json!({"e": [{"node": {"id": 1}}, {"node": {"id": 2}}]})), some("$.e[*] $.node.id"));
        assert_eq!(found(json!({"crumbs": [{"n": 1}], "shows": [{"n": 1}, {"n": 2}]})), some("$.shows[*] $.n"));
        for same in [json!("a"), json!("two words"), json!(1.5), json!(null), json!("")] {
            let answer = json!({"n": [{"x": same}, {"x": same}]});
            assert_eq!(found(answer.clone()), some("$.n[*] "), "{answer}");
        }
        assert_eq!(found(json!({"n": [{"x": "two words"}]})), some("$.n[*] "));
        assert_eq!(found(json!({"n": [{"x": "a"}, {}]})), some("$.n[*] "), "each has one");
        assert_eq!(found(json!({"listener": {"nickname": "A", "heard": [{"slug": "a"}]}})), None);
        assert_eq!(found(json!({"names": ["a"]})), None);
    }
}
