//! Relationships in one file beside the process (feature `embedded`).
//!
//! One thread writes. It takes all that waits, commits it in one transaction, and only then acknowledges each: many
//! writes share the one wait for the disk. A commit with a choice in it is made in two phases, as redb advises where
//! what is written comes from strangers. Reads go past the writer and see the last commit.
//!
//! redb looks for damage when a file is opened, and not while it is open. So what a bit that flips there can do is bounded by the
//! check in each record: nobody gets somebody else's, nor one that is not as it was written. It can hide a row, though, as if
//! there were none: whoever comes then begins anew, and what they refused is lost. It is not lost unseen for good: a file in
//! which rows are hidden is not made anew, and says so. And where bytes of an earlier record of the same customer are left in
//! the file, it may lead there. Where redb notes which pages are free, damage can make it panic twice at once, which ends the
//! process; started again, it says that the file is damaged.
//!
//! The same thread makes the file anew when it is opened and each day, if it was written to: then of what was forgotten,
//! swept or replaced no byte is left in it.

#[cfg(test)]
mod crash;
#[cfg(test)]
mod damage;
#[cfg(test)]
mod disk;
mod file;
mod place;
mod rewriting;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    fmt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use tokio::{
    runtime::{Builder, Handle},
    sync::{mpsc, oneshot},
};

use self::{
    file::File,
    writer::{Request, Write, Writer},
};
use super::{BoxFuture, Replaced, Store, StoreError, StoreErrorKind, Stored, Urgency, Version};
use crate::{identity::Pseudonym, relationship::Day};

/// Keeps relationships in a file. Durable before acknowledged, also against a loss of power; one process at a time.
///
/// Each day and when it is opened, all that is kept moves into a fresh file that takes the place of the old one, so that
/// bytes of what was forgotten do not stay; for that there must be room for a second file, in the same folder.
///
/// Dropping it waits until all that was asked of it is written, and lets go of the file.
///
/// ```
/// use tower_rapport::store::{Embedded, StoreErrorKind};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("rapport.redb");
/// let store = Embedded::open(&path)?;
/// let other = Embedded::open(&path).err();
/// assert_eq!(other.map(|error| error.kind()), Some(StoreErrorKind::Locked), "one process at a time");
/// drop(store); // all that was asked of it is written
/// assert!(Embedded::open(&path).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Embedded {
    file: Arc<File>,
    queue: Option<mpsc::Sender<Request>>,
    commits: Arc<AtomicU64>,
    writer: Option<thread::JoinHandle<()>>,
}

impl Embedded {
    /// Opens a file, and makes it where there is none. All of it is read first, for damage and for what a crash left to repair.
    ///
    /// Blocks; call it before serving.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Locked`] where another process, or this one, has it open; [`StoreErrorKind::Foreign`] where it
    /// is something else, empty or damaged; [`StoreErrorKind::ReadOnly`], [`StoreErrorKind::Full`] and
    /// [`StoreErrorKind::Unavailable`] as the system says.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_rewriting(path.as_ref(), A_DAY)
    }

    /// Opens a file that is made anew so often.
    fn open_rewriting(path: &Path, every: Duration) -> Result<Self, StoreError> {
        let file = Arc::new(File::open(path)?);
        let no_thread = |error| StoreError::caused(StoreErrorKind::Unavailable, "no thread to write with", error);
        let runtime = Builder::new_current_thread().enable_time().build().map_err(no_thread)?;
        let (queue, requests) = mpsc::channel(QUEUE);
        let commits = Arc::new(AtomicU64::new(0));
        let writer = thread::Builder::new()
            .name("rapport-store".into())
            .spawn({
                let (file, commits) = (Arc::clone(&file), Arc::clone(&commits));
                move || Writer::new(&file, &commits, every).run(&runtime, requests)
            })
            .map_err(no_thread)?;
        Ok(Self { file, queue: Some(queue), commits, writer: Some(writer) })
    }

    /// How many times it has waited for the disk: fewer than the writes that were acknowledged where many came at once.
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    async fn ask<T>(
        &self,
        urgency: Urgency,
        request: impl FnOnce(oneshot::Sender<Result<T, StoreError>>) -> Request,
    ) -> Result<T, StoreError> {
        let gone = || StoreError::new(StoreErrorKind::Unavailable, "the thread that writes the store has ended");
        let queue = self.queue.as_ref().ok_or_else(gone)?;
        if urgency == Urgency::Visit && queue.capacity() < QUEUE / 2 {
            return Err(StoreError::new(StoreErrorKind::Busy, "too many writes wait for the disk, visits are refused"));
        }
        let (reply, answer) = oneshot::channel();
        queue.send(request(reply)).await.map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }
}

impl Store for Embedded {
    fn load(&self, customer: Pseudonym) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        let file = Arc::clone(&self.file);
        Box::pin(async move {
            let runtime = Handle::try_current().map_err(|error| {
                StoreError::caused(StoreErrorKind::Unavailable, "the store is read within a tokio runtime only", error)
            })?;
            runtime.spawn_blocking(move || file.load(customer)).await.map_err(|error| {
                StoreError::caused(StoreErrorKind::Unavailable, "reading the store was broken off", error)
            })?
        })
    }

    fn replace(
        &self,
        customer: Pseudonym,
        expected: Option<Version>,
        next: Stored,
        urgency: Urgency,
    ) -> BoxFuture<'_, Result<Replaced, StoreError>> {
        let write = Write { customer, expected, next, urgency };
        Box::pin(self.ask(urgency, |reply| Request::Replace(write, reply)))
    }

    fn sweep(&self, before: Day) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(async move {
            let (mut swept, mut from) = (0, Some(Pseudonym::from_bytes([0; 16])));
            while let Some(first) = from {
                let stretch = self.ask(Urgency::Event, |reply| Request::Sweep { before, first, reply }).await?;
                swept += stretch.swept.len() as u64;
                from = stretch.next;
            }
            Ok(swept)
        })
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // Without senders the writer takes what is left in the queue, and ends.
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
        self.file.close();
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").field("path", &self.file.path()).finish_non_exhaustive()
    }
}

/// How many requests may wait; from half of it on, visits are refused.
const QUEUE: usize = 8_192;

/// How often the file is made anew.
const A_DAY: Duration = Duration::from_secs(86_400);
