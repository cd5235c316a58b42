//! The walk through a document: which byte may come next, and which arrays and objects are open.

use super::{
    frame::{Closing, Frame, Scope},
    output::Piece,
    shaper::{Destination, Expect, JsonShaper, Role},
    token::{Progress, Token},
};
use crate::shaping::{Doubt, DoubtKind};

impl JsonShaper {
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

    /// Goes on to the end of a piece.
    pub(super) fn walk(&mut self, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        while let Some(&byte) = piece.bytes.get(piece.at) {
            if let Some(token) = &mut self.token {
                match token.read(piece.bytes, piece.at) {
                    Progress::More => piece.at = piece.bytes.len(),
                    Progress::End(end) => {
                        piece.at = end;
                        self.token_ends(piece, out)?;
                    }
                    Progress::Wrong(at, kind) => {
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

    /// The token that was being read is complete; the present byte is the one after it.
    pub(super) fn token_ends(&mut self, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        self.token = None;
        if matches!(self.role, Role::Coarsened(_) | Role::Remembered) {
            self.hand_on(piece, out)?;
        }
        match std::mem::replace(&mut self.role, Role::Passing { shown: true }) {
            Role::Key => self.key_ends(piece, out),
            role => self.scalar_ends(role, piece, out),
        }
    }

    fn key_begins(&mut self, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        if self.frames.last().is_some_and(|frame| frame.scope == Scope::Ruled) {
            self.turn(Destination::Held, piece, out)?;
            self.token_at = self.held.len();
        }
        self.role = Role::Key;
        self.token = Token::begin(b'"');
        piece.at += 1;
        Ok(())
    }

    /// The key is complete, the present byte is the one after it: where does it lead?
    fn key_ends(&mut self, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        self.expect = Expect::Colon;
        let Some(frame) = self.frames.last().filter(|frame| frame.scope == Scope::Ruled) else { return Ok(()) };
        let (start, end) = frame.states;
        self.turn(Destination::Held, piece, out)?;
        let held = std::mem::take(&mut self.held);
        self.step_by_key(start..end, held.get(self.token_at..).unwrap_or_default());
        self.held = held;
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
            Closing::Captured => self.captured(frame.first, piece, out),
            Closing::Unit => self.unit_ends(frame, piece, out),
        }
    }

    /// The item has been looked through: shapes it. The piece is the item and nothing else.
    fn unit_ends(&mut self, frame: Frame, piece: &mut Piece<'_>, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        self.hand_on(piece, out)?;
        let Some(unit) = &mut self.unit else { return Ok(()) };
        unit.looks_through = false;
        let mut item = Piece::new(piece.bytes);
        if let Some(bracket) = piece.bytes.first() {
            let again = Frame { closing: Closing::Plain, index: 0, shown: 0, ..frame };
            self.open(*bracket, again, &mut item, out)?;
            self.walk(&mut item, out)?;
        }
        self.unit = None;
        Ok(())
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
