//! What a customer chose, as it is kept.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::name::Name;

/// A customer's stored choices. Empty where the customer never chose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// The stage above which the customer does not want to be known.
    pub limit: Option<Name>,
    /// Nothing personal before this instant.
    pub paused_until: Option<Timestamp>,
    /// The last answer for each purpose that was ever answered.
    pub purposes: BTreeMap<Name, Answer>,
}

/// One answer to the question whether data may be used for a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Granted, or refused.
    pub granted: bool,
    /// When it was given.
    pub at: Timestamp,
    /// Who gave it.
    pub by: Voice,
}

/// Who spoke for the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Voice {
    /// The customer, by an act of choosing.
    Customer,
    /// A Global Privacy Control signal that was seen with the customer.
    Gpc,
}
