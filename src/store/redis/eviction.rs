//! Whether a server may evict what customers lowered.

use redis::{Value, cmd};

use super::server::Connection;

/// Whether it evicts what does not expire, too, when its memory is full. Not told to this user is no.
pub(super) async fn may_take_refusals(connection: &Connection) -> bool {
    match connection.ask(cmd("INFO").arg("memory"), false).await {
        Ok(Value::VerbatimString { text, .. }) => is_of_all_keys(&text),
        Ok(Value::BulkString(text)) => is_of_all_keys(&String::from_utf8_lossy(&text)),
        _ => false,
    }
}

fn is_of_all_keys(memory: &str) -> bool {
    memory.lines().any(|line| line.starts_with("maxmemory_policy:allkeys-"))
}

/// Says what to do about it.
pub(super) fn warn() {
    tracing::warn!(
        "redis may evict what customers refused when its memory is full; set its `maxmemory-policy` to `noeviction` or `volatile-lru`"
    );
}
