//! All rules of an answer, compiled once and shared by every answer that they shape.

use std::collections::HashMap;

use super::automaton::{Automaton, Builder, State};
use crate::shaping::{
    path::Path,
    treatment::{Part, Treatment},
};

/// The rules of one kind of answer, compiled.
///
/// Where several rules meet on one value, the one that shows less holds; where none of them shows less than all
/// others, as with two different coarsenings, the value is removed. Rules below a kept or coarsened value act inside it
/// first; rules below one that is removed, nulled or replaced have no effect.
#[derive(Debug)]
pub struct JsonPlan {
    pub(super) automaton: Automaton,
    pub(super) root: State,
    /// Where the path of the items begins, for those that are chosen; `None` without items.
    pub(super) items: Option<State>,
    treatments: Vec<Treatment>,
    /// Of each rule, the node where its path ends.
    ends: Vec<State>,
    /// Of each rule, whether it can meet any value: not where another one hides all that it is about.
    meets: Vec<bool>,
    /// Of each rule, whether values that it meets may lie in items.
    in_items: Vec<bool>,
    /// What is known of a node, by its number.
    notes: Vec<Note>,
    /// Where templates' paths begin, as seen from an item; `None` without templates.
    pub(super) captures: Option<State>,
    pub(super) slots: usize,
    /// The templates by rule.
    templates: HashMap<u32, Vec<Piece>>,
}

/// What a value at a node means.
#[derive(Clone, Debug, Default)]
pub(super) struct Note {
    /// Those of the rules that end here that none of the others outdoes.
    rules: Vec<u32>,
    pub(super) item: bool,
    pub(super) slot: Option<usize>,
    /// Whether any rule ends here, so that matches are counted.
    pub(super) counts: bool,
}

/// A piece of a template, its path as the number of a value to be remembered.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Slot(usize),
}

/// What holds for a value after all rules on it have been weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Keep,
    Remove,
    /// The treatment of this rule.
    Treat(u32),
}

impl JsonPlan {
    /// Compiles rules: paths from the root of the document, and what happens there.
    ///
    /// `item` is the path of the items, which are chosen and which templates (`text`) read from; for templates the whole
    /// document is one item without it. A template outside of every item removes its field.
    pub fn new(rules: impl IntoIterator<Item = (Path, Treatment)>, item: Option<&Path>) -> Self {
        let mut builder = Builder::default();
        let root = builder.root();
        let (mut treatments, mut ends): (Vec<Treatment>, Vec<State>) = (Vec::new(), Vec::new());
        let mut paths = Vec::new();
        for (path, treatment) in rules {
            ends.push(builder.insert(root, &path));
            treatments.push(treatment);
            paths.push(path);
        }
        let mut slots: HashMap<&Path, usize> = HashMap::new();
        let mut templates = HashMap::new();
        for (rule, treatment) in (0..).zip(&treatments) {
            let Treatment::Text(template) = treatment else { continue };
            let mut pieces = Vec::new();
            for part in template.parts() {
                let next = slots.len();
                pieces.push(match part {
                    Part::Text(text) => Piece::Text(text.clone()),
                    Part::Value(path) => Piece::Slot(*slots.entry(path).or_insert(next)),
                });
            }
            templates.insert(rule, pieces);
        }
        let captures = (!templates.is_empty()).then(|| builder.root());
        let units = captures.map(|_| item.map_or(root, |item| builder.insert(root, item)));
        // Apart from the rules, which cost nothing on the way to the items while none are chosen.
        let items = item.map(|_| builder.root());
        let chosen = items.zip(item).map(|(start, item)| builder.insert(start, item));
        let slot_ends: Vec<(State, usize)> = captures
            .map(|start| slots.iter().map(|(path, slot)| (builder.insert(start, path), *slot)).collect())
            .unwrap_or_default();
        let slots = slots.len();
        let nodes: Vec<Vec<State>> = paths.iter().map(|path| builder.nodes(root, path)).collect();
        let in_items = paths.iter().map(|path| item.is_some_and(|item| path.may_reach_into(item))).collect();
        let (automaton, meets, notes) = (builder.build(), Vec::new(), Vec::new());
        let mut plan =
            Self { automaton, root, items, treatments, ends, meets, in_items, notes, captures, slots, templates };
        plan.take_notes(units.into_iter().chain(chosen), &slot_ends);
        plan.meets = paths.iter().zip(&nodes).map(|(path, nodes)| !plan.hides_above(path, nodes)).collect();
        plan
    }

