//! What is told of a decision: the `Personalization` header, counters, log lines.

mod counters;
mod header;
mod seldom;

#[expect(unused_imports, reason = "the layer asks as somebody unknown next")]
pub(crate) use counters::generic_answer;
pub(crate) use counters::{bad_token, decided, doubt, doubt_at, late_event, lost_event, silent_rules, store_trouble};
pub use header::{PERSONALIZATION, decision_header};
pub(crate) use seldom::Seldom;
