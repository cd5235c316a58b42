//! The tokens that lie whole in a piece (RFC 8259 sections 2, 3, 6 and 7), found by its marks and eight bytes at a time.
//!
//! What is not whole, or wrong, is left to [`token`](super::token), which reads byte by byte and says which byte it is.

use std::ops::Range;

/// The bytes of a piece. They are UTF-8, unless there are no marks.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) bytes: &'a [u8],
    /// Which bytes end or trouble a string; none where nothing is to be taken as whole.
    marks: &'a [u64],
}

/// Bytes at hand: what is looked for in their first half is there.
#[derive(Clone, Copy)]
pub(super) struct Window<'a>(&'a [u8; 64]);

impl Window<'_> {
    /// Eight bytes from one of the first 32 on.
    #[inline(always)]
    pub(super) fn eight(self, at: usize) -> u64 {
        let at = at % 32;
        let eight = self.0.get(at..at + 8).and_then(<[u8]>::first_chunk);
        eight.map(|bytes| u64::from_le_bytes(*bytes)).unwrap_or_default()
    }

    /// Sixteen of them, in two words.
    #[inline(always)]
    pub(super) fn sixteen(self, at: usize) -> [u64; 2] {
        [self.eight(at), self.eight(at + 8)]
    }
}

impl<'a> Text<'a> {
    pub(super) fn new(bytes: &'a [u8], marks: &'a [u64]) -> Self {
        Self { bytes, marks }
    }

    /// Whether whole tokens are to be looked for.
    pub(super) fn is_marked(self) -> bool {
        !self.marks.is_empty()
    }

    /// A byte; 0, which no token has, behind the end.
    #[inline]
    pub(super) fn byte(self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or_default()
    }

    /// The next bytes from a place on, if there are so many.
    #[inline(always)]
    pub(super) fn window(self, at: usize) -> Option<Window<'a>> {
        self.bytes.get(at..)?.first_chunk().map(Window)
    }

    #[inline(always)]
    pub(super) fn eight(self, at: usize) -> Option<u64> {
        self.bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
    }

    /// Where white space ends that may begin here.
    #[inline]
    pub(super) fn blanks(self, at: usize) -> usize {
        if self.byte(at) > b' ' { at } else { self.some_blanks(at) }
    }

    /// The name of the key whose quote is here, if it needs no decoding.
    #[inline]
    pub(super) fn plain_name(self, at: usize) -> Option<Range<usize>> {
        let end = self.marked(at + 1)?;
        (self.byte(end) == b'"').then_some(at + 1..end)
    }

    /// Where the scalar ends that begins here.
    #[inline]
    pub(super) fn scalar(self, at: usize) -> Option<usize> {
        match self.byte(at) {
            b'"' => self.string(at),
            b'-' | b'0'..=b'9' => self.number(at),
            b't' => self.literal(at, *b"true"),
            b'n' => self.literal(at, *b"null"),
            b'f' if self.byte(at + 4) == b'e' => self.literal(at, *b"fals").map(|end| end + 1),
            _ => None,
        }
    }

    /// Where the scalar ends that begins here, with these eight bytes, if it is a simple one: a string without escapes, a number
    /// of a few digits, a literal; else 0.
    #[inline(always)]
    pub(super) fn simple_scalar(self, at: usize, eight: u64) -> usize {
        let first = eight & 0xff;
        if first == u64::from(b'"') {
            let Some(end) = self.marked(at + 1) else { return 0 };
            return if self.byte(end) == b'"' { end + 1 } else { 0 };
        }
        if first > u64::from(b'9') {
            return match eight & 0xffff_ffff {
                TRUE | NULL => at + 4,
                FALS if self.byte(at + 4) == b'e' => at + 5,
                _ => 0,
            };
        }
        self.simple_number(at, eight)
    }

    /// The same of a number without an exponent and without many digits before its point.
    #[inline(always)]
    fn simple_number(self, mut at: usize, mut eight: u64) -> usize {
        if eight & 0xff == u64::from(b'-') {
            at += 1;
            let Some(behind) = self.eight(at) else { return 0 };
            eight = behind;
        }
        let others = no_digits(eight);
        let whole = first_byte(others);
        // White space, something wrong, or too long; a zero that is not alone.
        if whole == 0 || whole == 8 || (eight & 0xff == u64::from(b'0') && whole > 1) {
            return 0;
        }
        let (mut end, mut after) = (at + whole, eight >> (8 * whole) & 0xff);
        if after == u64::from(b'.') {
            // The next one that is no digit: what may be wrong is above it.
            let others = others & (others - 1);
            let digits = first_byte(others).wrapping_sub(whole + 1);
            if others == 0 {
                (end, after) = self.fraction(end + 1);
            } else {
                end += 1 + digits;
                after = if digits > 0 { eight >> (8 * (whole + 1 + digits)) & 0xff } else { u64::from(b'e') };
            }
        }
        if after | 0x20 == u64::from(b'e') { 0 } else { end }
    }

    /// Where the digits end that begin here, and the byte after them; an `e` where there are none, or nothing behind them.
    #[inline]
    fn fraction(self, start: usize) -> (usize, u64) {
        let mut at = start;
        while let Some(eight) = self.eight(at) {
            let others = no_digits(eight);
            if others != 0 {
                let digits = first_byte(others);
                at += digits;
                return (at, if at > start { eight >> (8 * digits) & 0xff } else { u64::from(b'e') });
            }
            at += 8;
        }
        (at, u64::from(b'e'))
    }

    /// Where the string ends whose quote is here.
    #[inline]
    pub(super) fn string(self, at: usize) -> Option<usize> {
        let end = self.marked(at + 1)?;
        if self.byte(end) == b'"' { Some(end + 1) } else { self.escaped_string(end) }
    }

    /// Where the number ends that begins here. Something must follow, since it might go on.
    #[inline]
    pub(super) fn number(self, at: usize) -> Option<usize> {
        let start = at + usize::from(self.byte(at) == b'-');
        let mut end = match self.byte(start) {
            b'0' => start + 1,
            b'1'..=b'9' => self.digits(start + 1),
            _ => return None,
        };
        if self.byte(end) == b'.' {
            end = self.some_digits(end + 1)?;
        }
        if self.byte(end) | 0x20 == b'e' {
            end = self.some_digits(end + 1 + usize::from(matches!(self.byte(end + 1), b'+' | b'-')))?;
        }
        (end < self.bytes.len()).then_some(end)
    }

    /// The first marked byte from a place on.
    #[inline]
    pub(super) fn marked(self, from: usize) -> Option<usize> {
        let word = from / 64;
        match self.marks.get(word)? >> (from % 64) {
            0 => self.marked_behind(word),
            bits => Some(from + first_bit(bits)),
        }
    }

    fn marked_behind(self, word: usize) -> Option<usize> {
        let words = self.marks.get(word + 1..)?;
        let (behind, bits) = words.iter().enumerate().find(|(_, bits)| **bits != 0)?;
        Some((word + 1 + behind) * 64 + first_bit(*bits))
    }

    /// Where the string ends whose first marked byte is here.
    fn escaped_string(self, mut end: usize) -> Option<usize> {
        loop {
            match self.byte(end) {
                b'"' => return Some(end + 1),
                b'\\' => {
                    let after = match self.byte(end + 1) {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => end + 2,
                        b'u' if self.has_hex(end + 2) => end + 6,
                        _ => return None,
                    };
                    end = if self.byte(after) == b'\\' { after } else { self.marked(after)? };
                }
                _ => return None,
            }
        }
    }

    #[inline]
    fn has_hex(self, at: usize) -> bool {
        let digits = self.bytes.get(at..).and_then(<[u8]>::first_chunk::<4>);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    }

    #[inline]
    fn some_digits(self, at: usize) -> Option<usize> {
        Some(self.digits(at)).filter(|end| *end > at)
    }

    /// Where digits end, of which there may be none.
    #[inline]
    fn digits(self, at: usize) -> usize {
        match self.eight(at).map(no_digits) {
            None | Some(0) => self.more_digits(at),
            Some(others) => at + first_byte(others),
        }
    }

    /// The same where there are more than eight, or the piece ends.
    fn more_digits(self, mut at: usize) -> usize {
        while let Some(eight) = self.eight(at) {
            match no_digits(eight) {
                0 => at += 8,
                others => return at + first_byte(others),
            }
        }
        let rest = self.bytes.get(at..).unwrap_or_default();
        rest.iter().position(|byte| !byte.is_ascii_digit()).map_or(self.bytes.len(), |digits| at + digits)
    }

    #[inline]
    fn literal(self, at: usize, word: [u8; 4]) -> Option<usize> {
        let found = self.bytes.get(at..).and_then(<[u8]>::first_chunk);
        (found == Some(&word)).then_some(at + 4)
    }

    fn some_blanks(self, mut at: usize) -> usize {
        loop {
            match self.byte(at) {
                b' ' => {
                    let others = self.eight(at).map(|eight| eight ^ 0x2020_2020_2020_2020);
                    at += others.map_or(1, first_byte);
                }
                b'\t' | b'\n' | b'\r' => at += 1,
                _ => return at,
            }
        }
    }
}

