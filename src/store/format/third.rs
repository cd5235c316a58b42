//! The third format: what a record was before a history could be doubted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    consent::Choices,
    identity::Pseudonym,
    name::Name,
    relationship::{self, Change, Day, Mark, SignIn},
};

/// A record of the third format; with another history, of the second.
#[derive(Deserialize)]
pub(super) struct Record<H = History> {
    history: Option<H>,
    choices: Choices,
    forgotten: Option<Timestamp>,
    sign_in: Option<SignIn>,
    visitors: Vec<Pseudonym>,
}

/// What happened, in the third format.
#[derive(Deserialize)]
pub(super) struct History {
    first_seen: Day,
    last_seen: Day,
    active_days: u32,
    last_visit: Option<Day>,
    counts: BTreeMap<Name, u64>,
    stage: Option<Name>,
    changed: Option<Change>,
    marks: Vec<Mark>,
}

impl<H: Into<relationship::History>> From<Record<H>> for relationship::Record {
    fn from(Record { history, choices, forgotten, sign_in, visitors }: Record<H>) -> Self {
        Self { history: history.map(H::into), choices, forgotten, sign_in, visitors }
    }
}

impl From<History> for relationship::History {
    fn from(history: History) -> Self {
        let History { first_seen, last_seen, active_days, last_visit, counts, stage, changed, marks } = history;
        Self { first_seen, last_seen, active_days, last_visit, counts, stage, changed, marks, doubted_since: None }
    }
}
