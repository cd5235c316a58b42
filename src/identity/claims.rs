//! What the layer reads from a verified token: who, until when, and the three claims that a policy may name.

use std::{fmt, time::Duration};

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::{
    customer::{CustomerId, Pseudonym, PseudonymKey},
    refusal::TokenError,
};
use crate::relationship::Day;

/// What every token must say, and how its claims are called.
///
/// See the example of [`Verifier`](super::Verifier).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRules {
    /// The one `iss`, compared exactly.
    pub issuer: String,
    /// The `aud`, or one of them, compared exactly.
    pub audience: String,
    /// By how much `exp` and `nbf` may be missed, for clocks that differ. 30 seconds.
    pub leeway: Duration,
    /// The names of the claims that are read.
    pub claims: ClaimNames,
}

impl TokenRules {
    /// Rules with the default leeway and claim names.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            audience: audience.into(),
            leeway: Duration::from_secs(30),
            claims: ClaimNames::default(),
        }
    }
}

/// The names of claims, each a member at the top of the payload. What is not named is not read.
///
/// See the example of [`Verifier`](super::Verifier).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimNames {
    /// Whose token it is: a string, not empty, required. `sub`.
    pub subject: String,
    /// Since when the business knows the customer: RFC 3339, or seconds since 1970.
    pub known_since: Option<String>,
    /// The birthdate: `YYYY-MM-DD` or `YYYY` (OpenID Connect Core section 5.1).
    pub birthdate: Option<String>,
    /// The granted purposes: an array of strings, or words in one string.
    pub purposes: Option<String>,
}

impl Default for ClaimNames {
    fn default() -> Self {
        Self { subject: "sub".into(), known_since: None, birthdate: None, purposes: None }
    }
}

/// Somebody whose token was verified.
///
/// Printed, it shows the pseudonym and nothing of the claims.
///
/// See the example of [`Verifier`](super::Verifier).
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    /// Under which the customer is kept.
    pub customer: Pseudonym,
    /// Under which the customer was kept with earlier secrets, in the order of those.
    pub former: Box<[Pseudonym]>,
    /// Since when the business knows the customer; `None` where the claim is missing, unreadable or in the future.
    pub known_since: Option<Day>,
    /// How old the customer is.
    pub birthdate: Birthdate,
    /// The purposes that the claim lists; `None` where there is no such claim, none where it cannot be read.
    pub purposes: Option<Vec<String>>,
    /// From when on the token holds, without leeway; always, where it has no `nbf`.
    pub not_before: Timestamp,
    /// From when on the token does not hold any more, without leeway.
    pub expires: Timestamp,
}

impl Identity {
    /// Somebody of whom nothing but the pseudonyms is known.
    pub(crate) fn known_as(customer: Pseudonym, former: Box<[Pseudonym]>) -> Self {
        Self {
            customer,
            former,
            known_since: None,
            birthdate: Birthdate::Unknown,
            purposes: None,
            not_before: Timestamp::MIN,
            expires: Timestamp::MAX,
        }
    }

    /// Checks the claims of a payload whose signature is right, and reads what the layer wants to know.
    pub(super) fn read(
        payload: &[u8],
        rules: &TokenRules,
        key: &PseudonymKey,
        former: &[PseudonymKey],
        now: Timestamp,
    ) -> Result<Self, TokenError> {
        let mut claims = read_object(payload)?;
        check_issuer(claims.get("iss"), &rules.issuer)?;
        check_audience(claims.get("aud"), &rules.audience)?;
        let expires = claims.get("exp").ok_or(TokenError::MissingExpiry)?;
        let expires = numeric_date(expires, f64::floor).ok_or(TokenError::Expiry)?;
        let not_before = match claims.get("nbf") {
            None => Timestamp::MIN,
            Some(value) => numeric_date(value, f64::ceil).ok_or(TokenError::NotBefore)?,
        };
        check_time(not_before, expires, rules.leeway, now)?;
        let subject = match claims.remove(&rules.claims.subject) {
            None => return Err(TokenError::MissingSubject),
            Some(Value::String(subject)) if !subject.is_empty() => CustomerId::new(subject),
            Some(_) => return Err(TokenError::Subject),
        };
        let named = |name: &Option<String>| name.as_ref().and_then(|name| claims.get(name));
        Ok(Self {
            customer: key.pseudonym(&rules.issuer, &subject),
            former: former.iter().map(|key| key.pseudonym(&rules.issuer, &subject)).collect(),
            known_since: named(&rules.claims.known_since).and_then(|value| known_since(value, now)),
            birthdate: Birthdate::read(named(&rules.claims.birthdate), now),
            purposes: named(&rules.claims.purposes).map(purposes),
            not_before,
            expires,
        })
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("customer", &self.customer).finish_non_exhaustive()
    }
}

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

    fn read(claim: Option<&Value>, now: Timestamp) -> Self {
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

/// Whether a token holds at an instant (RFC 7519 sections 4.1.4 and 4.1.5).
pub(super) fn check_time(
    not_before: Timestamp,
    expires: Timestamp,
    leeway: Duration,
    now: Timestamp,
) -> Result<(), TokenError> {
    // In doubt, none.
    let leeway = SignedDuration::try_from(leeway).unwrap_or_default();
    if now.duration_since(expires) >= leeway {
        return Err(TokenError::Expired);
    }
    if not_before.duration_since(now) > leeway {
        return Err(TokenError::NotYet);
    }
    Ok(())
}

/// A JSON object in which no member stands twice. What is meant by a doubled member is anybody's guess, and two readers
/// of one token must not guess differently.
pub(super) fn read_object(json: &[u8]) -> Result<Map<String, Value>, TokenError> {
    serde_json::from_slice::<Object>(json).map_err(|_| TokenError::Shape)?.0.ok_or(TokenError::Duplicate)
}

/// An object's members; none of them where one stands twice.
struct Object(Option<Map<String, Value>>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Object, A::Error> {
                let mut members = Map::new();
                let mut twice = false;
                while let Some((name, value)) = access.next_entry::<String, Value>()? {
                    if members.len() >= MEMBERS {
                        return Err(A::Error::custom("too many members"));
                    }
                    twice |= members.insert(name, value).is_some();
                }
                Ok(Object((!twice).then_some(members)))
            }
        }

        deserializer.deserialize_map(Members)
    }
}

