//! The tokens that lie whole in a piece (RFC 8259 sections 2, 3, 6 and 7), found by its marks and eight bytes at a time.
//!
//! What is not whole, or wrong, is left to [`token`](super::token), which reads byte by byte and says which byte it is.

use std::ops::Range;

use super::marks::{BLOCK, Block};

/// The bytes of a piece. They are UTF-8, unless there are no marks.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) bytes: &'a [u8],
    /// None where nothing is to be taken as whole.
    marks: &'a [Block],
}

/// What stands in the next 64 bytes; what is looked for in their first half is there.
#[derive(Clone, Copy)]
pub(super) struct Window<'a>(&'a [u8; BLOCK]);

impl Window<'_> {
    /// Sixteen bytes from one of the first 32 on, in two words.
    #[inline(always)]
    pub(super) fn sixteen(self, at: usize) -> [u64; 2] {
        [self.eight(at), self.eight(at + 8)]
    }

    /// Eight bytes from one of the first 32 on.
    #[inline(always)]
    pub(super) fn eight(self, at: usize) -> u64 {
        let at = at % 32;
        let eight = self.0.get(at..at + 8).and_then(<[u8]>::first_chunk);
        eight.map(|bytes| u64::from_le_bytes(*bytes)).unwrap_or_default()
    }
}

impl<'a> Text<'a> {
    pub(super) fn new(bytes: &'a [u8], marks: &'a [Block]) -> Self {
        Self { bytes, marks }
    }

    /// Whether whole tokens are to be looked for.
    pub(super) fn is_marked(&self) -> bool {
        !self.marks.is_empty()
    }

