//! What happens to one field: keep, remove, coarsen, replace; and which treatment shows more.
//!
//! Every treatment is valid once it exists: its parts are made by constructors that refuse what makes no sense.
//!
//! *Remove*, *null* and *replace* act on a value of any type and show nothing of it. A coarsening shows a part. It
//! keeps the JSON type (a number stays a number, a text a text) and removes a value that it cannot coarsen: one of
//! another type, one that it cannot read, one that is too large to be looked at whole.
//!
//! ```
//! use std::{error::Error, sync::Arc};
//! use tower_rapport::shaping::{
//!     json::{JsonPlan, JsonShaper, Limits},
//!     path::Path,
//!     treatment::{Buckets, DateTo, Decimal, GeoTo, Mapping, RoundTo, Treatment, TreatmentErrorKind, UrlWithout},
//! };
//!
//! /// What becomes of a document that is one value.
//! fn treated(treatment: Treatment, value: &str) -> Result<String, Box<dyn Error>> {
//!     let plan = JsonPlan::new([(Path::parse("$")?, treatment)], None);
//!     let (mut shaper, mut out) = (JsonShaper::new(Arc::new(plan), Limits::default()), Vec::new());
//!     shaper.write(value.as_bytes(), &mut out)?;
//!     shaper.end(&mut out)?;
//!     Ok(String::from_utf8(out)?)
//! }
//!
//! let decimal = |text| Decimal::parse(text).ok_or("no number");
//! assert_eq!(treated(Treatment::RoundTo(RoundTo::new(&decimal("0.25")?)?), "0.8734")?, "0.75");
//! assert_eq!(treated(Treatment::Buckets(Buckets::new([decimal("0")?, decimal("10")?])?), "37")?, "10");
//! assert_eq!(treated(Treatment::DateTo(DateTo::parse("month")?), r#""2026-05-03""#)?, r#""2026-05-01""#);
//! assert_eq!(treated(Treatment::GeoTo(GeoTo::parse("1km")?), "52.52001")?, "52.515");
//! assert_eq!(treated(Treatment::first(1)?, r#""Shoes > Boots""#)?, r#""Shoes""#);
//! assert_eq!(treated(Treatment::Initial, r#""Anna""#)?, r#""A.""#);
//! let gender = Mapping::new([("f".to_owned(), "Ms".to_owned())], None);
//! assert_eq!(treated(Treatment::Map(gender), r#""f""#)?, r#""Ms""#);
//! let url = UrlWithout::new(["uid", "utm_*"])?;
//! assert_eq!(treated(Treatment::UrlWithout(url), r#""/boots?uid=7&size=38""#)?, r#""/boots?size=38""#);
//!
//! // What cannot be coarsened is removed, and what makes no sense is no treatment.
//! assert_eq!(treated(Treatment::Initial, "7")?, "null");
//! assert_eq!(Treatment::first(0).unwrap_err().kind(), TreatmentErrorKind::First);
//! # Ok::<(), Box<dyn Error>>(())
//! ```

mod attributes;
mod date;
mod number;
mod place;
mod template;
mod text;
mod url;

use std::{error, fmt, num::NonZeroU64, sync::Arc};

use serde_json::value::RawValue;

pub use attributes::Attributes;
pub use date::DateTo;
pub use number::{Buckets, Decimal, RoundTo};
pub use place::GeoTo;
pub use template::{Part, Template};
pub use text::Mapping;
pub(crate) use text::{first_parts, initial};
pub use url::UrlWithout;

/// What happens to a value.
///
/// See the example of [`treatment`](self). In which order they are:
///
/// ```
/// use tower_rapport::shaping::treatment::{DateTo, Treatment};
///
/// let [year, day] = [DateTo::Year, DateTo::Day].map(Treatment::DateTo);
/// assert!(Treatment::Null.shows_no_more_than(&year) && year.shows_no_more_than(&day));
/// assert!(day.shows_no_more_than(&Treatment::Keep) && !day.shows_no_more_than(&Treatment::Initial));
/// assert!(Treatment::Remove.reveals_nothing() && !year.reveals_nothing());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Treatment {
    /// The value leaves as it came.
    Keep,
    /// The member or element leaves the answer; the whole document becomes `null`.
    Remove,
    /// The value becomes `null`.
    Null,
    /// The value becomes a constant.
    Replace(Constant),
    /// A number becomes the nearest multiple.
    RoundTo(RoundTo),
    /// A number becomes the lower bound of its bucket.
    Buckets(Buckets),
    /// A date or date-time becomes the start of its day, month or year.
    DateTo(DateTo),
    /// A number of degrees, or a pair of them, becomes a corner of its grid cell.
    GeoTo(GeoTo),
    /// The first elements of an array (counted after the rules inside have acted), or the first parts of an
    /// `a > b > c` text.
    First(NonZeroU64),
    /// A text becomes its first character and a full stop.
    Initial,
    /// A text becomes another.
    Map(Mapping),
    /// A URL loses query parameters.
    UrlWithout(UrlWithout),
    /// A text becomes one made of other values of the item.
    Text(Template),
    /// An element of HTML is kept, and its attributes are treated. A JSON value has none, and is removed.
    Attributes(Attributes),
}

