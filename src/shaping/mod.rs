//! How an answer becomes what may be shown: which place of a document, what happens there, and the pass that does it.
//!
//! Pure: bytes in, bytes out. No service, no store, no clock, nothing awaited.

pub mod class;
mod doubt;
pub mod headers;
pub mod items;
pub mod json;
pub mod path;
pub mod plan;
pub mod treatment;

pub use doubt::{Doubt, DoubtKind};
