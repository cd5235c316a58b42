//! What the server does for us in one step, and what it answers.
//!
//! Every answer begins with the pseudonym that was asked for, so that an answer to another question is seen as one, also where
//! nothing is kept. The hash of a customer has these fields:
//!
//! | field | what |
//! |---|---|
//! | `owner` | the pseudonym, 16 bytes: whose this is, compared on every read |
//! | `version` | the [`Version`] of `bytes` |
//! | `bytes` | the record, as [`Stored`] has it |
//! | `heard` | the day, in days since 1970, before which a sweep has no business with it; empty for none |
//!
//! It expires `retention` after the last write, unless something in it lowers: see [`may_expire`](crate::store::retention::may_expire).

use std::sync::LazyLock;

use redis::{Cmd, Script, Value, cmd};

use crate::{
    identity::Pseudonym,
    store::{Stored, Version},
};

/// A script, and the hash by which the server knows it once it was loaded.
#[derive(Clone, Copy)]
pub(super) struct Step {
    source: &'static str,
    hash: &'static LazyLock<String>,
}

pub(super) const LOAD: Step = Step { source: LOADS, hash: &LOADS_HASH };
pub(super) const REPLACE: Step = Step { source: REPLACES, hash: &REPLACES_HASH };
pub(super) const REMOVE: Step = Step { source: REMOVES, hash: &REMOVES_HASH };

impl Step {
    /// All there are: a new connection loads them first.
    pub(super) const ALL: [Self; 3] = [LOAD, REPLACE, REMOVE];

    /// Loads the source.
    pub(super) fn load(self) -> Cmd {
        let mut load = cmd("SCRIPT");
        load.arg("LOAD").arg(self.source);
        load
    }

    /// Does it to the key of a customer.
    pub(super) fn of(self, key: &str, customer: Pseudonym, rest: &[&[u8]]) -> Cmd {
        let mut call = cmd("EVALSHA");
        call.arg(self.hash.as_str()).arg(1).arg(key).arg(customer.as_bytes());
        rest.iter().for_each(|argument| {
            call.arg(argument);
        });
        call
    }
}

/// What is kept, as the server told it.
pub(super) struct Kept {
    pub(super) stored: Stored,
    /// What stands in the field, whatever the bytes are.
    pub(super) version: Vec<u8>,
}

impl Kept {
    /// Whether the field says what the bytes say.
    pub(super) fn is_whole(&self) -> bool {
        self.version == self.stored.version().as_bytes()
    }
}

/// Reads the answer to [`LOAD`]: none where it is no answer to that question.
pub(super) fn loaded(answer: Value, customer: Pseudonym) -> Option<Option<Kept>> {
    let [echo, owner, version, bytes] = <[Value; 4]>::try_from(parts(answer)?).ok()?;
    if !is(&echo, customer) {
        return None;
    }
    kept(&owner, version, bytes, customer)
}

/// What became of a write.
pub(super) enum Wrote {
    Written,
    Conflict(Option<Kept>),
}

/// Reads the answer to [`REPLACE`].
pub(super) fn replaced(answer: Value, customer: Pseudonym) -> Option<Wrote> {
    let [echo, became, owner, version, bytes] = <[Value; 5]>::try_from(parts(answer)?).ok()?;
    match became {
        Value::BulkString(word) if is(&echo, customer) => match &*word {
            b"written" => Some(Wrote::Written),
            b"conflict" => kept(&owner, version, bytes, customer).map(Wrote::Conflict),
            _ => None,
        },
        _ => None,
    }
}

/// Reads the answer to [`REMOVE`]: whether it was there.
pub(super) fn removed(answer: Value, customer: Pseudonym) -> Option<bool> {
    match <[Value; 2]>::try_from(parts(answer)?).ok()? {
        [echo, Value::Int(count)] if is(&echo, customer) => Some(count > 0),
        _ => None,
    }
}

fn kept(owner: &Value, version: Value, bytes: Value, customer: Pseudonym) -> Option<Option<Kept>> {
    match (owner, version, bytes) {
        (
            Value::Nil | Value::Boolean(false),
            Value::Nil | Value::Boolean(false),
            Value::Nil | Value::Boolean(false),
        ) => Some(None),
        (owner, Value::BulkString(version), Value::BulkString(bytes)) if is(owner, customer) => {
            Some(Some(Kept { stored: Stored::from_bytes(bytes), version }))
        }
        _ => None,
    }
}

fn parts(answer: Value) -> Option<Vec<Value>> {
    match answer {
        Value::Array(parts) => Some(parts),
        _ => None,
    }
}

fn is(owner: &Value, customer: Pseudonym) -> bool {
    matches!(owner, Value::BulkString(bytes) if bytes == customer.as_bytes())
}

/// The version that is expected, as the script compares it.
pub(super) fn expected(version: Option<&Version>) -> &[u8] {
    version.map_or(&[], |version| version.as_bytes())
}

const LOADS: &str = "local kept = redis.call('HMGET', KEYS[1], 'owner', 'version', 'bytes') \
    return {ARGV[1], kept[1], kept[2], kept[3]}";

/// Owner, expected version or nothing, next version, bytes, `heard`, time to live in milliseconds or nothing, and whether a
/// version that is there already is written again: whoever waits for a replica must have written something.
const REPLACES: &str = "local key, owner, expected, version, bytes, heard, live, again = KEYS[1], unpack(ARGV) \
         local kept = redis.call('HMGET', key, 'owner', 'version', 'bytes') \
         if kept[2] == version then \
           if again == '1' then redis.call('HSET', key, 'version', version) end \
           return {owner, 'written', false, false, false} \
         end \
         if (kept[2] or '') ~= expected then return {owner, 'conflict', kept[1], kept[2], kept[3]} end \
         redis.call('HSET', key, 'owner', owner, 'version', version, 'bytes', bytes, 'heard', heard) \
         if live == '' then redis.call('PERSIST', key) else redis.call('PEXPIRE', key, live) end \
         return {owner, 'written', false, false, false}";

const REMOVES: &str = "if redis.call('HGET', KEYS[1], 'version') ~= ARGV[2] then return {ARGV[1], 0} end \
         return {ARGV[1], redis.call('DEL', KEYS[1])}";

static LOADS_HASH: LazyLock<String> = LazyLock::new(|| hash(LOADS));
static REPLACES_HASH: LazyLock<String> = LazyLock::new(|| hash(REPLACES));
static REMOVES_HASH: LazyLock<String> = LazyLock::new(|| hash(REMOVES));

fn hash(source: &str) -> String {
    Script::new(source).get_hash().to_owned()
}
