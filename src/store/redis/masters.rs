//! Which server has whom: one, the one that the Sentinels name, or the masters of a cluster by slot.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use redis::{Cmd, ErrorKind, RedisError, ServerErrorKind, Value, cmd};
use tokio::{sync::Mutex, time::Instant};

use super::{
    failure::{failure, garbled},
    key::SLOTS,
    server::{Access, Connection, Server},
    url::RedisMode,
};
use crate::store::{StoreError, StoreErrorKind, Urgency};

/// The servers that hold data, as far as is known, and where to ask when they are others.
pub(super) struct Servers {
    pub(super) access: Arc<Access>,
    pub(super) mode: RedisMode,
    known: RwLock<Arc<Masters>>,
    /// When they were last looked for.
    looked: Mutex<Option<Instant>>,
}

/// The servers that hold data now.
#[derive(Default)]
pub(super) struct Masters {
    pub(super) all: Vec<Arc<Server>>,
    /// Of a cluster: who has which slots, first and last, in order.
    pub(super) slots: Vec<(Slots, Arc<Server>)>,
}

/// A stretch of slots, the first and the last.
pub(super) type Slots = (u16, u16);

impl Masters {
    /// Who has a key.
    pub(super) fn of(&self, slot: u16) -> Option<&Arc<Server>> {
        if self.slots.is_empty() {
            return self.all.first();
        }
        self.slots.iter().find(|((first, last), _)| (*first..=*last).contains(&slot)).map(|(_, server)| server)
    }

    /// The slots of one of them.
    pub(super) fn slots_of(&self, server: &Server) -> Vec<Slots> {
        self.slots.iter().filter(|(_, owner)| owner.at == server.at).map(|(slots, _)| *slots).collect()
    }

    /// Whether every customer is somebody's.
    pub(super) fn is_whole(&self, mode: RedisMode) -> bool {
        match mode {
            RedisMode::Single | RedisMode::Sentinel => !self.all.is_empty(),
            RedisMode::Cluster => {
                let ends = self.slots.iter().try_fold(0, |next: u32, ((first, last), _)| {
                    (u32::from(*first) == next).then(|| u32::from(*last) + 1)
                });
                ends == Some(u32::from(SLOTS))
            }
        }
    }
}

impl Servers {
    pub(super) fn new(access: Arc<Access>, mode: RedisMode) -> Self {
        let known = match (mode, access.url.hosts.first()) {
            (RedisMode::Single, Some(host)) => vec![Arc::new(Server::new(&access, host.clone()))],
            _ => Vec::new(),
        };
        let known = RwLock::new(Arc::new(Masters { all: known, slots: Vec::new() }));
        Self { access, mode, known, looked: Mutex::default() }
    }

