//! How this node hears of changes: a connection to every server that holds data, on which the server says which keys were
//! changed, and by which it is asked, several times within the bound, whether it is still the one that has them.
//!
//! The server tracks for us the keys with our prefix (`CLIENT TRACKING ON BCAST`), whoever changes them and however: written,
//! deleted, expired, evicted. It puts what has changed on this connection before the answer of the write leaves on the
//! writer's, so an answer to a question asked here afterwards comes behind it. That is why an answer proves that everything
//! acknowledged before the question has been heard. (`NOLOOP` would spare this node the news of its own writes, and would also
//! lose those of another that wrote the same key at the same moment: the server notes one writer only.)
//!
//! To know that a server answers is not enough where another may have taken its place without its knowing, so the question is one
//! that only a master can answer with yes. With Sentinels a replica has to confirm it, as it confirms choices: a master that was
//! left alone cannot, and of three servers two groups cannot both. A master of a cluster says which slots it has, and all of
//! these answers together must cover the cluster as it is known here; one that has lost the others refuses by itself after the
//! cluster's node timeout, before another is elected, so it need not have a replica left.

use std::{
    collections::HashMap,
    sync::{Arc, Weak},
    time::Duration,
};

use redis::{PushInfo, PushKind, Value, cmd, pipe};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

use super::{
    eviction,
    failure::{alone, failure, garbled},
    key::Keys,
    masters::{Masters, Servers, Slots, cmd_slots, slots},
    server::{Connection, Server},
    url::RedisMode,
};
use crate::store::{Hearing, StoreError, StoreErrorKind};

/// Listens until nobody uses the store any more.
pub(super) async fn listen(servers: Weak<Servers>, hearing: Weak<Hearing>, keys: Keys, bound: Duration) {
    let mut ears = Ears { keys, bound, open: HashMap::new(), count: 0, told: Vec::new(), warned: false };
    let mut beats = interval(rest(bound));
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        let (Some(servers), Some(hearing)) = (servers.upgrade(), hearing.upgrade()) else { return };
        match ears.round(&servers, &hearing).await {
            Ok(()) => ears.told.clear(),
            Err(error) => {
                let text = error.to_string();
                // A connection that broke may be told of first, and then why there is no other.
                if ears.told.len() < CAUSES_AT_MOST && !ears.told.contains(&text) {
                    let remedy = "see that it runs, and that `store.redis.url` names it";
                    tracing::warn!(%error, remedy, "redis is not heard; it is tried again");
                    ears.told.push(text);
                }
                // Somebody else may have what this one had.
                let _ = servers.look().await;
            }
        }
    }
}

/// Says when nothing has been heard for too long, however long a round may take.
pub(super) async fn watch(hearing: Weak<Hearing>, bound: Duration) {
    let mut ticks = interval(rest(bound));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(hearing) = hearing.upgrade() else { return };
        hearing.listen_for_silence();
    }
}

struct Ears {
    keys: Keys,
    bound: Duration,
    open: HashMap<(String, u16), Arc<Ear>>,
    count: u64,
    /// What was told of why it is not heard, since it was heard last.
    told: Vec<String>,
    /// Whether it was said that refusals may be evicted.
    warned: bool,
}

impl Ears {
    /// Opens what is not open, and asks everybody.
    async fn round(&mut self, servers: &Arc<Servers>, hearing: &Arc<Hearing>) -> Result<(), StoreError> {
        let masters = servers.known_or_found().await?;
        if !masters.is_whole(servers.mode) {
            let text = "some slots of the redis cluster are nobody's";
            return Err(StoreError::new(StoreErrorKind::Unavailable, text));
        }
        self.open.retain(|at, _| masters.all.iter().any(|server| server.at == *at));
        let (opened, failed) = self.open_missing(servers, &masters, hearing).await;
        // Also where others could not be opened: these hear from now on.
        if opened > 0 {
            hearing.missed();
        }
        failed?;
        let asked = Instant::now();
        self.ask_all(servers, &masters).await?;
        hearing.heard(asked);
        Ok(())
    }

    async fn open_missing(
        &mut self,
        servers: &Arc<Servers>,
        masters: &Masters,
        hearing: &Arc<Hearing>,
    ) -> (usize, Result<(), StoreError>) {
        let mut opening = JoinSet::new();
        for server in masters.all.iter().filter(|server| !self.open.contains_key(&server.at)) {
            let (servers, server, keys) = (Arc::clone(servers), Arc::clone(server), self.keys.clone());
            let (hearing, bound) = (Arc::downgrade(hearing), self.bound);
            opening.spawn(async move { (server.at.clone(), Ear::open(&servers, &server, keys, hearing, bound).await) });
        }
        let (mut opened, mut failed) = (0, Ok(()));
        while let Some(done) = opening.join_next().await {
            match done {
                Ok((at, Ok(ear))) => {
                    opened += 1;
                    if ear.may_evict_refusals && !self.warned {
                        eviction::warn();
                        self.warned = true;
                    }
                    self.open.insert(at, Arc::new(ear));
                }
                Ok((_, Err(error))) => failed = Err(error),
                Err(_) => failed = Err(garbled()),
            }
        }
        (opened, failed)
    }

