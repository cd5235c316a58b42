//! What a customer agreed to: purposes, and how the sources that speak of them merge. Pure: no store, no clock.
//!
//! A claim of the token, TC and GPP strings, Global Privacy Control and the customer's stored choices each speak of the
//! [`Purposes`] of a policy, and [`Purposes::merge`] makes one [`Consent`] of them: a purpose is granted when some source
//! grants it and none refuses it. All else has one effect, that data is not used, and is told apart in every explanation,
//! in the words of the W3C Data Privacy Vocabulary ([`State`]), with whoever speaks ([`Source`]):
//!
//! | state | comes up where |
//! |---|---|
//! | `unknown` | nobody mentions the purpose; by `tcf`: a TC string came that does not count |
//! | `refused` | the customer refused; a valid TC string has its bit cleared; a GPP string opts out, or a Global Privacy Control signal, now or remembered |
//! | `given` | the customer granted it, a claim lists it, or a valid TC string has its bits set |
//! | `renewed` | the customer granted it once more, while it stood granted |
//! | `expired` | the customer's grant, or a TC string that grants it, is older than `valid_for` |
//! | `invalidated` | the customer's grant bears a date to come: some clock was wrong |
//! | `withdrawn` | the customer refused what stood granted |
//!
//! The other three do not come up. Nobody is asked here and waited for: `requested` and `request_deferred` are known to
//! whoever shows a question. And nobody takes consent back but the customer, so nothing is `revoked`.

mod bits;
mod carriers;
mod choices;
mod gpc;
mod gpp;
mod merging;
#[cfg(test)]
mod mutations;
mod purposes;
mod signals;
mod status;
mod tcf;

pub use carriers::{Carriers, Doubtful, Judging, Signals};
pub use choices::{Answer, Answering, Choices, Remembered};
pub(crate) use gpc::{SEC_GPC, opts_out};
pub use gpp::GppString;
pub use merging::{Consent, Sources};
pub use purposes::{Purpose, PurposeSet, Purposes, TooManyPurposes};
pub use signals::{GppSays, TcfPurposes, TcfSays};
pub use status::{Source, State, Status};
pub use tcf::{Permissions, Segment, TcError, TcString};
