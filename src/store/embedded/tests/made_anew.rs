//! The file is made anew, without what was forgotten, in the newest format, and with every write.

use super::*;
use crate::store::{
    embedded::file::{RELATIONSHIPS, create},
    format::NEWEST,
};

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
        include_bytes!("../../format/record.1"),
        include_bytes!("../../format/record.2"),
        include_bytes!("../../format/record.3"),
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
