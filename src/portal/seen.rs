//! A relationship, as it stands in one request, and what can be seen of it. Pure.

use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};

use super::terms::{PersonalChoice, Terms};
use crate::{
    decision::{Decision, Limit},
    relationship::{Day, History, Next, Record, Stage, Why},
    shaping::class::DataClass,
};

/// A relationship, as it stands in one request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) terms: &'a Terms,
    /// What is kept.
    pub(crate) record: Option<&'a Record>,
    pub(crate) decision: &'a Decision,
    /// The stage without what the client prefers for this answer.
    pub(crate) own: Stage,
    /// Since when a token says that the customer is known.
    pub(crate) vouched: Option<Day>,
    pub(crate) now: Timestamp,
}

impl Seen<'_> {
    /// The history, as far as the customer agrees to its being used.
    pub(crate) fn history(&self) -> Option<&History> {
        self.record.and_then(|record| record.history.as_ref()).filter(|_| self.is_remembered())
    }

    /// Since when it is the present stage, where that is known and no cap holds it there.
    pub(crate) fn stage_since(&self) -> Option<Day> {
        let history = self.history().filter(|_| self.decision.stage == self.decision.earned)?;
        self.terms.rules.ladder.since(history, Day::of(self.now))
    }

    /// Whether the pace begins with whatever happens next.
    pub(crate) fn begins_anew(&self) -> bool {
        let is_so = |history: &History| self.terms.rules.ladder.begins_anew(history, Day::of(self.now));
        self.history().is_some_and(is_so)
    }

    /// Whether less than the present stage is looked at.
    pub(crate) fn is_preview(&self) -> bool {
        self.decision.limits.has(Limit::Prefer)
    }

    /// Since when data of a class may be used, where that is known: since the customer agreed here, or since the stage came
    /// that it needs, whichever was later. A stage that came back down does not tell when the class opened.
    pub(crate) fn open_since(&self, class: DataClass) -> Option<Date> {
        let (record, opening) = (self.record?, self.terms.classes.opening(class));
        let agreed =
            self.terms.rules.purposes.names(opening.purpose).next().and_then(|name| record.choices.purposes.get(name));
        let agreed = agreed.filter(|answer| answer.granted).map(|answer| Day::of(answer.at))?;
        let history = record.history.as_ref()?;
        if opening.from == Stage::LOWEST {
            return Some(agreed.max(history.first_seen).date());
        }
        let reached = history.changed.map_or(history.first_seen, |change| change.on);
        let came_with_it = || {
            let is_gained = history.changed.is_none_or(|change| change.why == Why::Gained);
            is_gained && opening.from == self.terms.rules.ladder.earned(history)
        };
        (agreed >= reached || came_with_it()).then(|| agreed.max(reached).date())
    }

    /// How much of a list may be chosen personally, in thousandths: nothing where data of none of its classes may be used.
    pub(crate) fn share_of(&self, choice: &PersonalChoice) -> u16 {
        let stage = usize::from(self.decision.stage.level());
        let is_open = |class: &DataClass| {
            let opening = self.terms.classes.opening(*class);
            self.decision.granted.contains(opening.purpose) && self.decision.stage >= opening.from
        };
        let has_room = choice.per_topic.as_ref().is_none_or(|most| most.get(stage).is_some_and(|most| *most > 0));
        let may_be_chosen = has_room && choice.classes.iter().any(is_open);
        choice.share.get(stage).copied().filter(|_| may_be_chosen).unwrap_or(0)
    }

    /// Whether the customer agrees to be remembered.
    pub(crate) fn is_remembered(&self) -> bool {
        let record = self.terms.rules.purposes.record();
        !record.is_empty() && self.decision.consent.granted.contains(record)
    }

    /// The end of the pause, if there is one.
    pub(crate) fn pause(&self) -> Option<Timestamp> {
        let until = self.record.and_then(|record| record.choices.paused_until);
        until.filter(|until| *until > self.now)
    }

    /// What the stage above needs. Where a cap alone holds it back, nothing is missing.
    pub(crate) fn next(&self) -> Option<Next> {
        let (ladder, day) = (&self.terms.rules.ladder, Day::of(self.now));
        if self.decision.stage < self.decision.earned {
            let stage = ladder.name(Stage::at(self.decision.stage.level() + 1)).clone();
            return Some(Next { stage, missing: BTreeMap::new() });
        }
        ladder.next(self.history(), self.decision.earned, day, self.vouched)
    }
}
