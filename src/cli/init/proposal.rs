//! What a policy could say of one example answer: where its items are, and which of its members look personal.

use serde_json::Value;

use super::{
    super::step::step,
    guess::{Guess, Whose, tells_of_person},
    lists::{self, List},
    words,
};

/// What is proposed.
#[derive(Debug, Default)]
pub(super) struct Proposal {
    /// The list of items.
    pub(super) items: Option<List>,
    /// What looks personal: the path, and what is proposed for it.
    pub(super) fields: Vec<(String, Guess)>,
    /// The paths that look like nothing personal.
    pub(super) others: Vec<String>,
    /// Whether the answer has more places than anybody reads rules for, so that some are in neither list.
    pub(super) is_cut: bool,
}

impl Proposal {
    /// What is proposed for an answer.
    pub(super) fn of(answer: &Value) -> Self {
        let mut proposal = Self { items: lists::items(answer), ..Self::default() };
        proposal.look_at(answer, "$", Whose::Anybodys);
        proposal
    }

    /// Looks at a value that is no personal one by its own name.
    fn look_at(&mut self, value: &Value, path: &str, whose: Whose) {
        let is_item = self.items.as_ref().is_some_and(|list| list.path == path);
        let whose = if is_item { Whose::AnItems } else { whose };
        match value {
            Value::Object(members) => {
                let is_person = !is_item && members.iter().any(|(name, value)| tells_of_person(name, value, whose));
                // With the items stands much that is nobody's: there a person's members are single values.
                let is_around_items = self.holds_items(path);
                for (name, value) in members {
                    let path = format!("{path}{}", step(name));
                    let is_persons = is_person && !(is_around_items && (value.is_array() || value.is_object()));
                    let is_customers = is_persons || whose == Whose::Customers;
                    match Guess::of(name, value, is_customers && !self.holds_items(&path)) {
                        Some(guess) => self.propose(path, guess),
                        None if is_customers || words::is_customer(name) => {
                            self.look_at(value, &path, Whose::Customers);
                        }
                        None => self.look_at(value, &path, whose),
                    }
                }
            }
            Value::Array(elements) => {
                let path = format!("{path}[*]");
                elements.iter().for_each(|element| self.look_at(element, &path, whose));
            }
            _ => self.leave(path),
        }
    }

    /// Whether the items are somewhere below.
    fn holds_items(&self, path: &str) -> bool {
        let below = self.items.as_ref().and_then(|list| list.path.strip_prefix(path));
        below.is_some_and(|below| below.starts_with(['.', '[']))
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

/// An answer may have as many members as it likes; nobody reads more rules.
const MOST: usize = 200;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_one_element_says_of_a_member_counts_for_all() {
        let proposal = Proposal::of(&json!({"items": [{"score": null, "title": "a"}, {"score": 0.5, "x": 1}]}));
        let fields: Vec<_> = proposal.fields.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(fields, ["$.items[*].score"]);
        assert_eq!(proposal.others, ["$.items[*].title", "$.items[*].x"]);
    }

    #[test]
    fn where_a_person_is_found_all_is_of_that_person() {
        let others = |answer: Value| Proposal::of(&answer).others;
        let heard = "2026-11-02T10:00:00Z";
        let none: [&str; 0] = [];
        assert_eq!(others(json!({"listener": {"displayName": "Ann", "lastHeard": heard, "plays": {"x": 7}}})), none);
        assert_eq!(others(json!({"listener": {"lat": 52.1, "heard": [heard], "on": null}})), none);
        assert_eq!(others(json!({"listener": {"heard": heard}})), ["$.listener.heard"], "nothing tells that it is one");
        // Not so the items, what is in them, and what is about them.
        assert_eq!(
            others(
                json!({"userId": 7, "at": heard, "info": {"took": 1}, "items": [{"id": 1, "displayName": "Lamp", "made": heard}]})
            ),
            ["$.info.took", "$.items[*].id", "$.items[*].made"]
        );
        assert_eq!(
            others(
                json!({"items": [{"id": 1, "shop": {"lat": 1.5, "opened": heard}, "by": {"nickname": "B", "at": heard}}]})
            ),
            ["$.items[*].id", "$.items[*].shop.opened"]
        );
        assert_eq!(
            others(json!({"user": {"items": [{"id": 1, "title": "a"}]}})),
            ["$.user.items[*].id", "$.user.items[*].title"]
        );
    }
}
