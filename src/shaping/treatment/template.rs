//! Texts made of other values of the same item.

use super::{TreatmentError, TreatmentErrorKind};
use crate::shaping::path::Path;

/// A text with places: `Because you like {$.category[0]}`.
///
/// A place holds a path within the item, of names and indexes only. `{{` and `}}` are braces of the text itself.
///
/// ```
/// use std::sync::Arc;
/// use tower_rapport::shaping::{
///     json::{JsonPlan, JsonShaper, Limits},
///     path::Path,
///     treatment::{Template, Treatment, TreatmentErrorKind},
/// };
///
/// let reason = Treatment::Text(Template::parse("Because you like {$.category[0]}")?);
/// let plan = JsonPlan::new([(Path::parse("$[*].reason")?, reason)], Some(&Path::parse("$[*]")?));
/// let (mut shaper, mut out) = (JsonShaper::new(Arc::new(plan), Limits::default()), Vec::new());
/// shaper.write(br#"[{"category":["boots"],"reason":"You bought model 7 in May"}]"#, &mut out)?;
/// shaper.end(&mut out)?;
/// assert_eq!(out, br#"[{"category":["boots"],"reason":"Because you like boots"}]"#);
///
/// let several = Template::parse("Because you like {$.category[*]}").unwrap_err();
/// assert_eq!(several.kind(), TreatmentErrorKind::Plural);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Box<[Part]>);

/// A piece of a template.
///
/// ```
/// use tower_rapport::shaping::{path::Path, treatment::{Part, Template}};
///
/// let template = Template::parse("{{new}} {$.brand}")?;
/// assert_eq!(template.parts(), [Part::Text("{new} ".into()), Part::Value(Path::parse("$.brand")?)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Stands there as it is.
    Text(String),
    /// The value at this path within the item, as its own rules show it.
    Value(Path),
}

impl Template {
    /// Reads a template as written.
    ///
    /// # Errors
    /// A brace without its other half, and a path that cannot be read or can select several values.
    pub fn parse(template: &str) -> Result<Self, TreatmentError> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, braces) = rest.split_at(at);
            text.push_str(before);
            if let Some(after) = braces.strip_prefix("{{").or_else(|| braces.strip_prefix("}}")) {
                text.extend(braces.chars().next());
                rest = after;
                continue;
            }
            let unbalanced = || TreatmentError::new(TreatmentErrorKind::Brace, template);
            let inner = braces.strip_prefix('{').ok_or_else(unbalanced)?;
            let end = end_of_place(inner).ok_or_else(unbalanced)?;
            let (path, after) = inner.split_at(end);
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(Part::Value(place(path)?));
            rest = after.strip_prefix('}').unwrap_or_default();
        }
        text.push_str(rest);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Self(parts.into()))
    }

    /// The pieces, in order.
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The paths within the item that are read.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().filter_map(|part| match part {
            Part::Value(path) => Some(path),
            Part::Text(_) => None,
        })
    }
}

fn place(text: &str) -> Result<Path, TreatmentError> {
    let path = Path::parse(text).map_err(|error| TreatmentError::new(TreatmentErrorKind::Path(error.kind()), text))?;
    if path.is_singular() { Ok(path) } else { Err(TreatmentError::new(TreatmentErrorKind::Plural, text)) }
}

/// Where the closing brace is; those in quoted names are skipped.
fn end_of_place(text: &str) -> Option<usize> {
    let (mut quote, mut escaped) = (None, false);
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            _ if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), byte) if open == byte => quote = None,
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'}') => return Some(at),
            _ => {}
        }
    }
    None
}
