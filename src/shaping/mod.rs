//! How an answer becomes what may be shown: which place of a document, what happens there, and the pass that does it.
//!
//! Pure: bytes in, bytes out. No service, no store, no clock, nothing awaited.

pub(crate) mod caching;
pub mod class;
mod doubt;
pub mod encoding;
pub(crate) mod events;
pub(crate) mod explanation;
pub mod field;
pub(crate) mod headers;
pub mod html;
pub mod items;
pub mod json;
pub(crate) mod lines;
pub mod media;
mod names;
pub mod path;
pub mod plan;
pub mod shaper;
mod silence;
mod string;
pub mod treatment;
pub(crate) mod validators;

pub use doubt::{Doubt, DoubtKind};
