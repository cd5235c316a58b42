//! Strings, numbers and literals (RFC 8259 sections 3, 6 and 7) that a piece cuts: checked byte by byte, resumable at every
//! byte. They say as well what is wrong with a token.

use super::Text;
use crate::shaping::DoubtKind;

/// How far a token came in a piece.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::shaping::json) enum Progress {
    /// The piece ends within the token, or, for a number, where it may end.
    More,
    /// The token ends before this index.
    End(usize),
    /// The byte at this index is wrong.
    Wrong(usize, DoubtKind),
}

/// A token that has begun.
#[derive(Clone, Copy, Debug)]
pub(in crate::shaping::json) enum Token {
    String(StringState),
    Number(NumberState),
    /// What is still to come of `true`, `false` or `null`.
    Literal(&'static [u8]),
}

/// Where in a string, its opening quote read.
#[derive(Clone, Copy, Debug)]
pub(in crate::shaping::json) enum StringState {
    Plain,
    /// After a backslash.
    Escape,
    /// So many hexadecimal digits are still to come.
    Hex(u8),
    /// Within a UTF-8 sequence: so many bytes are still to come, the next one from `low` to `high`.
    Sequence {
        left: u8,
        low: u8,
        high: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::shaping::json) enum NumberState {
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl Token {
    /// The token that begins with this byte of a scalar.
    pub(in crate::shaping::json) fn begin(byte: u8) -> Option<Self> {
        Some(match byte {
            b'"' => Self::String(StringState::Plain),
            b'-' => Self::Number(NumberState::Minus),
            b'0' => Self::Number(NumberState::Zero),
            b'1'..=b'9' => Self::Number(NumberState::Whole),
            b't' => Self::Literal(b"rue"),
            b'f' => Self::Literal(b"alse"),
            b'n' => Self::Literal(b"ull"),
            _ => return None,
        })
    }

    /// Reads on from a place, the first byte of the token being read already.
    pub(in crate::shaping::json) fn read(&mut self, text: Text<'_>, at: usize) -> Progress {
        match self {
            Self::String(state) => state.read(text, at),
            Self::Number(state) => state.read(text, at),
            Self::Literal(rest) => {
                for (at, byte) in bytes_from(text, at) {
                    match rest.split_first() {
                        Some((wanted, left)) if *wanted == byte => *rest = left,
                        Some(_) => return Progress::Wrong(at, DoubtKind::Syntax),
                        None => return Progress::End(at),
                    }
                }
                if rest.is_empty() { Progress::End(text.bytes.len()) } else { Progress::More }
            }
        }
    }

    /// Whether the token is complete if nothing follows.
    pub(in crate::shaping::json) fn may_end(&self) -> bool {
        matches!(self, Self::Number(state) if state.may_end())
    }
}

impl StringState {
    /// How many bytes are still to come of a letter of several.
    pub(in crate::shaping::json) fn letter_left(self) -> usize {
        if let Self::Sequence { left, .. } = self { left.into() } else { 0 }
    }

    fn read(&mut self, text: Text<'_>, mut at: usize) -> Progress {
        while at < text.bytes.len() {
            if text.is_marked() && matches!(self, Self::Plain) {
                // All that is not marked may stand in a string.
                at = text.marked(at);
                if at >= text.bytes.len() {
                    return Progress::More;
                }
                let passed = text.escapes(at);
                if passed > at {
                    at = passed;
                    continue;
                }
            }
            match self.next(text.byte(at)) {
                Ok(Some(state)) => *self = state,
                Ok(None) => return Progress::End(at + 1),
                Err(kind) => return Progress::Wrong(at, kind),
            }
            at += 1;
        }
        Progress::More
    }

    /// The state after this byte; `None` after the closing quote.
    fn next(self, byte: u8) -> Result<Option<Self>, DoubtKind> {
        Ok(Some(match (self, byte) {
            (Self::Plain, b'"') => return Ok(None),
            (Self::Plain, b'\\') => Self::Escape,
            (Self::Plain, 0x20..=0x7f) => Self::Plain,
            (Self::Plain, 0..=0x1f) => return Err(DoubtKind::Syntax),
            // The table of RFC 3629 section 4: no overlong forms, no surrogates, nothing above U+10FFFF.
            (Self::Plain, 0xc2..=0xdf) => Self::Sequence { left: 1, low: 0x80, high: 0xbf },
            (Self::Plain, 0xe0) => Self::Sequence { left: 2, low: 0xa0, high: 0xbf },
            (Self::Plain, 0xed) => Self::Sequence { left: 2, low: 0x80, high: 0x9f },
            (Self::Plain, 0xe1..=0xef) => Self::Sequence { left: 2, low: 0x80, high: 0xbf },
            (Self::Plain, 0xf0) => Self::Sequence { left: 3, low: 0x90, high: 0xbf },
            (Self::Plain, 0xf1..=0xf3) => Self::Sequence { left: 3, low: 0x80, high: 0xbf },
            (Self::Plain, 0xf4) => Self::Sequence { left: 3, low: 0x80, high: 0x8f },
            (Self::Plain, _) => return Err(DoubtKind::Utf8),
            (Self::Sequence { left, low, high }, byte) if (low..=high).contains(&byte) => match left {
                1 => Self::Plain,
                _ => Self::Sequence { left: left - 1, low: 0x80, high: 0xbf },
            },
            (Self::Sequence { .. }, _) => return Err(DoubtKind::Utf8),
            (Self::Escape, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Self::Plain,
            (Self::Escape, b'u') => Self::Hex(4),
            (Self::Hex(1), byte) if byte.is_ascii_hexdigit() => Self::Plain,
            (Self::Hex(left), byte) if byte.is_ascii_hexdigit() => Self::Hex(left - 1),
            (Self::Escape | Self::Hex(_), _) => return Err(DoubtKind::Syntax),
        }))
    }
}

impl NumberState {
    fn read(&mut self, text: Text<'_>, at: usize) -> Progress {
        for (at, byte) in bytes_from(text, at) {
            *self = match (*self, byte) {
                (Self::Minus, b'0') => Self::Zero,
                (Self::Minus, b'1'..=b'9') | (Self::Whole, b'0'..=b'9') => Self::Whole,
                (Self::Zero | Self::Whole, b'.') => Self::Point,
                (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
                (Self::Zero | Self::Whole | Self::Fraction, b'e' | b'E') => Self::Exponent,
                (Self::Exponent, b'+' | b'-') => Self::ExponentSign,
                (Self::Exponent | Self::ExponentSign | Self::ExponentDigits, b'0'..=b'9') => Self::ExponentDigits,
                (state, _) if state.may_end() => return Progress::End(at),
                _ => return Progress::Wrong(at, DoubtKind::Syntax),
            }
        }
        Progress::More
    }

    fn may_end(self) -> bool {
        matches!(self, Self::Zero | Self::Whole | Self::Fraction | Self::ExponentDigits)
    }
}

/// The bytes from a place on, each with its place.
fn bytes_from(text: Text<'_>, from: usize) -> impl Iterator<Item = (usize, u8)> {
    text.bytes.iter().copied().enumerate().skip(from)
}

#[cfg(test)]
mod tests {
    use fearless_simd::Level;

    use super::*;
    use crate::shaping::json::text::marks::Marks;

    /// How long a token is, or which byte is wrong; `None` where it goes on.
    type Outcome = Option<Result<usize, (usize, DoubtKind)>>;

    /// Reads a token cut at `cut`; of its pieces what is whole is to be found quickly, if they are UTF-8.
    fn read(text: &[u8], cut: usize, quickly: bool) -> Outcome {
        let mut token = Token::begin(text[0]).unwrap();
        for (from, to) in [(1, cut), (cut.max(1), text.len())] {
            let (mut marks, bytes) = (Marks::default(), &text[..to]);
            if quickly && std::str::from_utf8(bytes).is_ok() {
                marks.mark(Level::new(), bytes);
            }
            match token.read(Text::new(bytes, marks.blocks(), Level::new()), from) {
                Progress::More => {}
                Progress::End(end) => return Some(Ok(end)),
                Progress::Wrong(at, kind) => return Some(Err((at, kind))),
            }
        }
        None
    }

    #[test]
    fn tokens_end_or_fail_at_one_byte_however_they_are_cut() {
        use DoubtKind::{Syntax, Utf8};
        let cases: &[(&[u8], Outcome)] = &[
            (b"\"abc\"x", Some(Ok(5))),
            (b"\"a\\\"\\\\\\u00e4\\n\" ", Some(Ok(15))),
            ("\"aäé€😀z\"".as_bytes(), Some(Ok(15))),
            (b"\"\\uD800\"", Some(Ok(8))),
            (b"\"abc", None),
            (b"\"a\nb\"", Some(Err((2, Syntax)))),
            (b"\"a\\x\"", Some(Err((3, Syntax)))),
            (b"\"\\u00g0\"", Some(Err((5, Syntax)))),
            (b"\"a\xff\"", Some(Err((2, Utf8)))),
            (b"\"a\xc0\x80\"", Some(Err((2, Utf8)))),
            (b"\"ok \xe2\x82\"", Some(Err((6, Utf8)))),
            (b"\"\xe0\x80\x80\"", Some(Err((2, Utf8)))),
            (b"\"\xed\xa0\x80\"", Some(Err((2, Utf8)))),
            (b"\"\xf4\x90\x80\x80\"", Some(Err((2, Utf8)))),
            (b"\"abc\xe2\x82\xac\x01 and more\"", Some(Err((7, Syntax)))),
            (b"true,", Some(Ok(4))),
            (b"null", Some(Ok(4))),
            (b"falze", Some(Err((3, Syntax)))),
            (b"-0.5e+10]", Some(Ok(8))),
            (b"0]", Some(Ok(1))),
            (b"12", None),
            (b"01", Some(Ok(1))),
            (b"-a", Some(Err((1, Syntax)))),
            (b"1.e", Some(Err((2, Syntax)))),
            (b"1e+,", Some(Err((3, Syntax)))),
        ];
        for (text, outcome) in cases {
            for (cut, quickly) in (1..=text.len()).flat_map(|cut| [(cut, false), (cut, true)]) {
                assert_eq!(read(text, cut, quickly), *outcome, "{} cut at {cut}", String::from_utf8_lossy(text));
            }
        }
    }

    #[test]
    fn many_escapes_are_read_as_one_is() {
        let wrong = ["", r"\x", r"\u00g0", "\n", r#"\"""#];
        for (wrong, count) in wrong.into_iter().flat_map(|wrong| (0..8).map(move |count| (wrong, count))) {
            let escapes = [r"\n\\\u00e4", "é", r#"\"\/\uD83D"#, "a"].concat().repeat(count);
            let text = format!("\"{escapes}{wrong}{}\",", r"\t\u0020\\".repeat(12)).into_bytes();
            let outcome = read(&text, 1, false);
            assert!(outcome.is_some());
            for cut in 1..=text.len() {
                assert_eq!(read(&text, cut, true), outcome, "{} cut at {cut}", String::from_utf8_lossy(&text));
            }
        }
    }
}