    pub(super) fn known(&self) -> Arc<Masters> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Looks for them anew, at most ten times a second.
    pub(super) async fn look(&self) -> Result<Arc<Masters>, StoreError> {
        let mut looked = self.looked.lock().await;
        let known = self.known();
        let lately = looked.is_some_and(|at| at.elapsed() < REST);
        if self.mode == RedisMode::Single || lately && !known.all.is_empty() {
            return Ok(known);
        }
        let found = match self.mode {
            RedisMode::Sentinel => self.named_by_sentinels().await.map(|at| vec![((0, SLOTS - 1), at)]),
            RedisMode::Single | RedisMode::Cluster => self.of_cluster().await,
        };
        *looked = Some(Instant::now());
        let found = self.with(found?, &known);
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&found);
        Ok(found)
    }

    /// Those that are known, or else looked for.
    pub(super) async fn known_or_found(&self) -> Result<Arc<Masters>, StoreError> {
        match self.known() {
            known if known.is_whole(self.mode) => Ok(known),
            _ => self.look().await,
        }
    }

    /// The one that a redirection names: it may not be in the table yet.
    pub(super) fn at(&self, at: &(String, u16)) -> Arc<Server> {
        let known = self.known();
        let same = known.all.iter().find(|server| server.at == *at);
        same.map_or_else(|| Arc::new(Server::new(&self.access, at.clone())), Arc::clone)
    }

    /// A new table, with the connections there are.
    fn with(&self, found: Vec<(Slots, (String, u16))>, known: &Masters) -> Arc<Masters> {
        let mut masters = Masters::default();
        for (slots, at) in found {
            let mut servers = masters.all.iter().chain(&known.all);
            let server = match servers.find(|server| server.at == at) {
                Some(server) => Arc::clone(server),
                None => Arc::new(Server::new(&self.access, at)),
            };
            if !masters.all.iter().any(|one| one.at == server.at) {
                masters.all.push(Arc::clone(&server));
            }
            if self.mode == RedisMode::Cluster {
                masters.slots.push((slots, server));
            }
        }
        masters.slots.sort_by_key(|(slots, _)| *slots);
        Arc::new(masters)
    }

    async fn named_by_sentinels(&self) -> Result<(String, u16), StoreError> {
        let mut last = None;
        for sentinel in &self.access.url.hosts {
            match self.named_by(sentinel).await {
                Ok(at) => return Ok(at),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(nobody))
    }

    async fn named_by(&self, sentinel: &(String, u16)) -> Result<(String, u16), StoreError> {
        let connection = Connection::to_sentinel(&self.access, sentinel).await?;
        let mut question = cmd("SENTINEL");
        question.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.access.url.master);
        match connection.ask(&question, false).await {
            Ok(Value::Array(parts)) => match <[Value; 2]>::try_from(parts) {
                Ok([Value::BulkString(host), Value::BulkString(port)]) => address(host, &port).ok_or_else(garbled),
                _ => Err(garbled()),
            },
            Ok(_) => {
                let text = format!("the sentinels know no master `{}`; write `?master=NAME`", self.access.url.master);
                Err(StoreError::new(StoreErrorKind::Unavailable, text))
            }
            Err(error) => {
                Err(no_other(&error, "this redis is no Sentinel; name the Sentinels, or write `mode = \"single\"`"))
            }
        }
    }

    /// Asks the masters that are known, then those whom the address names.
    async fn of_cluster(&self) -> Result<Vec<(Slots, (String, u16))>, StoreError> {
        let mut last = None;
        for server in &self.known().all {
            match server.data.ask(&cmd_slots(), false, Urgency::Choice).await {
                Ok(answer) => match slots(answer, &server.at.0) {
                    Some(slots) if !slots.is_empty() => return Ok(slots),
                    _ => last = Some(garbled()),
                },
                Err(trouble) => last = Some(trouble.error),
            }
        }
        for seed in &self.access.url.hosts {
            let asked = async {
                let connection = Connection::open(&self.access, seed, SEED_WITHIN, None).await?;
                let answer = connection.ask(&cmd_slots(), false).await;
                let no_cluster = "this redis is no cluster; write `mode = \"single\"`";
                slots(answer.map_err(|error| no_other(&error, no_cluster))?, &seed.0).ok_or_else(garbled)
            };
            match asked.await {
                Ok(slots) if !slots.is_empty() => return Ok(slots),
                Ok(_) => last = Some(nobody()),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(nobody))
    }
}

pub(super) fn cmd_slots() -> Cmd {
    let mut question = cmd("CLUSTER");
    question.arg("SLOTS");
    question
}

