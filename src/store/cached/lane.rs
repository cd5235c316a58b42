//! What is under way for each customer.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::{Notify, oneshot};

use super::memory::Remembered;
use crate::{
    identity::Pseudonym,
    relationship::Record,
    store::{Hearing, Store, StoreError, StoreErrorKind, Urgency, hearing::Remembers},
};

/// Every lane, the store they lead to and the memory that they fill.
pub(super) struct Lanes {
    pub(super) store: Arc<dyn Store>,
    pub(super) remembered: Remembered,
    /// Whether that may be believed; none where nobody else writes.
    hearing: Option<Arc<Hearing>>,
    open: Mutex<Open>,
    /// How many changes that lower are in force and not yet written. While it is 0, memory alone has the answer.
    lowering: AtomicUsize,
    /// Told whenever a lane ends or rests.
    pub(super) quiet: Notify,
}

/// The lanes in which something is to be done.
#[derive(Default)]
pub(super) struct Open {
    pub(super) lanes: HashMap<Pseudonym, Lane>,
    /// How many changes stand in all lanes.
    pub(super) changes: usize,
}

/// What is to be done for one customer, in the order in which it came.
pub(super) struct Lane {
    pub(super) jobs: Vec<Job>,
    /// What the store has said may be outdated by now.
    pub(super) stale: bool,
    pub(super) phase: Phase,
    wake: Arc<Notify>,
}

/// What the task of a lane does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Its task is at work.
    Busy,
    /// Its last try failed, and its task sleeps.
    Resting,
    /// Its task was ended from outside, with its runtime.
    Left,
}

/// What a job ends with.
pub(super) type Outcome = Result<Option<Arc<Record>>, StoreError>;

pub(super) type Change = Box<dyn Fn(Option<&Record>) -> Option<Record> + Send>;

/// One thing to be done.
pub(super) struct Job {
    /// None only wants to know.
    pub(super) change: Option<Change>,
    pub(super) urgency: Urgency,
    pub(super) lowers: bool,
    /// None once the caller was told that it failed.
    pub(super) reply: Option<oneshot::Sender<Outcome>>,
}

impl Job {
    pub(super) fn load(reply: oneshot::Sender<Outcome>) -> Self {
        Self { change: None, urgency: Urgency::Visit, lowers: false, reply: Some(reply) }
    }

    pub(super) fn change(change: Change, urgency: Urgency, lowers: bool, reply: oneshot::Sender<Outcome>) -> Self {
        Self { change: Some(change), urgency, lowers, reply: Some(reply) }
    }

    /// Answers whoever asked and has not gone.
    pub(super) fn answer(&mut self, outcome: Outcome) {
        if let Some(reply) = self.reply.take() {
            let _ = reply.send(outcome);
        }
    }

    /// Whether it is tried again after a failure.
    pub(super) fn persists(&self) -> bool {
        self.change.is_some() && self.urgency > Urgency::Visit
    }
}

impl Lane {
    /// The record with all that lowers and is not yet written.
    pub(super) fn lowered(&self, record: Option<Arc<Record>>) -> Option<Arc<Record>> {
        let lowering = self.jobs.iter().filter(|job| job.lowers).filter_map(|job| job.change.as_ref());
        lowering.fold(record, |record, change| change(record.as_deref()).map(Arc::new).or(record))
    }
}

impl Lanes {
    pub(super) fn new(store: Arc<dyn Store>, remembered: Remembered, hearing: Option<Arc<Hearing>>) -> Self {
        let (open, lowering, quiet) = (Mutex::default(), AtomicUsize::new(0), Notify::new());
        Self { store, remembered, hearing, open, lowering, quiet }
    }

    /// Whether what is remembered, and what the store has just said, may be believed.
    pub(super) fn hears(&self) -> bool {
        self.hearing.as_ref().is_none_or(|hearing| hearing.is_fresh())
    }

    pub(super) fn store(&self) -> &dyn Store {
        &*self.store
    }

