//! All relationships, as the layer sees them: a store, with memory in front of it.
//!
//! What is known of a customer is answered from memory, without a future and without a task. What has to be asked or
//! written goes through the customer's *lane*: a task that lives as long as there is something to do for that customer,
//! and does one thing at a time. So a hundred who ask at once are answered by one load, what is changed at once is
//! written at once, a change never meets an older load of the same customer, and a caller that goes away takes nothing
//! with it.
//!
//! A change that lowers is in force here from the call on, over whatever is in memory or comes from the store, until it
//! is written. Memory may forget anything at any time: what is in force and what is being written stands in the lane.

mod lane;
mod memory;
#[cfg(test)]
mod tests;
mod work;

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Weak},
    task::{Context, Poll},
};

use tokio::{
    runtime::{Handle, TryCurrentError},
    sync::oneshot,
};

use self::{
    lane::{Job, Lanes, Outcome},
    memory::Remembered,
    work::Work,
};
use super::{Hearing, Silence, Store, StoreError, StoreErrorKind, Urgency, silence};
use crate::{
    identity::Pseudonym,
    relationship::{Day, Record},
};

/// The relationships of a store, and what memory holds of them. Cheap to clone; all clones are one.
///
/// Asks and writes on tasks of the tokio runtime (with its timers on) in which it is called.
///
/// ```
/// use std::sync::Arc;
/// use tower_rapport::{identity::Pseudonym, relationship::Record, store::{Memory, Relationships, StoreError, Urgency}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), StoreError> {
/// let relationships = Relationships::new(Arc::new(Memory::new()), 10_000);
/// let anna = Pseudonym::from_bytes([7; 16]); // in an app the one of `PseudonymKey`
/// assert_eq!(relationships.load(anna).await?, None);
/// relationships.update(anna, Urgency::Choice, |_| Some(Record::default())).await?; // durable
///
/// // What lowers is in force on this node from the call on; the reply says that it is durable, too.
/// let reply = relationships.lower(anna, |known| {
///     let mut next = known.cloned().unwrap_or_default();
///     next.choices.limit = "new".parse().ok();
///     Some(next)
/// });
/// assert!(relationships.peek(anna).flatten().is_some_and(|known| known.choices.limit.is_some()));
/// assert!(reply.await?.is_some_and(|known| known.choices.limit.is_some()));
/// assert_eq!(relationships.flush().await, 0); // at the end of the process
/// # Ok(())
/// # }
/// ```
///
/// A layer [has its own](crate::RapportLayer::relationships).
#[derive(Clone)]
pub struct Relationships {
    lanes: Arc<Lanes>,
}

impl Relationships {
    /// Puts memory for `capacity` customers in front of a store, and for a quarter as many who are not known: strangers
    /// have memory of their own, so that however many come, nobody who is known is forgotten for them.
    pub fn new(store: Arc<dyn Store>, capacity: u64) -> Self {
        let hearing = store.hearing().cloned();
        let lanes = Arc::new(Lanes::new(store, Remembered::new(capacity), hearing.clone()));
        if let Some(hearing) = hearing {
            let remembers: Weak<Lanes> = Arc::downgrade(&lanes);
            hearing.tell(remembers);
        }
        Self { lanes }
    }

    /// What memory holds of a customer: nothing, or that the customer is not known, or the record.
    ///
    /// Changes that lower are in it. Waits for nothing. Memory holds nothing while the store is not heard: see [`Hearing`].
    pub fn peek(&self, customer: Pseudonym) -> Option<Option<Arc<Record>>> {
        self.lanes.peek(customer)
    }

    /// What is known of a customer, from memory or else from the store; nothing for one who is not known.
    ///
    /// # Errors
    ///
    /// The store could not be asked, or is not heard ([`StoreErrorKind::Unheard`]). That is not remembered. A record that
    /// cannot be read is an error, too ([`StoreErrorKind::Foreign`]), and logged: nobody knows what it refuses.
    pub fn load(&self, customer: Pseudonym) -> Reply {
        match self.peek(customer) {
            Some(known) => Reply(State::Ready(Some(Ok(known)))),
            None if !self.lanes.hears() => Reply(State::Ready(Some(Err(unheard())))),
            None => self.submit(customer, Job::load),
        }
    }

    /// How the store tells of what others write to it; none where nobody else does.
    pub fn hearing(&self) -> Option<&Arc<Hearing>> {
        self.lanes.store().hearing()
    }

