//! *Replace*: a constant in the place of a value.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::{TreatmentError, TreatmentErrorKind};

/// A JSON value that stands in the place of another, written as it was given.
///
/// ```
/// use serde_json::json;
/// use tower_rapport::shaping::treatment::Constant;
///
/// assert_eq!(Constant::parse(" 1.50 ")?.as_json(), "1.50"); // as it was written
/// assert_eq!(Constant::from(&json!({ "a": null })).as_json(), r#"{"a":null}"#);
/// assert!(Constant::parse("1, 2").is_err());
/// # Ok::<(), tower_rapport::shaping::treatment::TreatmentError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constant(Arc<str>);

impl Constant {
    /// Takes the text of one JSON value; white space around it is left out.
    ///
    /// # Errors
    /// What is not one JSON value.
    pub fn parse(json: &str) -> Result<Self, TreatmentError> {
        match serde_json::from_str::<&RawValue>(json) {
            Ok(value) => Ok(Self(value.get().into())),
            Err(_) => Err(TreatmentError::new(TreatmentErrorKind::Constant, json)),
        }
    }

    /// The JSON text.
    pub fn as_json(&self) -> &str {
        &self.0
    }
}

impl From<&serde_json::Value> for Constant {
    fn from(value: &serde_json::Value) -> Self {
        Self(value.to_string().into())
    }
}
