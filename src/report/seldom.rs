//! Warnings that every request could give, said seldom: in an outage the first one tells all.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Lets a warning pass once a minute for each place and cause. Only who has something to warn of takes the lock.
pub(super) struct Seldom {
    told: Mutex<BTreeMap<(Box<str>, &'static str), Told>>,
}

struct Told {
    at: Instant,
    left_out: u64,
}

impl Seldom {
    pub(super) const fn new() -> Self {
        Self { told: Mutex::new(BTreeMap::new()) }
    }

    /// Whether to warn now: then how many warnings of the same place and cause were left out since the last one.
    pub(super) fn now(&self, place: &str, cause: &'static str) -> Option<u64> {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let (key, at) = ((Box::from(place), cause), Instant::now());
        if let Some(last) = told.get_mut(&key) {
            if at.duration_since(last.at) < INTERVAL {
                last.left_out += 1;
                return None;
            }
            last.at = at;
            return Some(std::mem::take(&mut last.left_out));
        }
        if told.len() >= AT_MOST {
            told.clear();
        }
        told.insert(key, Told { at, left_out: 0 });
        Some(0)
    }
}

const INTERVAL: Duration = Duration::from_secs(60);

/// Far more places and causes than a policy has; with more it begins anew.
const AT_MOST: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_warning_passes_once_a_minute_and_says_how_many_did_not() {
        let seldom = Seldom::new();
        assert_eq!(seldom.now("home", "syntax"), Some(0));
        assert_eq!([(); 3].map(|()| seldom.now("home", "syntax")), [None; 3]);
        assert_eq!([seldom.now("home", "utf8"), seldom.now("basket", "syntax")], [Some(0); 2]);
        tokio::time::advance(INTERVAL - Duration::from_millis(1)).await;
        assert_eq!(seldom.now("home", "syntax"), None);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!([(); 2].map(|()| seldom.now("home", "syntax")), [Some(4), None]);
        tokio::time::advance(INTERVAL).await;
        assert_eq!(seldom.now("home", "syntax"), Some(1));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let seldom = Seldom::new();
        for place in 0..3 * AT_MOST {
            assert_eq!(seldom.now(&place.to_string(), "syntax"), Some(0));
            assert!(seldom.told.lock().unwrap().len() <= AT_MOST);
        }
    }
}
