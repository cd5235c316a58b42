//! Shapes HTML (WHATWG, as of 2026) while it passes, by rules with CSS selectors: bytes in, bytes out, cut anywhere.
//!
//! What no rule touches leaves byte for byte as it came. The rules of an element are weighed as those of a JSON value: where
//! several meet on one, the one that shows less holds, and where they cannot be compared the element is removed.
//!
//! # What a rule is about
//!
//! The value of an element is what stands between its tags. *Remove* takes the element with its tags; *null* leaves it
//! empty; *replace* puts a text there; a coarsening acts on an element that holds text alone, and leaves another
//! empty. Attributes stay, but for what [`attributes`](crate::shaping::treatment::Attributes) names: the tag
//! of such an element is written anew, so that nobody can tell whether they were there. An element that can hold nothing, such
//! as `img`, has no value to be hidden, and is removed.
//!
//! Whatever lies in an element goes with it: elements, comments, scripts. Inside a `noscript` element no rule
//! can look, so it is emptied where the plan hides anything.
//!
//! A rule for `script` is about JSON in a script element (`type="application/json"`, `application/ld+json` and their like): the
//! field rules shape it, and nothing that leaves can end the script.
//!
//! # Items
//!
//! An item is an element with all that lies in it, and needs an end tag of its own. The [list](crate::shaping::items) that chooses is
//! that of JSON; where nothing takes a place, the element is gone and what stood around it stays. The rules act on what stands
//! in the places.
//!
//! # What is doubt
//!
//! - **Tags that do not fit.** An end tag must close the element that was opened last; left out may be only what the
//!   standard lets be left out (`</li>`, `</p>`, `</td>` and so on), and then the element is taken to go on to the
//!   end of what it stands in. What browsers repair, each place in its own way, nobody can follow in one pass: a rule
//!   might end where for the browser the element goes on. After `</body>` there may be no further element. A rule by what an
//!   element lies in is in doubt, too, where tags that cross may bring an element into one that began within it.
//! - **What can be understood in two ways**, such as a `<select>` with a `<style>` in it, or a class written with character references;
//!   and in a picture or formula (`svg`, `math`) HTML, another one, and a text with `<` in it.
//! - **Another charset than UTF-8.** The `Content-Type` says it; where that names none, a byte order mark, or a `<meta>` within the
//!   first 1,024 bytes, as the standard's own search does. A page that says nothing, or another one, is not read.
//! - **An end within a tag**, JSON that is none, a tag larger than `limits.item`, elements open deeper than `limits.depth`.
//!
//! # What is kept in memory
//!
//! A tag until it ends; a few words for each open element; a text that is coarsened: at most `limits.item` bytes and
//! a constant; and what the [JSON shaper](crate::shaping::json) keeps.

#[cfg(feature = "html")]
mod charset;
#[cfg(feature = "html")]
mod chooser;
#[cfg(feature = "html")]
mod crossing;
#[cfg(feature = "html")]
mod foreign;
mod fragment;
#[cfg(feature = "html")]
mod items;
#[cfg(feature = "html")]
mod nesting;
#[cfg(not(feature = "html"))]
mod none;
#[cfg(feature = "html")]
mod parser;
#[cfg(feature = "html")]
mod place;
#[cfg(feature = "html")]
mod plan;
#[cfg(feature = "html")]
mod reference;
#[cfg(feature = "html")]
mod rewriter;
#[cfg(feature = "html")]
mod script;
#[cfg(feature = "html")]
mod shaper;
#[cfg(feature = "html")]
mod touch;

#[cfg(feature = "html")]
pub(in crate::shaping) use self::charset::is_utf8;
pub(crate) use self::fragment::Fragment;
#[cfg(not(feature = "html"))]
pub(crate) use self::none::HtmlRules;
#[cfg(not(feature = "html"))]
pub use self::none::{HtmlPlan, HtmlShaper};
#[cfg(feature = "html")]
pub(crate) use self::plan::HtmlRules;
#[cfg(feature = "html")]
pub use self::{
    items::{HtmlItems, Sign},
    place::{Place, SelectorError},
    plan::HtmlPlan,
    shaper::HtmlShaper,
};

#[cfg(feature = "html")]
#[cfg(test)]
mod tests;