const TRUE: u64 = word(*b"true");
const NULL: u64 = word(*b"null");
const FALS: u64 = word(*b"fals");

const fn word(letters: [u8; 4]) -> u64 {
    let [one, two, three, four] = letters;
    u64::from_le_bytes([one, two, three, four, 0, 0, 0, 0])
}

/// A bit for each of eight bytes that is no digit; those up to the first byte that is not ASCII are right.
#[inline]
fn no_digits(eight: u64) -> u64 {
    // What is no digit becomes more than 9, and then has its highest bit set; that may carry, but upwards only.
    let values = eight ^ 0x3030_3030_3030_3030;
    (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080
}

#[inline]
fn first_bit(word: u64) -> usize {
    usize::try_from(word.trailing_zeros()).unwrap_or_default()
}

/// Which of eight bytes is the first that is not 0; 8 if none is.
#[inline]
fn first_byte(eight: u64) -> usize {
    first_bit(eight) / 8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_number_found_quickly_is_one_and_ends_there(
            number in prop_oneof!["-?[0-9]{1,9}(\\.[0-9]{1,20})?", "[-+.0-9eE]{1,24}", "-?0?[0-9.]{0,12}[:/é]?[0-9]{0,9}"],
            behind in "[,\\]} x:é][ -~]{8}",
        ) {
            let bytes = format!("{number}{behind}").into_bytes();
            let text = Text::new(&bytes, &[]);
            if matches!(text.byte(0), b'-' | b'0'..=b'9') {
                let end = text.simple_scalar(0, text.eight(0).unwrap());
                prop_assert!(end == 0 || text.number(0) == Some(end), "{} of {:?}", end, text.number(0));
            }
        }

        #[test]
        fn numbers_without_an_exponent_are_found_quickly(number in "-?(0|[1-9][0-9]{0,5})(\\.[0-9]{1,20})?") {
            let bytes = format!("{number}, \"and more\"").into_bytes();
            let text = Text::new(&bytes, &[]);
            prop_assert_eq!(text.simple_scalar(0, text.eight(0).unwrap()), number.len());
        }
    }
}
