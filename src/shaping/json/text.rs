//! The tokens that lie whole in a piece (RFC 8259 sections 2, 3, 6 and 7), found by its marks and up to 32 bytes at a time.
//!
//! What is not whole, or wrong, is left to [`token`](super::token), which reads byte by byte and says which byte it is.

use std::{hint::cold_path, ops::Range};

use fearless_simd::{Level, prelude::*, u8x32};

use super::{marks::BLOCK, windows};

/// The bytes of a piece. They are UTF-8, unless there are no marks.
#[derive(Clone, Copy)]
pub(super) struct Text<'a> {
    pub(super) bytes: &'a [u8],
    /// None where nothing is to be taken as whole.
    marks: &'a [u64],
    /// None where windows are not to go beyond the end.
    tail: Option<&'a Tail>,
    /// What the processor can do.
    pub(super) level: Level,
}

/// The last bytes of a text, and behind them what goes on with nothing: so a window may begin anywhere.
#[derive(Clone, Copy)]
pub(super) struct Tail([u8; 2 * WINDOW]);

impl Tail {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let mut tail = Self([BEHIND; 2 * WINDOW]);
        let Some(place) = tail.0.first_chunk_mut::<WINDOW>() else { return tail };
        match bytes.last_chunk() {
            Some(last) => *place = *last,
            None => place.iter_mut().rev().zip(bytes.iter().rev()).for_each(|(place, byte)| *place = *byte),
        }
        tail
    }
}

/// What stands in the next bytes.
#[derive(Clone, Copy)]
pub(super) struct Window<'a>(&'a [u8; WINDOW]);

impl<'a> Window<'a> {
    /// The first of them.
    #[inline(always)]
    pub(super) fn first(self) -> [u8; HALF] {
        self.0.first_chunk().copied().unwrap_or_default()
    }

    /// Those from one of the first on.
    #[inline(always)]
    pub(super) fn from(self, at: usize) -> &'a [u8; SCALAR] {
        let at = at % HALF;
        self.0.get(at..at + SCALAR).and_then(<[u8]>::first_chunk).unwrap_or(&[0; SCALAR])
    }
}

// What is not inlined takes it by value, so that elsewhere it can stay in registers.
impl<'a> Text<'a> {
    pub(super) fn new(bytes: &'a [u8], marks: &'a [u64], level: Level) -> Self {
        Self { bytes, marks, tail: None, level }
    }

    /// The same text, of which this is the tail.
    pub(super) fn with_tail(self, tail: &'a Tail) -> Self {
        Self { tail: Some(tail), ..self }
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
        self.chunk(at).map(Window)
    }

