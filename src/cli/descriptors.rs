//! How many connections the process may have at once, by its limit of file descriptors.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Makes room for so many connections, each with one to the service, and answers for how many there is room. The soft limit
/// is raised as far as the hard one allows; where that is not enough, the operator is told.
pub(crate) fn room_for(connections: usize) -> usize {
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(OTHERS);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let Some(soft) = current.filter(|soft| *soft < wanted) else { return connections };
    let raised = maximum.map_or(wanted, |hard| hard.min(wanted));
    let soft = match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum }) {
        Ok(()) => raised,
        Err(_) => soft,
    };
    if soft >= wanted {
        return connections;
    }
    let room = usize::try_from(soft.saturating_sub(OTHERS) / 2).unwrap_or(connections).max(1);
    let remedy = "raise the hard limit (`ulimit -Hn`, `LimitNOFILE`), or lower `serve.max_connections`";
    tracing::warn!(
        descriptors = soft,
        max_connections = connections,
        room,
        remedy,
        "there are fewer descriptors than connections need"
    );
    room
}

/// The store, the log, the listener, the runtime's own.
const OTHERS: u64 = 100;
