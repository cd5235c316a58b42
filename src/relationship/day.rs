//! A UTC date as a count, because all that the ladder does with dates is to subtract them.

use std::fmt;

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// A UTC date: days since 1970-01-01.
///
/// ```
/// use tower_rapport::relationship::Day;
///
/// let late = Day::of("2026-11-22T23:59:59Z".parse()?);
/// let next = Day::of("2026-11-23T00:00:00Z".parse()?);
/// assert_eq!((late.to_string(), next.days_since(late), late.days_since(next)), ("2026-11-22".to_owned(), 1, 0));
/// assert_eq!(Day::from_date("2026-11-29".parse()?), late.plus(7));
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Day(i32);

impl Day {
    /// The UTC date of an instant.
    pub fn of(instant: Timestamp) -> Self {
        Self(i32::try_from(instant.as_second().div_euclid(86_400)).unwrap_or(0))
    }

    /// The day that a civil date names.
    pub fn from_date(date: Date) -> Self {
        let hours = date.duration_since(Date::constant(1970, 1, 1)).as_hours();
        Self(i32::try_from(hours / 24).unwrap_or(0))
    }

    /// This day as a civil date; the nearest one there is where the number is out of the calendar.
    pub fn date(self) -> Date {
        Timestamp::from_second(i64::from(self.0) * 86_400)
            .unwrap_or(if self.0 < 0 { Timestamp::MIN } else { Timestamp::MAX })
            .to_zoned(TimeZone::UTC)
            .date()
    }

    /// How many days lie between an earlier day and this one; 0 where `earlier` is not earlier.
    pub fn days_since(self, earlier: Self) -> u32 {
        u32::try_from(i64::from(self.0) - i64::from(earlier.0)).unwrap_or(0)
    }

    /// The day `days` earlier.
    #[must_use]
    pub fn minus(self, days: u32) -> Self {
        Self(self.0.saturating_sub(i32::try_from(days).unwrap_or(i32::MAX)))
    }

    /// The day `days` later.
    pub fn plus(self, days: u32) -> Self {
        Self(self.0.saturating_add(i32::try_from(days).unwrap_or(i32::MAX)))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_utc_date() {
        for (instant, date) in [
            ("1970-01-01T00:00:00Z", "1970-01-01"),
            ("2026-11-22T23:59:59Z", "2026-11-22"),
            ("2026-11-23T00:30:00+02:00", "2026-11-22"),
            ("1969-12-31T23:00:00Z", "1969-12-31"),
            ("0001-01-01T00:00:00Z", "0001-01-01"),
        ] {
            let day = Day::of(instant.parse().unwrap());
            assert_eq!(day.to_string(), date);
            assert_eq!(Day::from_date(date.parse().unwrap()), day);
        }
    }

    #[test]
    fn the_last_day_of_the_calendar_is_no_early_day() {
        let last = Day::from_date(Date::MAX);
        assert!(last > Day::of(Timestamp::now()));
        assert_eq!(last.date().year(), 9999);
    }

    #[test]
    fn no_day_is_a_negative_number_of_days_after_another() {
        let (early, late) = (Day(10), Day(17));
        assert_eq!((late.days_since(early), early.days_since(late)), (7, 0));
        assert_eq!((early.plus(7), late.minus(7)), (late, early));
    }
}
