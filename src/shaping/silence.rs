//! Rules that meet nothing: the service's answer has changed its shape, and somebody should be told.

use std::sync::atomic::{AtomicU32, Ordering};

/// In how many answers a rule could have met something and met nothing; [`MET`] once it met something.
#[derive(Debug, Default)]
pub(super) struct Silence(AtomicU32);

impl Silence {
    /// Notes what a rule met in an answer; whether it is time to tell of it.
    pub(super) fn note(&self, met: u64) -> bool {
        match met {
            _ if self.0.load(Ordering::Relaxed) >= ENOUGH => false,
            0 => self.0.fetch_add(1, Ordering::Relaxed) + 1 == ENOUGH,
            _ => {
                self.0.store(MET, Ordering::Relaxed);
                false
            }
        }
    }
}

/// The number of answers after which a rule that met nothing is told of.
const ENOUGH: u32 = 100;

/// Far above what is counted to, and far below the end, where a late count of another thread would begin anew.
const MET: u32 = 1 << 31;
