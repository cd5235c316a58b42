//! How a token is checked and what is read from it; how visitors are known.

use std::time::Duration;

use super::{
    consent::token,
    names::{all, required, text},
};
use crate::{
    identity::{Algorithm, ClaimNames, Key as SigningKey, KeySet, PseudonymKey, TokenRules, TokenSource, Visitors},
    policy::{
        diagnostics::{Findings, Place},
        keys::Key,
        remedy::did_you_mean,
        secrets::Surroundings,
        values, written,
    },
};

/// How customers are recognized.
///
/// In the file `[identity]`. See the example of [`Account`](crate::portal::Account), which makes a customer's pseudonym with it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct IdentitySettings {
    /// What every token must say.
    pub rules: TokenRules,
    /// The keys that tokens are checked with.
    pub keys: Keys,
    /// Where a token may stand, in the order in which they are looked at.
    pub sources: Vec<TokenSource>,
    /// Makes the pseudonyms under which customers are kept.
    pub pseudonyms: PseudonymKey,
    /// Makes the pseudonyms of before, latest first.
    pub former: Vec<PseudonymKey>,
    /// How people without a token are recognized, if they are.
    pub visitors: Option<Visitors>,
}

/// Where the keys come from.
///
/// In the file `[[identity.keys]]`, or `[identity.jwks]`. See the example of [`Policy`](crate::policy::Policy).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Keys {
    /// They stand in the policy.
    Here(KeySet),
    /// They are fetched (feature `jwks`).
    #[cfg(feature = "jwks")]
    At(crate::identity::JwksSource),
}

pub(super) fn identity(
    key: &Key<written::Identity>,
    around: &Surroundings<'_>,
    findings: &Findings<'_>,
) -> Option<IdentitySettings> {
    if !key.is_written() && !findings.is_misspelt(&Place::default(), &["identity"]) {
        let message = "`[identity]` is missing";
        findings.error(
            &Place::default().child("identity"),
            message,
            "write it, with issuer, audience, keys and pseudonym_secret",
        );
    }
    let (table, place) = key.here()?;
    let place = place.of_key();
    let issuer = text(&table.issuer, &place, "issuer", findings);
    let audience = text(&table.audience, &place, "audience", findings);
    required(&table.pseudonym_secret, &place, "pseudonym_secret", findings);
    let pseudonyms = long_enough(around.secret(&table.pseudonym_secret, findings), &table.pseudonym_secret, findings);
    let former = table.previous_secrets.get().map_or(&[][..], Vec::as_slice);
    let former: Vec<_> = former.iter().map(|key| around.secret(key, findings)).collect();
    let leeway = values::duration(&table.leeway, "30s", findings);
    let keys = keys(table, &place, around, findings);
    let claims = claims(&table.claims, findings);
    let visitors = visitors(&table.visitors, findings);
    let sources = sources(&table.tokens, findings);
    let pseudonyms = PseudonymKey::new(&pseudonyms?);
    let former: Vec<_> =
        former.iter().map(|secret| Some(PseudonymKey::new(secret.as_ref()?))).collect::<Option<_>>()?;
    let issuer = issuer?;
    let visitors =
        visitors?.map(|(cookie, max_age)| Visitors::new(&cookie, max_age, issuer, &pseudonyms, former.iter().cloned()));
    Some(IdentitySettings {
        rules: TokenRules { issuer: issuer.into(), audience: audience?.into(), leeway: leeway?, claims: claims? },
        keys: keys?,
        sources: sources?,
        pseudonyms,
        former,
        visitors,
    })
}

/// Whoever can guess the secret can try out who stands behind a pseudonym. One of before may be as short as it was.
fn long_enough(secret: Option<Vec<u8>>, key: &Key<written::Secret>, findings: &Findings<'_>) -> Option<Vec<u8>> {
    let secret = secret?;
    if secret.len() < SHORTEST_SECRET {
        let message =
            format!("a secret of {} bytes can be guessed, and with it who is behind a pseudonym", secret.len());
        let remedy = format!(
            "make one of {SHORTEST_SECRET} bytes or more, as `openssl rand -hex 32` does; whoever is kept under this one stays \
             known if it stands in `previous_secrets`"
        );
        findings.error(&key.place(), message, remedy);
        return None;
    }
    Some(secret)
}

/// 128 bits, as nobody can try out.
const SHORTEST_SECRET: usize = 16;

fn sources(key: &Key<Vec<Key<String>>>, findings: &Findings<'_>) -> Option<Vec<TokenSource>> {
    let Some(list) = key.get() else { return Some(vec![TokenSource::Header(http::header::AUTHORIZATION)]) };
    if list.is_empty() {
        findings.error(&key.place(), "no place where a token may stand", "leave `tokens` out, or name a place");
    }
    let read = |key: &Key<String>| {
        let (text, place) = key.here()?;
        text.parse().map_err(|error| findings.error(&place, format!("{error}"), "")).ok()
    };
    all(list.iter().map(read))
}

