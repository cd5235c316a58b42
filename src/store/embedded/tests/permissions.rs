//! Who may read and write the file.

use super::*;

const MAY_NOT_WRITE: &str = "RAPPORT_TEST_MAY_NOT_WRITE";
const NOBODY: u32 = 65_534;

/// Permissions do not bind root, so root becomes nobody for it, in a second process.
#[test]
fn a_file_or_folder_that_may_not_be_written_is_an_error_that_says_so() {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};
    if let Some(folder) = env::var_os(MAY_NOT_WRITE) {
        return may_not_write(Path::new(&folder));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    drop(Embedded::open(&path).unwrap());
    let program = folder.path().join("test");
    fs::copy(env::current_exe().unwrap(), &program).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    if fs::OpenOptions::new().write(true).open(&path).is_err() {
        may_not_write(folder.path());
    } else {
        let mut child = Command::new(program);
        child.args([
            "--exact",
            "store::embedded::tests::permissions::a_file_or_folder_that_may_not_be_written_is_an_error_that_says_so",
        ]);
        let output = child.env(MAY_NOT_WRITE, folder.path()).uid(NOBODY).gid(NOBODY).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

fn may_not_write(folder: &Path) {
    for name in ["rapport.redb", "another.redb"] {
        let path = folder.join(name);
        let error = Embedded::open(&path).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::ReadOnly, "{error}: {:?}", std::error::Error::source(&error));
        let says = "may not be written; give this process the right to write the file and its folder";
        assert_eq!(error.to_string(), format!("the store `{}` {says}", path.display()));
    }
}

#[test]
fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    let _store = Embedded::open(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
}
