//! Where a runtime has ended, what lowers is in force and nothing is stuck.

use super::*;

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
