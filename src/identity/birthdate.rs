//! How old a customer is, as far as a token says.

use jiff::{Timestamp, civil::Date};
use serde_json::Value;

use crate::relationship::Day;

/// What the birthdate claim says.
///
/// ```
/// use tower_rapport::{identity::Birthdate, relationship::Day};
///
/// let day = |text: &str| text.parse().map(Day::from_date);
/// let born = Birthdate::Born(day("2008-11-30")?);
/// assert_eq!((born.age_on(day("2026-11-29")?), born.age_on(day("2026-11-30")?)), (Some(17), Some(18)));
/// assert_eq!(Birthdate::Unreadable.age_on(day("2026-11-29")?), Some(0), "in doubt, a minor");
/// # Ok::<(), jiff::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Birthdate {
    /// The policy names no such claim, or the token has none.
    Unknown,
    /// Born on this day. A year alone means its 31 December.
    Born(Day),
    /// The claim is there and is no date, or one to come. In doubt, that is a minor's.
    Unreadable,
}

impl Birthdate {
    /// Whole years of age on a day; `None` where the birthdate is unknown, 0 where it is unreadable.
    ///
    /// Who was born on 29 February turns a year older on 1 March in common years.
    pub fn age_on(self, day: Day) -> Option<u16> {
        let born = match self {
            Self::Unknown => return None,
            Self::Unreadable => return Some(0),
            Self::Born(born) => born.date(),
        };
        let today = day.date();
        let had_birthday = (today.month(), today.day()) >= (born.month(), born.day());
        let years = today.year().saturating_sub(born.year()).saturating_sub(i16::from(!had_birthday));
        Some(u16::try_from(years).unwrap_or(0))
    }

    pub(super) fn read(claim: Option<&Value>, now: Timestamp) -> Self {
        let Some(claim) = claim else { return Self::Unknown };
        let text = claim.as_str().unwrap_or_default();
        let digits_at = |dashes: &[usize]| {
            text.bytes()
                .enumerate()
                .all(|(at, byte)| if dashes.contains(&at) { byte == b'-' } else { byte.is_ascii_digit() })
        };
        let date = match text.len() {
            4 if digits_at(&[]) => text.parse().ok().and_then(|year| Date::new(year, 12, 31).ok()),
            10 if digits_at(&[4, 7]) => text.parse::<Date>().ok(),
            _ => None,
        };
        // OpenID Connect writes the year 0000 where the year is withheld.
        match date {
            Some(date) if date.year() > 0 && date.year() <= Day::of(now).date().year() => {
                Self::Born(Day::from_date(date))
            }
            _ => Self::Unreadable,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn day(date: &str) -> Day {
        Day::from_date(date.parse().unwrap())
    }

    fn noon() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_birthdate_is_a_date_or_a_year_and_in_doubt_a_minors() {
        let born = |date| Birthdate::Born(day(date));
        for (claim, expected) in [
            (json!("1990-02-28"), born("1990-02-28")),
            (json!("1990"), born("1990-12-31")),
            (json!("2026"), born("2026-12-31")),
            (json!("2027"), Birthdate::Unreadable),
            (json!("9999"), Birthdate::Unreadable),
            (json!("9999-12-31"), Birthdate::Unreadable),
            (json!("0000-02-28"), Birthdate::Unreadable),
            (json!("0000"), Birthdate::Unreadable),
            (json!("1990-02-30"), Birthdate::Unreadable),
            (json!("1990-2-3"), Birthdate::Unreadable),
            (json!("19900203"), Birthdate::Unreadable),
            (json!("+990"), Birthdate::Unreadable),
            (json!("１９９０"), Birthdate::Unreadable),
            (json!(" 1990-02-28"), Birthdate::Unreadable),
            (json!("28.02.1990"), Birthdate::Unreadable),
            (json!(""), Birthdate::Unreadable),
            (json!(1990), Birthdate::Unreadable),
            (json!(null), Birthdate::Unreadable),
            (json!(["1990"]), Birthdate::Unreadable),
        ] {
            assert_eq!(Birthdate::read(Some(&claim), noon()), expected, "{claim}");
        }
        assert_eq!(Birthdate::read(None, noon()), Birthdate::Unknown);
    }

    #[test]
    fn a_year_is_completed_on_the_birthday() {
        for (born, on, age) in [
            ("2008-11-22", "2026-11-21", 17),
            ("2008-11-22", "2026-11-22", 18),
            ("2008-12-31", "2026-12-30", 17),
            ("2008-12-31", "2026-12-31", 18),
            ("2008-02-29", "2026-02-28", 17),
            ("2008-02-29", "2026-03-01", 18),
            ("2008-02-29", "2028-02-28", 19),
            ("2008-02-29", "2028-02-29", 20),
            ("2026-12-31", "2026-11-22", 0),
            ("1900-01-01", "2026-11-22", 126),
        ] {
            assert_eq!(Birthdate::Born(day(born)).age_on(day(on)), Some(age), "{born} on {on}");
        }
        assert_eq!(Birthdate::Unknown.age_on(day("2026-11-22")), None);
        assert_eq!(Birthdate::Unreadable.age_on(day("2026-11-22")), Some(0));
    }
}
