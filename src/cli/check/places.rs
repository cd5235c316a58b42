//! The places of an answer: where something stands in it, and what.

use serde_json::Value;

use super::super::step::step;

/// Where something stands: all elements of a list at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The path that selects it.
    pub(super) path: String,
    /// The names on the way.
    pub(super) names: Vec<String>,
    /// How many steps it is from the root.
    pub(super) steps: usize,
    /// Whether nothing stands below.
    pub(super) is_leaf: bool,
}

/// All places, one as often as it comes. With `in_strings`, also those of documents in strings.
pub(super) fn places(answer: &Value, in_strings: bool) -> Vec<Place> {
    let mut found = Vec::new();
    look(answer, Place { path: "$".to_owned(), ..Place::default() }, in_strings, &mut found);
    found
}

fn look(value: &Value, place: Place, in_strings: bool, found: &mut Vec<Place>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let names = [&place.names[..], std::slice::from_ref(name)].concat();
                let path = format!("{}{}", place.path, step(name));
                look(value, Place { path, names, steps: place.steps + 1, is_leaf: false }, in_strings, found);
            }
            found.push(place);
        }
        Value::Array(elements) => {
            for value in elements {
                let path = format!("{}[*]", place.path);
                look(value, Place { path, steps: place.steps + 1, ..place.clone() }, in_strings, found);
            }
            found.push(place);
        }
        Value::String(text) if in_strings => match serde_json::from_str(text) {
            Ok(document @ (Value::Object(_) | Value::Array(_))) => look(&document, place, in_strings, found),
            _ => found.push(Place { is_leaf: true, ..place }),
        },
        _ => found.push(Place { is_leaf: true, ..place }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_elements_of_a_list_stand_at_one_place() {
        let leaves = |answer: &Value, in_strings| -> Vec<String> {
            let leaves = places(answer, in_strings).into_iter().filter(|place| place.is_leaf);
            leaves.map(|place| place.path).collect()
        };
        let answer = json!({"a": [{"b c": 1}, {"b c": 2}], "d": "{\"e\":[1]}", "f": {}});
        assert_eq!(leaves(&answer, false), ["$.a[*]['b c']", "$.a[*]['b c']", "$.d"]);
        assert_eq!(leaves(&answer, true), ["$.a[*]['b c']", "$.a[*]['b c']", "$.d.e[*]"]);
    }
}
