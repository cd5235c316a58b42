//! A ladder under trial, and the history of all customers, replayed through it on all processors.

use std::{num::NonZeroUsize, thread};

use tower_rapport::{
    name::Name,
    policy::Policy,
    relationship::{Day, Ladder},
};

use super::replay::{Course, replay};
use crate::cli::{
    Failure,
    import::{history::Telling, rows::Row},
};

/// A ladder, and what its policy makes of rows.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) ladder: Ladder,
    /// The events that rows point at; none where the policy does not have it.
    pub(super) events: Vec<Option<Name>>,
    /// So many days of silence after which nothing is kept.
    pub(super) retention: u32,
}

impl Trial {
    /// A policy's own ladder. `events` are those that rows point at, also those of another policy.
    pub(super) fn of(policy: &Policy, telling: Telling, events: &[Name]) -> Self {
        let own = |event: &Name| telling.events.contains(event).then(|| event.clone());
        Self { events: events.iter().map(own).collect(), ladder: telling.ladder, retention: policy.retention_days() }
    }

    /// What came of each customer, in their order.
    ///
    /// # Errors
    ///
    /// A part of the work was broken off; figures without it would be wrong.
    pub(super) fn courses(&self, customers: &[&[Row]], days: &[Day]) -> Result<Vec<Course>, Failure> {
        let workers = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let share = customers.len().div_ceil(workers).max(1);
        let work = |rows: &[&[Row]]| rows.iter().map(|rows| replay(self, rows, days)).collect::<Vec<_>>();
        let courses = thread::scope(|scope| {
            let threads: Vec<_> = customers.chunks(share).map(|share| scope.spawn(move || work(share))).collect();
            threads.into_iter().map(thread::ScopedJoinHandle::join).collect::<Result<Vec<_>, _>>()
        });
        let courses = courses.map_err(|_| Failure::new("the replay was broken off"))?;
        Ok(courses.into_iter().flatten().collect())
    }
}