    /// The next bytes from a place on; behind the end stands what goes on with nothing.
    #[inline(always)]
    pub(super) fn any_window(&self, at: usize) -> Option<Window<'a>> {
        match self.window(at) {
            None => self.last_window(at),
            window => window,
        }
    }

    /// The next bytes where there are not enough for a window; behind the end stands what goes on with nothing.
    #[inline(never)]
    pub(super) fn last_window(self, at: usize) -> Option<Window<'a>> {
        let from = WINDOW.checked_sub(self.bytes.len().checked_sub(at)?)?;
        self.tail?.0.get(from..)?.first_chunk().map(Window)
    }

    /// The next eight bytes from a place on, if there are so many.
    #[inline(always)]
    pub(super) fn eight(&self, at: usize) -> Option<u64> {
        self.chunk(at).map(|bytes| u64::from_le_bytes(*bytes))
    }

    /// The next bytes from a place on, if there are so many.
    #[inline(always)]
    pub(super) fn chunk<const N: usize>(&self, at: usize) -> Option<&'a [u8; N]> {
        self.bytes.get(at..at.wrapping_add(N))?.first_chunk()
    }

    /// Where white space ends that may begin here.
    #[inline]
    pub(super) fn blanks(&self, at: usize) -> usize {
        if self.byte(at) > b' ' { at } else { self.some_blanks(at) }
    }

    /// The same where white space is mostly none, or one line's end and some spaces.
    #[inline(always)]
    pub(super) fn indentation<S: Simd>(&self, simd: S, at: usize) -> usize {
        let byte = self.byte(at);
        if byte > b' ' {
            return at;
        }
        let from = at + usize::from(byte == b'\n');
        let Some(line) = self.chunk::<32>(from) else { return self.some_blanks(at) };
        let spaces = u8x32::from_slice(simd, line).simd_eq(u8x32::splat(simd, b' ')).to_bitmask();
        let end = from + first_bit(!spaces);
        if self.byte(end) > b' ' { end } else { self.some_blanks(end) }
    }

    /// The name of the key whose quote is here, if it needs no decoding.
    #[inline]
    pub(super) fn plain_name(&self, at: usize) -> Option<Range<usize>> {
        let end = self.marked(at + 1);
        (self.byte(end) == b'"').then_some(at + 1..end)
    }

    /// Where a value may begin behind a key whose quote is here, but for some white space. `None` if the key needs decoding, or the
    /// colon does not follow at once.
    #[inline(always)]
    pub(super) fn plain_key(&self, at: usize) -> Option<usize> {
        // Where no key begins, the next mark may be far away.
        if self.byte(at) != b'"' {
            return None;
        }
        let end = self.marked(at + 1);
        (self.chunk(end) == Some(b"\":")).then(|| end + 2 + usize::from(self.byte(end + 2) == b' '))
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

    /// Where the scalar ends that begins here, with these bytes, if it is an ordinary one: a string, a number, a
    /// literal.
    #[inline(always)]
    pub(super) fn simple_scalar(&self, at: usize, bytes: &[u8; SCALAR]) -> Option<usize> {
        match self.plain_scalar(at, bytes) {
            None => self.other_scalar(at),
            end => end,
        }
    }

    /// The same if it is found at once, as nearly all are: a string without escapes, a number that is neither negative nor long
    /// and has no exponent, a literal.
    #[inline(always)]
    pub(super) fn plain_scalar(&self, at: usize, bytes: &[u8; SCALAR]) -> Option<usize> {
        let [first, ..] = *bytes;
        if first == b'"' {
            return self.quote(at + 1).map(|end| end + 1);
        }
        if first <= b'9' {
            return plain_number(bytes).map(|length| at + length);
        }
        match bytes {
            [b't', b'r', b'u', b'e', ..] | [b'n', b'u', b'l', b'l', ..] => Some(at + 4),
            [b'f', b'a', b'l', b's', b'e', ..] => Some(at + 5),
            _ => None,
        }
    }

    /// Where a scalar ends that is not found at once.
    #[inline(never)]
    pub(super) fn other_scalar(self, at: usize) -> Option<usize> {
        self.scalar(at)
    }

    /// Where the string ends whose quote is here.
    #[inline]
    pub(super) fn string(&self, at: usize) -> Option<usize> {
        let end = self.marked(at + 1);
        if self.byte(end) == b'"' { Some(end + 1) } else { self.escaped_string(end) }
    }

    /// From the comma behind an element on, where the last comma stands up to which there are numbers and nothing else; found
    /// quickly where they are many.
    #[inline(never)]
    pub(super) fn numbers(self, at: usize) -> usize {
        windows::numbers(self.level, self.bytes, at)
    }

    /// Where the number ends that begins here. Something must follow, since it might go on.
    #[inline(never)]
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

    /// The first marked byte from a place on; where the piece ends, if there is none.
    #[inline(always)]
    pub(super) fn marked(&self, from: usize) -> usize {
        let block = from / BLOCK;
        match self.marks.get(block).map(|ends| ends >> (from % BLOCK)) {
            Some(ends) if ends != 0 => from + first_bit(ends),
            _ => self.marked_behind(block),
        }
    }

    /// The first marked byte from a place on, if it is a quote.
    // Nothing is called here, so that in a loop all stays in registers.
    #[inline(always)]
    fn quote(&self, from: usize) -> Option<usize> {
        let mut block = from / BLOCK;
        let ends = self.marks.get(block)? >> (from % BLOCK);
        let mut end = from + first_bit(ends);
        if ends == 0 {
            end = loop {
                block += 1;
                let ends = *self.marks.get(block)?;
                if ends != 0 {
                    break block * BLOCK + first_bit(ends);
                }
            };
        }
        (self.byte(end) == b'"').then_some(end)
    }

    #[inline(never)]
    fn marked_behind(self, mut block: usize) -> usize {
        loop {
            block += 1;
            match self.marks.get(block) {
                Some(0) => {}
                Some(ends) => return block * BLOCK + first_bit(*ends),
                None => return self.bytes.len(),
            }
        }
    }

    /// Where the string ends whose first marked byte is here.
    #[inline(never)]
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
                    // They come one behind the other, so more of them may follow.
                    end = self.marked(self.escapes(after));
                }
                _ => return None,
            }
        }
    }

    /// Where escapes and letters go to if an escape begins here: the closing quote, or somewhere between them; found quickly
    /// where they are many.
    #[inline]
    pub(super) fn escapes(&self, at: usize) -> usize {
        if self.byte(at) == b'\\' { windows::escapes(self.level, self.bytes, at) } else { at }
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
    fn literal(&self, at: usize, word: [u8; 4]) -> Option<usize> {
        let found = self.bytes.get(at..).and_then(<[u8]>::first_chunk);
        (found == Some(&word)).then_some(at + 4)
    }

    #[inline(never)]
    fn some_blanks(self, mut at: usize) -> usize {
        loop {
            // Mostly a line ends, and the next one is indented.
            at += usize::from(matches!(self.byte(at), b'\n' | b'\r' | b'\t'));
            while let Some(eight) = self.eight(at) {
                let spaces = first_byte(eight ^ 0x2020_2020_2020_2020);
                at += spaces;
                if spaces < 8 {
                    break;
                }
            }
            match self.byte(at) {
                b'\n' | b'\r' | b'\t' => {}
                // Near the end of the piece.
                b' ' => at += 1,
                _ => return at,
            }
        }
    }
}

