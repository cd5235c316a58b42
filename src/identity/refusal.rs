//! Why a token is a stranger's.

use std::fmt;

use crate::object::NoObject;

/// Why a token was not accepted.
///
/// It carries no part of the token, so that it can be logged and counted anywhere.
///
/// The request goes on as a stranger's. See the example of [`Verifier`](super::Verifier).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TokenError {
    /// More than 8 KiB; nothing of it was read.
    TooLong,
    /// Not three parts of unpadded base64url, or a header or payload that is no JSON object.
    Shape,
    /// A member stands twice in the header or the payload (RFC 7519 section 4 lets a reader refuse that).
    Duplicate,
    /// A header with `crit`, `jwk`, `jku`, `x5u`, `x5c` or `b64`, without `alg`, or with a `kid` that is no string.
    Header,
    /// The header names another algorithm than the key's own.
    Algorithm,
    /// No key of that `kid`, or no `kid` where there is more than one key.
    UnknownKey,
    /// No key has been fetched yet.
    NoKeys,
    /// The signature is not the key's.
    Signature,
    /// No `iss`.
    MissingIssuer,
    /// An `iss` that is not the configured one, or no string.
    Issuer,
    /// No `aud`.
    MissingAudience,
    /// An `aud` that is neither the configured string nor an array of strings with it.
    Audience,
    /// No `exp`.
    MissingExpiry,
    /// An `exp` that is no number.
    Expiry,
    /// The token's time is over.
    Expired,
    /// An `nbf` that is no number.
    NotBefore,
    /// The token's time has not come.
    NotYet,
    /// No subject.
    MissingSubject,
    /// A subject that is empty, or no string.
    Subject,
    /// Several tokens stand where one may stand.
    Ambiguous,
}

impl TokenError {
    /// One stable word for a counter: `too_long`, `signature`, `missing_subject`, ….
    pub const fn kind(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::Shape => "shape",
            Self::Duplicate => "duplicate",
            Self::Header => "header",
            Self::Algorithm => "algorithm",
            Self::UnknownKey => "unknown_key",
            Self::NoKeys => "no_keys",
            Self::Signature => "signature",
            Self::MissingIssuer => "missing_issuer",
            Self::Issuer => "issuer",
            Self::MissingAudience => "missing_audience",
            Self::Audience => "audience",
            Self::MissingExpiry => "missing_expiry",
            Self::Expiry => "expiry",
            Self::Expired => "expired",
            Self::NotBefore => "not_before",
            Self::NotYet => "not_yet",
            Self::MissingSubject => "missing_subject",
            Self::Subject => "subject",
            Self::Ambiguous => "ambiguous",
        }
    }
}

impl TokenError {
    /// What an operator can do where it is told of every token.
    pub(crate) const fn remedy(self) -> &'static str {
        match self {
            Self::TooLong => "let the issuer put less into it",
            Self::Shape => {
                "see what is sent there: a signed JWT alone, without quotes, and no opaque or encrypted token"
            }
            Self::Duplicate => "let the issuer write each member once",
            Self::Header => "it must name `alg`, and none of `crit`, `jwk`, `jku`, `x5u`, `x5c` and `b64`",
            Self::Algorithm => {
                "compare the `alg` of its header with `identity.keys`: a key serves its own algorithm only"
            }
            Self::UnknownKey => "compare the `kid` of its header with those in `identity.keys`, or at the JWKS address",
            Self::NoKeys => "see above why the keys of `identity.jwks` cannot be fetched",
            Self::Signature => {
                "compare the key in `identity.keys` with what the issuer signs with; of a secret also encoding and line ends"
            }
            Self::MissingIssuer | Self::Issuer => "compare its `iss` with `identity.issuer`, a last `/` too",
            Self::MissingAudience | Self::Audience => "compare its `aud` with `identity.audience`",
            Self::MissingExpiry => "let the issuer give it an end, `exp`",
            Self::Expiry => "let the issuer write `exp` as seconds since 1970",
            Self::Expired => "let clients renew it in time; if it is not old, compare the clocks of issuer and machine",
            Self::NotBefore => "let the issuer write `nbf` as seconds since 1970",
            Self::NotYet => {
                "compare the clocks of issuer and machine; `identity.leeway` is by how much they may differ"
            }
            Self::MissingSubject | Self::Subject => {
                "name in `identity.claims.subject` the claim that says whose the token is"
            }
            Self::Ambiguous => "let it be sent in one place, once",
        }
    }
}

impl From<NoObject> for TokenError {
    fn from(error: NoObject) -> Self {
        match error {
            NoObject::Shape => Self::Shape,
            NoObject::Twice => Self::Duplicate,
        }
    }
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the token is longer than 8 KiB",
            Self::Shape => "the token is not three parts of base64url with JSON objects in the first two",
            Self::Duplicate => "the token has a member twice",
            Self::Header => "the token's header has a member that is not allowed, or lacks one",
            Self::Algorithm => "the token names another algorithm than its key's",
            Self::UnknownKey => "the token names no known key",
            Self::NoKeys => "no key has been fetched yet",
            Self::Signature => "the token's signature does not fit its key",
            Self::MissingIssuer => "the token has no `iss`",
            Self::Issuer => "the token's `iss` is another",
            Self::MissingAudience => "the token has no `aud`",
            Self::Audience => "the token's `aud` is another",
            Self::MissingExpiry => "the token has no `exp`",
            Self::Expiry => "the token's `exp` is no number",
            Self::Expired => "the token has expired",
            Self::NotBefore => "the token's `nbf` is no number",
            Self::NotYet => "the token is not valid yet",
            Self::MissingSubject => "the token has no subject",
            Self::Subject => "the token's subject is empty or no string",
            Self::Ambiguous => "more than one token stands where one may stand",
        })
    }
}

impl std::error::Error for TokenError {}
