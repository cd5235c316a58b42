//! What a request adds to the relationship, and what the record is then.

use super::{Asked, Known};
use crate::{
    consent::Choices,
    decision::{Decision, Rules, decide},
    relationship::{Day, Event, Record},
};

/// What a request adds to the relationship.
#[derive(Clone, Debug, Default)]
pub(crate) struct Happened {
    pub(crate) visit: bool,
    pub(crate) events: Vec<Event>,
    /// A Global Privacy Control signal that is to be remembered.
    pub(crate) gpc: bool,
}

impl Happened {
    pub(crate) fn is_nothing(&self) -> bool {
        !self.visit && self.events.is_empty() && !self.gpc
    }
}

impl Asked {
    /// What this request adds by itself, as far as is known when it is decided: the first visit of a day, a signal that is not
    /// remembered yet.
    pub(crate) fn happens(&self, rules: &Rules, known: Known<'_>, decision: &Decision) -> Happened {
        let record = match known {
            Known::Record(_) if !decision.may_record => return Happened::default(),
            Known::Record(record) => record,
            Known::Silence => None,
        };
        let vouched = self.identity.as_ref().and_then(|identity| identity.known_since);
        let history = record.and_then(|record| record.history.as_ref());
        let nothing = Choices::default();
        let choices = record.map_or(&nothing, |record| &record.choices);
        Happened {
            visit: self.visit && rules.ladder.visit_counts(history, Day::of(self.now), vouched),
            events: Vec::new(),
            gpc: self.remembers_gpc && choices.would_remember_gpc(&rules.purposes),
        }
    }

    /// The customer's record after what happened; none where nothing may be stored or nothing changes.
    ///
    /// Whether it may be stored is decided by the record as it is when it is written, not as it was when the request
    /// came: a refusal in between counts, and so does having been forgotten. A grant in between does not: what it would let be
    /// stored happened before it.
    pub(crate) fn record_after(&self, rules: &Rules, record: Option<&Record>, happened: &Happened) -> Option<Record> {
        let vouched = self.identity.as_ref()?.known_since;
        if !self.may_add(rules, record) {
            return None;
        }
        let (ladder, day) = (&rules.ladder, Day::of(self.now));
        let known = record.and_then(|record| record.history.as_ref());
        let mut history = if happened.visit { ladder.after_visit(known, day, vouched) } else { None };
        for event in &happened.events {
            history = ladder.after_once(history.as_ref().or(known), event, day, vouched).or(history);
        }
        let mut next = record.cloned().unwrap_or_default();
        let refused = happened.gpc && next.choices.remember_gpc(&rules.purposes, self.now);
        if history.is_none() && !refused {
            return None;
        }
        next.history = history.or(next.history);
        Some(next)
    }

    /// Whether what happens may be stored, by the record as it is.
    pub(crate) fn may_add(&self, rules: &Rules, record: Option<&Record>) -> bool {
        let is_forgotten = record.and_then(|record| record.forgotten).is_some_and(|at| self.now <= at);
        !is_forgotten && !self.is_nobody(record) && decide(rules, record, &self.facts(false)).may_record
    }
}
