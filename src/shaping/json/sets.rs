//! The sets of nodes that documents lead to, worked out beforehand: each with what it means, and where each child leads.
//!
//! A document then walks from set to set by one look-up a value. Rules with many wildcards and descendants can lead to more
//! sets than there are documents; of those that are nearest to the root so many are worked out as are worth their memory, and
//! further down the sets are made while a document passes.

pub(super) mod automaton;
pub(super) mod meaning;
pub(super) mod way;

use std::{
    collections::{HashMap, VecDeque},
    ops::Range,
};

use self::{
    automaton::{Automaton, Key, State, unique_from},
    meaning::{Meaning, Notes, Verdict},
    way::{Manner, Scalars, Way, Whole},
};
use super::deed::{Deed, constant, deed};
use crate::shaping::{names::Names, treatment::Treatment};

/// A set that was worked out, by its number.
pub(super) type Known = u32;

/// A set as a document carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Set {
    Known(Known),
    /// Nodes that stand from here to there on a stack.
    Listed(u32, u32),
}

impl Default for Set {
    /// The empty one.
    fn default() -> Self {
        Self::Known(0)
    }
}

/// What of a set holds inside of the value that it leads to, apart from the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    /// Of an item that has its place: nothing.
    Placed,
    /// Of an item that is to be chosen: what it says of itself.
    Chosen,
    /// Of an item with templates: what they read.
    Unit,
}

/// The sets that were worked out. The first one is empty: no rule looks there.
#[derive(Debug)]
pub(super) struct Sets {
    sets: Vec<Entry>,
    pub(super) roots: Roots,
}

/// Where the paths begin that are followed inside of items only.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Roots {
    pub(super) signs: Option<State>,
    pub(super) slots: Option<State>,
}

#[derive(Debug)]
struct Entry {
    states: Box<[State]>,
    meaning: Meaning,
    members: Option<Members>,
    elements: Option<Elements>,
    /// What stands for it inside of an item, in the order of [`Inside`]'s variants.
    inside: Option<[Known; 3]>,
}

/// Where the members of an object lead.
#[derive(Debug)]
pub(super) struct Members {
    names: Names<Way>,
    pub(super) other: Way,
}

/// Where the elements of an array lead.
#[derive(Debug)]
struct Elements {
    first: Box<[Way]>,
    others: Way,
}

impl Sets {
    /// Works out what can be reached from a set, and gives its number.
    pub(super) fn new(automaton: &Automaton, notes: &Notes, roots: Roots, start: &[State]) -> (Self, Known) {
        let (sets, numbers, left) = (Vec::new(), HashMap::new(), VecDeque::new());
        let mut maker = Maker { automaton, notes, roots, sets, numbers, left };
        maker.number(&[]);
        let start = maker.number(start);
        maker.make();
        maker.sets.shrink_to_fit();
        (Self { sets: maker.sets, roots }, start)
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }

    /// Of each node the sets that have it.
    pub(super) fn by_state(&self) -> HashMap<State, Vec<Known>> {
        let mut sets: HashMap<State, Vec<Known>> = HashMap::new();
        for (set, entry) in (0..).zip(&self.sets) {
            entry.states.iter().for_each(|state| sets.entry(*state).or_default().push(set));
        }
        sets
    }

    pub(super) fn states(&self, set: Known) -> &[State] {
        self.entry(set).map(|entry| &*entry.states).unwrap_or_default()
    }

    #[inline]
    pub(super) fn meaning(&self, set: Known) -> Option<Meaning> {
        self.entry(set).map(|entry| entry.meaning)
    }

    /// Where the members of an object lead, if that was worked out.
    #[inline]
    pub(super) fn members(&self, set: Known) -> Option<&Members> {
        self.entry(set)?.members.as_ref()
    }

    /// Where an element leads, if that was worked out.
    #[inline]
    pub(super) fn element(&self, set: Known, index: u64) -> Option<Way> {
        let elements = self.entry(set)?.elements.as_ref()?;
        let first = usize::try_from(index).ok().and_then(|index| elements.first.get(index));
        Some(first.copied().unwrap_or(elements.others))
    }

