//! The file made anew.
//!
//! What is removed or replaced leaves its bytes behind, in parts of the file that no row leads to. So from time to time all
//! rows go into a fresh file beside it, which then takes its place in one step. Writes are not held up meanwhile: a stretch
//! of rows is copied when nothing else waits, and what is written of a customer whose row was copied is copied again. Records
//! of an earlier format move to the newest.
//!
//! The old file stays as it is until then. Whenever the process ends before, the fresh one is nobody's, and goes when the store is
//! opened next.

use std::{
    fs, io,
    ops::Bound,
    path::{Path, PathBuf},
};

use redb::{Database, Durability, ReadableDatabase, ReadableTableMetadata, WriteTransaction};

use super::{
    file::{File, RELATIONSHIPS, create, note_made_anew},
    place::{fresh_path, keep_name, make_private, remove_if_there},
};
use crate::{
    identity::Pseudonym,
    store::{StoreError, Stored},
};

/// A fresh file that has some of the rows.
pub(super) struct Rewriting {
    // In this order they are let go of: the file is closed before it is removed.
    database: Database,
    fresh: Fresh,
    copied: Copied,
    stretches: u32,
    /// Whether a row was copied again: then bytes of an earlier one are in the fresh file, too.
    again: bool,
}

/// Of whom the rows are in the fresh file.
enum Copied {
    Nobody,
    /// Of all up to this customer.
    Until(Pseudonym),
    All,
}

impl Rewriting {
    /// Makes the fresh file, without rows.
    pub(super) fn begin(file: &File) -> Result<Self, StoreError> {
        let fresh = Fresh(fresh_path(file.place()));
        let database = file.guarded(|| {
            let begun = || -> Result<_, redb::Error> {
                remove_if_there(&fresh.0)?;
                make_private(&fresh.0)?;
                let database = create(&fresh.0)?;
                let transaction = database.begin_write()?;
                transaction.open_table(RELATIONSHIPS)?;
                transaction.commit()?;
                Ok(database)
            };
            begun().map_err(|error| file.failure(error))
        })?;
        Ok(Self { database, fresh, copied: Copied::Nobody, stretches: 0, again: false })
    }

    /// Copies some more rows, and answers whether all are there.
    pub(super) fn copy(&mut self, file: &File) -> Result<bool, StoreError> {
        let from = match self.copied {
            Copied::Nobody => Bound::Unbounded,
            Copied::Until(last) => Bound::Excluded(*last.as_bytes()),
            Copied::All => return Ok(true),
        };
        self.stretches += 1;
        let last = file.with(|database| {
            let rows = database.begin_read()?.open_table(RELATIONSHIPS)?;
            let transaction = self.begin_write()?;
            let mut table = transaction.open_table(RELATIONSHIPS)?;
            let (mut last, mut copied) = (None, 0);
            for row in rows.range::<&[u8; 16]>((from.as_ref(), Bound::Unbounded))?.take(COPIED_TOGETHER) {
                let (key, bytes) = row?;
                let customer = Pseudonym::from_bytes(*key.value());
                match Stored::renewed(customer, bytes.value()) {
                    Some(renewed) => table.insert(key.value(), &**renewed.as_bytes())?,
                    None => table.insert(key.value(), bytes.value())?,
                };
                (last, copied) = (Some(customer), copied + 1);
            }
            drop(table);
            transaction.commit()?;
            Ok(last.filter(|_| copied == COPIED_TOGETHER))
        })?;
        self.copied = last.map_or(Copied::All, Copied::Until);
        Ok(last.is_none())
    }

