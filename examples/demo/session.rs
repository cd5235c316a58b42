//! The token in the `session` cookie: who somebody is, and what they agreed to.
//!
//! A real shop's login and consent manager make such tokens. Here the page's controls do.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
    sync::LazyLock,
};

use http::{HeaderMap, header};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::{
    people::Person,
    travel::{DAY, FIRST_DAY, Traveller},
};

/// What the token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) iss: String,
    aud: String,
    /// The customer's id in the shop.
    pub(crate) sub: String,
    exp: i64,
    registered_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    birthdate: Option<String>,
    /// The purposes that are agreed to.
    pub(crate) consent: Vec<String>,
}

impl Session {
    /// A session of somebody who registered with the first visit.
    pub(crate) fn of(person: &Person, clock: &Traveller, consent: &[String]) -> Self {
        let registered_at =
            person.past.visits.map_or(clock.seconds(), |(first, ..)| FIRST_DAY - i64::from(first) * DAY);
        Self {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: person.id.clone(),
            exp: clock.seconds() + LASTS,
            registered_at,
            birthdate: person.birthdate.map(str::to_owned),
            consent: consent.to_vec(),
        }
    }

    /// The same session with other consent, from now on.
    pub(crate) fn renewed(self, clock: &Traveller, consent: Vec<String>) -> Self {
        Self { exp: clock.seconds() + LASTS, consent, ..self }
    }

    /// Reads the cookie of a request. The shop's own check: signature, issuer and audience.
    pub(crate) fn read(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let (_, token) = pairs.find(|(name, _)| *name == COOKIE)?;
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&[AUDIENCE]);
        // The demo's time is not the machine's.
        rules.validate_exp = false;
        let key = DecodingKey::from_secret(SECRETS.token.as_bytes());
        decode::<Self>(token, &key, &rules).ok().map(|read| read.claims)
    }

    /// The cookie as a request carries it.
    pub(crate) fn cookie(&self) -> Option<String> {
        Some(format!("{COOKIE}={}", self.token()?))
    }

    /// The token alone.
    pub(crate) fn token(&self) -> Option<String> {
        let key = EncodingKey::from_secret(SECRETS.token.as_bytes());
        encode(&Header::new(Algorithm::HS256), self, &key).ok()
    }
}

/// A secret of the policy by the name that it has there; every run of the demo has its own.
pub(crate) fn secret(name: &str) -> Option<String> {
    match name {
        "DEMO_TOKEN_SECRET" => Some(SECRETS.token.clone()),
        "DEMO_PSEUDONYM_SECRET" => Some(SECRETS.pseudonym.clone()),
        _ => None,
    }
}

struct Secrets {
    token: String,
    pseudonym: String,
}

static SECRETS: LazyLock<Secrets> = LazyLock::new(|| Secrets { token: random(), pseudonym: random() });

/// 64 hexadecimal digits. Good enough for one machine's demo; a shop takes them from its vault.
fn random() -> String {
    (0..4).map(|_| format!("{:016x}", RandomState::new().build_hasher().finish())).collect()
}

const COOKIE: &str = "session";
const ISSUER: &str = "https://id.fernandfield.example";
const AUDIENCE: &str = "shop";
const LASTS: i64 = 30 * DAY;
