//! `rapport check`: what is wrong with policy files, and where; and what a policy makes of an answer of the service.

mod answer;
mod nearest;
mod places;

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
};

use clap::Args;
use tower_rapport::policy::Policy;

use self::answer::Answer;
use super::{Failure, counted};

/// What `check` is told.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The policies
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    answer: Answer,
}

impl Check {
    /// Checks every file: findings go to stderr, a line for each file to stdout, then what is said of the answer. 1 where any has
    /// an error, or a rule meets nothing.
    pub(crate) fn run(self) -> Result<(), Failure> {
        if self.answer.is_given() && self.files.len() > 1 {
            return Err(Failure::new("`--answer` is looked at with one policy; name one file"));
        }
        let mut well = true;
        for file in &self.files {
            let policy = check(file)?;
            well &= policy.is_some();
            if let Some(policy) = policy {
                well &= self.answer.look(&policy)?;
            }
        }
        if well { Ok(()) } else { Err(Failure::told()) }
    }
}

/// Says what is wrong with a file; gives the policy if it can be used.
fn check(file: &Path) -> Result<Option<Policy>, Failure> {
    let color = io::stderr().is_terminal();
    let (verdict, findings, policy) = match Policy::from_file(file) {
        Ok(policy) => {
            let warnings = policy.warnings();
            let number = counted(warnings.as_slice().len(), "warning");
            let verdict = format!("ok, policy {}, {number}", policy.fingerprint());
            (verdict, warnings.render(color), Some(policy))
        }
        Err(errors) => (counted(errors.as_slice().len(), "error"), errors.render(color), None),
    };
    if !findings.is_empty() {
        note!("{findings}\n\n");
    }
    say!("{}: {verdict}\n", file.display())?;
    Ok(policy)
}
