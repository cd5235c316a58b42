//! What the layer reads from a verified token: who, until when, and the three claims that a policy may name.

use std::{fmt, time::Duration};

use jiff::{SignedDuration, Timestamp, civil::Date};
use serde_json::Value;

use super::{
    birthdate::Birthdate,
    customer::{CustomerId, Pseudonym, PseudonymKey},
    refusal::TokenError,
};
use crate::{object::read_object, relationship::Day};

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
