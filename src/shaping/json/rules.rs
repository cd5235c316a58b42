//! The rules of an answer, as they are given.

use std::{fmt, sync::Arc};

use super::limits::Limits;
use crate::shaping::{path::Path, treatment::Treatment};

/// The rules of one kind of answer. By default there is none.
///
/// ```
/// use std::sync::Arc;
/// use tower_rapport::shaping::{json::{JsonPlan, JsonRules, JsonShaper, Limits, Nested}, path::Path, treatment::Treatment};
///
/// let rules = JsonRules {
///     rules: vec![(Path::parse("$.state.name")?, Treatment::Null)],
///     only: Some(vec![Path::parse("$.id")?, Path::parse("$.state")?]),
///     nested: vec![(Path::parse("$.state")?, Nested::Json)],
///     ..JsonRules::default()
/// };
/// let mut shaper = JsonShaper::new(Arc::new(JsonPlan::of(rules)), Limits::default());
/// let mut out = Vec::new();
/// shaper.write(br#"{"id":1,"state":"{\"name\":\"Anna\"}","new":"that no rule knows"}"#, &mut out)?;
/// shaper.end(&mut out)?;
/// assert_eq!(String::from_utf8(out)?, r#"{"id":1,"state":"{\"name\":null}"}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// See the example of [`JsonRules`], and that of [`Reshape`] for another kind.
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
///
/// ```
/// use std::sync::Arc;
/// use tower_rapport::shaping::{json::{JsonPlan, JsonRules, JsonShaper, Limits, Nested, Reshape}, path::Path};
///
/// /// Text with a greeting in its first line, which names the customer.
/// #[derive(Debug)]
/// struct WithoutGreeting;
///
/// impl Reshape for WithoutGreeting {
///     fn reshape(&self, text: &str, limits: Limits) -> Option<String> {
///         let (_greeting, rest) = text.split_once('\n')?; // in doubt, less: what has no second line is removed
///         (rest.len() <= limits.item).then(|| rest.to_owned())
///     }
/// }
///
/// let nested = vec![(Path::parse("$.mail")?, Nested::Other(Arc::new(WithoutGreeting)))];
/// let plan = JsonPlan::of(JsonRules { nested, ..JsonRules::default() });
/// let (mut shaper, mut out) = (JsonShaper::new(Arc::new(plan), Limits::default()), Vec::new());
/// shaper.write(br#"{"mail":"Dear Anna,\nthe boots are here."}"#, &mut out)?;
/// shaper.end(&mut out)?;
/// assert_eq!(out, br#"{"mail":"the boots are here."}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Reshape: fmt::Debug + Send + Sync {
    /// The text as it may be shown; `None` where it cannot be read, or becomes longer than `limits.item`.
    fn reshape(&self, text: &str, limits: Limits) -> Option<String>;
}
