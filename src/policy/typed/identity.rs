//! `[identity]` and `[consent]`.

use std::time::Duration;

use jiff::civil::Date;

use super::{
    names::PurposeName,
    text::{Item, Table},
};
use crate::{
    consent::Segment,
    identity::{Algorithm, TokenSource},
};

tables! {
    /// Where a secret is. What it is, only [`build`](super::PolicyBuilder::build) sees.
    Secret;
    /// Who is asking: how a token is checked and what is read from it.
    Identity;
    /// A key and the one algorithm that it serves.
    SigningKey;
    /// The names of the claims that are read.
    #[derive(Default)]
    Claims;
    /// People without a token, by a signed cookie.
    #[derive(Default)]
    Visitors;
    /// What customers agreed to.
    #[derive(Default)]
    Consent;
    /// IAB TCF v2 and GPP strings.
    #[derive(Default)]
    Tcf;
    /// Global Privacy Control.
    #[derive(Default)]
    Gpc;
    /// One thing that data may be used for.
    Purpose;
}

#[cfg(feature = "jwks")]
tables! {
    /// Keys from an address.
    Jwks;
}

impl Secret {
    /// In an environment variable, or wherever [`build_with`](super::PolicyBuilder::build_with) looks the name up.
    pub fn env(name: impl Into<String>) -> Self {
        Self(Table::default().with("env", name.into()))
    }

    /// In a file; a line end at its end is not part of the secret.
    pub fn file(path: impl Into<String>) -> Self {
        Self(Table::default().with("file", path.into()))
    }
}

impl Identity {
    /// The `iss` and the `aud` of every token, and the secret that keys the hash under which a customer is kept, and visitor
    /// cookies.
    pub fn new(issuer: impl Into<String>, audience: impl Into<String>, pseudonym_secret: Secret) -> Self {
        let table = Table::default().with("issuer", issuer.into()).with("audience", audience.into());
        Self(table.with("pseudonym_secret", pseudonym_secret))
    }

    /// Earlier pseudonym secrets; a change without them forgets everyone.
    pub fn previous_secrets(self, secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self(self.0.with("previous_secrets", Item::list(secrets)))
    }

    /// Where a token may stand, first found wins. Default: the header `authorization`.
    pub fn tokens(self, places: impl IntoIterator<Item = TokenSource>) -> Self {
        Self(self.0.with("tokens", Item::list(places.into_iter().map(|place| place.to_string()))))
    }

    /// By how much the clocks of issuer and server may differ. Default: 30 seconds.
    pub fn leeway(self, leeway: Duration) -> Self {
        Self(self.0.with("leeway", leeway))
    }

    /// The keys that sign tokens; each serves its own algorithm only.
    pub fn keys(self, keys: impl IntoIterator<Item = SigningKey>) -> Self {
        Self(self.0.with("keys", Item::list(keys)))
    }

    /// Keys from an address, instead of [`keys`](Self::keys).
    #[cfg(feature = "jwks")]
    pub fn jwks(self, jwks: Jwks) -> Self {
        Self(self.0.with("jwks", jwks))
    }

    /// The names of the claims that are read.
    pub fn claims(self, claims: Claims) -> Self {
        Self(self.0.with("claims", claims))
    }

    /// People without a token, by a signed cookie; off unless this is said.
    pub fn visitors(self, visitors: Visitors) -> Self {
        Self(self.0.with("visitors", visitors))
    }
}

impl SigningKey {
    /// A key for an algorithm; what it is, a secret or a public key says.
    pub fn new(alg: Algorithm) -> Self {
        Self(Table::default().with("alg", alg.name()))
    }

    /// For HS256/384/512: at least 32 bytes.
    pub fn secret(self, secret: Secret) -> Self {
        Self(self.0.with("secret", secret))
    }

    /// For all other algorithms: a public key as PEM.
    pub fn public_key(self, pem: Secret) -> Self {
        Self(self.0.with("public_key", pem))
    }

    /// The key's name in tokens; required where there is more than one key.
    pub fn kid(self, kid: impl Into<String>) -> Self {
        Self(self.0.with("kid", kid.into()))
    }
}

#[cfg(feature = "jwks")]
impl Jwks {
    /// The address of the key set.
    pub fn new(url: impl Into<String>) -> Self {
        Self(Table::default().with("url", url.into()))
    }

    /// How often to look. Default: 10 minutes.
    pub fn refresh(self, every: Duration) -> Self {
        Self(self.0.with("refresh", every))
    }
}

impl Claims {
    /// Whose token it is. Default: `sub`.
    pub fn subject(self, claim: impl Into<String>) -> Self {
        Self(self.0.with("subject", claim.into()))
    }

