//! TC strings: what somebody agreed to, as a consent management platform of the IAB Transparency & Consent Framework
//! writes it down.
//!
//! Source of the rules: IAB Tech Lab, "Consent string and vendor list formats v2" (tables "Core String", "Disclosed Vendors",
//! "Allowed Vendors", "Publisher Purposes Transparency and Consent"), and the policies of TCF 2.2 and 2.3.
//!
//! A string is segments of base64url, parted by dots; the core comes first, the others in any order, each at most once. The
//! core begins with fields of fixed width and ends with lists of vendors, which say nothing here and are only walked
//! through, so that a string that was cut is found out. PublisherTC says what the customer agreed to with the site itself.
//!
//! A string carries no signature. It speaks for purposes only, never for a stage.

use std::{error::Error, fmt};

use jiff::{SignedDuration, Timestamp};

use super::{
    bits::Bits,
    signals::{TcfPurposes, TcfSays},
};

/// A TC string of version 2, as far as it is read.
///
/// ```
/// use jiff::{SignedDuration, Timestamp};
/// use tower_rapport::consent::{Segment, TcError, TcString};
///
/// let text = b"COrEAV4OrXx94ACABBENAHCIAD-AAAAAAACAAxAAAAgAIAwgAgAAAAEAgQAAAAAEAYQAQAAAACAAAABAAA.cAAAAAAAITg=";
/// let string = TcString::read(text)?;
/// assert_eq!(string.core.consent.standard().collect::<Vec<_>>(), [3, 4, 5, 6, 7, 8, 9]);
/// let own = string.publisher.ok_or("a PublisherTC segment")?;
/// assert_eq!(own.legitimate_interest.custom().collect::<Vec<_>>(), [1, 2]);
/// // It was asked for under the policies of TCF 2.0, so it does not count any more.
/// let year = SignedDuration::from_hours(24 * 365);
/// assert_eq!(string.says(Segment::Publisher, year, Timestamp::now()), Err(TcError::Policy));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcString {
    /// When the string was made.
    pub created: Timestamp,
    /// When the customer last answered.
    pub last_updated: Timestamp,
    /// The version of the policies under which the customer was asked: 4 with TCF 2.2, 5 with TCF 2.3.
    pub policy_version: u8,
    /// Whether the answer is for this service, and not for all that share a string.
    pub is_service_specific: bool,
    /// The core's purposes: what vendors may do.
    pub core: Permissions,
    /// The purposes of the PublisherTC segment: what the site itself may do. None without that segment.
    pub publisher: Option<Permissions>,
}

/// Purposes, and on which legal basis they stand.
///
/// See the example of [`TcString`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// Those to which the customer consented.
    pub consent: TcfPurposes,
    /// Those for which a legitimate interest was shown, and to which the customer did not object.
    pub legitimate_interest: TcfPurposes,
    /// How many purposes of the publisher's own there are. Of the standard ones there are 24.
    pub custom: u8,
}

/// Which segment of a TC string counts.
///
/// See the example of [`TcString`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Segment {
    /// PublisherTC.
    #[default]
    Publisher,
    /// PublisherTC, and in a string without it the core.
    PublisherOrCore,
}

impl TcString {
    /// Reads a string. Takes no memory, and time in the string's length.
    ///
    /// # Errors
    ///
    /// [`TcError::TooLong`], [`TcError::Shape`], [`TcError::Version`] or [`TcError::Segments`].
    pub fn read(text: &[u8]) -> Result<Self, TcError> {
        if text.len() > LONGEST {
            return Err(TcError::TooLong);
        }
        let mut segments = text.split(|byte| *byte == b'.');
        let mut string = core(segments.next().unwrap_or_default())?;
        let mut seen = [false; 4];
        for segment in segments {
            let mut bits = Bits::new(segment);
            let kind = bits.take(3).ok_or(TcError::Shape)?;
            // A second core, and a kind that is not known, are no less strange than a segment that comes twice.
            let seen = usize::try_from(kind).ok().and_then(|kind| seen.get_mut(kind)).filter(|_| kind > 0);
            if seen.is_none_or(|seen| std::mem::replace(seen, true)) {
                return Err(TcError::Segments);
            }
            match kind {
                PUBLISHER => string.publisher = Some(publisher(&mut bits).ok_or(TcError::Shape)?),
                _ => vendors(&mut bits).ok_or(TcError::Shape)?,
            }
            if !bits.is_over() {
                return Err(TcError::Shape);
            }
        }
        Ok(string)
    }

    /// What the string says at an instant.
    ///
    /// A legitimate interest counts as a grant where the framework allows one: since TCF 2.2 for no purpose of 1 and 3 to 6.
    ///
    /// # Errors
    ///
    /// A string that does not count: [`TcError::Policy`], [`TcError::Scope`], [`TcError::Future`] or [`TcError::Publisher`].
    pub fn says(&self, segment: Segment, valid_for: SignedDuration, now: Timestamp) -> Result<TcfSays, TcError> {
        if self.policy_version < POLICY {
            return Err(TcError::Policy);
        }
        if !self.is_service_specific {
            return Err(TcError::Scope);
        }
        let age = now.duration_since(self.last_updated);
        if age < -AHEAD || now.duration_since(self.created) < -AHEAD {
            return Err(TcError::Future);
        }
        let permissions = match (self.publisher, segment) {
            (Some(publisher), _) => publisher,
            (None, Segment::PublisherOrCore) => self.core,
            (None, Segment::Publisher) => return Err(TcError::Publisher),
        };
        let (granted, refused) = permissions.settled();
        Ok(if age > valid_for {
            TcfSays { expired: granted, ..TcfSays::default() }
        } else {
            TcfSays { granted, refused, ..TcfSays::default() }
        })
    }
}

