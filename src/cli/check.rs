//! `rapport check`: what is wrong with policy files, and where.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    process::ExitCode,
};

use clap::Args;
use tower_rapport::policy::Policy;

use super::counted;

/// What `check` is told.
#[derive(Args, Debug)]
pub(crate) struct Check {
    /// The policies
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Check {
    /// Checks every file: findings go to stderr, a line for each file to stdout. 1 where any has an error.
    pub(crate) fn run(self) -> ExitCode {
        let color = io::stderr().is_terminal();
        let mut code = ExitCode::SUCCESS;
        for file in &self.files {
            let (verdict, findings) = match Policy::from_file(file) {
                Ok(policy) => {
                    let warnings = policy.warnings();
                    let number = counted(warnings.as_slice().len(), "warning");
                    (format!("ok, policy {}, {number}", policy.fingerprint()), warnings.render(color))
                }
                Err(errors) => {
                    code = ExitCode::FAILURE;
                    (counted(errors.as_slice().len(), "error"), errors.render(color))
                }
            };
            if !findings.is_empty() {
                eprintln!("{findings}\n");
            }
            say!("{}: {verdict}\n", file.display());
        }
        code
    }
}
