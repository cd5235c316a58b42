//! Rapport is what two people build over time. This crate gives it to recommendation endpoints.
//!
//! A [Tower](tower) layer stands in front of them, works out how well the business and the customer know each other and
//! what the customer agreed to, and lets through only as much familiarity as that relationship has earned. A newcomer
//! sees what anybody would see, even when the data for more is there. Familiarity grows with days and with real acts,
//! cools with silence, and the customer can limit it and end it.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use tower::Layer;
//! use tower_rapport::{RapportLayer, policy::Policy};
//!
//! # async fn recommendations() -> axum::Json<()> { axum::Json(()) }
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
//! let layer = RapportLayer::open(Policy::from_file("config/minimal.toml")?)?;
//! let router = Router::new().route("/recommendations", get(recommendations));
//! let app = Router::new().fallback_service(layer.layer(router)); // around the whole router
//! axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # The path of a request
//!
//! ```text
//! request ─► identity ─► relationship ─► decision ─► hide ─► the wrapped service
//!            who asks    how well known  pure fn    who asks       │
//! response ◄─ headers ◄────── shaping ◄─── record ◄────────────────┘
//!             the why     JSON, HTML       visits, events
//! ```
//!
//! 1. [`identity`]: a verified token tells who asks, or else the signed cookie of a visitor; kept is a
//!    [`Pseudonym`](identity::Pseudonym), a keyed hash.
//! 2. [`store`]: what is known of that customer, from memory if it is there, within `decide_within` if it is not.
//! 3. [`consent`]: what may be done with it, by claim, by the strings of consent frameworks, by signal, by the customer's own
//!    choices.
//! 4. [`decision`]: [`decide`](decision::decide) makes of all this one [`Decision`](decision::Decision), with its reasons:
//!    the stage that the [`Ladder`](relationship::Ladder) gives, lowered by every cap. It stands in the extensions of the
//!    request and of the response, and in the `Personalization` header of both.
//! 5. The wrapped service is asked as it came; or as somebody unknown, where nothing personal may be chosen; or both side by
//!    side, where some of it may. What somebody unknown is answered is shared by all who ask the same.
//! 6. It answers. A visit, and the events it tells of, become evidence; that of a visitor who signs in joins the customer's.
//! 7. [`shaping`]: of the items as many are personal as the [`policy`] says for this stage, the other places are those of
//!    the generic answer; each field is kept, coarsened, replaced or removed; in one pass, as the bytes come.
//!
//! Customers have routes of their own, the [`portal`]: to see how well they are known and why, to limit, pause and end it.
//!
//! # Promises
//!
//! 1. **In doubt, less.** Whatever is unknown, broken, late, too large or unreadable leads to the generic answer or to less,
//!    never to personal content, and never to an error page that the wrapped service did not make itself.
//! 2. **Non-interference.** Answers of the service that differ only in what the plan hides, values or items, give the same
//!    bytes.
//! 3. **Monotone.** A later start, fewer events, less consent or a lower cap never shows more.
//! 4. **Untouched is untouched.** Bytes that no rule touches leave as they came.
//! 5. **Withdrawal is immediate.** What a customer lowers is in force on this node before its write is tried.
//! 6. **Nothing acknowledged is lost.** A choice, and an event other than a visit, survives `kill -9` once acknowledged.
//! 7. **Bounded.** Memory per answer does not grow with the answer; the first byte does not wait for the last.
//! 8. **No names.** No raw customer id, token or hidden value in store, logs, metrics, headers or error texts.
//! 9. **Explained.** Every decision names what held it back, and the policy it was made under.
//! 10. **Only time and real acts raise a stage.** Repeating requests or forging headers does not.
//!
//! # Manual
//!
//! What it does: [`items`](manual::items), [`pages`](manual::pages), [`consent`](manual::consent),
//! [`portal`](manual::portal), [`nodes`](manual::nodes), [`http`](manual::http), [`serving`](manual::serving),
//! [`history`](manual::history), [`watching`](manual::watching), [`failures`](manual::failures). Why and how:
//! [`defaults`](manual::defaults) says why each default is what it is, [`threat_model`](manual::threat_model) who may
//! attack and what holds, [`left_out`](manual::left_out) what was not built, [`operating`](manual::operating) how to
//! run it, [`migrating`](manual::migrating) how a shop moves onto it, [`changelog`](manual::changelog) what changed.
//!
//! # Features
//!
//! `embedded` (default): the store in one file. `redis`: the store that many nodes share. `encoding`: bodies that come compressed.
//! `html`: answers in HTML. `jwks`: keys from an address. `schema`: the JSON Schema of the policy file. `cli`: the `rapport` binary. A
//! feature adds to what there is and changes nothing of it.

mod answering;
mod aside;
mod asked;
mod asking;
mod body;
mod came;
pub mod clock;
pub mod consent;
mod cookies;
mod course;
mod current;
pub mod decision;
mod desk;
mod events;
mod future;
mod hold;
pub mod identity;
mod layer;
mod loading;
mod lookup;
pub mod manual;
pub mod name;
mod nearest;
mod object;
mod parameters;
mod placement;
pub mod policy;
pub mod portal;
mod recording;
pub mod relationship;
mod replay;
pub mod report;
mod service;
mod setting;
pub mod shaping;
mod source;
pub mod store;
mod sweeping;
mod tally;
mod tokens;
mod unknown;
mod validation;
mod wishes;

pub use body::RapportBody;
pub use desk::Portal;
pub use events::{Customer, EventError, EventErrorKind, Events};
pub use future::ResponseFuture;
pub use layer::RapportLayer;
pub use replay::RequestBody;
pub use service::Rapport;

/// The README's program is compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
