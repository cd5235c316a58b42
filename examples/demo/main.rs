//! A shop that knows everything about everybody at once, and a layer that lets it choose and say only what the relationship
//! has earned. `cargo run --example demo`, then open the printed address.
//!
//! The recommender is real: item-to-item co-purchase counts from the orders of four hundred generated customers. Its
//! service ([`service`]) is wrapped by the layer in [`world`], under the policy in `policy.toml`. The page asks both, the
//! service and the wrapped service, and shows the difference; it asks what the list would be at every stage ([`twin`]), and
//! how everybody came to theirs ([`diary`]).

mod answer;
mod catalogue;
mod controls;
mod crowd;
mod diary;
mod dice;
mod door;
mod editor;
mod onlooker;
mod page;
mod people;
mod recommender;
mod service;
mod session;
mod shop;
mod travel;
mod twin;
mod world;

use std::{error::Error, io::Write, net::Ipv4Addr};

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let demo = controls::Demo::begin().await?;
    let listener = listen().await?;
    writeln!(std::io::stdout(), "The demo is at http://{}", listener.local_addr()?)?;
    axum::serve(listener, page::router().merge(demo.router())).await?;
    Ok(())
}

/// On the port that `PORT` names (0 for any), else on 3000 or the next free one. Only this machine can connect.
async fn listen() -> Result<TcpListener, Box<dyn Error + Send + Sync>> {
    if let Ok(port) = std::env::var("PORT") {
        let port = port.parse().map_err(|_| format!("`PORT` is no port: `{port}`"))?;
        return Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?);
    }
    for port in 3000..3100 {
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await {
            return Ok(listener);
        }
    }
    Err("no port from 3000 to 3099 is free; name one in `PORT`".into())
}
