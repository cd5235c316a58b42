//! All paths of a plan as one automaton that walks down a document.
//!
//! Paths are put together in a trie with one node for each run of steps that paths have in common. While a document
//! passes, each open array or object carries the set of nodes that lead to it; a child's set comes from one hash look-up
//! by key or index in each of them. So a key costs as much as different wildcards, descendants and names lead to its
//! object, not as much as there are rules: ten thousand rules with names cost what one costs. (Different slices at one
//! node are tried one by one.)

use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    ops::Range,
};

use crate::shaping::path::{Path, Segment, Selector, Slice};

/// A node, by its number.
pub(in crate::shaping::json) type State = u32;

/// By what a child stands in its parent.
#[derive(Clone, Copy)]
pub(in crate::shaping::json) enum Key<'a> {
    /// A member's name, decoded.
    Name(&'a [u8]),
    /// A member's name that no path has.
    OtherName,
    Index(u64),
}

/// The nodes. Those that a path ends at are known to the plan, by number.
#[derive(Debug, Default)]
pub(in crate::shaping::json) struct Automaton {
    nodes: Vec<Node>,
}

#[derive(Debug, Default)]
struct Node {
    names: HashMap<Box<[u8]>, Vec<State>>,
    indexes: HashMap<u64, Vec<State>>,
    slices: Vec<(Slice, State)>,
    wildcards: Vec<State>,
    /// The node that stays in force below this one and carries its `..` steps.
    descends: Option<State>,
    stays: bool,
}

/// Puts paths together.
#[derive(Default)]
pub(in crate::shaping::json) struct Builder {
    automaton: Automaton,
    steps: HashMap<(State, Box<[Selector]>), State>,
}

impl Builder {
    /// A new start, apart from all others.
    pub(in crate::shaping::json) fn root(&mut self) -> State {
        self.node(Node::default())
    }

    /// The node at the end of a path; the same one for equal paths.
    pub(in crate::shaping::json) fn insert(&mut self, root: State, path: &Path) -> State {
        path.segments().iter().fold(root, |state, segment| self.step(state, segment))
    }

    /// The nodes of a path that was inserted, one for each step.
    pub(in crate::shaping::json) fn nodes(&mut self, root: State, path: &Path) -> Vec<State> {
        let step = |state: &mut State, segment| {
            *state = self.step(*state, segment);
            Some(*state)
        };
        path.segments().iter().scan(root, step).collect()
    }

    /// The number of the next node.
    pub(in crate::shaping::json) fn next(&self) -> State {
        State::try_from(self.automaton.nodes.len()).unwrap_or(State::MAX)
    }

    pub(in crate::shaping::json) fn build(self) -> Automaton {
        self.automaton
    }

    /// The node that stays in force from another one on, at its value and everywhere in it.
    pub(in crate::shaping::json) fn below(&mut self, from: State) -> State {
        if let Some(state) = self.automaton.node(from).and_then(|node| node.descends) {
            return state;
        }
        let state = self.node(Node { stays: true, ..Node::default() });
        if let Some(node) = self.automaton.nodes.get_mut(index(from)) {
            node.descends = Some(state);
        }
        state
    }

    fn step(&mut self, mut from: State, segment: &Segment) -> State {
        if segment.descends {
            from = self.below(from);
        }
        let to = self.next();
        match self.steps.entry((from, segment.selectors.clone())) {
            Entry::Occupied(known) => return *known.get(),
            Entry::Vacant(new) => new.insert(to),
        };
        self.node(Node::default());
        if let Some(node) = self.automaton.nodes.get_mut(index(from)) {
            for selector in &segment.selectors {
                match selector {
                    Selector::Name(name) => node.names.entry(name.as_bytes().into()).or_default().push(to),
                    Selector::Index(index) => node.indexes.entry(*index).or_default().push(to),
                    Selector::Slice(slice) => node.slices.push((*slice, to)),
                    Selector::Wildcard => node.wildcards.push(to),
                }
            }
        }
        to
    }

    fn node(&mut self, node: Node) -> State {
        let state = self.next();
        self.automaton.nodes.push(node);
        state
    }
}

impl Automaton {
    /// Appends a start to a set.
    pub(in crate::shaping::json) fn enter(&self, root: State, states: &mut Vec<State>) {
        states.push(root);
        states.extend(self.node(root).and_then(|node| node.descends));
    }

