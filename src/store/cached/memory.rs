//! What memory holds: bounded, and free to forget.

use std::sync::Arc;

use moka::sync::Cache;

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
}

impl Base {
    /// What a store answered.
    pub(super) fn of(customer: Pseudonym, stored: Option<&Stored>) -> Self {
        let record = stored.map(Stored::record).transpose().unwrap_or_else(|why| {
            tracing::warn!(%customer, %why, "a stored record cannot be read; the customer is treated as unknown");
            None
        });
        Self { record: record.map(Arc::new), version: stored.map(Stored::version) }
    }
}

/// Those who are known, and those who are known not to be, each with room of their own.
pub(super) struct Remembered {
    known: Cache<Pseudonym, (Arc<Record>, Option<Version>), Uniform>,
    unknown: Cache<Pseudonym, Option<Version>, Uniform>,
}

impl Remembered {
    /// Room for `capacity` who are known.
    pub(super) fn new(capacity: u64) -> Self {
        let strangers = capacity.div_ceil(STRANGERS_ARE_A_PART_OF);
        Self {
            known: Cache::builder().max_capacity(capacity).build_with_hasher(Uniform::default()),
            unknown: Cache::builder().max_capacity(strangers).build_with_hasher(Uniform::default()),
        }
    }

    pub(super) fn get(&self, customer: Pseudonym) -> Option<Base> {
        if let Some((record, version)) = self.known.get(&customer) {
            return Some(Base { record: Some(record), version });
        }
        self.unknown.get(&customer).map(|version| Base { record: None, version })
    }

    /// Puts the new in before it takes the old out, so that whoever looks between finds one of them.
    pub(super) fn put(&self, customer: Pseudonym, base: &Base) {
        match &base.record {
            Some(record) => {
                self.known.insert(customer, (Arc::clone(record), base.version));
                self.unknown.invalidate(&customer);
            }
            None => {
                self.unknown.insert(customer, base.version);
                self.known.invalidate(&customer);
            }
        }
    }

    pub(super) fn forget(&self, customer: Pseudonym) {
        self.known.invalidate(&customer);
        self.unknown.invalidate(&customer);
    }

    pub(super) fn those_where(&self, holds: impl Fn(&Record) -> bool) -> Vec<Pseudonym> {
        self.known.iter().filter(|(_, (record, _))| holds(record)).map(|(customer, _)| *customer).collect()
    }
}

const STRANGERS_ARE_A_PART_OF: u64 = 4;
