//! What a shaper knows between two bytes.

pub(super) mod arriving;
pub(super) mod expect;
pub(super) mod frame;
mod met;
pub(super) mod nest;
pub(super) mod noted;
pub(super) mod order;
mod remembered;
pub(super) mod said;
pub(super) mod turn;

use fearless_simd::Level;

use self::{
    arriving::{Arriving, Choosing, Does, Raw},
    expect::Expect,
    frame::Frame,
    met::Met,
    nest::Nest,
    noted::NotedMembers,
    order::{Order, Orders},
    remembered::Remembered,
    turn::Turn,
};
use super::{
    buffer::empty,
    limits::Limits,
    sets::{Set, automaton::State as Node},
    text::{marks::Marks, token::Token},
};
use crate::shaping::items::List;

/// What is known of a body between two of its bytes.
#[derive(Debug)]
pub(super) struct State {
    pub(super) limits: Limits,
    /// What the processor can do.
    pub(super) level: Level,
    /// Bytes of the body before the present piece.
    pub(super) read: u64,
    pub(super) expect: Expect,
    /// A token that a piece cut, and what becomes of it.
    pub(super) token: Option<Token>,
    pub(super) role: Role,
    pub(super) frames: Vec<Frame>,
    pub(super) orders: Orders,
    /// What is open of a value that no rule looks into.
    pub(super) nest: Nest,
    /// Such a value, or one that would be walked through, that was tried and is not whole in the present piece, or wrong.
    pub(super) tried: Option<Tried>,
    /// What is expected between the scalars of such a value.
    pub(super) turns: Order<Turn>,
    /// Whether something stands in the answer for that value, or for the one that ended last.
    pub(super) stands: bool,
    /// Where the present value leads.
    pub(super) child: Set,
    /// The nodes of the sets that were not worked out beforehand.
    pub(super) nodes: Vec<Node>,
    pub(super) destination: Destination,
    /// What waited for a verdict when a piece ended: white space and a key, then perhaps the value.
    pub(super) held: Vec<u8>,
    /// Where in `held` the token begins that was cut.
    pub(super) token_at: usize,
    pub(super) shelf: Option<Shelf>,
    /// What is done with items; without it the field rules alone act.
    pub(super) choosing: Option<Choosing>,
    /// A list that is over, whose memory may serve another one.
    pub(super) list: Option<Box<List>>,
    /// The item that is being read.
    pub(super) item: Arriving,
    pub(super) unit: Option<Unit>,
    pub(super) remembered: Remembered,
    /// Whether this is a document in a string: no item is chosen there, and no template filled.
    pub(super) is_inner: bool,
    /// How many bytes documents in strings may take, in each other, as they come and as they are shaped.
    pub(super) room: usize,
    pub(super) met: Met,
    /// Members that have been read and not left.
    pub(super) noted: NotedMembers,
    /// Memory for the same in a value of one of those, while it is walked through.
    pub(super) noted_inside: NotedMembers,
    /// What a coarsening makes of a token.
    pub(super) scratch: Vec<u8>,
    /// Marks of the present piece.
    pub(super) marks: Marks,
    /// Marks of what is walked through within a piece.
    pub(super) spare: Marks,
}

/// A value of which the end was looked for.
#[derive(Debug)]
pub(super) struct Tried {
    /// Where it begins.
    pub(super) start: usize,
    /// How far it was read if the piece cuts it. Where it is wrong it is read again, to say what is.
    pub(super) cut: Option<Cut>,
}

/// How far a value was read that the piece cuts.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) end: usize,
    /// What is expected there, and what is open of the value.
    pub(super) expect: Expect,
    pub(super) nest: Nest,
}

/// What becomes of a token that was cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It is a key.
    Key,
    /// It lies in a value that no rule looks into; this is expected after it.
    Within(Expect),
    /// It goes where bytes go; does something stand in the answer for it?
    Passing { shown: bool },
    /// It waits to be coarsened.
    Coarsened(By),
    /// It waits to be remembered for a template, then it is shown.
    Remembered,
}

/// What coarsens a scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// A rule.
    Rule(u32),
    /// The rules for the document that stands in it, by the number of its kind.
    Document(u16),
}

