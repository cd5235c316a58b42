//! How everybody came to their stage: noted answer by answer, from the layer's own decisions and records.
//!
//! The layer keeps counts and days and no list of events, so the demo writes down what it could see then. On the days
//! between two answers nobody decided anything; what would have been decided is what the layer's pure function says of the
//! record as it was. Whoever is forgotten is forgotten here, too.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{Timestamp, civil::Date};
use serde::Serialize;
use tower_rapport::{
    decision::{Decision, Facts, Limit, decide},
    identity::{Identity, Verifier},
    name::Name,
    policy::{Keys, Policy},
    relationship::{Day, History, Record},
};

use crate::session::Session;

/// A list of notes for everybody, oldest first.
#[derive(Default)]
pub(crate) struct Diary {
    notes: Mutex<HashMap<String, Vec<Note>>>,
}

/// From a day on somebody stood like this; and what happened on that day.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Step {
    day: Date,
    /// The effective stage.
    stage: Name,
    /// The stage that the ladder gives.
    earned: Name,
    limits: Vec<&'static str>,
    events: BTreeMap<Name, u64>,
}

/// The last answer of a day.
struct Note {
    at: Timestamp,
    /// What the layer decided, where the answer came from an endpoint.
    decided: Option<Decision>,
    /// What the layer keeps since then.
    record: Option<Arc<Record>>,
    /// What the token said.
    identity: Option<Arc<Identity>>,
    policy: Arc<Policy>,
    /// What was counted on this day.
    events: BTreeMap<Name, u64>,
}

impl Diary {
    /// Notes what an answer to somebody has left behind: what the layer keeps now, and what it decided.
    pub(crate) fn note(
        &self,
        session: &Session,
        policy: Arc<Policy>,
        record: Option<Arc<Record>>,
        decided: Option<&Decision>,
        at: Timestamp,
    ) {
        let identity = identity(&policy, session, at);
        let mut all = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let notes = all.entry(session.sub.clone()).or_default();
        if history(record.as_deref()).is_none() {
            notes.clear();
        }
        let mut events = counted_since(notes.last().and_then(|note| note.record.as_deref()), record.as_deref());
        let mut decided = decided.cloned();
        if let Some(earlier) = notes.pop_if(|note| Day::of(note.at) == Day::of(at)) {
            earlier.events.into_iter().for_each(|(name, times)| *events.entry(name).or_default() += times);
            let is_as_it_was = earlier.record == record;
            decided = decided.or(earlier.decided.filter(|_| is_as_it_was));
        }
        notes.push(Note { at, decided, record, identity, policy, events });
    }

    /// How somebody came here: one step for each day on which something happened or changed.
    pub(crate) fn climb(&self, id: &str, today: Day) -> Vec<Step> {
        let all = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        let notes = all.get(id).map(Vec::as_slice).unwrap_or_default();
        let ends = notes.iter().skip(1).map(|next| Day::of(next.at)).chain([today.plus(1)]);
        let mut steps: Vec<Step> = Vec::new();
        for (note, end) in notes.iter().zip(ends) {
            let first = Day::of(note.at);
            for later in 0..end.days_since(first) {
                let step = note.step(first.plus(later), later);
                if !step.events.is_empty() || steps.last().is_none_or(|last| !last.stands_like(&step)) {
                    steps.push(step);
                }
            }
        }
        steps
    }
}

impl Note {
    fn step(&self, day: Day, later: u32) -> Step {
        let rules = self.policy.rules();
        let made = self.decided.clone().filter(|_| later == 0).unwrap_or_else(|| {
            let now = Timestamp::from_second(self.at.as_second() + i64::from(later) * 86_400).unwrap_or(self.at);
            let known = self.identity.as_deref();
            let facts = Facts {
                known: known.is_some(),
                known_since: known.and_then(|known| known.known_since),
                age: known.and_then(|known| known.birthdate.age_on(day)).map(u32::from),
                claim: known.and_then(|known| known.purposes.as_deref()),
                ..Facts::of_a_customer(now)
            };
            decide(rules, self.record.as_deref(), &facts)
        });
        Step {
            day: day.date(),
            stage: made.stage_name.clone(),
            earned: rules.ladder.name(made.earned).clone(),
            limits: made.limits.iter().map(Limit::word).collect(),
            events: if later == 0 { self.events.clone() } else { BTreeMap::new() },
        }
    }
}

impl Step {
    fn stands_like(&self, other: &Self) -> bool {
        (&self.stage, &self.earned, &self.limits) == (&other.stage, &other.earned, &other.limits)
    }
}

/// Reads the token as the layer does.
fn identity(policy: &Policy, session: &Session, now: Timestamp) -> Option<Arc<Identity>> {
    let settings = policy.identity();
    let Keys::Here(keys) = &settings.keys else { return None };
    let verifier = Verifier::new(keys.clone(), settings.rules.clone(), settings.pseudonyms.clone(), 1);
    verifier.verify(&session.token()?, now).ok()
}

fn history(record: Option<&Record>) -> Option<&History> {
    record.and_then(|record| record.history.as_ref())
}

fn counted_since(before: Option<&Record>, after: Option<&Record>) -> BTreeMap<Name, u64> {
    let times = |name: &Name| history(before).map_or(0, |known| known.count(name.as_str()));
    let counts = history(after).map(|known| known.counts.clone()).unwrap_or_default();
    let more = counts.into_iter().map(|(name, count)| (count.saturating_sub(times(&name)), name));
    more.filter(|(more, _)| *more > 0).map(|(more, name)| (name, more)).collect()
}
