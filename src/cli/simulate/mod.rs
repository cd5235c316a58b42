//! `rapport simulate`: what a ladder makes of what has happened, before customers see it.
//!
//! The history is replayed through the ladder that serves, customer by customer. Everybody is taken to have agreed to be
//! remembered; what a customer chose, and what only a token says, plays no part.

mod against;
#[cfg(test)]
mod agreement;
mod chart;
mod figures;
mod fit;
mod gaps;
mod groups;
mod report;
mod sensitivity;
mod trial;

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use serde_json::Value;
use tower_rapport::{
    clock::{Clock, SystemClock},
    identity::PseudonymKey,
    relationship::Day,
};

use self::{
    against::Against,
    figures::{Figures, days, first},
    fit::Fit,
    groups::Groups,
    report::Report,
    sensitivity::Sensitivity,
    trial::Trial,
};
use super::{
    Failure,
    import::{bar, rows::Row, source::Source, telling},
    moment::moment,
    policy_without_secrets,
};

/// What `simulate` is told.
#[derive(Args, Debug)]
pub(crate) struct Simulate {
    /// The policy
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    #[command(flatten)]
    source: Source,
    /// The day, or time, that is looked at, as if nothing had happened since; today, if left out
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<Timestamp>,
    /// Another policy, whose ladder is put beside the first
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Moves each number of the ladder a quarter down and up, and says what moves with it (`--out` does so, too)
    #[arg(long)]
    sensitivity: bool,
    /// Proposes the ladder's times: fitted on half of the customers, checked on the other half
    #[arg(long)]
    fit: bool,
    /// A further column, whose values are groups of customers to compare
    #[arg(long, value_name = "COLUMN")]
    by: Option<String>,
    /// Writes all of it as one page, `report.html`, into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Prints the figures as JSON
    #[arg(long)]
    json: bool,
}

impl Simulate {
    /// Replays the file and prints what came of it.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let config = policy_without_secrets("--config", &self.config)?;
        let other = self.against.as_deref().map(|file| policy_without_secrets("--against", file)).transpose()?;
        let own = telling(&config)?;
        let others = other.as_ref().map(telling).transpose()?;
        // One reading serves both ladders; each skips the events that only the other policy has.
        let mut events = own.events.clone();
        let further = others.iter().flat_map(|telling| &telling.events).filter(|event| !own.events.contains(event));
        events.extend(further.cloned());
        // Nothing is kept, so nobody needs a secret; and the halves of a fit are the same whatever it is.
        let key = PseudonymKey::new(NO_SECRET);
        let mut rows = self.source.read_as(|id| key.pseudonym("", &id), &events, self.by.as_deref())?;
        let today = Day::of(self.at.unwrap_or_else(|| SystemClock.now()));
        let begins = rows.sorted.iter().map(Row::day).min();
        rows.sorted.retain(|row| row.day() <= today);

        if let Some(begins) = begins.filter(|begins| *begins > today) {
            note!("note: nothing had happened by {today}: the first event is of {begins}\n");
        }
        let last = rows.sorted.iter().map(Row::day).max();
        if let Some(last) = last.filter(|last| today.days_since(*last) > config.retention_days()) {
            note!("note: the last event is so old that nothing is kept any more; `--at {last}` looks from its day\n");
        }
        let customers: Vec<&[Row]> = rows.sorted.chunk_by(|one, other| one.customer == other.customer).collect();
        let trial = Trial::of(&config, own, &events);
        let ladder = &trial.ladder;
        let first = first(&customers, today);
        let looks = days(first, today, LOOKS);
        let courses = trial.courses(&customers, &looks)?;
        let figures = Figures::of(&courses, rows.sorted.len(), looks, ladder);

        let against = match other.zip(others) {
            Some((policy, telling)) => {
                let other = Trial::of(&policy, telling, &events);
                let of_other = other.courses(&customers, &[today])?;
                let figures_of_other = Figures::of(&of_other, rows.sorted.len(), vec![today], &other.ladder);
                Some(Against::of((ladder, &figures, &courses), (&other.ladder, &figures_of_other, &of_other)))
            }
            None => None,
        };
        let sensitivity = if self.sensitivity || self.out.is_some() {
            let bar = bar(0, "moving each number {wide_bar} {pos} of {len}");
            let sensitivity = Sensitivity::of(&trial, &customers, today, figures.now(), &bar);
            bar.finish_and_clear();
            Some(sensitivity?)
        } else {
            None
        };
        let fit = self.fit.then(|| Fit::of(&trial, &customers)).transpose()?;
        let groups = self.by.as_deref();
        let groups = groups.map(|column| Groups::of(column, &rows.groups, &customers, &courses, ladder));

        let said = if self.json {
            let mut all = figures.json(ladder);
            all.insert("shape".to_owned(), rows.shape.to_string().into());
            all.extend(against.as_ref().map(|against| ("against".to_owned(), against.json())));
            all.extend(sensitivity.as_ref().map(|moves| ("sensitivity".to_owned(), moves.json(ladder))));
            all.extend(fit.as_ref().map(|fit| ("fit".to_owned(), fit.json())));
            all.extend(groups.as_ref().map(|groups| ("groups".to_owned(), groups.json(ladder))));
            say!("{}\n", Value::Object(all))
        } else {
            let looked_at = self.at.map(|_| today);
            let further = [
                against.as_ref().map(|against| against.table(looked_at)),
                sensitivity.as_ref().map(|moves| moves.table(ladder)),
                groups.as_ref().map(|groups| groups.table(ladder)),
                fit.as_ref().map(Fit::told),
            ];
            let first = say!("{}", figures.table(ladder, looked_at));
            further.into_iter().flatten().fold(first, |said, table| said.and_then(|()| say!("\n{table}")))
        };
        // Also where nobody has read all of that.
        if let Some(folder) = &self.out {
            let figures = figures.on(days(first, today, POINTS), &trial, &customers)?;
            let (against, sensitivity, groups) = (against.as_ref(), sensitivity.as_ref(), groups.as_ref());
            let report = Report { ladder, figures: &figures, against, sensitivity, groups, first, today };
            let file = report.write(folder)?;
            note!("the report is in `{}`\n", file.display());
        }
        said
    }
}

/// A key that is none of anybody's.
const NO_SECRET: &[u8] = b"simulate";

/// So many days are looked at in a table.
const LOOKS: u32 = 12;

/// And so many in a chart.
const POINTS: u32 = 72;
