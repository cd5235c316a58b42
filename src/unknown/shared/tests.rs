//! Who asks, who waits, and who gets what.

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use tokio::{
    task::{JoinSet, yield_now},
    time::{advance, sleep},
};

use super::*;

const MINUTE: Duration = Duration::from_secs(60);
const AT_ONCE: Duration = Duration::ZERO;

fn key(path: &'static str) -> Key {
    Key::of(&Method::GET, &http::Uri::from_static(path), &HeaderMap::new(), &Bytes::new())
}

fn answer(body: &'static str) -> Arc<Answer> {
    Arc::new(Answer::new(StatusCode::OK, HeaderMap::new(), None, Bytes::from_static(body.as_bytes())))
}

async fn asks(shared: &Shared, patience: Duration) -> Flight {
    match shared.find(key("/a"), patience).await {
        Found::Ask(flight) => flight,
        other => panic!("nobody else asks: {other:?}"),
    }
}

async fn body(shared: &Shared, patience: Duration) -> Option<Bytes> {
    match shared.find(key("/a"), patience).await {
        Found::Answer(answer) => Some(answer.body.clone()),
        Found::Ask(_) | Found::Alone => None,
    }
}

async fn is_alone(shared: &Shared) -> bool {
    matches!(shared.find(key("/a"), PATIENCE).await, Found::Alone)
}

/// A hundred who ask the same and wait by now.
async fn hundred(shared: &Shared, patience: Duration) -> JoinSet<Found> {
    let mut waiting = JoinSet::new();
    for _ in 0..100 {
        let shared = shared.clone();
        waiting.spawn(async move { shared.find(key("/a"), patience).await });
    }
    for _ in 0..10 {
        yield_now().await;
    }
    assert!(waiting.try_join_next().is_none(), "all wait");
    waiting
}

