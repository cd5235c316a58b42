//! An instant as people type it.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Reads RFC 3339, or a date, which is its first instant in UTC; of the last day of the calendar, the last instant there is.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let found = if text.len() == "2026-11-22".len() {
        let date: Option<Date> = text.parse().ok();
        date.map(|date| date.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |midnight| midnight.timestamp()))
    } else {
        text.parse().ok()
    };
    found.ok_or_else(|| "neither RFC 3339 (`2026-11-22T09:30:00Z`) nor a date (`2026-11-22`)".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_its_first_instant_and_the_last_one_is_the_end_of_time() {
        for (text, instant) in [
            ("2026-11-22", "2026-11-22T00:00:00Z"),
            ("2026-11-22T09:30:00+01:00", "2026-11-22T08:30:00Z"),
            ("0001-01-01", "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(moment(text), Ok(instant.parse().unwrap()), "{text}");
        }
        assert_eq!(moment("9999-12-31"), Ok(Timestamp::MAX));
        for text in ["", "2026-02-30", "tomorrow", "2026-11-22T09:30:00", "10000-01-01"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
