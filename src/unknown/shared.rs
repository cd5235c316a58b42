//! Answers to somebody unknown, shared by all who ask the same; who asks the same at the same time is waited for.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant as MokaInstant},
};

use moka::{Expiry, sync::Cache};
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use super::{Answer, Key};
use crate::shaping::caching;

/// After this time a flight holds nobody up any more.
pub(crate) const PATIENCE: Duration = Duration::from_secs(1);

/// No more bytes than this, with its head, and an answer takes the room of one.
pub(crate) const ORDINARY: usize = 64 * 1024;

/// The answers that are shared. Clones share them too.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Room>);

/// What there is for who asks.
#[derive(Debug)]
pub(crate) enum Found {
    /// What somebody was answered who asked the same.
    Answer(Arc<Answer>),
    /// Nothing yet. This one asks for all, and says what came of it.
    Ask(Flight),
    /// Nothing that could be waited for. This one asks for itself.
    Alone,
}

/// A question under way, for which others wait. Dropped, it lets one of them ask in its stead.
pub(crate) struct Flight {
    room: Arc<Room>,
    key: Key,
    own: Arc<UnderWay>,
}

impl Shared {
    /// Room for so many answers of up to [`ORDINARY`] bytes. A larger one takes the room of several: who asks for much that
    /// is long fills no more memory than who asks for much.
    pub(crate) fn new(answers: u64) -> Self {
        let weight = |_: &Key, (kept, _): &(Kept, Duration)| match kept {
            Kept::Answer(answer) => u32::try_from(answer.len().div_ceil(ORDINARY)).unwrap_or(u32::MAX).max(1),
            Kept::Alone => 1,
        };
        let kept = Cache::builder().max_capacity(answers).weigher(weight).expire_after(AsSaid).build();
        Self(Arc::new(Room { kept, under_way: Mutex::default() }))
    }

    /// What is there for a key, or who asks. Whoever asks the same just now is waited for, no longer than `patience`.
    ///
    /// A flight older than [`PATIENCE`] is taken over by the next who comes or waits: that one asks again, and whoever
    /// comes after waits for either. So a service that hangs, or one call that was lost, is asked once in that time, and not by
    /// everybody at once.
    pub(crate) async fn find(&self, key: Key, patience: Duration) -> Found {
        let last = Instant::now().checked_add(patience);
        loop {
            let (mut outcome, old_at) = match self.0.look(key) {
                Looked::Found(found) => return found,
                Looked::UnderWay(outcome, old_at) => (outcome, old_at),
            };
            let until = last.map_or(old_at, |last| last.min(old_at));
            let told = timeout_at(until, outcome.wait_for(Option::is_some)).await;
            let outcome = told.ok().and_then(Result::ok).and_then(|outcome| outcome.clone());
            match outcome {
                Some(Outcome::Answer(answer)) => return Found::Answer(answer),
                Some(Outcome::Alone) => return Found::Alone,
                None if last.is_some_and(|last| last <= Instant::now()) => return Found::Alone,
                None => {}
            }
        }
    }
}

impl Flight {
    /// Gives the answer to all who wait, and to who asks the same within `keep_for`, or a shorter time that the answer allows.
    ///
    /// If the flight was taken over meanwhile, its answer is as good as the other's would be, and ends the waiting for that
    /// one; unless something is kept for the key already, which is younger, or says that answers are nobody else's.
    pub(crate) fn share(self, answer: Arc<Answer>, keep_for: Duration) {
        let keep_for = caching::fresh_for(&answer.headers).map_or(keep_for, |fresh_for| fresh_for.min(keep_for));
        let mut under_way = self.room.under_way();
        if under_way.get(&self.key).is_some_and(|current| Arc::ptr_eq(current, &self.own)) {
            under_way.remove(&self.key);
            self.room.keep(self.key, Kept::Answer(Arc::clone(&answer)), keep_for);
            self.own.end(Outcome::Answer(answer));
        } else if !keep_for.is_zero() && !self.room.kept.contains_key(&self.key) {
            self.room.keep(self.key, Kept::Answer(Arc::clone(&answer)), keep_for);
            if let Some(other) = under_way.remove(&self.key) {
                other.end(Outcome::Answer(answer));
            }
        }
    }

    /// The answer is nobody else's: all who wait ask for themselves, and for `keep_for` nobody waits for this key.
    ///
    /// This holds for who waits for a flight that took this one over, too, and outdoes an answer that is kept.
    pub(crate) fn alone(self, keep_for: Duration) {
        let mut under_way = self.room.under_way();
        self.room.keep(self.key, Kept::Alone, keep_for);
        self.own.end(Outcome::Alone);
        if let Some(current) = under_way.remove(&self.key) {
            current.end(Outcome::Alone);
        }
    }
}

impl Drop for Flight {
    fn drop(&mut self) {
        let mut under_way = self.room.under_way();
        if let Entry::Occupied(current) = under_way.entry(self.key)
            && Arc::ptr_eq(current.get(), &self.own)
        {
            current.remove();
        }
    }
}

struct Room {
    kept: Cache<Key, (Kept, Duration)>,
    /// Locked for a moment only, and whenever `kept` is written, so that nobody finds neither.
    under_way: Mutex<HashMap<Key, Arc<UnderWay>>>,
}

#[derive(Clone)]
enum Kept {
    Answer(Arc<Answer>),
    Alone,
}

struct UnderWay {
    begun: Instant,
    outcome: watch::Sender<Option<Outcome>>,
}

#[derive(Clone)]
enum Outcome {
    Answer(Arc<Answer>),
    Alone,
}

enum Looked {
    Found(Found),
    /// Somebody asks: what comes of it, and when it is too old to be waited for.
    UnderWay(watch::Receiver<Option<Outcome>>, Instant),
}

impl Room {
    fn look(self: &Arc<Self>, key: Key) -> Looked {
        // Most find what they look for, and need no lock.
        if let Some(found) = self.found(key) {
            return Looked::Found(found);
        }
        let mut under_way = self.under_way();
        if let Some(found) = self.found(key) {
            return Looked::Found(found);
        }
        let now = Instant::now();
        if let Some(current) = under_way.get(&key) {
            let old_at = current.begun + PATIENCE;
            if now < old_at {
                return Looked::UnderWay(current.outcome.subscribe(), old_at);
            }
        }
        let own = Arc::new(UnderWay { begun: now, outcome: watch::Sender::new(None) });
        under_way.insert(key, Arc::clone(&own));
        Looked::Found(Found::Ask(Flight { room: Arc::clone(self), key, own }))
    }

    fn found(&self, key: Key) -> Option<Found> {
        Some(match self.kept.get(&key)?.0 {
            Kept::Answer(answer) => Found::Answer(answer),
            Kept::Alone => Found::Alone,
        })
    }

    fn keep(&self, key: Key, kept: Kept, keep_for: Duration) {
        if !keep_for.is_zero() {
            self.kept.insert(key, (kept, keep_for));
        }
    }

    fn under_way(&self) -> MutexGuard<'_, HashMap<Key, Arc<UnderWay>>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UnderWay {
    fn end(&self, outcome: Outcome) {
        self.outcome.send_replace(Some(outcome));
    }
}

/// Each is kept as long as was said when it came.
struct AsSaid;

impl Expiry<Key, (Kept, Duration)> for AsSaid {
    fn expire_after_create(&self, _: &Key, (_, keep_for): &(Kept, Duration), _: MokaInstant) -> Option<Duration> {
        Some(*keep_for)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        (_, keep_for): &(Kept, Duration),
        _: MokaInstant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(*keep_for)
    }
}

impl fmt::Debug for Flight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Flight").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
