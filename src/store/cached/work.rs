//! The task of one lane: asks, changes, writes, and tries again.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

use super::{
    lane::{Lanes, Open, Phase},
    memory::Base,
    unheard,
};
use crate::{
    identity::Pseudonym,
    relationship::Record,
    store::{Replaced, StoreError, StoreErrorKind, Stored, Urgency, Version},
};

/// Works through the lane of one customer until it is empty.
pub(super) struct Work {
    lanes: Arc<Lanes>,
    customer: Pseudonym,
    wake: Arc<Notify>,
    /// The lane is gone, and with it all that was to be done.
    ended: bool,
    /// Writes whose answer was an error, and how many jobs were in each, the last first: they may have happened.
    doubtful: Vec<(Version, usize)>,
    failures: u32,
    conflicts: u32,
}

/// What is to be done next.
enum Next {
    /// Nothing is left.
    End,
    /// What is at hand may be outdated: ask the store.
    Ask,
    /// Replace what is at hand.
    Write(Draft),
}

/// The first jobs of the lane, done to what is at hand.
struct Draft {
    record: Option<Arc<Record>>,
    urgency: Urgency,
    jobs: usize,
}

impl Work {
    pub(super) fn new(lanes: Arc<Lanes>, customer: Pseudonym, wake: Arc<Notify>) -> Self {
        Self { lanes, customer, wake, ended: false, doubtful: Vec::new(), failures: 0, conflicts: 0 }
    }

    pub(super) async fn run(mut self) {
        let (mut heard, mut ask) = (None, false);
        while !self.ended {
            let believed = !ask && heard.is_none() && self.lanes.hears();
            let remembered = if believed { self.lanes.remembered.get(self.customer) } else { None };
            let fresh = remembered.is_none();
            let base = match heard.take().or(remembered) {
                Some(base) => base,
                None => match self.lanes.store.load(self.customer).await {
                    Ok(stored) => Base::of(self.customer, stored.as_ref()),
                    Err(error) => {
                        self.fail(usize::MAX, None, &error).await;
                        continue;
                    }
                },
            };
            ask = false;
            let next = match self.settle_doubtful(&base) {
                Some(draft) => Next::Write(draft),
                None => self.begin(&base, fresh),
            };
            match next {
                Next::End => {}
                Next::Ask => ask = true,
                Next::Write(draft) => {
                    heard = self.write(&base, draft).await;
                    // What was written may be there: then it must not be written once more.
                    ask = heard.is_none();
                }
            }
        }
    }

    /// Answers those who only want to know, and does the changes to what is at hand.
    fn begin(&mut self, base: &Base, fresh: bool) -> Next {
        let mut open = self.lanes.open();
        let Open { lanes, changes } = &mut *open;
        let Some(lane) = lanes.get_mut(&self.customer) else {
            self.ended = true;
            return Next::End;
        };
        if std::mem::take(&mut lane.stale) {
            return Next::Ask;
        }
        if fresh {
            self.lanes.remembered.put(self.customer, base);
        }
        let lowered = lane.lowered(base.record.clone());
        // What was asked for while the store was heard may be too old by now.
        let hears = self.lanes.hears();
        for job in lane.jobs.iter_mut().filter(|job| job.change.is_none()) {
            job.answer(match () {
                () if !hears => Err(unheard()),
                () if !base.is_readable => Err(unreadable(StoreErrorKind::Foreign)),
                () => Ok(lowered.clone()),
            });
        }
        lane.jobs.retain(|job| job.change.is_some());
        // Only a choice is written over what may hold others: it says at least what this customer wants now.
        if !base.is_readable && lane.jobs.iter().all(|job| job.urgency < Urgency::Choice) {
            self.lanes.discount(changes, lane.jobs.iter());
            lane.jobs.drain(..).for_each(|mut job| job.answer(Err(unreadable(StoreErrorKind::Busy))));
            lanes.remove(&self.customer);
            self.ended = true;
            self.lanes.quiet.notify_waiters();
            return Next::End;
        }

        let mut record = base.record.clone();
        for change in lane.jobs.iter().filter_map(|job| job.change.as_ref()) {
            record = change(record.as_deref()).map(Arc::new).or(record);
        }
        let urgency = lane.jobs.iter().map(|job| job.urgency).max().unwrap_or(Urgency::Visit);
        let stands = record == base.record;
        // That a choice stands already is believed of the store only: another node may have changed it.
        if stands && urgency == Urgency::Choice && !fresh {
            return Next::Ask;
        }
        if !stands || urgency == Urgency::Choice && self.may_be_lost(base) {
            return Next::Write(Draft { record, urgency, jobs: lane.jobs.len() });
        }
        self.lanes.discount(changes, lane.jobs.iter());
        lane.jobs.drain(..).for_each(|mut job| job.answer(Ok(record.clone())));
        lanes.remove(&self.customer);
        self.ended = true;
        self.lanes.quiet.notify_waiters();
        Next::End
    }

