//! How a customer stands, from what is kept alone: what an operator can be told without a request. Pure.
//!
//! A token says things that are not kept: age, purposes, since when somebody is known. They are not guessed. Only that the
//! customer agrees to be remembered is taken as said, where nobody here refused it: what is kept was kept with that consent.

use jiff::Timestamp;
use serde_json::Value;

use super::{export::export_without_request, me::Kept, reasons, seen::Seen, terms::Terms};
use crate::{
    decision::{Decision, Facts, Limit, Rules, decide},
    identity::Pseudonym,
    name::Name,
    relationship::{Record, Stage},
};

/// How a customer stands, from what is kept alone.
///
/// ```
/// use jiff::Timestamp;
/// use tower_rapport::{identity::CustomerId, policy::Policy, portal::Answered};
/// # let toml = include_str!("../../config/minimal.toml");
/// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let identity = policy.identity();
/// let anna = identity.pseudonyms.pseudonym(&identity.rules.issuer, &CustomerId::new("anna"));
/// let account = policy.account(anna, None, Timestamp::now()); // of whom nothing is kept
/// assert_eq!(account.decision.stage_name, "new");
/// assert!(account.purposes.iter().all(|(_, answered)| *answered == Answered::Unknown));
/// for line in [&account.is, &account.next].into_iter().chain(&account.missing) {
///     println!("{line}");
/// }
/// # Ok::<(), tower_rapport::policy::Diagnostics>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Account {
    /// The decision for somebody who agrees to be remembered and of whom a request says nothing else. `granted` is what is
    /// granted here.
    pub decision: Decision,
    /// The stage, as the customer's own page says it, in English.
    pub is: String,
    /// What the stage rests on.
    pub because: Vec<String>,
    /// What holds it back.
    pub limits: Vec<String>,
    /// What stands before the next stage.
    pub next: String,
    /// What the next stage lacks.
    pub missing: Vec<String>,
    /// Each purpose, and what the customer answered here.
    pub purposes: Vec<(Name, Answered)>,
    /// What is kept, as names and values.
    pub kept: Vec<(String, String)>,
    /// How long it is kept.
    pub retention: String,
}

/// What is known of a purpose without a request.
///
/// See the example of [`Account`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    /// Granted here, and in force unless a request refuses it.
    Granted,
    /// Refused or withdrawn here, expired, or refused by a Global Privacy Control signal that is remembered.
    NotGranted,
    /// Nothing is kept of it: a token or a consent string may grant it.
    Unknown,
}

/// How a customer stands at an instant. See [`Policy::account`](crate::policy::Policy::account).
pub(crate) fn account(terms: &Terms, holdout: Option<Stage>, record: Option<&Record>, now: Timestamp) -> Account {
    let (rules, remembered) = alone(terms);
    let facts = Facts { claim: Some(&remembered), holdout, ..Facts::of_a_customer(now) };
    let here = decide(&rules, record, &Facts { claim: None, ..facts });
    let decision = Decision { granted: here.granted, ..decide(&rules, record, &facts) };
    let seen = Seen { terms, record, decision: &decision, own: decision.stage, vouched: None, now };
    let words = terms.languages.at(0);
    let (next, missing) = reasons::next(seen.next().as_ref(), &seen, words);
    let answered = |name: &Name| {
        let state = here.consent.status(rules.purposes.set_of(name.as_str())).state;
        match () {
            () if state.is_granted() => Answered::Granted,
            () if state == crate::consent::State::Unknown => Answered::Unknown,
            () => Answered::NotGranted,
        }
    };
    Account {
        is: reasons::is(&seen, words),
        because: reasons::because(&seen, words),
        // What is closed for want of consent stands with the purposes, where what is unknown can be told from what is refused.
        limits: reasons::limits_but(if seen.is_remembered() { Some(Limit::Consent) } else { None }, &seen, words),
        next,
        missing,
        purposes: rules.purposes.iter().map(|purpose| (purpose.name.clone(), answered(&purpose.name))).collect(),
        kept: Kept::of(&seen).figures(words),
        retention: words.texts.kept.retention.count(terms.retention.into(), &[]),
        decision,
    }
}

/// All that is kept of a customer, as the customer would take it along. See [`Policy::receipt`](crate::policy::Policy::receipt).
pub(crate) fn receipt(
    terms: &Terms,
    holdout: Option<Stage>,
    customer: Pseudonym,
    record: Option<&Record>,
    now: Timestamp,
) -> Value {
    let (rules, _) = alone(terms);
    let decision = decide(&rules, record, &Facts { holdout, ..Facts::of_a_customer(now) });
    let seen = Seen { terms, record, decision: &decision, own: decision.stage, vouched: None, now };
    export_without_request(&seen, customer, terms.languages.at(0))
}

/// The rules for what is kept alone, and the purpose that is taken as agreed to. No age is known here, which is not the same
/// as that of somebody of whom none is known anywhere.
fn alone(terms: &Terms) -> (Rules, Vec<String>) {
    let rules = Rules { minor: None, ..terms.rules.clone() };
    let remembered = rules.purposes.names(rules.purposes.record()).map(ToString::to_string).collect();
    (rules, remembered)
}
