//! What it means for a value that certain paths lead to it: which rule holds, and what else is to be done with it.

use super::automaton::{Automaton, State};
use crate::shaping::{json::rules::Nested, path::Path, treatment::Treatment};

/// What is known of each node of the automaton, and the treatments.
#[derive(Debug, Default)]
pub(in crate::shaping::json) struct Notes {
    treatments: Vec<Treatment>,
    /// By the node's number; nodes without one may be missing at the end.
    notes: Vec<Note>,
    /// The kinds of documents in strings.
    nested: Vec<Nested>,
    /// Whether nothing leaves but what is listed and what a rule shows.
    is_strict: bool,
}

/// What is known of a node.
#[derive(Clone, Debug, Default)]
pub(in crate::shaping::json) struct Note {
    /// Those of the rules that end here that none of the others outdoes.
    rules: Vec<u32>,
    /// Whether any rule ends here, so that matches are counted.
    pub(in crate::shaping::json) counts: bool,
    /// The numbers of the kinds of document that stand here in a string.
    nested: Vec<u16>,
    /// Whether items to be chosen stand here.
    pub(in crate::shaping::json) item: bool,
    /// Whether items that templates read from stand here.
    pub(in crate::shaping::json) unit: bool,
    /// The value of a template that stands here.
    pub(in crate::shaping::json) slot: Option<usize>,
    /// What an item says of itself that stands here, or on the way to here.
    pub(in crate::shaping::json) sign: Option<SignAt>,
    /// Whether what stands here is listed.
    is_listed: bool,
    /// Whether anything listed may lie in what stands here.
    leads_to_listed: bool,
    /// Whether the node belongs to the path of the items to be chosen: it has no part in what is inside of one.
    pub(in crate::shaping::json) leads_to_items: bool,
    /// Whether the node belongs to a path of which something is only read: of what an item says of itself, or of a template.
    pub(in crate::shaping::json) only_reads: bool,
}

/// A place where an item says something of itself, or on the way to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shaping::json) struct SignAt {
    /// Its number, among all such places; below 64.
    pub(in crate::shaping::json) place: u8,
    /// Whether there are more inside.
    pub(in crate::shaping::json) goes_on: bool,
}

/// What holds for a value after all rules on it have been weighed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::shaping::json) enum Verdict {
    #[default]
    Keep,
    Remove,
    /// An array or object is shown as far as what is in it; anything else is removed.
    Open,
    /// The treatment of this rule.
    Treat(u32),
}

/// What a set of nodes means for the value that they lead to.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::shaping::json) struct Meaning {
    pub(in crate::shaping::json) verdict: Verdict,
    pub(in crate::shaping::json) counts: bool,
    /// Whether any path goes on inside.
    pub(in crate::shaping::json) goes_on: bool,
    /// Whether one of them is not only read.
    pub(in crate::shaping::json) acts_inside: bool,
    /// Whether anything inside is read.
    pub(in crate::shaping::json) reads_inside: bool,
    /// The kind of document in a string, where anything is to be done in it.
    pub(in crate::shaping::json) nested: Option<u16>,
    pub(in crate::shaping::json) item: bool,
    pub(in crate::shaping::json) unit: bool,
    pub(in crate::shaping::json) slot: Option<usize>,
    pub(in crate::shaping::json) sign: Option<SignAt>,
    /// Whether an array or object is shown as far as what is in it, and nothing else is to be done with it.
    pub(in crate::shaping::json) only_opens: bool,
}

impl Notes {
    /// The treatments, and for each the node where its rule's path ends.
    pub(in crate::shaping::json) fn new(treatments: Vec<Treatment>, ends: &[State]) -> Self {
        let mut notes = Self { treatments, notes: Vec::new(), nested: Vec::new(), is_strict: false };
        for (rule, end) in (0..).zip(ends) {
            let known = notes.note(*end).map(|note| note.rules.clone()).unwrap_or_default();
            let is_outdone = known.iter().any(|known| notes.outdoes(*known, rule));
            let mut left = known;
            if !is_outdone {
                left.retain(|known| !notes.outdoes(rule, *known));
                left.push(rule);
            }
            notes.add(*end, |note| (note.rules, note.counts) = (left, true));
        }
        notes
    }

    /// Adds to the note of a node.
    pub(in crate::shaping::json) fn add(&mut self, state: State, change: impl FnOnce(&mut Note)) {
        let index = usize::try_from(state).unwrap_or(usize::MAX);
        if self.notes.len() <= index {
            self.notes.resize(index + 1, Note::default());
        }
        if let Some(note) = self.notes.get_mut(index) {
            change(note);
        }
    }

    /// Nothing leaves but what these nodes stand for; each stays in force below its value.
    pub(in crate::shaping::json) fn list(&mut self, listed: &[State], automaton: &Automaton) {
        self.is_strict = true;
        listed.iter().for_each(|state| self.add(*state, |note| note.is_listed = true));
        for state in automaton.leading_to(listed.iter().copied()) {
            self.add(state, |note| note.leads_to_listed = true);
        }
    }

