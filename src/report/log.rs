//! The decision log: one line a decision, with all that it was made of, so that it can be made again.

mod file;
mod line;

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use metrics::counter;

use self::file::LogFile;
pub(crate) use self::line::{Line, replay};
pub use self::line::{Replay, ReplayError};
use super::Seldom;

/// Where decisions are logged.
///
/// Written in the policy, under `[report]`, as `decision_log`; a line of it is told again as in the example of [`Replay`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecisionLog {
    /// Nowhere.
    Off,
    /// As tracing events.
    Tracing,
    /// In a file.
    File {
        /// The file.
        path: PathBuf,
        /// How long it is kept.
        keep: Duration,
        /// At which size a new one is begun.
        rotate: usize,
    },
}

/// Where decisions go.
#[derive(Debug)]
pub(crate) enum Log {
    Off,
    /// As an event of `tracing`, whose message is the line.
    Tracing,
    File(LogFile),
}

impl Log {
    pub(crate) fn open(setting: &DecisionLog, told: &Arc<Seldom>) -> Self {
        match setting {
            DecisionLog::Off => Self::Off,
            DecisionLog::Tracing => Self::Tracing,
            DecisionLog::File { path, keep, rotate } => {
                Self::File(LogFile::open(path.clone(), *keep, *rotate as u64, Arc::clone(told)))
            }
        }
    }

    pub(crate) fn is_off(&self) -> bool {
        matches!(self, Self::Off)
    }

    fn write(&self, line: &Line) {
        // A line has strings and numbers only.
        let Ok(text) = serde_json::to_string(line) else { return };
        match self {
            Self::Off => {}
            Self::Tracing => tracing::info!(target: "tower_rapport::decisions", "{text}"),
            Self::File(file) => file.write(text),
        }
    }
}

/// A decision that is logged once its answer has ended or is given up: whoever holds this holds it back.
pub(crate) struct Entry {
    line: Line,
    became: OnceLock<Became>,
    log: Arc<Log>,
}

/// What became of an answer that was shaped to its end.
struct Became {
    treated: BTreeMap<String, u64>,
    withheld: BTreeMap<String, u64>,
}

impl Entry {
    pub(crate) fn new(line: Line, log: Arc<Log>) -> Self {
        Self { line, became: OnceLock::new(), log }
    }

    /// The decision was made again before the answer began.
    pub(crate) fn say(&mut self, line: Line) {
        self.line = line;
    }

    /// The answer was shaped to its end: how many values met which treatment, and how many items were not shown for which reason.
    pub(crate) fn became(
        &self,
        treated: impl IntoIterator<Item = (&'static str, u64)>,
        withheld: impl IntoIterator<Item = (&'static str, u64)>,
    ) {
        let _told_before = self.became.set(Became { treated: sums(treated), withheld: sums(withheld) });
    }
}

fn sums(counts: impl IntoIterator<Item = (&'static str, u64)>) -> BTreeMap<String, u64> {
    let mut sums = BTreeMap::new();
    for (word, count) in counts {
        let sum: &mut u64 = sums.entry(word.to_owned()).or_default();
        *sum = sum.saturating_add(count);
    }
    sums
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(Became { treated, withheld }) = self.became.take() {
            (self.line.treated, self.line.withheld) = (treated, withheld);
        }
        self.log.write(&self.line);
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").finish_non_exhaustive()
    }
}

/// So many lines were not written.
fn unlogged(told: &Seldom, why: &dyn fmt::Display, lines: u64) {
    counter!("rapport_unlogged_decisions_total").increment(lines);
    if let Some(left_out) = told.now("unlogged_decision") {
        tracing::warn!(%why, left_out, "a decision is not in the log");
    }
}
