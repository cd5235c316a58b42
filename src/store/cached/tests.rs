use std::time::Duration;

use super::*;
use crate::{
    identity::Pseudonym,
    name::Name,
    relationship::History,
    store::{BoxFuture, Fault, Faulty, Memory, Replaced, Stored, Version, contract},
};

const ANNA: Pseudonym = Pseudonym::from_bytes([1; 16]);
const BEN: Pseudonym = Pseudonym::from_bytes([2; 16]);

fn name(name: &str) -> Name {
    name.parse().unwrap()
}

fn bought(record: Option<&Record>) -> Option<Record> {
    let mut record = record.cloned().unwrap_or_default();
    let day = Day::from_date("2026-11-22".parse().unwrap());
    let history = record.history.get_or_insert_with(|| History {
        first_seen: day,
        last_seen: day,
        active_days: 1,
        last_visit: None,
        counts: Default::default(),
        stage: None,
        changed: None,
        marks: Vec::new(),
        doubted_since: None,
    });
    *history.counts.entry(name("purchase")).or_default() += 1;
    Some(record)
}

fn limited(record: Option<&Record>) -> Option<Record> {
    let mut record = record.cloned().unwrap_or_default();
    record.choices.limit = Some(name("new"));
    Some(record)
}

fn unlimited(record: Option<&Record>) -> Option<Record> {
    let mut record = record.cloned().unwrap_or_default();
    record.choices.limit = None;
    Some(record)
}

fn purchases(record: &Option<Arc<Record>>) -> u64 {
    record.as_ref().and_then(|record| record.history.as_ref()).map_or(0, |history| history.count("purchase"))
}

fn is_limited(record: &Option<Arc<Record>>) -> bool {
    record.as_ref().is_some_and(|record| record.choices.limit.is_some())
}

fn over_memory() -> (Arc<Faulty>, Relationships) {
    let store = Arc::new(Faulty::new(Memory::new()));
    (store.clone(), Relationships::new(store, 1_000))
}

/// Until the store was asked, so that a fault meets what it is meant to meet.
async fn until(holds: impl Fn() -> bool) {
    for _ in 0..10_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("what was waited for did not happen");
}

