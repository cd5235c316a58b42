//! What is said of a relationship: the object of `GET /me`. Pure.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{reasons, seen::Seen, wish, words::Words};
use crate::{
    consent::{Answer, Purpose, Remembered, Source, State},
    decision::Limit,
    name::Name,
    relationship::{Day, History, Next},
};

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
    /// Since when it is the stage that it is now; none where that is not known, or a cap holds it there.
    pub(crate) stage_since: Option<Date>,
    pub(crate) forgotten: Option<Timestamp>,
}

impl Me {
    /// What is said of a relationship, in a language.
    pub(crate) fn of(seen: &Seen<'_>, words: &Words) -> Self {
        let Seen { terms, record, decision, .. } = *seen;
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
            purposes: terms.rules.purposes.iter().map(|purpose| Standing::of(seen, purpose, words)).collect(),
            kept: Kept::of(seen),
            done: None,
        }
    }
}

impl Standing {
    fn of(seen: &Seen<'_>, purpose: &Purpose, words: &Words) -> Self {
        let Seen { terms, now, .. } = *seen;
        let status = seen.decision.consent.status(terms.rules.purposes.set_of(purpose.name.as_str()));
        let answer = seen.record.and_then(|record| record.choices.purposes.get(&purpose.name));
        let granted = status.state.is_granted();
        let later = |answer: &Answer, days: u32| {
            answer.at.checked_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MAX)
        };
        let agreed = answer.filter(|answer| answer.granted);
        let ask_from = answer.map(|answer| later(answer, terms.re_ask_after));
        Self {
            name: purpose.name.clone(),
            granted,
            by: status.by,
            state: status.state,
            answered: answer.map(|answer| answer.at),
            in_vain: agreed.is_some() && status.state.is_refusal(),
            remembered_since: seen.record.and_then(|record| match record.choices.gpc.get(&purpose.name)? {
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
    pub(crate) fn of(seen: &Seen<'_>) -> Self {
        let forgotten = seen.record.and_then(|record| record.forgotten);
        let Some(history) = seen.record.and_then(|record| record.history.as_ref()) else {
            return Self { forgotten, ..Self::default() };
        };
        Self {
            first_seen: Some(history.first_seen.date()),
            last_seen: Some(history.last_seen.date()),
            active_days: history.active_days,
            events: history.counts.clone(),
            stage_since: seen.stage_since().map(Day::date),
            forgotten,
        }
    }

    /// The same as names and values, in words.
    pub(crate) fn figures(&self, words: &Words) -> Vec<(String, String)> {
        let texts = &words.texts.kept;
        let date = |date: Option<Date>| date.map_or_else(|| texts.never.to_string(), |date| words.date(date));
        let mut figures = vec![
            (texts.first_seen.to_string(), date(self.first_seen)),
            (texts.last_seen.to_string(), date(self.last_seen)),
            (texts.active_days.to_string(), self.active_days.to_string()),
        ];
        if let Some(since) = self.stage_since {
            figures.push((texts.stage_since.to_string(), words.date(since)));
        }
        let is_visit = |(event, _): &(&Name, &u64)| **event == *History::VISIT;
        let (visits, acts): (Vec<_>, Vec<_>) = self.events.iter().partition(is_visit);
        for (event, times) in visits.into_iter().chain(acts) {
            let name = match event.as_str() {
                History::VISIT => texts.visit.to_string(),
                event => texts.counts.get(event).map_or_else(|| event.to_owned(), ToString::to_string),
            };
            figures.push((name, times.to_string()));
        }
        figures
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
