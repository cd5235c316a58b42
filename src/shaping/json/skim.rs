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
                    let object = byte == b'{';
                    let (end, is_whole) = flat(&text, at + 1, object);
                    if !is_whole {
                        nest.open(object);
                        expect = match (end > at + 1, object) {
                            (true, _) => Expect::CommaOrEnd,
                            (false, true) => Expect::FirstKey,
                            (false, false) => Expect::FirstElement,
                        };
                        at = end;
                    } else if nest.is_empty() {
                        at = end;
                        break Ok(Skimmed::Whole);
                    } else {
                        at = scalars(&text, end, nest.is_object());
                        expect = Expect::CommaOrEnd;
                    }
                }
                b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                    let mut end = scalar::<false>(&text, at);
                    if end == 0 {
                        let Some(other) = text.scalar(at) else { break Ok(Skimmed::Cut(expect)) };
                        end = other;
                    }
                    at = end;
                    if nest.is_empty() {
                        break Ok(Skimmed::Whole);
                    }
                    at = scalars(&text, at, nest.is_object());
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
                    at = scalars(&text, at, nest.is_object());
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

/// How far the simple scalars go that stand first in an array or object whose bracket ends here, and whether that is all of it.
#[inline]
fn flat(text: &Text<'_>, at: usize, object: bool) -> (usize, bool) {
    let first = if object { scalar::<true>(text, at) } else { scalar::<false>(text, at) };
    let end = if first > 0 { scalars(text, first, object) } else { at };
    let is_whole = text.byte(end) == if object { b'}' } else { b']' };
    (end + usize::from(is_whole), is_whole)
}

/// Where the last of the simple scalars ends that follow what ends here, in an array or object, each at once behind its comma or
/// key.
#[inline]
fn scalars(text: &Text<'_>, at: usize, in_object: bool) -> usize {
    if in_object { scalars_of::<true>(text, at) } else { scalars_of::<false>(text, at) }
}

#[inline(never)]
fn scalars_of<const IN_OBJECT: bool>(text: &Text<'_>, mut at: usize) -> usize {
    while text.byte(at) == b',' {
        let end = scalar::<IN_OBJECT>(text, at + 1);
        if end == 0 {
            break;
        }
        at = end;
    }
    at
}

/// Where the simple scalar ends that begins here, in an object behind its key; else 0.
#[inline(always)]
fn scalar<const IN_OBJECT: bool>(text: &Text<'_>, at: usize) -> usize {
    let mut start = at;
    if IN_OBJECT {
        let end = if text.byte(at) == b'"' { text.string(at).unwrap_or_default() } else { 0 };
        if end == 0 || text.byte(end) != b':' {
            return 0;
        }
        start = end + 1;
    }
    let Some(eight) = text.eight(start) else { return 0 };
    text.simple_scalar(start, eight)
}
