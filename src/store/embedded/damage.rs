//! Damage of a file that lay on a disk is told, in words that say what to do; what is not told did no harm.
//!
//! While it is open nobody looks for damage but whoever loads a record: then the check in the record is what tells.

use redb::{Builder, ReadableDatabase, ReadableTableMetadata};

use super::{
    crash::{NAME, Promised, customer, last_seen},
    disk::{self, Chances, Disk, Files},
    file::RELATIONSHIPS,
    rewriting::Rewriting,
    writer::{Request, Write, commit},
    *,
};
use crate::relationship::Record;

const CUSTOMERS: u64 = 200;

/// A store that was closed, what is in it, and its bytes.
async fn closed_store() -> (Promised, Vec<u8>) {
    let disk = Disk::new(Files::default(), Duration::ZERO);
    let store = Embedded::open_rewriting(&disk.path(NAME), Duration::from_secs(60)).unwrap();
    let mut promised = Promised::default();
    for n in 0..CUSTOMERS {
        store
            .replace(customer(n), None, Stored::new(customer(n), &last_seen("2026-11-22", 1_000 + n)), Urgency::Choice)
            .await
            .unwrap();
        promised.0.insert(n, vec![Some(1_000 + n)]);
    }
    drop(store);
    (promised, disk.read(NAME))
}

/// Where the pages are that are not empty. Most of a small file is.
fn pages(whole: &[u8]) -> Vec<usize> {
    (0..whole.len()).step_by(PAGE).filter(|at| whole[*at..].iter().take(PAGE).any(|it| *it != 0)).collect()
}

const DAMAGED: &str = "is damaged; put a backup in its place, or move it away to start anew";
const NO_STORE: &str = "is no store of this crate; name another file, or move this one away";
const EMPTY: &str = "is empty; put a backup in its place, or remove it to start anew";

