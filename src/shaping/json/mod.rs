//! Shapes JSON (RFC 8259) while it passes: bytes in, bytes out, cut anywhere.
//!
//! A [`JsonPlan`] holds the rules, compiled; a [`JsonShaper`] takes one body through it. What no rule touches leaves at
//! once and byte for byte as it came: number forms, escapes, white space, the order of members. What is hidden is
//! passed over without being kept, however large it is. The whole body is checked, hidden values too, and
//! the first byte that is not JSON ends the pass with a [`Doubt`](crate::shaping::Doubt).
//!
//! A shaper made with [`JsonShaper::choosing`] also decides which [items](crate::shaping::items) of a list are shown, and what
//! takes the places of the others. The field rules act on what stands in a place afterwards.
//!
//! ```
//! use std::sync::Arc;
//! use tower_rapport::shaping::{
//!     json::{JsonPlan, JsonShaper, Limits},
//!     path::Path,
//!     treatment::Treatment,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let plan = JsonPlan::new([(Path::parse("$.customer.first_name")?, Treatment::Remove)], None);
//! let mut shaper = JsonShaper::new(Arc::new(plan), Limits::default());
//! let mut out = Vec::new();
//! shaper.write(br#"{"customer": {"first_name": "An"#, &mut out)?;
//! shaper.write(br#"na"}, "score": 0.10}"#, &mut out)?;
//! shaper.end(&mut out)?;
//! assert_eq!(out, br#"{"customer": {}, "score": 0.10}"#);
//! # Ok(())
//! # }
//! ```
//!
//! # What happens to commas and white space
//!
//! White space between a comma (or opening bracket) and the next comma (or closing bracket) belongs to the member or
//! element there and goes with it; only white space right before a closing bracket always stays. None of it
//! depends on what a hidden value is, so answers that differ only in hidden values leave as the same bytes.
//!
//! An item that takes the place of another brings the white space before it and, in an object, its key; the white space
//! behind the other one does not leave. An item that stays in its place leaves with all that is around it.
//!
//! # What is one document
//!
//! One value of any type, a number or text alone too, with white space around it. Nothing at all, white space alone, a byte order
//! mark, and whatever follows the value are doubts: clients read each in their own way. (Where several documents make a body, as in
//! NDJSON, the [room above](super) parts them.) A rule on the root that removes it leaves `null`. Strings are UTF-8, and an escape
//! may name half of a surrogate pair (RFC 8259 section 8.2), which leaves as it came and is equal to no name of a path. Of
//! members with one name every one is ruled.
//!
//! # Documents in strings
//!
//! Where the rules say that a string holds a [document](Nested), it is read whole and shaped, and leaves as a string again; what
//! is no such document is removed. Where no rule can lead into it, it leaves as it
//! came; else it is written anew whether a rule met anything or not, so that nobody can tell. Its root stands where the
//! string does: the paths of the rules go on in it. No item is chosen there, and no template is filled.
//!
//! # What is kept in memory
//!
//! A few words for each open array and object; a key with the white space around it until its value begins; a number or
//! text that is coarsened, a document in a string, or a pair that `geo_to` coarsens, until it ends; where items are chosen or
//! the plan has a template, the present item, and what templates read and fill in there. Each is at most `limits.item` bytes. What an item
//! to be chosen left so far is kept until it is decided, and given up when the next piece comes if it is larger. A coarsened
//! value or document in a string that is larger is removed; an item that is larger
//! and to be chosen is not shown, and its bytes are not kept; a larger key, or item that is only to be filled in, is a doubt.
//! Documents in strings of each other are at most three times as much together, as they come and as they are shaped; one for
//! which there is no room is removed.
//! Where items are chosen there are besides the [queue and the hashes](crate::shaping::items#what-is-kept) of one list.
//!
//! A plan keeps the memory that up to sixteen answers worked in for those to come: of each no buffer of more than 4 KiB, the
//! tables of a list of up to 896 items, all of them emptied, and the keys that came first in each of up to eight kinds of objects and in the values that no rule looks into.

mod buffer;
mod compiled;
mod deed;
mod find;
mod limits;
mod plan;
mod reuse;
mod rules;
mod sets;
mod shaper;
mod state;
mod text;
mod walk;

pub use limits::Limits;
pub use plan::JsonPlan;
pub use rules::{JsonRules, Nested, Reshape};
pub use shaper::JsonShaper;

#[cfg(test)]
mod tests;
