//! The data of events: all lines of one are a document, which is shaped.

use std::sync::Arc;

use super::{DONE, framer::Framer};
use crate::shaping::{
    DoubtKind,
    items::{Choice, Filling, Withheld},
    json::{JsonPlan, JsonShaper, Limits},
};

/// The data of one event after the other.
#[derive(Debug)]
pub(super) struct Data {
    plan: Arc<JsonPlan>,
    limits: Limits,
    chosen: Option<(Arc<Choice>, Option<Arc<Filling>>)>,
    now: Now,
    framer: Framer,
    shaped: Vec<u8>,
    met: Vec<Option<u64>>,
    withheld: Withheld,
}

/// What the data of the present event are, as far as they came.
#[derive(Debug)]
enum Now {
    /// There are none so far.
    None,
    /// White space, and a beginning of `[DONE]`.
    Lead(Lead),
    /// `[DONE]`, and that has left.
    Done,
    /// A document.
    Json(JsonShaper),
}

#[derive(Debug, Default)]
struct Lead {
    bytes: Vec<u8>,
    /// How many of them are white space at the beginning.
    blank: usize,
}

impl Data {
    /// `chosen` is for each event anew.
    pub(super) fn new(
        plan: Arc<JsonPlan>,
        limits: Limits,
        chosen: Option<(Arc<Choice>, Option<Arc<Filling>>)>,
    ) -> Self {
        Self {
            plan,
            limits,
            chosen,
            now: Now::None,
            framer: Framer::default(),
            shaped: Vec::new(),
            met: Vec::new(),
            withheld: Withheld::default(),
        }
    }

    /// A line of data begins, after which what is shaped is written so.
    pub(super) fn line_begins(&mut self, prefix: &'static [u8], out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        // No `[DONE]` goes on in another line.
        self.settle_lead(out)?;
        self.framer.begin(prefix);
        if matches!(self.now, Now::None) {
            self.now = Now::Lead(Lead::default());
            return Ok(());
        }
        self.take(b"\n", out)
    }

    /// Takes a part of the line.
    pub(super) fn take(&mut self, part: &[u8], out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        match &mut self.now {
            Now::None | Now::Done if part.trim_ascii().is_empty() => self.framer.write(part, out),
            Now::None | Now::Done => return Err(DoubtKind::Syntax),
            Now::Json(json) => {
                let written = json.write(part, &mut self.shaped);
                self.framer.write(&self.shaped, out);
                self.shaped.clear();
                written.map_err(|doubt| doubt.kind())?;
            }
            Now::Lead(lead) => {
                if lead.bytes.len() + part.len() > self.limits.item && part.trim_ascii().is_empty() {
                    return Err(DoubtKind::TooLarge);
                }
                let begun = lead.goes_on(part);
                if begun.trim_ascii_end() == DONE {
                    self.framer.write(&lead.bytes, out);
                    self.now = Now::Done;
                } else if !DONE.starts_with(begun) {
                    let lead = std::mem::take(&mut lead.bytes);
                    return self.begin_document(&lead, out);
                }
            }
        }
        Ok(())
    }

    /// The line ends with this byte.
    pub(super) fn line_ends(&mut self, byte: u8) {
        self.framer.line_ends(byte);
    }

    /// A line feed belongs to the carriage return with which the line ended.
    pub(super) fn line_feed(&mut self) {
        self.framer.line_feed();
    }

    /// Something else stands between the lines of an event's data, or comes after them.
    pub(super) fn give_way(&mut self, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        self.settle_lead(out)?;
        if let Now::Lead(lead) = &mut self.now {
            self.framer.write(&std::mem::take(lead).bytes, out);
        }
        self.framer.give_way(out);
        Ok(())
    }

    /// No `[DONE]` goes on in another line: what began like one is a document.
    fn settle_lead(&mut self, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        match &mut self.now {
            Now::Lead(lead) if !lead.begun().is_empty() => {
                let lead = std::mem::take(&mut lead.bytes);
                self.begin_document(&lead, out)
            }
            _ => Ok(()),
        }
    }

    fn begin_document(&mut self, lead: &[u8], out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        self.now = Now::Json(self.shaper());
        self.take(lead, out)
    }

    /// The data of an event are complete.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        match std::mem::replace(&mut self.now, Now::None) {
            Now::None | Now::Done => {}
            Now::Lead(lead) if lead.begun().is_empty() => self.framer.write(&lead.bytes, out),
            // A beginning of `[DONE]`.
            Now::Lead(_) => return Err(DoubtKind::Syntax),
            Now::Json(mut json) => {
                let ended = json.end(&mut self.shaped);
                self.framer.write(&self.shaped, out);
                self.shaped.clear();
                ended.map_err(|doubt| doubt.kind())?;
                self.note(&json);
            }
        }
        self.framer.end(out);
        Ok(())
    }

    /// What the rules met, over all events.
    pub(super) fn matched(&self) -> impl Iterator<Item = Option<u64>> {
        self.met.iter().copied()
    }

    /// How many items were not shown, over all events.
    pub(super) fn withheld(&self) -> Withheld {
        self.withheld
    }

    fn note(&mut self, json: &JsonShaper) {
        self.withheld = self.withheld.and(json.withheld());
        for (at, met) in json.matched().enumerate() {
            match self.met.get_mut(at) {
                Some(all) => *all = all.map_or(met, |all| Some(all + met.unwrap_or(0))),
                None => self.met.push(met),
            }
        }
    }

    fn shaper(&self) -> JsonShaper {
        let plan = Arc::clone(&self.plan);
        match &self.chosen {
            Some((choice, filling)) => JsonShaper::choosing(plan, self.limits, Arc::clone(choice), filling.clone()),
            None => JsonShaper::new(plan, self.limits),
        }
    }
}

impl Lead {
    /// Another part follows; what stands behind the white space, then. Each byte of that is looked at once.
    fn goes_on(&mut self, part: &[u8]) -> &[u8] {
        self.bytes.extend_from_slice(part);
        let begun = self.begun();
        self.blank += begun.len() - begun.trim_ascii_start().len();
        self.begun()
    }

    fn begun(&self) -> &[u8] {
        self.bytes.get(self.blank..).unwrap_or_default()
    }
}
