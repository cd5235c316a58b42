//! What is told of one body that the shaper reads.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    policy::Endpoint,
    report::{self, Entry},
    shaping::{Doubt, plan::Plan, shaper::Shaper},
};

/// Gathers what is to be told of one body, and tells it where the body was shaped to its end.
pub(crate) struct Tally {
    pub(crate) endpoint: Arc<Endpoint>,
    plan: Arc<Plan>,
    /// The entry in the decision log, if there is one.
    entry: Option<Arc<Entry>>,
    /// Whether rules that meet nothing are looked for.
    is_noted: bool,
    /// How long the shaper has worked.
    took: Duration,
}

impl Tally {
    pub(crate) fn new(endpoint: Arc<Endpoint>, plan: Arc<Plan>, entry: Option<Arc<Entry>>, is_noted: bool) -> Self {
        Self { endpoint, plan, entry, is_noted, took: Duration::ZERO }
    }

    /// The shaper works.
    pub(crate) fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        self.took += begun.elapsed();
        done
    }

    /// The body cannot be shaped any further. The operator is told here, once.
    pub(crate) fn doubt(&self, doubt: Doubt) -> Doubt {
        self.endpoint.told.doubt_at(doubt.kind().as_str(), doubt.offset());
        doubt
    }

    /// The body was shaped to its end.
    pub(crate) fn end(&self, shaper: &Shaper) {
        let told = &self.endpoint.told;
        let (met, withheld) = (shaper.met(), shaper.withheld());
        let treated = || shaper.treated(&met, &self.plan);
        treated().for_each(|(treatment, values)| told.treated(treatment, values));
        withheld.iter().for_each(|(reason, items)| told.withheld(reason, items));
        if let Some(entry) = &self.entry {
            entry.became(treated(), withheld.iter());
        }
        report::shaping_took(self.took);
        if self.is_noted {
            told.silent_rules(shaper.note(&met, &self.endpoint.plans).into_iter());
        }
    }
}
