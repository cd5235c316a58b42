//! What went wrong at Redis, in words of a store. What the server said is not repeated but for its first word: it may name a
//! key.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::store::{StoreError, StoreErrorKind};

/// An error of the server or on the way to it.
pub(super) fn failure(error: &RedisError) -> StoreError {
    use StoreErrorKind as Kind;
    let (kind, text): (_, String) = match (error.kind(), error.code()) {
        (_, Some("OOM")) => (Kind::Full, "redis has no memory left; raise its `maxmemory`, and it goes on".into()),
        (_, Some("READONLY")) => (Kind::ReadOnly, "this redis is a replica, which may be read and not written".into()),
        (_, Some("MOVED")) => (
            Kind::Unavailable,
            "this redis is one of a cluster, and others have the rest; write `mode = \"cluster\"`".into(),
        ),
        (_, Some("MISCONF")) => (Kind::ReadOnly, "redis cannot write its disk and refuses to be written to".into()),
        (_, Some("WRONGTYPE")) => {
            (Kind::Foreign, "redis holds something else under a key of this store; give it another `prefix`".into())
        }
        (ErrorKind::AuthenticationFailed, _) | (_, Some("NOAUTH" | "WRONGPASS")) => {
            (Kind::Unavailable, "redis does not take the user and password of the address".into())
        }
        (_, Some("NOPERM")) => {
            (Kind::Unavailable, "redis does not allow this user what the store needs: see its documentation".into())
        }
        (ErrorKind::RESP3NotSupported, _) => {
            (Kind::Unavailable, "this redis does not speak RESP3; take version 6 or newer".into())
        }
        (ErrorKind::Io, _) if error.is_timeout() => (Kind::Unavailable, "redis did not answer in time".into()),
        (ErrorKind::Io, _) => (Kind::Unavailable, "the connection to redis broke".into()),
        (ErrorKind::Parse | ErrorKind::UnexpectedReturnType, _) => return garbled(),
        (_, Some(code)) => (Kind::Unavailable, format!("redis answered `{code}`")),
        (_, None) => (Kind::Unavailable, "redis could not be asked".into()),
    };
    StoreError::new(kind, text)
}

/// An answer that is none to what was asked.
pub(super) fn garbled() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "what came from redis is no answer to what it was asked")
}

/// What says that no replica has what was written.
pub(super) fn alone() -> StoreError {
    let text = "no replica of redis has confirmed in time; give every master one that can be reached";
    StoreError::new(StoreErrorKind::Unavailable, text)
}

/// Whether the connection is of no further use.
pub(super) fn ends_connection(error: &RedisError) -> bool {
    error.is_io_error() || error.is_unrecoverable_error()
}

/// Whether another server may be the one to ask.
pub(super) fn may_have_moved(error: &RedisError) -> bool {
    use ServerErrorKind as Server;
    let moved = [
        Server::Moved,
        Server::ReadOnly,
        Server::ClusterDown,
        Server::MasterDown,
        Server::TryAgain,
        Server::BusyLoading,
    ];
    ends_connection(error) || matches!(error.kind(), ErrorKind::Server(kind) if moved.contains(&kind))
}
