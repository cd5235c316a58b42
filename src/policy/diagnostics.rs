//! What is wrong with a policy file, told so that it can be put right.

use std::{
    cell::RefCell,
    error::Error,
    fmt,
    ops::Range,
    path::{Path, PathBuf},
};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{
    remedy::{Remedy, nearest},
    sources::Sources,
};

/// Everything found in a policy: its errors, or the warnings where there is no error.
///
/// [`Display`](fmt::Display) shows the findings with file, line, column, the source line, the key, the value and the
/// remedy. A secret's value is never among it, also where it stands in the file: it is shown as `*`.
///
/// ```
/// use tower_rapport::policy::{Policy, Severity};
///
/// let found = Policy::from_toml("rapport.toml", "modus = \"observe\"", |_| None).unwrap_err();
/// eprintln!("{}", found.render(true)); // for a terminal; for an editor, each by itself
/// let typo = found.iter().find(|finding| finding.key == "modus").expect("the key that there is not");
/// assert_eq!((typo.severity, typo.line, typo.column), (Severity::Error, 1, 1));
/// assert!(typo.message.contains("`modus`"));
/// ```
#[derive(Clone)]
pub struct Diagnostics {
    /// The texts, secrets struck out.
    sources: Sources,
    list: Vec<Diagnostic>,
}

/// One finding in a policy.
///
/// See the example of [`Diagnostics`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Whether the policy cannot be used.
    pub severity: Severity,
    /// The file, or the preset.
    pub file: String,
    /// The line, from 1 on; 1 where the finding has no place.
    pub line: usize,
    /// The column in characters, from 1 on.
    pub column: usize,
    /// The key as a path from the top of the file, such as `stages[1].needs.known_for`.
    pub key: String,
    /// What is wrong, with the value in backticks.
    pub message: String,
    /// What to write instead.
    pub remedy: Option<String>,
    span: Option<Range<usize>>,
    /// Whether the same may stand in many places, and is shown at the first one.
    is_shown_once: bool,
}

/// How grave a finding is.
///
/// See the example of [`Diagnostics`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The policy cannot be used.
    Error,
    /// The policy can be used; something in it has no effect, or another one than might be thought.
    Warning,
}

impl Diagnostics {
    /// The findings, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.list.iter()
    }

    /// The findings as a slice.
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.list
    }

    /// The files that were read: the policy's own, then those that it goes on from, as far as they were found.
    pub fn files(&self) -> Vec<PathBuf> {
        self.sources.files()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The findings as text, with colours for a terminal or without. What is wrong alike in many places, such as the name of a
    /// stage that there is not, is shown at the first one, with the lines of the others.
    pub fn render(&self, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let mut shown: Vec<(&Diagnostic, Vec<usize>)> = Vec::new();
        for finding in &self.list {
            match shown.iter_mut().find(|(first, _)| first.is_shown_for(finding)) {
                Some((_, lines)) => lines.push(finding.line),
                None => shown.push((finding, Vec::new())),
            }
        }
        let blocks: Vec<_> = shown.iter().map(|(finding, lines)| self.render_one(finding, lines, &renderer)).collect();
        blocks.join("\n\n")
    }

    /// A finding about a file of which no line can be shown.
    pub(super) fn of_file(file: &Path, line: usize, message: &str, remedy: &str) -> Self {
        let finding = Diagnostic {
            severity: Severity::Error,
            file: file.display().to_string(),
            line,
            column: 1,
            key: String::new(),
            message: format!("{}: {message}", file.display()),
            remedy: Some(remedy.to_owned()),
            span: None,
            is_shown_once: false,
        };
        Self { sources: Sources::default(), list: vec![finding] }
    }

    fn render_one(&self, finding: &Diagnostic, further: &[usize], renderer: &Renderer) -> String {
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = finding.told(further);
        let Some(span) = finding.span.clone() else {
            return renderer.render(&[Group::with_title(level.primary_title(title))]);
        };
        let (file, part) = self.sources.file(span.start);
        let span = self.within_its_line(span);
        let span = span.start.saturating_sub(part.start)..span.end.saturating_sub(part.start);
        let caret = AnnotationKind::Primary.span(span).label(finding.key.as_str());
        let text = self.sources.text().get(part).unwrap_or_default();
        let source = Snippet::source(text).path(file).annotation(caret);
        renderer.render(&[level.primary_title(title).element(source)])
    }

    /// A caret below a whole table would be a page long.
    fn within_its_line(&self, span: Range<usize>) -> Range<usize> {
        let text = self.sources.text();
        let rest = text.get(span.start..).unwrap_or_default();
        let line = rest.find(['\n', '\r']).map_or(text.len(), |length| span.start + length);
        span.start..span.end.min(line).max(span.start)
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

/// What `unwrap`, or a `main` that returns it, puts behind `Error: `: the outcome on that line, and below it the same as
/// [`Display`](fmt::Display).
impl fmt::Debug for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.list.iter().any(|finding| finding.severity == Severity::Error) {
            f.write_str("the policy cannot be used\n")?;
        }
        fmt::Display::fmt(self, f)
    }
}

