//! Tells whether a store keeps the obligations of [`Store`]: put yours through it in a test.
//!
//! ```
//! # use std::sync::Arc;
//! use tower_rapport::store::{Memory, contract};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! contract::check(Arc::new(Memory::new())).await.expect("a store as it should be");
//! # }
//! ```
//!
//! What can be seen in one process is seen. That acknowledged writes outlive it, and what a store does when its
//! disk or network fails, are yours to test; [`Faulty`](super::Faulty) shows how those above the store take it.

use std::{
    error::Error,
    fmt,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{Replaced, Store, StoreError, Stored, Urgency};
use crate::{
    consent::Answer,
    identity::Pseudonym,
    name::Name,
    relationship::{Day, History, Record},
};

/// Puts a store through its obligations. The store need not be empty; what is put there stays, under customers that
/// nobody has and with dates of 1970.
///
/// See the example of [`contract`](self).
///
/// # Errors
///
/// The first obligation that does not hold.
pub async fn check(store: Arc<dyn Store>) -> Result<(), Breach> {
    nobody_is_kept_before_the_first_write(&*store).await?;
    only_the_expected_version_is_replaced(&*store).await?;
    a_write_tried_again_is_written(&*store).await?;
    any_bytes_come_back_and_can_be_replaced(&*store).await?;
    customers_are_kept_apart(&*store).await?;
    of_many_writers_none_is_lost(&store).await?;
    a_dropped_write_is_whole_or_nothing(&store).await?;
    a_sweep_takes_the_silent_and_leaves_what_lowers(&*store).await
}

/// An obligation that a store does not keep.
///
/// It names the obligation, so that the store can be mended. See the example of [`contract`](self).
#[derive(Debug)]
pub struct Breach {
    obligation: &'static str,
    source: Option<StoreError>,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store does not keep what it owes: {}", self.obligation)
    }
}

impl Error for Breach {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source as &(dyn Error + 'static))
    }
}

impl From<StoreError> for Breach {
    fn from(source: StoreError) -> Self {
        Self { obligation: "it answers without an error while nothing is wrong", source: Some(source) }
    }
}

async fn nobody_is_kept_before_the_first_write(store: &dyn Store) -> Result<(), Breach> {
    let customer = somebody();
    owes(store.load(customer).await?.is_none(), "it knows nobody who was never written")?;
    let unknown = Stored::new(customer, &counted(1));
    let replaced =
        store.replace(customer, Some(unknown.version()), Stored::new(customer, &counted(2)), Urgency::Event).await?;
    owes(replaced == Replaced::Conflict(None), "a version that was expected and is not there is a conflict with none")?;
    owes(store.load(customer).await?.is_none(), "a conflict writes nothing")
}

async fn only_the_expected_version_is_replaced(store: &dyn Store) -> Result<(), Breach> {
    let customer = somebody();
    let [first, second, third] = [1, 2, 3].map(|count| Stored::new(customer, &counted(count)));
    put(store, customer, None, &first, Urgency::Visit).await?;
    owes(store.load(customer).await? == Some(first.clone()), "what was written is loaded")?;

    let again = store.replace(customer, None, second.clone(), Urgency::Visit).await?;
    owes(again == Replaced::Conflict(Some(first.clone())), "a customer who is kept is not made anew, and is answered")?;
    put(store, customer, Some(&first), &second, Urgency::Event).await?;
    let late = store.replace(customer, Some(first.version()), third.clone(), Urgency::Choice).await?;
    owes(late == Replaced::Conflict(Some(second.clone())), "a version that was replaced is a conflict with the newer")?;
    owes(store.load(customer).await? == Some(second.clone()), "a conflict leaves what is there")?;
    put(store, customer, Some(&second), &third, Urgency::Choice).await?;
    owes(store.load(customer).await? == Some(third), "what was written last is loaded")
}

async fn a_write_tried_again_is_written(store: &dyn Store) -> Result<(), Breach> {
    let customer = somebody();
    let [first, second] = [1, 2].map(|count| Stored::new(customer, &counted(count)));
    for _ in 0..2 {
        put(store, customer, None, &first, Urgency::Event).await?;
    }
    for _ in 0..2 {
        put(store, customer, Some(&first), &second, Urgency::Choice).await?;
    }
    owes(store.load(customer).await? == Some(second), "a write that is tried again changes nothing")
}

