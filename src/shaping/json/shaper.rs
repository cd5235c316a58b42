//! The walk through a document: which byte may come next, and which arrays and objects are open.

use std::{num::NonZeroU64, sync::Arc};

use super::{
    automaton::{Key, State},
    output::{Destination, Piece, Shelf},
    plan::JsonPlan,
    string,
    token::{Step, Token},
    unit::Unit,
    value::Fate,
};
use crate::shaping::{Doubt, DoubtKind};

/// What a shaper keeps at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one key, coarsened value, or item with templates. Default: 1 MiB.
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
    read: u64,
    pub(super) expect: Expect,
    /// The scalar or key that has begun, and what becomes of it.
    pub(super) token: Option<Token>,
    pub(super) fate: Fate,
    pub(super) frames: Vec<Frame>,
    /// The automaton's sets for all open arrays and objects under rules, then for the present child.
    pub(super) states: Vec<State>,
    pub(super) destination: Destination,
    /// What waits for a verdict: the white space and key before a value, then perhaps the value.
    pub(super) held: Vec<u8>,
    /// Where in `held` the key or value begins.
    pub(super) token_at: usize,
    pub(super) shelf: Option<Shelf>,
    pub(super) unit: Option<Unit>,
    /// How many values each node of the automaton has met.
    pub(super) met: Vec<u64>,
    failed: Option<Doubt>,
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

/// An open array or object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) object: bool,
    pub(super) scope: Scope,
    /// Where its set of states begins and ends.
    pub(super) states: (usize, usize),
    /// How many elements have begun.
    pub(super) index: u64,
    /// How many members or elements have been shown.
    pub(super) shown: u64,
    /// How many elements may be shown.
    pub(super) first: Option<NonZeroU64>,
    /// Whether something stands in the answer for it.
    pub(super) stands: bool,
    pub(super) closing: Closing,
}

/// What may happen inside an array or object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// Nothing leaves.
    Hidden,
    /// All leaves as it came.
    Open,
    /// Rules may hold.
    Ruled,
}

/// What is to be done when an array or object ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    Plain,
    /// It is on the shelf and is to be coarsened whole.
    Shelf,
    /// It is an item that was only looked through so far.
    Unit,
}

impl JsonShaper {
    /// A shaper for one body.
    pub fn new(plan: Arc<JsonPlan>, limits: Limits) -> Self {
        let mut states = Vec::new();
        plan.automaton.enter(plan.root, &mut states);
        Self {
            limits,
            read: 0,
            expect: Expect::Value,
            token: None,
            fate: Fate::Passing { shown: true },
            frames: Vec::new(),
            states,
            destination: Destination::Out,
            held: Vec::new(),
            token_at: 0,
            shelf: None,
            unit: None,
            met: vec![0; plan.noted()],
            failed: None,
            plan,
        }
    }

    /// Takes the next piece of the body and appends to `out` what can leave.
    ///
    /// # Errors
    /// What makes the body unreadable. `out` then ends with what could leave before that byte; nothing more follows, and
    /// every later call gives the same error.
    pub fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Doubt> {
        self.failed.map_or(Ok(()), Err)?;
        let mut piece = Piece::new(input);
        let outcome = self.walk(&mut piece, out).and_then(|()| self.settle(&mut piece, out));
        self.conclude(outcome, &mut piece, out)
    }