    pub(super) fn remembered_where(&self, holds: impl Fn(&Record) -> bool) -> Vec<Pseudonym> {
        self.remembered.those_where(holds)
    }

    pub(super) fn peek(&self, customer: Pseudonym) -> Option<Option<Arc<Record>>> {
        if !self.hears() {
            return None;
        }
        let readable = || self.remembered.get(customer).filter(|base| base.is_readable);
        if self.lowering.load(Ordering::Acquire) > 0 {
            let open = self.open();
            if let Some(lane) = open.lanes.get(&customer) {
                return readable().map(|base| lane.lowered(base.record));
            }
        }
        readable().map(|base| base.record)
    }

    /// Puts a job in the customer's lane; what it lowers is in force from here on. Gives what wakes the task of the lane,
    /// if it has none and now needs one.
    pub(super) fn submit(&self, customer: Pseudonym, job: Job) -> Result<Option<Arc<Notify>>, StoreError> {
        let mut open = self.open();
        if job.change.is_some() {
            let at_most = match job.urgency {
                Urgency::Visit => VISITS_AT_MOST,
                Urgency::Event => EVENTS_AT_MOST,
                Urgency::Choice => CHANGES_AT_MOST,
            };
            let changes = |lane: &Lane| lane.jobs.iter().filter(|job| job.change.is_some()).count();
            let here = open.lanes.get(&customer).map_or(0, changes);
            if open.changes >= at_most || here >= CHANGES_OF_ONE_AT_MOST {
                return Err(StoreError::new(StoreErrorKind::Busy, "too many changes wait to be written"));
            }
            open.changes += 1;
        }
        if job.lowers {
            self.lowering.fetch_add(1, Ordering::Release);
        }
        let lane = open.lanes.entry(customer).or_insert_with(|| Lane {
            jobs: Vec::new(),
            stale: false,
            phase: Phase::Left,
            wake: Arc::new(Notify::new()),
        });
        lane.jobs.push(job);
        match lane.phase {
            Phase::Busy => {}
            Phase::Resting => lane.wake.notify_one(),
            Phase::Left => {
                lane.phase = Phase::Busy;
                return Ok(Some(Arc::clone(&lane.wake)));
            }
        }
        Ok(None)
    }

    pub(super) fn invalidate(&self, customer: Pseudonym) {
        let mut open = self.open();
        if let Some(lane) = open.lanes.get_mut(&customer) {
            lane.stale = true;
        }
        self.remembered.forget(customer);
    }

    fn invalidate_all(&self) {
        let mut open = self.open();
        open.lanes.values_mut().for_each(|lane| lane.stale = true);
        self.remembered.forget_all();
    }

    pub(super) async fn flush(&self) -> usize {
        for lane in self.open().lanes.values_mut().filter(|lane| lane.phase == Phase::Resting) {
            lane.phase = Phase::Busy;
            lane.wake.notify_one();
        }
        loop {
            let quieter = self.quiet.notified();
            {
                let open = self.open();
                if open.lanes.values().all(|lane| lane.phase != Phase::Busy) {
                    return open.changes;
                }
            }
            quieter.await;
        }
    }

    pub(super) fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes jobs off the counts. What is in memory by now has to be there before this.
    pub(super) fn discount<'a>(&self, changes: &mut usize, jobs: impl Iterator<Item = &'a Job>) {
        for job in jobs {
            *changes -= usize::from(job.change.is_some());
            self.lowering.fetch_sub(usize::from(job.lowers), Ordering::Release);
        }
    }
}

impl Remembers for Lanes {
    fn forget(&self, customer: Pseudonym) {
        self.invalidate(customer);
    }

    fn forget_all(&self) {
        self.invalidate_all();
    }
}

/// How many visits may wait for a slow store: less than all changes, so that visits are given up first.
const VISITS_AT_MOST: usize = 16_384;

/// The same of events, so that there is room for choices.
const EVENTS_AT_MOST: usize = 49_152;

const CHANGES_AT_MOST: usize = 65_536;

const CHANGES_OF_ONE_AT_MOST: usize = 1_024;
