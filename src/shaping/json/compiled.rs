//! The rules of an answer as they are followed: from the root of a document to each value by one look-up.

use std::{collections::HashMap, ops::Range};

use super::{
    reuse::Reuse,
    rules::{JsonRules, Nested},
    sets::{
        Inside, Known, Roots, Set, Sets,
        automaton::{Automaton, Builder, Key, State, unique_from},
        meaning::{Meaning, Notes, SignAt},
    },
    state::said::{MOST_PLACES, SignPlace, SignPlaces},
};
use crate::shaping::{
    path::Path,
    treatment::{Part, Treatment},
};

/// Rules, compiled.
#[derive(Debug)]
pub(super) struct Compiled {
    rules: Vec<Rule>,
    automaton: Automaton,
    notes: Notes,
    pub(super) sets: Sets,
    /// Where the root of a document leads.
    pub(super) start: Set,
    pub(super) signs: SignPlaces,
    pub(super) reuse: Reuse,
}

/// What is known of a rule.
#[derive(Debug)]
struct Rule {
    /// The node where its path ends.
    end: State,
    /// The sets that have this node.
    sets: Box<[Known]>,
    /// Whether it can meet any value: not where another one hides all that it is about.
    meets: bool,
    /// Whether values that it meets may lie in items.
    is_in_items: bool,
    /// Its template; nothing if it has none.
    template: Box<[Piece]>,
}

/// The paths of what an item says of itself, as seen from the item: its label, its id, its topic.
pub(super) type Signs = [Option<Path>; 3];

/// A piece of a template, its path as the number of a value to be remembered.
#[derive(Debug)]
pub(super) enum Piece {
    Text(String),
    Slot(usize),
}

impl Compiled {
    /// Compiles rules. Where items are chosen `signs` says where they say of themselves what they are.
    pub(super) fn new(all: &JsonRules, signs: Option<&Signs>) -> Self {
        let (rules, item) = (&all.rules, all.item.as_ref());
        let mut builder = Builder::default();
        let root = builder.root();
        let paths = || rules.iter().map(|(path, _)| path);
        let ends: Vec<State> = paths().map(|path| builder.insert(root, path)).collect();
        let nodes: Vec<Vec<State>> = paths().map(|path| builder.nodes(root, path)).collect();
        let mut notes = Notes::new(rules.iter().map(|(_, treatment)| treatment.clone()).collect(), &ends);
        let (mut roots, mut places) = (Roots::default(), SignPlaces::default());
        let (templates, slots) = templates(rules.iter().map(|(_, treatment)| treatment));
        if rules.iter().any(|(_, treatment)| matches!(treatment, Treatment::Text(_))) {
            let unit = item.map_or(root, |item| builder.insert(root, item));
            notes.add(unit, |note| note.unit = true);
            let start = builder.root();
            for (path, slot) in &slots {
                notes.add(builder.insert(start, path), |note| note.slot = Some(*slot));
            }
            (start..builder.next()).for_each(|state| notes.add(state, |note| note.only_reads = true));
            roots.slots = Some(start);
        }
        // Apart from the rules, which cost nothing on the way to the items while none are chosen.
        let items = signs.zip(item).map(|(signs, item)| {
            places = take_signs(signs, &mut builder, &mut notes, &mut roots);
            let start = builder.root();
            let last = builder.nodes(start, item).last().copied();
            notes.add(last.unwrap_or(start), |note| note.item = true);
            (start..builder.next()).for_each(|state| notes.add(state, |note| note.leads_to_items = true));
            start
        });
        for (path, nested) in &all.nested {
            notes.nest(builder.insert(root, path), nested.clone());
        }
        let listed: Option<Vec<State>> = all.only.as_ref().map(|only| {
            let shown = rules.iter().filter(|(_, treatment)| !treatment.reveals_nothing()).map(|(path, _)| path);
            let mut listed = |path| {
                let end = builder.insert(root, path);
                builder.below(end)
            };
            only.iter().chain(shown).map(&mut listed).collect()
        });
        let automaton = builder.build();
        listed.into_iter().for_each(|listed| notes.list(&listed, &automaton));
        let mut states = Vec::new();
        automaton.enter(root, &mut states);
        let alone = states.clone();
        items.into_iter().for_each(|items| automaton.enter(items, &mut states));
        unique_from(&mut states, 0);
        let (sets, start) = Sets::new(&automaton, &notes, roots, &states);
        let sets_by_state = sets.by_state();
        let mut templates = templates.into_iter();
        let rule = |((path, end), nodes): ((&Path, State), &Vec<State>)| Rule {
            end,
            sets: sets_by_state.get(&end).cloned().unwrap_or_default().into(),
            meets: !notes.hides_above(&automaton, &alone, path, nodes),
            is_in_items: item.is_some_and(|item| path.may_reach_into(item)),
            template: templates.next().unwrap_or_default(),
        };
        let rules = paths().zip(ends).zip(&nodes).map(rule).collect();
        let (start, reuse) = (Set::Known(start), Reuse::default());
        Self { rules, automaton, notes, sets, start, signs: places, reuse }
    }

    pub(super) fn treatment(&self, rule: u32) -> Option<&Treatment> {
        self.notes.treatment(rule)
    }

    pub(super) fn nested(&self, number: u16) -> Option<&Nested> {
        self.notes.nested(number)
    }

