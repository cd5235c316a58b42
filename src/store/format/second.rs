//! The second format: what a record was before events could have ids.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    consent::Choices,
    identity::Pseudonym,
    name::Name,
    relationship::{self, Change, Day, SignIn},
};

/// A record of the second format.
#[derive(Deserialize)]
pub(super) struct Record {
    history: Option<History>,
    choices: Choices,
    forgotten: Option<Timestamp>,
    sign_in: Option<SignIn>,
    visitors: Vec<Pseudonym>,
}

/// What happened, in the first format and the second.
#[derive(Deserialize)]
pub(super) struct History {
    first_seen: Day,
    last_seen: Day,
    active_days: u32,
    last_visit: Option<Day>,
    counts: BTreeMap<Name, u64>,
    stage: Option<Name>,
    changed: Option<Change>,
}

impl From<Record> for relationship::Record {
    fn from(Record { history, choices, forgotten, sign_in, visitors }: Record) -> Self {
        Self { history: history.map(relationship::History::from), choices, forgotten, sign_in, visitors }
    }
}

impl From<History> for relationship::History {
    fn from(history: History) -> Self {
        let History { first_seen, last_seen, active_days, last_visit, counts, stage, changed } = history;
        Self {
            first_seen,
            last_seen,
            active_days,
            last_visit,
            counts,
            stage,
            changed,
            marks: Vec::new(),
            doubted_since: None,
        }
    }
}
