//! What memory holds: bounded, and free to forget.

use std::sync::Arc;

use quick_cache::{
    UnitWeighter,
    sync::{Cache, DefaultLifecycle},
};

use crate::{
    identity::{Pseudonym, Uniform},
    relationship::Record,
    store::{Stored, Version},
};

/// What the store held of a customer when it was last heard of.
#[derive(Clone)]
pub(super) struct Base {
    /// The record; none for a stranger, and for one whose record cannot be read.
    pub(super) record: Option<Arc<Record>>,
    /// The version to be replaced; none where nothing is kept.
    pub(super) version: Option<Version>,
    /// Whether nothing more is kept than the record says: one that cannot be read may hold refusals.
    pub(super) is_readable: bool,
}

impl Base {
    /// What a store answered.
    pub(super) fn of(customer: Pseudonym, stored: Option<&Stored>) -> Self {
        let version = stored.map(Stored::version);
        match stored.map(|stored| stored.record(customer)).transpose() {
            Ok(record) => Self { record: record.map(Arc::new), version, is_readable: true },
            Err(why) => {
                tracing::warn!(%customer, %why, "a stored record cannot be read; the customer is treated as unknown");
                Self { record: None, version, is_readable: false }
            }
        }
    }
}

/// Those who are known, and those who are known not to be, each with room of their own.
pub(super) struct Remembered {
    known: Room<(Arc<Record>, Option<Version>)>,
    /// With whether what is kept can be read.
    unknown: Room<(Option<Version>, bool)>,
}

type Room<T> = Cache<Pseudonym, T, UnitWeighter, Uniform>;

impl Remembered {
    /// Room for `capacity` who are known.
    pub(super) fn new(capacity: u64) -> Self {
        Self { known: room(capacity), unknown: room(capacity.div_ceil(STRANGERS_ARE_A_PART_OF)) }
    }

    pub(super) fn get(&self, customer: Pseudonym) -> Option<Base> {
        if let Some((record, version)) = self.known.get(&customer) {
            return Some(Base { record: Some(record), version, is_readable: true });
        }
        let unknown = self.unknown.get(&customer);
        unknown.map(|(version, is_readable)| Base { record: None, version, is_readable })
    }

    /// Puts the new in before it takes the old out, so that whoever looks between finds one of them.
    pub(super) fn put(&self, customer: Pseudonym, base: &Base) {
        match &base.record {
            Some(record) => {
                self.known.insert(customer, (Arc::clone(record), base.version));
                self.unknown.remove(&customer);
            }
            None => {
                self.unknown.insert(customer, (base.version, base.is_readable));
                self.known.remove(&customer);
            }
        }
    }

    pub(super) fn forget(&self, customer: Pseudonym) {
        self.known.remove(&customer);
        self.unknown.remove(&customer);
    }

    pub(super) fn forget_all(&self) {
        self.known.clear();
        self.unknown.clear();
    }

    pub(super) fn those_where(&self, holds: impl Fn(&Record) -> bool) -> Vec<Pseudonym> {
        self.known.iter().filter(|(_, (record, _))| holds(record)).map(|(customer, _)| customer).collect()
    }
}

fn room<T: Clone>(capacity: u64) -> Room<T> {
    let items = usize::try_from(capacity).unwrap_or(usize::MAX);
    Cache::with(items, capacity, UnitWeighter, Uniform::default(), DefaultLifecycle::default())
}

const STRANGERS_ARE_A_PART_OF: u64 = 4;
