//! A store of one's own ([`folder`]), put through the contract that every store keeps, then at work.
//! `cargo run --example custom_store`

#[path = "../anna/mod.rs"]
mod anna;
mod folder;

use std::sync::Arc;

use folder::Folder;
use http::Method;
use tower::BoxError;
use tower_rapport::{RapportLayer, policy::Policy, store::contract};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let place = tempfile::tempdir()?;
    let store = Arc::new(Folder::open(place.path())?);
    contract::check(store.clone()).await?; // in a test, where the store is yours
    println!("the store keeps its contract");

    let policy = || Policy::from_toml("config/minimal.toml", include_str!("../../config/minimal.toml"), anna::secret);
    let calendar = anna::Calendar::default();
    let layer = RapportLayer::new(policy()?, store.clone())?.with_clock(calendar.clone());
    let app = anna::shop(&layer);
    println!("a stranger: {}", anna::answer(&app, Method::GET, "/recommendations").await?);
    anna::becomes_a_regular(&app, &calendar).await?;
    layer.flush().await;

    // Another layer remembers nothing of her, so it asks the store.
    let app = anna::shop(&RapportLayer::new(policy()?, store)?.with_clock(calendar));
    println!("a regular:  {}", anna::answer(&app, Method::GET, "/recommendations").await?);
    Ok(())
}