fn check_issuer(claim: Option<&Value>, issuer: &str) -> Result<(), TokenError> {
    match claim {
        None => Err(TokenError::MissingIssuer),
        Some(Value::String(own)) if own == issuer => Ok(()),
        Some(_) => Err(TokenError::Issuer),
    }
}

fn check_audience(claim: Option<&Value>, audience: &str) -> Result<(), TokenError> {
    let meant = match claim {
        None => return Err(TokenError::MissingAudience),
        Some(Value::String(own)) => own == audience,
        Some(Value::Array(own)) => own.iter().all(Value::is_string) && own.iter().any(|one| one == audience),
        Some(_) => false,
    };
    if meant { Ok(()) } else { Err(TokenError::Audience) }
}

/// Seconds since 1970, perhaps with a fraction (RFC 7519 section 2), to the millisecond. Beyond the calendar, its end.
fn numeric_date(value: &Value, round: fn(f64) -> f64) -> Option<Timestamp> {
    let Value::Number(number) = value else { return None };
    let milliseconds = match number.as_i64() {
        Some(seconds) => seconds.saturating_mul(1000),
        // `as` saturates, and JSON has no NaN.
        None => round(number.as_f64()? * 1000.0) as i64,
    };
    let end = if milliseconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Some(Timestamp::from_millisecond(milliseconds).unwrap_or(end))
}

fn known_since(claim: &Value, now: Timestamp) -> Option<Day> {
    let since = match claim {
        Value::Number(number) => {
            let seconds = number.as_f64()?;
            // Beyond the calendar there is nothing to know; a rounded-off end would be an invented date.
            (seconds.abs() < 1e11).then(|| Timestamp::from_second(seconds.floor() as i64).ok())??
        }
        // RFC 3339 section 5.6, `date-time` or the `full-date` alone.
        Value::String(text) => text.parse::<Timestamp>().ok().or_else(|| {
            let date = text.parse::<Date>().ok().filter(|_| text.len() == 10)?;
            date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|midnight| midnight.timestamp())
        })?,
        _ => return None,
    };
    (since <= now).then(|| Day::of(since))
}

fn purposes(claim: &Value) -> Vec<String> {
    match claim {
        Value::String(words) => words.split_whitespace().map(str::to_owned).collect(),
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// More members than any token has that fits into 8 KiB and means well.
const MEMBERS: usize = 512;

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

    #[test]
    fn known_since_is_a_date_that_has_been_or_nothing() {
        for (claim, expected) in [
            (json!("2019-05-01T23:30:00-05:00"), Some("2019-05-02")),
            (json!("2019-05-01T00:00:00Z"), Some("2019-05-01")),
            (json!("2019-05-01"), Some("2019-05-01")),
            (json!(1_556_668_800), Some("2019-05-01")),
            (json!(1_556_668_800.75), Some("2019-05-01")),
            (json!(-86_400), Some("1969-12-31")),
            (json!("2026-11-22T12:00:01Z"), None),
            (json!("2027-01-01"), None),
            (json!(1_556_668_800_000_i64), None),
            (json!(1e300), None),
            (json!(-1e300), None),
            (json!("1556668800"), None),
            (json!("yesterday"), None),
            (json!("2019-05-01T00:00:00"), None),
            (json!(true), None),
            (json!(null), None),
            (json!({"at": 1}), None),
        ] {
            assert_eq!(known_since(&claim, noon()), expected.map(day), "{claim}");
        }
    }

    #[test]
    fn purposes_are_a_list_or_words_and_else_none() {
        for (claim, expected) in [
            (json!(["record", "personalization"]), vec!["record", "personalization"]),
            (json!("record  personalization"), vec!["record", "personalization"]),
            (json!(["record", 7, null, ["cross_context"]]), vec!["record"]),
            (json!(""), vec![]),
            (json!([]), vec![]),
            (json!(true), vec![]),
            (json!({"record": true}), vec![]),
            (json!(null), vec![]),
        ] {
            assert_eq!(purposes(&claim), expected, "{claim}");
        }
    }

    #[test]
    fn a_fraction_of_a_second_never_lengthens_a_token() {
        let at = |value: Value, round: fn(f64) -> f64| numeric_date(&value, round).unwrap().as_millisecond();
        assert_eq!(at(json!(10), f64::floor), 10_000);
        assert_eq!(at(json!(10.0009), f64::floor), 10_000);
        assert_eq!(at(json!(10.0009), f64::ceil), 10_001);
        assert_eq!(numeric_date(&json!(u64::MAX), f64::floor), Some(Timestamp::MAX));
        assert_eq!(numeric_date(&json!(i64::MIN), f64::floor), Some(Timestamp::MIN));
        assert_eq!(numeric_date(&json!("10"), f64::floor), None);
        assert_eq!(numeric_date(&json!(true), f64::floor), None);
    }
}
