//! What is wrong with a file or a disk is an error that says so.

use super::*;
use crate::store::embedded::file::fault;

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_name_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let says = |path: &Path| {
        let error = Embedded::open(path).unwrap_err();
        (error.kind(), error.to_string().replace(&format!("{}/", folder.path().display()), ""))
    };
    let _open = Embedded::open(at("open.redb")).unwrap();
    let in_use = "is open in another process, as while `rapport serve` runs; stop that one first, or keep relationships in `redis`, which many processes share";
    assert_eq!(says(&at("open.redb")), (StoreErrorKind::Locked, format!("the store `open.redb` {in_use}")));

    let no_store = "is no store of this crate; name another file, or move this one away";
    fs::write(at("notes.txt"), "dear diary, ".repeat(1_000)).unwrap();
    assert_eq!(says(&at("notes.txt")), (StoreErrorKind::Foreign, format!("the store `notes.txt` {no_store}")));
    assert_eq!(fs::read(at("notes.txt")).unwrap().len(), 12_000, "and it is left as it was");

    let empty = "is empty; put a backup in its place, or remove it to start anew";
    fs::write(at("empty.redb"), "").unwrap();
    assert_eq!(says(&at("empty.redb")), (StoreErrorKind::Foreign, format!("the store `empty.redb` {empty}")));

    let table: redb::TableDefinition<'_, u64, u64> = redb::TableDefinition::new("relationships");
    let other = redb::Database::create(at("other.redb")).unwrap();
    let transaction = other.begin_write().unwrap();
    transaction.open_table(table).unwrap().insert(1, 1).unwrap();
    transaction.commit().unwrap();
    drop(other);
    assert_eq!(says(&at("other.redb")), (StoreErrorKind::Foreign, format!("the store `other.redb` {no_store}")));

    let text = "cannot be made, for its folder is not there; make the folder first";
    assert_eq!(says(&at("no/such.redb")), (StoreErrorKind::Unavailable, format!("the store `no/such.redb` {text}")));
    fs::create_dir(at("folder")).unwrap();
    assert_eq!(says(&at("folder")), (StoreErrorKind::Foreign, "the store `folder` is a folder; name a file".into()));
}

#[test]
fn every_fault_of_a_disk_has_its_kind() {
    use io::ErrorKind as Io;
    for (error, kind) in [
        (Io::PermissionDenied, StoreErrorKind::ReadOnly),
        (Io::ReadOnlyFilesystem, StoreErrorKind::ReadOnly),
        (Io::StorageFull, StoreErrorKind::Full),
        (Io::QuotaExceeded, StoreErrorKind::Full),
        (Io::FileTooLarge, StoreErrorKind::Full),
        (Io::InvalidData, StoreErrorKind::Foreign),
        (Io::TimedOut, StoreErrorKind::Unavailable),
    ] {
        assert_eq!(fault(&error.into()).0, kind);
    }
}

#[tokio::test]
async fn after_a_failure_it_goes_on_with_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path().join("rapport.redb")).unwrap();
    store.replace(customer(1), None, bought(1, 1), Urgency::Event).await.unwrap();
    for n in 2..5 {
        store.file.fail();
        assert_eq!(count_in(1, &store.load(customer(1)).await.unwrap().unwrap()), 1);
        store.file.fail();
        let next = bought(n, n);
        assert_eq!(store.replace(customer(n), None, next, Urgency::Event).await.unwrap(), Replaced::Written);
    }
}

const FILLS: &str = "RAPPORT_TEST_FILLS";

/// A limit on the size of files stands for a disk that is full: the same from where redb writes.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_what_was_acknowledged_stays() {
    if let Some(path) = env::var_os(FILLS) {
        return write_until_full(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    // Ignored signals stay so through `exec`: a write past the limit is then an error instead of the end.
    let output = Command::new("bash")
        .args(["-c", r#"trap "" XFSZ; ulimit -f 8192; exec "$0" --exact "$1" --nocapture"#])
        .arg(env::current_exe().unwrap())
        .arg("store::embedded::tests::faults::a_full_disk_is_an_error_and_what_was_acknowledged_stays")
        .env(FILLS, &path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said} {}", String::from_utf8_lossy(&output.stderr));
    let line = said.lines().find_map(|line| line.strip_prefix("written ")).expect("the child says how many");
    let written: u64 = line.parse().unwrap();

    // There is room again: all of it is there, and it goes on.
    let store = Embedded::open(&path).unwrap();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        for n in 0..written {
            assert!(store.load(customer(n)).await.unwrap().is_some(), "{n} of {written} is lost");
        }
        let next = bought(u64::MAX, 1);
        let replaced = store.replace(customer(u64::MAX), None, next, Urgency::Event).await.unwrap();
        assert_eq!(replaced, Replaced::Written);
    });
}

#[cfg(target_os = "linux")]
fn write_until_full(path: &Path) {
    let store = Embedded::open(path).unwrap();
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        for n in 0_u64.. {
            let large = Stored::from_bytes(vec![0xab; 100_000]);
            match store.replace(customer(n), None, large, Urgency::Event).await {
                Ok(replaced) => assert_eq!(replaced, Replaced::Written),
                Err(error) => {
                    assert_eq!(error.kind(), StoreErrorKind::Full, "{error}: {:?}", std::error::Error::source(&error));
                    assert!(store.load(customer(0)).await.unwrap().is_some(), "what can be read is read");
                    io::stdout().lock().write_all(format!("\nwritten {n}\n").as_bytes()).unwrap();
                    return;
                }
            }
        }
    });
}
