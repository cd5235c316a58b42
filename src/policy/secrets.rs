//! Secrets: never in the file, only where they are; and struck out of every message where they are in the file all the
//! same.

use std::{
    cell::RefCell,
    fs,
    path::{Path, PathBuf},
};

use toml::de::{DeTable, DeValue};

use super::{
    diagnostics::{Findings, Place},
    keys::{Either, Key},
    paths::are_same,
    remedy::{nearest, of_unread},
    sources::Sources,
    written::{Secret, SecretSource},
};

/// Where secrets, and files beside the policy, are looked for.
pub(super) struct Surroundings<'a> {
    /// The texts, each of which is in a folder.
    pub(super) sources: &'a Sources,
    /// Looks an environment variable up.
    pub(super) env: &'a dyn Fn(&str) -> Option<String>,
    /// The keys of files that were looked for so far.
    named: RefCell<Vec<(String, PathBuf)>>,
}

impl<'a> Surroundings<'a> {
    pub(super) fn new(sources: &'a Sources, env: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { sources, env, named: RefCell::default() }
    }

    /// The bytes of a secret; none where it cannot be had, which is noted then.
    pub(super) fn secret(&self, key: &Key<Secret>, findings: &Findings<'_>) -> Option<Vec<u8>> {
        let (secret, place) = key.here()?;
        match secret {
            Either::Word(_) => {
                let remedy = "write `{ env = \"NAME\" }` or `{ file = \"path\" }`";
                findings.error(&place, "a secret may not be written out in this file", remedy);
                None
            }
            Either::Other(source) => self.look_up(source, &place, findings),
        }
    }

    /// The file that a secret stands in, if it stands in one.
    pub(super) fn file_of(&self, key: &Key<Secret>) -> Option<PathBuf> {
        let Some(Either::Other(source)) = key.get() else { return None };
        source.file.get().map(|path| self.path(&source.file, path))
    }

    fn look_up(&self, source: &SecretSource, place: &Place, findings: &Findings<'_>) -> Option<Vec<u8>> {
        match (source.env.here(), source.file.here()) {
            (Some((name, place)), None) if !source.file.is_written() => self.variable(name, &place, findings),
            (None, Some((path, place))) if !source.env.is_written() => {
                let mut bytes = self.file(path, &place, findings)?;
                while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
                    bytes.pop();
                }
                not_empty(bytes, &format!("file `{path}`"), &place, findings)
            }
            _ if source.env.is_unreadable() || source.file.is_unreadable() => None,
            _ if findings.is_misspelt(place, &["env", "file"]) => None,
            _ => {
                let remedy = "write one of `{ env = \"NAME\" }` and `{ file = \"path\" }`";
                findings.error(place, "this does not say where the secret is", remedy);
                None
            }
        }
    }

    fn variable(&self, name: &str, place: &Place, findings: &Findings<'_>) -> Option<Vec<u8>> {
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with(|letter: char| letter.is_ascii_digit());
        if name.is_empty() || !is_name {
            // Perhaps it is the secret itself. It is not repeated.
            findings.hide(place.value.clone());
            let remedy = "write the name of the variable that holds the secret, of letters, digits and `_`";
            findings.error(place, "this is no name of an environment variable", remedy);
            return None;
        }
        match (self.env)(name) {
            Some(value) => not_empty(value.into_bytes(), &format!("environment variable `{name}`"), place, findings),
            None => {
                let message = format!("`{name}`: no such environment variable (or not Unicode)");
                findings.error(place, message, "set it before the start");
                None
            }
        }
    }

    /// A path that stands behind a key: relative to the folder of the text that says so.
    pub(super) fn path(&self, key: &Key<String>, path: &str) -> PathBuf {
        self.named(&key.place(), path)
    }

    /// What else a file is, of all that was looked for so far: the key that names it, or the policy itself.
    pub(super) fn known_as(&self, file: &Path) -> Option<String> {
        if self.sources.files().iter().any(|policy| are_same(policy, file)) {
            return Some("the policy itself".to_owned());
        }
        let named = self.named.borrow();
        named.iter().find(|(_, other)| are_same(other, file)).map(|(key, _)| format!("the file of `{key}`"))
    }

    /// The bytes of a file beside the policy.
    pub(super) fn file(&self, path: &str, place: &Place, findings: &Findings<'_>) -> Option<Vec<u8>> {
        let read = fs::read(self.named(place, path));
        let note = |error: &std::io::Error| {
            let remedy = of_unread(error, "paths are relative to the folder of this file");
            findings.error(place, format!("`{path}`: cannot be read ({error})"), remedy);
        };
        read.inspect_err(note).ok()
    }

    fn named(&self, place: &Place, path: &str) -> PathBuf {
        let file = self.sources.path(place.value.start, path);
        self.named.borrow_mut().push((place.path.clone(), file.clone()));
        file
    }
}

fn not_empty(bytes: Vec<u8>, what: &str, place: &Place, findings: &Findings<'_>) -> Option<Vec<u8>> {
    if bytes.is_empty() {
        findings.error(place, format!("the {what} is empty"), "put the secret there");
        return None;
    }
    Some(bytes)
}

/// Strikes out what stands where a secret belongs, whether or not the rest of its table can be read.
pub(super) fn hide_written(table: &DeTable<'_>, findings: &Findings<'_>) {
    for (key, value) in table {
        if is_secret(key.get_ref()) {
            hide(value, findings);
        } else {
            below(value.get_ref(), findings);
        }
    }
}

/// Whether somebody who wrote a key that does not exist may have meant one that holds a secret.
pub(super) fn may_be_meant(key: &str, known: &[&str]) -> bool {
    match nearest(key, known.iter().copied()) {
        Some(name) => is_secret(name),
        None => known.iter().any(|name| is_secret(name)),
    }
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| key.contains(word)) || SECRET_NAMES.contains(&key.as_str())
}

fn below(value: &DeValue<'_>, findings: &Findings<'_>) {
    match value {
        DeValue::Table(table) => hide_written(table, findings),
        DeValue::Array(array) => array.iter().for_each(|value| below(value.get_ref(), findings)),
        _ => {}
    }
}

/// Strikes out everything but the places where a secret is said to be.
pub(super) fn hide(value: &toml::Spanned<DeValue<'_>>, findings: &Findings<'_>) {
    match value.get_ref() {
        DeValue::Table(table) => {
            let other = table.iter().filter(|(key, _)| !["env", "file"].contains(&key.get_ref().as_ref()));
            other.for_each(|(_, value)| hide(value, findings));
        }
        DeValue::Array(array) => array.iter().for_each(|value| hide(value, findings)),
        _ => findings.hide(value.span()),
    }
}

/// Strikes out what stands behind such keys in a file that is no TOML, line by line.
pub(super) fn hide_lines(text: &str, findings: &Findings<'_>) {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if let Some(value) = line.find('=')
            && SECRET_WORDS.iter().chain(&SECRET_NAMES).any(|word| line.to_ascii_lowercase().contains(word))
        {
            findings.hide(start + value + 1..start + line.len());
        }
        start += line.len();
    }
}

const SECRET_WORDS: [&str; 4] = ["secret", "password", "token_", "private"];
const SECRET_NAMES: [&str; 3] = ["send", "key", "redis"];
