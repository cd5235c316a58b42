//! The shaper: what it knows between two bytes. What it does with it stands, from the outside in, in [`walk`](super::walk),
//! [`value`](super::value), [`item`](super::item), [`unit`](super::unit) and [`output`](super::output).

use std::sync::Arc;

use super::{
    automaton::State,
    frame::Frame,
    item::{Capture, Choosing},
    plan::JsonPlan,
    token::Token,
};
use crate::shaping::Doubt;

/// What a shaper keeps at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one key, coarsened value, or item. Default: 1 MiB.
    pub item: usize,
    /// Arrays and objects open at once. Default: 128.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { item: 1 << 20, depth: 128 }
    }
}

/// Takes one JSON body through a plan.
#[derive(Debug)]
pub struct JsonShaper {
    pub(super) plan: Arc<JsonPlan>,
    pub(super) limits: Limits,
    /// Bytes of the body before the present piece.
    pub(super) read: u64,
    pub(super) expect: Expect,
    /// The scalar or key that has begun, and what becomes of it.
    pub(super) token: Option<Token>,
    pub(super) role: Role,
    pub(super) frames: Vec<Frame>,
    /// The automaton's sets for all open arrays and objects under rules, then for the present child.
    pub(super) states: Vec<State>,
    pub(super) destination: Destination,
    /// What waits for a verdict: the white space and key before a value, then perhaps the value.
    pub(super) held: Vec<u8>,
    /// Where in `held` the key or value begins.
    pub(super) token_at: usize,
    pub(super) shelf: Option<Shelf>,
    /// What is done with items; without it the field rules alone act.
    pub(super) choosing: Option<Choosing>,
    pub(super) capture: Option<Capture>,
    pub(super) unit: Option<Unit>,
    /// How many values each node of the automaton has met.
    pub(super) met: Vec<u64>,
    pub(super) failed: Option<Doubt>,
}

/// What may come next, besides white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    Value,
    FirstElement,
    FirstKey,
    Key,
    Colon,
    CommaOrEnd,
    Nothing,
}

/// The part that the token being read plays.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    /// It is a key.
    Key,
    /// It goes where bytes go; is something of it shown?
    Passing { shown: bool },
    /// It waits to be coarsened by a rule.
    Coarsened(u32),
    /// It waits to be remembered for a template, then it is shown.
    Remembered,
    /// It is an item that is captured.
    Captured,
}

/// Where the bytes being read go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// They leave (or would, if no item were only being looked through).
    Out,
    /// They wait for a verdict.
    Held,
    /// They are hidden.
    Nowhere,
}

/// An array that is to be coarsened whole, after the rules inside it have acted.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) rule: u32,
    /// What stands before it: white space, perhaps its key.
    pub(super) prefix: Vec<u8>,
    /// `None` once it is too large.
    pub(super) array: Option<Vec<u8>>,
}

/// The present item, where it has templates.
#[derive(Debug)]
pub(super) struct Unit {
    /// Whether it is being looked through; else it is being shaped.
    pub(super) looks_through: bool,
    /// The values that templates read, as text, by slot.
    pub(super) values: Vec<Option<String>>,
}

impl JsonShaper {
    /// A shaper for one body, by the field rules alone: items stay where they are.
    pub fn new(plan: Arc<JsonPlan>, limits: Limits) -> Self {
        let mut states = Vec::new();
        plan.automaton.enter(plan.root, &mut states);
        Self {
            limits,
            read: 0,
            expect: Expect::Value,
            token: None,
            role: Role::Passing { shown: true },
            frames: Vec::new(),
            states,
            destination: Destination::Out,
            held: Vec::new(),
            token_at: 0,
            shelf: None,
            choosing: None,
            capture: None,
            unit: None,
            met: vec![0; plan.noted()],
            failed: None,
            plan,
        }
    }

    /// Begins another document of the same body, once one has ended: what is known of the list of items, and what the rules
    /// met, goes on.
    pub(in crate::shaping) fn next_document(&mut self) {
        self.read = 0;
        self.expect = Expect::Value;
        self.token = None;
        self.role = Role::Passing { shown: true };
        self.frames.clear();
        self.states.clear();
        self.plan.automaton.enter(self.plan.root, &mut self.states);
        if let Some(items) = self.plan.items.filter(|_| self.choosing.is_some()) {
            self.plan.automaton.enter(items, &mut self.states);
        }
        self.destination = Destination::Out;
        self.held.clear();
        (self.shelf, self.capture, self.unit) = (None, None, None);
    }

    /// How many values each rule has met, in the order of the rules given to the plan; rules that another one outdid on a
    /// value count too. `None` for a rule that can meet none, because another one hides what all its values lie in, or
    /// because it is about items and none of this body's own was shown.
    pub fn matched(&self) -> impl Iterator<Item = Option<u64>> {
        let met = |end: &State| usize::try_from(*end).ok().and_then(|end| self.met.get(end).copied());
        let without_items = self.choosing.as_ref().is_some_and(|choosing| !choosing.has_shown);
        let rules = self.plan.ends().iter().zip(self.plan.meets()).zip(self.plan.in_items());
        rules.map(move |((end, meets), in_items)| {
            let met = met(end).unwrap_or(0);
            (*meets && (met > 0 || !(without_items && *in_items))).then_some(met)
        })
    }
}