    pub(super) fn template(&self, rule: u32) -> &[Piece] {
        let rule = usize::try_from(rule).ok().and_then(|rule| self.rules.get(rule));
        rule.map(|rule| &*rule.template).unwrap_or_default()
    }

    /// How many values each rule has met, by how many each set and each node beyond the sets has met: `None` for a rule that
    /// can meet none. With each whether values that it meets may lie in items.
    pub(super) fn matched(
        &self,
        of_set: impl Fn(Known) -> u64,
        of_state: impl Fn(State) -> u64,
    ) -> impl Iterator<Item = (Option<u64>, bool)> {
        self.rules.iter().map(move |rule| {
            let met = rule.sets.iter().copied().map(&of_set).fold(of_state(rule.end), u64::saturating_add);
            (rule.meets.then_some(met), rule.is_in_items)
        })
    }

    /// Where the member of an object leads that has this name; one that is no text has none. Like all that follow it
    /// appends to `states` what was not worked out.
    pub(super) fn member(&self, object: Set, name: Option<&str>, states: &mut Vec<State>) -> Set {
        if let Set::Known(known) = object
            && let Some(members) = self.sets.members(known)
        {
            let way = name.and_then(|name| members.get(name.as_bytes(), 0..name.len()));
            return Set::Known(way.unwrap_or(&members.other).to);
        }
        self.child(object, name.map_or(Key::OtherName, |name| Key::Name(name.as_bytes())), states)
    }

    /// Where an element of an array leads.
    pub(super) fn element(&self, array: Set, index: u64, states: &mut Vec<State>) -> Set {
        if let Set::Known(known) = array
            && let Some(way) = self.sets.element(known, index)
        {
            return Set::Known(way.to);
        }
        self.child(array, Key::Index(index), states)
    }

    /// What stands for a set inside of an item.
    pub(super) fn inside(&self, item: Set, which: Inside, states: &mut Vec<State>) -> Set {
        if let Set::Known(known) = item
            && let Some(inside) = self.sets.inside(known, which)
        {
            return Set::Known(inside);
        }
        let (of, start) = (self.states(item, states).to_vec(), states.len());
        self.sets.roots.enter(which, &self.automaton, &self.notes, of, states);
        listed(start, states)
    }

    /// What a set means for the value that it leads to.
    #[inline]
    pub(super) fn meaning(&self, set: Set, states: &[State]) -> Meaning {
        match set {
            Set::Known(known) => self.sets.meaning(known).unwrap_or_default(),
            Set::Listed(..) => self.notes.meaning(&self.automaton, self.states(set, states)),
        }
    }

    /// The nodes of a set.
    pub(super) fn states<'a>(&'a self, set: Set, states: &'a [State]) -> &'a [State] {
        match set {
            Set::Known(known) => self.sets.states(known),
            Set::Listed(from, to) => states.get(range(from, to)).unwrap_or_default(),
        }
    }

    fn child(&self, parent: Set, key: Key<'_>, states: &mut Vec<State>) -> Set {
        let parent = match parent {
            Set::Known(known) => {
                let start = states.len();
                states.extend(self.sets.states(known));
                start..states.len()
            }
            Set::Listed(from, to) => range(from, to),
        };
        let start = states.len();
        self.automaton.step(states, parent, key);
        listed(start, states)
    }
}

/// The template of each rule, and a number for each path that they read.
fn templates<'a>(treatments: impl Iterator<Item = &'a Treatment>) -> (Vec<Box<[Piece]>>, HashMap<&'a Path, usize>) {
    let mut slots = HashMap::new();
    let mut piece = |part: &'a Part| {
        let next = slots.len();
        match part {
            Part::Text(text) => Piece::Text(text.clone()),
            Part::Value(path) => Piece::Slot(*slots.entry(path).or_insert(next)),
        }
    };
    let mut template = |treatment: &'a Treatment| match treatment {
        Treatment::Text(template) => template.parts().iter().map(&mut piece).collect(),
        _ => Box::default(),
    };
    (treatments.map(&mut template).collect(), slots)
}

/// Notes where the signs stand.
fn take_signs(signs: &Signs, builder: &mut Builder, notes: &mut Notes, roots: &mut Roots) -> SignPlaces {
    let root = builder.root();
    let (mut all, mut places) = (SignPlaces::default(), HashMap::new());
    for (path, sign) in signs.iter().zip(all.iter_mut()) {
        let Some(path) = path.as_ref().filter(|path| path.is_singular()) else { continue };
        roots.signs = Some(root);
        let way = [vec![root], builder.nodes(root, path)].concat();
        for (at, state) in way.iter().enumerate() {
            let next = u8::try_from(places.len()).unwrap_or(u8::MAX);
            let place = *places.entry(*state).or_insert(next);
            if place >= MOST_PLACES {
                // Nobody has paths as long as that.
                *sign = SignPlace::Unreadable;
                break;
            }
            let goes_on = at + 1 < way.len();
            notes.add(*state, |note| {
                let goes_on = goes_on || note.sign.is_some_and(|sign| sign.goes_on);
                note.sign = Some(SignAt { place, goes_on });
            });
            sign.lead_through(place);
        }
    }
    (root..builder.next()).for_each(|state| notes.add(state, |note| note.only_reads = true));
    all
}

fn listed(start: usize, states: &[State]) -> Set {
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Set::Listed(number(start), number(states.len()))
}

fn range(from: u32, to: u32) -> Range<usize> {
    let number = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    number(from)..number(to)
}
