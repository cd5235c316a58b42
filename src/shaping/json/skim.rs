//! Values that no rule looks into, shown or hidden: the grammar is checked, and nothing else (RFC 8259 sections 2 to 5).

use super::{nest::Nest, piece::Piece, state::Expect};
use crate::shaping::DoubtKind;

/// How far it went.
pub(super) enum Skimmed {
    /// The value is complete; the present byte is the one after it.
    Whole,
    /// The piece ends, or the token that begins at the present byte does not lie whole in it.
    Cut(Expect),
}

/// Reads on in a value. `nest` has what is open of it, and nothing before its first byte. At most `room` may be open.
// One way through what may follow one another, so that from each token there is a straight one to the next.
pub(super) fn skim(
    piece: &mut Piece<'_>,
    nest: &mut Nest,
    mut expect: Expect,
    room: usize,
) -> Result<Skimmed, DoubtKind> {
    let (text, mut at, mut elements) = (piece.text, piece.at, 0);
    let outcome = 'tokens: loop {
        if matches!(expect, Expect::FirstKey | Expect::Key) {
            at = text.blanks(at);
            if text.byte(at) == b'"' {
                let Some(end) = text.string(at) else { break Ok(Skimmed::Cut(expect)) };
                (at, expect) = (end, Expect::Colon);
            } else if expect == Expect::FirstKey && text.byte(at) == b'}' {
                expect = Expect::CommaOrEnd;
            } else {
                break Err(DoubtKind::Syntax);
            }
        }
        if expect == Expect::Colon {
            at = text.blanks(at);
            if text.byte(at) != b':' {
                break Err(DoubtKind::Syntax);
            }
            (at, expect) = (at + 1, Expect::Value);
        }
        if matches!(expect, Expect::FirstElement | Expect::Value) {
            at = text.blanks(at);
            let byte = text.byte(at);
            match byte {
                b'{' | b'[' => {
                    if nest.depth() >= room {
                        break Err(DoubtKind::TooDeep);
                    }
                    nest.open(byte == b'{');
                    at += 1;
                    (expect, elements) = (if byte == b'{' { Expect::FirstKey } else { Expect::FirstElement }, 0);
                    continue;
                }
                b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                    let mut end = text.eight(at).map_or(0, |eight| text.simple_scalar(at, eight));
                    if end == 0 {
                        let Some(other) = text.scalar(at) else { break Ok(Skimmed::Cut(expect)) };
                        end = other;
                    }
                    at = end;
                    if nest.is_empty() {
                        break Ok(Skimmed::Whole);
                    }
                }
                b']' if expect == Expect::FirstElement => {}
                _ => break Err(DoubtKind::Syntax),
            }
        }
        if expect == Expect::Nothing {
            break Ok(Skimmed::Whole);
        }
        expect = Expect::CommaOrEnd;
        loop {
            at = text.blanks(at);
            match text.byte(at) {
                b',' if nest.is_object() => {
                    (at, expect) = (at + 1, Expect::Key);
                    break;
                }
                b',' => {
                    elements += 1;
                    if elements == MANY {
                        let last = text.numbers(at);
                        // If there are any, more may follow.
                        elements = if last > at { 0 } else { elements };
                        at = last;
                    }
                    (at, expect) = (at + 1, Expect::Value);
                    break;
                }
                byte @ (b'}' | b']') if (byte == b'}') == nest.is_object() => {
                    at += 1;
                    nest.close();
                    if nest.is_empty() {
                        break 'tokens Ok(Skimmed::Whole);
                    }
                }
                _ => break 'tokens Err(DoubtKind::Syntax),
            }
        }
    };
    piece.at = at;
    // Behind the end there is no byte, and that is not wrong.
    if outcome.is_err() && piece.is_at_its_end() { Ok(Skimmed::Cut(expect)) } else { outcome }
}

/// After how many elements it is looked whether many numbers follow.
const MANY: usize = 4;
