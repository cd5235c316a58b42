//! Numbers as they are written: decimal, exact, of any size. Binary floats would put 0.30000000000000004 into an
//! answer and damage 64-bit ids.

use std::cmp::Ordering;

use super::{TreatmentError, TreatmentErrorKind};

/// A decimal number, exact: plus or minus `0.d₁d₂d₃… × 10^exponent`, d₁ and the last digit not zero.
///
/// See the example of [`treatment`](super).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    digits: Box<[u8]>,
    exponent: i64,
}

impl Decimal {
    /// Reads a JSON number (RFC 8259 section 6) of any length.
    ///
    /// `None` for what is no number, or has an exponent beyond a million million.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(left, right)| (left, Some(right)));
        let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number(whole) || !fraction.is_none_or(is_number) || exponent.abs() > LARGEST_EXPONENT {
            return None;
        }
        let written = whole.bytes().chain(fraction.unwrap_or_default().bytes());
        let digits: Vec<u8> = written.skip_while(|digit| *digit == b'0').map(|digit| digit - b'0').collect();
        let leading_zeros = mantissa.len() - usize::from(fraction.is_some()) - digits.len();
        let exponent = exponent + i64::try_from(whole.len()).ok()? - i64::try_from(leading_zeros).ok()?;
        let significant = digits.iter().rposition(|digit| *digit != 0).map_or(0, |last| last + 1);
        let Some(digits @ [_, ..]) = digits.get(..significant) else {
            return Some(Self { negative: false, digits: [].into(), exponent: 0 });
        };
        Some(Self { negative, digits: digits.into(), exponent })
    }

    /// The shortest decimal that reads as this float; `None` for what is not finite.
    pub(crate) fn from_f64(number: f64) -> Option<Self> {
        Self::parse(&format!("{number:e}"))
    }

    fn is_positive(&self) -> bool {
        !self.negative && !self.digits.is_empty()
    }

    /// The size as a whole number of `10^unit`, what is below one unit cut off; `None` from 10^38 units on.
    fn units(&self, unit: i64) -> Option<u128> {
        let places = self.exponent - unit;
        if places <= 0 || self.digits.is_empty() {
            return Some(0);
        }
        let places = usize::try_from(places).ok().filter(|places| *places <= MOST_PLACES)?;
        let digits = self.digits.iter().copied().chain(std::iter::repeat(0)).take(places);
        Some(digits.fold(0, |sum, digit| sum * 10 + u128::from(digit)))
    }

    /// The smallest power of ten that the number is a whole multiple of.
    fn unit(&self) -> i64 {
        self.exponent - i64::try_from(self.digits.len()).unwrap_or(i64::MAX)
    }

    /// The number for an error text; empty where it is too long for one.
    fn shown(&self) -> String {
        if self.exponent.max(-self.unit()) > MOST_SHOWN { String::new() } else { self.plain() }
    }

    /// The number without an exponent: `-12.5`, `1200`.
    fn plain(&self) -> String {
        let mut text = String::from(if self.negative { "-" } else { "" });
        let whole = usize::try_from(self.exponent).unwrap_or(0);
        let digit = |at: usize| self.digits.get(at).map_or('0', |digit| char::from(b'0' + digit));
        if whole == 0 {
            text.push('0');
        }
        text.extend((0..whole).map(digit));
        if self.digits.len() > whole {
            text.push('.');
            let zeros = usize::try_from(self.exponent.saturating_neg()).unwrap_or(0);
            text.extend(std::iter::repeat_n('0', zeros));
            text.extend((whole..self.digits.len()).map(digit));
        }
        text
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self::parse(&number.to_string()).unwrap_or(Self { negative: false, digits: [].into(), exponent: 0 })
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.negative) {
            (true, _) => 0,
            (false, false) => 1,
            (false, true) => -1,
        };
        let size = || self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits));
        sign(self).cmp(&sign(other)).then_with(|| if self.negative { size().reverse() } else { size() })
    }
}

/// Rounds numbers to the nearest multiple of a step, halves away from zero.
///
/// The result is written without an exponent and without zeros at its end: with a step of 0.5, `0.8734` becomes `1`,
/// `-0.3e1` becomes `-3` and `0.1` becomes `0`. A number of 10^37 steps or more is removed.
///
/// See the example of [`treatment`](super).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundTo {
    step: Width,
    short: Option<ShortStep>,
}

