use std::{
    collections::HashMap,
    env, fs,
    hash::{BuildHasher, RandomState},
    io::{self, BufRead, BufReader, Write as _},
    pin::pin,
    process::{Child, Command, Stdio},
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::task::unconstrained;

use super::{
    crash::{customer, last_seen},
    file::{RELATIONSHIPS, create, fault},
    *,
};
use crate::{
    relationship::Record,
    store::{Relationships, contract, format::NEWEST},
};

fn counted(count: u64) -> Record {
    last_seen("2026-11-22", count)
}

fn bought(n: u64, count: u64) -> Stored {
    Stored::new(customer(n), &counted(count))
}

fn count_in(n: u64, stored: &Stored) -> u64 {
    stored.record(customer(n)).unwrap().history.unwrap().count("purchase")
}

#[tokio::test(flavor = "multi_thread")]
async fn embedded_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    contract::check(Arc::new(Embedded::open(folder.path().join("rapport.redb")).unwrap())).await.unwrap();
}

#[tokio::test]
async fn what_was_written_is_there_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    let store = Arc::new(Embedded::open(&path).unwrap());
    let relationships = Relationships::new(store, 100);
    let reply = relationships.update(customer(1), Urgency::Choice, |_| Some(counted(5)));
    reply.await.unwrap();
    drop(relationships);
    let store = Embedded::open(&path).unwrap();
    assert_eq!(count_in(1, &store.load(customer(1)).await.unwrap().unwrap()), 5);
}

#[tokio::test]
async fn dropping_it_writes_what_was_queued() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    let store = Embedded::open(&path).unwrap();
    for n in 0..200 {
        let mut write = store.replace(customer(n), None, bought(n, n), Urgency::Event);
        let _ = begun(&mut write);
    }
    drop(store);
    let store = Embedded::open(&path).unwrap();
    for n in 0..200 {
        assert_eq!(count_in(n, &store.load(customer(n)).await.unwrap().unwrap()), n);
    }
}

/// Begins a request and does not wait. (Out of tokio's budget for one task: that would put off some of so many.)
fn begun<T>(request: &mut BoxFuture<'_, T>) -> Poll<T> {
    pin!(unconstrained(request)).poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn many_writes_at_once_share_few_commits() {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path().join("rapport.redb")).unwrap();
    let mut writes: Vec<_> =
        (0..1_000).map(|n| store.replace(customer(n), None, bought(n, n), Urgency::Event)).collect();
    for write in &mut writes {
        let _ = begun(write);
    }
    drop(writes);
    let last = store.replace(customer(1_000), None, bought(1_000, 1), Urgency::Choice).await.unwrap();
    assert_eq!(last, Replaced::Written);
    assert!(store.commits() < 100, "{} commits for 1001 writes", store.commits());
    for n in 0..1_000 {
        assert!(store.load(customer(n)).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_full_queue_refuses_visits_first() {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path().join("rapport.redb")).unwrap();
    // The writer waits while the file is held, and the queue fills.
    let held = store.file.hold();
    let mut waiting = Vec::new();
    let mut refused = 0;
    for n in 0..2 * QUEUE as u64 {
        let mut visit = store.replace(customer(n), None, bought(n, 1), Urgency::Visit);
        match begun(&mut visit) {
            Poll::Ready(answer) => {
                assert_eq!(answer.unwrap_err().kind(), StoreErrorKind::Busy);
                refused += 1;
            }
            Poll::Pending => waiting.push(visit),
        }
    }
    assert!(refused > 0 && waiting.len() >= QUEUE / 2);
    let mut choice = store.replace(customer(u64::MAX), None, bought(u64::MAX, 1), Urgency::Choice);
    assert!(begun(&mut choice).is_pending(), "a choice waits its turn");
    drop(held);
    assert_eq!(choice.await.unwrap(), Replaced::Written);
    for visit in waiting {
        assert_eq!(visit.await.unwrap(), Replaced::Written);
    }
}

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

/// Permissions do not bind root, so root becomes nobody for it, in a second process.
#[cfg(unix)]
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
            "store::embedded::tests::a_file_or_folder_that_may_not_be_written_is_an_error_that_says_so",
        ]);
        let output = child.env(MAY_NOT_WRITE, folder.path()).uid(NOBODY).gid(NOBODY).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
