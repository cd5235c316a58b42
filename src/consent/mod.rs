//! What a customer agreed to: purposes, and how the sources that speak of them merge. Pure: no store, no clock.

mod choices;
mod gpc;
mod purposes;

pub use choices::{Answer, Choices, Voice};
pub use gpc::{SEC_GPC, opts_out};
pub use purposes::{Consent, Purpose, PurposeSet, Purposes, Sources, State, TooManyPurposes};
