//! The file: opened with words for what is wrong with it, opened anew after it failed.

use std::{
    fs::{self, OpenOptions},
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};

use redb::{Database, ReadableDatabase, TableDefinition};

use crate::{
    identity::Pseudonym,
    store::{StoreError, StoreErrorKind, Stored},
};

/// One row per customer: the pseudonym, and the bytes of the record.
pub(super) const RELATIONSHIPS: TableDefinition<'static, &[u8; 16], &[u8]> = TableDefinition::new("relationships");

/// A file that is a store.
pub(super) struct File {
    path: PathBuf,
    state: RwLock<State>,
}

enum State {
    Open(Database),
    /// A write failed: whoever comes next opens it anew, as redb asks.
    Failed,
    Closed,
}

impl File {
    /// Opens the file, or makes it.
    pub(super) fn open(path: &Path) -> Result<Self, StoreError> {
        let file = Self { path: path.to_owned(), state: RwLock::new(State::Closed) };
        let database = file.guarded(|| {
            let made = file.make_private().map_err(|error| file.failure(error.into()))?;
            let database = file.open_database()?;
            if made {
                file.keep_name().map_err(|error| file.failure(error.into()))?;
            }
            Ok(database)
        })?;
        *file.state.write().unwrap_or_else(PoisonError::into_inner) = State::Open(database);
        Ok(file)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What is kept of a customer, as of the last commit.
    pub(super) fn load(&self, customer: Pseudonym) -> Result<Option<Stored>, StoreError> {
        self.with(|database| {
            let table = database.begin_read()?.open_table(RELATIONSHIPS)?;
            let found = table.get(customer.as_bytes())?;
            Ok(found.map(|bytes| Stored::from_bytes(bytes.value().to_vec())))
        })
    }

    /// Does something with the open database. Damage that makes redb panic is an error like any other.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, redb::Error>) -> Result<T, StoreError> {
        let mut state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Failed) {
            drop(state);
            self.reopen()?;
            state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        }
        match &*state {
            State::Open(database) => self.guarded(|| work(database).map_err(|error| self.failure(error))),
            State::Failed | State::Closed => Err(self.error(StoreErrorKind::Unavailable, "is closed")),
        }
    }

    /// After a failed write: the next to come opens the file anew.
    pub(super) fn fail(&self) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State::Failed;
    }

    /// Holds up all who would use the file.
    #[cfg(test)]
    pub(super) fn hold(&self) -> impl Sized + '_ {
        self.state.write().unwrap()
    }

    /// Lets go of the file, once those who read have read.
    pub(super) fn close(&self) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = State::Closed;
    }

    fn reopen(&self) -> Result<(), StoreError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Failed) {
            // Never made here: a file that is gone is a failure to be seen, not a reason to begin with nobody known.
            *state = State::Open(self.guarded(|| {
                std::fs::metadata(&self.path).map_err(|error| self.failure(error.into()))?;
                self.open_database()
            })?);
        }
        Ok(())
    }

    fn open_database(&self) -> Result<Database, StoreError> {
        let opened = redb::Builder::new()
            .set_cache_size(CACHE_BYTES)
            .create(&self.path)
            .map_err(|error| self.failure(error.into()))?;
        let prepared = || -> Result<(), redb::Error> {
            // The table is there from the start, so that reading never finds none.
            let transaction = opened.begin_write()?;
            transaction.open_table(RELATIONSHIPS)?;
            Ok(transaction.commit()?)
        };
        prepared().map_err(|error| self.failure(error))?;
        Ok(opened)
    }

    /// Makes the file where there is none, for the eyes of its owner only: it says how often who was here.
    fn make_private(&self) -> io::Result<bool> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&self.path) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes the name of a new file durable, not only what stands in it.
    fn keep_name(&self) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
    }

    fn guarded<T>(&self, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
            Err(self
                .error(StoreErrorKind::Foreign, "is damaged; put a backup in its place, or move it away to start anew"))
        })
    }

    fn failure(&self, error: redb::Error) -> StoreError {
        let (kind, says) = match &error {
            redb::Error::Io(error) => fault(error),
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => (
                StoreErrorKind::Locked,
                "is open in another process; stop that one, or give each process a file of its own",
            ),
            redb::Error::UpgradeRequired(_) => {
                (StoreErrorKind::Foreign, "was written by a version too old to be read; move it away to start anew")
            }
            redb::Error::Corrupted(_) | redb::Error::RepairAborted => {
                (StoreErrorKind::Foreign, "is damaged; put a backup in its place, or move it away to start anew")
            }
            redb::Error::TableTypeMismatch { .. }
            | redb::Error::TableIsMultimap(_)
            | redb::Error::TypeDefinitionChanged { .. } => (StoreErrorKind::Foreign, NO_STORE),
            _ => (StoreErrorKind::Unavailable, "cannot be read or written"),
        };
        StoreError::caused(kind, self.says(says), error)
    }

    fn error(&self, kind: StoreErrorKind, says: &str) -> StoreError {
        StoreError::new(kind, self.says(says))
    }

    fn says(&self, says: &str) -> String {
        format!("the store `{}` {says}", self.path.display())
    }
}

/// What an error of the system means for a store, and what can be done.
pub(super) fn fault(error: &io::Error) -> (StoreErrorKind, &'static str) {
    use io::ErrorKind as Io;
    match error.kind() {
        Io::PermissionDenied | Io::ReadOnlyFilesystem => (
            StoreErrorKind::ReadOnly,
            "may not be written; give this process the right to write the file and its folder",
        ),
        Io::StorageFull | Io::QuotaExceeded | Io::FileTooLarge => {
            (StoreErrorKind::Full, "has no room left on its disk; make room, and it goes on")
        }
        Io::NotFound | Io::NotADirectory => {
            (StoreErrorKind::Unavailable, "cannot be made, for its folder is not there; make the folder first")
        }
        Io::IsADirectory => (StoreErrorKind::Foreign, "is a folder; name a file"),
        Io::InvalidData | Io::UnexpectedEof => (StoreErrorKind::Foreign, NO_STORE),
        _ => (StoreErrorKind::Unavailable, "cannot be read or written"),
    }
}

const NO_STORE: &str = "is no store of this crate; name another file, or move this one away";

/// What redb may keep in memory of the file; the relationships that are asked for are cached above the store.
const CACHE_BYTES: usize = 64 << 20;
