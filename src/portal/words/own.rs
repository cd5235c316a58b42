//! A business's own words: files of texts, and what may be wrong in them.

use std::{collections::BTreeSet, fmt, fs, io, ops::Range, path::Path};

use toml::{
    Table, Value,
    de::{DeTable, DeValue},
};

use super::{Named, text::blanks};
use crate::nearest::{did_you_mean, nearest};

/// A file of texts for one language.
#[derive(Debug)]
pub(crate) struct OwnText {
    pub(crate) tag: String,
    file: String,
    text: String,
}

/// Something in a file of texts that cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WrongText {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) says: String,
}

impl fmt::Display for WrongText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`, line {}: {}", self.file, self.line, self.says)
    }
}

impl OwnText {
    /// The files of a folder, in the order of their names. Others than `*.toml` are let be.
    pub(crate) fn in_folder(folder: &Path) -> io::Result<Vec<Self>> {
        let mut files: Vec<_> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
        files.sort();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        let read = |path: &std::path::PathBuf| {
            let name = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
            Ok(Self::new(name(path.file_stem()), name(path.file_name()), fs::read_to_string(path)?))
        };
        files.iter().map(read).collect()
    }

    /// Texts for the language of a tag.
    pub(crate) fn new(tag: impl Into<String>, file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { tag: tag.into(), file: file.into(), text: text.into() }
    }

    /// The texts. There are none where [`wrong`](Self::wrong) has found that this is no TOML.
    pub(super) fn table(&self) -> Table {
        self.text.parse().unwrap_or_default()
    }

    /// All that cannot be used, measured by the English texts.
    pub(super) fn wrong(&self, english: &Table, named: &Named<'_>) -> Vec<WrongText> {
        let mut check = Check { own: self, english, named, found: Vec::new() };
        if !is_tag(&self.tag) {
            let says = format!("`{}`: no language's tag; name the file `fr.toml`, or `de-at.toml`", self.tag);
            check.note(0..0, says);
            return check.found;
        }
        match DeTable::parse(&self.text) {
            Ok(table) => check.table(table.get_ref(), english, ""),
            Err(error) => check.note(error.span().unwrap_or_default(), format!("not TOML: {}", error.message())),
        }
        check.found
    }
}

struct Check<'a> {
    own: &'a OwnText,
    english: &'a Table,
    named: &'a Named<'a>,
    found: Vec<WrongText>,
}

impl Check<'_> {
    fn table(&mut self, own: &DeTable<'_>, english: &Table, at: &str) {
        for (key, value) in own {
            let name = key.get_ref().as_ref();
            let here = below(at, name);
            let names = self.names(at);
            let known: Vec<&str> = names.clone().unwrap_or_else(|| english.keys().map(String::as_str).collect());
            if !known.contains(&name) {
                let says = match names {
                    Some(_) => {
                        let remedy = did_you_mean(name, known).map_or(String::new(), |remedy| format!("; {remedy}"));
                        format!("`{here}`: the policy has no such name{remedy}")
                    }
                    None => format!("`{here}`: no such text; {}", self.instead(name, at, &known)),
                };
                self.note(key.span(), says);
                continue;
            }
            // A name that the policy has and the crate does not know is treated as those that it knows.
            match english.get(name).or_else(|| english.values().next()) {
                Some(model) => self.value(value.get_ref(), model, &here, value.span()),
                None => self.note(key.span(), format!("`{here}`: nothing can stand here")),
            }
        }
    }

    /// What there is instead of a text that there is not: one that it is a slip of, else those of the same name elsewhere.
    fn instead(&self, name: &str, at: &str, known: &[&str]) -> String {
        let meant = match nearest(name, known.iter().copied()) {
            Some(near) => vec![below(at, near)],
            None => all_named(name, self.english, ""),
        };
        match meant.is_empty() {
            true => "every text there is stands in the crate's `src/portal/words/en.toml`".to_owned(),
            false => format!("did you mean `{}`?", meant.join("` or `")),
        }
    }

    fn value(&mut self, own: &DeValue<'_>, model: &Value, at: &str, span: Range<usize>) {
        match (own, model) {
            (DeValue::String(own), Value::String(model)) => self.blanks(&[own.as_ref()], &blanks(model), at, span),
            (DeValue::Array(own), Value::Array(model)) => {
                let texts = own.iter().all(|one| one.get_ref().as_str().is_some());
                if !texts || own.len() != model.len() {
                    self.note(span, format!("`{at}`: write {} texts", model.len()));
                }
            }
            (own, Value::Table(model)) if model.contains_key("other") => self.counted(own, model, at, span),
            (DeValue::Table(own), Value::Table(model)) => self.table(own, model, at),
            (_, Value::Table(_)) => self.note(span, format!("`{at}`: write `[{at}]`, and the texts below it")),
            (_, Value::Array(model)) => self.note(span, format!("`{at}`: write a list of {} texts", model.len())),
            (_, _) => self.note(span, format!("`{at}`: write one text in quotes")),
        }
    }

    /// A text that counts: with a form for one and another, or with one for both.
    fn counted(&mut self, own: &DeValue<'_>, model: &Table, at: &str, span: Range<usize>) {
        let mut known: BTreeSet<&str> = model.values().filter_map(Value::as_str).flat_map(blanks).collect();
        known.insert("n");
        let forms = match own {
            DeValue::String(text) => vec![text.as_ref()],
            DeValue::Table(forms) => {
                let form = |name: &str| forms.iter().find(|(key, _)| key.get_ref() == name)?.1.get_ref().as_str();
                form("one")
                    .zip(form("other"))
                    .filter(|_| forms.len() == 2)
                    .map_or(Vec::new(), |(one, other)| vec![one, other])
            }
            _ => Vec::new(),
        };
        if forms.is_empty() {
            self.note(span, format!("`{at}`: write one text, or {{ one = \"…\", other = \"…\" }}"));
        } else {
            self.blanks(&forms, &known, at, span);
        }
    }

    /// What is to be filled in must be there to be filled in.
    fn blanks(&mut self, forms: &[&str], known: &BTreeSet<&str>, at: &str, span: Range<usize>) {
        let unknown = forms.iter().flat_map(|form| blanks(form)).find(|blank| !known.contains(blank));
        if let Some(blank) = unknown {
            let known: Vec<_> = known.iter().map(|blank| format!("`{{{blank}}}`")).collect();
            let there = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
            self.note(span, format!("`{at}`: `{{{blank}}}` is not filled in here; what is: {there}"));
        }
    }

    /// The names that a table may have, where they are the policy's.
    fn names(&self, at: &str) -> Option<Vec<&str>> {
        match at {
            "stages" => Some(self.named.ladder.rungs().iter().map(|rung| rung.name.as_str()).collect()),
            "endpoints" => Some(self.named.endpoints.clone()),
            "purposes" => Some(self.named.purposes.iter().map(|purpose| purpose.name.as_str()).collect()),
            "because.events" | "missing.events" | "policy.events" | "policy.taking" | "kept.counts" => {
                Some(self.named.events.clone())
            }
            _ => None,
        }
    }

    fn note(&mut self, span: Range<usize>, says: String) {
        let before = self.own.text.get(..span.start).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        self.found.push(WrongText { file: self.own.file.clone(), line, says });
    }
}

/// The whole name of what stands in a table.
fn below(table: &str, name: &str) -> String {
    if table.is_empty() { name.to_owned() } else { format!("{table}.{name}") }
}

/// The whole names of all that has a name, in a table and below it.
fn all_named(name: &str, table: &Table, at: &str) -> Vec<String> {
    let found = |(own, value): (&String, &Value)| {
        let here = below(at, own);
        let more = value.as_table().map_or(Vec::new(), |table| all_named(name, table, &here));
        (own == name).then_some(here).into_iter().chain(more)
    };
    table.iter().flat_map(found).collect()
}

/// A language and what follows it, in small letters: enough of RFC 5646 to be found by `Accept-Language`.
fn is_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language =
        parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase()));
    language
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}
