//! The file among others in its folder: whose eyes it is for, and how its name comes, stays and goes.

use std::{
    ffi::OsString,
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
};

#[cfg(test)]
use super::disk;

/// Makes a file where there is none, for the eyes of its owner only: it says how often who was here.
pub(super) fn make_private(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => {
            #[cfg(test)]
            disk::made(path);
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Err(_) => Ok(()),
        Ok(()) => {
            #[cfg(test)]
            disk::removed(path);
            Ok(())
        }
    }
}

/// Where the file is made anew: beside the old one, so that it can take its place in one step.
pub(super) fn fresh_path(place: &Path) -> PathBuf {
    let mut name = OsString::from(place);
    name.push(".new");
    name.into()
}

/// Makes the name of a new file durable, not only what stands in it.
pub(super) fn keep_name(path: &Path) -> io::Result<()> {
    #[cfg(test)]
    if disk::names_kept(path) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Which file a path leads to; none where the system does not tell.
#[cfg(unix)]
pub(super) fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|about| (about.dev(), about.ino()))
}

#[cfg(not(unix))]
pub(super) fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}