impl Error for Diagnostics {}

/// The message and its remedy on one line.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.told(&[]))
    }
}

impl Diagnostic {
    /// Whether it says all that another one does, but for the place.
    fn is_shown_for(&self, other: &Self) -> bool {
        self.is_shown_once && self.file == other.file && self.message == other.message && self.remedy == other.remedy
    }

    /// The message, the further lines that it is for, and the remedy.
    fn told(&self, further: &[usize]) -> String {
        let remedy = self.remedy.iter().map(|remedy| format!("; {remedy}"));
        [self.message.clone(), and_in(self.line, further)].into_iter().chain(remedy).collect()
    }
}

/// That something stands not only in this line, but in others.
fn and_in(first: usize, further: &[usize]) -> String {
    let mut lines = further.to_vec();
    lines.retain(|line| *line != first);
    lines.dedup();
    let named: Vec<_> = lines.iter().take(LINES).map(ToString::to_string).collect();
    match (named.as_slice(), lines.len() - named.len()) {
        ([], _) => String::new(),
        ([line], _) => format!(", here and in line {line}"),
        ([before @ .., last], 0) => format!(", here and in lines {} and {last}", before.join(", ")),
        (lines, more) => format!(", here and in lines {} and {more} more", lines.join(", ")),
    }
}

/// So many lines are named; who mends these looks for the others.
const LINES: usize = 6;

/// Takes in what is found while a file is read.
pub(super) struct Findings<'t> {
    sources: &'t Sources,
    list: RefCell<Vec<Diagnostic>>,
    hidden: RefCell<Vec<Range<usize>>>,
}

/// Where something stands, and what it is called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// The bytes of the value.
    pub(super) value: Range<usize>,
    /// The bytes of the key before it; those of the value in an array.
    pub(super) key: Range<usize>,
    /// The key as a path from the top.
    pub(super) path: String,
}

impl Place {
    /// The same place with the caret below the key instead of the value.
    pub(super) fn of_key(&self) -> Self {
        Self { value: self.key.clone(), ..self.clone() }
    }

    /// A place in the same spot that speaks of a key within it.
    pub(super) fn child(&self, key: &str) -> Self {
        let path = if self.path.is_empty() { key.into() } else { format!("{}.{key}", self.path) };
        Self { path, ..self.clone() }
    }
}

impl<'t> Findings<'t> {
    pub(super) fn new(sources: &'t Sources) -> Self {
        Self { sources, list: RefCell::default(), hidden: RefCell::default() }
    }

    /// Notes what makes the policy unusable.
    pub(super) fn error(&self, place: &Place, message: impl Into<String>, remedy: impl Into<Remedy>) {
        self.add(Severity::Error, place, message.into(), remedy.into(), false);
    }

