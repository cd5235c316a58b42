//! How an answer becomes what may be shown: which place of a document, what happens there, and the pass that does it.
//!
//! Pure: bytes in, bytes out. No service, no store, no clock, nothing awaited.
//!
//! # What is kept of one answer
//!
//! Whatever its size, these grow with what comes, each up to a bound of its own; `item` is
//! [`limits.item`](json::Limits), 1 MiB by default:
//!
//! | what | at most |
//! |---|---|
//! | white space and a key that wait for a value, with one that is coarsened | `item` |
//! | an item that a piece cut; one with templates, and what they fill in | `item` each |
//! | a pair that `geo_to` coarsens | `item` |
//! | [documents in strings](json#documents-in-strings) of each other, as they come and as they are shaped | 3 × `item` |
//! | items that wait for a place | 64 or 256 KiB; or one, with what stands before it |
//! | ids and topics that were shown | 4,096 |
//! | what stands before a [line](media::Media) or an event; a line that is an item, as it leaves | `item` each |
//! | of a page its parser, two where items are chosen; a text that is coarsened; an item | `item` and 256 KiB each |
//! | what takes content codings off | a block and a window for each, four at most |
//! | what is open | `limits.depth` |
//!
//! No answer fills all of them. All together they take less than 14 × `item` and 512 KiB, of a page less than ten times
//! what its parser may use: a test counts all that is allocated, with answers that are made to fill as many as they can.
//! An answer of small items takes some hundred KiB. What leaves is handed on after each piece; it is longer than what
//! came only by the policy's own constants and templates, and by what takes the places of items.
//!
//! There is no one count of all of them, on purpose. If one could keep less because another keeps more, what becomes of a
//! value would depend on how large something hidden is, and on where the body was cut; and neither may be seen.

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
