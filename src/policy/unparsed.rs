//! What is wrong with a text that is no TOML, and what to write instead.

use toml::de::Error;

use super::{
    diagnostics::{Findings, Place},
    remedy::Remedy,
    sources::Sources,
};

/// Notes what keeps a text from being TOML.
pub(super) fn note(sources: &Sources, errors: Vec<Error>, findings: &Findings<'_>) {
    let mut doubled: Option<&str> = None;
    let mut noted = 0;
    for error in errors {
        let value = error.span().unwrap_or_default();
        let lines = Lines::around(sources, value.start);
        let is_double = error.message() == DUPLICATE;
        // Where a table stands twice, so do all its keys.
        let is_known = is_double && doubled.is_some_and(|table| table == lines.table);
        if is_double && lines.is_table() {
            doubled = Some(lines.table);
        }
        // Of a file that is none, every line is wrong: the first few say so.
        if is_known || noted == MOST {
            continue;
        }
        noted += 1;
        let message = if is_double { lines.doubled() } else { format!("not TOML: {}", error.message()) };
        let wrong = sources.text().get(value.clone()).unwrap_or_default();
        let remedy: Remedy = match () {
            () if is_double => lines.remedy().into(),
            // A word that begins as `nan` or `inf` does.
            () if error.message().starts_with(NO_FLOAT) && wrong.starts_with(char::is_alphabetic) => {
                "a text stands in quotes".into()
            }
            () if wrong.contains(TYPOGRAPHIC) => "these are typographic quotes; TOML takes `\"`".into(),
            () => "".into(),
        };
        findings.error(&Place { key: value.clone(), value, path: String::new() }, message, remedy);
    }
}

/// A line of a text, and those before it.
struct Lines<'t> {
    before: &'t str,
    line: &'t str,
    /// The last line up to this one that begins a table.
    table: &'t str,
}

impl<'t> Lines<'t> {
    fn around(sources: &'t Sources, at: usize) -> Self {
        let (_, part) = sources.file(at);
        let (at, text) = (at.saturating_sub(part.start), sources.text().get(part).unwrap_or_default());
        let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let (before, rest) = text.split_at_checked(start).unwrap_or_default();
        let line = rest.lines().next().unwrap_or_default().trim();
        let table = if line.starts_with('[') { line } else { before.lines().rev().find_map(table).unwrap_or_default() };
        Self { before, line, table }
    }

    fn is_table(&self) -> bool {
        self.line.starts_with('[')
    }

    fn doubled(&self) -> String {
        let what = if self.is_table() { "this table" } else { "this key" };
        match self.first() {
            Some(first) => format!("{what} stands in line {first} already"),
            None => format!("{what} is there already, by what stands above"),
        }
    }

    /// The line in which the same stands first, from 1 on.
    fn first(&self) -> Option<usize> {
        // A line within a text may look like a table or a key.
        if ["\"\"\"", "'''"].into_iter().any(|quotes| self.before.contains(quotes)) {
            return None;
        }
        let all = || (1..).zip(self.before.lines().map(str::trim));
        if self.is_table() {
            // Each table of a list has its own below it.
            let parent = all().filter(|(_, line)| self.is_below(line)).last().map_or(0, |(number, _)| number);
            let mut below = all().filter(|(number, _)| *number > parent);
            return below.find(|(_, line)| name(line) == name(self.line)).map(|(number, _)| number);
        }
        let of_table = all().filter(|(_, line)| line.starts_with('[')).last().map_or(0, |(number, _)| number);
        let key = |line: &'t str| line.split_once('=').map(|(key, _)| key.trim());
        let same = |line: &'t str| key(line).is_some() && key(line) == key(self.line);
        all().filter(|(number, _)| *number > of_table).find(|(_, line)| same(line)).map(|(number, _)| number)
    }

    /// Whether this table belongs to the one of a list that a line begins.
    fn is_below(&self, line: &str) -> bool {
        let rest = name(self.line).zip(name(line)).and_then(|(own, parent)| own.strip_prefix(parent));
        line.starts_with("[[") && rest.is_some_and(|rest| rest.starts_with('.'))
    }

    fn remedy(&self) -> &'static str {
        match () {
            () if self.line.starts_with("[[") => {
                "tables of an endpoint, such as `[endpoints.items]`, stand below its `[[endpoints]]`, and a table that there \
                 may be several of has two brackets each time"
            }
            () if self.line.starts_with("[endpoints.") => {
                "write all of it in one; what is of another endpoint stands below that one's `[[endpoints]]`"
            }
            () if self.is_table() => "write all of it in one",
            () => "leave one of the two",
        }
    }
}

fn table(line: &str) -> Option<&str> {
    Some(line.trim()).filter(|line| line.starts_with('['))
}

/// What a line that begins a table calls it.
fn name(line: &str) -> Option<&str> {
    let (name, _) = table(line)?.trim_start_matches('[').split_once(']')?;
    Some(name.trim())
}

/// What `toml` says of a key or a table that stands twice.
const DUPLICATE: &str = "duplicate key";

/// And of a value that seems to be a number.
const NO_FLOAT: &str = "invalid float";

const TYPOGRAPHIC: [char; 10] = ['“', '”', '„', '‘', '’', '‚', '«', '»', '‹', '›'];

const MOST: usize = 3;
