//! Relationships in Redis or Valkey (feature `redis`), where many nodes share them: one server, one that Sentinels name, or a
//! cluster.
//!
//! **What is kept.** One hash per customer under `PREFIX{PSEUDONYM}`, written by a script that compares and sets in one
//! step: no other write comes between, and one that is tried again finds its own bytes. It expires `retention` after the last
//! write, except where a customer has lowered something: that stays, until the customer raises it. So the server may evict what can
//! expire (`maxmemory-policy noeviction` or `volatile-…`): who is evicted is a stranger. Under `allkeys-…` it would
//! evict refusals, too, and a warning says so where the user may ask (`+info`).
//!
//! **What survives.** An acknowledged write is as durable as the server makes it: with one server that is its append-only file
//! (`appendonly yes`, `appendfsync always`). With Sentinels or in a cluster a choice is acknowledged only when a replica has
//! confirmed it, so the loss of a master does not lose it; without a replica no choice is acknowledged, though it is in force. Other events are replicated
//! a moment later, and a master that dies in that moment takes them along.
//!
//! **Whose answer it is.** Many questions share a connection, and their answers come in the order of the questions. A call
//! that is given up, or waited for too long, leaves its place in that order: in redis-rs the entry of a question that was sent stays in
//! the queue until its answer has come, which is then dropped; one that was not sent yet is never sent. So no answer is
//! left behind for another to read. A connection on which an answer did not come in time is closed all the same, and every answer
//! names the customer that was asked for: one that names another is an error, and the connection is closed.
//!
//! **What others change** is heard on connections of its own: each server tells of every key that was changed, and is asked
//! again and again, on the same connection, so that a cut is noticed as silence. See [`Hearing`].

mod ear;
mod eviction;
mod failure;
mod key;
mod masters;
mod script;
mod server;
mod sweep;
mod tls;
mod url;

use std::{fmt, sync::Arc, time::Duration};

use redis::{Cmd, Value};
use tokio::{
    runtime::Handle,
    task::AbortHandle,
    time::{Instant, sleep, timeout_at},
};

pub use self::url::{RedisMode, RedisUrl, RedisUrlError};
use self::{
    failure::{garbled, may_have_moved},
    key::{Keys, slot},
    masters::Servers,
    script::{Kept, LOAD, REPLACE, Wrote},
    server::{Access, Line, Server, Trouble},
};
use super::{
    BoxFuture, Hearing, Replaced, Store, StoreError, StoreErrorKind, Stored, Urgency, Version,
    retention::{last_heard, may_expire},
};
use crate::{identity::Pseudonym, relationship::Day};

/// How relationships are kept in Redis.
///
/// See the example of [`Redis`].
#[derive(Clone, Debug)]
pub struct RedisSettings {
    /// Where it is.
    pub url: RedisUrl,
    /// How it is run.
    pub mode: RedisMode,
    /// What every key begins with: up to 64 letters, digits and `:._-/`.
    pub prefix: String,
    /// How long a relationship is kept after its last write.
    pub retention_days: u32,
    /// How long another node's write may go unheard.
    pub max_staleness: Duration,
}

impl RedisSettings {
    /// Settings with the defaults of a policy: one server, `rapport:`, two years, two seconds.
    pub fn new(url: RedisUrl) -> Self {
        let (mode, prefix) = (RedisMode::default(), Self::PREFIX.to_owned());
        Self { url, mode, prefix, retention_days: 730, max_staleness: Duration::from_secs(2) }
    }

    /// The prefix where none is named.
    pub(crate) const PREFIX: &str = "rapport:";

    /// Whether this can be what every key begins with.
    pub(crate) fn is_prefix(prefix: &str) -> bool {
        key::is_prefix(prefix)
    }
}

