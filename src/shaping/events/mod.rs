//! Event streams (`text/event-stream`, HTML standard section 9.2) whose data are JSON documents.
//!
//! The data of each event, all its lines together, are one document with lists of its own. Everything else passes as it
//! came: comments, `event`, `id` and `retry`, line ends, a byte order mark. A line that a client would pass over, because it has
//! no name that the standard knows, is doubt: whoever breaks a document into lines and forgets `data:` would show it so.
//! Events with nothing but white space for data, or with `[DONE]`, by which some streams say that they have ended, pass.
//!
//! What is shaped leaves as it comes. A line feed in it begins another `data:` line, written like the line that came last. Where
//! another field stands in the middle of a document, what the document held back at that place leaves after it.

mod data;
mod first;
mod framer;

use std::sync::Arc;

use self::data::Data;
pub(crate) use self::first::FirstEvent;
use super::{
    Doubt, DoubtKind,
    items::{Choice, Filling, Withheld},
    json::{JsonPlan, Limits},
};

/// Takes an event stream through a plan.
#[derive(Debug)]
pub(crate) struct Events {
    at: At,
    /// The name of the present line's field, as far as it came.
    name: Vec<u8>,
    /// Whether the last byte was a carriage return, of which a line feed is a part, and of which line.
    after_return: Option<Of>,
    data: Data,
    read: u64,
}

/// Where in a line the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// So many bytes of a byte order mark have come.
    Mark(usize),
    /// In its field's name, or before it.
    Name,
    /// Behind the colon of `data`, where a space is no part of the value.
    Colon,
    /// In the value of `data`.
    Data,
    /// In something that passes.
    Passing,
}

/// What kind of line has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Data,
    Passing,
}

impl Events {
    /// A shaper for one stream; `chosen` is for each event anew.
    pub(crate) fn new(
        plan: Arc<JsonPlan>,
        limits: Limits,
        chosen: Option<(Arc<Choice>, Option<Arc<Filling>>)>,
    ) -> Self {
        Self { at: At::Mark(0), name: Vec::new(), after_return: None, data: Data::new(plan, limits, chosen), read: 0 }
    }

    /// Takes the next piece of the body and appends to `out` what can leave.
    ///
    /// # Errors
    ///
    /// What makes the body unreadable.
    pub(crate) fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Doubt> {
        let before = self.read;
        let mut rest = input;
        while let Some(byte) = rest.first().copied() {
            let taken = self.step(byte, rest, out).map_err(|kind| Doubt::new(kind, self.read))?;
            rest = rest.get(taken..).unwrap_or_default();
            self.read = before + (input.len() - rest.len()) as u64;
        }
        Ok(())
    }

    /// Ends the stream. An event that no empty line has ended is none for a client; it is shaped all the same.
    ///
    /// # Errors
    ///
    /// The document of the last event is not complete.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Doubt> {
        self.line_ends_early(out).and_then(|()| self.data.end(out)).map_err(|kind| Doubt::new(kind, self.read))
    }

    /// What the rules met, over all events.
    pub(super) fn matched(&self) -> impl Iterator<Item = Option<u64>> {
        self.data.matched()
    }

    /// How many items were not shown, over all events.
    pub(super) fn withheld(&self) -> Withheld {
        self.data.withheld()
    }

    /// Takes as much of `rest`, which begins with `byte`, as is of one kind.
    fn step(&mut self, byte: u8, rest: &[u8], out: &mut Vec<u8>) -> Result<usize, DoubtKind> {
        match self.after_return.take().filter(|_| byte == b'\n') {
            Some(Of::Data) => {
                self.data.line_feed();
                return Ok(1);
            }
            Some(Of::Passing) => {
                out.push(byte);
                return Ok(1);
            }
            None => {}
        }
        match (self.at, byte) {
            (At::Mark(length), _) if BYTE_ORDER_MARK.get(length) == Some(&byte) => {
                self.at = At::Mark(length + 1);
                if length + 1 == BYTE_ORDER_MARK.len() {
                    out.extend_from_slice(BYTE_ORDER_MARK);
                    self.at = At::Name;
                }
                Ok(1)
            }
            (At::Mark(0), _) => {
                self.at = At::Name;
                Ok(0)
            }
            (At::Mark(_), _) => Err(DoubtKind::Framing),
            (_, b'\n' | b'\r') => {
                self.line_ends(byte, out)?;
                Ok(1)
            }
            (At::Name, b':') => {
                self.field_begins(true, out)?;
                Ok(1)
            }
            (At::Name, _) => {
                if self.name.len() == LONGEST_NAME {
                    return Err(DoubtKind::Framing);
                }
                self.name.push(byte);
                Ok(1)
            }
            (At::Colon, _) => {
                self.at = At::Data;
                let space = byte == b' ';
                self.data.line_begins(if space { b"data: " } else { b"data:" }, out)?;
                Ok(usize::from(space))
            }
            (At::Data, _) => {
                let run = run(rest);
                self.data.take(run, out)?;
                Ok(run.len())
            }
            (At::Passing, _) => {
                let run = run(rest);
                out.extend_from_slice(run);
                Ok(run.len())
            }
        }
    }

    /// The name of a field is complete: a colon follows, or else the line ends.
    fn field_begins(&mut self, colon: bool, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        let name = std::mem::take(&mut self.name);
        match &*name {
            b"data" if colon => self.at = At::Colon,
            b"data" => self.data.line_begins(b"data", out)?,
            // Nothing before the colon is a comment.
            b"" | b"event" | b"id" | b"retry" => {
                self.data.give_way(out)?;
                out.extend_from_slice(&name);
                if colon {
                    out.push(b':');
                }
                self.at = At::Passing;
            }
            _ => return Err(DoubtKind::Framing),
        }
        Ok(())
    }

    fn line_ends(&mut self, byte: u8, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        if self.at == At::Name && !self.name.is_empty() {
            self.field_begins(false, out)?;
        } else if self.at == At::Name {
            self.data.end(out)?;
            self.at = At::Passing;
        } else if self.at == At::Colon {
            self.data.line_begins(b"data:", out)?;
        }
        let of = if std::mem::replace(&mut self.at, At::Name) == At::Passing { Of::Passing } else { Of::Data };
        match of {
            Of::Data => self.data.line_ends(byte),
            Of::Passing => out.push(byte),
        }
        self.after_return = (byte == b'\r').then_some(of);
        Ok(())
    }

    /// The last line has no line end.
    fn line_ends_early(&mut self, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        match self.at {
            At::Mark(1..) => Err(DoubtKind::Framing),
            At::Colon => self.data.line_begins(b"data:", out),
            At::Name if !self.name.is_empty() => self.field_begins(false, out),
            _ => Ok(()),
        }
    }
}

/// What comes before the next line end.
fn run(rest: &[u8]) -> &[u8] {
    let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
const DONE: &[u8] = b"[DONE]";
const LONGEST_NAME: usize = 5;
