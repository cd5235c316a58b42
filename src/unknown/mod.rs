//! Asking the wrapped service as somebody unknown: what it is asked then, and who else may have what it answers.
//!
//! An answer is shared by all whose calls are the same in everything that is sent. So whatever is not taken out keeps
//! callers apart: a header that `request.hide` forgot makes an answer serve fewer, never the wrong ones.

mod answer;
mod ear;
mod key;
mod names;
mod query;
mod request;
mod shared;
mod unsent;

pub(crate) use answer::{Answer, forget_for_whom, keep_for_whom, may_be_shared};
pub(crate) use ear::Ear;
pub(crate) use key::Key;
pub(crate) use request::Unknown;
pub(crate) use shared::{Flight, Found, PATIENCE, Shared};
