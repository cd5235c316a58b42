//! What a person sees, and how the stories speak of it: each sentence of theirs is an assertion.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a story that cannot go on stops")]
#![expect(clippy::wrong_self_convention, reason = "a page is handed on from sentence to sentence")]

use http::request;
use serde_json::{Value, json};

use super::story::Item;
use crate::house::{Answer, is_known};

/// What a person sees.
#[derive(Debug)]
pub(crate) struct Page {
    name: String,
    answer: Answer,
    items: Vec<Value>,
    asked: Vec<request::Parts>,
}

impl Page {
    /// What this person was answered, and what the shop was asked for it.
    pub(super) fn of(name: &str, answer: Answer, asked: Vec<request::Parts>) -> Self {
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        let items = body["items"].as_array().unwrap().clone();
        assert_eq!(items.len(), TEN, "a page has ten places, whoever sees it: {}", answer.body);
        Self { name: name.to_owned(), answer, items, asked }
    }

    /// It was made for this stage.
    #[track_caller]
    pub(crate) fn at(self, stage: &str) -> Self {
        assert_eq!(self.answer.stage(), stage, "{:?}", self.answer.headers);
        self
    }

    /// It says that this held it back.
    #[track_caller]
    pub(crate) fn because(self, limit: &str) -> Self {
        let limits = self.answer.limited_by();
        assert!(limits.split(' ').any(|named| named == limit), "`{limit}` is not among `{limits}`");
        self
    }

    /// This stands on it, as an item or as words.
    #[track_caller]
    pub(crate) fn sees(self, what: &str) -> Self {
        assert!(self.answer.body.contains(what), "`{what}` is not in {}", self.answer.body);
        self
    }

    /// An item stands on it, and this is said of it.
    #[track_caller]
    pub(crate) fn sees_it_said(self, id: &str, reason: &str) -> Self {
        let item = self.items.iter().find(|item| item["id"] == id);
        assert_eq!(item.map(|item| &item["reason"]), Some(&json!(reason)), "{}", self.answer.body);
        self
    }

    /// This stands nowhere on it, nor in its head.
    #[track_caller]
    pub(crate) fn is_spared(self, what: &str) -> Self {
        let all = format!("{} {:?}", self.answer.body, self.answer.headers);
        assert!(!all.contains(what), "`{what}` is in {all}");
        self
    }

    /// These stand on it, and why they were chosen.
    #[track_caller]
    pub(crate) fn sees_each(self, items: &[Item]) -> Self {
        items.iter().fold(self, |page, item| page.sees_it_said(item.id, item.reason))
    }

    /// Neither these stand on it nor why they would have been chosen.
    #[track_caller]
    pub(crate) fn is_spared_each(self, items: &[Item]) -> Self {
        items.iter().fold(self, |page, item| page.is_spared(item.id).is_spared(item.reason))
    }

    /// Of the ten places so many are about this.
    #[track_caller]
    pub(crate) fn sees_about(self, topic: &str, times: usize) -> Self {
        let about = self.items.iter().filter(|item| item["category"][0] == topic).count();
        assert_eq!(about, times, "about `{topic}`: {}", self.answer.body);
        self
    }

    /// Of the ten places so many were chosen for this person.
    #[track_caller]
    pub(crate) fn is_personal_in(self, places: usize) -> Self {
        let anybodys = self.items.iter().filter(|item| item["id"].as_str().unwrap().starts_with(ANYBODYS)).count();
        assert_eq!(self.items.len() - anybodys, places, "{}", self.answer.body);
        self
    }

    /// It is what anybody sees, and the shop did not learn who looks at it.
    #[track_caller]
    pub(crate) fn is_anybodys(self) -> Self {
        for head in &self.asked {
            let said = format!("{} {:?}", head.uri, head.headers);
            assert!(!is_known(head) && !said.contains(&self.name), "the shop was told who comes: {said}");
        }
        self.is_personal_in(0)
    }

    /// The shop was told who looks at it.
    #[track_caller]
    pub(crate) fn is_known_to_the_shop(self) -> Self {
        assert!(self.asked.iter().any(is_known), "the shop was not told who comes: {:?}", self.asked);
        self
    }
}

/// The places on a page.
pub(super) const TEN: usize = 10;

/// How the ids of what anybody sees begin.
pub(super) const ANYBODYS: &str = "anybodys-";
