//! The file: opened with words for what is wrong with it, opened anew after it failed.

use std::{
    fs, io, mem,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};

use redb::{Database, ReadableDatabase, TableDefinition, WriteTransaction};

#[cfg(test)]
use super::disk;
use super::place::{fresh_path, identity, keep_name, make_private, remove_if_there};
use crate::{
    identity::Pseudonym,
    store::{StoreError, StoreErrorKind, Stored, format::NEWEST},
};

/// One row per customer: the pseudonym, and the bytes of the record.
pub(super) const RELATIONSHIPS: TableDefinition<'static, &[u8; 16], &[u8]> = TableDefinition::new("relationships");

/// In which format of records the file was made anew, if nothing was written since: else there may be bytes in it that no row
/// leads to, or records of an earlier format.
///
/// One row at most. A file without this table, which an earlier version wrote, counts as written to. A bit that flips here while
/// the file is open means nothing: the row is read when it is opened.
const MADE_ANEW: TableDefinition<'static, (), u8> = TableDefinition::new("made anew in format");

/// A file that is a store.
pub(super) struct File {
    /// As the policy has it.
    path: PathBuf,
    /// Where the file itself is: a link may lead there, and stays.
    place: PathBuf,
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
        let mut file = Self { path: path.to_owned(), place: path.to_owned(), state: RwLock::new(State::Closed) };
        let made = file.guarded(|| make(path).map_err(|error| file.failure(error)))?;
        file.place = fs::canonicalize(path).map_err(|error| file.failure(error.into()))?;
        if !made {
            file.is_not_empty()?;
        }
        let database = file.guarded(|| {
            let database = file.open_database()?;
            // Also where it was there: whoever put it there may have ended before its name was durable.
            keep_name(&file.place).map_err(|error| file.failure(error.into()))?;
            // What a process that ended in the midst of making it anew has left. Whoever has the file open may remove it.
            remove_if_there(&fresh_path(&file.place)).map_err(|error| file.failure(error.into()))?;
            Ok(database)
        })?;
        *file.state.write().unwrap_or_else(PoisonError::into_inner) = State::Open(database);
        Ok(file)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn place(&self) -> &Path {
        &self.place
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
        self.turn(State::Failed);
    }

    /// Lets another open database stand in for this one, of which it has every row.
    pub(super) fn swap(&self, database: Database) {
        self.turn(State::Open(database));
    }

    /// Holds up all who would use the file.
    #[cfg(test)]
    pub(super) fn hold(&self) -> impl Sized + '_ {
        self.state.write().unwrap()
    }

    /// Lets go of the file, once those who read have read.
    pub(super) fn close(&self) {
        self.turn(State::Closed);
    }

    /// Damage makes redb panic also where it closes a file: whoever lets go of one goes on all the same.
    fn turn(&self, next: State) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let before = mem::replace(&mut *state, next);
        let _closed = catch_unwind(AssertUnwindSafe(|| drop(before)));
    }

    fn reopen(&self) -> Result<(), StoreError> {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Failed) {
            // Never made here.
            *state = State::Open(self.guarded(|| {
                self.is_not_empty()?;
                let database = self.open_database()?;
                keep_name(&self.place).map_err(|error| self.failure(error.into()))?;
                Ok(database)
            })?);
        }
        Ok(())
    }

    /// A file that is gone or was emptied is a failure to be seen, not a reason to begin with nobody known.
    fn is_not_empty(&self) -> Result<(), StoreError> {
        if fs::metadata(&self.place).map_err(|error| self.failure(error.into()))?.len() > 0 {
            return Ok(());
        }
        Err(self.error(StoreErrorKind::Foreign, "is empty; put a backup in its place, or remove it to start anew"))
    }

    /// Opens the file that the path leads to. Where another process put a new one in its place meanwhile, the old one could be
    /// opened and locked although it is nobody's any more.
    fn open_database(&self) -> Result<Database, StoreError> {
        loop {
            let before = identity(&self.place);
            let database = self.open_once()?;
            if identity(&self.place) == before {
                return Ok(database);
            }
        }
    }

    fn open_once(&self) -> Result<Database, StoreError> {
        let opened = create(&self.place).map_err(|error| self.failure(error))?;
        let prepared = || -> Result<(), redb::Error> {
            // The table is there from the start, so that reading never finds none.
            let transaction = opened.begin_write()?;
            if transaction.list_tables()?.next().is_none() {
                note_made_anew(&transaction, true)?;
            }
            transaction.open_table(RELATIONSHIPS)?;
            Ok(transaction.commit()?)
        };
        prepared().map_err(|error| self.failure(error))?;
        Ok(opened)
    }

    /// Does something with files. Damage that makes redb panic is an error like any other.
    pub(super) fn guarded<T>(&self, work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
            Err(self
                .error(StoreErrorKind::Foreign, "is damaged; put a backup in its place, or move it away to start anew"))
        })
    }

    pub(super) fn failure(&self, error: redb::Error) -> StoreError {
        let (kind, says) = match &error {
            redb::Error::Io(error) => fault(error),
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => (
                StoreErrorKind::Locked,
                "is open in another process, as while `rapport serve` runs; stop that one first, or keep relationships in `redis`, which many processes share",
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

/// Opens a database at a path. All of it is read and compared with its checksums, for redb does so at no other time: a bit that
/// flipped could hide a row, and with it a refusal.
pub(super) fn create(path: &Path) -> Result<Database, redb::Error> {
    let mut builder = redb::Builder::new();
    builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
    #[cfg(test)]
    if let Some(file) = disk::opened(path) {
        return Ok(builder.create_with_backend(file)?);
    }
    Ok(builder.create(path)?)
}

/// Makes a store where there is none, and answers whether it did. Beside it first: what a crash left half-made under its name could not be told from something
/// else, and would not be opened.
fn make(path: &Path) -> Result<bool, redb::Error> {
    if fs::symlink_metadata(path).is_ok() {
        return Ok(false);
    }
    let fresh = fresh_path(path);
    remove_if_there(&fresh)?;
    make_private(&fresh)?;
    drop(create(&fresh)?);
    // A link never takes the place of what another process made meanwhile; not every file system has links.
    match fs::hard_link(&fresh, path) {
        Ok(()) => {
            #[cfg(test)]
            disk::linked(&fresh, path);
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(_) => fs::rename(&fresh, path)?,
    }
    remove_if_there(&fresh)?;
    Ok(true)
}

/// Whether anything was written into a file since it was made anew, or it was in an earlier format.
pub(super) fn is_written_to(database: &Database) -> Result<bool, redb::Error> {
    match database.begin_read()?.open_table(MADE_ANEW) {
        Ok(table) => Ok(table.get(())?.is_none_or(|format| format.value() != NEWEST)),
        Err(redb::TableError::TableDoesNotExist(_)) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// Notes that a file was made anew, or that it is written to.
pub(super) fn note_made_anew(transaction: &WriteTransaction, made_anew: bool) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(MADE_ANEW)?;
    if made_anew {
        table.insert((), NEWEST)?;
    } else {
        table.remove(())?;
    }
    Ok(())
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
