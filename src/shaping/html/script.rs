//! JSON in a script element: shaped as it comes, and written so that nothing in it can end the script.

use crate::shaping::{DoubtKind, json::JsonShaper};

/// The JSON of one script element, on its way.
#[derive(Debug)]
pub(super) struct Script {
    json: JsonShaper,
    has_begun: bool,
    guard: Guard,
    /// What is shaped and has not left.
    shaped: Vec<u8>,
}

/// Keeps out what a browser reads as more than a text in a script (HTML standard, section 4.12.1.3). In JSON a `<` stands in
/// strings only, so it can be written otherwise.
#[derive(Debug, Default)]
struct Guard {
    /// The beginning of a word that is kept out.
    held: Vec<u8>,
}

impl Script {
    pub(super) fn new(json: JsonShaper) -> Self {
        Self { json, has_begun: false, guard: Guard::default(), shaped: Vec::new() }
    }

    /// Takes the next piece; gives what can leave.
    pub(super) fn write(&mut self, text: &str) -> Result<String, DoubtKind> {
        // A script with nothing in it hides nothing.
        if !self.has_begun && text.trim_ascii().is_empty() {
            return Ok(text.to_owned());
        }
        self.has_begun = true;
        let mut json = Vec::new();
        let written = self.json.write(text.as_bytes(), &mut json);
        self.guard.pass(&json, &mut self.shaped);
        written.map_err(|doubt| doubt.kind())?;
        self.take()
    }

    /// Ends it; gives what still waited.
    pub(super) fn end(&mut self) -> Result<String, DoubtKind> {
        if self.has_begun {
            let mut json = Vec::new();
            self.json.end(&mut json).map_err(|doubt| doubt.kind())?;
            self.guard.pass(&json, &mut self.shaped);
            self.shaped.append(&mut self.guard.held);
        }
        self.take()
    }

    /// Whether anything has come but white space.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// What the field rules met in it; nothing in an empty one.
    pub(super) fn matched(&self) -> Vec<Option<u64>> {
        if self.has_begun { self.json.matched().collect() } else { Vec::new() }
    }

    /// Whole characters.
    fn take(&mut self) -> Result<String, DoubtKind> {
        let whole = match std::str::from_utf8(&self.shaped) {
            Ok(text) => text.len(),
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(DoubtKind::Utf8),
        };
        let rest = self.shaped.split_off(whole);
        String::from_utf8(std::mem::replace(&mut self.shaped, rest)).map_err(|_| DoubtKind::Utf8)
    }
}

impl Guard {
    fn pass(&mut self, json: &[u8], out: &mut Vec<u8>) {
        for byte in json {
            if self.held.is_empty() && *byte != b'<' {
                out.push(*byte);
                continue;
            }
            if *byte == b'<' {
                out.append(&mut self.held);
            }
            self.held.push(*byte);
            let begins =
                |word: &&[u8]| word.get(..self.held.len()).is_some_and(|start| start.eq_ignore_ascii_case(&self.held));
            match KEPT_OUT.iter().find(|word| begins(word)) {
                Some(word) if word.len() == self.held.len() => {
                    out.extend_from_slice(b"\\u003c");
                    out.extend(self.held.drain(..).skip(1));
                }
                Some(_) => {}
                None => out.append(&mut self.held),
            }
        }
    }
}

const KEPT_OUT: [&[u8]; 3] = [b"</script", b"<script", b"<!--"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_can_end_the_script_however_it_is_cut() {
        let json = br#"{"a":"</b><i></sCRipt><<!-- <<scriPT <! <s","b":"a < b <"}"#;
        let kept = br#"{"a":"</b><i>\u003c/sCRipt><\u003c!-- <\u003cscriPT <! <s","b":"a < b <"}"#;
        for size in 1..=json.len() {
            let (mut guard, mut out) = (Guard::default(), Vec::new());
            json.chunks(size).for_each(|piece| guard.pass(piece, &mut out));
            out.append(&mut guard.held);
            assert_eq!(String::from_utf8_lossy(&out), String::from_utf8_lossy(kept), "{size}");
        }
    }
}