    /// Ends the body: what still waited leaves, or the body was cut short.
    ///
    /// # Errors
    /// The body is no complete JSON document.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Doubt> {
        self.failed.map_or(Ok(()), Err)?;
        let mut piece = Piece::new(&[]);
        let outcome = match self.token {
            Some(token) if token.may_end() && self.frames.is_empty() => self.token_ends(&mut piece, out),
            _ => Ok(()),
        };
        let outcome = outcome.and(match self.expect {
            Expect::Nothing => Ok(()),
            Expect::Value if self.frames.is_empty() && self.token.is_none() => Err(DoubtKind::Empty),
            _ => Err(DoubtKind::CutShort),
        });
        self.conclude(outcome, &mut piece, out)
    }

    /// How many values each rule has met, in the order of the rules given to the plan; rules that another one outdid on a
    /// value count too.
    pub fn matched(&self) -> impl Iterator<Item = u64> {
        let met = |end: &State| usize::try_from(*end).ok().and_then(|end| self.met.get(end).copied());
        self.plan.ends().iter().map(move |end| met(end).unwrap_or(0))
    }

    pub(super) fn walk(&mut self, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        while let Some(&byte) = piece.bytes.get(piece.at) {
            if let Some(token) = &mut self.token {
                match token.read(piece.bytes, piece.at) {
                    Step::More => piece.at = piece.bytes.len(),
                    Step::End(end) => {
                        piece.at = end;
                        self.token_ends(piece, out)?;
                    }
                    Step::Wrong(at, kind) => {
                        piece.at = at;
                        return Err(kind);
                    }
                }
                continue;
            }
            match (self.expect, byte) {
                (_, b' ' | b'\t' | b'\n' | b'\r') => piece.at += 1,
                (
                    Expect::Value | Expect::FirstElement,
                    b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n',
                ) => {
                    self.value_begins(byte, piece, out)?;
                }
                (Expect::FirstKey | Expect::Key, b'"') => self.key_begins(piece, out)?,
                (Expect::Colon, b':') => {
                    piece.at += 1;
                    self.expect = Expect::Value;
                }
                (Expect::CommaOrEnd, b',') => self.comma(piece, out)?,
                (Expect::FirstElement | Expect::FirstKey | Expect::CommaOrEnd, b'}' | b']') => {
                    self.close(byte, piece, out)?;
                }
                (Expect::Nothing, _) => return Err(DoubtKind::Trailing),
                (Expect::Value, 0xef) if self.read == 0 && piece.at == 0 && self.frames.is_empty() => {
                    return Err(DoubtKind::ByteOrderMark);
                }
                _ => return Err(DoubtKind::Syntax),
            }
        }
        Ok(())
    }

    /// Opens the array or object whose first byte is the present one; `frame` says all but its kind.
    pub(super) fn open(
        &mut self,
        byte: u8,
        frame: Frame,
        piece: &mut Piece<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), DoubtKind> {
        if self.frames.len() >= self.limits.depth {
            return Err(DoubtKind::TooDeep);
        }
        let object = byte == b'{';
        self.frames.push(Frame { object, ..frame });
        self.expect = if object { Expect::FirstKey } else { Expect::FirstElement };
        piece.at += 1;
        if frame.scope == Scope::Ruled {
            self.turn(Destination::Held, piece, out)?;
        }
        Ok(())
    }

    /// After a value, `shown` or not; the present byte is the one after it.
    pub(super) fn value_ends(
        &mut self,
        shown: bool,
        piece: &mut Piece<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), DoubtKind> {
        let Some(frame) = self.frames.last_mut() else {
            self.expect = Expect::Nothing;
            return self.turn(Destination::Out, piece, out);
        };
        frame.shown += u64::from(shown);
        self.expect = Expect::CommaOrEnd;
        let destination = match frame.scope {
            Scope::Hidden => Destination::Nowhere,
            Scope::Open => Destination::Out,
            Scope::Ruled => {
                self.states.truncate(frame.states.1);
                if shown { Destination::Out } else { Destination::Held }
            }
        };
        self.turn(destination, piece, out)
    }

    fn key_begins(&mut self, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        if self.frames.last().is_some_and(|frame| frame.scope == Scope::Ruled) {
            self.turn(Destination::Held, piece, out)?;
            self.token_at = self.held.len();
        }
        self.fate = Fate::Key;
        self.token = Token::begin(b'"');
        piece.at += 1;
        Ok(())
    }

    /// The key is complete, the present byte is the one after it: where does it lead?
    pub(super) fn key_ends(&mut self, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        self.expect = Expect::Colon;
        let Some(frame) = self.frames.last().filter(|frame| frame.scope == Scope::Ruled) else { return Ok(()) };
        let (start, end) = frame.states;
        self.turn(Destination::Held, piece, out)?;
        let token = self.held.get(self.token_at..).unwrap_or_default();
        // A key with a lone surrogate is no text; no path can name it, but wildcards still meet it.
        let decoded = string::decode(token);
        let name = decoded.as_deref().map_or(token, str::as_bytes);
        self.plan.automaton.step(&mut self.states, start..end, Key::Name(name));
        Ok(())
    }

    fn comma(&mut self, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        let Some(frame) = self.frames.last() else { return Err(DoubtKind::Syntax) };
        self.expect = if frame.object { Expect::Key } else { Expect::Value };
        if frame.scope != Scope::Ruled {
            piece.at += 1;
            return Ok(());
        }
        // The comma leaves with the next member that is shown.
        self.turn(Destination::Nowhere, piece, out)?;
        self.held.clear();
        piece.at += 1;
        self.turn(Destination::Held, piece, out)
    }

    fn close(&mut self, byte: u8, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        let Some(frame) = self.frames.last().copied().filter(|frame| frame.object == (byte == b'}')) else {
            return Err(DoubtKind::Syntax);
        };
        if frame.scope == Scope::Ruled {
            // The white space before the bracket stays.
            self.turn(Destination::Out, piece, out)?;
            self.let_go(out);
        }
        self.frames.pop();
        piece.at += 1;
        match frame.closing {
            Closing::Plain => self.value_ends(frame.stands, piece, out),
            Closing::Shelf => self.shelf_ends(piece, out),
            Closing::Unit => self.unit_ends(frame, piece, out),
        }
    }

    fn conclude(
        &mut self,
        outcome: Result<(), DoubtKind>,
        piece: &mut Piece<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), Doubt> {
        let outcome = outcome.map_err(|kind| {
            // What stands before the wrong byte leaves as it would have, had the piece ended there: the cut of the
            // body makes no difference, not even to which limit is met first.
            let kind = if kind == DoubtKind::TooLarge { kind } else { self.settle(piece, out).err().unwrap_or(kind) };
            let at = u64::try_from(piece.at).unwrap_or(u64::MAX);
            *self.failed.insert(Doubt::new(kind, self.read.saturating_add(at)))
        });
        self.read = self.read.saturating_add(u64::try_from(piece.bytes.len()).unwrap_or(u64::MAX));
        outcome
    }
}
