//! How a policy is made of a file or a text: written, then meant, and every finding on the way told at once.

use std::{env, fs, path::Path, sync::Arc};

use jiff::{Timestamp, civil::Date};

use super::{
    Policy,
    diagnostics::{Diagnostics, Findings, Place},
    fingerprint,
    meaning::{self, Meaning},
    reading, remedy,
    secrets::{self, Surroundings},
    sources::{Lost, Origin, Sources},
    unparsed,
};
use crate::{portal::Terms, relationship::Day};

impl Policy {
    /// Reads a policy file, and the secrets that it names from files and the environment.
    ///
    /// # Errors
    ///
    /// Everything that keeps the file from being used.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Diagnostics> {
        let path = path.as_ref();
        let cannot = |error: std::io::Error| {
            let remedy = remedy::of_unread(&error, "name a policy that is there, or let `rapport init` write one");
            Diagnostics::of_file(path, 1, &format!("cannot be read ({error})"), remedy)
        };
        let bytes = fs::read(path).map_err(cannot)?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let read = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
            let line = read.iter().filter(|byte| **byte == b'\n').count() + 1;
            Diagnostics::of_file(path, line, &format!("line {line} is not UTF-8"), "save the file as UTF-8")
        })?;
        // The statement about Global Privacy Control is as old as the file, where the file says nothing of it.
        let written = fs::metadata(path).and_then(|about| about.modified()).ok();
        let date = written.and_then(|time| Timestamp::try_from(time).ok()).map(|time| Day::of(time).date());
        Self::dated(&path.display().to_string(), Origin::File, &text, |name| env::var(name).ok(), date)
    }

    /// Reads a policy from its text. `name` is the file that diagnostics name, and its folder is where relative paths
    /// begin; `env` looks environment variables up.
    ///
    /// # Errors
    ///
    /// Everything that keeps the text from being used.
    pub fn from_toml(name: &str, text: &str, env: impl Fn(&str) -> Option<String>) -> Result<Self, Diagnostics> {
        Self::dated(name, Origin::File, text, env, None)
    }

    /// The same of any text, as old as a date that may be known.
    pub(super) fn dated(
        name: &str,
        origin: Origin,
        text: &str,
        env: impl Fn(&str) -> Option<String>,
        date: Option<Date>,
    ) -> Result<Self, Diagnostics> {
        let (sources, lost) = Sources::of(name, origin, text);
        let findings = Findings::new(&sources);
        if let Some(Lost { at, message, remedy }) = lost {
            findings.error(&Place { key: at.clone(), value: at, path: "extends".to_owned() }, message, remedy);
        }
        let read = match findings.has_errors() {
            // What it goes on from would be missed everywhere.
            true => None,
            false => read(&Surroundings::new(&sources, &env), &findings),
        };
        let failed = findings.has_errors();
        let found = findings.into_diagnostics();
        match read {
            Some((meaning, mut terms)) if !failed => {
                if let Some(gpc) = &mut terms.gpc {
                    gpc.last_update = gpc.last_update.or(date);
                }
                Ok(Self { meaning, terms: Arc::new(terms), warnings: found, files: sources.files() })
            }
            _ => Err(found),
        }
    }
}

fn read(around: &Surroundings<'_>, findings: &Findings<'_>) -> Option<(Meaning, Terms)> {
    // Also what another text replaces.
    let (table, errors) = around.sources.tables(|table| secrets::hide_written(table, findings));
    if !errors.is_empty() {
        // What can be read of a broken file would raise errors that are none.
        secrets::hide_lines(around.sources.text(), findings);
        unparsed::note(around.sources, errors, findings);
        return None;
    }
    #[cfg(not(feature = "html"))]
    super::without_html::warn(table.get_ref(), findings);
    let written = reading::read(table, findings);
    let meaning = meaning::read(&written, around, findings)?;
    let terms = meaning::terms(&meaning, &written.portal, &fingerprint::fingerprint(&meaning), findings)?;
    Some((meaning, terms))
}
