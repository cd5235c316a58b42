//! Hearing of what others write to the same store.
//!
//! Where several nodes share a store, each remembers relationships, and each must learn that another has changed one. A
//! store that others write to has a [`Hearing`]: through it the store tells whoever remembers what it said which customers
//! have changed, and up to when it would have known of a change. What was not heard is the danger: a cut makes no noise.
//! So it is not silence that says that nothing has changed, but an answer that came the way on which changes come, to a
//! question asked after them. The latest such question plus the bound is how long memory may be believed; after that every
//! customer is a stranger here, until the store is heard again.

use std::{
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use crate::identity::Pseudonym;

/// What a store with other writers tells those who remember what it said.
///
/// # Obligations of the store
///
/// - [`changed`](Self::changed) is called for every change of a record, whoever made it, this node too; or
///   [`missed`](Self::missed), where it may not have heard of some.
/// - [`heard`](Self::heard) is called with an instant only when the changes acknowledged before it have been told.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use tokio::time::Instant;
/// use tower_rapport::{identity::Pseudonym, store::Hearing};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let hearing = Hearing::new(Duration::from_secs(2)); // a store keeps it, and `Store::hearing` gives it
/// assert!(!hearing.is_fresh(), "nothing has been heard yet: every customer is a stranger");
///
/// // In the task that listens. It asks something behind which the answer comes on the way of the changes.
/// let asked = Instant::now();
/// hearing.changed(Pseudonym::from_bytes([7; 16])); // what others have changed comes first
/// hearing.heard(asked); // then the answer
/// hearing.wait().await;
/// assert!(hearing.is_fresh());
/// # }
/// ```
pub struct Hearing {
    bound: Duration,
    begun: Instant,
    /// Until when what is remembered may be believed: nanoseconds since `begun`.
    until: AtomicU64,
    inner: Mutex<Inner>,
    told: watch::Sender<bool>,
}

#[derive(Default)]
struct Inner {
    rememberers: Vec<Weak<dyn Remembers>>,
    /// What the log was told last.
    silent: bool,
}

/// Whoever remembers what the store said.
pub(super) trait Remembers: Send + Sync {
    /// A customer was changed.
    fn forget(&self, customer: Pseudonym);

    /// Anybody may have been.
    fn forget_all(&self);
}

impl Hearing {
    /// Nothing has been heard yet. `bound` is how long another node's change may go unheard.
    pub fn new(bound: Duration) -> Self {
        let (until, inner, told) = (AtomicU64::new(0), Mutex::default(), watch::Sender::new(false));
        Self { bound, begun: Instant::now(), until, inner, told }
    }

    /// How long another node's change may go unheard.
    pub fn bound(&self) -> Duration {
        self.bound
    }

    /// Whether what is remembered may be believed.
    pub fn is_fresh(&self) -> bool {
        self.since_begun(Instant::now()) < self.until.load(Ordering::Acquire)
    }

    /// A customer's record was changed: it is asked for anew.
    pub fn changed(&self, customer: Pseudonym) {
        self.inner().those_who_remember().for_each(|one| one.forget(customer));
    }

    /// Changes may have gone unheard: everything is asked for anew.
    pub fn missed(&self) {
        self.inner().those_who_remember().for_each(|one| one.forget_all());
    }

    /// All that was acknowledged before `asked` has been told. What was remembered before a silence is forgotten.
    pub fn heard(&self, asked: Instant) {
        let mut inner = self.inner();
        let (now, until) = (self.since_begun(Instant::now()), self.since_begun(asked + self.bound));
        if until <= now {
            return;
        }
        if now >= self.until.load(Ordering::Acquire) {
            inner.those_who_remember().for_each(|one| one.forget_all());
        }
        self.until.fetch_max(until, Ordering::AcqRel);
        if std::mem::take(&mut inner.silent) {
            tracing::info!("the store is heard again; what was remembered before is forgotten");
        }
        self.told.send_if_modified(|told| !std::mem::replace(told, true));
    }

    /// Says once that the store is not heard, if it is so by now. Call it from time to time.
    pub fn listen_for_silence(&self) {
        let mut inner = self.inner();
        let now = self.since_begun(Instant::now());
        let ever = self.until.load(Ordering::Acquire);
        // Whoever has just begun is not silent yet.
        let since = if ever == 0 { nanoseconds(self.bound) } else { ever };
        if now < since || inner.silent {
            return;
        }
        inner.silent = true;
        self.told.send_replace(false);
        tracing::error!(
            max_staleness = ?self.bound,
            "the store has not been heard for too long: every customer is a stranger on this node until it is heard again"
        );
    }

    /// Ends when the store is heard, at once if it is.
    pub async fn wait(&self) {
        // An error would mean that the sender is gone, and it is in `self`.
        let _ = self.told.subscribe().wait_for(|heard| *heard).await;
    }

    /// Whether the store is heard, as the log was told.
    pub(crate) fn watch(&self) -> watch::Receiver<bool> {
        self.told.subscribe()
    }

    /// Tells somebody from now on.
    pub(super) fn tell(&self, who: Weak<dyn Remembers>) {
        let mut inner = self.inner();
        inner.rememberers.retain(|one| one.strong_count() > 0);
        inner.rememberers.push(who);
    }

    fn since_begun(&self, instant: Instant) -> u64 {
        nanoseconds(instant.saturating_duration_since(self.begun))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn those_who_remember(&self) -> impl Iterator<Item = Arc<dyn Remembers>> {
        self.rememberers.iter().filter_map(Weak::upgrade)
    }
}

impl fmt::Debug for Hearing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hearing")
            .field("bound", &self.bound)
            .field("is_fresh", &self.is_fresh())
            .finish_non_exhaustive()
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::{
        relationship::{Day, History, Record},
        store::{BoxFuture, Memory, Relationships, Replaced, Store, StoreError, Stored, Urgency, Version},
    };

    const BOUND: Duration = Duration::from_secs(2);

    /// A store that others write to, too.
    struct Shared(Memory, Arc<Hearing>);

    impl Store for Shared {
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

        fn hearing(&self) -> Option<&Arc<Hearing>> {
            Some(&self.1)
        }
    }

    fn anna() -> Pseudonym {
        Pseudonym::from_bytes([1; 16])
    }

    fn here(visits: u64) -> Record {
        let day = Day::from_date("2026-11-22".parse().unwrap());
        let history = History {
            first_seen: day,
            last_seen: day,
            active_days: 1,
            last_visit: None,
            counts: [("visit".parse().unwrap(), visits)].into(),
            stage: None,
            changed: None,
            marks: Vec::new(),
            doubted_since: None,
        };
        Record { history: Some(history), ..Record::default() }
    }

    /// A node, and the store that it shares.
    async fn node() -> (Relationships, Arc<Shared>) {
        let shared = Arc::new(Shared(Memory::new(), Arc::new(Hearing::new(BOUND))));
        let replaced = shared.replace(anna(), None, Stored::new(anna(), &here(1)), Urgency::Event).await.unwrap();
        assert_eq!(replaced, Replaced::Written);
        (Relationships::new(shared.clone(), 100), shared)
    }

    async fn another_writes(shared: &Shared, visits: u64) {
        let found = shared.load(anna()).await.unwrap().map(|stored| stored.version());
        shared.replace(anna(), found, Stored::new(anna(), &here(visits)), Urgency::Event).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_known_before_the_store_is_heard_and_after_the_bound() {
        let (node, shared) = node().await;
        assert!(node.peek(anna()).is_none());
        assert_eq!(node.load(anna()).await.unwrap_err().kind().word(), "unheard");
        shared.1.heard(Instant::now());
        assert_eq!(node.load(anna()).await.unwrap().as_deref(), Some(&here(1)));
        advance(BOUND - Duration::from_millis(1)).await;
        assert_eq!(node.peek(anna()).unwrap().as_deref(), Some(&here(1)));
        advance(Duration::from_millis(1)).await;
        assert!(node.peek(anna()).is_none(), "what is remembered is not believed");
        assert!(node.load(anna()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_to_an_old_question_proves_nothing() {
        let (node, shared) = node().await;
        let asked = Instant::now();
        advance(BOUND).await;
        shared.1.heard(asked);
        assert!(!shared.1.is_fresh() && node.peek(anna()).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_remembered_before_a_silence_is_forgotten() {
        let (node, shared) = node().await;
        shared.1.heard(Instant::now());
        node.load(anna()).await.unwrap();
        another_writes(&shared, 2).await;
        advance(BOUND).await;
        shared.1.heard(Instant::now());
        assert!(node.peek(anna()).is_none());
        assert_eq!(node.load(anna()).await.unwrap().as_deref(), Some(&here(2)));
    }

    #[tokio::test(start_paused = true)]
    async fn what_another_changed_or_may_have_changed_is_asked_for_anew() {
        let (node, shared) = node().await;
        shared.1.heard(Instant::now());
        for (visits, tell) in [(2, Hearing::missed as fn(&Hearing)), (3, |hearing| hearing.changed(anna()))] {
            node.load(anna()).await.unwrap();
            another_writes(&shared, visits).await;
            assert_ne!(node.peek(anna()).unwrap().as_deref(), Some(&here(visits)), "it is remembered");
            tell(&shared.1);
            assert_eq!(node.load(anna()).await.unwrap().as_deref(), Some(&here(visits)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_hears_nothing_writes_all_the_same() {
        let (node, shared) = node().await;
        node.update(anna(), Urgency::Event, |_| Some(here(7))).await.unwrap();
        assert_eq!(shared.load(anna()).await.unwrap().unwrap().record(anna()).unwrap(), here(7));
    }

    #[tokio::test(start_paused = true)]
    async fn a_silence_is_told_of_once() {
        let hearing = Hearing::new(BOUND);
        let told = hearing.watch();
        hearing.listen_for_silence();
        assert!(!hearing.inner().silent, "it has only just begun");
        hearing.heard(Instant::now());
        assert!(*told.borrow());
        advance(BOUND).await;
        assert!(*told.borrow());
        hearing.listen_for_silence();
        assert!(!*told.borrow() && hearing.inner().silent);
        hearing.heard(Instant::now());
        assert!(*told.borrow() && !hearing.inner().silent);
    }
}
