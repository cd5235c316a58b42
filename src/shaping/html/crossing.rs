//! Where tags cross, an element may come to lie in one that began within it.
//!
//! Of `<i class="name"><div class="card">Anna</i>` browsers make a second `i`, in the `div` (HTML standard, section 13.2.6.4.7, the
//! adoption agency algorithm), and only the end tag tells that they will: too late for what has left. So a rule for
//! `.card .name` is in doubt where the `div` begins. Only formatting elements are copied so; all others lie, at most, in those that
//! are open by the tags.

use lol_html::Selector;

use super::place::Place;

/// The selectors by what an element lies in, and how much of each the open elements meet.
#[derive(Debug, Default)]
pub(super) struct Crossing {
    chains: Vec<Chain>,
    open: Vec<Met>,
    /// How many of the open elements browsers may copy.
    formatting: usize,
}

/// A selector such as `.card .name`, in its parts, which lie in each other.
#[derive(Debug)]
struct Chain {
    /// What it is the selector of.
    of: usize,
    parts: Vec<Selector>,
    /// How many open elements meet each part.
    met: Vec<usize>,
    /// How many meet any.
    elements: usize,
    /// How many parts are met by open elements that lie in each other.
    in_order: usize,
    /// How many formatting elements meet the last part.
    copied: usize,
}

/// An open element.
#[derive(Debug)]
struct Met {
    is_formatting: bool,
    parts: Vec<Part>,
    /// The chains that it brings forward.
    brought: Vec<usize>,
}

/// A part of a chain, by their numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    chain: usize,
    part: usize,
}

impl Crossing {
    /// The chains among selectors, each with what it is the selector of.
    pub(super) fn new<'a>(places: impl IntoIterator<Item = (usize, &'a Place)>) -> Self {
        let of_place = |(of, place): (usize, &'a Place)| place.chains().map(move |parts| Chain::new(of, parts));
        Self { chains: places.into_iter().flat_map(of_place).collect(), ..Self::default() }
    }

    /// Every part of every chain.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Part, &Selector)> {
        let numbered = |(chain, all): (usize, &'_ Chain)| (chain, all.parts.len());
        let parts = self.chains.iter().enumerate().map(numbered);
        let parts = parts.flat_map(|(chain, parts)| (0..parts).map(move |part| Part { chain, part }));
        parts.zip(self.chains.iter().flat_map(|chain| &chain.parts))
    }

    /// An element begins that these parts meet, chain by chain. Gives what those selectors are of that may come to meet an open
    /// element which they do not meet by the tags.
    pub(super) fn begins(&mut self, name: &str, holds: bool, mut parts: Vec<Part>) -> Vec<usize> {
        if self.chains.is_empty() {
            return Vec::new();
        }
        // Nothing comes to lie in what holds nothing.
        let is_last = |part: &Part| self.chains.get(part.chain).is_some_and(|chain| chain.is_last(part.part));
        parts.retain(|part| holds || is_last(part));
        let is_formatting = is_formatting(name);
        self.formatting += usize::from(is_formatting);
        let (mut brought, mut unclear) = (Vec::new(), Vec::new());
        for met in parts.chunk_by(|one, other| one.chain == other.chain) {
            let Some((number, chain)) =
                met.first().and_then(|part| Some((part.chain, self.chains.get_mut(part.chain)?)))
            else {
                continue;
            };
            if chain.opens(met, is_formatting) {
                brought.push(number);
            }
            if self.formatting > 0 && chain.may_meet_otherwise(met) {
                unclear.push(chain.of);
            }
        }
        self.open.push(Met { is_formatting, parts, brought });
        if !holds {
            self.ends();
        }
        unclear
    }

    /// The element that was opened last ends.
    pub(super) fn ends(&mut self) {
        let Some(Met { is_formatting, parts, brought }) = self.open.pop() else { return };
        self.formatting -= usize::from(is_formatting);
        for met in parts.chunk_by(|one, other| one.chain == other.chain) {
            if let Some(chain) = met.first().and_then(|part| self.chains.get_mut(part.chain)) {
                chain.closes(met, is_formatting);
            }
        }
        for chain in brought {
            if let Some(chain) = self.chains.get_mut(chain) {
                chain.in_order -= 1;
            }
        }
    }
}

impl Chain {
    fn new(of: usize, parts: Vec<Selector>) -> Self {
        Self { of, met: vec![0; parts.len()], parts, elements: 0, in_order: 0, copied: 0 }
    }

    /// An element begins that meets these parts; tells whether it brings the chain forward. One element is one part at most.
    fn opens(&mut self, parts: &[Part], is_formatting: bool) -> bool {
        let next = self.in_order;
        self.elements += 1;
        for Part { part, .. } in parts {
            self.copied += usize::from(is_formatting && self.is_last(*part));
            if let Some(met) = self.met.get_mut(*part) {
                *met += 1;
            }
            self.in_order += usize::from(*part == next);
        }
        self.in_order > next
    }

    fn closes(&mut self, parts: &[Part], is_formatting: bool) {
        self.elements -= 1;
        for Part { part, .. } in parts {
            self.copied -= usize::from(is_formatting && self.is_last(*part));
            if let Some(met) = self.met.get_mut(*part) {
                *met -= 1;
            }
        }
    }

    /// Whether the element that has just begun, and meets these parts, makes the chain whole in another order than its own. In its
    /// own order it is met already.
    fn may_meet_otherwise(&self, parts: &[Part]) -> bool {
        let names_one = self.copied > 0 || parts.iter().any(|met| self.is_last(met.part));
        let are_there = self.elements >= self.parts.len() && self.met.iter().all(|met| *met > 0);
        names_one && are_there && self.in_order < self.parts.len()
    }

    fn is_last(&self, part: usize) -> bool {
        part + 1 == self.parts.len()
    }
}

/// The elements that browsers open again where tags cross (HTML standard, section 13.2.4.3).
fn is_formatting(name: &str) -> bool {
    matches!(
        name,
        "a" | "b" | "big" | "code" | "em" | "font" | "i" | "nobr" | "s" | "small" | "strike" | "strong" | "tt" | "u"
    )
}
