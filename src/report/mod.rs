//! What is told of a decision: the `Personalization` header, counters, log lines.

mod counters;
mod event;
mod header;
mod hearing;
mod log;
mod sample;
mod seldom;
mod span;
mod told;

pub(crate) use counters::{
    Decided, From, bad_consent_string, bad_token, bad_visitor, chosen, decision_took, generic_answer, late_event,
    lost_event, lost_visit, shaping_took, store_trouble, unknown_event, unreadable_event,
};
pub(crate) use event::{events_told, forget_in_trailers, is_gone_from_trailers, take_told};
pub(crate) use header::DecisionHeaders;
pub use header::{PERSONALIZATION, decision_header};
pub(crate) use hearing::follow;
pub use log::{DecisionLog, Replay, ReplayError};
pub(crate) use log::{Entry, Line, Log, replay};
pub(crate) use sample::Sample;
pub(crate) use seldom::Seldom;
pub(crate) use span::{answered, span};
pub(crate) use told::Told;
