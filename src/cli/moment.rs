//! An instant as people type it.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// Reads RFC 3339, or a date, which is its first instant in UTC.
pub(super) fn moment(text: &str) -> Result<Timestamp, String> {
    let found = if text.len() == "2026-11-22".len() {
        let date: Option<Date> = text.parse().ok();
        date.and_then(|date| date.to_zoned(TimeZone::UTC).ok()).map(|midnight| midnight.timestamp())
    } else {
        text.parse().ok()
    };
    found.ok_or_else(|| "neither RFC 3339 (`2026-11-22T09:30:00Z`) nor a date (`2026-11-22`)".to_owned())
}
