//! The texts of a policy: its file, and those that it goes on from (`extends`), each a file or a [preset](super::presets).
//!
//! For whatever is found they are one text, the policy's own first, so a place in it says in which file it is.

use std::{
    fs,
    io::{self, Read},
    ops::Range,
    path::{Path, PathBuf},
};

use toml::{
    Spanned,
    de::{DeTable, Error},
};

use super::{
    merging,
    presets::Preset,
    remedy::{Remedy, did_you_mean, of_unread},
};

/// All texts of a policy, one behind the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Sources {
    text: String,
    parts: Vec<Part>,
}

/// Where a text comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    File,
    Preset,
    /// It was written by the program itself.
    Program,
}

/// One of the texts.
#[derive(Clone, Debug)]
struct Part {
    name: String,
    /// Where relative paths begin.
    folder: PathBuf,
    origin: Origin,
    start: usize,
    /// This text alone, behind as many empty lines as move every place in it to where it is in the whole.
    alone: String,
}

/// A text that comes behind the others.
struct Next {
    name: String,
    folder: PathBuf,
    origin: Origin,
    text: String,
}

/// Why a policy does not go on from what its text names.
pub(super) struct Lost {
    pub(super) at: Range<usize>,
    pub(super) message: String,
    pub(super) remedy: Remedy,
}

impl Sources {
    /// A text, and all that it goes on from, as far as that can be found.
    pub(super) fn of(name: &str, origin: Origin, text: &str) -> (Self, Option<Lost>) {
        let mut sources = Self::default();
        sources.add(Next { name: name.to_owned(), folder: folder_of(Path::new(name)), origin, text: text.to_owned() });
        loop {
            let Some(last) = sources.parts.len().checked_sub(1) else { return (sources, None) };
            let Some((named, at)) = sources.parts.get(last).and_then(extends) else { return (sources, None) };
            let unreadable = || ("this names no policy".to_owned(), REMEDY.into());
            match named.ok_or_else(unreadable).and_then(|named| sources.next(last, &named)) {
                Ok(next) => sources.add(next),
                Err((message, remedy)) => return (sources, Some(Lost { at, message, remedy })),
            }
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The same places with other letters.
    pub(super) fn with_text(self, text: String) -> Self {
        Self { text, ..self }
    }

    /// The files, the policy's own first, where it is one.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let files = self.parts.iter().filter(|part| part.origin == Origin::File);
        files.map(|part| PathBuf::from(&part.name)).collect()
    }

    /// A path that is written at a place, which it is relative to.
    pub(super) fn path(&self, at: usize, path: impl AsRef<Path>) -> PathBuf {
        self.parts.get(self.number(at)).map_or_else(PathBuf::new, |part| part.folder.clone()).join(path)
    }

    /// The name of the file that a place is in, and the bytes of its text.
    pub(super) fn file(&self, at: usize) -> (&str, Range<usize>) {
        let number = self.number(at);
        (self.parts.get(number).map_or("", |part| part.name.as_str()), self.range(number))
    }

    /// The tables of all texts in one, and what is wrong with them as TOML. The earlier text wins. Each is looked at before that.
    pub(super) fn tables(&self, look_at: impl Fn(&DeTable<'_>)) -> (Spanned<DeTable<'_>>, Vec<Error>) {
        let mut tables = self.parts.iter().map(|part| {
            let (mut table, errors) = DeTable::parse_recoverable(&part.alone);
            for own in Preset::ITS_OWN.into_iter().filter(|_| part.origin == Origin::Preset) {
                table.get_mut().remove(own);
            }
            look_at(table.get_ref());
            (table, errors)
        });
        let (mut own, mut errors) = tables.next().unwrap_or_else(|| DeTable::parse_recoverable(""));
        for (base, more) in tables {
            merging::go_on_from(own.get_mut(), base.into_inner());
            errors.extend(more);
        }
        (own, errors)
    }

    fn add(&mut self, next: Next) {
        let start = self.text.len();
        self.text += &next.text;
        if !next.text.ends_with('\n') {
            self.text.push('\n');
        }
        let alone = "\n".repeat(start) + &next.text;
        self.parts.push(Part { name: next.name, folder: next.folder, origin: next.origin, start, alone });
    }

    /// What comes behind a text that names it.
    fn next(&self, last: usize, named: &str) -> Result<Next, (String, Remedy)> {
        if self.parts.len() >= MOST {
            return Err((
                format!("`{named}`: more than {MOST} policies go on from one another"),
                "write them in fewer".into(),
            ));
        }
        if let Some(name) = named.strip_prefix("preset:") {
            let preset = Preset::named(name);
            let unknown = || (format!("`{name}`: no such preset"), did_you_mean(name, Preset::names()).into());
            let text = preset.ok_or_else(unknown)?.text.to_owned();
            return Ok(Next { name: named.to_owned(), folder: PathBuf::new(), origin: Origin::Preset, text });
        }
        let path = self.parts.get(last).map_or_else(PathBuf::new, |part| part.folder.clone()).join(named);
        let same = |file: &Path| {
            fs::canonicalize(file).ok().zip(fs::canonicalize(&path).ok()).is_some_and(|(one, other)| one == other)
        };
        if self.files().iter().any(|file| same(file)) {
            return Err((
                format!("`{named}`: this file goes on from itself"),
                "leave `extends` out in one of the files".into(),
            ));
        }
        let text = read(&path).map_err(|error| {
            let remedy = match Preset::named(named) {
                Some(_) => format!("did you mean `preset:{named}`?"),
                None => of_unread(&error, REMEDY).to_owned(),
            };
            (format!("`{named}`: cannot be read ({error})"), remedy.into())
        })?;
        Ok(Next { name: path.display().to_string(), folder: folder_of(&path), origin: Origin::File, text })
    }

    fn range(&self, number: usize) -> Range<usize> {
        let start = |number: usize| self.parts.get(number).map_or(self.text.len(), |part| part.start);
        start(number)..start(number + 1)
    }

    /// Which text a place is in.
    fn number(&self, at: usize) -> usize {
        self.parts.iter().rposition(|part| part.start <= at).unwrap_or(0)
    }
}

/// What a text says that it goes on from, if that is a text, and where.
fn extends(part: &Part) -> Option<(Option<String>, Range<usize>)> {
    let (table, _) = DeTable::parse_recoverable(&part.alone);
    let extends = table.get_ref().get(EXTENDS)?;
    Some((extends.get_ref().as_str().map(str::to_owned), extends.span()))
}

/// A file, if it is no larger than any policy: of one that was cut off, rules would be missing.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(LARGEST + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    // A byte order mark counts at the beginning of the whole only; so many spaces leave every place where it is.
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), |rest| format!("   {rest}")))
}

fn folder_of(file: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).to_owned()
}

/// How many texts there are at most.
const MOST: usize = 8;

/// In bytes.
const LARGEST: u64 = 16 << 20;

const EXTENDS: &str = "extends";

const REMEDY: &str = "name a preset (`preset:NAME`) or a file, relative to the folder of this one";
