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
mod constant;
mod date;
mod number;
mod place;
mod refusal;
mod template;
mod text;
mod url;

use std::num::NonZeroU64;

pub use attributes::Attributes;
pub use constant::Constant;
pub use date::DateTo;
pub use number::{Buckets, Decimal, RoundTo};
pub use place::GeoTo;
pub use refusal::{TreatmentError, TreatmentErrorKind};
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

#[cfg(test)]
mod tests;
