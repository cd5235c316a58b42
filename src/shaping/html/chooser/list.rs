//! The items of a page as a list of JSON, and what comes out of it as HTML again.

use std::{mem, sync::Arc};

use bytes::Bytes;
use serde_json::Value;

use crate::shaping::{
    DoubtKind,
    items::{Choice, Filling, Withheld},
    json::{JsonPlan, JsonShaper, Limits},
    path::Path,
};

/// A list that items are handed on to as they come.
pub(super) struct List {
    reader: Reader,
    has_items: bool,
    /// What has come out for the present place.
    placed: Vec<u8>,
}

enum Reader {
    /// Gives each place what may stand there.
    Choosing(Box<JsonShaper>),
    /// Keeps all.
    Keeping(Vec<u8>),
}

impl List {
    /// One out of which comes what may stand in each place.
    pub(super) fn choosing(limits: Limits, choice: Arc<Choice>, filling: Option<Arc<Filling>>) -> Self {
        let plan = Arc::new(JsonPlan::new([], Path::parse("$[*]").ok().as_ref()));
        Self::read_by(Reader::Choosing(Box::new(JsonShaper::choosing(plan, limited(limits), choice, filling))))
    }

    /// One that keeps its items.
    pub(super) fn keeping() -> Self {
        Self::read_by(Reader::Keeping(Vec::new()))
    }

    fn read_by(reader: Reader) -> Self {
        Self { reader, has_items: false, placed: Vec::new() }
    }

    /// An item begins.
    pub(super) fn item_begins(&mut self) -> Result<(), DoubtKind> {
        let begins: &[u8] = if mem::replace(&mut self.has_items, true) { b",{\"html\":\"" } else { b"[{\"html\":\"" };
        self.hand_on(begins)
    }

    /// The item goes on.
    pub(super) fn item_goes_on(&mut self, html: &[u8]) -> Result<(), DoubtKind> {
        let mut escaped = Vec::with_capacity(html.len() + html.len() / 8);
        escape(html, &mut escaped);
        self.hand_on(&escaped)
    }

    /// The item ends, and has said this of itself, as far as it can be read. Gives what stands in its place.
    pub(super) fn item_ends<'a>(
        &mut self,
        said: impl IntoIterator<Item = (&'a str, Option<String>)>,
    ) -> Result<String, DoubtKind> {
        let mut end = String::from("\"");
        for (name, text) in said {
            // An array is nothing that a list can read.
            let value = text.map_or_else(|| "[]".to_owned(), |text| Value::from(text.trim()).to_string());
            end += &format!(",\"{name}\":{value}");
        }
        end += "}\n";
        self.hand_on(end.as_bytes())?;
        let placed = mem::take(&mut self.placed);
        let begins = placed.iter().position(|byte| *byte == b'{').unwrap_or(placed.len());
        let object = placed.get(begins..).unwrap_or_default();
        if object.is_empty() {
            return Ok(String::new());
        }
        let object: Value = serde_json::from_slice(object).map_err(|_| DoubtKind::Syntax)?;
        Ok(object.get("html").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// How many items were not shown.
    pub(super) fn withheld(&self) -> Withheld {
        match &self.reader {
            Reader::Choosing(list) => list.withheld(),
            Reader::Keeping(_) => Withheld::default(),
        }
    }

    /// What was kept, as filling for another list.
    pub(super) fn filling(self, choice: &Choice, limits: Limits) -> Option<Filling> {
        let Reader::Keeping(mut list) = self.reader else { return None };
        list.extend_from_slice(if list.is_empty() { b"[]" } else { b"]" });
        Filling::read(choice, limited(limits), &Bytes::from(list)).ok()
    }

    fn hand_on(&mut self, json: &[u8]) -> Result<(), DoubtKind> {
        match &mut self.reader {
            Reader::Choosing(list) => list.write(json, &mut self.placed).map_err(|doubt| doubt.kind()),
            Reader::Keeping(list) => {
                list.extend_from_slice(json);
                Ok(())
            }
        }
    }
}

/// As it stands in a string of JSON. A character may be cut.
fn escape(html: &[u8], json: &mut Vec<u8>) {
    for byte in html {
        match byte {
            b'"' | b'\\' => json.extend_from_slice(&[b'\\', *byte]),
            b'\n' => json.extend_from_slice(b"\\n"),
            0..0x20 => json.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => json.push(*byte),
        }
    }
}

/// What the list may keep.
fn limited(limits: Limits) -> Limits {
    Limits { item: limits.item, ..Limits::default() }
}
