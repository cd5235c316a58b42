//! What the store in one file keeps, through every fault of file, disk and process.

mod faults;
mod killed;
mod made_anew;
#[cfg(unix)]
mod permissions;
mod writes;

use std::{
    env, fs,
    io::{self, Write as _},
    pin::pin,
    process::Command,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::task::unconstrained;

use super::{
    crash::{customer, last_seen},
    *,
};
use crate::{relationship::Record, store::Relationships};

fn counted(count: u64) -> Record {
    last_seen("2026-11-22", count)
}

fn bought(n: u64, count: u64) -> Stored {
    Stored::new(customer(n), &counted(count))
}

fn count_in(n: u64, stored: &Stored) -> u64 {
    stored.record(customer(n)).unwrap().history.unwrap().count("purchase")
}

/// Begins a request and does not wait. (Out of tokio's budget for one task: that would put off some of so many.)
fn begun<T>(request: &mut BoxFuture<'_, T>) -> Poll<T> {
    pin!(unconstrained(request)).poll(&mut Context::from_waker(Waker::noop()))
}
