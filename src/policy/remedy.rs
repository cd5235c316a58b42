//! What to write instead of what is wrong.

use std::io::{self, ErrorKind};

pub(super) use crate::nearest::{did_you_mean, nearest};

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
