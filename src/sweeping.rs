//! What has been silent for too long goes: once a day, when the first request of the day comes.
//!
//! A clock that jumps ahead would take all for silent. So after more than two weeks without a sweep it is done only once a later
//! day has come, too: until then somebody may have set the clock right. A process that starts waits for an hour, in which
//! machines are told the time.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::{runtime::Handle, time::Instant};

use crate::{relationship::Day, store::Relationships};

/// The day on which relationships were last swept.
#[derive(Debug)]
pub(crate) struct Sweeping {
    /// Days since 1970; none is as early.
    last: AtomicI64,
    /// When the first request came, and on which day.
    first: OnceLock<(Instant, i64)>,
}

impl Sweeping {
    /// Begins to sweep, if this is another day than the last time. The sweep goes on by itself; one that fails is told of, and
    /// tried again the next day.
    pub(crate) fn begin(&self, relationships: &Relationships, retention_days: u32, now: Timestamp) {
        let today = now.as_second().div_euclid(SECONDS_A_DAY);
        if self.last.load(Ordering::Relaxed) == today {
            return;
        }
        let (begun, first) = *self.first.get_or_init(|| (Instant::now(), today));
        if begun.elapsed() < SETTLED_AFTER {
            return;
        }
        let last = match self.last.swap(today, Ordering::Relaxed) {
            NEVER => first - 1,
            last => last,
        };
        if !(1..=LONGEST_GAP).contains(&(today - last)) {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        let before = now.checked_sub(SignedDuration::from_hours(24 * i64::from(retention_days)));
        let before = Day::of(before.unwrap_or(Timestamp::MIN));
        let relationships = relationships.clone();
        runtime.spawn(async move {
            match relationships.sweep(before).await {
                Ok(0) => {}
                Ok(swept) => tracing::info!(swept, "relationships that were silent too long are deleted"),
                Err(error) => {
                    tracing::warn!(%error, "silent relationships could not be deleted; it is tried again tomorrow")
                }
            }
        });
    }
}

impl Default for Sweeping {
    fn default() -> Self {
        Self { last: AtomicI64::new(NEVER), first: OnceLock::new() }
    }
}

const SECONDS_A_DAY: i64 = 86_400;

const NEVER: i64 = i64::MIN;

/// How long the clock of a machine that has just started is not believed.
const SETTLED_AFTER: Duration = Duration::from_secs(3_600);

/// In days.
const LONGEST_GAP: i64 = 14;