/// Reads the answer to `CLUSTER SLOTS`: of each stretch the master, which stands first. A server that does not know its own
/// name is the one that was asked.
pub(super) fn slots(answer: Value, asked: &str) -> Option<Vec<(Slots, (String, u16))>> {
    let Value::Array(stretches) = answer else { return None };
    let stretch = |stretch: Value| {
        let Value::Array(parts) = stretch else { return None };
        let mut parts = parts.into_iter();
        let (Some(Value::Int(first)), Some(Value::Int(last)), Some(Value::Array(master))) =
            (parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let mut master = master.into_iter();
        let (host, Some(Value::Int(port))) = (master.next()?, master.next()) else { return None };
        let host = match host {
            Value::BulkString(host) if !host.is_empty() && host != b"?" => String::from_utf8(host).ok()?,
            Value::BulkString(_) | Value::Nil => asked.to_owned(),
            _ => return None,
        };
        let (first, last) = (u16::try_from(first).ok()?, u16::try_from(last).ok().filter(|last| *last < SLOTS)?);
        Some(((first, last), (host, u16::try_from(port).ok()?)))
    };
    stretches.into_iter().map(stretch).collect()
}

/// Where a key is for now that is on its way from one server to another.
pub(super) fn sent_on(said: &RedisError, by: &Server) -> Option<(String, u16)> {
    if said.kind() != ErrorKind::Server(ServerErrorKind::Ask) {
        return None;
    }
    let (host, port) = said.redirect_node()?.0.rsplit_once(':')?;
    let host = if host.is_empty() { &by.at.0 } else { host };
    Some((host.to_owned(), port.parse().ok()?))
}

fn address(host: Vec<u8>, port: &[u8]) -> Option<(String, u16)> {
    Some((String::from_utf8(host).ok()?, std::str::from_utf8(port).ok()?.parse().ok()?))
}

fn nobody() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "no redis says who has the data")
}

/// The server does not understand what those of another mode are asked.
fn no_other(error: &RedisError, says: &'static str) -> StoreError {
    match error.kind() {
        ErrorKind::Server(ServerErrorKind::ResponseError) => StoreError::new(StoreErrorKind::Unavailable, says),
        _ => failure(error),
    }
}

/// How long a server may take to say who has what.
const SEED_WITHIN: Duration = Duration::from_secs(1);

const REST: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(first: i64, last: i64, host: Value, port: i64) -> Value {
        let node = Value::Array(vec![host, Value::Int(port), Value::BulkString(b"id".to_vec())]);
        Value::Array(vec![Value::Int(first), Value::Int(last), node])
    }

    #[test]
    fn who_has_which_slots_is_read() {
        let named = |name: &str| Value::BulkString(name.as_bytes().to_vec());
        let answer = Value::Array(vec![stretch(0, 5000, named("a"), 1), stretch(5001, 16_383, named(""), 2)]);
        let read = slots(answer, "asked").unwrap();
        assert_eq!(read, [((0, 5000), ("a".into(), 1)), ((5001, 16_383), ("asked".into(), 2))]);
        for garbage in [
            Value::Okay,
            Value::Array(vec![Value::Nil]),
            Value::Array(vec![stretch(0, 16_384, named("a"), 1)]),
            Value::Array(vec![stretch(0, 1, named("a"), 70_000)]),
            Value::Array(vec![stretch(-1, 1, named("a"), 1)]),
        ] {
            assert_eq!(slots(garbage, "asked"), None);
        }
    }

    #[test]
    fn a_table_with_a_hole_is_not_whole() {
        let access = Arc::new(Access { url: "redis://a".parse().unwrap(), tls: None });
        let server = Arc::new(Server::new(&access, ("a".into(), 1)));
        let of = |slots: &[Slots]| Masters {
            all: vec![Arc::clone(&server)],
            slots: slots.iter().map(|slots| (*slots, Arc::clone(&server))).collect(),
        };
        assert!(of(&[(0, 100), (101, 16_383)]).is_whole(RedisMode::Cluster));
        for holes in [&[][..], &[(0, 100), (102, 16_383)], &[(1, 16_383)], &[(0, 16_382)]] {
            assert!(!of(holes).is_whole(RedisMode::Cluster), "{holes:?}");
        }
        assert!(of(&[]).is_whole(RedisMode::Single));
    }
}