fn may_not_write(folder: &Path) {
    for name in ["rapport.redb", "another.redb"] {
        let path = folder.join(name);
        let error = Embedded::open(&path).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::ReadOnly, "{error}: {:?}", std::error::Error::source(&error));
        let says = "may not be written; give this process the right to write the file and its folder";
        assert_eq!(error.to_string(), format!("the store `{}` {says}", path.display()));
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    let _store = Embedded::open(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o077, 0);
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

fn contains(path: &Path, bytes: &[u8]) -> bool {
    memchr::memmem::find(&fs::read(path).unwrap(), bytes).is_some()
}

/// Waits until the writer has made the file anew.
fn wait_until(holds: impl Fn() -> bool) {
    let begun = std::time::Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not come to that");
        thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(unix)]
fn which_file(path: &Path) -> u64 {
    std::os::unix::fs::MetadataExt::ino(&fs::metadata(path).unwrap())
}

fn forgets(n: u64) -> Pseudonym {
    Pseudonym::from_bytes(format!("who forgets {n:04}").as_bytes().try_into().unwrap())
}

fn silent(n: u64) -> Pseudonym {
    Pseudonym::from_bytes(format!("was silent {n:05}").as_bytes().try_into().unwrap())
}

/// What is forgotten, and what a sweep removes: bytes that nothing leads to stay in the file, until it is made anew.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn what_is_forgotten_leaves_no_byte_once_the_file_was_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    let mut known = counted(7);
    known.history.as_mut().unwrap().counts.insert("a-very-rare-event".parse().unwrap(), 1);
    known.choices.limit = Some("acquainted".parse().unwrap());
    let after = known.forgotten("2026-11-23T00:00:00Z".parse().unwrap());
    // Among others, some with a history that nobody else has, and some who will have been silent for too long. In two
    // transactions, so that nothing is written into what the second one leaves behind.
    let database = create(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    let mut rows = transaction.open_table(RELATIONSHIPS).unwrap();
    for n in 0..3_000 {
        let (whose, record) = match n % 3 {
            0 => (forgets(n), known.clone()),
            1 => (silent(n), counted(n)),
            _ => (customer(n), counted(n)),
        };
        rows.insert(whose.as_bytes(), Stored::new(whose, &record).as_bytes().as_ref()).unwrap();
    }
    drop(rows);
    transaction.commit().unwrap();
    let transaction = database.begin_write().unwrap();
    let mut rows = transaction.open_table(RELATIONSHIPS).unwrap();
    for n in (0..3_000).step_by(3) {
        rows.insert(forgets(n).as_bytes(), Stored::new(forgets(n), &after).as_bytes().as_ref()).unwrap();
        rows.remove(silent(n + 1).as_bytes()).unwrap();
    }
    drop(rows);
    transaction.commit().unwrap();
    drop(database);
    assert!(contains(&path, b"a-very-rare-event") && contains(&path, b"was silent"), "what this is about");

    let old = which_file(&path);
    let store = Embedded::open(&path).unwrap();
    wait_until(|| which_file(&path) != old);
    assert!(!contains(&path, b"a-very-rare-event") && !contains(&path, b"was silent"));
    for n in (0..3_000).step_by(3) {
        let stored = store.load(forgets(n)).await.unwrap().unwrap();
        assert_eq!(stored.record(forgets(n)).unwrap(), after, "a limit and the time of forgetting stay");
    }
    for n in (2..3_000).step_by(3) {
        assert_eq!(count_in(n, &store.load(customer(n)).await.unwrap().unwrap()), n);
    }
    let in_use = Embedded::open(&path).unwrap_err();
    assert_eq!(in_use.kind(), StoreErrorKind::Locked, "the new file is nobody else's either");

    // Nothing was written since: nothing is to be done.
    let new = which_file(&path);
    drop(store);
    let store = Embedded::open_rewriting(&path, Duration::from_millis(1)).unwrap();
    thread::sleep(Duration::from_millis(50));
    assert_eq!(which_file(&path), new);
    // It is written to: its time comes again, and then by itself.
    store.replace(silent(8), None, Stored::new(silent(8), &counted(1)), Urgency::Event).await.unwrap();
    wait_until(|| which_file(&path) != new);
    drop(store);
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["rapport.redb"]);
}

