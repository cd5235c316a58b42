//! The walk through a piece: which byte may come next, and which arrays and objects are open.
//!
//! From the outside in: [`members`], [`value`], [`item`], [`unit`](mod@unit), [`nested`] and, last, [`output`]. What comes as it usually does
//! goes a shorter way: [`usual_items`], [`usual`], [`leaving`], [`inside`], [`filling`]; what no rule looks into goes through
//! [`skim`](mod@skim).

mod filling;
mod inside;
mod item;
mod leaving;
mod members;
mod nested;
mod output;
mod skim;
mod unit;
mod usual;
mod usual_items;
mod value;

use self::{
    skim::{Skimmed, skim},
    usual_items::Came,
};
use super::{
    compiled::Compiled,
    sets::Set,
    state::{
        Cut, Destination, Role, State,
        expect::Expect,
        frame::{Closing, Frame, Scope},
    },
    text::{
        Text,
        piece::Piece,
        token::{Progress, Token},
    },
};
use crate::shaping::{Doubt, DoubtKind};

/// A piece on its way through the rules.
pub(super) struct Walk<'a> {
    pub(super) plan: &'a Compiled,
    pub(super) state: &'a mut State,
    pub(super) piece: Piece<'a>,
    pub(super) out: &'a mut Vec<u8>,
}

