//! `rapport simulate`: what a ladder makes of what has happened, before customers see it.
//!
//! The history is replayed through the ladder that serves, customer by customer. Everybody is taken to have agreed to be
//! remembered; what a customer chose, and what only a token says, plays no part.

mod figures;
mod replay;

use std::path::PathBuf;

use clap::Args;
use tower_rapport::{
    clock::{Clock, SystemClock},
    relationship::Day,
};

use self::figures::Figures;
use super::{
    Failure,
    import::{read, telling},
    policy,
};

/// What `simulate` is told.
#[derive(Args, Debug)]
pub(crate) struct Simulate {
    /// The policy
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// CSV as for `import`; `-` is the standard input
    #[arg(value_name = "EVENTS")]
    events: PathBuf,
    /// Prints the figures as JSON
    #[arg(long)]
    json: bool,
}

impl Simulate {
    /// Replays the file and prints what came of it.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let policy = policy(&self.config)?;
        let telling = telling(&policy)?;
        let rows = read(&policy, &telling.events, &self.events)?;
        let today = Day::of(SystemClock.now());
        let figures = Figures::of(&telling, policy.retention_days(), &rows.sorted, today)?;
        if self.json {
            println!("{}", figures.json(&telling.ladder));
        } else {
            print!("{}", figures.table(&telling.ladder));
        }
        Ok(())
    }
}