    /// Writes, and answers with what the store holds by then, where that is known.
    async fn write(&mut self, base: &Base, draft: Draft) -> Option<Base> {
        let next = Stored::new(self.customer, draft.record.as_deref().unwrap_or(&Record::default()));
        let version = next.version();
        match self.lanes.store.replace(self.customer, base.version, next, draft.urgency).await {
            Ok(Replaced::Written) => {
                let written = Base { record: draft.record, version: Some(version), is_readable: true };
                self.settle(draft.jobs, &written);
                Some(written)
            }
            Ok(Replaced::Conflict(found)) if self.conflicts < CONFLICTS_AT_MOST => {
                self.conflicts += 1;
                Some(Base::of(self.customer, found.as_ref()))
            }
            Ok(Replaced::Conflict(_)) => {
                self.conflicts = 0;
                self.lanes.remembered.forget(self.customer);
                let says = "others changed the relationship each time it was to be written";
                self.fail(draft.jobs, None, &StoreError::new(StoreErrorKind::Contended, says)).await;
                None
            }
            Err(error) => {
                // Where what stands was only to be confirmed, whoever came later waits for the same.
                let told = if draft.record == base.record { usize::MAX } else { draft.jobs };
                self.fail(told, Some((version, draft.jobs)), &error).await;
                None
            }
        }
    }

    /// A write whose answer was lost, and which is found in the store, has been done. The choices in it, if it may yet be lost,
    /// are written once more as they stand; and done again where it was lost meanwhile, which changes nothing where it was not.
    fn settle_doubtful(&mut self, base: &Base) -> Option<Draft> {
        let &(version, jobs) = self.doubtful.iter().find(|(version, _)| base.version == Some(*version))?;
        if !self.may_be_lost(base) {
            self.settle(jobs, base);
            return None;
        }
        let mut open = self.lanes.open();
        let Open { lanes, changes } = &mut *open;
        let lane = lanes.get_mut(&self.customer)?;
        let later = lane.jobs.split_off(jobs.min(lane.jobs.len()));
        let (choices, others) = lane.jobs.drain(..).partition::<Vec<_>, _>(|job| job.urgency == Urgency::Choice);
        lane.jobs = choices;
        let jobs = lane.jobs.len();
        lane.jobs.extend(later);
        self.lanes.discount(changes, others.iter());
        others.into_iter().for_each(|mut job| job.answer(Ok(base.record.clone())));
        self.doubtful = if jobs > 0 { vec![(version, jobs)] } else { Vec::new() };
        (jobs > 0).then(|| Draft { record: base.record.clone(), urgency: Urgency::Choice, jobs })
    }

    /// Whether the store may lose what it holds of the customer.
    fn may_be_lost(&self, base: &Base) -> bool {
        base.record.is_some() && self.lanes.store.may_lose_what_it_holds()
    }

