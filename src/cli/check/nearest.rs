//! Which place of an answer was meant by a path that meets nothing.

use super::places::Place;

/// The place that a path is likely a slip of: its names are nearly those of the path, or its last one is the path's last. Capitals,
/// `_` and `-` make no difference, and a forgotten `[*]` little.
pub(super) fn nearest<'a>(path: &str, places: impl Iterator<Item = &'a Place>) -> Option<&'a Place> {
    let steps: Vec<&str> = path.split(BETWEEN).filter(|step| !step.is_empty()).collect();
    let names: Vec<String> = steps.iter().filter(|step| is_name(step)).map(|step| bare(step)).collect();
    let score = |place: &'a Place| {
        let theirs: Vec<String> = place.names.iter().map(|name| bare(name)).collect();
        let (is_elsewhere, slips) = match slips(&names, &theirs) {
            Some(slips) => (false, slips),
            None if names.last().is_some() && names.last() == theirs.last() => {
                (true, names.len().abs_diff(theirs.len()))
            }
            None => return None,
        };
        Some((is_elsewhere, slips, steps.len().abs_diff(place.steps), place))
    };
    places.filter_map(score).min().map(|(.., place)| place)
}

/// How many letters differ, if so few that all of it may be a slip.
fn slips(names: &[String], theirs: &[String]) -> Option<usize> {
    if names.is_empty() || names.len() != theirs.len() {
        return None;
    }
    let slips = |(one, other): (&String, &String)| {
        let slips = strsim::damerau_levenshtein(one, other);
        (slips <= one.len().max(other.len()) / 3).then_some(slips)
    };
    names.iter().zip(theirs).map(slips).sum()
}

/// What stands between the steps of a path. (A name with one of these in it is no name that is written by hand.)
const BETWEEN: [char; 8] = ['$', '.', '[', ']', '\'', '"', ',', ' '];

fn is_name(step: &str) -> bool {
    step.contains(|letter: char| !letter.is_ascii_digit() && letter != '*' && letter != ':')
}

fn bare(name: &str) -> String {
    name.to_lowercase().replace(['_', '-'], "")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{super::places::places, *};

    #[test]
    fn a_slip_is_seen_and_something_else_is_not() {
        let answer = json!({"user": {"displayName": "Anna", "id": 1}, "items": [{"reason": "a", "item_score": 2}]});
        let places = places(&answer, false);
        let meant = |path| nearest(path, places.iter()).map(|place| place.path.as_str());
        for (path, place) in [
            ("$.user.display_name", "$.user.displayName"),
            ("$.user.dispalyName", "$.user.displayName"),
            ("$['User']['display-name']", "$.user.displayName"),
            ("$..display_name", "$.user.displayName"),
            ("$.customer.displayName", "$.user.displayName"),
            ("$.items.reason", "$.items[*].reason"),
            ("$.items[0].itemScore", "$.items[*].item_score"),
            ("$.item[*]", "$.items[*]"),
            ("$.item", "$.items"),
        ] {
            assert_eq!(meant(path), Some(place), "{path}");
        }
        for path in ["$.user.email", "$[*]", "$", "$.user.ip"] {
            assert_eq!(meant(path), None, "{path}");
        }
    }
}