/// Also where an earlier version had made it anew, and nothing was written since.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_earlier_formats_is_read_and_its_records_move_to_the_newest() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    let formats: [&[u8]; 3] = [
        include_bytes!("../format/record.1"),
        include_bytes!("../format/record.2"),
        include_bytes!("../format/record.3"),
    ];
    let records = formats.map(|bytes| Stored::from_bytes(bytes).record(customer(0)).unwrap());
    let made_anew: redb::TableDefinition<'_, (), ()> = redb::TableDefinition::new("made anew");
    let database = create(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(made_anew).unwrap().insert((), ()).unwrap();
    let mut rows = transaction.open_table(RELATIONSHIPS).unwrap();
    for n in 0..30 {
        rows.insert(customer(n as u64).as_bytes(), formats[n % 3]).unwrap();
    }
    rows.insert(customer(30).as_bytes(), b"no record".as_slice()).unwrap();
    drop(rows);
    transaction.commit().unwrap();
    drop(database);

    let is_read = |file: &File| {
        for n in 0..30 {
            let stored = file.load(customer(n as u64)).unwrap().unwrap();
            assert_eq!(stored.record(customer(n as u64)).as_ref(), Ok(&records[n % 3]));
        }
        assert_eq!(file.load(customer(30)).unwrap(), Some(Stored::from_bytes(b"no record".as_slice())));
    };
    let old = which_file(&path);
    let file = File::open(&path).unwrap();
    is_read(&file);
    file.close();
    let store = Embedded::open(&path).unwrap();
    wait_until(|| which_file(&path) != old);
    is_read(&store.file);
    for n in 0..30 {
        assert_eq!(store.file.load(customer(n)).unwrap().unwrap().as_bytes()[0], NEWEST);
    }
    let new = which_file(&path);
    drop(store);
    let _store = Embedded::open_rewriting(&path, Duration::from_millis(1)).unwrap();
    thread::sleep(Duration::from_millis(50));
    assert_eq!(which_file(&path), new, "once");
}

