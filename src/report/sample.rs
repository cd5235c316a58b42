//! Which answers are looked at where not all are.

use std::sync::atomic::{AtomicU64, Ordering};

/// Takes a share of all that comes, as evenly as can be: of any run of answers the share or hardly more or less, and of every
/// second or tenth one as well, however regular traffic is.
#[derive(Debug)]
pub(crate) struct Sample {
    /// In thousandths.
    share: u16,
    seen: AtomicU64,
}

impl Sample {
    pub(crate) fn new(share: u16) -> Self {
        Self { share, seen: AtomicU64::new(0) }
    }

    /// Whether the next one is taken.
    pub(crate) fn takes(&self) -> bool {
        if self.share == 0 {
            return false;
        }
        // Multiples of the golden ratio fill the circle evenly, and no other step keeps time with them.
        let place = self.seen.fetch_add(1, Ordering::Relaxed).wrapping_mul(GOLDEN);
        u128::from(place) * 1000 < u128::from(self.share) << 64
    }
}

/// The fraction of the golden ratio, of 2^64.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_taken_evenly_and_of_every_nth_one_too() {
        for share in [0_u16, 1, 10, 250, 333, 500, 999, 1000] {
            let sample = Sample::new(share);
            let taken: Vec<bool> = (0..100_000).map(|_| sample.takes()).collect();
            for every in [1, 2, 3, 7, 10, 60, 1000] {
                for begin in 0..every.min(7) {
                    let among: Vec<bool> = taken.iter().skip(begin).step_by(every).copied().collect();
                    let (is, due) = (among.iter().filter(|taken| **taken).count(), among.len() * usize::from(share));
                    let off = (is * 1000).abs_diff(due);
                    assert!(off <= 8_000, "{share}: {is} of every {every}th, of {}", among.len());
                    assert!(!matches!(share, 0 | 1000) || off == 0, "{share}: {is}");
                }
            }
        }
    }
}