    /// Asks all at once. Whoever does not answer as it should is not listened to any more.
    async fn ask_all(&mut self, servers: &Servers, masters: &Masters) -> Result<(), StoreError> {
        let mut asking = JoinSet::new();
        for (at, ear) in &self.open {
            self.count += 1;
            let expected = masters.all.iter().find(|server| server.at == *at).map(|server| masters.slots_of(server));
            let (at, ear, mode, count) = (at.clone(), Arc::clone(ear), servers.mode, self.count);
            let (expected, keys, bound) = (expected.unwrap_or_default(), self.keys.clone(), self.bound);
            asking.spawn(async move {
                let asked = timeout(bound, ear.ask(mode, &expected, &at, &keys, count, bound)).await;
                (at, asked.unwrap_or_else(|_| Err(late())))
            });
        }
        let mut failed = None;
        while let Some(done) = asking.join_next().await {
            match done {
                Ok((_, Ok(()))) => {}
                Ok((at, Err(error))) => {
                    self.open.remove(&at);
                    failed = Some(error);
                }
                Err(_) => failed = Some(garbled()),
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

struct Ear {
    connection: Connection,
    may_evict_refusals: bool,
}

impl Ear {
    async fn open(
        servers: &Servers,
        server: &Server,
        keys: Keys,
        hearing: Weak<Hearing>,
        bound: Duration,
    ) -> Result<Self, StoreError> {
        let prefix = keys.tracked();
        let listener = Arc::new(move |info: PushInfo| {
            if let Some(hearing) = hearing.upgrade() {
                hear(&info, &keys, &hearing);
            }
        });
        let connection = Connection::open(&servers.access, &server.at, bound, Some(listener)).await?;
        let mut track = cmd("CLIENT");
        track.arg("TRACKING").arg("ON").arg("BCAST").arg("PREFIX").arg(prefix);
        match connection.ask(&track, false).await {
            Ok(Value::Okay) => {
                let may_evict_refusals = eviction::may_take_refusals(&connection).await;
                Ok(Self { connection, may_evict_refusals })
            }
            Ok(_) => Err(garbled()),
            Err(error) => Err(failure(&error)),
        }
    }

    /// Whether it is still the one that has these slots.
    async fn ask(
        &self,
        mode: RedisMode,
        expected: &[Slots],
        at: &(String, u16),
        keys: &Keys,
        count: u64,
        bound: Duration,
    ) -> Result<(), StoreError> {
        if mode == RedisMode::Single {
            let nonce = count.to_string();
            let answer = self.connection.ask(cmd("PING").arg(&nonce), false).await.map_err(|error| failure(&error))?;
            let echoes = matches!(answer, Value::BulkString(echo) if echo == nonce.as_bytes());
            return if echoes { Ok(()) } else { Err(garbled()) };
        }
        let key = keys.beat(expected.first().map_or(0, |(first, _)| *first));
        let within = u64::try_from(bound.as_millis() / 2).unwrap_or(u64::MAX).max(1);
        let mut questions = pipe();
        // What has no room left may still be touched: a full server is heard.
        questions.cmd("PEXPIRE").arg(&key).arg(BEAT_LIVES);
        match mode {
            RedisMode::Cluster => questions.add_command(cmd_slots()),
            RedisMode::Single | RedisMode::Sentinel => questions.cmd("WAIT").arg(1).arg(within),
        };
        let mut answers = self.connection.ask_all(&questions).await.map_err(|error| failure(&error))?;
        if answers.first() == Some(&Value::Int(0)) {
            // Nobody has asked for a day, or ever.
            let mut first = cmd("SET");
            first.arg(&key).arg("").arg("PX").arg(BEAT_LIVES);
            self.connection.ask(&first, false).await.map_err(|error| failure(&error))?;
            answers = self.connection.ask_all(&questions).await.map_err(|error| failure(&error))?;
        }
        let mut answers = answers.into_iter();
        match (answers.next(), answers.next()) {
            (Some(Value::Int(1)), Some(Value::Int(0))) => Err(alone()),
            (Some(Value::Int(1)), Some(Value::Int(1..))) => Ok(()),
            (Some(Value::Int(1)), Some(all)) => {
                let all = slots(all, &at.0).ok_or_else(garbled)?;
                let mut own: Vec<_> =
                    all.into_iter().filter(|(_, owner)| owner == at).map(|(slots, _)| slots).collect();
                own.sort_unstable();
                if own == expected {
                    return Ok(());
                }
                let text = "a redis of the cluster has other slots than were known here";
                Err(StoreError::new(StoreErrorKind::Unavailable, text))
            }
            _ => Err(garbled()),
        }
    }
}

/// Tells what a server says without being asked.
fn hear(info: &PushInfo, keys: &Keys, hearing: &Hearing) {
    match (&info.kind, info.data.first()) {
        (PushKind::Invalidate, Some(Value::Array(changed))) => {
            for key in changed {
                if let Value::BulkString(key) = key
                    && let Some(customer) = keys.customer(key)
                {
                    hearing.changed(customer);
                }
            }
        }
        // All is gone at once.
        (PushKind::Invalidate, _) => hearing.missed(),
        _ => {}
    }
}

/// How long it is until the next question.
fn rest(bound: Duration) -> Duration {
    (bound / BEATS_IN_BOUND).max(SHORTEST_REST)
}

fn late() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "redis did not answer in time")
}

/// How often within the bound it is asked.
const BEATS_IN_BOUND: u32 = 8;

/// How many causes of one outage are told.
const CAUSES_AT_MOST: usize = 8;

const SHORTEST_REST: Duration = Duration::from_millis(5);

/// How long the key lives that a master is asked with, in milliseconds: a day.
const BEAT_LIVES: u64 = 86_400_000;
