//! Of changes none is lost and none counts twice, and few are writes.

use super::*;

#[tokio::test]
async fn of_a_hundred_changes_at_once_none_is_lost_and_few_are_writes() {
    let (store, relationships) = over_memory();
    let changes: Vec<_> = (0..100).map(|_| relationships.update(ANNA, Urgency::Event, bought)).collect();
    for reply in changes {
        reply.await.unwrap();
    }
    assert_eq!(purchases(&relationships.peek(ANNA).unwrap()), 100);
    relationships.invalidate(ANNA);
    assert_eq!(purchases(&relationships.load(ANNA).await.unwrap()), 100);
    assert!(store.replaces() < 10, "{} writes", store.replaces());
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_lose_none_of_each_others_changes() {
    let store = Arc::new(Memory::new());
    let nodes = [(); 4].map(|()| Relationships::new(store.clone(), 100));
    let changes: Vec<_> = (0..100)
        .map(|n| {
            let node = nodes[n % 4].clone();
            tokio::spawn(async move { node.update(ANNA, Urgency::Event, bought).await })
        })
        .collect();
    for reply in changes {
        reply.await.unwrap().unwrap();
    }
    nodes[0].invalidate(ANNA);
    assert_eq!(purchases(&nodes[0].load(ANNA).await.unwrap()), 100);
}

#[tokio::test]
async fn a_change_goes_on_when_its_caller_goes_away() {
    let (store, relationships) = over_memory();
    store.set(Fault::Slow(Duration::from_millis(20)));
    drop(relationships.update(ANNA, Urgency::Event, bought));
    assert_eq!(relationships.flush().await, 0);
    assert_eq!(purchases(&relationships.peek(ANNA).unwrap()), 1);
}

#[tokio::test(start_paused = true)]
async fn an_event_whose_acknowledgement_was_lost_counts_once() {
    let (store, relationships) = over_memory();
    for already in 0..3 {
        store.set(Fault::Deaf);
        assert!(relationships.update(ANNA, Urgency::Event, bought).await.is_err());
        store.set(Fault::None);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(relationships.flush().await, 0);
        assert_eq!(purchases(&relationships.load(ANNA).await.unwrap()), already + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_visit_that_fails_is_given_up_and_an_event_is_not() {
    let (store, relationships) = over_memory();
    store.set(Fault::ReadOnly);
    assert!(relationships.update(ANNA, Urgency::Visit, bought).await.is_err());
    assert!(relationships.update(BEN, Urgency::Event, bought).await.is_err());
    store.set(Fault::None);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(relationships.load(ANNA).await.unwrap(), None);
    assert_eq!(purchases(&relationships.load(BEN).await.unwrap()), 1);
}

#[tokio::test]
async fn nothing_to_write_writes_nothing() {
    let (store, relationships) = over_memory();
    assert_eq!(relationships.update(ANNA, Urgency::Visit, |_| None).await.unwrap(), None);
    relationships.lower(ANNA, limited).await.unwrap();
    assert_eq!(store.replaces(), 1);
    assert!(is_limited(&relationships.lower(ANNA, limited).await.unwrap()), "what stands is not written again");
    assert_eq!(store.replaces(), 1);
}

#[tokio::test]
async fn a_change_that_panics_breaks_off_its_own_customer_only() {
    let (_, relationships) = over_memory();
    let broken = relationships.lower(ANNA, |_| panic!("a change that is not what it should be"));
    assert!(broken.await.is_err());
    assert_eq!(purchases(&relationships.update(ANNA, Urgency::Event, bought).await.unwrap()), 1);
    assert_eq!(purchases(&relationships.update(BEN, Urgency::Event, bought).await.unwrap()), 1);
    assert_eq!(relationships.flush().await, 0);
}