    /// Since when the business knows the customer: RFC 3339 or seconds since 1970. Off unless named.
    pub fn known_since(self, claim: impl Into<String>) -> Self {
        Self(self.0.with("known_since", claim.into()))
    }

    /// YYYY-MM-DD or YYYY. Off unless named.
    pub fn birthdate(self, claim: impl Into<String>) -> Self {
        Self(self.0.with("birthdate", claim.into()))
    }

    /// The granted purposes: an array, or words in one string. Off unless named.
    pub fn purposes(self, claim: impl Into<String>) -> Self {
        Self(self.0.with("purposes", claim.into()))
    }
}

impl Visitors {
    /// The name of the cookie. Default: `rapport_visitor`.
    pub fn cookie(self, name: impl Into<String>) -> Self {
        Self(self.0.with("cookie", name.into()))
    }

    /// How long the cookie lives. Default: 180 days.
    pub fn max_age(self, age: Duration) -> Self {
        Self(self.0.with("max_age", age))
    }
}

impl Consent {
    /// The purpose without which nothing is stored about a customer. Default: `record`.
    pub fn record(self, purpose: impl Into<PurposeName>) -> Self {
        Self(self.0.with("record", purpose.into()))
    }

    /// Older consent counts as none; whole days. Default: 390.
    pub fn valid_for(self, days: Duration) -> Self {
        Self(self.0.with("valid_for", days))
    }

    /// The portal does not invite to grant again before that; whole days. Default: 365.
    pub fn re_ask_after(self, days: Duration) -> Self {
        Self(self.0.with("re_ask_after", days))
    }

    /// Reads IAB TCF v2 and GPP strings; off unless this is said.
    pub fn tcf(self, tcf: Tcf) -> Self {
        Self(self.0.with("tcf", tcf))
    }

    /// Global Privacy Control.
    pub fn gpc(self, gpc: Gpc) -> Self {
        Self(self.0.with("gpc", gpc))
    }

    /// What data may be used for; at most 64. Default: the four of [`PurposeName`].
    pub fn purposes(self, purposes: impl IntoIterator<Item = Purpose>) -> Self {
        Self(self.0.with("purposes", Item::list(purposes)))
    }
}

impl Tcf {
    /// Cookies that hold a TC string. Default: `euconsent-v2`.
    pub fn cookies(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(self.0.with("cookies", Item::texts(names)))
    }

    /// Query parameters that hold a TC string. Default: `gdpr_consent`.
    pub fn query(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(self.0.with("query", Item::texts(names)))
    }

    /// Which segment is read. Default: that of the publisher.
    pub fn segment(self, segment: Segment) -> Self {
        let word = match segment {
            Segment::Publisher => "publisher",
            Segment::PublisherOrCore => "publisher-or-core",
        };
        Self(self.0.with("segment", word))
    }

    /// Cookies that hold a GPP string. Default: none.
    pub fn gpp_cookies(self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(self.0.with("gpp_cookies", Item::texts(names)))
    }
}

impl Gpc {
    /// `Sec-GPC: 1` refuses the purposes that are [`denied_by_gpc`](Purpose::denied_by_gpc). Default: true.
    pub fn honour(self, yes: bool) -> Self {
        Self(self.0.with("honour", yes))
    }

    /// Seen with a known customer, it holds on that customer's other devices. Default: true.
    pub fn remember(self, yes: bool) -> Self {
        Self(self.0.with("remember", yes))
    }

    /// The date in `/.well-known/gpc.json`. Default: none.
    pub fn last_update(self, date: Date) -> Self {
        Self(self.0.with("last_update", date.to_string()))
    }
}

impl Purpose {
    /// A purpose of this name.
    pub fn new(name: impl Into<PurposeName>) -> Self {
        Self(Table::default().with("name", name.into()))
    }

    /// What the customer reads.
    pub fn says(self, text: impl Into<String>) -> Self {
        Self(self.0.with("says", text.into()))
    }

    /// Whether Global Privacy Control refuses it. Default: false.
    pub fn denied_by_gpc(self, yes: bool) -> Self {
        Self(self.0.with("denied_by_gpc", yes))
    }

    /// The TCF purposes that stand for it, all of which are needed: standard ones, 1 to 11, and the publisher's own, 1 to 63.
    pub fn tcf(self, standard: impl IntoIterator<Item = u64>, custom: impl IntoIterator<Item = u64>) -> Self {
        let table = Table::default().with("purposes", Item::list(standard)).with("custom", Item::list(custom));
        Self(self.0.with("tcf", table))
    }
}