    /// Appends to `states` the set of a child, each node once, from its parent's set, which stands at `parent` in it.
    pub(in crate::shaping::json) fn step(&self, states: &mut Vec<State>, parent: Range<usize>, key: Key<'_>) {
        let child = states.len();
        for at in parent {
            let Some(&state) = states.get(at) else { break };
            let Some(node) = self.node(state) else { continue };
            if node.stays {
                states.push(state);
            }
            node.wildcards.iter().for_each(|next| self.enter(*next, states));
            let exact = match key {
                Key::OtherName => None,
                Key::Name(_) if node.names.is_empty() => None,
                Key::Name(name) => node.names.get(name),
                Key::Index(_) if node.indexes.is_empty() => None,
                Key::Index(index) => node.indexes.get(&index),
            };
            exact.into_iter().flatten().for_each(|next| self.enter(*next, states));
            if let Key::Index(index) = key {
                let sliced = node.slices.iter().filter(|(slice, _)| slice.contains(index));
                sliced.for_each(|(_, next)| self.enter(*next, states));
            }
        }
        unique_from(states, child);
    }

    /// Puts in the place of a set that of every child that a step selects, as far as it is the same for all of them; `node`
    /// is the step's own.
    pub(super) fn surely_step(&self, states: &mut Vec<State>, segment: &Segment, node: State) {
        if segment.descends {
            // However deep the child lies, these stay in force.
            states.retain(|state| self.node(*state).is_some_and(|node| node.stays));
        }
        let parents = states.len();
        let key = match &*segment.selectors {
            [Selector::Name(name)] => Key::Name(name.as_bytes()),
            [Selector::Index(index)] => Key::Index(*index),
            // It meets what every child meets.
            _ => Key::OtherName,
        };
        self.step(states, 0..parents, key);
        states.drain(..parents);
        self.enter(node, states);
        unique_from(states, 0);
    }

    /// The names by which members of these nodes are told apart.
    pub(in crate::shaping::json) fn names(&self, states: &[State]) -> BTreeSet<&[u8]> {
        let nodes = states.iter().filter_map(|state| self.node(*state));
        nodes.flat_map(|node| node.names.keys().map(|name| &**name)).collect()
    }

    /// The first index from which on all elements of these nodes are the same, if it is small.
    pub(in crate::shaping::json) fn same_from(&self, states: &[State]) -> Option<u64> {
        let nodes = || states.iter().filter_map(|state| self.node(*state));
        let after_index = nodes().flat_map(|node| node.indexes.keys().map(|index| index + 1));
        let after_slice = nodes().flat_map(|node| &node.slices).map(|(slice, _)| match slice.end {
            Some(end) => end,
            None if slice.step.get() == 1 => slice.start,
            None => u64::MAX,
        });
        let same_from = after_index.chain(after_slice).max().unwrap_or(0);
        (same_from <= MOST_ELEMENTS).then_some(same_from)
    }

    /// Whether any path goes on below one of these nodes.
    pub(in crate::shaping::json) fn goes_on(&self, states: impl IntoIterator<Item = State>) -> bool {
        states.into_iter().filter_map(|state| self.node(state)).any(|node| {
            !(node.names.is_empty() && node.indexes.is_empty() && node.slices.is_empty() && node.wildcards.is_empty())
        })
    }

    /// The nodes from which a path leads to one of some others, with these.
    pub(super) fn leading_to(&self, ends: impl Iterator<Item = State>) -> BTreeSet<State> {
        let mut leading: BTreeSet<State> = ends.collect();
        // What follows a node has a higher number.
        for (state, node) in (0..).zip(&self.nodes).collect::<Vec<_>>().into_iter().rev() {
            let next = node.names.values().chain(node.indexes.values()).flatten().chain(&node.wildcards);
            let mut next = next.chain(node.slices.iter().map(|(_, next)| next)).chain(&node.descends);
            if next.any(|next| leading.contains(next)) {
                leading.insert(state);
            }
        }
        leading
    }

    fn node(&self, state: State) -> Option<&Node> {
        self.nodes.get(index(state))
    }
}

/// Sorts what stands from `start` on and leaves each once.
pub(in crate::shaping::json) fn unique_from(states: &mut Vec<State>, start: usize) {
    let Some(set @ [_, _, ..]) = states.get_mut(start..) else { return };
    set.sort_unstable();
    let (mut at, mut last) = (0, None);
    states.retain(|state| {
        at += 1;
        at <= start || last.replace(*state) != Some(*state)
    });
}

/// So many first elements of an array have sets of their own in a table.
const MOST_ELEMENTS: u64 = 32;

fn index(state: State) -> usize {
    usize::try_from(state).unwrap_or(usize::MAX)
}
