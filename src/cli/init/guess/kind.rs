//! The kinds of members that names tell apart, and what is proposed for each.

use serde_json::Value;

use super::{
    super::words::{has, words},
    Guess,
};

/// A kind of member.
pub(super) struct Kind {
    words: &'static [&'static str],
    pub(super) tells_of: Of,
    class: &'static str,
    steps: Steps,
    why: &'static str,
}

/// Of whom a member tells, so that what stands beside it may be of the same.
pub(super) enum Of {
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
    /// The first kind that a member is of.
    pub(super) fn of(name: &str, value: &Value) -> Option<&'static Self> {
        let words = words(name);
        KINDS.iter().find(|kind| has(&words, kind.words) && kind.fits(value))
    }

    fn fits(&self, value: &Value) -> bool {
        !matches!(self.steps, Steps::Rounded) || value.is_number()
    }

    pub(super) fn guess(&self, value: &Value) -> Guess {
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

pub(super) const NAME: Kind = Kind {
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

pub(super) const OF_CUSTOMER: Kind = Kind {
    words: &[],
    tells_of: Of::Anything,
    class: "provided",
    steps: Steps::Fixed(r#"{ familiar = "keep" }"#),
    why: "stands under the customer: what is it?",
};

pub(super) const DATE_OF_CUSTOMER: Kind = Kind {
    words: &[],
    tells_of: Of::Anything,
    class: "provided",
    steps: Steps::Fixed(r#"{ familiar = { date_to = "month" }, trusted = { date_to = "day" } }"#),
    why: "stands under the customer: of a date, the month is enough",
};
