//! `[identity]` and `[consent]`.

use serde::Deserialize;

use super::super::keys::{Either, Key};

/// Who is asking: how a token is checked and what is read from it.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["issuer", "audience", "pseudonym_secret"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Identity {
    /// The `iss` of every token.
    pub(in crate::policy) issuer: Key<String>,
    /// The `aud` of every token, or one of several.
    pub(in crate::policy) audience: Key<String>,
    /// Keys the hash under which a customer is kept, and visitor cookies.
    pub(in crate::policy) pseudonym_secret: Key<Secret>,
    /// Earlier pseudonym secrets; a change without them forgets everyone.
    pub(in crate::policy) previous_secrets: Key<Vec<Key<Secret>>>,
    /// Where a token may stand, first found wins: `header:NAME` or `cookie:NAME`. Default: ["header:authorization"].
    pub(in crate::policy) tokens: Key<Vec<Key<String>>>,
    /// By how much the clocks of issuer and server may differ. Default: "30s".
    pub(in crate::policy) leeway: Key<String>,
    /// The keys that sign tokens; each serves its own algorithm only.
    pub(in crate::policy) keys: Key<Vec<Key<SigningKey>>>,
    /// Keys from an address, instead of `keys`.
    pub(in crate::policy) jwks: Key<Jwks>,
    /// The names of the claims that are read.
    pub(in crate::policy) claims: Key<Claims>,
    /// People without a token, by a signed cookie; off unless this table stands.
    pub(in crate::policy) visitors: Key<Visitors>,
}

/// A key and the one algorithm that it serves.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["alg"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct SigningKey {
    /// HS256/384/512, RS256/384/512, PS256/384/512, ES256/384 or EdDSA.
    pub(in crate::policy) alg: Key<String>,
    /// For HS256/384/512: at least 32 bytes.
    pub(in crate::policy) secret: Key<Secret>,
    /// The key's name in tokens; required where there is more than one key.
    pub(in crate::policy) kid: Key<String>,
    /// For all other algorithms: a public key as PEM.
    pub(in crate::policy) public_key: Key<Secret>,
}

/// Keys from an address.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["url"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Jwks {
    /// The address of the key set.
    pub(in crate::policy) url: Key<String>,
    /// How often to look. Default: "10m".
    pub(in crate::policy) refresh: Key<String>,
}

/// The names of claims.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Claims {
    /// Whose token it is. Default: "sub".
    pub(in crate::policy) subject: Key<String>,
    /// Since when the business knows the customer: RFC 3339 or seconds since 1970. Off unless named.
    pub(in crate::policy) known_since: Key<String>,
    /// YYYY-MM-DD or YYYY. Off unless named.
    pub(in crate::policy) birthdate: Key<String>,
    /// The granted purposes: an array, or words in one string. Off unless named.
    pub(in crate::policy) purposes: Key<String>,
}

/// People without a token.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Visitors {
    /// The name of the cookie. Default: "rapport_visitor".
    pub(in crate::policy) cookie: Key<String>,
    /// How long the cookie lives. Default: "180d".
    pub(in crate::policy) max_age: Key<String>,
}

/// A secret: never written out, only where it is.
pub(in crate::policy) type Secret = Either<WrittenOut, SecretSource>;

/// A secret that stands in the file all the same. It is not even kept to be refused.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(in crate::policy) struct WrittenOut;

impl From<String> for WrittenOut {
    fn from(_: String) -> Self {
        Self
    }
}

/// Where a secret is: `{ env = "NAME" }` or `{ file = "path" }`.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields, expecting = "`{ env = \"NAME\" }` or `{ file = \"path\" }`")]
pub(in crate::policy) struct SecretSource {
    /// The name of an environment variable.
    pub(in crate::policy) env: Key<String>,
    /// A file, relative to the policy file; a line end at its end is not part of the secret.
    pub(in crate::policy) file: Key<String>,
}

/// What customers agreed to.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Consent {
    /// The purpose without which nothing is stored about a customer. Default: "record".
    pub(in crate::policy) record: Key<String>,
    /// Older consent counts as none; whole days. Default: "390d".
    pub(in crate::policy) valid_for: Key<String>,
    /// The portal does not invite to grant again before that; whole days. Default: "365d".
    pub(in crate::policy) re_ask_after: Key<String>,
    /// Reads IAB TCF v2 and GPP strings; off unless this table stands.
    pub(in crate::policy) tcf: Key<Tcf>,
    /// Global Privacy Control.
    pub(in crate::policy) gpc: Key<Gpc>,
    /// What data may be used for; at most 64.
    pub(in crate::policy) purposes: Key<Vec<Key<Purpose>>>,
}

/// IAB TCF v2 and GPP strings.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Tcf {
    /// Cookies that hold a TC string. Default: ["euconsent-v2"].
    pub(in crate::policy) cookies: Key<Vec<Key<String>>>,
    /// Query parameters that hold a TC string. Default: ["gdpr_consent"].
    pub(in crate::policy) query: Key<Vec<Key<String>>>,
    /// Which segment is read. Default: "publisher".
    pub(in crate::policy) segment: Key<TcfSegment>,
    /// Cookies that hold a GPP string. Default: none.
    pub(in crate::policy) gpp_cookies: Key<Vec<Key<String>>>,
}

/// A segment of a TC string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(in crate::policy) enum TcfSegment {
    /// The PublisherTC segment.
    Publisher,
    /// The core segment where there is no PublisherTC segment.
    PublisherOrCore,
}

/// Global Privacy Control.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Gpc {
    /// `Sec-GPC: 1` refuses the purposes marked `denied_by_gpc`. Default: true.
    pub(in crate::policy) honour: Key<bool>,
    /// Seen with a known customer, it holds on that customer's other devices. Default: true.
    pub(in crate::policy) remember: Key<bool>,
    /// The date in /.well-known/gpc.json. Default: the policy file's date.
    pub(in crate::policy) last_update: Key<String>,
}

/// One thing that data may be used for.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("required" = ["name"])))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct Purpose {
    /// `[a-z][a-z0-9_-]{0,31}`
    pub(in crate::policy) name: Key<String>,
    /// What the customer reads.
    pub(in crate::policy) says: Key<String>,
    /// Whether Global Privacy Control refuses it. Default: false.
    pub(in crate::policy) denied_by_gpc: Key<bool>,
    /// The TCF purposes that stand for it.
    pub(in crate::policy) tcf: Key<TcfPurposes>,
}

/// TCF purposes, all of which are needed.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub(in crate::policy) struct TcfPurposes {
    /// Standard purposes, 1 to 11.
    pub(in crate::policy) purposes: Key<Vec<Key<u64>>>,
    /// The publisher's own purposes, 1 to 63.
    pub(in crate::policy) custom: Key<Vec<Key<u64>>>,
}
