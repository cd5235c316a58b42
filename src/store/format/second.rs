//! The second format: what a record was before events could have ids.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::third;
use crate::{
    name::Name,
    relationship::{self, Change, Day},
};

/// A record of the second format.
pub(super) type Record = third::Record<History>;

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
