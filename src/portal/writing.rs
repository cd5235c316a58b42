//! How a wish becomes durable.
//!
//! What lowers is in force on this node before its write is tried, and is tried on until it is written. What raises is in
//! force only once it is durable, and is given up when whoever wished it is told that it did not come to pass: it must not
//! come back later, over something that was lowered since.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep, timeout_at};

use super::choosing::Choosing;
use crate::{
    identity::Pseudonym,
    relationship::Record,
    store::{Relationships, StoreErrorKind, Urgency},
};

/// Whose record a wish is about.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whose<'a> {
    /// Under which the customer is kept.
    pub(crate) customer: Pseudonym,
    /// Under which the customer was kept with earlier secrets, the latest first.
    pub(crate) former: &'a [Pseudonym],
}

/// What became of a wish.
#[derive(Debug)]
pub(crate) enum Done {
    /// It is durable. This is what is kept now.
    Durable(Option<Arc<Record>>),
    /// It lowers, and is in force on this node; whether it is durable is not known. It is tried on.
    InForce,
    /// A visitor wished it who has become a customer's: nothing is changed.
    Gone,
    /// The same choice was changed elsewhere at the same moment, and stays so.
    Conflict,
    /// Nothing is changed, as far as is known.
    Failed,
    /// There is no room even to wait.
    Busy,
}

impl Done {
    /// The word for it in counters.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Durable(_) => "durable",
            Self::InForce => "late",
            Self::Conflict => "conflict",
            Self::Gone | Self::Failed | Self::Busy => "refused",
        }
    }
}

/// Does a wish to a record, within [`PATIENCE`].
pub(crate) async fn write(relationships: &Relationships, whose: Whose<'_>, choosing: &Choosing) -> Done {
    let deadline = Instant::now() + PATIENCE;
    if choosing.only_raises() {
        // What memory holds may be older than what another node was told a moment ago.
        relationships.invalidate(whose.customer);
        return match timeout_at(deadline, relationships.load_moved(whose.customer, whose.former)).await {
            Ok(Ok(record)) => raise(relationships, whose.customer, choosing, record.as_deref(), deadline).await,
            Ok(Err(_)) | Err(_) => Done::Failed,
        };
    }
    if !has_moved(relationships, whose) && move_lowered(relationships, whose, choosing, deadline).await.is_err() {
        return Done::InForce;
    }
    let wish = choosing.clone();
    // In force from here on.
    match timeout_at(deadline, relationships.lower(whose.customer, move |record| wish.lower(record))).await {
        Ok(Ok(Some(record))) if record.is_gone() => Done::Gone,
        Ok(Ok(record)) if choosing.is_done(record.as_deref()) => Done::Durable(record),
        // More is allowed than before.
        Ok(Ok(record)) => raise(relationships, whose.customer, choosing, record.as_deref(), deadline).await,
        Ok(Err(error)) if error.kind() == StoreErrorKind::Busy => Done::Busy,
        // More would be allowed than what is in force here.
        Ok(Err(_)) | Err(_)
            if in_force(relationships, whose).is_some_and(|record| !choosing.is_done(Some(&record))) =>
        {
            Done::Failed
        }
        Ok(Err(_)) | Err(_) => Done::InForce,
    }
}

fn in_force(relationships: &Relationships, whose: Whose<'_>) -> Option<Arc<Record>> {
    relationships.peek(whose.customer).flatten()
}

async fn raise(
    relationships: &Relationships,
    customer: Pseudonym,
    choosing: &Choosing,
    record: Option<&Record>,
    deadline: Instant,
) -> Done {
    let (wish, seen) = (choosing.clone(), choosing.part(record));
    let waited_for = WaitedFor(Arc::new(AtomicBool::new(true)));
    let is_waited_for = Arc::clone(&waited_for.0);
    let change = move |record: Option<&Record>| {
        is_waited_for.load(Ordering::Acquire).then(|| wish.raise(record, &seen)).flatten()
    };
    match timeout_at(deadline, relationships.update(customer, Urgency::Choice, change)).await {
        Ok(Ok(Some(record))) if record.is_gone() => Done::Gone,
        Ok(Ok(record)) if choosing.is_done(record.as_deref()) => Done::Durable(record),
        Ok(Ok(_)) => Done::Conflict,
        Ok(Err(error)) if error.kind() == StoreErrorKind::Busy => Done::Busy,
        Ok(Err(_)) | Err(_) => Done::Failed,
    }
}

/// A raise is given up with whoever waits for it.
struct WaitedFor(Arc<AtomicBool>);

impl Drop for WaitedFor {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

/// Whether nothing of the customer can still be under a former pseudonym, as far as is known here.
fn has_moved(relationships: &Relationships, whose: Whose<'_>) -> bool {
    whose.former.is_empty() || in_force(relationships, whose).is_some_and(|record| !record.is_blank())
}

/// Moves what is kept under a former pseudonym, lowered: until it has moved, nothing may be written in its new place, or
/// what was refused before would be left behind.
async fn move_lowered(
    relationships: &Relationships,
    whose: Whose<'_>,
    choosing: &Choosing,
    deadline: Instant,
) -> Result<(), ()> {
    for place in whose.former.iter().chain([&whose.customer]) {
        let wish = choosing.clone();
        let lower = move |record: Option<&Record>| {
            record.filter(|record| !record.is_blank()).and_then(|record| wish.lower(Some(record)))
        };
        drop(relationships.lower(*place, lower));
    }
    let moved = timeout_at(deadline, relationships.load_moved(whose.customer, whose.former)).await;
    if matches!(moved, Ok(Ok(_))) {
        return Ok(());
    }
    let (relationships, customer, former) = (relationships.clone(), whose.customer, whose.former.to_vec());
    let wish = choosing.clone();
    tokio::spawn(async move {
        for rest in FIRST_REST..LAST_REST {
            sleep(Duration::from_millis(1 << rest)).await;
            if relationships.load_moved(customer, &former).await.is_ok() {
                drop(relationships.lower(customer, move |record| wish.lower(record)));
                return;
            }
        }
    });
    Err(())
}

/// How long a customer is let wait for a choice: longer than for an answer, for here it is the disk that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The rests between tries to move a record: powers of two of a millisecond, two minutes in all.
const FIRST_REST: u32 = 8;
const LAST_REST: u32 = 17;

#[cfg(test)]
mod tests;
