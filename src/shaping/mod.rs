//! How an answer becomes what may be shown: which place of a document, what happens there, and the pass that does it.
//!
//! Pure: bytes in, bytes out. No service, no store, no clock, nothing awaited.

pub mod caching;
pub mod class;
mod doubt;
pub mod encoding;
pub mod events;
pub mod explanation;
pub mod field;
pub mod headers;
pub mod html;
pub mod items;
pub mod json;
pub mod lines;
pub mod media;
mod names;
pub mod path;
pub mod plan;
pub mod shaper;
mod silence;
mod string;
pub mod treatment;
pub mod validators;

pub use doubt::{Doubt, DoubtKind};
