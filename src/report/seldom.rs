//! Warnings that every request could give, said seldom: in an outage the first one tells all.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Lets a warning pass once a minute for each cause. Only who has something to warn of takes the lock; causes are words of
/// this crate, so there are few.
#[derive(Debug, Default)]
pub(crate) struct Seldom {
    told: Mutex<BTreeMap<&'static str, Told>>,
}

#[derive(Debug)]
struct Told {
    at: Instant,
    left_out: u64,
}

impl Seldom {
    /// Whether to warn now: then how many warnings of the same cause were left out since the last one.
    pub(super) fn now(&self, cause: &'static str) -> Option<u64> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let Some(last) = told.get_mut(cause) else {
            told.insert(cause, Told { at: now, left_out: 0 });
            return Some(0);
        };
        if now.duration_since(last.at) < INTERVAL {
            last.left_out += 1;
            return None;
        }
        last.at = now;
        Some(std::mem::take(&mut last.left_out))
    }
}

const INTERVAL: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_warning_passes_once_a_minute_and_says_how_many_did_not() {
        let seldom = Seldom::default();
        assert_eq!(seldom.now("syntax"), Some(0));
        assert_eq!([(); 3].map(|()| seldom.now("syntax")), [None; 3]);
        assert_eq!(seldom.now("utf8"), Some(0));
        tokio::time::advance(INTERVAL - Duration::from_millis(1)).await;
        assert_eq!(seldom.now("syntax"), None);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!([(); 2].map(|()| seldom.now("syntax")), [Some(4), None]);
        tokio::time::advance(INTERVAL).await;
        assert_eq!(seldom.now("syntax"), Some(1));
    }
}
