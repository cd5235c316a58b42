//! Where consent to a purpose stands, and who says so.

use std::fmt;

use serde::Serialize;

/// Where consent to one purpose stands, and who says so.
///
/// See the example of [`Purposes`](super::Purposes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Where it stands.
    pub state: State,
    /// Who speaks: the one who refuses, else the one who grants. Of an unknown state, whose words cannot be read; `None` where
    /// nobody says anything.
    pub by: Option<Source>,
}

/// The ten states of consent that the W3C Data Privacy Vocabulary knows (`ConsentStatus`). The documentation of the
/// [room](super) says which of them come up.
///
/// ```
/// use tower_rapport::consent::State;
///
/// let usable: Vec<_> = State::ALL.into_iter().filter(|state| state.is_granted()).map(State::word).collect();
/// assert_eq!(usable, ["given", "renewed"]);
/// assert_eq!((State::Withdrawn.term(), State::Withdrawn.is_refusal()), ("ConsentWithdrawn", true));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nobody says anything that can be relied on.
    Unknown,
    /// The customer was asked and has not answered.
    Requested,
    /// The customer was asked and put the answer off.
    RequestDeferred,
    /// It is refused, and was not granted before.
    Refused,
    /// It is granted.
    Given,
    /// It is granted once more, after an earlier grant.
    Renewed,
    /// It was granted too long ago.
    Expired,
    /// A grant is there that cannot be right.
    Invalidated,
    /// Somebody else than the customer took it back.
    Revoked,
    /// The customer took it back.
    Withdrawn,
}

/// Who can speak of a purpose.
///
/// See the example of [`Purposes`](super::Purposes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The customer, by a choice that is stored.
    Customer,
    /// A claim of the token.
    Claim,
    /// A TC string of the IAB Transparency & Consent Framework.
    Tcf,
    /// A string of the IAB Global Privacy Platform.
    Gpp,
    /// Global Privacy Control, in this request or remembered.
    Gpc,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Unknown,
        Self::Requested,
        Self::RequestDeferred,
        Self::Refused,
        Self::Given,
        Self::Renewed,
        Self::Expired,
        Self::Invalidated,
        Self::Revoked,
        Self::Withdrawn,
    ];

    /// The word for it in what this crate writes.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Requested => "requested",
            Self::RequestDeferred => "request_deferred",
            Self::Refused => "refused",
            Self::Given => "given",
            Self::Renewed => "renewed",
            Self::Expired => "expired",
            Self::Invalidated => "invalidated",
            Self::Revoked => "revoked",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The name of it in the vocabulary, without `https://w3id.org/dpv#`.
    pub const fn term(self) -> &'static str {
        match self {
            Self::Unknown => "ConsentUnknown",
            Self::Requested => "ConsentRequested",
            Self::RequestDeferred => "ConsentRequestDeferred",
            Self::Refused => "ConsentRefused",
            Self::Given => "ConsentGiven",
            Self::Renewed => "RenewedConsentGiven",
            Self::Expired => "ConsentExpired",
            Self::Invalidated => "ConsentInvalidated",
            Self::Revoked => "ConsentRevoked",
            Self::Withdrawn => "ConsentWithdrawn",
        }
    }

    /// Whether data may be used: in two of the states (`ConsentStatusValidForProcessing`).
    pub const fn is_granted(self) -> bool {
        matches!(self, Self::Given | Self::Renewed)
    }

    /// Whether somebody says no.
    pub const fn is_refusal(self) -> bool {
        matches!(self, Self::Refused | Self::Withdrawn | Self::Revoked)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Source {
    /// Everybody who can speak, in the order in which they are named where several say the same.
    pub const ALL: [Self; 5] = [Self::Customer, Self::Claim, Self::Tcf, Self::Gpp, Self::Gpc];

    /// The word for it in what this crate writes.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Claim => "claim",
            Self::Tcf => "tcf",
            Self::Gpp => "gpp",
            Self::Gpc => "gpc",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_written_as_it_is_serialized() {
        for state in State::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.word());
        }
        for source in Source::ALL {
            assert_eq!(serde_json::to_value(source).unwrap(), source.word());
        }
    }

    #[test]
    fn two_states_of_ten_let_data_be_used_and_no_refusal_does() {
        assert_eq!(State::ALL.iter().filter(|state| state.is_granted()).count(), 2);
        assert!(State::ALL.iter().all(|state| !(state.is_granted() && state.is_refusal())));
    }
}
