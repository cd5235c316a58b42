//! What a policy could say of one example answer: where its items are, and which of its members look personal.

use serde_json::Value;

use super::{
    super::step::step,
    words::{self, Guess},
};

/// What is proposed.
#[derive(Debug, Default)]
pub(super) struct Proposal {
    /// Where the items are.
    pub(super) items: Option<List>,
    /// What looks personal: the path, and what is proposed for it.
    pub(super) fields: Vec<(String, Guess)>,
    /// The paths that look like nothing personal.
    pub(super) others: Vec<String>,
    /// Whether the answer has more places than anybody reads rules for, so that some are in neither list.
    pub(super) is_cut: bool,
}

/// A list of items.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct List {
    /// The path of the items.
    pub(super) path: String,
    /// Within the item, the path of what tells it from others.
    pub(super) id: String,
}

impl Proposal {
    /// What is proposed for an answer.
    pub(super) fn of(answer: &Value) -> Self {
        let mut proposal = Self { items: list(answer), ..Self::default() };
        proposal.look_at(answer, "$", &[]);
        proposal
    }

    /// Looks at a value that is no personal one by its own name.
    fn look_at(&mut self, value: &Value, path: &str, within: &[&str]) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    let path = format!("{path}{}", step(name));
                    match words::guess(name, within, value) {
                        Some(guess) => self.propose(path, guess),
                        None => self.look_at(value, &path, &[within, &[name.as_str()]].concat()),
                    }
                }
            }
            Value::Array(elements) => {
                let path = format!("{path}[*]");
                elements.iter().for_each(|element| self.look_at(element, &path, within));
            }
            _ => self.leave(path),
        }
    }

    fn propose(&mut self, path: String, guess: Guess) {
        self.others.retain(|other| *other != path);
        if self.fields.iter().any(|(known, _)| *known == path) {
            return;
        }
        if self.fields.len() < MOST {
            self.fields.push((path, guess));
        } else {
            self.is_cut = true;
        }
    }

    fn leave(&mut self, path: &str) {
        let is_known = self.others.iter().chain(self.fields.iter().map(|(path, _)| path)).any(|known| known == path);
        if is_known {
            return;
        }
        if self.others.len() < MOST {
            self.others.push(path.to_owned());
        } else {
            self.is_cut = true;
        }
    }
}

/// The outermost list whose elements have ids, or are ids themselves.
fn list(answer: &Value) -> Option<List> {
    let mut next = vec![(answer, "$".to_owned())];
    while !next.is_empty() {
        let mut below = Vec::new();
        for (value, path) in next {
            match value {
                Value::Array(elements) => {
                    let path = format!("{path}[*]");
                    if let Some(id) = id(elements, &path) {
                        return Some(List { path, id });
                    }
                    below.extend(elements.first().map(|element| (element, path)));
                }
                Value::Object(members) => {
                    below.extend(members.iter().map(|(name, value)| (value, format!("{path}{}", step(name)))));
                }
                _ => {}
            }
        }
        next = below;
    }
    None
}

fn id(elements: &[Value], path: &str) -> Option<String> {
    match elements.first()? {
        Value::Object(members) => members.keys().find(|name| words::is_id(name)).map(|name| format!("${}", step(name))),
        // A list of bare texts somewhere within is one of tags, or of pictures.
        Value::String(_) if path == "$[*]" => Some("$".to_owned()),
        _ => None,
    }
}

/// An answer may have as many members as it likes; nobody reads more rules.
const MOST: usize = 200;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_outermost_list_with_ids_is_the_one_of_the_items() {
        let found = |answer: Value| list(&answer).map(|list| (list.path, list.id));
        let some = |path: &str, id: &str| Some((path.to_owned(), id.to_owned()));
        assert_eq!(found(json!({"tags": ["a"], "items": [{"item": 1}]})), some("$.items[*]", "$.item"));
        assert_eq!(
            found(json!({"results": [{"queryID": 1, "hits": [{"objectID": 1}]}]})),
            some("$.results[*].hits[*]", "$.objectID")
        );
        assert_eq!(found(json!(["a", "b"])), some("$[*]", "$"));
        assert_eq!(found(json!({"tags": ["a"]})), None);
        assert_eq!(found(json!({"a b": [{"it's": 1, "id": 2}]})), some("$['a b'][*]", "$.id"));
    }

    #[test]
    fn what_one_element_says_of_a_member_counts_for_all() {
        let proposal = Proposal::of(&json!({"items": [{"score": null, "title": "a"}, {"score": 0.5, "x": 1}]}));
        let fields: Vec<_> = proposal.fields.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(fields, ["$.items[*].score"]);
        assert_eq!(proposal.others, ["$.items[*].title", "$.items[*].x"]);
    }
}