/// How much of the text is looked at to find an expected key, how much may begin with that, and how much of the value behind it is
/// looked at.
const WINDOW: usize = HALF + SCALAR;
pub(super) const HALF: usize = 32;
pub(super) const SCALAR: usize = 16;

/// What stands behind the end of a text. No expected key ends with it, and no literal or white space goes on with it; behind a
/// number it would be an exponent, so that it is asked whether the number ends.
const BEHIND: u8 = b'E';

/// How long a number is, if these bytes of neither string nor literal begin with one that is neither negative nor long and has no
/// exponent.
// Where it ends is where the next member begins, so it counts how soon that is known: sooner than by wider instructions.
#[inline(always)]
fn plain_number(bytes: &[u8; SCALAR]) -> Option<usize> {
    let ([eight, more], _) = bytes.as_chunks() else { return None };
    let [eight, more] = [eight, more].map(|eight| u64::from_le_bytes(*eight));
    let first_of = |others| {
        if others == 0 {
            // Not worked out beforehand.
            cold_path();
            return 8 + first_byte(no_digits(more));
        }
        first_byte(others)
    };
    let others = no_digits(eight);
    let [first, ..] = *bytes;
    if others & 0x80 != 0 || (first == b'0' && others & 0x8000 == 0) {
        return None;
    }
    let length = first_of(others);
    let behind = *bytes.get(length)?;
    if behind == b',' {
        return Some(length);
    }
    if behind != b'.' {
        return (behind | 0x20 != b'e').then_some(length);
    }
    let next = first_of(others & others.wrapping_sub(1));
    let behind = *bytes.get(next)?;
    (next > length + 1 && behind | 0x20 != b'e').then_some(next)
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
    use proptest::{collection::vec, prelude::*};

    use fearless_simd::dispatch;

    use super::*;
    use crate::shaping::json::marks::tests::levels;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_number_found_quickly_is_one_and_ends_there(
            before in " {0,70}",
            number in prop_oneof![
                "-?[0-9]{1,9}(\\.[0-9]{1,20})?",
                "[-+.0-9eE]{1,24}",
                "-?0?[0-9.]{0,12}[:/é]?[0-9]{0,9}",
                "-?[0-9]{1,150}\\.[0-9]{1,150}",
            ],
            behind in "[,\\]} x:é]?[ -~]{0,16}",
        ) {
            let (at, bytes) = (before.len(), format!("{before}{number}{behind}").into_bytes());
            let text = Text::new(&bytes, &[], Level::baseline());
            if let (b'-' | b'0'..=b'9', Some(end)) = (text.byte(at), simple_scalar(&text, at)) {
                prop_assert_eq!(text.number(at), Some(end));
            }
        }

        #[test]
        fn short_numbers_are_found_at_once(before in " {0,70}", number in "(0|[1-9][0-9]{0,6})(\\.[0-9]{1,7})?") {
            let (at, bytes) = (before.len(), format!("{before}{number}, \"and some more\"").into_bytes());
            let text = Text::new(&bytes, &[], Level::baseline());
            prop_assert_eq!(text.plain_scalar(at, text.chunk(at).unwrap()), Some(at + number.len()));
        }

        #[test]
        fn a_window_may_begin_anywhere(bytes in vec(any::<u8>(), 0..120), at in 0..130_usize) {
            let tail = Tail::of(&bytes);
            let text = Text::new(&bytes, &[], Level::baseline()).with_tail(&tail);
            let expected = bytes.get(at..).map(|rest| rest.iter().copied().chain([b'E'; WINDOW]).take(WINDOW).collect());
            prop_assert_eq!(text.any_window(at).map(|window| window.0.to_vec()), expected);
        }

        #[test]
        fn a_scalar_found_at_the_end_is_one_and_ends_there(
            before in " {0,70}",
            scalar in "-?[0-9]{1,20}(\\.[0-9]{0,9})?|-|t(r(ue?)?)?|f(a(l(se?)?)?)?|n(u(ll?)?)?",
            behind in "[,}E]?",
        ) {
            let (at, bytes) = (before.len(), format!("{before}{scalar}{behind}").into_bytes());
            let tail = Tail::of(&bytes);
            let text = Text::new(&bytes, &[], Level::baseline()).with_tail(&tail);
            let first = text.any_window(at).map(|window| window.from(0));
            let end = first.and_then(|first| text.simple_scalar(at, first));
            prop_assert!(end.is_none() || end == text.scalar(at), "{:?}", end);
        }

        #[test]
        fn indentations_end_where_white_space_does(space in "[ \n\r\t]{0,5}|\n {0,80}| {0,80}", behind in "[!-~]{0,40}") {
            let text = format!("[{space}{behind}");
            for level in levels() {
                let text = Text::new(text.as_bytes(), &[], level);
                prop_assert_eq!(dispatch!(level, simd => text.indentation(simd, 1)), 1 + space.len());
                prop_assert_eq!(text.blanks(1), 1 + space.len());
            }
        }
    }

    fn simple_scalar(text: &Text<'_>, at: usize) -> Option<usize> {
        text.simple_scalar(at, text.chunk(at)?)
    }
}