    /// Whether all elements from this one on lead to the same place.
    pub(super) fn is_steady(&self, set: Known, index: u64) -> bool {
        let elements = self.entry(set).and_then(|entry| entry.elements.as_ref());
        elements.is_some_and(|elements| index >= elements.first.len() as u64)
    }

    /// What stands for a set inside of an item.
    pub(super) fn inside(&self, set: Known, which: Inside) -> Option<Known> {
        let [placed, chosen, unit] = self.entry(set)?.inside?;
        Some(match which {
            Inside::Placed => placed,
            Inside::Chosen => chosen,
            Inside::Unit => unit,
        })
    }

    #[inline]
    fn entry(&self, set: Known) -> Option<&Entry> {
        self.sets.get(usize::try_from(set).ok()?)
    }
}

impl Members {
    /// Where the member leads whose name these bytes of a piece are, as far as it needs no decoding.
    #[inline(always)]
    pub(super) fn get(&self, piece: &[u8], name: Range<usize>) -> Option<&Way> {
        self.names.get(piece, name)
    }
}

impl Roots {
    /// Whether templates may have to be filled in items.
    pub(super) fn has_templates(self) -> bool {
        self.slots.is_some()
    }

    /// Appends what stands for some states inside of an item.
    pub(super) fn enter(
        self,
        which: Inside,
        automaton: &Automaton,
        notes: &Notes,
        of: impl IntoIterator<Item = State>,
        states: &mut Vec<State>,
    ) {
        let root = match which {
            Inside::Placed => None,
            Inside::Chosen => self.signs,
            Inside::Unit => self.slots,
        };
        let start = states.len();
        states.extend(of.into_iter().filter(|state| notes.note(*state).is_none_or(|note| !note.leads_to_items)));
        root.into_iter().for_each(|root| automaton.enter(root, states));
        unique_from(states, start);
    }
}

struct Maker<'a> {
    automaton: &'a Automaton,
    notes: &'a Notes,
    roots: Roots,
    sets: Vec<Entry>,
    numbers: HashMap<Box<[State]>, Known>,
    /// Those whose children have not been worked out.
    left: VecDeque<Known>,
}

