//! Counters for the `metrics` facade. Their labels are words from this crate and names from the policy, never a value
//! that a customer or a service chose.

use std::fmt::Display;

use metrics::counter;

use crate::decision::{Decision, Limit, Rules};

/// A decision was made.
pub(crate) fn decided(rules: &Rules, decision: &Decision) {
    counter!("rapport_decisions_total", "stage" => rules.ladder.name(decision.stage).to_string()).increment(1);
    for limit in decision.limits.iter() {
        limited(limit);
    }
}

fn limited(limit: Limit) {
    counter!("rapport_limits_total", "limit" => limit.word()).increment(1);
}

/// A token proved nothing.
pub(crate) fn bad_token(kind: &'static str) {
    counter!("rapport_bad_tokens_total", "kind" => kind).increment(1);
}

/// An answer could not be shaped.
pub(crate) fn doubt(endpoint: &str, cause: &'static str) {
    counter!("rapport_doubts_total", "endpoint" => endpoint.to_owned(), "cause" => cause).increment(1);
    tracing::warn!(endpoint, cause, "an answer could not be shaped");
}

/// An event was not durable in time; its write goes on.
pub(crate) fn late_event() {
    counter!("rapport_late_events_total").increment(1);
    tracing::warn!("an event was not durable in time; the answer left without waiting for it");
}

/// An event could not even be queued: the store has more to do than it may keep waiting.
pub(crate) fn lost_event(error: &dyn Display) {
    counter!("rapport_lost_events_total").increment(1);
    tracing::error!(%error, "an event is lost");
}

/// The store did not answer, or not in time.
pub(crate) fn store_trouble(cause: &'static str) {
    tracing::warn!(cause, "the store did not tell what it knows of a customer, who is taken for a stranger this once");
    counter!("rapport_store_troubles_total", "cause" => cause).increment(1);
}

/// Rules of an endpoint met nothing in a hundred answers.
pub(crate) fn silent_rules(endpoint: &str, paths: impl Iterator<Item = impl Display>) {
    for path in paths {
        tracing::warn!(endpoint, %path, "this rule met nothing in a hundred answers: has the service's answer changed its shape?");
    }
}
