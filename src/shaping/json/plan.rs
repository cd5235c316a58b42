//! All rules of an answer, compiled once and shared by every answer that they shape.

use std::sync::{Arc, OnceLock};

use super::{
    compiled::Compiled,
    rules::{JsonRules, Nested},
};
use crate::shaping::{items::Items, path::Path, treatment::Treatment};

/// The rules of one kind of answer, compiled.
///
/// Where several rules meet on one value, the one that shows less holds; where none of them shows less than all
/// others, as with two different coarsenings, the value is removed. Rules below a kept or coarsened value act inside it
/// first; rules below one that is removed, nulled or replaced have no effect.
///
/// See the example of [`json`](super).
#[derive(Debug)]
pub struct JsonPlan {
    rules: JsonRules,
    /// For answers of which no items are chosen.
    alone: Arc<Compiled>,
    /// For answers of which some are, and the items first chosen: those of an endpoint all say in the same places what they
    /// are.
    choosing: OnceLock<(Arc<Items>, Arc<Compiled>)>,
}

impl JsonPlan {
    /// Compiles rules: paths from the root of the document, and what happens there; and the path of the items.
    pub fn new(rules: impl IntoIterator<Item = (Path, Treatment)>, item: Option<&Path>) -> Self {
        Self::of(JsonRules { rules: rules.into_iter().collect(), item: item.cloned(), ..JsonRules::default() })
    }

    /// Compiles rules.
    ///
    /// See the example of [`JsonRules`].
    pub fn of(rules: JsonRules) -> Self {
        let alone = Arc::new(Compiled::new(&rules, None));
        Self { rules, alone, choosing: OnceLock::new() }
    }

    /// Whether every answer leaves as it came: there are no rules but `keep`, no list of what leaves, and no documents of another
    /// kind.
    pub fn changes_nothing(&self) -> bool {
        let JsonRules { rules, only, nested, .. } = &self.rules;
        let keep = rules.iter().all(|(_, treatment)| *treatment == Treatment::Keep);
        keep && only.is_none() && nested.iter().all(|(_, nested)| matches!(nested, Nested::Json))
    }

    /// How many values met which treatment, rule by rule, by how many each rule has met.
    pub(crate) fn treated<'a>(&'a self, met: &'a [Option<u64>]) -> impl Iterator<Item = (&'static str, u64)> + 'a {
        let rules = self.rules.rules.iter().zip(met);
        rules.filter_map(|((_, treatment), met)| met.filter(|met| *met > 0).map(|met| (treatment.name(), met)))
    }

    /// The rules for answers of which no items are chosen.
    pub(super) fn alone(&self) -> Arc<Compiled> {
        Arc::clone(&self.alone)
    }

    /// The rules for answers of which items are chosen.
    pub(super) fn choosing(&self, items: &Arc<Items>) -> Arc<Compiled> {
        let compile = || Arc::new(Compiled::new(&self.rules, Some(&items.signs().map(Option::<&_>::cloned))));
        let (first, compiled) = self.choosing.get_or_init(|| (Arc::clone(items), compile()));
        // Other items than those of the endpoint are allowed, and need rules of their own.
        let fits = Arc::ptr_eq(first, items) || first.signs() == items.signs();
        if fits { Arc::clone(compiled) } else { compile() }
    }
}