/// A step by which numbers of few digits are rounded quickly.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ShortStep {
    /// In units of so many places behind the point.
    size: u64,
    places: usize,
    /// So many units are 1.
    one: u64,
}

impl RoundTo {
    /// A step above zero.
    ///
    /// # Errors
    /// Zero, a negative number, more than 17 digits, or an exponent beyond ±300.
    pub fn new(step: &Decimal) -> Result<Self, TreatmentError> {
        let width = Width::new(step).ok_or_else(|| TreatmentError::new(TreatmentErrorKind::Step, step.shown()))?;
        Ok(Self { short: ShortStep::new(&width), step: width })
    }

    /// The nearest multiple of the step, as JSON.
    pub(crate) fn coarsen(&self, number: &str) -> Option<String> {
        self.step.snap(&Decimal::parse(number)?, Snap::Nearest)
    }

    /// Appends the same of a number that has few digits and no exponent, as nearly all have; returns whether it is one.
    #[inline]
    pub(crate) fn coarsen_short(&self, number: &[u8], json: &mut Vec<u8>) -> bool {
        let unsigned = number.strip_prefix(b"-").unwrap_or(number);
        let Some(step) = &self.short else { return false };
        let Some(multiple) = step.nearest(unsigned) else { return false };
        if unsigned.len() < number.len() && multiple > 0 {
            json.push(b'-');
        }
        step.write(multiple, json);
        true
    }

    pub(super) fn is_multiple_of(&self, finer: &Self) -> bool {
        self.step.is_multiple_of(&finer.step)
    }
}

impl ShortStep {
    fn new(step: &Width) -> Option<Self> {
        let [places, zeros] = [-step.unit, step.unit].map(|digits| usize::try_from(digits).unwrap_or(0));
        let size = u64::try_from(step.size).ok()?.checked_mul(*POWERS.get(zeros)?)?;
        Some(Self { size, places, one: *POWERS.get(places)? })
    }

    /// The multiple nearest to a number of few digits, in units.
    fn nearest(&self, unsigned: &[u8]) -> Option<u64> {
        let (digits, behind) = digits(unsigned)?;
        // Both in units of the last digit of either.
        let (number, step) = match self.places.checked_sub(behind) {
            Some(missing) => (digits.checked_mul(*POWERS.get(missing)?)?, self.size),
            None => (digits, self.size.checked_mul(*POWERS.get(behind - self.places)?)?),
        };
        (number.checked_add(step / 2)? / step).checked_mul(self.size)
    }

    /// Appends so many units, without zeros at the end.
    fn write(&self, units: u64, json: &mut Vec<u8>) {
        let (whole, mut fraction) = (units / self.one, units % self.one);
        write_digits(whole, 1, json);
        if fraction > 0 {
            let mut places = self.places;
            while fraction.is_multiple_of(10) {
                (fraction, places) = (fraction / 10, places - 1);
            }
            json.push(b'.');
            write_digits(fraction, places, json);
        }
    }
}

/// A width to which numbers snap: `size × 10^unit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Width {
    size: u128,
    unit: i64,
}

/// To which multiple a number goes.
#[derive(Clone, Copy)]
pub(super) enum Snap {
    Nearest,
    TowardsZero,
}

impl Width {
    pub(super) fn new(width: &Decimal) -> Option<Self> {
        let unit = width.unit();
        let fits = width.is_positive() && width.digits.len() <= 17 && width.exponent.abs() <= 300;
        fits.then(|| width.units(unit)).flatten().map(|size| Self { size, unit })
    }

    /// This width times `factor × 10^power`.
    pub(super) fn scaled(&self, factor: u128, power: i64) -> Option<Self> {
        self.size.checked_mul(factor).map(|size| Self { size, unit: self.unit + power })
    }

    pub(super) fn snap(&self, number: &Decimal, snap: Snap) -> Option<String> {
        // A tenth of the unit is as fine as half a width can be, so cutting off there moves nothing across a half.
        let tenths = number.units(self.unit - 1)?;
        let width = self.size * 10;
        let half = if matches!(snap, Snap::Nearest) { width / 2 } else { 0 };
        let multiple = tenths.checked_add(half)? / width * self.size;
        let written = format!("{}{multiple}e{}", if number.negative { "-" } else { "" }, self.unit);
        Decimal::parse(&written).map(|snapped| snapped.plain())
    }