    /// The first jobs are done.
    fn settle(&mut self, jobs: usize, base: &Base) {
        (self.failures, self.conflicts) = (0, 0);
        self.doubtful.clear();
        let mut open = self.lanes.open();
        let Open { lanes, changes } = &mut *open;
        if let Some(lane) = lanes.get_mut(&self.customer) {
            // Before what lowers is taken out of force.
            if !lane.stale {
                self.lanes.remembered.put(self.customer, base);
            }
            for mut job in lane.jobs.drain(..jobs.min(lane.jobs.len())) {
                job.answer(Ok(base.record.clone()));
                self.lanes.discount(changes, std::iter::once(&job));
            }
        }
    }

    /// Tells those of the first jobs that it failed, keeps what is tried again, and rests unless more has come. What is `doubtful`
    /// may have been written for so many of them.
    async fn fail(&mut self, jobs: usize, doubtful: Option<(Version, usize)>, error: &StoreError) {
        let (rests, kept) = {
            let mut open = self.lanes.open();
            let Open { lanes, changes } = &mut *open;
            let Some(lane) = lanes.get_mut(&self.customer) else {
                self.ended = true;
                return;
            };
            let later = lane.jobs.split_off(jobs.min(lane.jobs.len()));
            let first = lane.jobs.iter().any(|job| job.persists() && job.reply.is_some());
            lane.jobs.retain_mut(|job| {
                job.answer(Err(if job.persists() { begun(error) } else { error.clone() }));
                if !job.persists() {
                    self.lanes.discount(changes, std::iter::once(&*job));
                }
                job.persists()
            });
            if first {
                tracing::warn!(%error, "a change is not written yet; it is tried again");
            }
            let kept = lane.jobs.len();
            let rests = later.is_empty();
            lane.jobs.extend(later);
            if lane.jobs.is_empty() {
                lanes.remove(&self.customer);
                self.ended = true;
            } else if rests {
                lane.phase = Phase::Resting;
            }
            (rests && !self.ended, kept)
        };
        if let Some((version, written)) = doubtful {
            self.doubtful.truncate(DOUBTFUL_AT_MOST - 1);
            self.doubtful.insert(0, (version, written.min(kept)));
        }
        self.lanes.quiet.notify_waiters();
        if rests {
            let time = FIRST_REST.saturating_mul(1 << self.failures.min(10)).min(LONGEST_REST);
            self.failures = self.failures.saturating_add(1);
            // Woken early when somebody asks for the same customer, or the process is to end.
            let _ = tokio::time::timeout(time, self.wake.notified()).await;
            if let Some(lane) = self.lanes.open().lanes.get_mut(&self.customer) {
                lane.phase = Phase::Busy;
            }
        }
    }
}

impl Drop for Work {
    /// Ended from outside, with its runtime, or by a change that panicked: what lowers stays in force in the first case.
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let mut open = self.lanes.open();
        let Open { lanes, changes } = &mut *open;
        if let Some(lane) = lanes.get_mut(&self.customer) {
            lane.phase = Phase::Left;
            lane.jobs.retain_mut(|job| {
                let stays = job.lowers && !std::thread::panicking();
                if !stays {
                    self.lanes.discount(changes, std::iter::once(&*job));
                }
                job.reply = None;
                stays
            });
            if lane.jobs.is_empty() {
                lanes.remove(&self.customer);
            }
        }
        drop(open);
        self.lanes.quiet.notify_waiters();
    }
}

/// Nothing is known of a customer whose record cannot be read, and nothing is begun.
fn unreadable(kind: StoreErrorKind) -> StoreError {
    let text =
        "what is kept of the customer cannot be read; what they choose next is written over it, or `rapport forget`";
    StoreError::new(kind, text)
}

/// What is told of a change that is tried again: not that nothing was begun.
fn begun(error: &StoreError) -> StoreError {
    match error.kind() {
        StoreErrorKind::Busy => StoreError::new(StoreErrorKind::Unavailable, "the store has too much to do"),
        _ => error.clone(),
    }
}

/// How often a change is tried against other nodes before it rests.
const CONFLICTS_AT_MOST: u32 = 32;

/// How many writes of unknown end are looked for.
const DOUBTFUL_AT_MOST: usize = 8;

const FIRST_REST: Duration = Duration::from_millis(250);
const LONGEST_REST: Duration = Duration::from_secs(30);
