//! `rapport forget`: forgets one customer, for who asks by letter and not in the portal.

use std::path::PathBuf;

use clap::{Args, builder::NonEmptyStringValueParser};
use tower_rapport::{
    clock::{Clock, SystemClock},
    relationship::Record,
    store::Relationships,
};

use super::{Failure, customer::names, policy, runtime, store::existing};

/// What `forget` is told.
#[derive(Args, Debug)]
pub(crate) struct Forget {
    /// The policy
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The customer, as tokens name one
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    customer: String,
}

impl Forget {
    /// Does what `DELETE /me` of the portal does, under every name that the customer was kept under. It is durable when this
    /// ends; nodes that share the store hear of it as of any other change.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let policy = policy(&self.config)?;
        let names = names(&policy, self.customer);
        let (runtime, now) = (runtime()?, SystemClock.now());
        let entered = runtime.enter();
        let store = existing(&policy)?;
        let relationships = Relationships::new(store.clone(), 1);
        drop(entered);
        let known = runtime.block_on(async {
            let mut known = false;
            // The earliest first: what is known moves towards the present one meanwhile.
            for name in names.into_iter().rev() {
                let stored = store.load(name).await;
                let stored = stored.map_err(|cause| {
                    Failure::caused("the store cannot be asked; see that it runs, and that `[store]` names it", cause)
                })?;
                // What cannot be read is of somebody, too.
                if stored.is_none_or(|stored| stored.record(name).is_ok_and(|record| record.is_blank())) {
                    continue;
                }
                known = true;
                let forget = move |record: Option<&Record>| Some(record.cloned().unwrap_or_default().forgotten(now));
                let written = relationships.lower(name, forget).await;
                written.map_err(|cause| Failure::caused("the customer is not forgotten; try again", cause))?;
            }
            Ok(known)
        })?;
        say!("{}\n", if known { FORGOTTEN } else { "nothing is kept of this customer" })
    }
}

const FORGOTTEN: &str = "forgotten: counts and days are deleted; what the customer refused, a limit and a pause stay, and that \
                         this customer was forgotten today, so that an import brings nothing back";
