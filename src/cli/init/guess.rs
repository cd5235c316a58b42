//! What a member of an answer says, by its name and its value, about whose knowledge stands behind it.
//!
//! A guess, and meant to be read by a person: a name that says nothing is proposed only where it stands beside one that
//! tells of a person, however personal its value.

mod kind;
mod link;

use serde_json::Value;

use self::kind::{DATE_OF_CUSTOMER, Kind, NAME, OF_CUSTOMER, Of};
use super::words::words;

/// What is proposed for a member of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Guess {
    /// The class of data.
    pub(super) class: &'static str,
    /// The steps, as TOML.
    pub(super) steps: String,
    /// Why, as it is said beside the rule.
    pub(super) why: &'static str,
}

/// Whose knowledge an object holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Not told by what it lies in.
    Anybodys,
    /// It lies in an item.
    AnItems,
    /// It lies in what is known of a customer.
    Customers,
}

impl Guess {
    /// What a member says by its name, its value, and whether it stands under a customer.
    pub(super) fn of(name: &str, value: &Value, is_customers: bool) -> Option<Self> {
        match Kind::of(name, value) {
            Some(kind) => Some(kind.guess(value)),
            None if is_customers && words(name) == ["name"] => Some(NAME.guess(value)),
            None if is_customers && is_date(value) => Some(DATE_OF_CUSTOMER.guess(value)),
            None if is_customers && !value.is_object() => Some(OF_CUSTOMER.guess(value)),
            None => value.as_str().and_then(link::guess),
        }
    }
}

/// Whether an object with such a member is a person.
pub(super) fn tells_of_person(name: &str, value: &Value, whose: Whose) -> bool {
    Kind::of(name, value).is_some_and(|kind| match kind.tells_of {
        Of::Person => true,
        Of::PersonOrPlace => whose != Whose::AnItems,
        Of::Anything => false,
    })
}

/// Whether a value is a date or a date-time, of which `date_to` leaves a part.
fn is_date(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    match text.len() == "2026-05-03".len() {
        true => text.parse::<jiff::civil::Date>().is_ok(),
        false => text.parse::<jiff::Timestamp>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_say_what_stands_behind_them() {
        let class = |name: &str, value: Value| Guess::of(name, &value, false).map(|guess| guess.class);
        assert_eq!(class("first_name", json!("Anna")), Some("provided"));
        assert_eq!(class("name", json!("Lamp")), None);
        assert_eq!(class("score", json!("high")), None, "a score is a number");
        assert_eq!(class("variants", json!([])), None);
        assert_eq!(class("abGroup", json!("b")), Some("inferred"));
        assert_eq!(class("pregnancyWeek", json!(7)), Some("special_category"));
        assert_eq!(class("price", json!(7)), None);
    }

    #[test]
    fn under_a_customer_nothing_is_left() {
        let steps = |name: &str, value: Value| Guess::of(name, &value, true).map(|guess| guess.steps);
        let (date, other) =
            (r#"{ familiar = { date_to = "month" }, trusted = { date_to = "day" } }"#, r#"{ familiar = "keep" }"#);
        assert_eq!(steps("name", json!("Anna")).as_deref(), Some(NAME.guess(&json!("")).steps.as_str()));
        for value in [json!("2026-11-02"), json!("2026-11-02T10:00:00Z"), json!("2026-11-02 10:00:00.5+02:00")] {
            assert_eq!(steps("since", value.clone()).as_deref(), Some(date), "{value}");
        }
        for value in [json!(2019), json!("2026-13-02"), json!("yesterday"), json!(null), json!(["2026-11-02"])] {
            assert_eq!(steps("since", value.clone()).as_deref(), Some(other), "{value}");
        }
        assert_eq!(steps("address", json!({})), None, "its members are looked at, one by one");
    }

    #[test]
    fn what_is_rounded_keeps_no_more_than_high_middling_and_low() {
        let steps = |value: Value| Guess::of("score", &value, false).unwrap().steps;
        assert_eq!(steps(json!(0.87)), "{ acquainted = { round_to = 0.5 } }");
        assert_eq!(steps(json!(4.2)), "{ acquainted = { round_to = 5 } }");
        assert_eq!(steps(json!(87.3)), "{ acquainted = { round_to = 50 } }");
    }
}
