//! How a request is decided: with what is in memory, or with what the store said.

use std::sync::Arc;

use tokio::time::Instant;

use super::{Course, Inside, Kind};
use crate::{
    asked::{Known, SigningIn},
    loading::{Found, Load, Loaded},
    portal::{Seen, explanation},
    relationship::{Day, Record},
    report::{self, Entry, Line},
    setting::Setting,
};

/// What comes next.
pub(crate) enum Step {
    /// The wrapped service can be called.
    Call,
    /// The store must be asked first.
    Load(Load),
}

impl Course {
    /// Decides, if all that is needed is in memory.
    pub(crate) fn decide_at_once(&mut self) -> Step {
        let Kind::Inside(inside) = &mut self.kind else { return Step::Call };
        match Found::in_memory(&self.setting, &inside.asked) {
            Some(found) => inside.decide(&self.setting, &Loaded::Found(found)),
            None => {
                let until = inside.until(&self.setting);
                Step::Load(Found::load(&self.setting, &inside.asked, until))
            }
        }
    }

    /// Decides with what the store said.
    pub(crate) fn decide(&mut self, loaded: &Loaded) -> Step {
        match &mut self.kind {
            Kind::Inside(inside) => inside.decide(&self.setting, loaded),
            Kind::Nobodys | Kind::Outside(_) => Step::Call,
        }
    }
}

impl Inside {
    /// Decides. Where a visitor signed in as the customer, what is known of both is joined first.
    fn decide(&mut self, setting: &Setting, loaded: &Loaded) -> Step {
        let rules = setting.policy.rules();
        let (known, visitors) = match loaded {
            Loaded::Found(found) => (Known::Record(found.record.as_deref()), found.visitors.as_deref()),
            Loaded::Silence => (Known::Silence, None),
            Loaded::NotJoined => {
                self.explain(setting, Known::Record(None));
                self.is_decided(setting);
                return Step::Call;
            }
        };
        self.decision = self.asked.decide(rules, known);
        self.happened = self.asked.happens(rules, known, &self.decision);
        let told = || setting.headers.of(rules, &self.decision, setting.policy.fingerprint());
        self.told = (!self.is_observed()).then(told);
        self.plan = self.endpoint.plans.plan(self.decision.stage, self.decision.granted);
        self.explain(setting, known);
        self.log(setting, known);
        match self.asked.sign_in(rules, &self.decision, visitors) {
            SigningIn::Joins => {
                let until = self.until(setting);
                if let Some(join) = Found::join(setting, &self.asked, until) {
                    return Step::Load(join);
                }
            }
            SigningIn::Unclear => {
                if let Some(visitor) = self.asked.visitor.visitor() {
                    setting.relationships.leave_unclear(visitor.pseudonym);
                }
            }
            SigningIn::Nothing => {}
        }
        self.is_decided(setting);
        Step::Call
    }

    fn is_decided(&self, setting: &Setting) {
        setting.decided.count(&self.decision, self.is_observed());
        report::decision_took(self.begun.elapsed());
    }

    /// Begins a line of the decision log, or writes it anew where a join decides again.
    fn log(&mut self, setting: &Setting, known: Known<'_>) {
        if setting.log.is_off() {
            return;
        }
        let policy = &setting.policy;
        let customer = self.asked.identity.as_ref().map(|identity| identity.customer);
        let (facts, record) = self.asked.given(known);
        let (name, fingerprint) = (&self.endpoint.name, policy.fingerprint());
        let line = Line::of(policy.rules(), fingerprint, name, customer, &facts, record, &self.decision);
        let line = line.observed(self.is_observed());
        match self.entry.as_mut().and_then(Arc::get_mut) {
            Some(entry) => entry.say(line),
            None => self.entry = Some(Arc::new(Entry::new(line, Arc::clone(&setting.log)))),
        }
    }

    fn explain(&mut self, setting: &Setting, known: Known<'_>) {
        let Some((language, said)) = &mut self.explanation else { return };
        let record = if let Known::Record(record) = known { record } else { None };
        let terms = setting.policy.terms();
        let own = self.asked.without_preference().decide(&terms.rules, known).stage;
        let vouched = self.asked.identity.as_ref().and_then(|identity| identity.known_since);
        // The visit has counted for the decision, so what is said of that counts it, too.
        let history = record.and_then(|record| record.history.as_ref()).filter(|_| self.happened.visit);
        let visited = history.and_then(|history| {
            let history = terms.rules.ladder.after_visit(Some(history), Day::of(self.asked.now), vouched);
            Some(Record { history: Some(history?), ..record?.clone() })
        });
        let record = visited.as_ref().or(record);
        let seen = Seen { terms, record, decision: &self.decision, own, vouched, now: self.asked.now };
        *said = explanation(&seen, terms.languages.at(*language));
    }

    fn until(&mut self, setting: &Setting) -> Instant {
        *self.until.get_or_insert_with(|| Instant::now() + setting.policy.store().decide_within)
    }
}
