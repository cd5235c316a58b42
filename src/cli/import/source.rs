//! Which file a command reads, and how.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use clap::Args;
use tower_rapport::{
    clock::{Clock, SystemClock},
    identity::{CustomerId, Pseudonym},
    name::Name,
    policy::Policy,
    relationship::Day,
};

use super::{
    bar,
    parts::Shape,
    rows::{Reading, Rows},
    times::Dates,
    unpacking::unpacked,
};
use crate::cli::Failure;

/// A history.
#[derive(Args, Debug)]
pub(crate) struct Source {
    /// CSV with the columns `customer`, `time` and, if not all are visits, `event`; or a list of transactions or a log of events
    /// as shops export them; plain or as gzip; `-` is the standard input
    #[arg(value_name = "EVENTS")]
    events: PathBuf,
    /// What the file is, if its first line does not say so
    #[arg(long, value_name = "SHAPE")]
    shape: Option<Shape>,
    /// Which number is the day in dates such as `12/1/2010`, in a list of transactions or a log of events
    #[arg(long, value_name = "ORDER")]
    dates: Option<Dates>,
}

impl Source {
    /// Reads the events under the pseudonyms of a policy. `by` names the column, if any, that groups customers.
    pub(crate) fn read(&self, policy: &Policy, events: &[Name], by: Option<&str>) -> Result<Rows, Failure> {
        let identity = policy.identity();
        self.read_as(|id| identity.pseudonyms.pseudonym(&identity.rules.issuer, &id), events, by)
    }

    /// Reads the events under pseudonyms of one's own.
    pub(crate) fn read_as(
        &self,
        pseudonym: impl Fn(CustomerId) -> Pseudonym,
        events: &[Name],
        by: Option<&str>,
    ) -> Result<Rows, Failure> {
        let (shape, dates) = (self.shape, self.dates);
        let reading = Reading { pseudonym, events, by, today: Day::of(SystemClock.now()), shape, dates };
        let path = &self.events;
        let unread = |cause| {
            let text =
                format!("`{}` cannot be read; name a file with events, or `-` for the standard input", path.display());
            Failure::caused(text, cause)
        };
        let bad = |cause| Failure::caused(format!("`{}`", path.display()), cause);
        let rows = if path == Path::new("-") {
            reading.read(unpacked(io::stdin().lock()).map_err(unread)?).map_err(bad)?
        } else {
            let file = File::open(path).map_err(unread)?;
            let bar =
                bar(file.metadata().map_or(0, |about| about.len()), "reading {wide_bar} {bytes} of {total_bytes}");
            let rows = reading.read(unpacked(bar.wrap_read(file)).map_err(unread)?).map_err(bad);
            bar.finish_and_clear();
            rows?
        };
        rows.notes().iter().for_each(|note| note!("note: {note}\n"));
        Ok(rows)
    }
}