    /// The same of what may be wrong in many places alike: each is noted, and in each file the first one shown.
    pub(super) fn error_shown_once(&self, place: &Place, message: impl Into<String>, remedy: impl Into<Remedy>) {
        self.add(Severity::Error, place, message.into(), remedy.into(), true);
    }

    /// Notes what the operator should know.
    pub(super) fn warn(&self, place: &Place, message: impl Into<String>, remedy: impl Into<Remedy>) {
        self.add(Severity::Warning, place, message.into(), remedy.into(), false);
    }

    /// Adds what to write to what was noted of a value, where nothing is said of it yet.
    pub(super) fn advise(&self, place: &Place, remedy: String) {
        let mut list = self.list.borrow_mut();
        if let Some(noted) = list.iter_mut().find(|finding| finding.key == place.path) {
            noted.remedy.get_or_insert(remedy);
        }
    }

    /// Strikes out a part of the text wherever it would be shown.
    pub(super) fn hide(&self, span: Range<usize>) {
        self.hidden.borrow_mut().push(span);
    }

    /// A value as it stands in the file, if it is short and may be shown.
    pub(super) fn shown(&self, span: &Range<usize>) -> Option<&'t str> {
        let hidden = self.hidden.borrow().iter().any(|hidden| hidden.start < span.end && span.start < hidden.end);
        let text = self.sources.text().get(span.clone()).filter(|text| text.len() <= 60 && !text.contains('\n'))?;
        (!hidden && !text.is_empty()).then_some(text)
    }

    pub(super) fn has_errors(&self) -> bool {
        self.list.borrow().iter().any(|finding| finding.severity == Severity::Error)
    }

    /// Whether one of these keys of a table is misspelt, which is noted then: that it is missing need not be said, too.
    pub(super) fn is_misspelt(&self, table: &Place, keys: &[&str]) -> bool {
        self.has_errors_in(table, |key| !key.contains('.') && nearest(key, keys.iter().copied()).is_some())
    }

    /// Whether something is wrong with a key of a table, of those that are meant.
    pub(super) fn has_errors_in(&self, table: &Place, is_meant: impl Fn(&str) -> bool) -> bool {
        let inside = table.child("");
        let key = |finding: &Diagnostic| finding.key.strip_prefix(inside.path.as_str()).is_some_and(&is_meant);
        self.list.borrow().iter().any(|finding| finding.severity == Severity::Error && key(finding))
    }

    /// All that was found, in order. Warnings wait until there is no error.
    pub(super) fn into_diagnostics(self) -> Diagnostics {
        let failed = self.has_errors();
        let mut list = self.list.into_inner();
        list.retain(|finding| !failed || finding.severity == Severity::Error);
        list.sort_by_key(|finding| (finding.severity, finding.span.clone().map_or(0, |span| span.start)));
        list.dedup();
        let text = without(self.sources.text(), &self.hidden.into_inner());
        Diagnostics { sources: self.sources.clone().with_text(text), list }
    }

    fn add(&self, severity: Severity, place: &Place, message: String, remedy: Remedy, is_shown_once: bool) {
        let (file, part) = self.sources.file(place.value.start);
        let before = self.sources.text().get(part.start..place.value.start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        self.list.borrow_mut().push(Diagnostic {
            severity,
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
            key: place.path.clone(),
            message,
            remedy: remedy.into_text(),
            span: Some(place.value.clone()),
            is_shown_once,
        });
    }
}

/// The text with every hidden part struck out. Lengths stay, so that all places do.
fn without(text: &str, hidden: &[Range<usize>]) -> String {
    let struck =
        |at: usize, letter: char| hidden.iter().any(|span| span.contains(&at)) && !matches!(letter, '\n' | '\r');
    text.char_indices()
        .map(|(at, letter)| if struck(at, letter) { "*".repeat(letter.len_utf8()) } else { letter.into() })
        .collect()
}
