//! Putting an explanation into a JSON document, while the document leaves.

/// Puts a member before all others of the object that a JSON document is. A document that is no object has no place for it.
///
/// What passes has been read as JSON before; nothing of it is changed.
#[derive(Debug)]
pub(crate) struct Explanation {
    /// `"name":value`
    member: Box<[u8]>,
    place: Place,
}

/// Where the member goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The document's first byte but white space has not passed.
    Ahead,
    /// The object has begun.
    Here,
    /// It has been put there, or there is none.
    Behind,
}

impl Explanation {
    /// A member of this name. `value` is JSON.
    pub(crate) fn new(name: &str, value: &str) -> Self {
        let name = serde_json::Value::from(name);
        Self { member: format!("{name}:{value}").into_bytes().into(), place: Place::Ahead }
    }

    /// Takes the next bytes of the document, and appends them to `out`.
    pub(crate) fn write(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut rest = bytes;
        while self.place != Place::Behind {
            let Some(at) = rest.iter().position(|byte| !WHITE_SPACE.contains(byte)) else { break };
            let (space, left) = rest.split_at(at);
            out.extend_from_slice(space);
            rest = match (self.place, left) {
                (Place::Ahead, [b'{', left @ ..]) => {
                    out.push(b'{');
                    self.place = Place::Here;
                    left
                }
                (Place::Here, _) => {
                    out.extend_from_slice(&self.member);
                    if !left.starts_with(b"}") {
                        out.push(b',');
                    }
                    self.place = Place::Behind;
                    left
                }
                _ => {
                    self.place = Place::Behind;
                    left
                }
            };
        }
        out.extend_from_slice(rest);
    }
}

/// RFC 8259 section 2.
const WHITE_SPACE: &[u8] = b" \t\n\r";

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(document: &str, size: usize) -> String {
        let (mut explanation, mut out) = (Explanation::new("why\"", "[1]"), Vec::new());
        for piece in document.as_bytes().chunks(size) {
            explanation.write(piece, &mut out);
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn it_stands_before_all_others_however_the_document_is_cut() {
        for (document, expected) in [
            ("{}", r#"{"why\"":[1]}"#),
            (" \n{ \t}\n", " \n{ \t\"why\\\"\":[1]}\n"),
            (r#"{"a":{"b":{}}}"#, r#"{"why\"":[1],"a":{"b":{}}}"#),
            ("{\n  \"a\": 1\n}", "{\n  \"why\\\"\":[1],\"a\": 1\n}"),
            (r#"[{"a":1}]"#, r#"[{"a":1}]"#),
            (r#" "{}" "#, r#" "{}" "#),
            ("7", "7"),
            ("", ""),
            (" ", " "),
        ] {
            for size in 1..=document.len().max(1) {
                assert_eq!(explained(document, size), expected, "{document} {size}");
            }
        }
    }
}
