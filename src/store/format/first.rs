//! The first format: what a record was before Global Privacy Control was remembered, and before visitors.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

use super::second::History;
use crate::{
    consent::{Answer, Choices, Remembered},
    name::Name,
    relationship::{self, Day},
};

/// A record of the first format.
#[derive(Deserialize)]
pub(super) struct Record {
    history: Option<History>,
    choices: FirstChoices,
    forgotten: Option<Day>,
}

#[derive(Deserialize)]
struct FirstChoices {
    limit: Option<Name>,
    paused_until: Option<Timestamp>,
    purposes: BTreeMap<Name, FirstAnswer>,
}

#[derive(Deserialize)]
struct FirstAnswer {
    granted: bool,
    at: Timestamp,
    by: Voice,
}

#[derive(PartialEq, Eq, Deserialize)]
enum Voice {
    Customer,
    Gpc,
}

impl From<Record> for relationship::Record {
    fn from(Record { history, choices, forgotten }: Record) -> Self {
        let FirstChoices { limit, paused_until, purposes } = choices;
        let mut choices = Choices { limit, paused_until, ..Choices::default() };
        for (name, FirstAnswer { granted, at, by }) in purposes {
            if by == Voice::Gpc && !granted {
                choices.gpc.insert(name, Remembered::Since(at));
            } else {
                choices.purposes.insert(name, Answer { granted, at, was_granted: false });
            }
        }
        let midnight = |day: Day| day.date().to_zoned(TimeZone::UTC).map(|midnight| midnight.timestamp());
        let forgotten = forgotten.map(|day| midnight(day).unwrap_or(Timestamp::MAX));
        Self { history: history.map(Into::into), choices, forgotten, ..Self::default() }
    }
}
