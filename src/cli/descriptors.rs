//! How many connections the process may have at once, by its limit of file descriptors.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tower_rapport::policy::ServeSettings;

/// For what there is room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) connections: usize,
    /// For the connections and for those to the service, one for each request under way: what the ones do not take, the
    /// others may.
    pub(crate) descriptors: usize,
}

/// Makes room for so many connections, each with one to the service. The soft limit is raised as far as the hard one
/// allows; where that is not enough, the operator is told: of a trouble where the policy asks for so many, and where it leaves that to us, for how many there is room.
pub(crate) fn room_for(connections: usize) -> Room {
    let all = Room { connections, descriptors: connections.saturating_mul(2) };
    let wanted = u64::try_from(connections).unwrap_or(u64::MAX).saturating_mul(2).saturating_add(OTHERS);
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let Some(soft) = current.filter(|soft| *soft < wanted) else { return all };
    let raised = maximum.map_or(wanted, |hard| hard.min(wanted));
    let soft = match setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum }) {
        Ok(()) => raised,
        Err(_) => soft,
    };
    if soft >= wanted {
        return all;
    }
    let descriptors = usize::try_from(soft.saturating_sub(OTHERS)).unwrap_or(all.descriptors).max(2);
    let room = descriptors / 2;
    if connections == ServeSettings::MAX_CONNECTIONS {
        let more = "raise the hard limit (`ulimit -Hn`, `LimitNOFILE`)";
        tracing::info!(descriptors = soft, more, "there is room for {room} connections at once");
    } else {
        let remedy = "raise the hard limit (`ulimit -Hn`, `LimitNOFILE`), or lower `serve.max_connections`";
        tracing::warn!(
            descriptors = soft,
            max_connections = connections,
            room,
            remedy,
            "there are fewer descriptors than connections need"
        );
    }
    Room { connections: room, descriptors }
}

/// The store, the log, the listener, the runtime's own.
const OTHERS: u64 = 100;
