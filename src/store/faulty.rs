//! A store that fails when told to, for tests of what must hold then.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

use super::{BoxFuture, Hearing, Replaced, Store, StoreError, StoreErrorKind, Stored, Urgency, Version};
use crate::{identity::Pseudonym, relationship::Day};

/// What a [`Faulty`] store does wrong.
///
/// See the example of [`Faulty`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Nothing: it does as it is told.
    None,
    /// It does nothing and fails at once.
    Down,
    /// It reads, and fails to write.
    ReadOnly,
    /// It does as it is told, and its answer is lost.
    Deaf,
    /// It does as it is told and answers only after the next [`Faulty::set`], with what it found before.
    Held,
    /// It takes this long, then does as it is told.
    Slow(Duration),
}

/// Any store, with faults on command and a count of what was asked. For tests.
///
/// ```
/// use std::sync::Arc;
/// use http::{Request, Response};
/// use tower::{Layer, ServiceExt, service_fn};
/// use tower_rapport::{RapportLayer, RequestBody, policy::Policy, store::{Fault, Faulty, Memory}};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), tower::BoxError> {
/// # let toml = include_str!("../../config/minimal.toml");
/// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let store = Arc::new(Faulty::new(Memory::new()));
/// let layer = RapportLayer::new(policy, store.clone())?;
/// let shop = service_fn(async |_: Request<RequestBody<String>>| Ok::<_, http::Error>(Response::new(String::from("[]"))));
/// store.set(Fault::Down); // and still nobody sees an error
/// let answer = layer.layer(shop).oneshot(Request::get("/recommendations").body(String::new())?).await?;
/// assert_eq!(answer.status(), 200);
/// assert_eq!(store.loads(), 0, "nobody asks for a stranger");
/// # Ok(())
/// # }
/// ```
pub struct Faulty {
    inner: Arc<dyn Store>,
    fault: watch::Sender<Fault>,
    loads: AtomicU64,
    replaces: AtomicU64,
}

impl Faulty {
    /// Puts faults in front of a store; none until [`set`](Self::set).
    pub fn new(inner: impl Store) -> Self {
        Self {
            inner: Arc::new(inner),
            fault: watch::Sender::new(Fault::None),
            loads: AtomicU64::new(0),
            replaces: AtomicU64::new(0),
        }
    }

    /// Changes what is wrong, and lets go of all that was [`Fault::Held`].
    pub fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// The store behind it, without faults.
    pub fn inner(&self) -> &dyn Store {
        &*self.inner
    }

    /// How many times it was asked to load.
    pub fn loads(&self) -> u64 {
        self.loads.load(Ordering::SeqCst)
    }

    /// How many times it was asked to replace.
    pub fn replaces(&self) -> u64 {
        self.replaces.load(Ordering::SeqCst)
    }

    async fn through<T>(&self, writes: bool, work: BoxFuture<'_, Result<T, StoreError>>) -> Result<T, StoreError> {
        let mut fault = self.fault.subscribe();
        let now = *fault.borrow_and_update();
        match now {
            Fault::None => work.await,
            Fault::Down => Err(StoreError::new(StoreErrorKind::Unavailable, "the store is down, as it was told")),
            Fault::ReadOnly if writes => {
                Err(StoreError::new(StoreErrorKind::ReadOnly, "the store is read-only, as it was told"))
            }
            Fault::ReadOnly => work.await,
            Fault::Deaf => {
                work.await?;
                Err(StoreError::new(StoreErrorKind::Unavailable, "the store's answer was lost, as it was told"))
            }
            Fault::Held => {
                let answer = work.await;
                // An error would mean that the sender is gone, and it is in `self`.
                let _ = fault.changed().await;
                answer
            }
            Fault::Slow(time) => {
                tokio::time::sleep(time).await;
                work.await
            }
        }
    }
}

impl Store for Faulty {
    fn load(&self, customer: Pseudonym) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        Box::pin(self.through(false, Box::pin(async move { self.inner.load(customer).await })))
    }

    fn replace(
        &self,
        customer: Pseudonym,
        expected: Option<Version>,
        next: Stored,
        urgency: Urgency,
    ) -> BoxFuture<'_, Result<Replaced, StoreError>> {
        self.replaces.fetch_add(1, Ordering::SeqCst);
        // Asked within a future of its own: a store may begin as soon as it is asked.
        let work = Box::pin(async move { self.inner.replace(customer, expected, next, urgency).await });
        Box::pin(self.through(true, work))
    }

    fn sweep(&self, before: Day) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(self.through(true, Box::pin(async move { self.inner.sweep(before).await })))
    }

    fn hearing(&self) -> Option<&Arc<Hearing>> {
        self.inner.hearing()
    }

    fn may_lose_what_it_holds(&self) -> bool {
        self.inner.may_lose_what_it_holds()
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faulty").field("fault", &*self.fault.borrow()).finish_non_exhaustive()
    }
}
