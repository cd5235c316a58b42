//! Names, and what they name.

use crate::{
    name::Name,
    policy::{
        diagnostics::{Findings, Place},
        keys::Key,
        remedy::did_you_mean,
    },
};

/// The names of one kind that the file gives, in its order.
#[derive(Clone, Debug)]
pub(in crate::policy) struct Names {
    /// What they are names of, such as `stage`.
    pub(super) what: &'static str,
    pub(super) names: Vec<Name>,
    /// Whether all could be read. Else a name that is not among them may still be right.
    pub(super) complete: bool,
    /// Where the file gives them.
    pub(super) place: Place,
}

impl Names {
    /// The number of a name, from 0 on; none where there is no such name, which is noted then.
    pub(super) fn find(&self, name: &str, place: &Place, findings: &Findings<'_>) -> Option<usize> {
        let found = self.position(name);
        if found.is_none() && self.complete {
            let known = did_you_mean(name, self.names.iter().map(Name::as_str));
            findings.error_shown_once(place, format!("`{name}`: no such {}", self.what), known);
        }
        found
    }

    /// The number of a name that a key gives.
    pub(super) fn at(&self, key: &Key<String>, findings: &Findings<'_>) -> Option<usize> {
        let (name, place) = key.here()?;
        self.find(name, &place, findings)
    }

    /// The number of the name that a key gives, or of a default, which must be there too.
    pub(super) fn at_or(
        &self,
        key: &Key<String>,
        default: &'static str,
        path: &str,
        findings: &Findings<'_>,
    ) -> Option<usize> {
        let mut absent = Vec::new();
        let found = self.at_or_absent(key, default, path, &mut absent, findings);
        self.note_absent(&absent, path, |known| format!("write `{path}` with one of {known}"), findings);
        found
    }

    /// The same for one of many keys: a default that is not there is one of the `absent`, by the path of its key.
    pub(super) fn at_or_absent(
        &self,
        key: &Key<String>,
        default: &'static str,
        path: &str,
        absent: &mut Vec<(String, &'static str)>,
        findings: &Findings<'_>,
    ) -> Option<usize> {
        if key.is_written() {
            return self.at(key, findings);
        }
        let found = self.position(default);
        if found.is_none() {
            absent.push((path.to_owned(), default));
        }
        found
    }

    /// Notes at once all defaults that are not there. The remedy is made of the names that are.
    pub(super) fn note_absent(
        &self,
        absent: &[(String, &'static str)],
        path: &str,
        remedy: impl Fn(&str) -> String,
        findings: &Findings<'_>,
    ) {
        if absent.is_empty() || !self.complete {
            return;
        }
        let is: Vec<_> = absent.iter().map(|(path, default)| format!("`{path}` is `{default}`")).collect();
        let message = format!("{} where it is not written, and there is no such {}", is.join(", "), self.what);
        let known: Vec<_> = self.names.iter().map(|name| format!("`{name}`")).collect();
        findings.error(&Place { path: path.into(), ..self.place.clone() }, message, remedy(&known.join(", ")));
    }

    /// The number of a name, if it is there.
    fn position(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| *known == *name)
    }
}

/// A name as a key gives it.
pub(super) fn name(key: &Key<String>, table: &Place, findings: &Findings<'_>) -> Option<Name> {
    let text = required(key, table, "name", findings)?;
    let read = text.parse::<Name>();
    read.map_err(|error| findings.error(&key.place(), format!("`{text}`: no name"), error.to_string())).ok()
}

/// What stands behind a key that must be there. One that is misspelt is noted already.
pub(super) fn required<'a, T>(key: &'a Key<T>, table: &Place, name: &str, findings: &Findings<'_>) -> Option<&'a T> {
    if !key.is_written() && !findings.is_misspelt(table, &[name]) {
        findings.error(&table.child(name), format!("`{name}` is missing"), format!("write `{name} = …` here"));
    }
    key.get()
}

/// A text that may not be empty.
pub(super) fn text<'a>(key: &'a Key<String>, table: &Place, name: &str, findings: &Findings<'_>) -> Option<&'a str> {
    let text = required(key, table, name, findings)?;
    if text.trim().is_empty() {
        findings.error(&key.place(), format!("`{name}` is empty"), "write what it is");
        return None;
    }
    Some(text)
}

/// Everything that is read, or nothing; what follows an unreadable one is read all the same.
pub(super) fn all<T>(read: impl Iterator<Item = Option<T>>) -> Option<Vec<T>> {
    read.collect::<Vec<_>>().into_iter().collect()
}

/// What each element of a list means; none where one of them means nothing.
pub(super) fn list<T, M>(key: &Key<Vec<Key<T>>>, read: impl Fn(&Key<T>) -> Option<M>) -> Option<Vec<M>> {
    all(key.get().map_or(&[][..], Vec::as_slice).iter().map(read))
}

/// Notes a name that stood before.
pub(super) fn note_doubles<'a>(
    names: impl Iterator<Item = (&'a str, Place)>,
    what: &str,
    findings: &Findings<'_>,
) -> bool {
    let mut seen: Vec<&str> = Vec::new();
    let mut twice = false;
    for (name, place) in names {
        if seen.contains(&name) {
            findings.error(&place, format!("`{name}`: another {what} has this name already"), "each needs its own");
            twice = true;
        }
        seen.push(name);
    }
    twice
}
