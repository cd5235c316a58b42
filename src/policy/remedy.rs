//! What to write instead of what is wrong.

use std::io::{self, ErrorKind};

/// What to write instead, if there is something to say.
pub(super) struct Remedy(Option<String>);

impl Remedy {
    /// The words, if there are any.
    pub(super) fn into_text(self) -> Option<String> {
        self.0
    }
}

impl From<&str> for Remedy {
    fn from(text: &str) -> Self {
        Self((!text.is_empty()).then(|| text.into()))
    }
}

impl From<String> for Remedy {
    fn from(text: String) -> Self {
        Self((!text.is_empty()).then_some(text))
    }
}

impl From<Option<String>> for Remedy {
    fn from(text: Option<String>) -> Self {
        Self(text)
    }
}

/// What to do about a file that cannot be read; `not_there` where it is not found.
pub(super) fn of_unread<'a>(error: &io::Error, not_there: &'a str) -> &'a str {
    match error.kind() {
        ErrorKind::PermissionDenied => "let the user of this process read it",
        ErrorKind::IsADirectory => "this is a folder; name a file",
        _ => not_there,
    }
}

/// `did you mean …?` for a word that is nearly one of the known ones, else the known ones.
pub(super) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<_> = known.into_iter().collect();
    match (nearest(word, known.iter().copied()), known.as_slice()) {
        (Some(name), _) => Some(format!("did you mean `{name}`?")),
        (None, []) => None,
        (None, [only]) => Some(format!("there is `{only}`")),
        (None, [first @ .., last]) => Some(format!("there are `{}` and `{last}`", first.join("`, `"))),
    }
}

/// The known word that a word is a slip of, if there is one. Capitals make no difference but between words that are equally near.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let slips = |name: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &name.to_lowercase());
    let near = known.map(|name| (slips(name), strsim::damerau_levenshtein(word, name), name)).min();
    near.filter(|(slips, _, name)| *slips <= name.len().max(word.len()) / 3).map(|(.., name)| name)
}
