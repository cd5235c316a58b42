//! What is said of tokens as long as none was good: whoever sends them may be wrong, or the policy that reads them.
//!
//! Later on, bad tokens are everyday: they are counted, and only who listens at level DEBUG is told of each. Nothing of a token
//! is said, but where it stands and why it proves nothing.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use http::{
    HeaderMap, Uri,
    header::{AUTHORIZATION, COOKIE},
};

use crate::{
    cookies,
    identity::{TokenError, TokenSource},
    policy::Policy,
};

/// What a request has in the places where tokens may stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Nothing,
    Good,
    Bad(TokenError),
}

/// What was said so far.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    /// Whether one was good.
    is_over: AtomicBool,
    /// A bit for each reason that was said.
    reasons: AtomicU32,
    /// How many requests had none.
    without: AtomicU32,
    /// Whether one was found elsewhere, or so many requests had none that nothing more is looked for.
    is_settled: AtomicBool,
}

impl Tokens {
    /// Looks at a request to an endpoint or to the portal.
    pub(crate) fn look_at(&self, token: Token, uri: &Uri, headers: &HeaderMap, policy: &Policy) {
        let is_over = self.is_over.load(Ordering::Relaxed);
        match token {
            Token::Bad(error) => self.refuse(error, is_over),
            Token::Nothing | Token::Good if is_over => {}
            Token::Good => self.is_over.store(true, Ordering::Relaxed),
            Token::Nothing if self.is_settled.load(Ordering::Relaxed) => {}
            Token::Nothing => {
                if let Some(place) = misplaced(uri, headers, &policy.identity().sources) {
                    self.say(&place, policy);
                }
                if self.without.fetch_add(1, Ordering::Relaxed) + 1 >= ENOUGH {
                    self.is_settled.store(true, Ordering::Relaxed);
                }
            }
        }
    }

    fn refuse(&self, error: TokenError, is_over: bool) {
        let (kind, remedy) = (error.kind(), error.remedy());
        let bit = 1 << (error as u32 % u32::BITS);
        if is_over || self.reasons.fetch_or(bit, Ordering::Relaxed) & bit != 0 {
            tracing::debug!(kind, remedy, "a token proves nothing: {error}");
        } else {
            tracing::warn!(kind, remedy, "no token was good so far: {error}");
        }
    }

    fn say(&self, place: &Misplaced<'_>, policy: &Policy) {
        if self.is_settled.swap(true, Ordering::Relaxed) {
            return;
        }
        let looked_for: Vec<_> = policy.identity().sources.iter().map(ToString::to_string).collect();
        let (found, remedy) = match place {
            Misplaced::Bare => ("header:authorization".to_owned(), "let the word `Bearer` stand before the token"),
            Misplaced::Query(name) => (
                named("query", name.as_bytes()),
                "if this is the customer's token, let it be sent as `Authorization: Bearer …`: queries are kept in many logs",
            ),
            Misplaced::Header(name) => (named("header", name.as_bytes()), IN_TOKENS),
            Misplaced::Cookie(name) => (named("cookie", name), IN_TOKENS),
        };
        let looked_for = looked_for.join(" ");
        tracing::warn!(found, looked_for, remedy, "no token came so far, and what looks like one stands elsewhere");
    }
}

/// Where something that looks like a token stands, and none is looked for.
enum Misplaced<'a> {
    /// In `Authorization`, without its scheme.
    Bare,
    Header(&'a str),
    Cookie(&'a [u8]),
    Query(&'a str),
}

/// The place as a policy writes it. Clients choose names, and could choose somebody's: only well-known ones are said.
fn named(kind: &str, name: &[u8]) -> String {
    let known = KNOWN.iter().find(|known| known.as_bytes() == name);
    format!("{kind}:{}", known.unwrap_or(&"…"))
}

fn misplaced<'a>(uri: &'a Uri, headers: &'a HeaderMap, sources: &[TokenSource]) -> Option<Misplaced<'a>> {
    let is_source = |place: TokenSource| sources.contains(&place);
    for (name, value) in headers.iter().filter(|(name, _)| *name != COOKIE) {
        let words = value.as_bytes().split(|byte| *byte == b' ');
        if words.into_iter().any(looks_like_one) {
            let is_read = name == AUTHORIZATION && is_source(TokenSource::Header(AUTHORIZATION));
            return Some(if is_read { Misplaced::Bare } else { Misplaced::Header(name.as_str()) });
        }
    }
    let cookie = cookies::all(headers).find(|(_, value)| looks_like_one(value));
    if let Some((name, _)) = cookie {
        return Some(Misplaced::Cookie(name));
    }
    let query = uri.query().unwrap_or_default();
    let parameters = query.split('&').filter_map(|parameter| parameter.split_once('='));
    parameters.into_iter().find(|(_, value)| looks_like_one(value.as_bytes())).map(|(name, _)| Misplaced::Query(name))
}

/// Three parts of base64url, of which the first begins as `{"` does.
fn looks_like_one(text: &[u8]) -> bool {
    let is_of_one = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.starts_with(b"eyJ") && text.iter().filter(|byte| **byte == b'.').count() == 2 && text.iter().all(is_of_one)
}

const IN_TOKENS: &str =
    "if this is the customer's token, name this place in `identity.tokens`, or let it be sent where it is looked for";

/// After so many requests without a token nothing more is looked for: strangers have none.
const ENOUGH: u32 = 1_000;

/// Names by which tokens are sent.
const KNOWN: [&str; 26] = [
    "access-token",
    "accessToken",
    "access_token",
    "api-token",
    "assertion",
    "auth",
    "auth-token",
    "authToken",
    "auth_token",
    "authorization",
    "bearer",
    "id-token",
    "idToken",
    "id_token",
    "jwt",
    "proxy-authorization",
    "session",
    "session_token",
    "sid",
    "token",
    "x-access-token",
    "x-auth-token",
    "x-forwarded-access-token",
    "x-id-token",
    "x-jwt",
    "x-token",
];