/// The file is made anew again and again while many write, sweep and read.
#[tokio::test(flavor = "multi_thread")]
async fn no_write_is_lost_while_the_file_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    let store = Arc::new(Embedded::open_rewriting(&path, Duration::ZERO).unwrap());
    for n in 0..20_000 {
        let mut write = store.replace(customer(n), None, bought(n, 0), Urgency::Event);
        if n % 1_000 == 999 {
            write.await.unwrap();
        } else {
            let _ = begun(&mut write);
        }
    }
    let relationships = Relationships::new(store.clone(), 10);
    let writers = (0..8_u64).map(|writer| {
        let (store, relationships) = (Arc::clone(&store), relationships.clone());
        tokio::spawn(async move {
            for round in 1..40 {
                for n in (writer..20_000).step_by(1_997) {
                    let change = move |record: Option<&Record>| {
                        let so_far =
                            record.and_then(|record| record.history.as_ref()).map_or(0, |it| it.count("purchase"));
                        Some(counted(so_far + 1))
                    };
                    relationships.update(customer(n), Urgency::Event, change).await.unwrap();
                    let stored = store.load(customer(n)).await.unwrap().unwrap();
                    assert!(count_in(n, &stored) >= round, "{n} in round {round}");
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    drop(relationships);
    drop(store);
    let store = Embedded::open(&path).unwrap();
    for n in 0..20_000 {
        let stored = store.load(customer(n)).await.unwrap().unwrap_or_else(|| panic!("{n} is lost"));
        let writers = (0..8).filter(|writer| n >= *writer && (n - writer) % 1_997 == 0).count() as u64;
        assert_eq!(count_in(n, &stored), 39 * writers, "{n}");
    }
}

/// A half-made copy is nobody's, and a store that cannot be made anew goes on.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn where_the_file_cannot_be_made_anew_it_goes_on_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    let half = folder.path().join("rapport.redb.new");
    fs::write(&half, "half of it").unwrap();
    let store = Embedded::open_rewriting(&path, Duration::from_millis(1)).unwrap();
    assert!(!half.exists(), "a copy that was left over is removed");
    // A folder of that name is in the way.
    fs::create_dir(&half).unwrap();
    let file = which_file(&path);
    for n in 0..50 {
        store.replace(customer(n), None, bought(n, n), Urgency::Choice).await.unwrap();
        thread::sleep(Duration::from_millis(1));
    }
    assert_eq!(which_file(&path), file);
    fs::remove_dir(&half).unwrap();
    wait_until(|| which_file(&path) != file);
    for n in 0..50 {
        assert_eq!(count_in(n, &store.load(customer(n)).await.unwrap().unwrap()), n);
    }
}

/// A link stays one, and who may read the file stays so.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_takes_the_place_of_the_old_one_and_looks_like_it() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("rapport.redb"), folder.path().join("link.redb"));
    drop(Embedded::open(&path).unwrap());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    symlink(&path, &link).unwrap();
    let file = which_file(&path);
    let store = Embedded::open_rewriting(&link, Duration::from_millis(1)).unwrap();
    store.replace(customer(1), None, bought(1, 1), Urgency::Choice).await.unwrap();
    wait_until(|| which_file(&path) != file);
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

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
        .arg("store::embedded::tests::a_full_disk_is_an_error_and_what_was_acknowledged_stays")
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

#[cfg(unix)]
const MAY_NOT_WRITE: &str = "RAPPORT_TEST_MAY_NOT_WRITE";
#[cfg(unix)]
const NOBODY: u32 = 65_534;
const FILLS: &str = "RAPPORT_TEST_FILLS";
const WRITES_TO: &str = "RAPPORT_TEST_WRITES_TO";
const KILLS: u32 = 100;
const CUSTOMERS: u64 = 8;

/// Is its own second process: with the variable set it writes until it is killed.
#[test]
fn what_was_acknowledged_survives_kill_9() {
    if let Some(path) = env::var_os(WRITES_TO) {
        return write_and_acknowledge(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    let mut acknowledged = HashMap::new();
    for _ in 0..KILLS {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "store::embedded::tests::what_was_acknowledged_survives_kill_9", "--nocapture"])
            .env(WRITES_TO, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let before: u64 = acknowledged.values().sum();
        read_until_killed(&mut child, &mut acknowledged);
        assert!(acknowledged.values().sum::<u64>() > before, "nothing was written before the kill");

        let store = Embedded::open(&path).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (&n, &count) in &acknowledged {
            let stored = runtime.block_on(store.load(customer(n))).unwrap().expect("an acknowledged customer is lost");
            assert!(count_in(n, &stored) >= count, "{count} was acknowledged, {} is there", count_in(n, &stored));
        }
    }
}

/// Kills the child some moments after its first acknowledgement, and notes all it has said by then.
fn read_until_killed(child: &mut Child, acknowledged: &mut HashMap<u64, u64>) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut note = |line: io::Result<String>| {
        let line = line.unwrap();
        let mut words = line.split(' ');
        // Anything else is said by the test harness, or was cut by the kill and has no end.
        if let (Some("ack"), Some(n), Some(count), Some("end")) =
            (words.next(), words.next(), words.next(), words.next())
        {
            acknowledged.insert(n.parse().unwrap(), count.parse().unwrap());
            return true;
        }
        false
    };
    while !note(lines.next().expect("the writer ended by itself")) {}
    let wait = RandomState::new().hash_one("when") % 30_000;
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_micros(wait));
            child.kill().unwrap();
            child.wait().unwrap();
        });
        for line in lines {
            note(line);
        }
    });
}

fn write_and_acknowledge(path: &Path) {
    // Made anew all the while, so that kills come in the midst of that, too.
    let store = Arc::new(Embedded::open_rewriting(path, Duration::from_millis(3)).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(async {
        let relationships = Relationships::new(store, 100);
        let writers = (0..CUSTOMERS).map(|n| {
            let relationships = relationships.clone();
            let urgency = if n % 2 == 0 { Urgency::Event } else { Urgency::Choice };
            tokio::spawn(async move {
                for _ in 0_u64.. {
                    let one_more = |record: Option<&Record>| {
                        let count =
                            record.and_then(|record| record.history.as_ref()).map_or(0, |it| it.count("purchase"));
                        Some(counted(count + 1))
                    };
                    let record = relationships.update(customer(n), urgency, one_more).await.unwrap().unwrap();
                    let line = format!("ack {n} {} end\n", record.history.as_ref().unwrap().count("purchase"));
                    io::stdout().lock().write_all(line.as_bytes()).unwrap();
                    io::stdout().lock().flush().unwrap();
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
    });
}