/// Where the bytes go that have been read and not been handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// They leave (or would, if no item were only being looked through).
    Out,
    /// Those before a place in the piece leave. From there on they wait for a verdict: a comma, if one will be needed, white
    /// space, a key.
    Waiting(usize),
    /// They wait for a verdict, behind what is held. A comma is put before that if one is needed.
    Held,
    /// They are a key of something that is searched: they wait behind what is held, and then are forgotten.
    Noted,
    /// They are hidden.
    Nowhere,
}

/// An array that is to be coarsened whole, after the rules inside it have acted.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) rule: u32,
    pub(super) set: Set,
    /// What stands before it: white space, perhaps its key.
    pub(super) prefix: Vec<u8>,
    /// `None` once it is too large.
    pub(super) array: Option<Vec<u8>>,
}

/// The present item, where templates may have to be filled in it.
#[derive(Debug)]
pub(super) enum Unit {
    /// Nothing leaves yet: what templates read is remembered. This came of it.
    LookedThrough(Raw),
    /// It leaves, and templates may still fill in so many bytes.
    Shaped { room: usize },
}

impl Default for State {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            level: Level::new(),
            read: 0,
            expect: Expect::Value,
            token: None,
            role: Role::Passing { shown: true },
            frames: Vec::new(),
            orders: Orders::default(),
            nest: Nest::default(),
            tried: None,
            turns: Order::new(Turn::default()),
            stands: true,
            child: Set::default(),
            nodes: Vec::new(),
            destination: Destination::Out,
            held: Vec::new(),
            token_at: 0,
            shelf: None,
            choosing: None,
            list: None,
            item: Arriving::default(),
            unit: None,
            remembered: Remembered::default(),
            is_inner: false,
            room: 0,
            met: Met::default(),
            noted: NotedMembers::default(),
            noted_inside: NotedMembers::default(),
            scratch: Vec::new(),
            marks: Marks::default(),
            spare: Marks::default(),
        }
    }
}

impl State {
    /// A body begins whose root leads here, by a plan with so many sets.
    pub(super) fn begin(&mut self, limits: Limits, start: Set, sets: usize) {
        (self.limits, self.child) = (limits, start);
        self.room = limits.item.saturating_mul(IN_EACH_OTHER);
        self.met.begin(sets);
    }

    /// Forgets a body, but for the orders of its keys.
    pub(super) fn forget(&mut self) {
        self.next_document(Set::default());
        (self.stands, self.token_at, self.is_inner) = (true, 0, false);
        if let Some(Choosing { does: Does::Place { mut list, .. }, .. }) = self.choosing.take() {
            list.forget();
            self.list = Some(list);
        }
        for buffer in [&mut self.held, &mut self.scratch] {
            empty(buffer);
        }
        empty(&mut self.frames);
        empty(&mut self.nodes);
        self.noted.clear();
        self.noted_inside.clear();
        self.remembered.forget();
        self.nest.forget();
        self.item.forget();
        self.met.forget();
        self.marks.forget();
        self.spare.forget();
    }

    /// Another document begins, once one has ended, whose root leads here.
    pub(super) fn next_document(&mut self, start: Set) {
        (self.read, self.expect, self.child, self.tried) = (0, Expect::Value, start, None);
        (self.token, self.role, self.destination) = (None, Role::Passing { shown: true }, Destination::Out);
        self.frames.clear();
        self.nest.clear();
        self.nodes.clear();
        self.held.clear();
        (self.shelf, self.unit) = (None, None);
        (self.item.depth, self.item.trying) = (None, None);
    }

    /// Whether nothing is open.
    pub(super) fn is_outermost(&self) -> bool {
        self.frames.is_empty() && self.nest.is_empty()
    }

    /// Whether an item is being looked through, so that nothing leaves.
    pub(super) fn looks_through(&self) -> bool {
        matches!(self.unit, Some(Unit::LookedThrough(_)))
    }
}

/// So many times an item: room for a document of that size in a string of another one, as each comes and as it is shaped.
/// However many there are in each other, they take no more.
const IN_EACH_OTHER: usize = 3;
