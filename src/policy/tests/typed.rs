//! A policy in Rust is the one that a file would be.

mod defaults;
mod examples;
#[cfg(feature = "schema")]
mod keys;
#[cfg(feature = "html")]
mod page;
mod words;
mod wrong;

use std::time::Duration;

use http::{Method, header};

use super::{SHORT, changed, env, policy};
use crate::{
    identity::{Algorithm, TokenSource},
    policy::{Mode, Policy, typed::*},
    shaping::{class::DataClass, treatment::DateTo},
};

const NEW: StageName = StageName::NEW;
const ACQUAINTED: StageName = StageName::ACQUAINTED;
const FAMILIAR: StageName = StageName::FAMILIAR;
const TRUSTED: StageName = StageName::TRUSTED;

fn identity() -> Identity {
    let secret = Secret::env("RAPPORT_PSEUDONYM_SECRET");
    let key = SigningKey::new(Algorithm::Hs256).secret(Secret::env("RAPPORT_JWT_SECRET"));
    Identity::new("https://id.shop.example", "shop", secret).keys([key])
}

fn minimal() -> PolicyBuilder {
    let first_name = Field::new("$.customer.first_name", DataClass::Provided)
        .steps([(NEW, Treatment::null()), (FAMILIAR, Treatment::keep())]);
    let endpoint = Endpoint::new("recommendations")
        .path(["/recommendations", "/recommendations/{*rest}"])
        .fields([first_name, reason()]);
    Policy::builder().identity(identity().claims(Claims::default().purposes("consent"))).endpoints([endpoint])
}

fn reason() -> Field {
    Field::new("$.items[*].reason", DataClass::Observed)
        .steps([(ACQUAINTED, Treatment::replace("You may like this")), (FAMILIAR, Treatment::keep())])
}

fn stages() -> [Stage; 4] {
    let needs = |name, known_for, active_days, purchases: Option<u64>| {
        let needs = [Need::KnownFor(days(known_for)), Need::ActiveDays(active_days)];
        let purchases = purchases.map(|count| Need::Events(EventName::PURCHASE, count));
        Stage::new(name).needs(needs.into_iter().chain(purchases))
    };
    [Stage::new(NEW), needs(ACQUAINTED, 7, 3, None), needs(FAMILIAR, 60, 8, Some(2)), needs(TRUSTED, 365, 20, Some(5))]
}

fn openings() -> [(DataClass, Opening); 5] {
    let opening = |purpose: PurposeName, from: StageName| Opening::default().purpose(purpose).from(from);
    [
        (DataClass::Provided, opening(PurposeName::PERSONALIZATION, NEW)),
        (DataClass::Observed, opening(PurposeName::PERSONALIZATION, ACQUAINTED)),
        (DataClass::Inferred, opening(PurposeName::PERSONALIZATION, FAMILIAR)),
        (DataClass::ThirdParty, opening(PurposeName::CROSS_CONTEXT, TRUSTED)),
        (DataClass::SpecialCategory, opening(PurposeName::SPECIAL_CATEGORY, TRUSTED)),
    ]
}

/// Here is a store that every build has; it is not part of the fingerprint.
fn in_memory(builder: PolicyBuilder) -> Policy {
    builder.store(Store::memory()).build_with(env).unwrap()
}

/// A file of the folder `config`, likewise.
fn file(text: &str) -> Policy {
    policy(&changed(text, "embedded = { path = \"rapport.redb\" }", "memory = {}"))
}