fn keys(table: &written::Identity, place: &Place, around: &Surroundings<'_>, findings: &Findings<'_>) -> Option<Keys> {
    match (table.keys.is_written(), table.jwks.is_written()) {
        (true, true) => {
            let remedy = "write `[[identity.keys]]` or `[identity.jwks]`, not both";
            findings.error(&table.jwks.place().of_key(), "keys from two sides", remedy);
            None
        }
        (false, false) if findings.is_misspelt(place, &["keys", "jwks"]) => None,
        (false, false) => {
            let remedy = "write `[[identity.keys]]`, or `[identity.jwks]`";
            findings.error(&place.child("keys"), "`keys` are missing", remedy);
            None
        }
        (true, false) => {
            let list = table.keys.get()?;
            let set = KeySet::new(all(list.iter().map(|key| signing_key(key, around, findings)))?);
            set.map(Keys::Here).map_err(|error| findings.error(&table.keys.place(), error.to_string(), "")).ok()
        }
        (false, true) => jwks(&table.jwks, findings),
    }
}

fn signing_key(
    key: &Key<written::SigningKey>,
    around: &Surroundings<'_>,
    findings: &Findings<'_>,
) -> Option<SigningKey> {
    let (written, place) = key.here()?;
    let algorithm = required(&written.alg, &place, "alg", findings).and_then(|name| {
        let found = name.parse::<Algorithm>().ok();
        if found.is_none() {
            let known = did_you_mean(name, Algorithm::ALL.map(Algorithm::name));
            findings.error(&written.alg.place(), format!("`{name}`: no such algorithm"), known);
        }
        found
    });
    let kid = written.kid.get().cloned();
    let (material, place) = match (written.secret.is_written(), written.public_key.is_written()) {
        (true, false) => (around.secret(&written.secret, findings), written.secret.place()),
        (false, true) => (around.secret(&written.public_key, findings), written.public_key.place()),
        (false, false) if findings.is_misspelt(&place, &["secret", "public_key"]) => return None,
        (both, _) => {
            let message = if both { "a key with both `secret` and `public_key`" } else { "a key without `secret`" };
            let remedy = "write `secret` for HS256, HS384 and HS512, `public_key` for all others";
            findings.error(&place, message, remedy);
            return None;
        }
    };
    let (algorithm, material) = (algorithm?, material?);
    let key = if written.secret.is_written() {
        SigningKey::symmetric(algorithm, kid, &material)
    } else {
        SigningKey::asymmetric(algorithm, kid, &material)
    };
    key.map_err(|error| findings.error(&place, error.to_string(), "")).ok()
}

#[cfg(feature = "jwks")]
fn jwks(key: &Key<written::Jwks>, findings: &Findings<'_>) -> Option<Keys> {
    let (table, place) = key.here()?;
    let refresh = values::duration(&table.refresh, "10m", findings);
    let url = required(&table.url, &place.of_key(), "url", findings);
    let source = crate::identity::JwksSource::new(url?, refresh?);
    source.map(Keys::At).map_err(|error| findings.error(&table.url.place(), error.to_string(), "")).ok()
}

#[cfg(not(feature = "jwks"))]
fn jwks(key: &Key<written::Jwks>, findings: &Findings<'_>) -> Option<Keys> {
    let remedy = "build with the feature `jwks`, or write `[[identity.keys]]`";
    findings.error(&key.place().of_key(), "this build cannot fetch keys", remedy);
    None
}

fn claims(key: &Key<written::Claims>, findings: &Findings<'_>) -> Option<ClaimNames> {
    let nothing = written::Claims::default();
    let table = key.get().unwrap_or(&nothing);
    let named = |key: &Key<String>| match key.here() {
        None => Some(None),
        Some((name, _)) if !name.is_empty() => Some(Some(name.clone())),
        Some((_, place)) => {
            findings.error(&place, "no claim has an empty name", "write its name, or leave the key out");
            None
        }
    };
    let subject = named(&table.subject);
    let (known_since, birthdate) = (named(&table.known_since), named(&table.birthdate));
    let purposes = named(&table.purposes);
    Some(ClaimNames {
        subject: subject?.unwrap_or_else(|| "sub".into()),
        known_since: known_since?,
        birthdate: birthdate?,
        purposes: purposes?,
    })
}

/// The name of the cookie, and how long it lives.
fn visitors(key: &Key<written::Visitors>, findings: &Findings<'_>) -> Option<Option<(String, Duration)>> {
    let Some(table) = key.get() else { return Some(None) };
    let max_age = values::duration(&table.max_age, "180d", findings);
    let cookie = match table.cookie.here() {
        None => Some("rapport_visitor".into()),
        Some((name, place)) => token(name, &place, findings),
    };
    Some(Some((cookie?, max_age?)))
}