    /// Copies again what was written of customers, as far as their rows were copied.
    pub(super) fn copy_again(
        &mut self,
        file: &File,
        written: impl Iterator<Item = Pseudonym>,
    ) -> Result<(), StoreError> {
        file.with(|database| {
            let rows = database.begin_read()?.open_table(RELATIONSHIPS)?;
            let transaction = self.begin_write()?;
            let mut table = transaction.open_table(RELATIONSHIPS)?;
            for customer in written.filter(|customer| self.copied.is_of(*customer)) {
                match rows.get(customer.as_bytes())? {
                    Some(bytes) => table.insert(customer.as_bytes(), bytes.value())?,
                    None => table.remove(customer.as_bytes())?,
                };
                self.again = true;
            }
            drop(table);
            transaction.commit()?;
            Ok(())
        })
    }

    /// Puts the fresh file, which has all rows, in the place of the old one.
    ///
    /// Answers whether no other bytes are in it.
    pub(super) fn finish(self, file: &File) -> Result<bool, StoreError> {
        let Self { database, mut fresh, again, .. } = self;
        // Damage may hide rows. A copy without them would be whole to all who look, and what they refused would be lost unseen.
        file.with(|old| if rows(old)? == rows(&database)? { Ok(()) } else { Err(rows_are_hidden()) })?;
        file.guarded(|| {
            let commit = || -> Result<(), redb::Error> {
                let transaction = database.begin_write()?;
                note_made_anew(&transaction, !again)?;
                transaction.commit()?;
                Ok(())
            };
            commit().map_err(|error| file.failure(error))
        })?;
        let take_place = || -> io::Result<()> {
            belong_to_the_same(file.place(), &fresh.0)?;
            fs::File::open(&fresh.0)?.sync_all()?;
            fs::rename(&fresh.0, file.place())?;
            #[cfg(test)]
            super::disk::renamed(&fresh.0, file.place());
            Ok(())
        };
        take_place().map_err(|error| file.failure(error.into()))?;
        fresh.0 = PathBuf::new();
        file.swap(database);
        // Until the name is durable, nothing may be acknowledged: whoever comes next tries that again.
        keep_name(file.place()).map_err(|error| {
            file.fail();
            file.failure(error.into())
        })?;
        Ok(!again)
    }

    /// Most need not be durable by themselves, the last one is; but that has to wait for less if some are.
    fn begin_write(&self) -> Result<WriteTransaction, redb::Error> {
        let mut transaction = self.database.begin_write()?;
        if !self.stretches.is_multiple_of(DURABLE_EVERY) {
            transaction.set_durability(Durability::None)?;
        }
        Ok(transaction)
    }
}

/// How many rows a file has, by its own account.
fn rows(database: &Database) -> Result<u64, redb::Error> {
    Ok(database.begin_read()?.open_table(RELATIONSHIPS)?.len()?)
}

fn rows_are_hidden() -> redb::Error {
    redb::Error::Corrupted("rows that are counted are not found".into())
}

impl Copied {
    fn is_of(&self, customer: Pseudonym) -> bool {
        match self {
            Self::Nobody => false,
            Self::Until(last) => customer <= *last,
            Self::All => true,
        }
    }
}

/// The path of a fresh file, which is removed with this; none once it has another.
struct Fresh(PathBuf);

impl Drop for Fresh {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty()
            && let Err(error) = remove_if_there(&self.0)
        {
            tracing::warn!(%error, "a half-made copy of the store cannot be removed; it is when the store is opened next");
        }
    }
}

/// Gives a file the owner and permissions of another.
#[cfg(unix)]
fn belong_to_the_same(one: &Path, other: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};
    let (about, own) = (fs::metadata(one)?, fs::metadata(other)?);
    if (about.uid(), about.gid()) != (own.uid(), own.gid()) {
        chown(other, Some(about.uid()), Some(about.gid()))?;
    }
    fs::set_permissions(other, about.permissions())
}

#[cfg(not(unix))]
fn belong_to_the_same(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// How many rows are copied at a time, so that writes between two wait milliseconds.
const COPIED_TOGETHER: usize = 1_024;

/// How many stretches wait for the disk together.
const DURABLE_EVERY: u32 = 64;