    /// A byte; 0, which no token has, behind the end.
    #[inline]
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or_default()
    }

    /// The next bytes from a place on, if there are so many.
    #[inline(always)]
    pub(super) fn window(&self, at: usize) -> Option<Window<'a>> {
        self.bytes.get(at..)?.first_chunk().map(Window)
    }

    /// The next eight bytes from a place on, if there are so many.
    #[inline(always)]
    pub(super) fn eight(&self, at: usize) -> Option<u64> {
        self.bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
    }

    /// Where white space ends that may begin here.
    #[inline]
    pub(super) fn blanks(&self, at: usize) -> usize {
        if self.byte(at) > b' ' { at } else { self.some_blanks(at) }
    }

    /// The name of the key whose quote is here, if it needs no decoding.
    #[inline]
    pub(super) fn plain_name(&self, at: usize) -> Option<Range<usize>> {
        let end = self.marked(at + 1)?;
        (self.byte(end) == b'"').then_some(at + 1..end)
    }

    /// Whether a scalar that stands there is no string with escapes.
    #[inline]
    pub(super) fn is_plain(&self, scalar: &Range<usize>) -> bool {
        self.byte(scalar.start) != b'"' || self.marked(scalar.start + 1).is_some_and(|end| end + 1 == scalar.end)
    }

    /// Where the scalar ends that begins here.
    #[inline]
    pub(super) fn scalar(&self, at: usize) -> Option<usize> {
        match self.byte(at) {
            b'"' => self.string(at),
            b'-' | b'0'..=b'9' => self.number(at),
            b't' => self.literal(at, *b"true"),
            b'n' => self.literal(at, *b"null"),
            b'f' if self.byte(at + 4) == b'e' => self.literal(at, *b"fals").map(|end| end + 1),
            _ => None,
        }
    }

    /// Where the scalar ends that begins here, with these eight bytes, if it is an ordinary one: a string, a number without an
    /// exponent, a literal; else 0.
    #[inline(always)]
    pub(super) fn simple_scalar(&self, at: usize, eight: u64) -> usize {
        let first = eight & 0xff;
        if first == u64::from(b'"') {
            return match self.marked(at + 1) {
                Some(end) if self.byte(end) == b'"' => end + 1,
                Some(end) => self.escaped_string(end).unwrap_or_default(),
                None => 0,
            };
        }
        if first > u64::from(b'9') {
            return match eight & 0xffff_ffff {
                TRUE | NULL => at + 4,
                FALS if eight >> 32 & 0xff == u64::from(b'e') => at + 5,
                _ => 0,
            };
        }
        self.simple_number(at, eight)
    }

    /// The same of a number.
    #[inline(always)]
    fn simple_number(&self, mut at: usize, mut eight: u64) -> usize {
        if eight & 0xff == u64::from(b'-') {
            at += 1;
            let Some(behind) = self.eight(at) else { return 0 };
            eight = behind;
        }
        let digits = first_byte(no_digits(eight));
        if digits == 8 {
            return self.number(at).unwrap_or_default();
        }
        // It is none, or a zero that does not stand alone.
        if digits == 0 || (digits > 1 && eight & 0xff == u64::from(b'0')) {
            return 0;
        }
        let (mut end, mut behind) = (at + digits, eight >> (8 * digits) & 0xff);
        if behind == u64::from(b',') {
            return end;
        }
        if behind == u64::from(b'.') {
            let digits = self.run_of_digits(end + 1);
            end += 1 + digits;
            behind = if digits == 0 { 0 } else { u64::from(self.byte(end)) };
        }
        // Behind the piece it may go on.
        if behind == 0 || behind | 0x20 == u64::from(b'e') { 0 } else { end }
    }

    /// How many digits stand here; 0 where they are too many to be seen at once.
    #[inline(always)]
    fn run_of_digits(&self, at: usize) -> usize {
        let Some([one, two]) = self.marks.get(at / BLOCK..).and_then(<[Block]>::first_chunk) else { return 0 };
        let (shift, rest) = (at % BLOCK, BLOCK - 1 - at % BLOCK);
        first_bit(!(one.digits >> shift | two.digits << 1 << rest)) % BLOCK
    }

    /// Where the string ends whose quote is here.
    #[inline]
    pub(super) fn string(&self, at: usize) -> Option<usize> {
        let end = self.marked(at + 1)?;
        if self.byte(end) == b'"' { Some(end + 1) } else { self.escaped_string(end) }
    }

    /// Where the number ends that begins here. Something must follow, since it might go on.
    #[inline]
    pub(super) fn number(&self, at: usize) -> Option<usize> {
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
    pub(super) fn marked(&self, from: usize) -> Option<usize> {
        let block = from / BLOCK;
        match self.marks.get(block)?.ends >> (from % BLOCK) {
            0 => self.marked_behind(block),
            bits => Some(from + first_bit(bits)),
        }
    }

    fn marked_behind(&self, block: usize) -> Option<usize> {
        let blocks = self.marks.get(block + 1..)?;
        let (behind, mark) = blocks.iter().enumerate().find(|(_, mark)| mark.ends != 0)?;
        Some((block + 1 + behind) * BLOCK + first_bit(mark.ends))
    }

    /// Where the string ends whose first marked byte is here.
    fn escaped_string(&self, mut end: usize) -> Option<usize> {
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
    fn has_hex(&self, at: usize) -> bool {
        let digits = self.bytes.get(at..).and_then(<[u8]>::first_chunk::<4>);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    }

    #[inline]
    fn some_digits(&self, at: usize) -> Option<usize> {
        Some(self.digits(at)).filter(|end| *end > at)
    }

    /// Where digits end, of which there may be none.
    #[inline]
    fn digits(&self, at: usize) -> usize {
        match self.eight(at).map(no_digits) {
            None | Some(0) => self.more_digits(at),
            Some(others) => at + first_byte(others),
        }
    }

    /// The same where there are more than eight, or the piece ends.
    fn more_digits(&self, mut at: usize) -> usize {
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
    fn literal(&self, at: usize, word: [u8; 4]) -> Option<usize> {
        let found = self.bytes.get(at..).and_then(<[u8]>::first_chunk);
        (found == Some(&word)).then_some(at + 4)
    }

    fn some_blanks(&self, mut at: usize) -> usize {
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
    use fearless_simd::Level;
    use proptest::prelude::*;

    use super::*;
    use crate::shaping::json::marks::Marks;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_number_found_quickly_is_one_and_ends_there(
            before in " {0,70}",
            number in prop_oneof!["-?[0-9]{1,9}(\\.[0-9]{1,20})?", "[-+.0-9eE]{1,24}", "-?0?[0-9.]{0,12}[:/é]?[0-9]{0,9}", "-?[0-9]{1,150}\\.[0-9]{1,150}"],
            behind in "[,\\]} x:é]?[ -~]{0,8}",
        ) {
            let (at, bytes) = (before.len(), format!("{before}{number}{behind}").into_bytes());
            let mut marks = Marks::default();
            marks.mark(Level::new(), &bytes);
            let text = Text::new(&bytes, marks.blocks());
            if matches!(text.byte(at), b'-' | b'0'..=b'9') {
                let end = text.eight(at).map_or(0, |eight| text.simple_scalar(at, eight));
                prop_assert!(end == 0 || text.number(at) == Some(end), "{} of {:?}", end, text.number(at));
            }
        }

        #[test]
        fn numbers_without_an_exponent_are_found_quickly(
            before in " {0,70}",
            number in "-?(0|[1-9][0-9]{0,62})(\\.[0-9]{1,63})?",
        ) {
            let bytes = format!("{before}{number}, \"and more\"").into_bytes();
            let mut marks = Marks::default();
            marks.mark(Level::new(), &bytes);
            let (text, at) = (Text::new(&bytes, marks.blocks()), before.len());
            prop_assert_eq!(text.simple_scalar(at, text.eight(at).unwrap()), at + number.len());
        }
    }
}
