//! The demo's time: one clock for the shop and the layer, moved by hand.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{Timestamp, civil::Date};
use tower_rapport::clock::Clock;

/// A clock that stands still until somebody travels.
#[derive(Clone, Debug)]
pub(crate) struct Traveller(Arc<AtomicI64>);

impl Traveller {
    /// Stands some days before the first day of the demo.
    pub(crate) fn days_before(days: u32) -> Self {
        Self(Arc::new(AtomicI64::new(FIRST_DAY - i64::from(days) * DAY)))
    }

    /// Goes to a day that lies some days before the first day of the demo.
    pub(crate) fn go_to_days_before(&self, days: u32) {
        self.0.store(FIRST_DAY - i64::from(days) * DAY, Ordering::SeqCst);
    }

    /// Goes some days ahead. Nobody travels back.
    pub(crate) fn ahead(&self, days: u32) {
        self.0.fetch_add(i64::from(days) * DAY, Ordering::SeqCst);
    }

    pub(crate) fn seconds(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }

    pub(crate) fn today(&self) -> Date {
        self.now().to_zoned(jiff::tz::TimeZone::UTC).date()
    }
}

impl Clock for Traveller {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.seconds()).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// Seconds since 1970.
pub(crate) const DAY: i64 = 86_400;
/// 18 May 2026, ten in the morning UTC.
pub(crate) const FIRST_DAY: i64 = 1_779_098_400;