#[tokio::test(start_paused = true)]
async fn one_asks_and_a_hundred_get_the_answer() {
    for keep_for in [MINUTE, AT_ONCE] {
        let shared = Shared::new(10);
        let flight = asks(&shared, PATIENCE).await;
        let waiting = hundred(&shared, PATIENCE).await;
        flight.share(answer("one"), keep_for);
        let found = waiting.join_all().await;
        assert!(found.iter().all(|found| matches!(found, Found::Answer(answer) if answer.body == "one")), "{found:?}");
        match keep_for {
            MINUTE => assert_eq!(body(&shared, AT_ONCE).await.unwrap(), "one"),
            _ => drop(asks(&shared, AT_ONCE).await),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn another_question_waits_for_nobody() {
    let shared = Shared::new(10);
    let _flight = asks(&shared, PATIENCE).await;
    assert!(matches!(shared.find(key("/b"), AT_ONCE).await, Found::Ask(_)));
}

#[tokio::test(start_paused = true)]
async fn if_who_asks_goes_exactly_one_asks_in_its_stead() {
    let shared = Shared::new(10);
    let flight = asks(&shared, PATIENCE).await;
    let mut waiting = hundred(&shared, PATIENCE).await;
    let begun = Instant::now();
    drop(flight);
    let Some(Ok(Found::Ask(flight))) = waiting.join_next().await else { panic!("one takes over") };
    for _ in 0..10 {
        yield_now().await;
    }
    assert!(waiting.try_join_next().is_none(), "the others wait on");
    assert_eq!(Instant::now(), begun);
    flight.share(answer("two"), AT_ONCE);
    let found = waiting.join_all().await;
    assert_eq!(found.len(), 99);
    assert!(found.iter().all(|found| matches!(found, Found::Answer(answer) if answer.body == "two")), "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn who_goes_unheard_leaves_nothing_behind() {
    let shared = Shared::new(10);
    drop(asks(&shared, PATIENCE).await);
    asks(&shared, PATIENCE).await.share(answer("one"), AT_ONCE);
    asks(&shared, PATIENCE).await.alone(AT_ONCE);
    assert!(shared.0.under_way().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_nobody_elses_lets_all_ask_for_themselves() {
    let shared = Shared::new(10);
    let flight = asks(&shared, PATIENCE).await;
    let waiting = hundred(&shared, PATIENCE).await;
    flight.alone(MINUTE);
    let found = waiting.join_all().await;
    assert!(found.iter().all(|found| matches!(found, Found::Alone)), "{found:?}");
    assert!(is_alone(&shared).await && is_alone(&shared).await);
    let other = Shared::new(10);
    asks(&other, PATIENCE).await.alone(AT_ONCE);
    drop(asks(&other, AT_ONCE).await);
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_their_patience() {
    let shared = Shared::new(10);
    let flight = asks(&shared, PATIENCE).await;
    let begun = Instant::now();
    let patience = Duration::from_millis(300);
    let found = hundred(&shared, patience).await.join_all().await;
    assert!(found.iter().all(|found| matches!(found, Found::Alone)), "{found:?}");
    assert_eq!(begun.elapsed(), patience);
    assert!(matches!(shared.find(key("/a"), AT_ONCE).await, Found::Alone));
    assert_eq!(begun.elapsed(), patience);
    flight.share(answer("one"), MINUTE);
    assert_eq!(body(&shared, AT_ONCE).await.unwrap(), "one");
}

#[tokio::test(start_paused = true)]
async fn an_old_flight_is_taken_over_by_one_who_comes() {
    let shared = Shared::new(10);
    let _old = asks(&shared, PATIENCE).await;
    advance(PATIENCE - Duration::from_millis(1)).await;
    assert!(matches!(shared.find(key("/a"), AT_ONCE).await, Found::Alone));
    advance(Duration::from_millis(1)).await;
    let _new = asks(&shared, AT_ONCE).await;
    assert!(matches!(shared.find(key("/a"), AT_ONCE).await, Found::Alone), "one is enough");
}

#[tokio::test(start_paused = true)]
async fn an_old_flight_is_taken_over_by_one_who_waits() {
    let shared = Shared::new(10);
    let begun = Instant::now();
    let _old = asks(&shared, PATIENCE).await;
    let mut waiting = hundred(&shared, MINUTE).await;
    let Some(Ok(Found::Ask(flight))) = waiting.join_next().await else { panic!("one takes over") };
    assert!(begun.elapsed() < PATIENCE + Duration::from_millis(2), "{:?}", begun.elapsed());
    sleep(Duration::from_millis(500)).await;
    flight.share(answer("two"), AT_ONCE);
    let found = waiting.join_all().await;
    assert!(found.iter().all(|found| matches!(found, Found::Answer(answer) if answer.body == "two")), "{found:?}");
}

/// A flight that was taken over, and the one that took it.
async fn old_and_new(shared: &Shared) -> (Flight, Flight) {
    let old = asks(shared, PATIENCE).await;
    advance(PATIENCE).await;
    let new = asks(shared, AT_ONCE).await;
    (old, new)
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_ends_the_waiting_for_the_next() {
    let shared = Shared::new(10);
    let (old, new) = old_and_new(&shared).await;
    let waiting = hundred(&shared, PATIENCE).await;
    old.share(answer("old"), MINUTE);
    let found = waiting.join_all().await;
    assert!(found.iter().all(|found| matches!(found, Found::Answer(answer) if answer.body == "old")), "{found:?}");
    assert_eq!(body(&shared, AT_ONCE).await.unwrap(), "old");
    drop(new);
    assert_eq!(body(&shared, AT_ONCE).await.unwrap(), "old");
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_replaces_neither_a_younger_one_nor_a_ban() {
    let shared = Shared::new(10);
    let (old, new) = old_and_new(&shared).await;
    new.share(answer("new"), MINUTE);
    old.share(answer("old"), MINUTE);
    assert_eq!(body(&shared, AT_ONCE).await.unwrap(), "new");

    let shared = Shared::new(10);
    let (old, new) = old_and_new(&shared).await;
    new.alone(MINUTE);
    old.share(answer("old"), MINUTE);
    assert!(is_alone(&shared).await);
}

#[tokio::test(start_paused = true)]
async fn a_late_answer_that_is_not_kept_changes_nothing() {
    let shared = Shared::new(10);
    let (old, new) = old_and_new(&shared).await;
    old.share(answer("old"), AT_ONCE);
    let waiting = hundred(&shared, PATIENCE).await;
    new.share(answer("new"), AT_ONCE);
    let found = waiting.join_all().await;
    assert!(found.iter().all(|found| matches!(found, Found::Answer(answer) if answer.body == "new")), "{found:?}");
}

#[tokio::test(start_paused = true)]
async fn a_late_ban_holds_for_all() {
    let shared = Shared::new(10);
    let (old, new) = old_and_new(&shared).await;
    let waiting = hundred(&shared, PATIENCE).await;
    old.alone(MINUTE);
    assert!(waiting.join_all().await.iter().all(|found| matches!(found, Found::Alone)));
    new.share(answer("new"), MINUTE);
    assert!(is_alone(&shared).await);
}

#[tokio::test(start_paused = true)]
async fn who_was_taken_over_and_goes_takes_nothing_along() {
    let shared = Shared::new(10);
    let (old, new) = old_and_new(&shared).await;
    let waiting = hundred(&shared, PATIENCE).await;
    drop(old);
    new.share(answer("new"), AT_ONCE);
    let found = waiting.join_all().await;
    assert!(found.iter().all(|found| matches!(found, Found::Answer(answer) if answer.body == "new")), "{found:?}");
}

/// On the machine's own clock, which the cache goes by.
#[tokio::test]
async fn an_answer_and_a_ban_are_kept_as_long_as_was_said() {
    let shared = Shared::new(10);
    let soon = Duration::from_millis(60);
    asks(&shared, PATIENCE).await.share(answer("one"), soon);
    let other = Shared::new(10);
    asks(&other, PATIENCE).await.alone(soon);
    sleep(2 * soon).await;
    asks(&shared, AT_ONCE).await.share(answer("two"), MINUTE);
    asks(&other, AT_ONCE).await.share(answer("two"), MINUTE);
    sleep(2 * soon).await;
    assert_eq!(body(&shared, AT_ONCE).await.unwrap(), "two");
    assert_eq!(body(&other, AT_ONCE).await.unwrap(), "two");
}

#[tokio::test(start_paused = true)]
async fn without_room_nothing_is_kept_and_who_waits_is_served() {
    let shared = Shared::new(0);
    let flight = asks(&shared, PATIENCE).await;
    let waiting = hundred(&shared, PATIENCE).await;
    flight.share(answer("one"), MINUTE);
    assert!(waiting.join_all().await.iter().all(|found| matches!(found, Found::Answer(_))));
    shared.0.kept.run_pending_tasks();
    drop(asks(&shared, AT_ONCE).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn under_load_one_asks_at_a_time_and_nobody_is_forgotten() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let (shared, asking, asked) = (Shared::new(10), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut tasks = JoinSet::new();
    for number in 0..1000 {
        let (shared, asking, asked) = (shared.clone(), Arc::clone(&asking), Arc::clone(&asked));
        tasks.spawn(async move {
            match shared.find(key("/a"), MINUTE).await {
                Found::Ask(flight) => {
                    assert_eq!(asking.fetch_add(1, Ordering::SeqCst), 0, "two ask at once");
                    let before = asked.fetch_add(1, Ordering::SeqCst);
                    yield_now().await;
                    asking.fetch_sub(1, Ordering::SeqCst);
                    if before < 500 { drop(flight) } else { flight.share(answer("one"), MINUTE) }
                }
                Found::Answer(answer) => assert_eq!(answer.body, "one"),
                Found::Alone => panic!("{number} lost patience"),
            }
        });
    }
    tasks.join_all().await;
    assert_eq!(asked.load(Ordering::SeqCst), 501);
}

#[test]
fn what_is_long_takes_the_room_of_several() {
    let shared = Shared::new(100);
    let long = Arc::new(Answer::new(StatusCode::OK, HeaderMap::new(), None, vec![0; 10 * ORDINARY].into()));
    for number in 0..1000 {
        let uri = format!("/{number}").parse().unwrap();
        let key = Key::of(&Method::GET, &uri, &HeaderMap::new(), &Bytes::new());
        shared.0.keep(key, Kept::Answer(Arc::clone(&long)), MINUTE);
    }
    shared.0.kept.run_pending_tasks();
    assert!((1..=10).contains(&shared.0.kept.entry_count()), "{}", shared.0.kept.entry_count());
}
