//! The manual: what no single item can say.
//!
//! - [`defaults`]: every default of a policy, why it is that, and where it comes from.
//! - [`threat_model`]: who might want what, what stands in the way, and what does not.
//! - [`left_out`]: what was not built, and why.
//! - [`operating`]: stores, backups, secrets, reloads, what to watch, and what to do when something is wrong.
//! - [`migrating`]: how an existing shop moves onto it, step by step, and back.
//! - [`changelog`]: what changed in which version.
//!
//! The prose is tested: each table of defaults against the defaults, each policy by reading it, each command by its flags,
//! and the commands of [`migrating`] by running them and comparing what they print.

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
