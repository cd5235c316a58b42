//! What is said of a relationship: the object of `GET /me`. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{reasons, terms::Terms, wish, words::Words};
use crate::{
    consent::{Answer, Purpose, Remembered, Source, State},
    decision::{Decision, Limit},
    name::Name,
    relationship::{Day, History, Next, Record, Stage},
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

/// What is said of a relationship.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Me {
    pub(crate) stage: Name,
    pub(crate) level: u8,
    pub(crate) of: u8,
    /// Why it is this stage and no other, in words.
    pub(crate) because: Vec<String>,
    pub(crate) limited_by: Vec<&'static str>,
    pub(crate) next: Option<Next>,
    pub(crate) limit: Option<Name>,
    pub(crate) paused_until: Option<String>,
    #[serde(serialize_with = "by_name")]
    pub(crate) purposes: Vec<Standing>,
    pub(crate) kept: Kept,
    /// What was just done, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) done: Option<String>,
}

/// Where one purpose stands.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Standing {
    #[serde(skip)]
    pub(crate) name: Name,
    pub(crate) granted: bool,
    pub(crate) by: Option<Source>,
    pub(crate) state: State,
    /// When the customer answered here, whatever else is said.
    pub(crate) answered: Option<Timestamp>,
    /// Whether the customer agreed here, and somebody else refuses.
    pub(crate) in_vain: bool,
    /// Since when a Global Privacy Control signal is remembered that refuses it.
    pub(crate) remembered_since: Option<Timestamp>,
    /// Until when the customer's consent holds.
    pub(crate) until: Option<Timestamp>,
    /// Whether the customer may be invited to agree: not soon after an answer.
    pub(crate) may_ask: bool,
    /// From when on that is.
    #[serde(skip)]
    pub(crate) ask_from: Option<Timestamp>,
    pub(crate) says: String,
}

/// What is kept.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Kept {
    pub(crate) first_seen: Option<Date>,
    pub(crate) last_seen: Option<Date>,
    pub(crate) active_days: u32,
    pub(crate) events: BTreeMap<Name, u64>,
    pub(crate) stage_since: Option<Date>,
    pub(crate) forgotten: Option<Timestamp>,
}

impl Me {
    /// What is said of a relationship, in a language.
    pub(crate) fn of(seen: &Seen<'_>, words: &Words) -> Self {
        let Seen { terms, record, decision, now, .. } = *seen;
        let choices = record.map(|record| &record.choices);
        let mut because = reasons::because(seen, words);
        because.extend(reasons::limits(seen, words));
        Self {
            stage: decision.stage_name.clone(),
            level: decision.stage.level(),
            of: decision.of,
            because,
            limited_by: decision.limits.iter().map(Limit::word).collect(),
            next: seen.next(),
            limit: choices.and_then(|choices| choices.limit.clone()),
            paused_until: seen.pause().map(wish::until),
            purposes: terms.rules.purposes.iter().map(|purpose| seen.standing(purpose, words, now)).collect(),
            kept: Kept::of(record),
            done: None,
        }
    }
}

impl Seen<'_> {
    /// The history, as far as the customer agrees to its being used.
    pub(crate) fn history(&self) -> Option<&History> {
        self.record.and_then(|record| record.history.as_ref()).filter(|_| self.is_remembered())
    }

    /// Whether less than the present stage is looked at.
    pub(crate) fn is_preview(&self) -> bool {
        self.decision.limits.has(Limit::Prefer)
    }

    /// Since when data of a class may be used, where that is known: since the customer agreed here, or since the stage came
    /// that it needs, whichever was later.
    pub(crate) fn open_since(&self, class: DataClass) -> Option<Date> {
        let (record, opening) = (self.record?, self.terms.classes.opening(class));
        let agreed =
            self.terms.rules.purposes.names(opening.purpose).next().and_then(|name| record.choices.purposes.get(name));
        let agreed = agreed.filter(|answer| answer.granted).map(|answer| Day::of(answer.at))?;
        let history = record.history.as_ref()?;
        let reached = history.changed.map_or(history.first_seen, |change| change.on);
        (agreed >= reached || opening.from == self.decision.earned).then(|| agreed.max(reached).date())
    }

    /// Whether data of any class may be used.
    pub(crate) fn opens_anything(&self) -> bool {
        let is_open = |class: DataClass| {
            let opening = self.terms.classes.opening(class);
            self.decision.granted.contains(opening.purpose) && self.decision.stage >= opening.from
        };
        DataClass::ALL.into_iter().skip(1).any(is_open)
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

    fn standing(&self, purpose: &Purpose, words: &Words, now: Timestamp) -> Standing {
        let terms = self.terms;
        let status = self.decision.consent.status(terms.rules.purposes.set_of(purpose.name.as_str()));
        let answer = self.record.and_then(|record| record.choices.purposes.get(&purpose.name));
        let granted = status.state.is_granted();
        let later = |answer: &Answer, days: u32| {
            answer.at.checked_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MAX)
        };
        let agreed = answer.filter(|answer| answer.granted);
        let ask_from = answer.map(|answer| later(answer, terms.re_ask_after));
        Standing {
            name: purpose.name.clone(),
            granted,
            by: status.by,
            state: status.state,
            answered: answer.map(|answer| answer.at),
            in_vain: agreed.is_some() && status.state.is_refusal(),
            remembered_since: self.record.and_then(|record| match record.choices.gpc.get(&purpose.name)? {
                Remembered::Since(at) => Some(*at),
                Remembered::Lifted => None,
            }),
            until: agreed.filter(|_| granted).map(|answer| later(answer, terms.valid_for)),
            may_ask: !granted && ask_from.is_none_or(|at| at <= now),
            ask_from,
            says: words.purpose_says(purpose).to_owned(),
        }
    }
}

impl Kept {
    pub(crate) fn of(record: Option<&Record>) -> Self {
        let forgotten = record.and_then(|record| record.forgotten);
        let Some(history) = record.and_then(|record| record.history.as_ref()) else {
            return Self { forgotten, ..Self::default() };
        };
        Self {
            first_seen: Some(history.first_seen.date()),
            last_seen: Some(history.last_seen.date()),
            active_days: history.active_days,
            events: history.counts.clone(),
            stage_since: Some(history.changed.map_or(history.first_seen, |change| change.on).date()),
            forgotten,
        }
    }
}

fn by_name<S: Serializer>(purposes: &[Standing], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(purposes.len()))?;
    for purpose in purposes {
        map.serialize_entry(&purpose.name, purpose)?;
    }
    map.end()
}

#[cfg(test)]
mod tests;
