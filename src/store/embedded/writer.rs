//! The thread that writes.

use std::sync::atomic::{AtomicU64, Ordering};

use redb::{Database, ReadableTable};
use tokio::sync::{mpsc, oneshot};

use super::file::{File, RELATIONSHIPS};
use crate::{
    identity::Pseudonym,
    relationship::Day,
    store::{Replaced, Silence, StoreError, Stored, Urgency, Version, silence},
};

/// What the writer is asked to do, and where it answers.
pub(super) enum Request {
    /// Replace one record.
    Replace(Write, Reply<Replaced>),
    /// Sweep some records, from a customer on.
    Sweep { before: Day, first: Pseudonym, reply: Reply<Stretch> },
}

pub(super) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

/// One replacement.
pub(super) struct Write {
    pub(super) customer: Pseudonym,
    pub(super) expected: Option<Version>,
    pub(super) next: Stored,
    pub(super) urgency: Urgency,
}

/// A part of a sweep, done at once.
pub(super) struct Stretch {
    /// How many records were changed or removed in it.
    pub(super) swept: u64,
    /// Where the next one begins; none after the last.
    pub(super) next: Option<Pseudonym>,
}

/// Writes until nobody is left who could ask.
pub(super) fn run(file: &File, mut requests: mpsc::Receiver<Request>, commits: &AtomicU64) {
    let mut batch = Vec::new();
    while requests.blocking_recv_many(&mut batch, TOGETHER) > 0 {
        match file.with(|database| commit(database, &batch, commits)) {
            Ok(done) => batch.drain(..).zip(done).for_each(acknowledge),
            Err(error) => {
                batch.drain(..).for_each(|request| refuse(request, &error));
                file.fail();
            }
        }
    }
}

/// What was done for a request, once it is committed.
enum Done {
    Replaced(Replaced),
    Swept(Stretch),
}

/// One transaction for all. Before its end nothing of it may be told to anybody, a conflict neither: what it conflicts
/// with may be in the same transaction.
fn commit(database: &Database, batch: &[Request], commits: &AtomicU64) -> Result<Vec<Done>, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(batch.iter().any(Request::is_choice));
    let mut done = Vec::with_capacity(batch.len());
    {
        let mut table = transaction.open_table(RELATIONSHIPS)?;
        for request in batch {
            done.push(match request {
                Request::Replace(write, _) => Done::Replaced(replace(&mut table, write)?),
                Request::Sweep { before, first, .. } => Done::Swept(sweep(&mut table, *before, *first)?),
            });
        }
    }
    transaction.commit()?;
    commits.fetch_add(1, Ordering::Relaxed);
    Ok(done)
}

type Table<'a> = redb::Table<'a, &'static [u8; 16], &'static [u8]>;

fn replace(table: &mut Table<'_>, write: &Write) -> Result<Replaced, redb::Error> {
    let key = write.customer.as_bytes();
    let found = table.get(key)?.map(|bytes| Stored::from_bytes(bytes.value().to_vec()));
    let version = found.as_ref().map(Stored::version);
    if version == Some(write.next.version()) {
        return Ok(Replaced::Written);
    }
    if version != write.expected {
        return Ok(Replaced::Conflict(found));
    }
    table.insert(key, &**write.next.as_bytes())?;
    Ok(Replaced::Written)
}

fn sweep(table: &mut Table<'_>, before: Day, first: Pseudonym) -> Result<Stretch, redb::Error> {
    let mut changes = Vec::new();
    let mut next = None;
    for (seen, row) in table.range::<&[u8; 16]>(first.as_bytes()..)?.enumerate() {
        let (key, bytes) = row?;
        let customer = Pseudonym::from_bytes(*key.value());
        if seen == SWEPT_TOGETHER {
            next = Some(customer);
            break;
        }
        let record = Stored::from_bytes(bytes.value().to_vec()).record();
        match record.map_or(Silence::Keep, |record| silence(&record, before)) {
            Silence::Keep => {}
            Silence::Lessen(left) => changes.push((customer, Some(Stored::new(&left)))),
            Silence::Remove => changes.push((customer, None)),
        }
    }
    let swept = changes.len() as u64;
    for (customer, left) in changes {
        match left {
            Some(left) => table.insert(customer.as_bytes(), &**left.as_bytes())?,
            None => table.remove(customer.as_bytes())?,
        };
    }
    Ok(Stretch { swept, next })
}

impl Request {
    fn is_choice(&self) -> bool {
        matches!(self, Self::Replace(Write { urgency: Urgency::Choice, .. }, _))
    }
}

/// Whoever asked may have gone; what was done stays done.
fn acknowledge((request, done): (Request, Done)) {
    match (request, done) {
        (Request::Replace(_, reply), Done::Replaced(replaced)) => drop(reply.send(Ok(replaced))),
        (Request::Sweep { reply, .. }, Done::Swept(stretch)) => drop(reply.send(Ok(stretch))),
        // One is made from the other, in order.
        (Request::Replace(..), Done::Swept(_)) | (Request::Sweep { .. }, Done::Replaced(_)) => {}
    }
}

fn refuse(request: Request, error: &StoreError) {
    match request {
        Request::Replace(_, reply) => drop(reply.send(Err(error.clone()))),
        Request::Sweep { reply, .. } => drop(reply.send(Err(error.clone()))),
    }
}

/// How many requests share a commit at most.
const TOGETHER: usize = 1_024;

/// How many records a stretch looks at, so that writes between two wait milliseconds.
const SWEPT_TOGETHER: usize = 2_048;
