//! Visitors: what a request has of their cookie, and what becomes of it and of what is known of them.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use super::Asked;
use crate::{
    consent::{Consent, Signals, Sources, TcfPurposes},
    decision::{Decision, Rules, decide},
    identity::Visitor,
    policy::Policy,
    relationship::{Day, Record, SignIn},
    report,
};

/// What a request has of a visitor's cookie.
#[derive(Clone, Debug)]
pub(crate) enum Visiting {
    /// It does not count: visitors are off, or a token came that proves nothing.
    Off,
    /// There is none.
    None,
    /// One that proves nothing.
    Bad,
    /// A visitor's, and no token.
    Alone(Arc<Visitor>),
    /// A visitor's, and a customer's token.
    SignsIn(Arc<Visitor>),
}

impl Visiting {
    /// Reads the cookie of a request. One that proves nothing makes nobody and is counted.
    pub(super) fn of(headers: &HeaderMap, policy: &Policy, has_token: bool, now: Timestamp) -> Self {
        let Some(visitors) = &policy.identity().visitors else { return Self::Off };
        match visitors.find(headers, now) {
            Ok(None) if has_token => Self::Off,
            Ok(None) => Self::None,
            Ok(Some(visitor)) if has_token => Self::SignsIn(Arc::new(visitor)),
            Ok(Some(visitor)) => Self::Alone(Arc::new(visitor)),
            Err(error) => {
                report::bad_visitor(error.kind());
                Self::Bad
            }
        }
    }

    /// The visitor, by whichever cookie.
    pub(crate) fn visitor(&self) -> Option<&Arc<Visitor>> {
        match self {
            Self::Alone(visitor) | Self::SignsIn(visitor) => Some(visitor),
            Self::Off | Self::None | Self::Bad => None,
        }
    }

    pub(super) fn alone(&self) -> Option<&Arc<Visitor>> {
        if let Self::Alone(visitor) = self { Some(visitor) } else { None }
    }

    /// Whether the request has the cookie at all.
    pub(crate) fn has_cookie(&self) -> bool {
        matches!(self, Self::Bad | Self::Alone(_) | Self::SignsIn(_))
    }
}

/// What becomes of a visitor's record when somebody signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SigningIn {
    /// Nothing, now or any more.
    Nothing,
    /// It joins the customer's.
    Joins,
    /// It joins nobody's, for whose it is cannot be told from now on.
    Unclear,
}

impl Asked {
    /// What becomes of a visitor's record, given what is decided for the customer who signed in.
    pub(crate) fn sign_in(&self, rules: &Rules, decision: &Decision, visitors: Option<&Record>) -> SigningIn {
        let (Visiting::SignsIn(_), Some(identity)) = (&self.visitor, &self.identity) else { return SigningIn::Nothing };
        let both_agree = decision.may_record && self.agrees_alone(rules, visitors);
        match visitors.and_then(|record| record.sign_in) {
            None if both_agree => SigningIn::Joins,
            None if visitors.is_some_and(|record| record.history.is_some()) => SigningIn::Unclear,
            // Broken off before, and gone on with.
            Some(SignIn::Joining(customer)) if both_agree && customer == identity.customer => SigningIn::Joins,
            _ => SigningIn::Nothing,
        }
    }

    /// The customer's record with the visitor's evidence; none where the customer does not agree to be remembered any more.
    pub(crate) fn joined(&self, rules: &Rules, record: Option<&Record>, visitors: &Record) -> Option<Record> {
        if !decide(rules, record, &self.facts(false)).may_record {
            return None;
        }
        let nothing = Record::default();
        Some(rules.ladder.join(record.unwrap_or(&nothing), visitors, Day::of(self.now)))
    }

    /// What a client's visitor cookie is to be, if another one than it has. `visitors` is the visitor's record, as far as it is
    /// known here.
    pub(crate) fn cookie(
        &self,
        policy: &Policy,
        decision: &Decision,
        visitors: Option<&Record>,
    ) -> Option<HeaderValue> {
        let cookies = policy.identity().visitors.as_ref()?;
        let has_joined = visitors.is_some_and(|record| matches!(record.sign_in, Some(SignIn::Joined(_))));
        match &self.visitor {
            Visiting::Alone(_) | Visiting::SignsIn(_) if has_joined => Some(cookies.remove()),
            Visiting::Alone(visitor) if decision.may_record && cookies.is_to_be_renewed(visitor, self.now) => {
                Some(cookies.set(visitor, self.now))
            }
            // To keep something on a device takes a consent of its own: purpose 1 (ePrivacy Directive Art. 5(3)).
            Visiting::None | Visiting::Bad
                if self.identity.is_none()
                    && self.visit
                    && self.signals.tcf.granted.contains(TcfPurposes::of(&[1], &[]))
                    && self.agrees_alone(policy.rules(), None) =>
            {
                cookies.begin(self.now).map(|visitor| cookies.set(&visitor, self.now))
            }
            _ => None,
        }
    }

    /// Whether this is somebody whom nobody knows, and who can become a visitor.
    pub(crate) fn may_begin(&self) -> bool {
        self.identity.is_none() && matches!(self.visitor, Visiting::None | Visiting::Bad)
    }

    /// Whether this is a visitor whose evidence has gone to a customer, or is on its way.
    pub(crate) fn is_nobody(&self, record: Option<&Record>) -> bool {
        matches!(self.visitor, Visiting::Alone(_)) && record.is_some_and(Record::is_gone)
    }

    /// Whether a person without a token agrees to be remembered, by what the request says and what was chosen before.
    fn agrees_alone(&self, rules: &Rules, record: Option<&Record>) -> bool {
        let Signals { tcf, gpp } = self.signals;
        let choices = record.map(|record| &record.choices);
        let sources = Sources { claim: None, tcf, gpp, gpc: self.gpc, choices, now: self.now };
        let Consent { granted_before, .. } = rules.purposes.merge(&sources);
        !rules.purposes.record().is_empty() && granted_before.contains(rules.purposes.record())
    }
}
