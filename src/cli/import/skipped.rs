//! What is said of rows that did not become history.

use tower_rapport::policy::StoreKind;

use super::history::Tally;
use crate::cli::{Failure, counted};

/// Tells of rows that were skipped.
///
/// # Errors
///
/// Nothing was imported, and nothing had been: every customer was faster than the history.
pub(super) fn told(tally: &Tally, store: &StoreKind) -> Result<(), Failure> {
    let skipped = tally.skipped();
    let remedy = if tally.preceded > 0 { remedy(store) } else { String::new() };
    let were = if skipped == 1 { "was" } else { "were" };
    let text = format!("{} {were} skipped: {}{remedy}", counted(skipped, "event"), causes(tally));
    if tally.imported == 0 && tally.known == 0 && tally.preceded > 0 {
        return Err(Failure::new(format!("nothing was imported; {text}")));
    }
    if skipped > 0 {
        note!("warning: {text}\n");
    }
    Ok(())
}

fn causes(tally: &Tally) -> String {
    let causes = [
        (tally.known, "not later than what was known of their customer (imported before, or the customer came first)"),
        (tally.preceded, "of customers who came first, or of whom later events were imported first"),
        (tally.refused, "of customers who refused to be remembered"),
        (tally.forgotten, "not later than the day on which their customer was forgotten, or agreed anew after that"),
    ];
    let causes = causes.into_iter().filter(|(number, _)| *number > 0).map(|(number, why)| format!("{number} {why}"));
    causes.collect::<Vec<_>>().join(", ")
}

fn remedy(store: &StoreKind) -> String {
    let again = match store {
        #[cfg(feature = "embedded")]
        StoreKind::Embedded { path } => {
            format!("if `{}` holds only a trial, stop `serve`, delete this file and import again", path.display())
        }
        _ => "if the store holds only a trial, stop `serve`, empty it and import again".to_owned(),
    };
    format!("; import all that has happened at once, and before the first request; {again}")
}
