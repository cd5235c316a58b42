//! Values that no rule looks into, shown or hidden: the grammar is checked, and nothing else (RFC 8259 sections 2 to 5).

use super::{nest::Nest, piece::Piece, state::Expect, text::Text};
use crate::shaping::DoubtKind;

/// How far it went.
pub(super) enum Skimmed {
    /// The value is complete; the present byte is the one after it.
    Whole,
    /// The piece ends, or the token that begins at the present byte does not lie whole in it.
    Cut(Expect),
}

/// Reads on in a value. `nest` has what is open of it, and nothing before its first byte. At most `room` may be open.
pub(super) fn skim(
    piece: &mut Piece<'_>,
    nest: &mut Nest,
    mut expect: Expect,
    room: usize,
) -> Result<Skimmed, DoubtKind> {
    let (text, mut at) = (piece.text, piece.at);
    let outcome = loop {
        at = text.blanks(at);
        let byte = text.byte(at);
        match expect {
            Expect::Value | Expect::FirstElement => match byte {
                b'{' | b'[' => {
                    if nest.depth() >= room {
                        break Err(DoubtKind::TooDeep);
                    }
                    nest.open(byte == b'{');
                    at += 1;
                    expect = if byte == b'{' { Expect::FirstKey } else { Expect::FirstElement };
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
                    at = scalars(text, at, nest.is_object());
                    expect = Expect::CommaOrEnd;
                }
                b']' if expect == Expect::FirstElement => expect = Expect::CommaOrEnd,
                _ => break Err(DoubtKind::Syntax),
            },
            Expect::FirstKey | Expect::Key => match byte {
                b'"' => {
                    let Some(end) = text.string(at) else { break Ok(Skimmed::Cut(expect)) };
                    at = end;
                    expect = Expect::Colon;
                }
                b'}' if expect == Expect::FirstKey => expect = Expect::CommaOrEnd,
                _ => break Err(DoubtKind::Syntax),
            },
            Expect::Colon => match byte {
                b':' => {
                    at += 1;
                    expect = Expect::Value;
                }
                _ => break Err(DoubtKind::Syntax),
            },
            Expect::CommaOrEnd => match byte {
                b',' => {
                    at += 1;
                    expect = if nest.is_object() { Expect::Key } else { Expect::Value };
                }
                b'}' | b']' if (byte == b'}') == nest.is_object() => {
                    at += 1;
                    nest.close();
                    if nest.is_empty() {
                        break Ok(Skimmed::Whole);
                    }
                }
                _ => break Err(DoubtKind::Syntax),
            },
            Expect::Nothing => break Ok(Skimmed::Whole),
        }
    };
    piece.at = at;
    // Behind the end there is no byte, and that is not wrong.
    if outcome.is_err() && piece.is_at_its_end() { Ok(Skimmed::Cut(expect)) } else { outcome }
}

/// Where the last of the simple scalars ends that follow one that ends here, in an array or object, each at once behind its comma
/// or key.
#[inline]
fn scalars(text: Text<'_>, mut at: usize, in_object: bool) -> usize {
    while text.byte(at) == b',' {
        let mut start = at + 1;
        if in_object {
            let end = if text.byte(start) == b'"' { text.string(start) } else { None };
            let Some(end) = end.filter(|end| text.byte(*end) == b':') else { return at };
            start = end + 1;
        }
        let end = text.eight(start).map_or(0, |eight| text.simple_scalar(start, eight));
        if end == 0 {
            return at;
        }
        at = end;
    }
    at
}
