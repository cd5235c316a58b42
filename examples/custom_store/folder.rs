//! A folder with a file for each customer: durable, changed by compare-and-set, bounded.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{sync::Semaphore, task::spawn_blocking};
use tower_rapport::{
    identity::Pseudonym,
    relationship::Day,
    store::{BoxFuture, Replaced, Silence, Store, StoreError, StoreErrorKind, Stored, Urgency, Version, silence},
};

/// Keeps the record of each customer in a file of its own, and has its folder to itself.
#[derive(Clone)]
pub(crate) struct Folder {
    path: PathBuf,
    /// Writes are made one after the other, so nothing comes between the comparison and what follows from it.
    turn: Arc<Mutex<File>>,
    room: Arc<Semaphore>,
}

impl Folder {
    /// Takes a folder that is there.
    pub(crate) fn open(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let lock = File::create(path.join("lock"))?;
        lock.try_lock()?; // what another process wrote would not be heard of here
        Ok(Self { path, turn: Arc::new(Mutex::new(lock)), room: Arc::new(Semaphore::new(ROOM)) })
    }

    /// Works with the files where it may block. What was begun goes on when nobody waits for it any more.
    fn blocking<T, F>(&self, spare: usize, work: F) -> BoxFuture<'_, Result<T, StoreError>>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> io::Result<T> + Send + 'static,
    {
        let place = Arc::clone(&self.room).try_acquire_owned().ok().filter(|_| self.room.available_permits() >= spare);
        Box::pin(async move {
            let place = place.ok_or_else(|| StoreError::new(StoreErrorKind::Busy, "too much waits for the disk"))?;
            let this = self.clone();
            let done = spawn_blocking(move || (work(&this), place).0).await.unwrap_or_else(|lost| Err(lost.into()));
            done.map_err(|error| StoreError::caused(StoreErrorKind::Unavailable, "the folder fails", error))
        })
    }

    fn read(&self, customer: Pseudonym) -> io::Result<Option<Stored>> {
        match fs::read(self.path.join(customer.to_string())) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            read => Ok(Some(Stored::from_bytes(read?))),
        }
    }

    /// Writes, or removes without `next`, where the `expected` version is.
    fn set(&self, customer: Pseudonym, expected: Option<Version>, next: Option<&Stored>) -> io::Result<Replaced> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let there = self.read(customer)?;
        let version = there.as_ref().map(Stored::version);
        // Its own bytes are there when a write is tried again; they may not be on the disk yet.
        if version != expected && (version.is_none() || version != next.map(Stored::version)) {
            return Ok(Replaced::Conflict(there));
        }
        let (place, draft) = (self.path.join(customer.to_string()), self.path.join("draft"));
        if let Some(next) = next {
            let mut file = File::create(&draft)?;
            file.write_all(next.as_bytes())?;
            file.sync_all()?;
            fs::rename(draft, place)?; // whole or not at all
        } else {
            fs::remove_file(place)?;
        }
        File::open(&self.path)?.sync_all()?;
        Ok(Replaced::Written)
    }
}

impl Store for Folder {
    fn load(&self, customer: Pseudonym) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        self.blocking(0, move |folder| folder.read(customer))
    }

    fn replace(
        &self,
        customer: Pseudonym,
        expected: Option<Version>,
        next: Stored,
        urgency: Urgency,
    ) -> BoxFuture<'_, Result<Replaced, StoreError>> {
        let spare = if urgency == Urgency::Visit { ROOM / 2 } else { 0 }; // visits are refused first
        self.blocking(spare, move |folder| folder.set(customer, expected, Some(&next)))
    }

    fn sweep(&self, before: Day) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.blocking(0, move |folder| {
            let mut swept = 0;
            for entry in fs::read_dir(&folder.path)? {
                let name = entry?.file_name();
                let bytes = name.to_str().and_then(|name| u128::from_str_radix(name, 16).ok()).map(u128::to_be_bytes);
                let Some(customer) = bytes.map(Pseudonym::from_bytes) else { continue };
                let Some(there) = folder.read(customer)? else { continue };
                let left = match there.record(customer).map(|record| silence(&record, before)) {
                    Ok(Silence::Remove) => None,
                    Ok(Silence::Lessen(left)) => Some(Stored::new(customer, &left)),
                    Ok(Silence::Keep) | Err(_) => continue,
                };
                // Whoever came meanwhile is not silent.
                let replaced = folder.set(customer, Some(there.version()), left.as_ref())?;
                swept += u64::from(replaced == Replaced::Written);
            }
            Ok(swept)
        })
    }
}

const ROOM: usize = 256;
