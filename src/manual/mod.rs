//! The manual: what no single item can say.
//!
//! - [`items`]: how much of a list may be chosen personally, and what stands in the other places.
//! - [`pages`]: answers in HTML.
//! - [`consent`]: where consent comes from, and who is known without a token.
//! - [`portal`]: the customer's own routes, and answers that explain themselves.
//! - [`nodes`]: many nodes and services over one Redis.
//! - [`http`]: what is read, what is told, caches, and where to put the layer.
//! - [`serving`]: the `rapport` binary in front of a service in any language.
//! - [`history`]: what a shop already knows: imported, replayed through a ladder, compared.
//! - [`watching`]: metrics, observe mode, spans, holdout, the decision log.
//! - [`failures`]: what fails, and what customer and operator see then.
//! - [`defaults`]: every default of a policy, why it is that, and where it comes from.
//! - [`threat_model`]: who might want what, what stands in the way, and what does not.
//! - [`left_out`]: what was not built, and why.
//! - [`operating`]: stores, backups, secrets, reloads, what to watch, and what to do when something is wrong.
//! - [`migrating`]: how an existing shop moves onto it, step by step, and back.
//! - [`changelog`]: what changed in which version.
//!
//! The prose is tested: each table of defaults against the defaults, each policy by reading it, each command by its flags,
//! and the commands of [`migrating`] by running them and comparing what they print.

#[doc = include_str!("items.md")]
pub mod items {}

#[doc = include_str!("pages.md")]
pub mod pages {}

#[doc = include_str!("consent.md")]
pub mod consent {}

#[doc = include_str!("portal.md")]
pub mod portal {}

#[doc = include_str!("nodes.md")]
pub mod nodes {}

#[doc = include_str!("http.md")]
pub mod http {}

#[doc = include_str!("serving.md")]
pub mod serving {}

#[doc = include_str!("history.md")]
pub mod history {}

#[doc = include_str!("watching.md")]
pub mod watching {}

#[doc = include_str!("failures.md")]
pub mod failures {}

#[doc = include_str!("defaults.md")]
pub mod defaults {}

#[doc = include_str!("threat_model.md")]
pub mod threat_model {}

#[doc = include_str!("left_out.md")]
pub mod left_out {}

#[doc = include_str!("operating.md")]
pub mod operating {}

#[doc = include_str!("migrating.md")]
pub mod migrating {}

#[doc = include_str!("CHANGELOG.md")]
pub mod changelog {}
