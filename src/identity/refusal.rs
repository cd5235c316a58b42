//! Why a token is a stranger's.

use std::fmt;

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
