//! Sweeping: server by server, a stretch of keys at a time, one node at a time.

use redis::{Cmd, Value, cmd};

use super::{
    Redis,
    failure::garbled,
    script::{self, Kept, REMOVE, Wrote},
    server::{Server, Trouble},
};
use crate::{
    identity::Pseudonym,
    relationship::Day,
    store::{Silence, StoreError, Stored, Urgency, silence},
};

impl Redis {
    pub(super) async fn sweep_all(&self, before: Day) -> Result<u64, StoreError> {
        let masters = self.servers.known_or_found().await?;
        let mut swept = 0;
        for server in &masters.all {
            let slot = masters.slots_of(server).first().map_or(0, |(first, _)| *first);
            let lease = self.keys.sweeping(slot);
            if self.takes(server, &lease).await? {
                let done = self.sweep_one(server, &lease, before).await;
                let _ends_by_itself = ask(server, cmd("DEL").arg(&lease)).await;
                swept += done?;
            }
        }
        Ok(swept)
    }

    async fn sweep_one(&self, server: &Server, lease: &str, before: Day) -> Result<u64, StoreError> {
        let (mut swept, mut cursor) = (0, b"0".to_vec());
        loop {
            let mut scan = cmd("SCAN");
            scan.arg(&cursor).arg("MATCH").arg(format!("{}*", self.keys.tracked())).arg("COUNT").arg(TOGETHER);
            let (next, keys) = page(ask(server, &scan).await?).ok_or_else(garbled)?;
            for customer in keys.iter().filter_map(|key| self.keys.customer(key)) {
                if self.may_be_silent(server, customer, before).await? {
                    swept += u64::from(self.sweep_customer(customer, before).await?);
                }
            }
            ask(server, cmd("PEXPIRE").arg(lease).arg(LEASE)).await?;
            if next == b"0" {
                return Ok(swept);
            }
            cursor = next;
        }
    }

    /// Whether a record has to be looked into: those who were there lately are passed over by one small field.
    async fn may_be_silent(&self, server: &Server, customer: Pseudonym, before: Day) -> Result<bool, StoreError> {
        let heard = ask(server, cmd("HGET").arg(self.keys.of(customer)).arg("heard")).await?;
        let Value::BulkString(heard) = heard else { return Ok(false) };
        let heard = std::str::from_utf8(&heard).ok().and_then(|heard| heard.parse::<u32>().ok());
        Ok(heard.is_some_and(|heard| heard < number(before)))
    }

    async fn sweep_customer(&self, customer: Pseudonym, before: Day) -> Result<bool, StoreError> {
        let Some(Kept { stored, .. }) = self.load_kept(customer).await? else { return Ok(false) };
        match stored.record(customer).map_or(Silence::Keep, |record| silence(&record, before)) {
            Silence::Keep => Ok(false),
            Silence::Lessen(left) => {
                let (expected, left) = (stored.version(), Stored::new(customer, &left));
                let wrote = self.write(customer, expected.as_bytes(), &left, Urgency::Event).await?;
                Ok(matches!(wrote, Wrote::Written))
            }
            Silence::Remove => {
                let question = REMOVE.of(&self.keys.of(customer), customer, &[stored.version().as_bytes()]);
                self.checked(customer, &question, Urgency::Event, script::removed).await
            }
        }
    }

    /// Whether no other node is at it.
    async fn takes(&self, server: &Server, lease: &str) -> Result<bool, StoreError> {
        let mut take = cmd("SET");
        take.arg(lease).arg("").arg("NX").arg("PX").arg(LEASE);
        Ok(ask(server, &take).await? == Value::Okay)
    }
}

async fn ask(server: &Server, question: &Cmd) -> Result<Value, StoreError> {
    server.data.ask(question, false, Urgency::Event).await.map_err(|Trouble { error, .. }| error)
}

/// Reads the answer to `SCAN`: where to go on, and keys.
fn page(answer: Value) -> Option<(Vec<u8>, Vec<Vec<u8>>)> {
    let Value::Array(parts) = answer else { return None };
    let [Value::BulkString(next), Value::Array(keys)] = <[Value; 2]>::try_from(parts).ok()? else { return None };
    let key = |key| if let Value::BulkString(key) = key { Some(key) } else { None };
    Some((next, keys.into_iter().map(key).collect::<Option<_>>()?))
}

/// A day as a number, for the field `heard`; none before 1970.
pub(super) fn number(day: Day) -> u32 {
    day.days_since(Day::of(jiff::Timestamp::UNIX_EPOCH))
}

/// How many keys the server looks at in one step.
const TOGETHER: u32 = 512;

/// How long another node takes one to be sweeping that says nothing more, in milliseconds.
const LEASE: u64 = 60_000;
