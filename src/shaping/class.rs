//! Data classes: where content comes from, and what must be given before anything of it may leave.

use std::{error::Error, fmt, str::FromStr};

use crate::{consent::PurposeSet, relationship::Stage};

/// Where content comes from. The names follow the W3C Data Privacy Vocabulary.
///
/// See the example of [`Classes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataClass {
    /// Anybody would see it.
    None,
    /// The customer told us.
    Provided,
    /// The customer did it here.
    Observed,
    /// We concluded it.
    Inferred,
    /// It came from elsewhere.
    ThirdParty,
    /// GDPR Art. 9, and what hurts to be reminded of.
    SpecialCategory,
}

/// What each data class needs before anything of it may leave.
///
/// ```
/// use tower_rapport::{policy::Policy, shaping::class::DataClass};
/// # let toml = include_str!("../../config/minimal.toml");
/// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let class: DataClass = "observed".parse().expect("a class");
/// let opening = policy.classes().opening(class);
/// let rules = policy.rules();
/// assert_eq!(rules.ladder.name(opening.from), &"acquainted");
/// assert_eq!(opening.purpose, rules.purposes.set_of("personalization"));
/// # Ok::<(), tower_rapport::policy::Diagnostics>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes([Opening; 5]);

/// What one data class needs.
///
/// See the example of [`Classes`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// The purpose; the empty set where the class needs none.
    pub purpose: PurposeSet,
    /// The lowest stage.
    pub from: Stage,
}

impl DataClass {
    /// Every class, `none` first.
    pub const ALL: [Self; 6] =
        [Self::None, Self::Provided, Self::Observed, Self::Inferred, Self::ThirdParty, Self::SpecialCategory];

    /// What configuration and items call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Provided => "provided",
            Self::Observed => "observed",
            Self::Inferred => "inferred",
            Self::ThirdParty => "third_party",
            Self::SpecialCategory => "special_category",
        }
    }
}

impl FromStr for DataClass {
    type Err = NoSuchClass;

    fn from_str(text: &str) -> Result<Self, NoSuchClass> {
        Self::ALL.into_iter().find(|class| class.name() == text).ok_or(NoSuchClass(()))
    }
}

impl Classes {
    /// The number of classes that a purpose can open.
    pub(super) const BITS: usize = 5;

    /// What the classes need, each in the order of [`DataClass::ALL`] without `none`, which needs nothing.
    pub const fn new(openings: [Opening; 5]) -> Self {
        Self(openings)
    }

    /// What one class needs.
    pub fn opening(&self, class: DataClass) -> Opening {
        let place = DataClass::ALL.iter().skip(1).position(|other| *other == class);
        place.and_then(|place| self.0.get(place)).copied().unwrap_or_default()
    }

    /// One bit for each class whose purpose is granted, [`Self::BITS`] in all.
    pub(super) fn granted(&self, granted: PurposeSet) -> usize {
        let bit = |(place, opening): (usize, &Opening)| usize::from(granted.contains(opening.purpose)) << place;
        self.0.iter().enumerate().map(bit).sum()
    }
}

/// A word that names no data class.
///
/// Its text names all that there are. See the example of [`Classes`].
#[derive(Debug)]
pub struct NoSuchClass(());

impl fmt::Display for NoSuchClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no such data class; there are `none`, `provided`, `observed`, `inferred`, `third_party`, `special_category`")
    }
}

impl Error for NoSuchClass {}
