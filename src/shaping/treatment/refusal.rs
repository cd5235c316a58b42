//! Why what a policy says is no treatment, and what to write instead.

use std::{error, fmt};

use crate::shaping::path::PathErrorKind;

/// Why there is no such treatment.
///
/// Its text says what to write instead. See the example of [`treatment`](super).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreatmentError {
    kind: TreatmentErrorKind,
    found: Box<str>,
}

/// What is wrong with a treatment.
///
/// See the example of [`treatment`](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TreatmentErrorKind {
    /// The constant of `replace` is not one JSON value.
    Constant,
    /// The step of `round_to` is not above zero, not finite, or has more than 17 digits.
    Step,
    /// `buckets` has no bound.
    NoBuckets,
    /// The bounds of `buckets` do not ascend.
    Buckets,
    /// A bound of `buckets` has more than 400 places.
    Bound,
    /// `date_to` is no period.
    Period,
    /// `geo_to` is no distance.
    Distance,
    /// `first` is zero.
    First,
    /// `attributes` names something that is no attribute.
    Attribute,
    /// `url_without` has no pattern, or an empty one.
    Pattern,
    /// A brace of `text` is not closed or not opened.
    Brace,
    /// A path of `text` cannot be read.
    Path(PathErrorKind),
    /// A path of `text` can select several values.
    Plural,
}

impl TreatmentError {
    /// What is wrong.
    pub fn kind(&self) -> TreatmentErrorKind {
        self.kind
    }

    pub(super) fn new(kind: TreatmentErrorKind, found: impl Into<Box<str>>) -> Self {
        Self { kind, found: found.into() }
    }
}

impl fmt::Display for TreatmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = &self.found;
        match self.kind {
            TreatmentErrorKind::Constant => write!(f, "`{found}` is not one JSON value"),
            TreatmentErrorKind::Step if found.is_empty() => f.write_str(
                "a step cannot have so many places; write a number above 0 with at most 17 digits, such as `0.5`",
            ),
            TreatmentErrorKind::Step => {
                write!(f, "`{found}` cannot be a step; write a number above 0 with at most 17 digits, such as `0.5`")
            }
            TreatmentErrorKind::NoBuckets => {
                f.write_str("there are no bounds; write at least one, as in `[0, 10, 50]`")
            }
            TreatmentErrorKind::Buckets => {
                write!(f, "`{found}` is not above the bound before it; write the bounds in ascending order")
            }
            TreatmentErrorKind::Bound => f.write_str("a bound has more than 400 places; write a shorter one"),
            TreatmentErrorKind::Period => write!(f, "`{found}` is not a period; write `day`, `month` or `year`"),
            TreatmentErrorKind::Distance => {
                write!(f, "`{found}` is not a distance; write one from `1m` to `5000km`, such as `500m` or `1km`")
            }
            TreatmentErrorKind::First => {
                f.write_str("the first `0` are none; write `\"remove\"`, or a number of at least 1")
            }
            TreatmentErrorKind::Attribute => {
                write!(f, "`{found}` cannot be the name of an attribute; write one such as `href`")
            }
            TreatmentErrorKind::Pattern => f.write_str(
                "a parameter without a name, or none at all; write names such as `uid`, or patterns such as `pr_*`",
            ),
            TreatmentErrorKind::Brace => {
                write!(f, "`{found}`: a brace without its other half; write `{{{{` or `}}}}` for a brace in the text")
            }
            TreatmentErrorKind::Path(_) => {
                write!(f, "`{found}` is not a path; write one within the item, as in `{{$.name}}`")
            }
            TreatmentErrorKind::Plural => {
                write!(f, "`{found}` can select several values; write a path of names and indexes only")
            }
        }
    }
}

impl error::Error for TreatmentError {}
