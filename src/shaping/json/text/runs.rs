//! Long runs of numbers and of escapes, looked at through windows of 64 bytes: a bit for each byte, and what may stand beside
//! what is asked of all bits at once. What does not go on like that, or is wrong, is left to those who read token by token.

use fearless_simd::{Level, dispatch, prelude::*, u8x64};

use super::marks::BLOCK;

/// From the comma behind an element on, where the last comma stands up to which numbers without exponents are found, each at
/// once behind a comma.
pub(super) fn numbers(level: Level, bytes: &[u8], at: usize) -> usize {
    dispatch!(level, simd => pass_numbers(simd, bytes, at))
}

/// From a backslash in a string on, where escapes and letters go to: the closing quote, or somewhere between them.
pub(super) fn escapes(level: Level, bytes: &[u8], at: usize) -> usize {
    dispatch!(level, simd => pass_escapes(simd, bytes, at))
}

// Inlined into what `dispatch` makes for each kind of processor, like all that follows.
#[inline(always)]
fn pass_numbers<S: Simd>(simd: S, bytes: &[u8], mut at: usize) -> usize {
    while let Some(window) = window(bytes, at) {
        match Numbers::new(simd, window).passed() {
            0 => break,
            passed => at += passed,
        }
    }
    at
}

/// The windows follow each other, whatever an earlier one says, so that the processor can look at several at once.
#[inline(always)]
fn pass_escapes<S: Simd>(simd: S, bytes: &[u8], mut at: usize) -> usize {
    let (mut between, mut cut) = (at, Cut::default());
    while let Some(window) = window(bytes, at) {
        match Escapes::new(simd, window).passed(simd, &mut cut) {
            Passed::All { between: last } => (between, at) = (at + last, at + BLOCK),
            Passed::End(end) => return at + end,
            Passed::None => break,
        }
    }
    between
}

#[inline(always)]
fn window(bytes: &[u8], at: usize) -> Option<&[u8; BLOCK]> {
    bytes.get(at..)?.first_chunk()
}

/// A window that begins with a comma.
struct Numbers {
    commas: u64,
    minuses: u64,
    points: u64,
    digits: u64,
    zeros: u64,
}

impl Numbers {
    #[inline(always)]
    fn new<S: Simd>(simd: S, window: &[u8; BLOCK]) -> Self {
        let bytes = u8x64::from_slice(simd, window);
        let splat = |byte| u8x64::splat(simd, byte);
        let all = |byte| bytes.simd_eq(splat(byte)).to_bitmask();
        let digits = (bytes - splat(b'0')).simd_lt(splat(10)).to_bitmask();
        Self { commas: all(b','), minuses: all(b'-'), points: all(b'.'), digits, zeros: all(b'0') }
    }

    /// Up to which comma there are numbers.
    #[inline(always)]
    fn passed(&self) -> usize {
        let Self { commas, minuses, points, digits, zeros } = *self;
        let others = !(commas | minuses | points | digits);
        // Before anything else.
        let known = commas & (others & others.wrapping_neg()).wrapping_sub(1);
        let (begins, ends) = (commas << 1, digits << 1);
        let first_digits = (begins & !minuses) | minuses << 1;
        let fractions = points << 1;
        // Of digits to which their first bit is added there is left the bit behind them.
        let behind_fractions = (fractions & digits).wrapping_add(digits) & !digits;
        let wrong = (begins & !(digits | minuses))
            | (minuses & !begins)
            | ((minuses << 1 | fractions) & !digits)
            | (points & (!ends | behind_fractions))
            | (commas & !ends & !1)
            | ((zeros & first_digits) << 1 & digits);
        let last = 63_u32.saturating_sub(known.leading_zeros());
        if wrong & (u64::MAX >> (63 - last)) == 0 { usize::try_from(last).unwrap_or_default() } else { 0 }
    }
}

/// A window within a string.
struct Escapes<S: Simd> {
    bytes: u8x64<S>,
    backslashes: u64,
    quotes: u64,
    controls: u64,
    us: u64,
}

impl<S: Simd> Escapes<S> {
    #[inline(always)]
    fn new(simd: S, window: &[u8; BLOCK]) -> Self {
        let bytes = u8x64::from_slice(simd, window);
        let all = |byte| bytes.simd_eq(u8x64::splat(simd, byte)).to_bitmask();
        let controls = bytes.simd_lt(u8x64::splat(simd, b' ')).to_bitmask();
        Self { bytes, backslashes: all(b'\\'), quotes: all(b'"'), controls, us: all(b'u') }
    }

    /// The hexadecimal digits.
    #[inline(always)]
    fn digits(&self, simd: S) -> u64 {
        let splat = |byte| u8x64::splat(simd, byte);
        let letters = ((self.bytes | splat(0x20)) - splat(b'a')).simd_lt(splat(6));
        (letters | (self.bytes - splat(b'0')).simd_lt(splat(10))).to_bitmask()
    }

    /// What may be escaped but `u`.
    #[inline(always)]
    fn others(&self, simd: S) -> u64 {
        let all = |byte| self.bytes.simd_eq(u8x64::splat(simd, byte));
        let letters = all(b'b') | all(b'f') | all(b'n') | all(b'r') | all(b't');
        (letters | all(b'/')).to_bitmask() | self.backslashes | self.quotes
    }