    /// Changes what is kept of a customer and answers with what is kept then, durable.
    ///
    /// `change` is pure and quick: it gets the record as it stands and gives the new one, or nothing if there is nothing
    /// to write; it is called again where another node was faster. The work goes on if the answer is not waited for.
    ///
    /// # Errors
    ///
    /// What is known is that it is not known to be written. A visit is then given up. Anything else is tried again until it is
    /// written, or the process ends: do not ask for it twice. Only where there is too much to do
    /// ([`StoreErrorKind::Busy`]) nothing was begun.
    pub fn update<F>(&self, customer: Pseudonym, urgency: Urgency, change: F) -> Reply
    where
        F: Fn(Option<&Record>) -> Option<Record> + Send + 'static,
    {
        self.submit(customer, |reply| Job::change(Box::new(change), urgency, false, reply))
    }

    /// As [`update`](Self::update) with [`Urgency::Choice`], for a change that only ever lowers: a limit, a pause, a
    /// refusal, forgetting. It is in force here when this returns, before the write is tried, and stays in force while the
    /// write fails.
    ///
    /// # Errors
    ///
    /// As with `update`: after any error but [`StoreErrorKind::Busy`] it is in force here and is tried again.
    pub fn lower<F>(&self, customer: Pseudonym, change: F) -> Reply
    where
        F: Fn(Option<&Record>) -> Option<Record> + Send + 'static,
    {
        self.submit(customer, |reply| Job::change(Box::new(change), Urgency::Choice, true, reply))
    }

    /// Forgets what memory holds of a customer, because another node has changed it. A load under way is done again.
    pub fn invalidate(&self, customer: Pseudonym) {
        self.lanes.invalidate(customer);
    }

    /// Sweeps the store, and memory with it: see [`Store::sweep`].
    ///
    /// # Errors
    ///
    /// The store gave up; what it has done by then stays done.
    pub(crate) async fn sweep(&self, before: Day) -> Result<u64, StoreError> {
        let swept = self.lanes.store().sweep(before).await;
        for customer in self.lanes.remembered_where(|record| silence(record, before) != Silence::Keep) {
            self.lanes.invalidate(customer);
        }
        swept
    }

    /// Waits until nothing is being written, and answers how many changes could not be: those whose last try failed.
    ///
    /// For a graceful end. Changes that wait to be tried again are tried once more now; those that fail again are lost
    /// with the process.
    pub async fn flush(&self) -> usize {
        self.lanes.flush().await
    }

    fn submit(&self, customer: Pseudonym, job: impl FnOnce(oneshot::Sender<Outcome>) -> Job) -> Reply {
        let (reply, answer) = oneshot::channel();
        let begun = Handle::try_current().map_err(homeless).and_then(|runtime| {
            if let Some(wake) = self.lanes.submit(customer, job(reply))? {
                // With no lock held: a runtime that has ended drops the work at once, and its end takes the lock.
                drop(runtime.spawn(Work::new(Arc::clone(&self.lanes), customer, wake).run()));
            }
            Ok(())
        });
        match begun {
            Ok(()) => Reply(State::Waiting(answer)),
            Err(error) => Reply(State::Ready(Some(Err(error)))),
        }
    }
}

impl fmt::Debug for Relationships {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relationships").finish_non_exhaustive()
    }
}

fn unheard() -> StoreError {
    let text = "the store has not been heard for too long, and others may have changed what is kept";
    StoreError::new(StoreErrorKind::Unheard, text)
}

fn homeless(cause: TryCurrentError) -> StoreError {
    StoreError::caused(StoreErrorKind::Unavailable, "relationships need a tokio runtime to be called in", cause)
}

/// What is kept of a customer, or why it is not known. Dropping it cancels nothing.
///
/// See the example of [`Relationships`].
#[derive(Debug)]
#[must_use = "the record, or that it is not known to be written"]
pub struct Reply(State);

#[derive(Debug)]
enum State {
    Ready(Option<Outcome>),
    Waiting(oneshot::Receiver<Outcome>),
}

impl Future for Reply {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let broken_off =
            || Err(StoreError::new(StoreErrorKind::Unavailable, "work on the relationship was broken off"));
        match &mut self.0 {
            State::Ready(outcome) => Poll::Ready(outcome.take().unwrap_or_else(broken_off)),
            State::Waiting(answer) => Pin::new(answer).poll(cx).map(|answer| answer.unwrap_or_else(|_| broken_off())),
        }
    }
}