    /// A kind of document stands in strings here.
    pub(in crate::shaping::json) fn nest(&mut self, state: State, nested: Nested) {
        let known = self.nested.iter().position(|known| known.is(&nested));
        let at = known.unwrap_or(self.nested.len());
        if known.is_none() {
            self.nested.push(nested);
        }
        // One that has no number is none, and nothing can read it.
        let number = u16::try_from(at).unwrap_or(u16::MAX);
        self.add(state, |note| note.nested.push(number));
    }

    pub(in crate::shaping::json) fn nested(&self, number: u16) -> Option<&Nested> {
        self.nested.get(usize::from(number))
    }

    pub(in crate::shaping::json) fn note(&self, state: State) -> Option<&Note> {
        self.notes.get(usize::try_from(state).ok()?)
    }

    pub(in crate::shaping::json) fn treatment(&self, rule: u32) -> Option<&Treatment> {
        self.treatments.get(usize::try_from(rule).ok()?)
    }

    pub(in crate::shaping::json) fn meaning(&self, automaton: &Automaton, states: &[State]) -> Meaning {
        let notes = || states.iter().filter_map(|state| self.note(*state));
        let verdict = self.verdict(states);
        // What is only read is read of some items and not of others, and where a piece was cut decides of which.
        let may_act = |state: &State| self.note(*state).is_none_or(|note| !note.only_reads);
        let acts_inside = automaton.goes_on(states.iter().copied().filter(may_act));
        let reads_inside = automaton.goes_on(states.iter().copied().filter(|state| !may_act(state)));
        let goes_on = acts_inside || reads_inside;
        let is_treated = matches!(verdict, Verdict::Treat(_)) || acts_inside;
        let acts = |nested: &u16| !matches!(self.nested(*nested), Some(Nested::Json)) || is_treated;
        let mut nested = notes().flat_map(|note| note.nested.iter().copied()).filter(acts);
        let first = nested.next();
        // What could be read in two ways is not shown.
        let is_unclear = nested.any(|other| Some(other) != first);
        let mut meaning = Meaning {
            verdict: if is_unclear { Verdict::Remove } else { verdict },
            counts: notes().any(|note| note.counts),
            goes_on,
            acts_inside,
            reads_inside,
            nested: first,
            item: notes().any(|note| note.item),
            unit: notes().any(|note| note.unit),
            // Their paths have names and indexes only, so there is one of each at most.
            slot: notes().find_map(|note| note.slot),
            sign: notes().find_map(|note| note.sign),
            only_opens: false,
        };
        let Meaning { counts, item, unit, slot, sign, .. } = meaning;
        let is_shown = matches!(meaning.verdict, Verdict::Keep | Verdict::Open);
        let is_noted = counts || item || unit || slot.is_some() || sign.is_some();
        meaning.only_opens = goes_on && is_shown && !is_noted;
        meaning
    }

    /// Weighs all rules on a value, and whether it is listed.
    fn verdict(&self, states: &[State]) -> Verdict {
        let notes = || states.iter().filter_map(|state| self.note(*state));
        match self.weighed(states) {
            Verdict::Keep if !self.is_strict || notes().any(|note| note.is_listed) => Verdict::Keep,
            Verdict::Keep if notes().any(|note| note.leads_to_listed) => Verdict::Open,
            Verdict::Keep => Verdict::Remove,
            weighed => weighed,
        }
    }

    fn weighed(&self, states: &[State]) -> Verdict {
        let rules = || states.iter().filter_map(|state| self.note(*state)).flat_map(|note| note.rules.iter().copied());
        // If one rule shows no more than all others, it is what is left after each has been compared once.
        let Some(least) = rules().reduce(|least, rule| if self.outdoes(rule, least) { rule } else { least }) else {
            return Verdict::Keep;
        };
        if rules().all(|rule| rule == least || self.outdoes(least, rule)) {
            match self.treatment(least) {
                Some(Treatment::Keep) => Verdict::Keep,
                Some(Treatment::Remove) | None => Verdict::Remove,
                Some(_) => Verdict::Treat(least),
            }
        } else {
            Verdict::Remove
        }
    }

    /// Whether nothing that a path selects is ever looked at, because of a rule on what it lies in. `start` is where the root
    /// leads, `nodes` are those of all beginnings of the path.
    pub(in crate::shaping::json) fn hides_above(
        &self,
        automaton: &Automaton,
        start: &[State],
        path: &Path,
        nodes: &[State],
    ) -> bool {
        let mut states = start.to_vec();
        path.segments().iter().zip(nodes).any(|(segment, node)| {
            let hides = match self.verdict(&states) {
                Verdict::Keep | Verdict::Open => false,
                Verdict::Remove => true,
                Verdict::Treat(rule) => match self.treatment(rule) {
                    Some(Treatment::GeoTo(_)) => false,
                    Some(Treatment::First(first)) => segment.begins_at() >= first.get(),
                    _ => true,
                },
            };
            automaton.surely_step(&mut states, segment, *node);
            hides
        })
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
}
