//! What a wish does to a record. Pure.
//!
//! A wish lowers or raises, and that is told by the record. The part that lowers is done at once and can be done twice, and
//! in any order with others like it: the lower limit, the longer pause, the refusal. The part that raises is done only to a
//! record in which nobody has changed the same choice since it was looked at.

use std::{fmt, sync::Arc};

use jiff::Timestamp;

use super::wish::Wish;
use crate::{
    consent::{Answer, Answering, Choices},
    name::Name,
    relationship::{Ladder, Record, Stage},
};

/// A wish, and the request that brought it.
#[derive(Clone)]
pub(crate) struct Choosing {
    /// What is wished for.
    pub(crate) wish: Wish,
    /// When the request came.
    pub(crate) at: Timestamp,
    /// Whether the request carries a Global Privacy Control signal.
    pub(crate) gpc: bool,
    /// Whether the purpose of the wish is the one without which nothing is stored.
    pub(crate) is_record: bool,
    /// The stages by name, lowest first.
    pub(crate) stages: Arc<[Name]>,
    /// Whether the purpose of the wish stands granted with a record, by whomever.
    pub(crate) stands: Arc<Stands>,
}

/// Tells something of a record.
pub(crate) type Stands = dyn Fn(Option<&Record>) -> bool + Send + Sync;

/// What of a record a wish is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The limit.
    Limit(Option<Name>),
    /// The pause.
    Pause(Option<Timestamp>),
    /// The customer's answer for a purpose.
    Purpose(Option<Answer>),
    /// All of it.
    All,
}

impl Choosing {
    /// Whether nothing of the wish could ever lower.
    pub(crate) fn only_raises(&self) -> bool {
        matches!(self.wish, Wish::Limit(None) | Wish::Pause(None) | Wish::Purpose(_, true))
    }

    /// The record with as much of the wish as lowers; none where it has no such part, or nobody's record it is.
    pub(crate) fn lower(&self, record: Option<&Record>) -> Option<Record> {
        if record.is_some_and(Record::is_gone) {
            return None;
        }
        let mut next = record.cloned().unwrap_or_default();
        match &self.wish {
            Wish::Limit(Some(stage)) => {
                if next.choices.limit.as_ref().is_none_or(|limit| self.height(limit) >= *stage) {
                    next.choices.limit = self.name(*stage);
                }
            }
            Wish::Pause(Some(until)) => next.choices.paused_until = next.choices.paused_until.max(Some(*until)),
            Wish::Purpose(name, false) => {
                // Refused again is refused since the first time.
                let stands = next.choices.purposes.get(name).is_some_and(|answer| !answer.granted);
                if !stands || self.is_record && next.history.is_some() {
                    next = next.answered(name, self.is_record, self.answering(false, record));
                }
            }
            Wish::Forget => next = next.forgotten(self.at),
            Wish::Limit(None) | Wish::Pause(None) | Wish::Purpose(_, true) => return None,
        }
        Some(next)
    }

    /// The record with all of the wish; none where its part is not as it was seen, or nobody's record it is.
    pub(crate) fn raise(&self, record: Option<&Record>, seen: &Part) -> Option<Record> {
        if record.is_some_and(Record::is_gone) || self.part(record) != *seen {
            return None;
        }
        let mut next = record.cloned().unwrap_or_default();
        match &self.wish {
            Wish::Limit(limit) => next.choices.limit = limit.and_then(|stage| self.name(stage)),
            Wish::Pause(until) => next.choices.paused_until = *until,
            Wish::Purpose(name, true) => next = next.answered(name, self.is_record, self.answering(true, record)),
            Wish::Purpose(_, false) | Wish::Forget => return self.lower(record),
        }
        Some(next)
    }

    /// Whether a record is as it was wished for.
    pub(crate) fn is_done(&self, record: Option<&Record>) -> bool {
        let none = Choices::default();
        let choices = record.map_or(&none, |record| &record.choices);
        match &self.wish {
            Wish::Limit(None) => choices.limit.is_none(),
            Wish::Limit(Some(stage)) => choices.limit.as_ref().is_some_and(|limit| self.height(limit) == *stage),
            Wish::Pause(until) => choices.paused_until == *until,
            Wish::Purpose(name, granted) => choices.purposes.get(name).is_some_and(|answer| answer.granted == *granted),
            Wish::Forget => record.is_none_or(|record| record.forgotten >= Some(self.at)),
        }
    }

    /// What of a record the wish is about.
    pub(crate) fn part(&self, record: Option<&Record>) -> Part {
        let none = Choices::default();
        let choices = record.map_or(&none, |record| &record.choices);
        match &self.wish {
            Wish::Limit(_) => Part::Limit(choices.limit.clone()),
            Wish::Pause(_) => Part::Pause(choices.paused_until),
            Wish::Purpose(name, _) => Part::Purpose(choices.purposes.get(name).copied()),
            Wish::Forget => Part::All,
        }
    }

    fn answering(&self, granted: bool, record: Option<&Record>) -> Answering {
        Answering { granted, at: self.at, was_granted: (self.stands)(record), gpc: self.gpc }
    }

    /// A limit that the ladder no longer has is in force as the lowest stage.
    fn height(&self, limit: &Name) -> Stage {
        let place = self.stages.iter().position(|name| name == limit).unwrap_or(0);
        Stage::at(u8::try_from(place).unwrap_or(u8::MAX))
    }

    fn name(&self, stage: Stage) -> Option<Name> {
        self.stages.get(usize::from(stage.level())).cloned()
    }
}

/// The names of a ladder's stages, lowest first.
pub(crate) fn stages(ladder: &Ladder) -> Arc<[Name]> {
    ladder.rungs().iter().map(|rung| rung.name.clone()).collect()
}

impl fmt::Debug for Choosing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Choosing").field("wish", &self.wish).field("at", &self.at).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
