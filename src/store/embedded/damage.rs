//! Damage of a file that lay on a disk is told, in words that say what to do; what is not told did no harm.

use super::{
    crash::{NAME, Promised, customer, last_seen},
    disk::{Chances, Disk, Files},
    *,
};

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
    // Most of a small file is empty: half of the bits are from the pages that are not.
    let pages: Vec<_> =
        (0..whole.len()).step_by(PAGE).filter(|at| whole[*at..].iter().take(PAGE).any(|it| *it != 0)).collect();
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

const PAGE: usize = 4_096;
const FLIPS: u64 = 600;