async fn any_bytes_come_back_and_can_be_replaced(store: &dyn Store) -> Result<(), Breach> {
    for bytes in [&[][..], &[0], &[255; 3], &[1; 100], &[0xab; 5_000]] {
        let customer = somebody();
        let odd = Stored::from_bytes(bytes.to_vec());
        put(store, customer, None, &odd, Urgency::Event).await?;
        owes(store.load(customer).await? == Some(odd.clone()), "bytes that are no record come back as they are")?;
        let record = Stored::new(customer, &counted(1));
        put(store, customer, Some(&odd), &record, Urgency::Event).await?;
        owes(store.load(customer).await? == Some(record), "bytes that are no record can be replaced")?;
    }
    Ok(())
}

async fn customers_are_kept_apart(store: &dyn Store) -> Result<(), Breach> {
    let customers = [(); 20].map(|()| {
        let customer = somebody();
        (customer, Stored::new(customer, &counted(1)))
    });
    for (customer, stored) in &customers {
        put(store, *customer, None, stored, Urgency::Event).await?;
    }
    for (customer, stored) in &customers {
        owes(store.load(*customer).await?.as_ref() == Some(stored), "each customer has the bytes that were written")?;
    }
    Ok(())
}

async fn of_many_writers_none_is_lost(store: &Arc<dyn Store>) -> Result<(), Breach> {
    let customer = somebody();
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let store = Arc::clone(store);
        writers.spawn(async move {
            let mut found = store.load(customer).await?;
            loop {
                let count = found.as_ref().map_or(0, |stored| count_in(customer, stored)) + 1;
                let expected = found.as_ref().map(Stored::version);
                match store.replace(customer, expected, Stored::new(customer, &counted(count)), Urgency::Event).await? {
                    Replaced::Written => return Ok::<_, StoreError>(()),
                    Replaced::Conflict(newer) => found = newer,
                }
            }
        });
    }
    while let Some(written) = writers.join_next().await {
        owes(written.is_ok(), "it does not panic")?;
        if let Ok(written) = written {
            written?;
        }
    }
    let count = store.load(customer).await?.as_ref().map_or(0, |stored| count_in(customer, stored));
    owes(count == WRITERS, "of many who write at once, each that is acknowledged counts once")
}

async fn a_dropped_write_is_whole_or_nothing(store: &Arc<dyn Store>) -> Result<(), Breach> {
    for polls in 0..3 {
        let customer = somebody();
        let [first, second] = [1, 2].map(|count| Stored::new(customer, &counted(count)));
        put(&**store, customer, None, &first, Urgency::Event).await?;
        let writer = tokio::spawn({
            let (store, expected, second) = (Arc::clone(store), first.version(), second.clone());
            async move { store.replace(customer, Some(expected), second, Urgency::Event).await }
        });
        for _ in 0..polls {
            tokio::task::yield_now().await;
        }
        writer.abort();
        let _ = writer.await;
        let third = Stored::new(customer, &counted(3));
        // Whichever is there now can be built upon, although the dropped write may be done only later.
        loop {
            let found = store.load(customer).await?;
            owes(found == Some(first.clone()) || found == Some(second.clone()), "a dropped write is whole or nothing")?;
            let expected = found.as_ref().map(Stored::version);
            if store.replace(customer, expected, third.clone(), Urgency::Event).await? == Replaced::Written {
                break;
            }
        }
        owes(store.load(customer).await? == Some(third), "a dropped write does not come back over a newer one")?;
    }
    Ok(())
}

