//! The thread that writes.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use redb::{Database, ReadableTable};
use tokio::{
    runtime::Runtime,
    sync::{
        mpsc::{self, error::TryRecvError},
        oneshot,
    },
    time::timeout_at,
};

use super::{
    file::{File, RELATIONSHIPS, is_written_to, note_made_anew},
    rewriting::Rewriting,
};
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
    /// Whose records were changed or removed in it.
    pub(super) swept: Vec<Pseudonym>,
    /// Where the next one begins; none after the last.
    pub(super) next: Option<Pseudonym>,
}

/// The thread's own state.
pub(super) struct Writer<'a> {
    file: &'a File,
    commits: &'a AtomicU64,
    /// Whether nothing was written since the file was made anew.
    made_anew: bool,
    rewriting: Option<Rewriting>,
    /// When the file is to be made anew next, if it was written to.
    due: Instant,
    every: Duration,
}

impl<'a> Writer<'a> {
    /// What is left in the file from before is rid of first, then so often.
    pub(super) fn new(file: &'a File, commits: &'a AtomicU64, every: Duration) -> Self {
        Self { file, commits, made_anew: false, rewriting: None, due: Instant::now(), every }
    }

    /// Writes until nobody is left who could ask.
    pub(super) fn run(mut self, runtime: &Runtime, mut requests: mpsc::Receiver<Request>) {
        self.made_anew = self.file.with(is_written_to).is_ok_and(|is_written_to| !is_written_to);
        let mut batch = Vec::new();
        loop {
            match self.more(runtime, &mut requests, &mut batch) {
                More::Requests => self.write(&mut batch),
                More::Nothing => self.rewrite(),
                More::Never => return,
            }
        }
    }

    /// Waits for requests, or until the file is to be made anew; not at all while it is.
    fn more(&self, runtime: &Runtime, requests: &mut mpsc::Receiver<Request>, batch: &mut Vec<Request>) -> More {
        if self.rewriting.is_some() {
            while batch.len() < TOGETHER {
                match requests.try_recv() {
                    Ok(request) => batch.push(request),
                    Err(TryRecvError::Disconnected) if batch.is_empty() => return More::Never,
                    Err(_) => break,
                }
            }
            return if batch.is_empty() { More::Nothing } else { More::Requests };
        }
        match runtime.block_on(async { timeout_at(self.due.into(), requests.recv_many(batch, TOGETHER)).await }) {
            Ok(0) => More::Never,
            Ok(_) => More::Requests,
            Err(_) => More::Nothing,
        }
    }

    fn write(&mut self, batch: &mut Vec<Request>) {
        let (commits, made_anew) = (self.commits, self.made_anew);
        match self.file.with(|database| commit(database, batch, made_anew, commits)) {
            Ok(done) => {
                self.made_anew = false;
                if let Some(mut rewriting) = self.rewriting.take() {
                    let written = batch.iter().zip(&done).flat_map(|(request, done)| written(request, done));
                    match rewriting.copy_again(self.file, written.copied()) {
                        Ok(()) => self.rewriting = Some(rewriting),
                        Err(error) => self.give_up(rewriting, &error),
                    }
                }
                batch.drain(..).zip(done).for_each(acknowledge);
            }
            Err(error) => {
                // What has become of the write is not known, so neither is what to copy.
                self.rewriting = None;
                batch.drain(..).for_each(|request| refuse(request, &error));
                self.file.fail();
            }
        }
    }

    /// Goes on to make the file anew, or begins.
    fn rewrite(&mut self) {
        let Some(mut rewriting) = self.rewriting.take() else {
            self.due = Instant::now() + self.every;
            if !self.made_anew {
                match Rewriting::begin(self.file) {
                    Ok(begun) => self.rewriting = Some(begun),
                    Err(error) => told(&error),
                }
            }
            return;
        };
        match rewriting.copy(self.file) {
            Ok(false) => self.rewriting = Some(rewriting),
            Ok(true) => match rewriting.finish(self.file) {
                Ok(made_anew) => {
                    self.made_anew = made_anew;
                    tracing::debug!("the store was made anew: what was forgotten left no byte in it");
                }
                Err(error) => told(&error),
            },
            Err(error) => self.give_up(rewriting, &error),
        }
    }

    /// A fresh file that lacks something is no good.
    fn give_up(&mut self, rewriting: Rewriting, error: &StoreError) {
        drop(rewriting);
        self.rewriting = None;
        told(error);
    }
}

/// What came.
enum More {
    Requests,
    /// Nobody asks for anything now.
    Nothing,
    /// Nobody is left who could.
    Never,
}

fn told(error: &StoreError) {
    tracing::warn!(error = ?error, "the store could not be made anew, so bytes of what was forgotten stay in it; it is tried again");
}

/// Whose rows a request has changed.
fn written<'a>(request: &'a Request, done: &'a Done) -> &'a [Pseudonym] {
    match (request, done) {
        (Request::Replace(write, _), Done::Replaced(Replaced::Written)) => std::slice::from_ref(&write.customer),
        (_, Done::Swept(stretch)) => &stretch.swept,
        _ => &[],
    }
}

/// What was done for a request, once it is committed.
pub(super) enum Done {
    Replaced(Replaced),
    Swept(Stretch),
}

/// One transaction for all. Before its end nothing of it may be told to anybody, a conflict neither: what it conflicts
/// with may be in the same transaction.
pub(super) fn commit(
    database: &Database,
    batch: &[Request],
    made_anew: bool,
    commits: &AtomicU64,
) -> Result<Vec<Done>, redb::Error> {
    let mut transaction = database.begin_write()?;
    transaction.set_two_phase_commit(batch.iter().any(Request::is_choice));
    if made_anew {
        note_made_anew(&transaction, false)?;
    }
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
        let record = Stored::from_bytes(bytes.value().to_vec()).record(customer);
        match record.map_or(Silence::Keep, |record| silence(&record, before)) {
            Silence::Keep => {}
            Silence::Lessen(left) => changes.push((customer, Some(Stored::new(customer, &left)))),
            Silence::Remove => changes.push((customer, None)),
        }
    }
    let swept = changes.iter().map(|(customer, _)| *customer).collect();
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