    /// Whether every answer leaves as it came: there are no rules but `keep`.
    pub fn changes_nothing(&self) -> bool {
        self.treatments.iter().all(|treatment| *treatment == Treatment::Keep)
    }

    /// What is known of a node.
    pub(super) fn note(&self, state: State) -> Option<&Note> {
        self.notes.get(usize::try_from(state).ok()?)
    }

    pub(super) fn treatment(&self, rule: u32) -> Option<&Treatment> {
        self.treatments.get(usize::try_from(rule).ok()?)
    }

    pub(super) fn template(&self, rule: u32) -> &[Piece] {
        self.templates.get(&rule).map(Vec::as_slice).unwrap_or_default()
    }

    /// Of each rule, the node where its path ends.
    pub(super) fn ends(&self) -> &[State] {
        &self.ends
    }

    /// Of each rule, whether it can meet any value.
    pub(super) fn meets(&self) -> &[bool] {
        &self.meets
    }

    /// Of each rule, whether values that it meets may lie in items.
    pub(super) fn in_items(&self) -> &[bool] {
        &self.in_items
    }

    /// How many nodes have notes.
    pub(super) fn noted(&self) -> usize {
        self.notes.len()
    }

    /// Weighs all rules on a value.
    pub(super) fn verdict(&self, states: &[State]) -> Verdict {
        let rules = || states.iter().filter_map(|state| self.note(*state)).flat_map(|note| note.rules.iter().copied());
        // If one rule shows no more than all others, it is what is left after each has been compared once.
        let Some(least) = rules().reduce(|least, rule| if self.outdoes(rule, least) { rule } else { least }) else {
            return Verdict::Keep;
        };
        if rules().all(|rule| rule == least || self.outdoes(least, rule)) {
            Verdict::Treat(least)
        } else {
            Verdict::Remove
        }
    }

    /// Whether rule `one` shows less than rule `other`, or the same and stands before it.
    fn outdoes(&self, one: u32, other: u32) -> bool {
        match (self.treatment(one), self.treatment(other)) {
            (Some(less), Some(more)) => {
                less.shows_no_more_than(more) && (one < other || !more.shows_no_more_than(less))
            }
            _ => false,
        }
    }

    /// Whether nothing that a path selects is ever looked at, because of a rule on what it lies in. `nodes` are those of
    /// all beginnings of the path.
    fn hides_above(&self, path: &Path, nodes: &[State]) -> bool {
        let mut states = Vec::new();
        self.automaton.enter(self.root, &mut states);
        path.segments().iter().zip(nodes).any(|(segment, node)| {
            let hides = match self.verdict(&states) {
                Verdict::Keep => false,
                Verdict::Remove => true,
                Verdict::Treat(rule) => match self.treatment(rule) {
                    Some(Treatment::Keep | Treatment::GeoTo(_)) => false,
                    Some(Treatment::First(first)) => segment.begins_at() >= first.get(),
                    _ => true,
                },
            };
            self.automaton.surely_step(&mut states, segment, *node);
            hides
        })
    }

    fn take_notes(&mut self, items: impl Iterator<Item = State> + Clone, slot_ends: &[(State, usize)]) {
        let ends = self.ends.iter().copied().chain(items.clone()).chain(slot_ends.iter().map(|(state, _)| *state));
        let last = ends.max().and_then(|state| usize::try_from(state).ok());
        let mut notes = vec![Note::default(); last.map_or(0, |last| last + 1)];
        let at = |state: State| usize::try_from(state).unwrap_or(usize::MAX);
        for (rule, end) in (0..).zip(&self.ends) {
            let Some(note) = notes.get_mut(at(*end)) else { continue };
            note.counts = true;
            if !note.rules.iter().any(|known| self.outdoes(*known, rule)) {
                note.rules.retain(|known| !self.outdoes(rule, *known));
                note.rules.push(rule);
            }
        }
        for state in items {
            if let Some(note) = notes.get_mut(at(state)) {
                note.item = true;
            }
        }
        for (state, slot) in slot_ends {
            if let Some(note) = notes.get_mut(at(*state)) {
                note.slot = Some(*slot);
            }
        }
        self.notes = notes;
    }
}
