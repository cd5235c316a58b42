//! What a customer chose, as it is kept.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::purposes::Purposes;
use crate::name::Name;

/// A customer's stored choices. Empty where the customer never chose.
///
/// ```
/// use jiff::Timestamp;
/// use tower_rapport::consent::{Answering, Choices, Remembered};
///
/// let (purpose, now) = ("cross_context".parse()?, Timestamp::now());
/// let mut choices = Choices::default();
/// choices.gpc.insert(purpose, Remembered::Since(now)); // seen on another device of the customer
/// // A grant in a request without the signal lifts what was remembered; a refusal is all that stays of it in `lowering`.
/// let purpose = "cross_context".parse()?;
/// choices.answer(&purpose, Answering { granted: true, at: now, was_granted: false, gpc: false });
/// assert_eq!(choices.gpc[&purpose], Remembered::Lifted);
/// assert_eq!(choices.lowering(), Choices::default());
/// choices.answer(&purpose, Answering { granted: false, at: now, was_granted: true, gpc: false });
/// assert!(!choices.lowering().purposes[&purpose].granted);
/// # Ok::<(), tower_rapport::name::NameError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// The stage above which the customer does not want to be known.
    pub limit: Option<Name>,
    /// Nothing personal before this instant.
    pub paused_until: Option<Timestamp>,
    /// The last answer for each purpose that was ever answered.
    pub purposes: BTreeMap<Name, Answer>,
    /// What is remembered of Global Privacy Control, for each purpose that it refused.
    pub gpc: BTreeMap<Name, Remembered>,
}

/// One answer of the customer to the question whether data may be used for a purpose.
///
/// See the example of [`Choices`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Granted, or refused.
    pub granted: bool,
    /// When it was given.
    pub at: Timestamp,
    /// Whether the purpose stood granted before: a grant then renews, a refusal withdraws.
    pub was_granted: bool,
}

/// A Global Privacy Control signal that was seen with the customer.
///
/// See the example of [`Choices`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remembered {
    /// It refuses the purpose since then, on all of the customer's devices.
    Since(Timestamp),
    /// The customer granted the purpose since, in a request without the signal. It holds for its own requests only.
    Lifted,
}

/// What an answer comes with.
///
/// See the example of [`Choices`].
#[derive(Clone, Copy, Debug)]
pub struct Answering {
    /// Granted, or refused.
    pub granted: bool,
    /// When it is given.
    pub at: Timestamp,
    /// Whether the purpose stands granted, by whomever.
    pub was_granted: bool,
    /// Whether the request carries a Global Privacy Control signal: then a grant lifts nothing of what is remembered.
    pub gpc: bool,
}

impl Choices {
    /// Writes an answer down. A refusal also ends what a grant lifted: the next signal is remembered again.
    pub fn answer(&mut self, purpose: &Name, Answering { granted, at, was_granted, gpc }: Answering) {
        self.purposes.insert(purpose.clone(), Answer { granted, at, was_granted });
        match self.gpc.get_mut(purpose) {
            Some(remembered @ Remembered::Since(_)) if granted && !gpc => *remembered = Remembered::Lifted,
            Some(Remembered::Lifted) if !granted => drop(self.gpc.remove(purpose)),
            _ => {}
        }
    }

    /// Remembers a Global Privacy Control signal for all purposes that it refuses, unless it is or the customer lifted it;
    /// answers whether that changes anything.
    pub(crate) fn remember_gpc(&mut self, purposes: &Purposes, at: Timestamp) -> bool {
        let changes = self.would_remember_gpc(purposes);
        for purpose in purposes.iter().filter(|purpose| purpose.denied_by_gpc) {
            self.gpc.entry(purpose.name.clone()).or_insert(Remembered::Since(at));
        }
        changes
    }

    /// Whether a Global Privacy Control signal would be remembered.
    pub(crate) fn would_remember_gpc(&self, purposes: &Purposes) -> bool {
        purposes.iter().any(|purpose| purpose.denied_by_gpc && !self.gpc.contains_key(&purpose.name))
    }

    /// What of the choices only ever lowers: limit, pause, refusals, and what is remembered of Global Privacy Control.
    #[must_use]
    pub fn lowering(&self) -> Self {
        let mut left = self.clone();
        left.purposes.retain(|_, answer| !answer.granted);
        left.gpc.retain(|_, remembered| *remembered != Remembered::Lifted);
        left
    }
}
