//! The policy in Rust instead of TOML: stages, classes of data and treatments are types. It is that of `config/minimal.toml`.
//! `cargo run --example typed`

mod anna;

use http::Method;
use tower::BoxError;
use tower_rapport::{
    RapportLayer,
    identity::Algorithm,
    policy::{
        Policy,
        typed::{Claims, Endpoint, Field, Identity, Secret, SigningKey, StageName, Store, Treatment},
    },
    shaping::class::DataClass,
};

/// What is wrong is told as of a file: the key, the value, what to write instead, and the line of `to_toml()`.
fn policy() -> Result<Policy, BoxError> {
    let key = SigningKey::new(Algorithm::Hs256).secret(Secret::env("RAPPORT_JWT_SECRET"));
    let identity = Identity::new("https://id.shop.example", "shop", Secret::env("RAPPORT_PSEUDONYM_SECRET"));

    let first_name = Field::new("$.customer.first_name", DataClass::Provided)
        .steps([(StageName::NEW, Treatment::null()), (StageName::FAMILIAR, Treatment::keep())]);
    let reason = Field::new("$.items[*].reason", DataClass::Observed).steps([
        (StageName::ACQUAINTED, Treatment::replace("You may like this")),
        (StageName::FAMILIAR, Treatment::keep()),
    ]);
    let recommendations = Endpoint::new("recommendations")
        .path(["/recommendations", "/recommendations/{*rest}"])
        .fields([first_name, reason]);

    let builder = Policy::builder()
        .identity(identity.keys([key]).claims(Claims::default().purposes("consent")))
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
