//! Bodies of several JSON documents: one a line (NDJSON), or each after a record separator (RFC 7464).
//!
//! All documents of a body are one: items of all of them are one list. Where the items are the documents themselves (their
//! path is `$`), one that is not shown leaves with its line.

use bytes::Bytes;

use super::{Doubt, DoubtKind, json::JsonShaper};

/// How documents are kept apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Separation {
    /// A line feed ends each.
    Lines,
    /// A record separator begins each, and a line feed ends it.
    Records,
}

/// Takes a body of several documents through a plan.
#[derive(Debug)]
pub(crate) struct Lines {
    json: JsonShaper,
    separation: Separation,
    /// Whether documents may go; then the present one, as far as it is shaped.
    goes: Option<Vec<u8>>,
    /// What stands before the present document.
    lead: Vec<u8>,
    has_begun: bool,
    /// Whether the present document has a record separator.
    is_separated: bool,
    last: u8,
    read: u64,
    most: usize,
}

impl Lines {
    /// A shaper for one body. With `items_are_documents`, a document of which nothing is shown leaves nothing behind. Of white
    /// space before a document `most` bytes are kept.
    pub(crate) fn new(json: JsonShaper, separation: Separation, items_are_documents: bool, most: usize) -> Self {
        Self {
            json,
            separation,
            goes: items_are_documents.then(Vec::new),
            lead: Vec::new(),
            has_begun: false,
            is_separated: false,
            last: b'\n',
            read: 0,
            most,
        }
    }

    /// Takes the next piece of the body and appends to `out` what can leave.
    ///
    /// # Errors
    ///
    /// What makes the body unreadable.
    pub(crate) fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Doubt> {
        let separator = self.separation.byte();
        let mut parts = input.split(|byte| *byte == separator);
        if let Some(part) = parts.next() {
            self.go_on(part, out)?;
        }
        for part in parts {
            let is_shown = self.document_ends(out)?;
            self.read += 1;
            match self.separation {
                Separation::Lines => out.extend(is_shown.then_some(b'\n')),
                Separation::Records => {
                    self.lead.push(separator);
                    self.is_separated = true;
                }
            }
            self.go_on(part, out)?;
        }
        Ok(())
    }

    /// Ends the body.
    ///
    /// # Errors
    ///
    /// Its last document is not complete.
    pub(crate) fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Doubt> {
        self.document_ends(out).map(drop)
    }

    /// The shaper of the documents, which tells what the rules met.
    pub(super) fn json(&self) -> &JsonShaper {
        &self.json
    }

    fn go_on(&mut self, part: &[u8], out: &mut Vec<u8>) -> Result<(), Doubt> {
        let mut rest = part;
        if !self.has_begun {
            let begins = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(rest.len());
            let (white, document) = rest.split_at(begins);
            if self.lead.len() + white.len() > self.most {
                return Err(self.doubt(DoubtKind::TooLarge));
            }
            self.lead.extend_from_slice(white);
            rest = document;
            if rest.is_empty() {
                self.read += part.len() as u64;
                return Ok(());
            }
            if self.separation == Separation::Records && !self.is_separated {
                return Err(self.doubt(DoubtKind::Framing));
            }
            self.has_begun = true;
            self.goes.as_mut().unwrap_or(out).append(&mut self.lead);
        }
        self.last = rest.last().copied().unwrap_or(self.last);
        let written = self.json.write(rest, self.goes.as_mut().unwrap_or(out));
        self.read += part.len() as u64;
        written.map_err(|doubt| self.doubt(doubt.kind()))
    }

    /// Ends a document, if one has begun; whether there is anything of it.
    fn document_ends(&mut self, out: &mut Vec<u8>) -> Result<bool, Doubt> {
        self.is_separated = false;
        if !std::mem::take(&mut self.has_begun) {
            out.append(&mut self.lead);
            return Ok(true);
        }
        // A number that was cut short would be another number.
        if self.separation == Separation::Records && self.last != b'\n' {
            return Err(self.doubt(DoubtKind::CutShort));
        }
        let ended = self.json.end(self.goes.as_mut().unwrap_or(out));
        ended.map_err(|doubt| self.doubt(doubt.kind()))?;
        self.json.next_document();
        let Some(document) = &mut self.goes else { return Ok(true) };
        let is_shown =
            document.trim_ascii().strip_prefix(&[RECORD_SEPARATOR]).unwrap_or(document).trim_ascii() != b"null";
        if is_shown {
            out.append(document);
        }
        document.clear();
        Ok(is_shown)
    }

    fn doubt(&self, kind: DoubtKind) -> Doubt {
        Doubt::new(kind, self.read)
    }
}

impl Separation {
    fn byte(self) -> u8 {
        match self {
            Self::Lines => b'\n',
            Self::Records => RECORD_SEPARATOR,
        }
    }

    /// The documents of a whole body, unread.
    pub(super) fn documents(self, body: &Bytes) -> Vec<Bytes> {
        let records = body.split(|byte| *byte == self.byte()).map(<[u8]>::trim_ascii);
        records.filter(|record| !record.is_empty()).map(|record| body.slice_ref(record)).collect()
    }
}

const RECORD_SEPARATOR: u8 = 0x1e;