/// Keeps relationships in Redis or Valkey. Others may write to the same.
///
/// ```no_run
/// use std::sync::Arc;
/// use tower_rapport::{RapportLayer, policy::Policy, store::{Redis, RedisMode, RedisSettings}};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), tower::BoxError> {
/// let url = "rediss://rapport:secret@one.shop.example,two.shop.example".parse()?;
/// let settings = RedisSettings { mode: RedisMode::Sentinel, ..RedisSettings::new(url) };
/// let store = Arc::new(Redis::open(settings)?); // opens connections when they are needed
/// let layer = RapportLayer::new(Policy::from_file("rapport.toml")?, store)?;
/// # Ok(())
/// # }
/// ```
pub struct Redis {
    servers: Arc<Servers>,
    keys: Keys,
    retention_days: u32,
    hearing: Arc<Hearing>,
    tasks: [AbortHandle; 2],
}

impl Redis {
    /// Begins to listen. Connections are opened when they are needed, so it goes well while Redis is down.
    ///
    /// # Errors
    ///
    /// Outside a tokio runtime; an address that does not go with its mode; TLS that cannot be set up.
    pub fn open(settings: RedisSettings) -> Result<Self, StoreError> {
        let RedisSettings { url, mode, prefix, retention_days, max_staleness } = settings;
        let unusable = |text: String| StoreError::new(StoreErrorKind::Unavailable, text);
        if let Some(conflict) = url.conflict(mode) {
            return Err(unusable(format!("the address of redis cannot be used: {conflict}")));
        }
        if !key::is_prefix(&prefix) {
            return Err(unusable(format!("`{prefix}`: a prefix has up to 64 letters, digits and `:._-/`")));
        }
        let runtime = Handle::try_current().map_err(|error| {
            StoreError::caused(
                StoreErrorKind::Unavailable,
                "redis is asked within a tokio runtime only; open the layer inside of one",
                error,
            )
        })?;
        let tls = url.tls.then(tls::connector).transpose()?;
        let servers = Arc::new(Servers::new(Arc::new(Access { url, tls }), mode));
        let (keys, hearing) = (Keys::new(&prefix), Arc::new(Hearing::new(max_staleness)));
        let (listening, heard) = (Arc::downgrade(&servers), Arc::downgrade(&hearing));
        let tasks = [
            runtime.spawn(ear::listen(listening, heard, keys.clone(), max_staleness)).abort_handle(),
            runtime.spawn(ear::watch(Arc::downgrade(&hearing), max_staleness)).abort_handle(),
        ];
        Ok(Self { servers, keys, retention_days, hearing, tasks })
    }

    async fn load_kept(&self, customer: Pseudonym) -> Result<Option<Kept>, StoreError> {
        let question = LOAD.of(&self.keys.of(customer), customer, &[]);
        self.checked(customer, &question, Urgency::Event, script::loaded).await
    }

    async fn write(
        &self,
        customer: Pseudonym,
        expected: &[u8],
        next: &Stored,
        urgency: Urgency,
    ) -> Result<Wrote, StoreError> {
        let record = next.record(customer);
        let heard =
            record.as_ref().map_or(String::new(), |record| last_heard(record).map_or(0, sweep::number).to_string());
        let lives = if record.as_ref().is_ok_and(may_expire) { self.lives().to_string() } else { String::new() };
        let again = if self.waits_for_replica(urgency) { "1" } else { "" };
        let version = next.version();
        let rest =
            [expected, version.as_bytes(), next.as_bytes(), heard.as_bytes(), lives.as_bytes(), again.as_bytes()];
        let question = REPLACE.of(&self.keys.of(customer), customer, &rest);
        self.checked(customer, &question, urgency, script::replaced).await
    }

    /// In milliseconds. A day more than the days between two dates.
    fn lives(&self) -> i64 {
        (i64::from(self.retention_days) + 1) * 86_400_000
    }

    /// Whether a write is acknowledged only when a replica has it.
    fn waits_for_replica(&self, urgency: Urgency) -> bool {
        urgency == Urgency::Choice && self.may_lose_what_it_holds()
    }