async fn a_sweep_takes_the_silent_and_leaves_what_lowers(store: &dyn Store) -> Result<(), Breach> {
    let [silent, refusing, heard, odd] = [(); 4].map(|()| somebody());
    let epoch = Day::of(Timestamp::UNIX_EPOCH);
    let mut refused = counted(1);
    if let Ok(purpose) = "record".parse::<Name>() {
        let answer = Answer { granted: false, at: Timestamp::UNIX_EPOCH, was_granted: false };
        refused.choices.purposes.insert(purpose, answer);
    }
    let mut lately = counted(1);
    lately.history.iter_mut().for_each(|history| history.last_seen = epoch.plus(10));
    let (lately, broken) = (Stored::new(heard, &lately), Stored::from_bytes(vec![200; 40]));
    put(store, silent, None, &Stored::new(silent, &counted(1)), Urgency::Event).await?;
    put(store, refusing, None, &Stored::new(refusing, &refused), Urgency::Event).await?;
    put(store, heard, None, &lately, Urgency::Event).await?;
    put(store, odd, None, &broken, Urgency::Event).await?;

    let swept = store.sweep(epoch.plus(10)).await?;
    owes(swept >= 2, "a sweep counts what it changed")?;
    owes(store.load(silent).await?.is_none(), "a sweep removes who was silent")?;
    owes(store.load(heard).await? == Some(lately), "a sweep leaves who was heard on the day")?;
    owes(store.load(odd).await? == Some(broken), "a sweep leaves what it cannot read")?;
    let left = store.load(refusing).await?.and_then(|stored| stored.record(refusing).ok());
    let expected = Record { history: None, ..refused };
    owes(left == Some(expected), "a sweep takes the history and leaves the refusals")?;
    owes(store.sweep(epoch.plus(10)).await? == 0, "a second sweep finds nothing to do")
}

async fn put(
    store: &dyn Store,
    customer: Pseudonym,
    expected: Option<&Stored>,
    next: &Stored,
    urgency: Urgency,
) -> Result<(), Breach> {
    let replaced = store.replace(customer, expected.map(Stored::version), next.clone(), urgency).await?;
    owes(replaced == Replaced::Written, "the version that is there can be replaced")
}

fn owes(kept: bool, obligation: &'static str) -> Result<(), Breach> {
    if kept { Ok(()) } else { Err(Breach { obligation, source: None }) }
}

/// A customer whom nobody has.
fn somebody() -> Pseudonym {
    let mut bytes = [0; 16];
    for half in bytes.chunks_mut(8) {
        half.copy_from_slice(&RandomState::new().hash_one("somebody").to_le_bytes());
    }
    Pseudonym::from_bytes(bytes)
}

fn counted(count: u64) -> Record {
    let day = Day::of(Timestamp::UNIX_EPOCH);
    let history = History {
        first_seen: day,
        last_seen: day,
        active_days: 1,
        last_visit: None,
        counts: "purchase".parse().map(|name| (name, count)).into_iter().collect(),
        stage: None,
        changed: None,
        marks: Vec::new(),
        doubted_since: None,
    };
    Record { history: Some(history), ..Record::default() }
}

fn count_in(customer: Pseudonym, stored: &Stored) -> u64 {
    stored.record(customer).ok().and_then(|record| record.history).map_or(0, |history| history.count("purchase"))
}

const WRITERS: u64 = 32;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::{BoxFuture, Fault, Faulty, Memory, Version};

    /// Forgets to compare.
    struct Careless(Memory);

    impl Store for Careless {
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
            Box::pin(async move {
                let found = self.0.load(customer).await?.map(|stored| stored.version());
                // Right by itself, wrong among others: what was found may have changed by now.
                tokio::task::yield_now().await;
                if found != expected && found != Some(next.version()) {
                    return Ok(Replaced::Conflict(self.0.load(customer).await?));
                }
                let now = self.0.load(customer).await?.map(|stored| stored.version());
                self.0.replace(customer, now, next, urgency).await
            })
        }

        fn sweep(&self, before: Day) -> BoxFuture<'_, Result<u64, StoreError>> {
            self.0.sweep(before)
        }
    }

    #[tokio::test]
    async fn a_store_that_loses_updates_is_found_out() {
        let breach = check(Arc::new(Careless(Memory::new()))).await.unwrap_err();
        assert_eq!(
            breach.to_string(),
            "the store does not keep what it owes: of many who write at once, each that is acknowledged counts once"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_store_keeps_the_contract_and_one_that_is_down_does_not() {
        let store = Arc::new(Faulty::new(Memory::new()));
        store.set(Fault::Slow(Duration::from_millis(200)));
        check(store.clone()).await.unwrap();
        store.set(Fault::Down);
        assert!(check(store).await.unwrap_err().source().is_some());
    }
}