    pub(super) fn is_multiple_of(&self, finer: &Self) -> bool {
        let common = self.unit.min(finer.unit);
        let at_common = |width: &Self| {
            let places = u32::try_from(width.unit - common).ok()?;
            10_u128.checked_pow(places).and_then(|power| width.size.checked_mul(power))
        };
        match (at_common(self), at_common(finer)) {
            (Some(coarse), Some(fine)) => coarse % fine == 0,
            _ => false,
        }
    }
}

/// The digits of a number without sign and exponent, as one number, and how many of them stand behind the point.
fn digits(unsigned: &[u8]) -> Option<(u64, usize)> {
    if unsigned.is_empty() || unsigned.len() >= POWERS.len() {
        return None;
    }
    let (mut number, mut behind) = (0, None);
    for (at, byte) in unsigned.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            number = number * 10 + u64::from(digit);
        } else if *byte == b'.' && behind.is_none() {
            behind = Some(unsigned.len() - 1 - at);
        } else {
            return None;
        }
    }
    Some((number, behind.unwrap_or(0)))
}

/// Appends a number with so many digits at least.
#[inline]
fn write_digits(number: u64, least: usize, json: &mut Vec<u8>) {
    match u8::try_from(number) {
        // Nearly all, and divisions are slow.
        Ok(digit @ 0..10) if least <= 1 => json.push(b'0' + digit),
        _ => write_many_digits(number, least, json),
    }
}

fn write_many_digits(number: u64, least: usize, json: &mut Vec<u8>) {
    let most = POWERS.iter().position(|power| number < *power).unwrap_or(POWERS.len());
    for power in POWERS.iter().take(most.max(least)).rev() {
        let digit = u8::try_from(number / power % 10).unwrap_or_default();
        json.push(b'0' + digit);
    }
}

/// Sorts numbers into buckets, each shown as its lower bound. A number below the first bound is removed.
///
/// See the example of [`treatment`](super).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets(Box<[Decimal]>);

impl Buckets {
    /// Bounds in ascending order.
    ///
    /// # Errors
    /// No bounds, one of more than 400 places, or one that is not above the one before it.
    pub fn new(bounds: impl IntoIterator<Item = Decimal>) -> Result<Self, TreatmentError> {
        let bounds: Box<[Decimal]> = bounds.into_iter().collect();
        if bounds.is_empty() {
            return Err(TreatmentError::new(TreatmentErrorKind::NoBuckets, ""));
        }
        if bounds.iter().any(|bound| bound.exponent.max(-bound.unit()) > MOST_SHOWN) {
            return Err(TreatmentError::new(TreatmentErrorKind::Bound, ""));
        }
        match bounds.iter().zip(bounds.iter().skip(1)).find(|(lower, upper)| lower >= upper) {
            Some((_, upper)) => Err(TreatmentError::new(TreatmentErrorKind::Buckets, upper.plain())),
            None => Ok(Self(bounds)),
        }
    }

    /// The lower bound of the number's bucket, as JSON, without an exponent.
    pub(crate) fn coarsen(&self, number: &str) -> Option<String> {
        let number = Decimal::parse(number)?;
        let above = self.0.partition_point(|bound| *bound <= number);
        self.0.get(above.checked_sub(1)?).map(Decimal::plain)
    }

    pub(super) fn is_part_of(&self, finer: &Self) -> bool {
        self.0.iter().all(|bound| finer.0.contains(bound))
    }
}

/// Keeps sums of exponents and lengths far from the ends of `i64`.
const LARGEST_EXPONENT: i64 = 1_000_000_000_000;

/// Places that an error text or a bucket may have.
const MOST_SHOWN: i64 = 400;

/// Digits that surely fit an `u128`, with room for half a step.
const MOST_PLACES: usize = 38;

/// The powers of ten that an `u64` can be.
#[expect(clippy::indexing_slicing, reason = "worked out when this is compiled, where it would be an error")]
const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut at = 1;
    while at < powers.len() {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};
