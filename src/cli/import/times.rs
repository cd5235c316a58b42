//! Times as exports write them. One without a zone is taken as UTC.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::TimeZone,
};

/// Which of two numbers is the day where a date is written as `1/12/2010`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Dates {
    /// The month comes first: `12/31/2010`
    Mdy,
    /// The day comes first: `31/12/2010`
    Dmy,
}

/// Why a text is no time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Untimely {
    /// It is none.
    Unreadable,
    /// It is one of two, and nobody said which number is the day.
    Ambiguous,
}

/// Reads a time: RFC 3339; a date, alone or with a time of day (`2019-10-01 00:00:00 UTC`, `20191001`, `2019/10/01`,
/// `1.10.2019`, and `10/1/2019 8:26` once it is said which number is the day); or seconds or milliseconds since 1970.
pub(super) fn time(text: &str, dates: Option<Dates>) -> Result<Timestamp, Untimely> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return number(text).ok_or(Untimely::Unreadable);
    }
    if let Ok(instant) = text.parse() {
        return Ok(instant);
    }
    let text = text.strip_suffix("UTC").unwrap_or(text).trim_end();
    let (day, clock) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let moment = date(day, dates)?.to_datetime(of_day(clock.trim()).ok_or(Untimely::Unreadable)?);
    instant(moment).ok_or(Untimely::Unreadable)
}

/// A time in digits alone, told by how many there are.
fn number(digits: &str) -> Option<Timestamp> {
    let value: i64 = digits.parse().ok()?;
    match digits.len() {
        8 => {
            let part = |number: i64| i8::try_from(number).ok();
            let date = Date::new((value / 10_000).try_into().ok()?, part(value / 100 % 100)?, part(value % 100)?);
            instant(date.ok()?.to_datetime(Time::midnight()))
        }
        9 | 10 => Timestamp::from_second(value).ok(),
        12 | 13 => Timestamp::from_millisecond(value).ok(),
        _ => None,
    }
}

fn date(text: &str, dates: Option<Dates>) -> Result<Date, Untimely> {
    let separator = text.chars().find(|letter| !letter.is_ascii_digit()).ok_or(Untimely::Unreadable)?;
    let parts: Vec<&str> = text.split(separator).collect();
    let [first, second, third] = parts.as_slice() else { return Err(Untimely::Unreadable) };
    let (year, month, day) = match (first.len(), third.len(), separator) {
        (4, 1 | 2, '-' | '/' | '.') => (first, second, third),
        (1 | 2, 4, '.') => (third, second, first),
        (1 | 2, 4, '-' | '/') => match dates {
            Some(Dates::Mdy) => (third, first, second),
            Some(Dates::Dmy) => (third, second, first),
            None => return Err(Untimely::Ambiguous),
        },
        _ => return Err(Untimely::Unreadable),
    };
    let small = |text: &str| text.parse::<i8>().map_err(|_| Untimely::Unreadable);
    let year = year.parse().map_err(|_| Untimely::Unreadable)?;
    Date::new(year, small(month)?, small(day)?).map_err(|_| Untimely::Unreadable)
}

/// `8:26`, `08:26:00`, `08:26:00.5`, `8:26 PM`; midnight where nothing stands.
fn of_day(text: &str) -> Option<Time> {
    if text.is_empty() {
        return Some(Time::midnight());
    }
    let upper = text.to_ascii_uppercase();
    let halves = [("AM", 0), ("PM", 12)];
    let half = halves.into_iter().find_map(|(name, hours)| Some((upper.strip_suffix(name)?.trim_end(), hours)));
    let (clock, later) = half.map_or((upper.as_str(), None), |(clock, hours)| (clock, Some(hours)));
    let mut parts = clock.split(':');
    let mut part = || parts.next().map(|part| part.split('.').next().unwrap_or(part).parse::<i8>().ok());
    let (hour, minute, second) = (part()??, part()??, part().unwrap_or(Some(0))?);
    let hour = match later {
        Some(later) if (1..=12).contains(&hour) => hour % 12 + later,
        Some(_) => return None,
        None => hour,
    };
    parts.next().is_none().then(|| Time::new(hour, minute, second, 0).ok()).flatten()
}

fn instant(moment: DateTime) -> Option<Timestamp> {
    moment.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, dates: Option<Dates>) -> Result<String, Untimely> {
        time(text, dates).map(|instant| instant.to_string())
    }

    #[test]
    fn a_time_is_read_as_exports_write_it() {
        for (text, expected) in [
            ("19970101", "1997-01-01T00:00:00Z"),
            ("1433221332117", "2015-06-02T05:02:12.117Z"),
            ("1433221332", "2015-06-02T05:02:12Z"),
            ("2019-10-01 00:00:04 UTC", "2019-10-01T00:00:04Z"),
            ("2019-10-01T00:30:00+02:00", "2019-09-30T22:30:00Z"),
            ("2014-03-08 00:00:00", "2014-03-08T00:00:00Z"),
            ("2017-10-02 10:56", "2017-10-02T10:56:00Z"),
            ("2017-10-02T10:56:33.250", "2017-10-02T10:56:33Z"),
            ("2017-10-02", "2017-10-02T00:00:00Z"),
            ("2017/10/2", "2017-10-02T00:00:00Z"),
            ("2.10.2017 9:05", "2017-10-02T09:05:00Z"),
        ] {
            assert_eq!(read(text, None).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn which_number_is_the_day_is_not_guessed() {
        for text in ["12/1/2010 8:26", "12-01-2010", "13/1/2010"] {
            assert_eq!(read(text, None), Err(Untimely::Ambiguous), "{text}");
        }
        for (text, dates, expected) in [
            ("12/1/2010 8:26", Dates::Mdy, Ok("2010-12-01T08:26:00Z")),
            ("12/1/2010 8:26:30 PM", Dates::Dmy, Ok("2010-01-12T20:26:30Z")),
            ("12-1-2010 12:00 am", Dates::Mdy, Ok("2010-12-01T00:00:00Z")),
            ("13/1/2010", Dates::Mdy, Err(Untimely::Unreadable)),
        ] {
            assert_eq!(read(text, Some(dates)).as_deref().map_err(|error| *error), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "anna",
            "1",
            "1999",
            "123456",
            "19971301",
            "00000000",
            "2017-02-30",
            "1.2.97",
            "2017-10-02 25:00",
            "2017-10",
            "2017-10-02 10",
            "2017-10-02 10:00:00:00",
            "2017-10-02 13:00 PM",
            "--",
            "1/2/3/4",
            "é.1.2017",
        ] {
            assert_eq!(read(text, Some(Dates::Mdy)), Err(Untimely::Unreadable), "{text}");
        }
    }
}
