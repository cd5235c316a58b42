//! The policy in Rust instead of TOML: stages, classes of data and treatments are types. It is that of `config/minimal.toml`, with
//! the usual ladder written out, and a share of the items.
//! `cargo run --example typed`

mod anna;

use http::Method;
use tower::BoxError;
use tower_rapport::{
    RapportLayer,
    identity::Algorithm,
    policy::{
        Policy,
        typed::{
            Claims, Endpoint, EventName, Field, Identity, Items, Need, Secret, SigningKey, Stage, StageName, Store,
            Treatment, days,
        },
    },
    shaping::class::DataClass,
};

/// What is wrong is told as of a file: the key, the value, what to write instead, and the line of `to_toml()`.
fn policy() -> Result<Policy, BoxError> {
    let key = SigningKey::new(Algorithm::Hs256).secret(Secret::env("RAPPORT_JWT_SECRET"));
    let identity = Identity::new("https://id.shop.example", "shop", Secret::env("RAPPORT_PSEUDONYM_SECRET"));

    let bought = |times| Need::Events(EventName::PURCHASE, times);
    let stages = [
        Stage::new(StageName::NEW),
        Stage::new(StageName::ACQUAINTED).needs([Need::KnownFor(days(7)), Need::ActiveDays(3)]),
        Stage::new(StageName::FAMILIAR).needs([Need::KnownFor(days(60)), Need::ActiveDays(8), bought(2)]),
        Stage::new(StageName::TRUSTED).needs([Need::KnownFor(days(365)), Need::ActiveDays(20), bought(5)]),
    ];

    // Of ten items none, then up to three, then all may be chosen personally.
    let items = Items::default().path("$.items[*]").id("$.id").data(DataClass::Observed).share([
        (StageName::NEW, 0.0),
        (StageName::ACQUAINTED, 0.3),
        (StageName::FAMILIAR, 1.0),
    ]);
    let first_name = Field::new("$.customer.first_name", DataClass::Provided)
        .steps([(StageName::NEW, Treatment::null()), (StageName::FAMILIAR, Treatment::keep())]);
    let reason = Field::new("$.items[*].reason", DataClass::Observed).steps([
        (StageName::ACQUAINTED, Treatment::replace("You may like this")),
        (StageName::FAMILIAR, Treatment::keep()),
    ]);
    let recommendations = Endpoint::new("recommendations")
        .path(["/recommendations", "/recommendations/{*rest}"])
        .items(items)
        .fields([first_name, reason]);

    let builder = Policy::builder()
        .identity(identity.keys([key]).claims(Claims::default().purposes("consent")))
        .stages(stages)
        .endpoints([recommendations])
        .store(Store::memory());
    Ok(builder.build_with(anna::secret)?) // `build` takes secrets from the environment
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let calendar = anna::Calendar::default();
    let layer = RapportLayer::open(policy()?)?.with_clock(calendar.clone());
    let app = anna::shop(&layer);

    println!("a stranger: {}", anna::answer(&app, Method::GET, "/recommendations").await?);
    anna::becomes_a_regular(&app, &calendar).await?;
    println!("a regular:  {}", anna::answer(&app, Method::GET, "/recommendations").await?);
    Ok(())
}
