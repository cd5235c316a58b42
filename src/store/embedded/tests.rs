use std::{
    collections::HashMap,
    env, fs,
    hash::{BuildHasher, RandomState},
    io::{self, BufRead, BufReader, Write as _},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::{file::fault, *};
use crate::{
    relationship::{History, Record},
    store::{Relationships, contract},
};

fn customer(n: u64) -> Pseudonym {
    Pseudonym::from_bytes([n.to_le_bytes(), [7; 8]].concat().try_into().unwrap())
}

fn counted(count: u64) -> Record {
    let day = Day::from_date("2026-11-22".parse().unwrap());
    let history = History {
        first_seen: day,
        last_seen: day,
        active_days: 1,
        last_visit: None,
        counts: [("purchase".parse().unwrap(), count)].into(),
        stage: None,
        changed: None,
    };
    Record { history: Some(history), ..Record::default() }
}

fn count_in(stored: &Stored) -> u64 {
    stored.record().unwrap().history.unwrap().count("purchase")
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
    assert_eq!(count_in(&store.load(customer(1)).await.unwrap().unwrap()), 5);
}

#[tokio::test]
async fn dropping_it_writes_what_was_queued() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    let store = Embedded::open(&path).unwrap();
    for n in 0..200 {
        let mut write = store.replace(customer(n), None, Stored::new(&counted(n)), Urgency::Event);
        // Asked, and not waited for.
        let _ = futures_poll(&mut write);
    }
    drop(store);
    let store = Embedded::open(&path).unwrap();
    for n in 0..200 {
        assert_eq!(count_in(&store.load(customer(n)).await.unwrap().unwrap()), n);
    }
}

fn futures_poll<T>(future: &mut BoxFuture<'_, T>) -> std::task::Poll<T> {
    future.as_mut().poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
}

#[tokio::test]
async fn many_writes_at_once_share_few_commits() {
    let folder = tempfile::tempdir().unwrap();
    let store = Embedded::open(folder.path().join("rapport.redb")).unwrap();
    let mut writes: Vec<_> =
        (0..1_000).map(|n| store.replace(customer(n), None, Stored::new(&counted(n)), Urgency::Event)).collect();
    for write in &mut writes {
        let _ = futures_poll(write);
    }
    drop(writes);
    let last = store.replace(customer(1_000), None, Stored::new(&counted(1)), Urgency::Choice).await.unwrap();
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
        let mut visit = store.replace(customer(n), None, Stored::new(&counted(1)), Urgency::Visit);
        match futures_poll(&mut visit) {
            std::task::Poll::Ready(answer) => {
                assert_eq!(answer.unwrap_err().kind(), StoreErrorKind::Busy);
                refused += 1;
            }
            std::task::Poll::Pending => waiting.push(visit),
        }
    }
    assert!(refused > 0 && waiting.len() >= QUEUE / 2);
    let mut choice = store.replace(customer(u64::MAX), None, Stored::new(&counted(1)), Urgency::Choice);
    assert!(futures_poll(&mut choice).is_pending(), "a choice waits its turn");
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
    let in_use = "is open in another process; stop that one, or give each process a file of its own";
    assert_eq!(says(&at("open.redb")), (StoreErrorKind::Locked, format!("the store `open.redb` {in_use}")));

    let no_store = "is no store of this crate; name another file, or move this one away";
    fs::write(at("notes.txt"), "dear diary, ".repeat(1_000)).unwrap();
    assert_eq!(says(&at("notes.txt")), (StoreErrorKind::Foreign, format!("the store `notes.txt` {no_store}")));
    assert_eq!(fs::read(at("notes.txt")).unwrap().len(), 12_000, "and it is left as it was");

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

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_written_is_an_error_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.redb");
    drop(Embedded::open(&path).unwrap());
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    // Permissions do not bind root; then this is a file of the system that nobody may write.
    let unbound = fs::OpenOptions::new().write(true).open(&path).is_ok();
    let path = if unbound { Path::new("/proc/version") } else { &path };
    let error = Embedded::open(path).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::ReadOnly, "{error}: {:?}", std::error::Error::source(&error));
    let says = "may not be written; give this process the right to write the file and its folder";
    assert_eq!(error.to_string(), format!("the store `{}` {says}", path.display()));
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
    store.replace(customer(1), None, Stored::new(&counted(1)), Urgency::Event).await.unwrap();
    for n in 2..5 {
        store.file.fail();
        assert_eq!(count_in(&store.load(customer(1)).await.unwrap().unwrap()), 1);
        store.file.fail();
        let next = Stored::new(&counted(n));
        assert_eq!(store.replace(customer(n), None, next, Urgency::Event).await.unwrap(), Replaced::Written);
    }
}

const WRITES_TO: &str = "RAPPORT_TEST_WRITES_TO";
const KILLS: u32 = 25;
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
            assert!(count_in(&stored) >= count, "{count} was acknowledged, {} is there", count_in(&stored));
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
    let wait = RandomState::new().hash_one("when") % 60_000;
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
    let store = Arc::new(Embedded::open(path).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
    runtime.block_on(async {
        let relationships = Relationships::new(store, 100);
        let writers = (0..CUSTOMERS).map(|n| {
            let relationships = relationships.clone();
            let urgency = if n % 2 == 0 { Urgency::Event } else { Urgency::Choice };
            tokio::spawn(async move {
                loop {
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
