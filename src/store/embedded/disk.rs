//! A disk that can lose its power, for tests.
//!
//! It stands under a folder: the names there are real, what the files hold is in memory. All that is asked of it is noted in
//! its order. [`Platter`] follows these steps and knows what of them is there for certain; the rest is there or not, in any
//! order, and of what is written any sectors alone. Names change in their order, as with every file system that has a journal.

mod chances;
mod files;
mod platter;

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    thread,
    time::Duration,
};

use redb::StorageBackend;
use tempfile::TempDir;

pub(super) use self::{
    chances::Chances,
    files::{Files, Step},
    platter::Platter,
};

/// A disk under a folder.
pub(super) struct Disk {
    folder: PathBuf,
    state: Arc<Mutex<State>>,
    _folder: TempDir,
}

struct State {
    files: Files,
    steps: Vec<Step>,
    sync_takes: Duration,
}

impl State {
    fn note(&mut self, step: Step) {
        self.files.apply(&step);
        self.steps.push(step);
    }
}

impl Disk {
    pub(super) fn new(files: Files, sync_takes: Duration) -> Self {
        let made = tempfile::tempdir().unwrap();
        let folder = fs::canonicalize(made.path()).unwrap();
        for (name, file) in &files.names {
            let stands_for = if files.bytes[*file].is_empty() { "" } else { "something" };
            fs::write(folder.join(name), stands_for).unwrap();
        }
        let state = Arc::new(Mutex::new(State { files, steps: Vec::new(), sync_takes }));
        DISKS.lock().unwrap().insert(folder.clone(), Arc::clone(&state));
        Self { folder, state, _folder: made }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    pub(super) fn note(&self, step: Step) {
        self.state().note(step);
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        self.state().steps.clone()
    }

    /// What can be read of a file.
    pub(super) fn read(&self, name: &str) -> Vec<u8> {
        let state = self.state();
        state.files.bytes[state.files.names[&OsString::from(name)]].clone()
    }

    /// Turns one bit of a file over, which nobody asked for.
    pub(super) fn flip(&self, name: &str, bit: usize) {
        let mut state = self.state();
        let file = state.files.names[&OsString::from(name)];
        state.files.bytes[file][bit / 8] ^= 1 << (bit % 8);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        DISKS.lock().unwrap().remove(&self.folder);
    }
}

/// All that there are, by their folders.
static DISKS: Mutex<BTreeMap<PathBuf, Arc<Mutex<State>>>> = Mutex::new(BTreeMap::new());

/// Does something with the disk under a path, where there is one, and the name of the file there.
fn with<T>(path: &Path, work: impl FnOnce(&mut State, OsString) -> T) -> Option<T> {
    let state = Arc::clone(DISKS.lock().unwrap().get(path.parent()?)?);
    Some(work(&mut state.lock().unwrap(), path.file_name()?.to_owned()))
}

/// The file at a path, if it is on a disk of these.
pub(super) fn opened(path: &Path) -> Option<impl StorageBackend + use<>> {
    let state = Arc::clone(DISKS.lock().unwrap().get(path.parent()?)?);
    let file = state.lock().unwrap().files.names[path.file_name()?];
    Some(Open { state, file })
}

pub(super) fn made(path: &Path) {
    with(path, |disk, name| {
        let file = disk.files.bytes.len();
        disk.note(Step::Named { name, file });
    });
}

pub(super) fn removed(path: &Path) {
    with(path, |disk, name| disk.note(Step::Removed { name }));
}

pub(super) fn linked(from: &Path, to: &Path) {
    let name = to.file_name().unwrap_or_default().to_owned();
    with(from, |disk, from| {
        let file = disk.files.names[&from];
        disk.note(Step::Named { name, file });
    });
}

pub(super) fn renamed(from: &Path, to: &Path) {
    let to = to.file_name().unwrap_or_default().to_owned();
    with(from, |disk, from| disk.note(Step::Renamed { from, to }));
}

/// Whether the names are on a disk of these, which then has them for certain.
pub(super) fn names_kept(path: &Path) -> bool {
    with(path, |disk, _| disk.note(Step::NamesKept)).is_some()
}

/// A file of a disk, open.
struct Open {
    state: Arc<Mutex<State>>,
    file: usize,
}

impl std::fmt::Debug for Open {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Open").field("file", &self.file).finish_non_exhaustive()
    }
}

impl StorageBackend for Open {
    fn len(&self) -> io::Result<u64> {
        Ok(self.state.lock().unwrap().files.bytes[self.file].len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let (state, from) = (self.state.lock().unwrap(), usize::try_from(offset).unwrap());
        let bytes = state.files.bytes[self.file].get(from..from + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let length = usize::try_from(len).unwrap();
        self.state.lock().unwrap().note(Step::Sized { file: self.file, length });
        Ok(())
    }

    /// Lasts, so that whoever acknowledges before its end is caught.
    fn sync_data(&self) -> io::Result<()> {
        let (before, takes) = {
            let state = self.state.lock().unwrap();
            (state.steps.len(), state.sync_takes)
        };
        thread::sleep(takes);
        self.state.lock().unwrap().note(Step::Synced { file: self.file, before });
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let at = usize::try_from(offset).unwrap();
        self.state.lock().unwrap().note(Step::Wrote { file: self.file, at, bytes: data.to_vec() });
        Ok(())
    }
}