impl Walk<'_> {
    /// Goes to the end of a piece of the body.
    pub(super) fn through(&mut self) -> Result<(), Doubt> {
        self.passing(|walk| walk.walk().and_then(|()| walk.settle()))
    }

    /// Ends the body.
    pub(super) fn end(&mut self) -> Result<(), Doubt> {
        self.passing(|walk| {
            let outcome = match walk.state.token {
                Some(_) if walk.state.is_outermost() => walk.number_ends(),
                _ => Ok(()),
            };
            outcome.and(match walk.state.expect {
                Expect::Nothing => Ok(()),
                Expect::Value if walk.state.is_outermost() && walk.state.token.is_none() => Err(DoubtKind::Empty),
                _ => Err(DoubtKind::CutShort),
            })
        })
    }

    /// A piece passes; whatever comes of it, an item that is still tried leaves nothing before it is decided.
    fn passing(&mut self, pass: impl FnOnce(&mut Self) -> Result<(), DoubtKind>) -> Result<(), Doubt> {
        self.goes_on_trying();
        let outcome = pass(self);
        let outcome = self.conclude(outcome);
        self.keeps_trying();
        outcome
    }

    /// Walks through a whole value that is not the present piece; `begin` reads its first byte.
    pub(super) fn walk_through(
        &mut self,
        value: &[u8],
        begin: impl FnOnce(&mut Walk<'_>) -> Result<(), DoubtKind>,
    ) -> Result<(), DoubtKind> {
        let mut marks = std::mem::take(&mut self.state.spare);
        marks.mark(self.state.level, value);
        // It stands elsewhere.
        self.state.tried = None;
        let piece = Piece::new(Text::new(value, marks.blocks(), self.state.level));
        let mut walk = Walk { plan: self.plan, state: &mut *self.state, piece, out: &mut *self.out };
        let outcome = begin(&mut walk).and_then(|()| walk.walk()).and_then(|()| walk.number_ends());
        let outcome = outcome.and_then(|()| walk.settle());
        self.state.spare = marks;
        if outcome.is_err() {
            // It stopped at a place in that value, which is none in the present piece: of that nothing more leaves.
            self.state.destination = Destination::Nowhere;
        }
        outcome
    }

    /// The same of a value under the rules of the present place.
    pub(super) fn walk_through_value(&mut self, value: &[u8]) -> Result<(), DoubtKind> {
        self.walk_through(value, |walk| {
            let meaning = walk.plan.meaning(walk.state.child, &walk.state.nodes);
            walk.value(meaning)
        })
    }

    /// Goes on to the end of the piece.
    fn walk(&mut self) -> Result<(), DoubtKind> {
        loop {
            if self.state.token.is_some() && !self.token_goes_on()? {
                return Ok(());
            }
            if !self.state.nest.is_empty() {
                self.skim()?;
                if self.state.token.is_some() {
                    continue;
                }
            }
            self.piece.blanks();
            if self.piece.is_at_its_end() {
                return Ok(());
            }
            match (self.state.expect, self.piece.present()) {
                (Expect::FirstKey | Expect::Key, b'"') => self.members()?,
                (Expect::Colon, b':') => {
                    self.piece.at += 1;
                    self.state.expect = Expect::Value;
                }
                (Expect::CommaOrEnd, b',') => {
                    if self.state.frames.last().is_some_and(|frame| frame.object) {
                        self.members()?;
                    } else if self.usual_items()? != Came::Only {
                        self.comma()?;
                    }
                }
                (Expect::FirstElement | Expect::FirstKey | Expect::CommaOrEnd, bracket @ (b'}' | b']')) => {
                    self.close(bracket)?;
                }
                (Expect::Value, 0xef) if self.is_at_the_beginning() => return Err(DoubtKind::ByteOrderMark),
                (Expect::FirstElement, b'{') => match self.usual_items()? {
                    Came::Not => self.value_begins()?,
                    Came::BeforeOther => self.comma()?,
                    Came::Only => {}
                },
                (Expect::Value | Expect::FirstElement, _) => self.value_begins()?,
                (Expect::Nothing, _) => return Err(DoubtKind::Trailing),
                _ => return Err(DoubtKind::Syntax),
            }
        }
    }

    /// Opens the array or object whose bracket is the present byte; `frame` says all but its kind.
    pub(super) fn open(&mut self, frame: Frame) -> Result<(), DoubtKind> {
        if self.state.frames.len() >= self.state.limits.depth {
            return Err(DoubtKind::TooDeep);
        }
        let (object, height) = (self.piece.present() == b'{', self.state.nodes.len());
        let order = match frame.set {
            Set::Known(known) if object => self.state.orders.number(known),
            _ => None,
        };
        order.into_iter().for_each(|order| self.state.orders.begin(order));
        self.state.frames.push(Frame { object, height, order, ..frame });
        self.state.expect = if object { Expect::FirstKey } else { Expect::FirstElement };
        self.piece.at += 1;
        if frame.scope == Scope::Ruled {
            // The bracket has left, or would have.
            self.state.destination = Destination::Waiting(self.piece.at);
        }
        Ok(())
    }

    #[inline]
    pub(super) fn comma(&mut self) -> Result<(), DoubtKind> {
        let Some(frame) = self.state.frames.last() else { return Err(DoubtKind::Syntax) };
        self.state.expect = if frame.object { Expect::Key } else { Expect::Value };
        let at = self.piece.at;
        self.piece.at += 1;
        match (frame.scope, self.state.destination) {
            (Scope::Searched, _) => {}
            // The comma leaves with the next member that is shown.
            (Scope::Ruled, Destination::Out) => self.state.destination = Destination::Waiting(at),
            (Scope::Ruled, _) => {
                let needs_comma = frame.shown > 0;
                self.piece.at -= 1;
                self.drop_waiting()?;
                self.piece.at += 1;
                self.piece.run = if needs_comma { at } else { at + 1 };
                self.state.destination = Destination::Waiting(self.piece.run);
            }
        }
        Ok(())
    }

    /// Closes the innermost array or object, whose bracket is the present byte.
    pub(super) fn close(&mut self, bracket: u8) -> Result<(), DoubtKind> {
        let Some(frame) = self.state.frames.last().copied().filter(|frame| frame.object == (bracket == b'}')) else {
            return Err(DoubtKind::Syntax);
        };
        if frame.scope == Scope::Ruled {
            // The white space before the bracket stays.
            self.let_go()?;
            if let (Some(basis), true, Closing::Plain) = (frame.basis, frame.object, frame.closing) {
                self.says_why(basis, frame.shown > 0);
            }
        }
        self.state.frames.pop();
        self.piece.at += 1;
        match frame.closing {
            Closing::Plain => self.value_ends(frame.stands),
            Closing::Shelf => self.shelf_ends(),
            Closing::Unit => self.unit_ends(frame),
        }
    }

    /// Goes on in a value that no rule looks into.
    #[inline]
    pub(super) fn skim(&mut self) -> Result<(), DoubtKind> {
        let (state, at) = (&mut *self.state, self.piece.at);
        let room = state.limits.depth.saturating_sub(state.frames.len());
        let tried = state.tried.take_if(|tried| tried.start == at);
        let skimmed = match tried.and_then(|tried| tried.cut) {
            Some(Cut { end, expect, nest }) => {
                (self.piece.at, state.nest) = (end, nest);
                Skimmed::Cut(expect)
            }
            None => skim(&mut self.piece, &mut state.nest, &mut state.turns, state.expect, room)?,
        };
        match skimmed {
            Skimmed::Whole => {
                let stands = state.stands;
                self.value_ends(stands)
            }
            Skimmed::Cut(expect) => {
                state.expect = expect;
                if self.piece.is_at_its_end() {
                    return Ok(());
                }
                let role = match expect {
                    _ if state.nest.is_empty() => Role::Passing { shown: state.stands },
                    Expect::FirstKey | Expect::Key => Role::Within(Expect::Colon),
                    _ => Role::Within(Expect::CommaOrEnd),
                };
                self.token_begins(role);
                Ok(())
            }
        }
    }

    /// Begins to read a token, whose first byte is the present one, byte by byte.
    pub(super) fn token_begins(&mut self, role: Role) {
        self.state.role = role;
        self.state.token = Token::begin(self.piece.present());
        self.piece.at += 1;
    }

    /// Reads on in a token that was cut. Returns whether it has ended.
    fn token_goes_on(&mut self) -> Result<bool, DoubtKind> {
        let Some(token) = &mut self.state.token else { return Ok(true) };
        match token.read(self.piece.text, self.piece.at) {
            Progress::More => {
                self.piece.at = self.piece.len();
                Ok(false)
            }
            Progress::End(end) => {
                self.piece.at = end;
                self.token_ends()?;
                Ok(true)
            }
            Progress::Wrong(at, kind) => {
                self.piece.at = at;
                Err(kind)
            }
        }
    }

    /// The token that was cut is complete; the present byte is the one after it.
    fn token_ends(&mut self) -> Result<(), DoubtKind> {
        self.state.token = None;
        match std::mem::replace(&mut self.state.role, Role::Passing { shown: true }) {
            Role::Key => self.key_ends(),
            Role::Within(expect) => {
                self.state.expect = expect;
                Ok(())
            }
            Role::Passing { shown } => self.value_ends(shown),
            Role::Coarsened(by) => self.coarsened_ends(by),
            Role::Remembered => self.remembered_ends(),
        }
    }

    /// A number ends where nothing more comes.
    fn number_ends(&mut self) -> Result<(), DoubtKind> {
        if self.state.token.is_some_and(|token| token.may_end()) { self.token_ends() } else { Ok(()) }
    }

    fn is_at_the_beginning(&self) -> bool {
        self.state.read == 0 && self.piece.at == 0 && self.state.is_outermost()
    }

    fn conclude(&mut self, outcome: Result<(), DoubtKind>) -> Result<(), Doubt> {
        let outcome = outcome.map_err(|kind| {
            // What stands before the wrong byte leaves as it would have, had the piece ended there: the cut of the
            // body makes no difference, not even to which limit is met first.
            let kind = if kind == DoubtKind::TooLarge { kind } else { self.settle().err().unwrap_or(kind) };
            Doubt::new(kind, self.state.read.saturating_add(count(self.piece.at)))
        });
        self.state.read = self.state.read.saturating_add(count(self.piece.len()));
        outcome
    }
}

pub(super) fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
