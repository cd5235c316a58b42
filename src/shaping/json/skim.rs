//! Values that no rule looks into, shown or hidden: the grammar is checked, and nothing else (RFC 8259 sections 2 to 5).

use fearless_simd::{dispatch, prelude::*};

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
pub(super) fn skim(piece: &mut Piece<'_>, nest: &mut Nest, expect: Expect, room: usize) -> Result<Skimmed, DoubtKind> {
    dispatch!(piece.text.level, simd => read(simd, piece, nest, expect, room))
}

// Inlined into what `dispatch` makes for each kind of processor. From each value there is a straight way to the next one, and
// only where that is not usual is it asked what is expected.
#[inline(always)]
fn read<S: Simd>(
    simd: S,
    piece: &mut Piece<'_>,
    nest: &mut Nest,
    mut expect: Expect,
    room: usize,
) -> Result<Skimmed, DoubtKind> {
    let (text, mut at, mut elements) = (piece.text, piece.at, 0);
    let outcome = 'all: loop {
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
        loop {
            if expect != Expect::CommaOrEnd {
                if let Some(bytes) = text.chunk(at)
                    && let Some(end) = text.simple_scalar(simd, at, bytes)
                {
                    at = end;
                } else {
                    at = text.blanks(at);
                    let byte = text.byte(at);
                    match byte {
                        b'{' | b'[' => {
                            if nest.depth() >= room {
                                break 'all Err(DoubtKind::TooDeep);
                            }
                            nest.open(byte == b'{');
                            at = text.indentation(simd, at + 1);
                            if byte == b'[' {
                                (expect, elements) = (Expect::FirstElement, 0);
                                continue;
                            }
                            let Some(start) = text.plain_key(at) else {
                                expect = Expect::FirstKey;
                                continue 'all;
                            };
                            (at, expect) = (start, Expect::Value);
                            continue;
                        }
                        b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                            let Some(end) = text.scalar(at) else { break 'all Ok(Skimmed::Cut(expect)) };
                            at = end;
                        }
                        b']' if expect == Expect::FirstElement => {}
                        _ => break 'all Err(DoubtKind::Syntax),
                    }
                }
                if nest.is_empty() {
                    break 'all Ok(Skimmed::Whole);
                }
            }
            loop {
                match text.byte(at) {
                    b',' if nest.is_object() => {
                        at = text.indentation(simd, at + 1);
                        let Some(start) = text.plain_key(at) else {
                            expect = Expect::Key;
                            continue 'all;
                        };
                        (at, expect) = (start, Expect::Value);
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
                        (at, expect) = (text.indentation(simd, at + 1), Expect::Value);
                        break;
                    }
                    byte @ (b'}' | b']') if (byte == b'}') == nest.is_object() => {
                        at += 1;
                        nest.close();
                        if nest.is_empty() {
                            break 'all Ok(Skimmed::Whole);
                        }
                    }
                    _ => {
                        let end = text.indentation(simd, at);
                        if end == at {
                            expect = Expect::CommaOrEnd;
                            break 'all Err(DoubtKind::Syntax);
                        }
                        at = end;
                    }
                }
            }
        }
    };
    piece.at = at;
    // Behind the end there is no byte, and that is not wrong.
    if outcome.is_err() && piece.is_at_its_end() { Ok(Skimmed::Cut(expect)) } else { outcome }
}

/// After how many elements it is looked whether many numbers follow.
const MANY: usize = 4;
