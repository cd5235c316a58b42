//! What the names of an answer's members say about whose knowledge stands behind them.
//!
//! A guess, and meant to be read by a person: a name that says nothing is proposed only where it stands beside one that
//! tells of a person, however personal its value.

use serde_json::Value;

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

/// What a member says by its name, its value, and whether it stands under a customer.
pub(super) fn guess(name: &str, value: &Value, is_customers: bool) -> Option<Guess> {
    let words = words(name);
    let kind = KINDS.iter().find(|kind| has(&words, kind.words) && kind.fits(value));
    match kind {
        Some(kind) => Some(kind.guess(value)),
        None if is_customers && words == ["name"] => Some(NAME.guess(value)),
        None if is_customers && is_date(value) => Some(DATE_OF_CUSTOMER.guess(value)),
        None if is_customers && !value.is_object() => Some(OF_CUSTOMER.guess(value)),
        None => value.as_str().and_then(link),
    }
}

/// Whether what is below a name is known of a customer.
pub(super) fn is_customer(name: &str) -> bool {
    has(&words(name), CUSTOMER)
}

/// Whether an object with such a member is a person.
pub(super) fn tells_of_person(name: &str, value: &Value, whose: Whose) -> bool {
    let words = words(name);
    let kind = KINDS.iter().find(|kind| has(&words, kind.words) && kind.fits(value));
    kind.is_some_and(|kind| match kind.tells_of {
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

/// Whether a member of an item tells it from others.
pub(super) fn is_id(name: &str) -> bool {
    let words = words(name);
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["id" | "item" | "sku" | "asin" | "isbn" | "uri" | "gtin"] => true,
        [of, "id"] => ITEMS.contains(&of),
        _ => false,
    }
}

/// Whether a member is often named so that tells an item from others, though it is no id by name.
pub(super) fn is_like_id(name: &str) -> bool {
    has(&words(name), LIKE_IDS) || is_id(name)
}

/// A kind of member.
struct Kind {
    words: &'static [&'static str],
    tells_of: Of,
    class: &'static str,
    steps: Steps,
    why: &'static str,
}

/// Of whom a member tells, so that what stands beside it may be of the same.
enum Of {
    Person,
    /// Within an item it may be a shop or a maker that has a telephone and stands somewhere.
    PersonOrPlace,
    Anything,
}

enum Steps {
    Fixed(&'static str),
    /// A text that names a reason; another value waits for its class.
    Reason,
    /// A number that is rounded to what its size asks for.
    Rounded,
}

impl Kind {
    fn fits(&self, value: &Value) -> bool {
        !matches!(self.steps, Steps::Rounded) || value.is_number()
    }

    fn guess(&self, value: &Value) -> Guess {
        let steps = match self.steps {
            Steps::Fixed(steps) => steps.to_owned(),
            Steps::Reason if value.is_string() => {
                r#"{ acquainted = { replace = "You may like this" }, familiar = "keep" }"#.to_owned()
            }
            Steps::Reason => r#"{ familiar = "keep" }"#.to_owned(),
            Steps::Rounded => format!("{{ acquainted = {{ round_to = {} }} }}", coarseness(value)),
        };
        Guess { class: self.class, steps, why: self.why }
    }
}

/// To what a number is rounded, so that high, middling and low are left of it.
fn coarseness(value: &Value) -> &'static str {
    match value.as_f64().unwrap_or(0.0).abs() {
        ..=1.0 => "0.5",
        ..=10.0 => "5",
        _ => "50",
    }
}

/// What is proposed for an address with parameters that follow a person.
fn link(text: &str) -> Option<Guess> {
    let (address, query) = text.split_once('?')?;
    if !(address.starts_with('/') || address.starts_with("http")) || address.contains(' ') {
        return None;
    }
    let query = query.split('#').next().unwrap_or_default();
    let names: Vec<_> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    let mut without: Vec<String> = Vec::new();
    for name in names.iter().filter(|name| is_plain(name) && words(name).iter().any(|word| FOLLOWS.contains(&&**word)))
    {
        // Several that begin alike are of one kind, and more of it may come.
        let kind = name.split_once('_').map(|(kind, _)| format!("{kind}_"));
        let kind = kind.filter(|kind| names.iter().filter(|other| other.starts_with(kind.as_str())).count() > 1);
        let pattern = kind.map_or_else(|| (*name).to_owned(), |kind| kind + "*");
        if !without.contains(&pattern) {
            without.push(pattern);
        }
    }
    let without: Vec<_> = without.iter().map(|name| format!("\"{name}\"")).collect();
    (!without.is_empty()).then(|| Guess {
        class: "none",
        steps: format!("{{ new = {{ url_without = [{}] }} }}", without.join(", ")),
        why: "parameters that tell one click from another, and so one customer",
    })
}

/// Whether a name can stand in a string of TOML as it is.
fn is_plain(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// Whether words stand in a name one behind the other, as one of the phrases has them.
fn has(name: &[String], phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| {
        let phrase: Vec<_> = phrase.split(' ').collect();
        name.windows(phrase.len()).any(|words| words.iter().zip(&phrase).all(|(word, wanted)| is_word(word, wanted)))
    })
}

/// One word is another one, or several of it.
fn is_word(word: &str, wanted: &str) -> bool {
    word == wanted || word.strip_suffix('s') == Some(wanted)
}

/// The words of a name, small: `abTestVariantID` and `ab_test-variant id` are four.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = '_';
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let next_is_small = letters.peek().is_some_and(|next| next.is_lowercase());
        let begins = letter.is_uppercase() && (before.is_lowercase() || before.is_uppercase() && next_is_small);
        if begins || !letter.is_alphanumeric() {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter.is_alphanumeric(), words.last_mut()) {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

const KINDS: &[Kind] = &[
    Kind {
        words: &[
            "health",
            "diagnosis",
            "disease",
            "pregnancy",
            "pregnant",
            "religion",
            "religious",
            "ethnicity",
            "ethnic",
            "sexual",
            "bereavement",
            "disability",
            "political",
            "trade union",
        ],
        tells_of: Of::PersonOrPlace,
        class: "special_category",
        steps: Steps::Fixed(r#"{ new = "remove" }"#),
        why: "special categories of data (GDPR Art. 9), and what hurts to be reminded of",
    },
    Kind {
        words: &[
            "email",
            "e mail",
            "phone",
            "telephone",
            "mobile",
            "street",
            "postcode",
            "postal code",
            "zip code",
            "birthdate",
            "birth date",
            "birthday",
            "date of birth",
            "dob",
            "iban",
            "passport",
            "ip address",
            "ip",
        ],
        tells_of: Of::PersonOrPlace,
        class: "provided",
        steps: Steps::Fixed(r#"{ new = "remove" }"#),
        why: "how to reach or recognize somebody: no recommendation needs it",
    },
    NAME,
    Kind {
        words: &[
            "user id",
            "userid",
            "customer id",
            "customer number",
            "member id",
            "visitor id",
            "account id",
            "profile id",
            "client id",
            "session id",
            "user token",
            "device id",
            "person id",
            "subscriber id",
        ],
        tells_of: Of::Person,
        class: "observed",
        steps: Steps::Fixed(r#"{ new = "remove" }"#),
        why: "says who this is: of use to the service, never to the customer",
    },
    Kind {
        words: &[
            "ab",
            "experiment",
            "test group",
            "segment",
            "cluster",
            "cohort",
            "persona",
            "audience",
            "affinity",
            "affinities",
            "propensity",
            "churn",
            "lifetime value",
            "ltv",
            "clv",
            "predicted",
            "prediction",
            "feature",
            "embedding",
            "vector",
            "promotion name",
            "loyalty",
        ],
        tells_of: Of::Anything,
        class: "inferred",
        steps: Steps::Fixed(r#"{ new = "remove" }"#),
        why: "what was concluded of the customer: of use to the business, never to the customer",
    },
    Kind {
        words: &[
            "recommendation id",
            "recomm id",
            "request id",
            "query id",
            "attribution",
            "tracking",
            "tracker",
            "impression id",
            "click id",
            "token",
            "trace id",
        ],
        tells_of: Of::Anything,
        class: "observed",
        steps: Steps::Fixed(r#"{ familiar = "keep" }"#),
        why: "ties a click to this answer, and so to the customer it was made for",
    },
    Kind {
        words: &["reason", "explanation", "explain", "because", "why", "rationale", "justification"],
        tells_of: Of::Anything,
        class: "observed",
        steps: Steps::Reason,
        why: "says aloud what is known of the customer",
    },
    Kind {
        words: &["near you", "nearby", "distance", "latitude", "longitude", "lat", "lon", "lng", "geo"],
        tells_of: Of::PersonOrPlace,
        class: "provided",
        steps: Steps::Fixed(r#"{ familiar = "keep" }"#),
        why: "says where the customer is",
    },
    Kind {
        words: &["score", "relevance", "confidence", "similarity", "match", "probability"],
        tells_of: Of::Anything,
        class: "observed",
        steps: Steps::Rounded,
        why: "how well it fits the customer: high, middling or low is enough",
    },
    Kind {
        words: &[
            "history",
            "viewed",
            "bought",
            "purchased",
            "ordered",
            "clicked",
            "wishlist",
            "days since",
            "last seen",
            "last order",
            "last visit",
            "evaluation",
            "recent",
            "visited",
            "searches",
            "missing id",
            "param",
        ],
        tells_of: Of::Anything,
        class: "observed",
        steps: Steps::Fixed(r#"{ familiar = "keep" }"#),
        why: "what the customer did before",
    },
    Kind {
        words: &["partner", "third party", "external data", "social", "facebook", "credit"],
        tells_of: Of::Anything,
        class: "third_party",
        steps: Steps::Fixed(r#"{ trusted = "keep" }"#),
        why: "came from elsewhere",
    },
];

const NAME: Kind = Kind {
    words: &[
        "first name",
        "firstname",
        "given name",
        "last name",
        "lastname",
        "family name",
        "surname",
        "full name",
        "fullname",
        "nickname",
        "nick name",
        "username",
        "user name",
        "display name",
        "salutation",
        "greeting",
    ],
    tells_of: Of::Person,
    class: "provided",
    steps: Steps::Fixed(r#"{ new = "null", familiar = "keep" }"#),
    why: "a newcomer is not greeted by name",
};

const OF_CUSTOMER: Kind = Kind {
    words: &[],
    tells_of: Of::Anything,
    class: "provided",
    steps: Steps::Fixed(r#"{ familiar = "keep" }"#),
    why: "stands under the customer: what is it?",
};

const DATE_OF_CUSTOMER: Kind = Kind {
    words: &[],
    tells_of: Of::Anything,
    class: "provided",
    steps: Steps::Fixed(r#"{ familiar = { date_to = "month" }, trusted = { date_to = "day" } }"#),
    why: "stands under the customer: of a date, the month is enough",
};

/// What holds what is known of a customer.
const CUSTOMER: &[&str] =
    &["customer", "user", "member", "visitor", "shopper", "profile", "account", "person", "user data"];

/// What has ids that are no customer's.
const ITEMS: [&str; 14] = [
    "item", "product", "object", "article", "content", "offer", "movie", "track", "video", "entity", "book", "song",
    "document", "listing",
];

const LIKE_IDS: &[&str] = &["slug", "key", "code", "handle", "uuid", "guid", "number"];

/// Words of parameters that follow a person.
const FOLLOWS: [&str; 16] = [
    "rec", "ref", "uid", "user", "customer", "session", "sid", "cid", "click", "clickid", "token", "track", "tracking",
    "strat", "seq", "visitor",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_is_taken_apart_however_it_is_written() {
        for name in ["abTestVariantID", "ab_test-variant id", "AbTestVariantId", "ab.test.variant.ID"] {
            assert_eq!(words(name), ["ab", "test", "variant", "id"], "{name}");
        }
        assert_eq!(words("HTMLText"), ["html", "text"]);
        assert_eq!(words("über-Größe"), ["über", "größe"]);
    }

    #[test]
    fn names_say_what_stands_behind_them() {
        let class = |name: &str, value: Value| guess(name, &value, false).map(|guess| guess.class);
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
        let steps = |name: &str, value: Value| guess(name, &value, true).map(|guess| guess.steps);
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
        let steps = |value: Value| guess("score", &value, false).unwrap().steps;
        assert_eq!(steps(json!(0.87)), "{ acquainted = { round_to = 0.5 } }");
        assert_eq!(steps(json!(4.2)), "{ acquainted = { round_to = 5 } }");
        assert_eq!(steps(json!(87.3)), "{ acquainted = { round_to = 50 } }");
    }

    #[test]
    fn of_a_link_the_parameters_go_that_follow_a_person() {
        let steps = |url: &str| guess("url", &json!(url), false).map(|guess| guess.steps);
        assert_eq!(steps("/p/1?color=red&page=2"), None);
        assert_eq!(steps("/p/1?color=red&uid=7"), Some(r#"{ new = { url_without = ["uid"] } }"#.into()));
        let shop = "/products/a?pr_prod_strat=e5&pr_rec_id=77&v=1#top";
        assert_eq!(steps(shop), Some(r#"{ new = { url_without = ["pr_*"] } }"#.into()));
        assert_eq!(steps("Did it fit? user=you"), None);
    }
}