impl Maker<'_> {
    /// The nearest ones first.
    fn make(&mut self) {
        let mut ways = 0;
        while let Some(set) = self.left.pop_front() {
            let states = self.entry(set).map(|entry| entry.states.to_vec()).unwrap_or_default();
            let same_from = self.automaton.same_from(&states);
            let names: Vec<Box<[u8]>> = self.automaton.names(&states).into_iter().map(Into::into).collect();
            ways += names.len() + usize::try_from(same_from.unwrap_or(0)).unwrap_or(usize::MAX) + 2;
            if ways > MOST_WAYS {
                return;
            }
            let others = self.child(&states, Key::OtherName);
            let ways_of = names.into_iter().map(|name| {
                let way = self.child(&states, Key::Name(&name));
                (name, way)
            });
            let members = Members { names: Names::new(ways_of), other: others };
            let elements = same_from.map(|same_from| Elements {
                first: (0..same_from).map(|index| self.child(&states, Key::Index(index))).collect(),
                others: self.child(&states, Key::Index(same_from)),
            });
            if let Some(entry) = self.entry(set) {
                (entry.members, entry.elements) = (Some(members), elements);
            }
        }
    }

    fn child(&mut self, parent: &[State], key: Key<'_>) -> Way {
        let mut states = parent.to_vec();
        self.automaton.step(&mut states, 0..parent.len(), key);
        states.drain(..parent.len());
        let to = self.number(&states);
        let meaning = self.entry(to).map(|entry| entry.meaning);
        let manner = match meaning {
            Some(meaning) if meaning.item || meaning.unit || meaning.nested.is_some() => Manner::Other,
            Some(meaning) if meaning.slot.is_some() && meaning.acts_inside => Manner::Other,
            Some(Meaning { verdict: Verdict::Keep, counts: false, slot, goes_on, acts_inside, .. }) => {
                if slot.is_some() || (goes_on && !acts_inside) { Manner::IsRead } else { Manner::Leaves }
            }
            Some(Meaning { verdict: Verdict::Remove | Verdict::Open, .. }) => Manner::IsRemoved,
            Some(Meaning { verdict: Verdict::Treat(rule), .. }) => self.coarsened_by(rule),
            _ => Manner::Other,
        };
        let whole = match meaning {
            Some(meaning) if !meaning.acts_inside || self.hides_all(meaning.verdict) => Whole::Yes,
            _ if manner == Manner::Leaves && self.leaves_scalars(states) => Whole::IfScalars,
            _ => Whole::No,
        };
        Way { to, manner, sign: meaning.and_then(|meaning| meaning.sign), whole }
    }

    /// Whether nothing of a value is shown, whatever it is, so that rules inside do not act.
    fn hides_all(&self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Remove => true,
            Verdict::Treat(rule) => self.notes.treatment(rule).and_then(constant).is_some(),
            Verdict::Keep | Verdict::Open => false,
        }
    }

    /// Whether nothing becomes of scalars in an array to which these nodes lead but that they leave.
    fn leaves_scalars(&self, mut array: Vec<State>) -> bool {
        let (same_from, end) = (self.automaton.same_from(&array), array.len());
        self.automaton.step(&mut array, 0..end, Key::Index(0));
        array.drain(..end);
        let meaning = self.notes.meaning(self.automaton, &array);
        let Meaning { verdict, counts, nested, item, unit, slot, sign, .. } = meaning;
        let is_noted = counts || item || unit || nested.is_some() || slot.is_some() || sign.is_some();
        same_from == Some(0) && verdict == Verdict::Keep && !is_noted
    }

    /// What becomes of a scalar by the treatment of this rule.
    fn coarsened_by(&self, rule: u32) -> Manner {
        let coarsens = |treatment, byte| matches!(deed(treatment, rule, byte), Deed::Coarsen(_));
        match self.notes.treatment(rule) {
            Some(Treatment::Text(_)) => Manner::IsCoarsened(rule, Scalars::Texts),
            Some(treatment) if constant(treatment).is_some() => Manner::IsCoarsened(rule, Scalars::All),
            Some(treatment) if coarsens(treatment, b'0') => Manner::IsCoarsened(rule, Scalars::Numbers),
            Some(treatment) if coarsens(treatment, b'"') => Manner::IsCoarsened(rule, Scalars::Texts),
            _ => Manner::Other,
        }
    }

    /// The number of a set. A new one is worked out later, and those that stand for it inside of an item with it.
    fn number(&mut self, states: &[State]) -> Known {
        if let Some(known) = self.numbers.get(states) {
            return *known;
        }
        let number = Known::try_from(self.sets.len()).unwrap_or(Known::MAX);
        self.numbers.insert(states.into(), number);
        self.left.push_back(number);
        let meaning = self.notes.meaning(self.automaton, states);
        let is_item = meaning.item || meaning.unit;
        self.sets.push(Entry { states: states.into(), meaning, members: None, elements: None, inside: None });
        if is_item {
            let inside = [Inside::Placed, Inside::Chosen, Inside::Unit].map(|which| {
                let mut inside = Vec::new();
                self.roots.enter(which, self.automaton, self.notes, states.iter().copied(), &mut inside);
                self.number(&inside)
            });
            self.entry(number).into_iter().for_each(|entry| entry.inside = Some(inside));
        }
        number
    }

    fn entry(&mut self, set: Known) -> Option<&mut Entry> {
        self.sets.get_mut(usize::try_from(set).ok()?)
    }
}

/// How many ways from sets to their children are worked out: some hundred kilobytes.
const MOST_WAYS: usize = 4_096;
