//! The commands of the `rapport` binary: what may be typed, and what comes of it.

/// Prints what a command has to say: a failure where that cannot be written.
macro_rules! say {
    ($($said:tt)*) => {
        crate::cli::said(format_args!($($said)*))
    };
}

/// Prints what is said besides, on stderr, if anybody listens there.
macro_rules! note {
    ($($noted:tt)*) => {
        crate::cli::noted(format_args!($($noted)*))
    };
}

mod address;
mod attended;
mod busy;
mod check;
mod customer;
mod descriptors;
mod explain;
mod export;
mod forget;
mod health;
mod holdout;
mod import;
mod init;
mod listener;
mod metrics;
mod moment;
mod proxy;
mod reload;
mod sections;
mod serve;
mod simulate;
mod step;
mod store;
mod tls;

use std::{
    env,
    error::Error,
    fmt, fs,
    io::{self, IsTerminal, Write},
    path::Path,
    process::ExitCode,
};

use clap::Parser;
use tower_rapport::policy::{Diagnostics, Policy};
use tracing_subscriber::{EnvFilter, filter::LevelFilter};

/// Personalization that grows with the relationship, in front of any service.
#[derive(Debug, Parser)]
#[command(name = "rapport", version, arg_required_else_help = true)]
pub(crate) enum Command {
    /// Writes a policy to begin with.
    Init(init::Init),
    /// Says what is wrong with policy files, and where.
    Check(check::Check),
    /// Stands in front of a service as a reverse proxy.
    Serve(serve::Serve),
    /// Reads what has happened so far, so that nobody who is known starts as a stranger.
    Import(import::Import),
    /// Replays what has happened through the ladder, and says how many customers stand where.
    Simulate(simulate::Simulate),
    /// Compares those who are held out with everybody else.
    Holdout(holdout::Holdout),
    /// Says how a customer stands, and why.
    Explain(explain::Explain),
    /// Prints all that is kept of a customer.
    Export(export::Export),
    /// Forgets a customer.
    Forget(forget::Forget),
}

impl Command {
    /// Does what was typed: 0 where it went well, 1 where not. (2 is for what cannot be understood, and clap's.)
    pub(crate) fn run(self) -> ExitCode {
        let done = match self {
            Self::Check(check) => check.run(),
            Self::Init(init) => init.run(),
            Self::Serve(serve) => serve.run(),
            Self::Import(import) => import.run(),
            Self::Simulate(simulate) => simulate.run(),
            Self::Holdout(holdout) => holdout.run(),
            Self::Explain(explain) => explain.run(),
            Self::Export(export) => export.run(),
            Self::Forget(forget) => forget.run(),
        };
        match done {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                if !failure.is_told {
                    note!("{failure}\n");
                }
                ExitCode::FAILURE
            }
        }
    }
}

/// Writes to stdout; see `say!`.
fn said(text: fmt::Arguments<'_>) -> Result<(), Failure> {
    let mut out = io::stdout();
    out.write_fmt(text).and_then(|()| out.flush()).map_err(|cause| match cause.kind() {
        // Whoever has heard enough, as `head` has, need not be told so.
        io::ErrorKind::BrokenPipe => Failure::told(),
        _ => Failure::caused("what there is to say cannot be written; see what stdout goes to", cause),
    })
}

/// Writes to stderr; see `note!`.
fn noted(text: fmt::Arguments<'_>) {
    let _nobody_listens = io::stderr().write_fmt(text);
}

/// Why a command ended early, as the last thing it prints.
#[derive(Debug)]
pub(crate) struct Failure {
    text: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    is_told: bool,
}

impl Failure {
    /// A failure that nothing lower caused.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), source: None, is_told: false }
    }

    /// A failure with its cause.
    pub(crate) fn caused(text: impl Into<String>, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { text: text.into(), source: Some(cause.into()), is_told: false }
    }

    /// A failure of which nothing more is to be said.
    pub(crate) fn told() -> Self {
        Self { text: String::new(), source: None, is_told: true }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.text)?;
        let mut cause = self.source.as_deref().map(|cause| cause as &dyn Error);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// So many of something, in words.
fn counted(number: impl fmt::Display, what: &str) -> String {
    match number.to_string().as_str() {
        "0" => format!("no {what}s"),
        "1" => format!("1 {what}"),
        many => format!("{many} {what}s"),
    }
}

/// Reads a policy; what is wrong with it is the failure's text.
fn policy(file: &Path) -> Result<Policy, Failure> {
    Policy::from_file(file).map_err(|errors| unusable(file, &errors))
}

/// Reads a policy by which nobody is served: a secret that is not set is none that is missed. `option` is what named the file.
fn policy_without_secrets(option: &str, file: &Path) -> Result<Policy, Failure> {
    let text = fs::read_to_string(file).map_err(|cause| {
        Failure::caused(format!("`{}` cannot be read; name a policy with `{option}`", file.display()), cause)
    })?;
    let read = Policy::from_toml(&file.display().to_string(), &text, |name| env::var(name).ok().or_else(stand_in));
    read.map_err(|errors| unusable(file, &errors))
}

/// A secret that stands for one that will be there when the policy serves: long enough for each, and an address of Redis.
fn stand_in() -> Option<String> {
    Some("redis://stands-in-for-what-is-not-set.invalid".to_owned())
}

fn unusable(file: &Path, errors: &Diagnostics) -> Failure {
    let text = errors.render(io::stderr().is_terminal());
    Failure::new(format!("`{}` is no policy that can be used\n{text}", file.display()))
}

/// Log lines go to stderr: `info` and above, or what `RUST_LOG` says. What clients do wrong by HTTP/2, and as often as they
/// like, is no warning unless `RUST_LOG` names it.
fn log() {
    let filter = EnvFilter::builder().with_default_directive(tracing::Level::INFO.into()).from_env_lossy();
    let is_named = env::var(EnvFilter::DEFAULT_ENV).is_ok_and(|said| said.contains("h2"));
    let is_louder = filter.max_level_hint().is_none_or(|most| most > LevelFilter::ERROR);
    let quiet = "h2=error".parse().ok().filter(|_| is_louder && !is_named);
    let filter = quiet.into_iter().fold(filter, EnvFilter::add_directive);
    let ansi = io::stderr().is_terminal();
    // Another subscriber is there only in a test.
    let _taken = tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(ansi).with_env_filter(filter).try_init();
}

/// Where the asynchronous commands run.
fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|cause| Failure::caused("the machine gives no threads", cause))
}
