//! The rules of an answer, as they are given.

use std::{fmt, sync::Arc};

use super::limits::Limits;
use crate::shaping::{path::Path, treatment::Treatment};

/// The rules of one kind of answer. By default there is none.
#[derive(Clone, Debug, Default)]
pub struct JsonRules {
    /// Paths from the root of the document, and what happens there.
    pub rules: Vec<(Path, Treatment)>,
    /// Nothing leaves but what these paths select and what a rule shows, each with all that lies in it and is not hidden by another
    /// rule. The arrays and objects around it leave, with their names, as far as such a path may lead into them: with a descendant
    /// (`..`) all do. Without it everything leaves.
    pub only: Option<Vec<Path>>,
    /// Where documents stand in strings.
    pub nested: Vec<(Path, Nested)>,
    /// The path of the items, which are chosen and which templates (`text`) read from; for templates the whole document is one
    /// item without it. A template outside of every item removes its field.
    pub item: Option<Path>,
}

/// What kind of document stands in a string.
#[derive(Clone, Debug)]
pub enum Nested {
    /// JSON. The paths of the rules go on in it.
    Json,
    /// Another kind, which is shaped there.
    Other(Arc<dyn Reshape>),
}

impl Nested {
    /// Whether two are one.
    pub(super) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Json, Self::Json) => true,
            (Self::Other(one), Self::Other(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

/// Shapes a text of another kind than JSON.
pub trait Reshape: fmt::Debug + Send + Sync {
    /// The text as it may be shown; `None` where it cannot be read, or becomes longer than `limits.item`.
    fn reshape(&self, text: &str, limits: Limits) -> Option<String>;
}