async fn bought_elsewhere(store: &dyn Store, times: u64) {
    for _ in 0..times {
        let found = store.load(ANNA).await.unwrap();
        let next = bought(found.as_ref().map(|stored| stored.record(ANNA).unwrap()).as_ref()).unwrap();
        let expected = found.map(|stored| stored.version());
        assert_eq!(
            store.replace(ANNA, expected, Stored::new(ANNA, &next), Urgency::Event).await.unwrap(),
            Replaced::Written
        );
    }
}

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
async fn a_change_goes_on_when_its_caller_goes_away() {
    let (store, relationships) = over_memory();
    store.set(Fault::Slow(Duration::from_millis(20)));
    drop(relationships.update(ANNA, Urgency::Event, bought));
    assert_eq!(relationships.flush().await, 0);
    assert_eq!(purchases(&relationships.peek(ANNA).unwrap()), 1);
}

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
async fn a_record_that_cannot_be_read_is_a_strangers_and_is_written_over() {
    let (store, relationships) = over_memory();
    let odd = Stored::from_bytes(vec![9, 9, 9]);
    store.replace(ANNA, None, odd, Urgency::Event).await.unwrap();
    assert_eq!(relationships.load(ANNA).await.unwrap(), None);
    assert_eq!(relationships.peek(ANNA), Some(None));
    assert_eq!(purchases(&relationships.update(ANNA, Urgency::Visit, bought).await.unwrap()), 1);
    assert_eq!(purchases(&relationships.load(ANNA).await.unwrap()), 1);
    assert!(store.load(ANNA).await.unwrap().unwrap().record(ANNA).is_ok());
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
async fn that_a_choice_stands_is_not_believed_of_memory() {
    let store = Arc::new(Memory::new());
    let [here, there] = [(); 2].map(|()| Relationships::new(store.clone(), 100));
    here.lower(ANNA, limited).await.unwrap();
    there.update(ANNA, Urgency::Choice, unlimited).await.unwrap();
    // Here memory still holds the limit, and the limit is wanted again.
    here.lower(ANNA, limited).await.unwrap();
    assert!(store.load(ANNA).await.unwrap().unwrap().record(ANNA).unwrap().choices.limit.is_some());
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

#[tokio::test]
async fn a_change_that_panics_breaks_off_its_own_customer_only() {
    let (_, relationships) = over_memory();
    let broken = relationships.lower(ANNA, |_| panic!("a change that is not what it should be"));
    assert!(broken.await.is_err());
    assert_eq!(purchases(&relationships.update(ANNA, Urgency::Event, bought).await.unwrap()), 1);
    assert_eq!(purchases(&relationships.update(BEN, Urgency::Event, bought).await.unwrap()), 1);
    assert_eq!(relationships.flush().await, 0);
}

#[test]
fn a_runtime_that_ends_leaves_nothing_stuck_and_what_lowers_in_force() {
    let (store, relationships) = over_memory();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let first = runtime();
    first.block_on(async {
        relationships.update(ANNA, Urgency::Event, bought).await.unwrap();
        store.set(Fault::Held);
        drop(relationships.lower(ANNA, limited));
        tokio::task::yield_now().await;
    });
    drop(first);
    assert!(is_limited(&relationships.peek(ANNA).unwrap()));
    assert!(relationships.update(BEN, Urgency::Event, bought).poll_now().unwrap().is_err(), "no runtime, no work");
    store.set(Fault::None);
    runtime().block_on(async {
        let record = relationships.update(ANNA, Urgency::Event, bought).await.unwrap();
        assert!(is_limited(&record) && purchases(&record) == 2);
    });
}

impl Reply {
    fn poll_now(mut self) -> Option<Outcome> {
        match Pin::new(&mut self).poll(&mut Context::from_waker(std::task::Waker::noop())) {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending => None,
        }
    }
}

#[test]
fn what_the_layer_holds_can_be_held_by_a_future() {
    fn holds<T: Send + Sync + Clone + Unpin + 'static>() {}
    fn sent<T: Future + Send + Unpin + 'static>() {}
    holds::<Relationships>();
    sent::<Reply>();
}

/// All that the layer sees of a store, seen as a store: its obligations hold through memory too.
struct Through(Relationships, Arc<dyn Store>);

impl Store for Through {
    fn load(&self, customer: Pseudonym) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        Box::pin(async move {
            self.0.load(customer).await?;
            self.1.load(customer).await
        })
    }

    fn replace(
        &self,
        customer: Pseudonym,
        expected: Option<Version>,
        next: Stored,
        urgency: Urgency,
    ) -> BoxFuture<'_, Result<Replaced, StoreError>> {
        Box::pin(async move {
            let replaced = self.1.replace(customer, expected, next, urgency).await?;
            self.0.invalidate(customer);
            let seen = self.0.load(customer).await?.map(|record| (*record).clone());
            let there = self.1.load(customer).await?.and_then(|stored| stored.record(customer).ok());
            // Another writer may have come between; what was seen is then not older than what this one wrote.
            if there.is_some() && seen.is_none() {
                return Err(StoreError::new(StoreErrorKind::Unavailable, "memory does not know what the store does"));
            }
            Ok(replaced)
        })
    }

    fn sweep(&self, before: Day) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(self.0.sweep(before))
    }
}

#[tokio::test]
async fn with_memory_in_front_a_store_still_keeps_the_contract() {
    let store: Arc<dyn Store> = Arc::new(Memory::new());
    contract::check(Arc::new(Through(Relationships::new(store.clone(), 10), store))).await.unwrap();
    #[cfg(feature = "embedded")]
    {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(crate::store::Embedded::open(folder.path().join("rapport.redb")).unwrap());
        contract::check(Arc::new(Through(Relationships::new(store.clone(), 10), store))).await.unwrap();
    }
}

#[test]
fn what_lowers_is_in_force_even_where_the_runtime_has_ended() {
    let (_, relationships) = over_memory();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let gone = runtime.handle().clone();
    runtime.block_on(async { relationships.load(ANNA).await.unwrap() });
    drop(runtime);
    let (told, heard) = std::sync::mpsc::channel();
    let lowering = relationships;
    std::thread::spawn(move || {
        let _entered = gone.enter();
        drop(lowering.lower(ANNA, limited));
        told.send(is_limited(&lowering.peek(ANNA).unwrap())).unwrap();
    });
    assert_eq!(heard.recv_timeout(Duration::from_secs(10)), Ok(true));
}
