//! Dates without their finer parts.

use super::{TreatmentError, TreatmentErrorKind};

/// Which part of a date is shown; the later the variant, the less.
///
/// A date (`2026-05-03`) stays a date, the first of its period. A date-time (RFC 3339 section 5.6, the `T` may be a blank)
/// stays a date-time, midnight of that day: the date as written counts, and the offset becomes `Z`, for it tells where
/// somebody is. With `Month`, `2026-05-03T23:10:00.5+02:00` becomes `2026-05-01T00:00:00Z`. Any other text is removed.
///
/// See the example of [`treatment`](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DateTo {
    /// The day, without the time.
    Day,
    /// The first day of the month.
    Month,
    /// The first day of the year.
    Year,
}

impl DateTo {
    /// `day`, `month` or `year`.
    ///
    /// # Errors
    /// Any other word.
    pub fn parse(text: &str) -> Result<Self, TreatmentError> {
        match text {
            "day" => Ok(Self::Day),
            "month" => Ok(Self::Month),
            "year" => Ok(Self::Year),
            _ => Err(TreatmentError::new(TreatmentErrorKind::Period, text)),
        }
    }

    /// The start of the period, in the form that the text has.
    pub(crate) fn coarsen(self, text: &str) -> Option<String> {
        let (date, time) = text.split_at_checked("2026-05-03".len())?;
        // The calendar (month lengths, leap years) is the date library's.
        let shaped = date.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
        let date = shaped.then(|| date.parse::<jiff::civil::Date>().ok()).flatten()?;
        let (month, day) = match self {
            Self::Day => (date.month(), date.day()),
            Self::Month => (date.month(), 1),
            Self::Year => (1, 1),
        };
        let is_date = time.is_empty();
        if !is_date && !is_time(time.as_bytes()) {
            return None;
        }
        let midnight = if is_date { "" } else { "T00:00:00Z" };
        Some(format!("{:04}-{month:02}-{day:02}{midnight}", date.year()))
    }
}

/// `T`, `partial-time` and `time-offset`.
fn is_time(text: &[u8]) -> bool {
    let [b'T' | b't' | b' ', h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = text else { return false };
    let below = |tens: &u8, ones: &u8, limit: u8| {
        tens.is_ascii_digit() && ones.is_ascii_digit() && (tens - b'0') * 10 + (ones - b'0') < limit
    };
    let rest = match rest {
        [b'.', fraction @ ..] => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            fraction.get(digits..).unwrap_or_default()
        }
        rest => rest,
    };
    let offset = match rest {
        [b'Z' | b'z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => below(h1, h2, 24) && below(m1, m2, 60),
        _ => false,
    };
    // Second 60 is a leap second.
    offset && below(h1, h2, 24) && below(m1, m2, 60) && below(s1, s2, 61)
}
