//! What was written is there, in few commits; of what is too much, visits are refused first.

use super::*;
use crate::store::contract;

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
