//! What is known is answered from memory, and what is not is asked for once.

use super::*;

#[tokio::test]
async fn a_hundred_who_ask_at_once_are_answered_by_one_load() {
    let (store, relationships) = over_memory();
    bought_elsewhere(&*store, 1).await;
    let before = store.loads();
    store.set(Fault::Held);
    let asking: Vec<_> = (0..100).map(|_| tokio::spawn(relationships.load(ANNA))).collect();
    until(|| store.loads() > before).await;
    // Whoever goes away takes the answer from nobody, not even the first.
    asking[0].abort();
    store.set(Fault::None);
    for reply in asking.into_iter().skip(1) {
        assert_eq!(purchases(&reply.await.unwrap().unwrap()), 1);
    }
    assert_eq!(store.loads(), before + 1);
    assert_eq!(purchases(&relationships.peek(ANNA).unwrap()), 1);
}

#[tokio::test]
async fn what_is_known_is_answered_from_memory_strangers_too() {
    let (store, relationships) = over_memory();
    assert_eq!(relationships.peek(ANNA), None);
    for _ in 0..10 {
        assert_eq!(relationships.load(ANNA).await.unwrap(), None);
        assert_eq!(relationships.peek(ANNA), Some(None));
    }
    relationships.update(BEN, Urgency::Event, bought).await.unwrap();
    for _ in 0..10 {
        assert_eq!(purchases(&relationships.load(BEN).await.unwrap()), 1);
    }
    assert_eq!(store.loads(), 2);
}

#[tokio::test]
async fn strangers_do_not_drive_out_who_is_known() {
    let relationships = Relationships::new(Arc::new(Memory::new()), 100);
    let customer = |n: u64| Pseudonym::from_bytes([n.to_le_bytes(), [7; 8]].concat().try_into().unwrap());
    for n in 0..50 {
        relationships.update(customer(n), Urgency::Event, bought).await.unwrap();
    }
    for n in 1_000..6_000 {
        assert_eq!(relationships.load(customer(n)).await.unwrap(), None);
    }
    for n in 0..50 {
        assert_eq!(purchases(&relationships.peek(customer(n)).expect("forgotten for a stranger")), 1);
    }
    let strangers = (1_000..6_000).filter(|n| relationships.peek(customer(*n)).is_some()).count();
    assert!((1..1_000).contains(&strangers), "{strangers} strangers are remembered");
}

#[tokio::test]
async fn a_load_under_way_loses_against_a_newer_change() {
    let (store, relationships) = over_memory();
    bought_elsewhere(&*store, 1).await;
    let before = store.loads();
    store.set(Fault::Held);
    let old = relationships.load(ANNA);
    until(|| store.loads() > before).await;
    let new = relationships.update(ANNA, Urgency::Event, bought);
    store.set(Fault::None);
    assert_eq!(purchases(&new.await.unwrap()), 2);
    assert!(purchases(&old.await.unwrap()) <= 2);
    assert_eq!(purchases(&relationships.peek(ANNA).unwrap()), 2);
}

#[tokio::test]
async fn a_load_under_way_loses_against_a_change_on_another_node() {
    let (store, relationships) = over_memory();
    bought_elsewhere(&*store, 1).await;
    let before = store.loads();
    store.set(Fault::Held);
    let old = relationships.load(ANNA);
    until(|| store.loads() > before).await;
    tokio::task::yield_now().await;
    // The load has read 1 and is on its way; `Held` holds only answers that were begun under it.
    let other = tokio::spawn({
        let store = store.clone();
        async move { bought_elsewhere(store.inner(), 1).await }
    });
    other.await.unwrap();
    relationships.invalidate(ANNA);
    let new = relationships.load(ANNA);
    store.set(Fault::None);
    assert_eq!(purchases(&new.await.unwrap()), 2);
    assert_eq!(purchases(&old.await.unwrap()), 2);
    assert_eq!(purchases(&relationships.peek(ANNA).unwrap()), 2);
    assert_eq!(store.loads(), before + 2);
}

#[tokio::test]
async fn an_error_is_not_remembered() {
    let (store, relationships) = over_memory();
    bought_elsewhere(&*store, 1).await;
    store.set(Fault::Down);
    assert_eq!(relationships.load(ANNA).await.unwrap_err().kind(), StoreErrorKind::Unavailable);
    assert_eq!(relationships.peek(ANNA), None);
    store.set(Fault::None);
    assert_eq!(purchases(&relationships.load(ANNA).await.unwrap()), 1);
}

#[tokio::test]
async fn over_a_record_that_cannot_be_read_only_a_choice_is_written() {
    let (store, relationships) = over_memory();
    let odd = Stored::from_bytes(vec![9, 9, 9]);
    store.replace(ANNA, None, odd, Urgency::Event).await.unwrap();
    for _ in 0..2 {
        assert_eq!(relationships.load(ANNA).await.unwrap_err().kind(), StoreErrorKind::Foreign);
        assert_eq!(
            (relationships.peek(ANNA), store.loads()),
            (None, 1),
            "it is remembered, and nothing is known of it"
        );
        for urgency in [Urgency::Visit, Urgency::Event] {
            let given_up = relationships.update(ANNA, urgency, bought).await;
            assert_eq!(given_up.unwrap_err().kind(), StoreErrorKind::Busy, "nothing is begun");
        }
    }
    assert_eq!((relationships.flush().await, store.replaces()), (0, 1));
    let event = relationships.update(ANNA, Urgency::Event, bought);
    assert!(is_limited(&relationships.lower(ANNA, limited).await.unwrap()));
    assert_eq!(purchases(&event.await.unwrap()), 1, "what is written with a choice is written");
    assert!(store.load(ANNA).await.unwrap().unwrap().record(ANNA).is_ok());
}

#[tokio::test]
async fn a_sweep_takes_the_silent_out_of_memory_too() {
    let (_, relationships) = over_memory();
    relationships.update(ANNA, Urgency::Event, bought).await.unwrap();
    relationships.lower(BEN, limited).await.unwrap();
    let later = Day::from_date("2028-11-22".parse().unwrap());
    assert_eq!(relationships.sweep(later).await.unwrap(), 1);
    assert_eq!(relationships.load(ANNA).await.unwrap(), None);
    assert!(is_limited(&relationships.load(BEN).await.unwrap()));
}