impl Permissions {
    /// What is granted, and what is not: every purpose that there is a bit for is one of them.
    fn settled(&self) -> (TcfPurposes, TcfPurposes) {
        let granted = self.consent.union(self.legitimate_interest.without(NEEDS_CONSENT));
        (granted, TcfPurposes::first(24, self.custom).without(granted))
    }
}

/// Why a TC string does not count.
///
/// It carries no part of the string, so that it can be logged and counted anywhere.
///
/// A string that does not count refuses nothing and grants nothing; the layer counts it by its [`kind`](Self::kind), and a
/// number that grows tells of a consent management platform to be looked at. See the example of [`TcString`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TcError {
    /// More than 4 KiB; nothing of it was read.
    TooLong,
    /// It was cut, or is no TC string at all.
    Shape,
    /// A version other than 2.
    Version,
    /// A segment twice, or one that is not known.
    Segments,
    /// The customer was asked under policies before those of TCF 2.2, which let purposes 3 to 6 stand without consent.
    Policy,
    /// It is not specific to this service.
    Scope,
    /// Its dates are to come.
    Future,
    /// It has no PublisherTC segment, and only that counts.
    Publisher,
}

impl TcError {
    /// One stable word for a counter.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Shape => "shape",
            Self::Version => "version",
            Self::Segments => "segments",
            Self::Policy => "policy",
            Self::Scope => "scope",
            Self::Future => "future",
            Self::Publisher => "publisher",
        }
    }
}

impl fmt::Display for TcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the TC string is longer than 4 KiB",
            Self::Shape => "the TC string is cut, or none at all",
            Self::Version => "the TC string has another version than 2",
            Self::Segments => "the TC string has a segment twice, or one that is not known",
            Self::Policy => "the TC string was made under policies before TCF 2.2",
            Self::Scope => "the TC string is not specific to this service",
            Self::Future => "the TC string bears a date to come",
            Self::Publisher => "the TC string has no PublisherTC segment",
        })
    }
}

impl Error for TcError {}

fn core(segment: &[u8]) -> Result<TcString, TcError> {
    let mut bits = Bits::new(segment);
    if bits.take(6).ok_or(TcError::Shape)? != 2 {
        return Err(TcError::Version);
    }
    let string = rest_of_core(&mut bits).ok_or(TcError::Shape)?;
    if bits.is_over() { Ok(string) } else { Err(TcError::Shape) }
}

fn rest_of_core(bits: &mut Bits<'_>) -> Option<TcString> {
    let (created, last_updated) = (instant(bits)?, instant(bits)?);
    // The platform, its version and screen, the language, and the version of the vendor list.
    bits.skip(12 + 12 + 6 + 12 + 12)?;
    let policy_version = u8::try_from(bits.take(6)?).ok()?;
    let is_service_specific = bits.flag()?;
    // Other stacks of purposes, and special features.
    bits.skip(1 + 12)?;
    let core = Permissions { consent: standard(bits)?, legitimate_interest: standard(bits)?, custom: 0 };
    // Whether purpose 1 was shown at all, and the publisher's country.
    bits.skip(1 + 12)?;
    vendors(bits)?;
    vendors(bits)?;
    for _ in 0..bits.take(12)? {
        // A purpose that is restricted, and how.
        bits.skip(6 + 2)?;
        ranges(bits)?;
    }
    Some(TcString { created, last_updated, policy_version, is_service_specific, core, publisher: None })
}

fn publisher(bits: &mut Bits<'_>) -> Option<Permissions> {
    let (consent, legitimate_interest) = (standard(bits)?, standard(bits)?);
    let custom = u8::try_from(bits.take(6)?).ok()?;
    let (own_consent, own_interest) = (own(bits, custom)?, own(bits, custom)?);
    Some(Permissions {
        consent: consent.union(own_consent),
        legitimate_interest: legitimate_interest.union(own_interest),
        custom,
    })
}

/// Tenths of a second since 1970.
fn instant(bits: &mut Bits<'_>) -> Option<Timestamp> {
    Timestamp::from_millisecond(i64::try_from(bits.take(36)?).ok()? * 100).ok()
}

fn standard(bits: &mut Bits<'_>) -> Option<TcfPurposes> {
    Some(TcfPurposes::of_standard_bits(bits.take(24)?))
}

fn own(bits: &mut Bits<'_>, count: u8) -> Option<TcfPurposes> {
    Some(TcfPurposes::of_custom_bits(bits.take(count.into())?, count))
}

/// Passes over a list of vendors: a bit for each up to the highest, or ranges.
fn vendors(bits: &mut Bits<'_>) -> Option<()> {
    let highest = usize::try_from(bits.take(16)?).ok()?;
    if bits.flag()? { ranges(bits) } else { bits.skip(highest) }
}

fn ranges(bits: &mut Bits<'_>) -> Option<()> {
    for _ in 0..bits.take(12)? {
        let is_range = bits.flag()?;
        let first = bits.take(16)?;
        if is_range && bits.take(16)? < first {
            return None;
        }
    }
    Some(())
}

/// The kind of a PublisherTC segment. The core is of kind 0, lists of disclosed and of allowed vendors are of 1 and 2.
const PUBLISHER: u64 = 3;

/// The first version of the policies without a legitimate interest for purposes 3 to 6.
const POLICY: u8 = 4;

/// Purpose 1 (ePrivacy Directive Art. 5(3)), and 3 to 6 (TCF Policies 2.2, chapter II) need consent.
const NEEDS_CONSENT: TcfPurposes = TcfPurposes::of(&[1, 3, 4, 5, 6], &[]);

/// By how much the clock of whoever made a string may be ahead: strings bear the date of a day, in any time zone.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

const LONGEST: usize = 4 * 1024;

#[cfg(test)]
pub(super) mod tests;
