//! Why an address cannot be listened on, and what to do about it.

use std::{
    fmt::Display,
    io::{self, ErrorKind},
};

use super::Failure;

/// The failure of listening on an address; `named` is the option or the key that says it.
pub(super) fn not_listening(named: &str, address: impl Display, cause: io::Error) -> Failure {
    let remedy = match cause.kind() {
        ErrorKind::AddrInUse => "another process has this port: end that one, or name another port",
        ErrorKind::AddrNotAvailable => {
            "this machine has no such address; listen on `0.0.0.0` (or `[::]`) for every address it has"
        }
        ErrorKind::PermissionDenied => "ports under 1024 need a privilege (`CAP_NET_BIND_SERVICE`); name a higher one",
        _ => "write host and port, as `127.0.0.1:8080`",
    };
    Failure::caused(format!("{named}: cannot listen on `{address}`; {remedy}"), cause)
}
