//! What memory knows of relationships, in front of a store that may fail.

mod changing;
mod contract;
mod loading;
mod lowering;
mod runtimes;

use std::time::Duration;

use super::*;
use crate::{
    identity::Pseudonym,
    name::Name,
    relationship::History,
    store::{Fault, Faulty, Memory, Replaced, Stored},
};

const ANNA: Pseudonym = Pseudonym::from_bytes([1; 16]);
const BEN: Pseudonym = Pseudonym::from_bytes([2; 16]);

fn name(name: &str) -> Name {
    name.parse().unwrap()
}

fn bought(record: Option<&Record>) -> Option<Record> {
    let mut record = record.cloned().unwrap_or_default();
    let day = Day::from_date("2026-11-22".parse().unwrap());
    let history = record.history.get_or_insert_with(|| History {
        first_seen: day,
        last_seen: day,
        active_days: 1,
        last_visit: None,
        counts: Default::default(),
        stage: None,
        changed: None,
        marks: Vec::new(),
        doubted_since: None,
    });
    *history.counts.entry(name("purchase")).or_default() += 1;
    Some(record)
}

fn limited(record: Option<&Record>) -> Option<Record> {
    let mut record = record.cloned().unwrap_or_default();
    record.choices.limit = Some(name("new"));
    Some(record)
}

fn unlimited(record: Option<&Record>) -> Option<Record> {
    let mut record = record.cloned().unwrap_or_default();
    record.choices.limit = None;
    Some(record)
}

fn purchases(record: &Option<Arc<Record>>) -> u64 {
    record.as_ref().and_then(|record| record.history.as_ref()).map_or(0, |history| history.count("purchase"))
}

fn is_limited(record: &Option<Arc<Record>>) -> bool {
    record.as_ref().is_some_and(|record| record.choices.limit.is_some())
}

fn over_memory() -> (Arc<Faulty>, Relationships) {
    let store = Arc::new(Faulty::new(Memory::new()));
    (store.clone(), Relationships::new(store, 1_000))
}

/// Until the store was asked, so that a fault meets what it is meant to meet.
async fn until(holds: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("what was waited for did not happen");
}

async fn bought_elsewhere(store: &dyn Store, times: u64) {
    for _ in 0..times {
        let found = store.load(ANNA).await.unwrap();
        let next = bought(found.as_ref().map(|stored| stored.record(ANNA).unwrap()).as_ref()).unwrap();
        let expected = found.map(|stored| stored.version());
        assert_eq!(
            store.replace(ANNA, expected, Stored::new(ANNA, &next), Urgency::Event).await.unwrap(),
            Replaced::Written
        );
    }
}