/// Opens what was damaged, and answers whether that was told. What is not told has done no harm.
fn is_told(bytes: Vec<u8>, promised: &Promised, what: &str) -> bool {
    let disk = Disk::new(Files::one(NAME, bytes), Duration::ZERO);
    match File::open(&disk.path(NAME)) {
        Ok(file) => {
            promised.is_kept_in(&file, what);
            false
        }
        Err(error) => {
            let says = error.to_string();
            assert_eq!(error.kind(), StoreErrorKind::Foreign, "{what}: {error:?}");
            assert!([DAMAGED, NO_STORE, EMPTY].iter().any(|known| says.ends_with(known)), "{what}: {error:?}");
            true
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bit_that_flipped_is_told_or_does_no_harm() {
    let (promised, whole) = closed_store().await;
    let mut chances = Chances(4);
    let pages = pages(&whole);
    let mut told = 0;
    for _ in 0..FLIPS {
        let page = pages[usize::try_from(chances.below(pages.len() as u64)).unwrap()];
        let at = page + usize::try_from(chances.below(PAGE as u64)).unwrap();
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << chances.below(8);
        told += u64::from(is_told(bytes, &promised, &format!("a bit of byte {at} flipped")));
    }
    assert!(told > FLIPS / 10 && told < FLIPS, "{told} of {FLIPS} were told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_lost_or_torn_is_told_or_does_no_harm() {
    let (promised, whole) = closed_store().await;
    let mut told = 0;
    for at in (0..whole.len()).step_by(PAGE) {
        for (from, to) in [(0, PAGE), (0, PAGE / 2), (PAGE / 2, PAGE)] {
            let mut bytes = whole.clone();
            bytes[at + from..at + to].fill(0);
            if bytes != whole {
                told += u64::from(is_told(bytes, &promised, &format!("bytes {from} to {to} of the page at {at} lost")));
            }
        }
    }
    assert!(told > 10, "{told} were told");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_was_cut_is_told_or_does_no_harm() {
    let (promised, whole) = closed_store().await;
    let mut chances = Chances(5);
    for length in (0..whole.len()).step_by(PAGE) {
        for length in [length, length + 1 + usize::try_from(chances.below(PAGE as u64 - 1)).unwrap()] {
            let is_told = is_told(whole[..length].to_vec(), &promised, &format!("cut to {length}"));
            assert!(is_told || length > whole.len() / 2, "cut to {length}");
        }
    }
}

/// A store that is open on a disk, without memory of what it has read: what is loaded is what is there.
fn open_on(disk: &Disk) -> File {
    let path = disk.path(NAME);
    let file = File::open(&path).unwrap();
    file.close();
    let backend = disk::opened(&path).unwrap();
    file.swap(Builder::new().set_cache_size(0).create_with_backend(backend).unwrap());
    file
}

/// Turns some bits of pages over, and answers which.
fn flip_some(disk: &Disk, pages: &[usize], chances: &mut Chances) -> Vec<usize> {
    let mut bit = || {
        let page = pages[usize::try_from(chances.below(pages.len() as u64)).unwrap()];
        8 * page + usize::try_from(chances.below(8 * PAGE as u64)).unwrap()
    };
    let bits: Vec<_> = (0..1 + bit() % 16).map(|_| bit()).collect();
    bits.iter().for_each(|bit| disk.flip(NAME, *bit));
    bits
}

/// What became of loads.
#[derive(Debug, Default)]
struct Loads {
    whole: u64,
    /// Bytes that the check has told from a record.
    told: u64,
    nobody: u64,
    failed: u64,
}

impl Loads {
    /// Loads a customer. What is a record is one that was written for this customer.
    fn load(&mut self, file: &File, n: u64, written: &[Stored], when: &str) {
        match file.load(customer(n)) {
            Ok(Some(stored)) => match stored.record(customer(n)) {
                Ok(_) => {
                    assert!(written.contains(&stored), "{when}: what is loaded of {n} was never written");
                    self.whole += 1;
                }
                Err(_) => self.told += 1,
            },
            Ok(None) => self.nobody += 1,
            Err(_) => self.failed += 1,
        }
    }
}

/// A store that was closed and what was written to it, of each customer once and all together.
fn written_at_once() -> (Vec<[Stored; 1]>, Vec<u8>) {
    let disk = Disk::new(Files::default(), Duration::ZERO);
    let file = File::open(&disk.path(NAME)).unwrap();
    let written: Vec<_> = (0..CUSTOMERS).map(|n| [Stored::new(customer(n), &remembered(n, 0))]).collect();
    let rows = written.iter().flatten().cloned().enumerate();
    write(&file, rows.map(|(n, next)| (n as u64, None, next))).unwrap();
    file.close();
    (written, disk.read(NAME))
}

fn remembered(n: u64, round: u64) -> Record {
    last_seen("2026-11-22", 1_000 + 1_000 * round + n)
}

/// One transaction, as the writer makes it.
fn write(file: &File, rows: impl Iterator<Item = (u64, Option<Version>, Stored)>) -> Result<(), StoreError> {
    let requests: Vec<_> = rows
        .map(|(n, expected, next)| {
            let (customer, urgency) = (customer(n), Urgency::Choice);
            Request::Replace(Write { customer, expected, next, urgency }, oneshot::channel().0)
        })
        .collect();
    file.with(|database| commit(database, &requests, false, &AtomicU64::new(0))).map(drop)
}

#[test]
fn a_bit_that_flips_while_the_store_is_open_gives_nobody_what_was_never_theirs() {
    let (written, whole) = written_at_once();
    let (mut chances, mut loads) = (Chances(6), Loads::default());
    for round in 0..ROUNDS {
        let disk = Disk::new(Files::one(NAME, whole.clone()), Duration::ZERO);
        let file = open_on(&disk);
        let flipped = flip_some(&disk, &pages(&disk.read(NAME)), &mut chances);
        for _ in 0..LOADS {
            let n = chances.below(CUSTOMERS);
            loads.load(&file, n, &written[usize::try_from(n).unwrap()], &format!("round {round}"));
        }
        flipped.into_iter().for_each(|bit| disk.flip(NAME, bit));
        file.close();
    }
    assert!(loads.whole > ROUNDS * LOADS / 2 && loads.told > ROUNDS / 3, "what this is about: {loads:?}");
}

#[test]
fn what_flipped_is_nobodys_record_either_once_it_was_written_to_and_made_anew() {
    let (written, whole) = written_at_once();
    let mut written: Vec<_> = written.into_iter().map(Vec::from).collect();
    let (mut chances, mut loads, mut refused) = (Chances(7), Loads::default(), 0);
    for round in 0..REWRITTEN {
        let when = format!("round {round}");
        written.iter_mut().for_each(|written| written.truncate(1));
        let disk = Disk::new(Files::one(NAME, whole.clone()), Duration::ZERO);
        let file = open_on(&disk);
        let whole = disk.read(NAME);
        // Where redb notes which pages are free, damage may make it panic twice at once, which ends the process.
        let has_rows = |page: &usize| memchr::memmem::find(&whole[*page..*page + PAGE], &[7; 8]).is_some();
        flip_some(&disk, &pages(&whole).into_iter().filter(has_rows).collect::<Vec<_>>(), &mut chances);
        let mut done = || -> Result<(), StoreError> {
            let who: std::collections::BTreeSet<_> = (0..8).map(|_| chances.below(CUSTOMERS)).collect();
            let mut rows = Vec::new();
            for n in who {
                let expected = file.load(customer(n))?.map(|found| found.version());
                let next = Stored::new(customer(n), &remembered(n, 1));
                written[usize::try_from(n).unwrap()].push(next.clone());
                rows.push((n, expected, next));
            }
            write(&file, rows.into_iter())?;
            let mut rewriting = Rewriting::begin(&file)?;
            while !rewriting.copy(&file)? {}
            rewriting.finish(&file).map(drop)
        };
        match done() {
            Ok(()) => {
                let rows = file.with(|database| Ok(database.begin_read()?.open_table(RELATIONSHIPS)?.len()?));
                // A row whose key flipped may have been written anew.
                assert!(rows.unwrap() >= CUSTOMERS, "{when}: rows are lost");
            }
            Err(_) => refused += 1,
        }
        for n in 0..CUSTOMERS {
            loads.load(&file, n, &written[usize::try_from(n).unwrap()], &when);
        }
        file.close();
    }
    assert!(refused < REWRITTEN / 2 && loads.told > REWRITTEN, "what this is about: {loads:?}");
}

#[test]
fn a_file_that_was_damaged_while_it_was_open_can_be_let_go_of() {
    let (_, whole) = written_at_once();
    let disk = Disk::new(Files::one(NAME, whole), Duration::ZERO);
    let file = open_on(&disk);
    // No page begins so; the first one is redb's header.
    pages(&disk.read(NAME)).into_iter().skip(1).for_each(|page| disk.flip(NAME, 8 * page + 7));
    assert_eq!(file.load(customer(1)).unwrap_err().kind(), StoreErrorKind::Foreign);
    file.fail();
    let error = file.load(customer(1)).unwrap_err();
    assert!(error.to_string().ends_with(DAMAGED), "opened anew, it is told: {error:?}");
    file.close();
}

const PAGE: usize = 4_096;
const FLIPS: u64 = 600;
const ROUNDS: u64 = 1_500;
const REWRITTEN: u64 = 500;
const LOADS: u64 = 100;