    /// Asks whoever has the customer, and looks for another where that one has not.
    async fn checked<T>(
        &self,
        customer: Pseudonym,
        question: &Cmd,
        urgency: Urgency,
        read: impl Fn(Value, Pseudonym) -> Option<T>,
    ) -> Result<T, StoreError> {
        let until = Instant::now() + WITHIN;
        let asking = async {
            let (mut sent_to, mut rest) = (None, FIRST_REST);
            loop {
                let (server, is_sent) = match sent_to.take() {
                    Some(server) => (server, true),
                    None => (self.servers.of(slot(customer)).await?, false),
                };
                let line = if self.waits_for_replica(urgency) { &server.choices } else { &server.data };
                match self.ask(line, question, is_sent, urgency).await {
                    Ok(answer) => match read(answer, customer) {
                        Some(read) => return Ok(read),
                        None => {
                            tracing::error!(
                                "redis answered another question than it was asked; the connection is closed"
                            );
                            line.distrust().await;
                            return Err(garbled());
                        }
                    },
                    Err(Trouble { said: Some(said), error, .. }) => {
                        if let Some(at) = masters::sent_on(&said, &server).filter(|_| !is_sent) {
                            sent_to = Some(self.servers.at(&at));
                            continue;
                        }
                        if self.servers.mode == RedisMode::Single || !may_have_moved(&said) {
                            return Err(error);
                        }
                    }
                    Err(Trouble { said: None, error, is_final }) => {
                        if is_final
                            || self.servers.mode == RedisMode::Single
                            || error.kind() != StoreErrorKind::Unavailable
                        {
                            return Err(error);
                        }
                    }
                }
                sleep(rest).await;
                rest *= 2;
                let _as_it_was = self.servers.look().await;
            }
        };
        let late = |_| StoreError::new(StoreErrorKind::Unavailable, "no redis that has this customer answered in time");
        timeout_at(until, asking).await.map_err(late)?
    }

    async fn ask(&self, line: &Line, question: &Cmd, asking: bool, urgency: Urgency) -> Result<Value, Trouble> {
        if !self.waits_for_replica(urgency) {
            return line.ask(question, asking, urgency).await;
        }
        line.ask_confirmed(question, asking).await
    }
}

impl Servers {
    /// Who has a slot.
    async fn of(&self, slot: u16) -> Result<Arc<Server>, StoreError> {
        if let Some(server) = self.known().of(slot) {
            return Ok(Arc::clone(server));
        }
        let nobody = || StoreError::new(StoreErrorKind::Unavailable, "no redis of the cluster has this customer");
        self.look().await?.of(slot).cloned().ok_or_else(nobody)
    }
}

impl Store for Redis {
    fn load(&self, customer: Pseudonym) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        Box::pin(async move { Ok(self.load_kept(customer).await?.map(|kept| kept.stored)) })
    }

    fn replace(
        &self,
        customer: Pseudonym,
        expected: Option<Version>,
        next: Stored,
        urgency: Urgency,
    ) -> BoxFuture<'_, Result<Replaced, StoreError>> {
        Box::pin(async move {
            let wrote = self.write(customer, script::expected(expected.as_ref()), &next, urgency).await?;
            match wrote {
                Wrote::Written => Ok(Replaced::Written),
                // Bytes that somebody changed by hand: what is there is what was expected, whatever its field says.
                Wrote::Conflict(Some(kept)) if !kept.is_whole() && Some(kept.stored.version()) == expected => {
                    match self.write(customer, &kept.version, &next, urgency).await? {
                        Wrote::Written => Ok(Replaced::Written),
                        Wrote::Conflict(found) => Ok(Replaced::Conflict(found.map(|kept| kept.stored))),
                    }
                }
                Wrote::Conflict(found) => Ok(Replaced::Conflict(found.map(|kept| kept.stored))),
            }
        })
    }

    fn sweep(&self, before: Day) -> BoxFuture<'_, Result<u64, StoreError>> {
        Box::pin(self.sweep_all(before))
    }

    fn hearing(&self) -> Option<&Arc<Hearing>> {
        Some(&self.hearing)
    }

    /// A master has what its replicas may lack.
    fn may_lose_what_it_holds(&self) -> bool {
        self.servers.mode != RedisMode::Single
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Servers { access, mode, .. } = &*self.servers;
        f.debug_struct("Redis").field("url", &access.url).field("mode", mode).finish_non_exhaustive()
    }
}

/// How long a write, and whatever nobody's request waits for, may look for the server that has its customer.
const WITHIN: Duration = Duration::from_secs(4);

const FIRST_REST: Duration = Duration::from_millis(50);
