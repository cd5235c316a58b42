//! What is told of a decision: the `Personalization` header, counters, log lines.

mod counters;
mod header;

#[expect(unused_imports, reason = "the services above are wired in the next step")]
pub(crate) use counters::{bad_token, decided, doubt, late_event, store_trouble};
pub use header::{PERSONALIZATION, decision_header};
