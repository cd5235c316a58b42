//! `rapport export`: all that is kept of one customer, for who asks by letter and not in the portal.

use std::path::PathBuf;

use clap::{Args, builder::NonEmptyStringValueParser};
use tower_rapport::clock::{Clock, SystemClock};

use super::{
    Failure,
    customer::{kept, names},
    policy,
};

/// What `export` is told.
#[derive(Args, Debug)]
pub(crate) struct Export {
    /// The policy
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The customer, as tokens name one
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    customer: String,
}

impl Export {
    /// Prints the document that `GET /me/export` of the portal answers, but for what only a request says.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let policy = policy(&self.config)?;
        let names = names(&policy, self.customer);
        let record = kept(&policy, &names)?;
        let Some(customer) = names.first() else { return Ok(()) };
        let receipt = policy.receipt(*customer, record.as_ref(), SystemClock.now());
        say!("{receipt:#}\n")
    }
}
