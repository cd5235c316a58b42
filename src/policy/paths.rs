//! Whether two paths name one file, however they are written.

use std::{
    fs,
    path::{Component, Path, PathBuf, absolute},
};

/// Also where there is no such file yet.
pub(super) fn are_same(one: &Path, other: &Path) -> bool {
    one == other || real(one) == real(other)
}

/// A path from the root, without links, `.` and `..`.
fn real(path: &Path) -> PathBuf {
    let path = absolute(path).unwrap_or_else(|_| path.to_owned());
    let in_its_folder = || Some(fs::canonicalize(path.parent()?).ok()?.join(path.file_name()?));
    fs::canonicalize(&path).ok().or_else(in_its_folder).unwrap_or_else(|| plain(&path))
}

/// The same of what is not there, as far as it can be told then.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}