impl Treatment {
    /// `first` with this many elements or parts.
    ///
    /// # Errors
    /// Zero: that is `remove`.
    pub fn first(count: u64) -> Result<Self, TreatmentError> {
        NonZeroU64::new(count).map(Self::First).ok_or_else(|| TreatmentError::new(TreatmentErrorKind::First, "0"))
    }

    /// What policies call them.
    pub const NAMES: [&'static str; 14] = [
        "keep",
        "remove",
        "null",
        "replace",
        "round_to",
        "buckets",
        "date_to",
        "geo_to",
        "first",
        "initial",
        "map",
        "url_without",
        "text",
        "attributes",
    ];

    /// What a policy calls it.
    pub const fn name(&self) -> &'static str {
        let place = match self {
            Self::Keep => 0,
            Self::Remove => 1,
            Self::Null => 2,
            Self::Replace(_) => 3,
            Self::RoundTo(_) => 4,
            Self::Buckets(_) => 5,
            Self::DateTo(_) => 6,
            Self::GeoTo(_) => 7,
            Self::First(_) => 8,
            Self::Initial => 9,
            Self::Map(_) => 10,
            Self::UrlWithout(_) => 11,
            Self::Text(_) => 12,
            Self::Attributes(_) => 13,
        };
        #[expect(clippy::indexing_slicing, reason = "a place of the table above")]
        Self::NAMES[place]
    }

    /// Whether nothing of the value can be seen: remove, null, a constant. A treatment of attributes is about them alone.
    pub fn reveals_nothing(&self) -> bool {
        match self {
            Self::Attributes(attributes) => attributes.reveal_nothing(),
            _ => self.rank() < Rank::Coarsened,
        }
    }

    /// Whether this treatment shows no more of a value than `upper` does, whatever the value.
    ///
    /// The order is remove, null, constant, coarsening, keep; any two constants show the same. Two coarsenings can
    /// only be compared when they are of one kind and the upper one divides the lower: multiples of its step or
    /// cell, some of its bounds, fewer parts, a longer period, more parameters taken away. Mappings and templates are
    /// compared for equality. What treats attributes shows more than *remove* and no more than *keep*, and is compared with its
    /// like attribute by attribute; an element whose content is hidden keeps its attributes, so these two are not compared.
    pub fn shows_no_more_than(&self, upper: &Self) -> bool {
        if let (Self::Null | Self::Replace(_), Self::Attributes(_)) = (self, upper) {
            return false;
        }
        if self.rank() != Rank::Coarsened || upper.rank() != Rank::Coarsened {
            return self.rank() <= upper.rank();
        }
        match (self, upper) {
            (Self::Attributes(few), Self::Attributes(more)) => few.show_no_more_than(more),
            (Self::RoundTo(coarse), Self::RoundTo(fine)) => coarse.is_multiple_of(fine),
            (Self::Buckets(coarse), Self::Buckets(fine)) => coarse.is_part_of(fine),
            (Self::DateTo(coarse), Self::DateTo(fine)) => coarse >= fine,
            (Self::GeoTo(coarse), Self::GeoTo(fine)) => coarse.is_multiple_of(fine),
            (Self::First(few), Self::First(many)) => few <= many,
            (Self::UrlWithout(more), Self::UrlWithout(fewer)) => more.covers(fewer),
            (one, other) => one == other,
        }
    }

    fn rank(&self) -> Rank {
        match self {
            Self::Remove => Rank::Removed,
            Self::Null => Rank::Nulled,
            Self::Replace(_) => Rank::Replaced,
            Self::Keep => Rank::Kept,
            _ => Rank::Coarsened,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Removed,
    Nulled,
    Replaced,
    Coarsened,
    Kept,
}

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
            Err(_) => Err(TreatmentError { kind: TreatmentErrorKind::Constant, found: json.into() }),
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

/// Why there is no such treatment.
///
/// Its text says what to write instead. See the example of [`treatment`](self).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreatmentError {
    kind: TreatmentErrorKind,
    found: Box<str>,
}

/// What is wrong with a treatment.
///
/// See the example of [`treatment`](self).
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
    Path(crate::shaping::path::PathErrorKind),
    /// A path of `text` can select several values.
    Plural,
}

impl TreatmentError {
    /// What is wrong.
    pub fn kind(&self) -> TreatmentErrorKind {
        self.kind
    }

    fn new(kind: TreatmentErrorKind, found: impl Into<Box<str>>) -> Self {
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

#[cfg(test)]
mod tests;
