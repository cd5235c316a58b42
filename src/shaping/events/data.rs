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
    /// White space, or a beginning of `[DONE]`.
    Lead(Vec<u8>),
    /// `[DONE]`, and that has left.
    Done,
    /// A document.
    Json(JsonShaper),
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
        if let Now::Lead(lead) = &mut self.now
            && !lead.trim_ascii().is_empty()
            && lead.trim_ascii() != DONE
        {
            let lead = std::mem::take(lead);
            self.now = Now::Json(self.shaper());
            self.take(&lead, out)?;
        }
        self.framer.begin(prefix);
        if matches!(self.now, Now::None) {
            self.now = Now::Lead(Vec::new());
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
                if lead.len() + part.len() > self.limits.item && part.trim_ascii().is_empty() {
                    return Err(DoubtKind::TooLarge);
                }
                lead.extend_from_slice(part);
                let begun = lead.trim_ascii_start();
                let rest = begun.strip_prefix(DONE);
                if !(DONE.starts_with(begun) || rest.is_some_and(|rest| rest.trim_ascii().is_empty())) {
                    let lead = std::mem::take(lead);
                    self.now = Now::Json(self.shaper());
                    return self.take(&lead, out);
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
        if let Now::Lead(lead) = &mut self.now {
            let lead = std::mem::take(lead);
            let is_done = lead.trim_ascii() == DONE;
            if is_done || lead.trim_ascii().is_empty() {
                self.framer.write(&lead, out);
                self.now = if is_done { Now::Done } else { Now::Lead(Vec::new()) };
            } else {
                self.now = Now::Json(self.shaper());
                self.take(&lead, out)?;
            }
        }
        self.framer.give_way(out);
        Ok(())
    }

    /// The data of an event are complete.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        match std::mem::replace(&mut self.now, Now::None) {
            Now::None | Now::Done => {}
            Now::Lead(lead) if lead.trim_ascii().is_empty() || lead.trim_ascii() == DONE => {
                self.framer.write(&lead, out);
            }
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
