//! The tokens that lie whole in a piece (RFC 8259 sections 2, 3, 6 and 7), found by its marks and up to 32 bytes at a time.
//!
//! What is not whole, or wrong, is left to [`token`], which reads byte by byte and says which byte it is.

pub(super) mod letters;
pub(super) mod marks;
mod number;
pub(super) mod piece;
mod runs;
pub(super) mod token;
pub(super) mod window;

use std::ops::Range;

use fearless_simd::{Level, prelude::*, u8x32};

use self::{
    marks::BLOCK,
    number::plain_number,
    window::{SCALAR, Tail},
};

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

// What is not inlined takes it by value, so that elsewhere it can stay in registers.
impl<'a> Text<'a> {
    pub(super) fn new(bytes: &'a [u8], marks: &'a [u64], level: Level) -> Self {
        Self { bytes, marks, tail: None, level }
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

    /// The bytes from one place to another; none where there are no such places.
    #[inline(always)]
    pub(super) fn between(&self, from: usize, to: usize) -> &'a [u8] {
        match self.bytes.get(from..to) {
            Some(bytes) => bytes,
            None => nothing(),
        }
    }

    /// The next eight bytes from a place on, if there are so many.
    #[inline(always)]
    fn eight(&self, at: usize) -> Option<u64> {
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
        runs::numbers(self.level, self.bytes, at)
    }

    /// The first marked byte from a place on; where the piece ends, if there is none.
    #[inline(always)]
    fn marked(&self, from: usize) -> usize {
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
    fn escapes(&self, at: usize) -> usize {
        if self.byte(at) == b'\\' { runs::escapes(self.level, self.bytes, at) } else { at }
    }

    #[inline]
    fn has_hex(&self, at: usize) -> bool {
        let digits = self.bytes.get(at..).and_then(<[u8]>::first_chunk::<4>);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
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

/// Called, so that it is not worked out beforehand where there is something.
#[cold]
#[inline(never)]
fn nothing() -> &'static [u8] {
    &[]
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
    use fearless_simd::dispatch;
    use proptest::prelude::*;

    use super::{marks::tests::levels, *};

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

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
}
