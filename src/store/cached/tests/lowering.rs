//! What lowers is in force at once, whether it can be written or not.

use super::*;
use crate::store::{BoxFuture, Version};

#[tokio::test]
async fn what_lowers_is_in_force_before_it_is_written() {
    let (store, relationships) = over_memory();
    relationships.update(ANNA, Urgency::Event, bought).await.unwrap();
    let before = store.replaces();
    store.set(Fault::Held);
    let written = relationships.lower(ANNA, limited);
    assert!(is_limited(&relationships.peek(ANNA).unwrap()));
    assert_eq!(store.replaces(), before, "and it was not even tried by then");
    assert!(is_limited(&relationships.load(ANNA).await.unwrap()));
    until(|| store.replaces() > before).await;
    // Memory may forget the customer, under pressure or told to, and still it holds.
    relationships.invalidate(ANNA);
    let loaded = relationships.load(ANNA);
    store.set(Fault::None);
    assert!(is_limited(&loaded.await.unwrap()));
    assert!(is_limited(&written.await.unwrap()));
    assert!(is_limited(&relationships.load(ANNA).await.unwrap()));
}

#[tokio::test(start_paused = true)]
async fn what_lowers_stays_in_force_while_the_store_fails_and_is_written_when_it_can_be() {
    for fault in [Fault::Down, Fault::ReadOnly] {
        let (store, relationships) = over_memory();
        relationships.update(ANNA, Urgency::Event, bought).await.unwrap();
        store.set(fault);
        assert!(relationships.lower(ANNA, limited).await.is_err());
        assert!(is_limited(&relationships.peek(ANNA).unwrap()), "{fault:?}");
        assert_eq!(relationships.flush().await, 1);
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        assert!(is_limited(&relationships.peek(ANNA).unwrap()));

        store.set(Fault::None);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert_eq!(relationships.flush().await, 0);
        assert!(store.load(ANNA).await.unwrap().unwrap().record(ANNA).unwrap().choices.limit.is_some());
        assert!(relationships.lanes.open().lanes.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_raise_that_follows_a_lowering_is_done_after_it() {
    let (store, relationships) = over_memory();
    store.set(Fault::Down);
    assert!(relationships.lower(ANNA, limited).await.is_err());
    assert!(relationships.update(ANNA, Urgency::Choice, unlimited).await.is_err());
    store.set(Fault::None);
    assert!(!is_limited(&relationships.update(ANNA, Urgency::Event, bought).await.unwrap()));
    assert!(!is_limited(&relationships.peek(ANNA).unwrap()));
}

#[tokio::test]
async fn that_a_choice_stands_is_not_believed_of_memory() {
    let store = Arc::new(Memory::new());
    let [here, there] = [(); 2].map(|()| Relationships::new(store.clone(), 100));
    here.lower(ANNA, limited).await.unwrap();
    there.update(ANNA, Urgency::Choice, unlimited).await.unwrap();
    // Here memory still holds the limit, and the limit is wanted again.
    here.lower(ANNA, limited).await.unwrap();
    assert!(store.load(ANNA).await.unwrap().unwrap().record(ANNA).unwrap().choices.limit.is_some());
}

/// A store whose replicas may lack what it holds.
struct Alone(Arc<Faulty>);

impl Store for Alone {
    fn load(&self, customer: Pseudonym) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        self.0.load(customer)
    }

    fn replace(
        &self,
        customer: Pseudonym,
        expected: Option<Version>,
        next: Stored,
        urgency: Urgency,
    ) -> BoxFuture<'_, Result<Replaced, StoreError>> {
        self.0.replace(customer, expected, next, urgency)
    }

    fn sweep(&self, before: Day) -> BoxFuture<'_, Result<u64, StoreError>> {
        self.0.sweep(before)
    }

    fn may_lose_what_it_holds(&self) -> bool {
        true
    }
}

#[tokio::test(start_paused = true)]
async fn what_may_be_lost_is_written_until_that_is_acknowledged_and_happens_once() {
    let store = Arc::new(Faulty::new(Memory::new()));
    let relationships = Relationships::new(Arc::new(Alone(Arc::clone(&store))), 10);
    relationships.update(ANNA, Urgency::Event, bought).await.unwrap();
    let before = store.inner().load(ANNA).await.unwrap();
    // Both in one write, which is done and not acknowledged.
    store.set(Fault::Deaf);
    let event = relationships.update(ANNA, Urgency::Event, bought);
    let choice = relationships.lower(ANNA, limited);
    assert!(event.await.is_err() && choice.await.is_err());
    store.set(Fault::Held);
    for _ in 0..3 {
        assert!(is_limited(&relationships.peek(ANNA).unwrap()), "it is in force, as nobody has acknowledged it");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    // It is found, and then lost with who had it.
    let found = store.inner().load(ANNA).await.unwrap().unwrap();
    assert!(is_limited(&found.record(ANNA).ok().map(Arc::new)));
    let lost = store.inner().replace(ANNA, Some(found.version()), before.unwrap(), Urgency::Choice).await.unwrap();
    assert_eq!(lost, Replaced::Written);
    store.set(Fault::None);
    assert_eq!(relationships.flush().await, 0);
    let kept = relationships.load(ANNA).await.unwrap();
    assert!(is_limited(&kept), "it is done again");
    assert!(purchases(&kept) <= 2, "and no event twice");
    let writes = store.replaces();
    // What stands is written again for who chooses it again, and an event is not.
    assert!(is_limited(&relationships.lower(ANNA, limited).await.unwrap()));
    assert_eq!((store.replaces(), purchases(&relationships.load(ANNA).await.unwrap())), (writes + 1, purchases(&kept)));
}
