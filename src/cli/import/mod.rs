//! `rapport import`: what has happened so far, so that nobody who is known starts as a stranger.
//!
//! All of a customer's rows are written at once, so an import that was interrupted has done each customer wholly or not at
//! all, and goes on where it is run again: what is not later than what is known of a customer is skipped.

mod gathering;
pub(super) mod history;
mod lines;
pub(super) mod parts;
mod reading;
pub(super) mod rows;
mod shape;
mod skipped;
pub(super) mod source;
mod times;
mod unpacking;
mod unreadable;

use std::{collections::VecDeque, error::Error, path::PathBuf, sync::Arc, time::Duration};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tokio::task::JoinHandle;
use tower_rapport::{
    name::Name,
    policy::Policy,
    relationship::History,
    store::{Replaced, Store, StoreError, StoreErrorKind, Stored, Urgency},
};

use self::{
    history::{Tally, Telling},
    rows::Row,
    source::Source,
};
use super::{Failure, counted, policy, runtime, store::store};

/// What `import` is told.
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The policy
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    #[command(flatten)]
    source: Source,
}

impl Import {
    /// Reads the file whole, then writes customer after customer, many at a time.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let policy = policy(&self.config)?;
        if !policy.identity().former.is_empty() {
            let text = "history cannot be imported while `identity.previous_secrets` stands: what customers refused under an \
                        earlier secret would not be seen; import before the secret is changed, or once all have been back";
            return Err(Failure::new(text));
        }
        let runtime = runtime()?;
        let entered = runtime.enter();
        let store = store(&policy)?;
        let telling = telling(&policy)?;
        let rows = self.source.read(&policy, &telling.events, None)?;
        drop(entered);
        let tally = runtime.block_on(write(store, Arc::new(telling), &rows.sorted))?;
        let said = say!("imported {} of {}\n", counted(tally.imported, "event"), counted(tally.customers, "customer"));
        skipped::told(&tally, &policy.store().kind).and(said)
    }
}

pub(super) fn telling(policy: &Policy) -> Result<Telling, Failure> {
    let visit = History::VISIT.parse::<Name>().map_err(|cause| Failure::caused("visits have no name", cause))?;
    let events = [visit].into_iter().chain(policy.events().iter().map(|event| event.name.clone()));
    let (ladder, record) = (policy.rules().ladder.clone(), policy.consent().record.clone());
    Ok(Telling { ladder, events: events.collect(), record })
}

/// Writes what rows make of relationships, [`AT_ONCE`] customers at a time: those that are written together share the wait
/// for the disk.
async fn write(store: Arc<dyn Store>, telling: Arc<Telling>, sorted: &[Row]) -> Result<Tally, Failure> {
    let bar = bar(sorted.len() as u64, "importing {wide_bar} {human_pos} of {human_len} events, {per_sec}");
    let mut writes = VecDeque::with_capacity(AT_ONCE);
    let mut total = Tally::default();
    for rows in sorted.chunk_by(|one, other| one.customer == other.customer) {
        if writes.len() == AT_ONCE {
            settle(writes.pop_front(), &mut total, &bar).await?;
        }
        writes.push_back(tokio::spawn(write_one(Arc::clone(&store), Arc::clone(&telling), Arc::from(rows))));
    }
    while !writes.is_empty() {
        settle(writes.pop_front(), &mut total, &bar).await?;
    }
    bar.finish_and_clear();
    Ok(total)
}

/// Writes what a customer's rows make of what is known. Most customers are not: so nobody is looked for before the write, which
/// says if somebody is there.
async fn write_one(store: Arc<dyn Store>, telling: Arc<Telling>, rows: Arc<[Row]>) -> Result<Tally, StoreError> {
    let Some(customer) = rows.first().map(|first| first.customer) else { return Ok(Tally::default()) };
    let mut known: Option<Stored> = None;
    for _ in 0..CONFLICTS_AT_MOST {
        // One that cannot be read is a stranger's.
        let record = known.as_ref().and_then(|stored| stored.record(customer).ok());
        let (next, tally) = telling.of(record.as_ref(), &rows);
        let Some(next) = next else { return Ok(tally) };
        let expected = known.as_ref().map(Stored::version);
        match store.replace(customer, expected, Stored::new(customer, &next), Urgency::Event).await? {
            Replaced::Written => return Ok(tally),
            Replaced::Conflict(found) => known = found,
        }
    }
    Err(StoreError::new(StoreErrorKind::Contended, "others changed a relationship each time it was to be written"))
}

/// Waits until one customer is written.
async fn settle(
    write: Option<JoinHandle<Result<Tally, StoreError>>>,
    total: &mut Tally,
    bar: &ProgressBar,
) -> Result<(), Failure> {
    let Some(write) = write else { return Ok(()) };
    let stopped = |cause: Box<dyn Error + Send + Sync>| {
        bar.abandon();
        let customers = counted(total.customers, "customer");
        let done = format!("the import stopped after {customers}; run it again, and it goes on");
        Failure::caused(done, cause)
    };
    let tally = write.await.map_err(|cause| stopped(cause.into()))?.map_err(|cause| stopped(cause.into()))?;
    bar.inc(tally.imported + tally.skipped());
    *total += tally;
    Ok(())
}

/// A progress bar on stderr. Without a terminal there is none to see.
pub(super) fn bar(length: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// How many customers are written at a time.
const AT_ONCE: usize = 4_096;

/// How often a customer is tried who is written by others at the same time.
const CONFLICTS_AT_MOST: u32 = 32;