    /// How far all is as it should be, behind what was cut before.
    #[inline(always)]
    fn passed(&self, simd: S, cut: &mut Cut) -> Passed {
        let Self { backslashes, quotes, controls, us, .. } = *self;
        let before = *cut;
        if backslashes | before.escaped | before.digits == 0 {
            return Passed::None;
        }
        // Of some backslashes in a row every other one escapes. A row to which its first bit is added is gone.
        let free = backslashes & !before.escaped;
        let first_even = free & !(free << 1) & EVEN;
        let even_rows = free & !free.wrapping_add(first_even);
        let escaping = (even_rows & EVEN) | (free & !even_rows & !EVEN);
        let escaped = escaping << 1 | before.escaped;
        let (us, others) = (escaped & us, escaped & !us);
        let hex = us << 1 | us << 2 | us << 3 | us << 4 | before.digits;
        *cut = Cut { escaped: escaping >> 63, digits: us >> 63 | us >> 62 | us >> 61 | us >> 60 };
        // Most windows have only some of them.
        let wrong_digits = if hex == 0 { 0 } else { hex & !self.digits(simd) };
        let wrong_others = if others == 0 { 0 } else { others & !self.others(simd) };
        let wrong = controls | wrong_digits | wrong_others;
        let ends = quotes & !escaped;
        // A quote is no digit, so no escape goes on at the end.
        let up_to_the_end = ends ^ ends.wrapping_sub(1);
        if wrong & up_to_the_end != 0 {
            Passed::None
        } else if ends == 0 {
            Passed::All { between: BLOCK - 1 - count((!(escaped | hex)).leading_zeros()) }
        } else {
            Passed::End(count(ends.trailing_zeros()))
        }
    }
}

/// What a window has of an escape that goes on in the next one: a bit for each byte there.
#[derive(Clone, Copy, Default)]
struct Cut {
    escaped: u64,
    digits: u64,
}

/// How far a window is as it should be.
enum Passed {
    /// To its end. The last byte that is neither escaped nor a digit of an escape stands here.
    All { between: usize },
    /// To the closing quote, which stands here.
    End(usize),
    /// It is not; or it has no escapes.
    None,
}

#[inline(always)]
fn count(bits: u32) -> usize {
    usize::try_from(bits).unwrap_or_default()
}

/// The bits of even numbers.
const EVEN: u64 = 0x5555_5555_5555_5555;

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;
    use crate::shaping::json::text::marks::tests::levels;

    /// Whether a text is JSON.
    fn is_json(text: &str) -> bool {
        serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn numbers_that_are_passed_are_numbers(
            elements in vec(prop_oneof![
                30 => "-?(0|[1-9][0-9]{0,8})(\\.[0-9]{1,9})?",
                1 => "[-+.0-9eE ]{0,6}",
                1 => select(vec!["01", "-01.5", "1.2.3", "1.", ".5", "-", "--1", "1-2", "00", "-.5", "[1]", "\"a\""]).prop_map_into(),
            ], 0..60),
            before in " {0,70}",
        ) {
            let text = format!("{before},{}", elements.join(","));
            for level in levels() {
                let end = numbers(level, text.as_bytes(), before.len());
                prop_assert_eq!(text.as_bytes()[end], b',');
                let passed = text[before.len()..end].strip_prefix(',').map(|passed| format!("[{passed}]"));
                prop_assert!(passed.is_none_or(|passed| is_json(&passed)), "{} of {}", end, text);
            }
        }

        #[test]
        fn most_numbers_of_a_long_run_are_passed(
            elements in vec("-?(0|[1-9][0-9]{0,8})(\\.[0-9]{1,9})?", 40..60),
        ) {
            let text = format!(",{}", elements.join(","));
            for level in levels() {
                prop_assert!(numbers(level, text.as_bytes(), 0) + 64 > text.len());
            }
        }

        #[test]
        fn escapes_that_are_passed_are_escapes(
            letters in vec(prop_oneof![
                60 => select(vec!["\\n", "\\\\", "\\\"", "\\/", "\\u00e4", "\\uD83D", "\\b", "\\f", "\\r", "\\t", "\\uABCF"]),
                10 => select(vec!["a", "é", "u", "0", "n"]),
                1 => select(vec!["\"", "\\x", "\\u00g0", "\n", "\\", "\\u", "\\u12"]),
            ], 0..60),
        ) {
            let text = format!("\\t{}\",\"and more, so that there are enough bytes to look at, sixty-four\"", letters.concat());
            for level in levels() {
                let end = escapes(level, text.as_bytes(), 0);
                // A letter of several bytes may be cut.
                let passed = &text[..text.floor_char_boundary(end)];
                prop_assert!(is_json(&format!("\"{passed}\"")) || passed.contains("\\uD83D"), "{} of {}", end, text);
            }
        }

        #[test]
        fn a_long_run_of_escapes_is_passed_up_to_its_quote(
            letters in vec(select(vec!["\\n", "\\\\", "\\\"", "\\u00e4", "\\/", "a", "é"]), 20..80),
        ) {
            let string = format!("{}\\t", letters.concat());
            let start = string.find('\\').unwrap();
            let text = format!("{string}\",\"and more, so that there are enough bytes to look at, sixty-four of them\"");
            for level in levels() {
                let end = escapes(level, text.as_bytes(), start);
                let rest = &string.as_bytes()[end..];
                prop_assert!(!rest.get(..64).is_some_and(|rest| rest.contains(&b'\\')), "{} of {}", end, text);
            }
        }
    }
}
