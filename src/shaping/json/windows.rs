//! Long runs of numbers and of escapes, looked at through windows of 64 bytes: a bit for each byte, and what may stand beside
//! what is asked of all bits at once. What does not go on like that, or is wrong, is left to those who read token by token.

use fearless_simd::{Level, dispatch, prelude::*, u8x64};

use super::marks::BLOCK;

/// From the comma behind an element on, where the last comma stands up to which numbers without exponents are found, each at
/// once behind a comma.
pub(super) fn numbers(level: Level, bytes: &[u8], at: usize) -> usize {
    dispatch!(level, simd => pass(bytes, at, |window| Numbers::new(simd, window).passed()))
}

/// From a backslash in a string on, where escapes and letters go to: the closing quote, or somewhere between them.
pub(super) fn escapes(level: Level, bytes: &[u8], at: usize) -> usize {
    dispatch!(level, simd => pass(bytes, at, |window| Escapes::new(simd, window).passed()))
}

/// Goes from window to window, each time as far as `passed` says.
// Inlined into what `dispatch` makes for each kind of processor, like all that follows.
#[inline(always)]
fn pass(bytes: &[u8], mut at: usize, passed: impl Fn(&[u8; BLOCK]) -> usize) -> usize {
    while let Some(window) = bytes.get(at..).and_then(<[u8]>::first_chunk) {
        match passed(window) {
            0 => break,
            bytes => at += bytes,
        }
    }
    at
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

/// A window within a string, whose first byte is not escaped.
struct Escapes {
    backslashes: u64,
    quotes: u64,
    controls: u64,
    /// The `u` of escapes with hexadecimal digits, and those digits.
    us: u64,
    digits: u64,
    /// What else may be escaped.
    others: u64,
}

impl Escapes {
    #[inline(always)]
    fn new<S: Simd>(simd: S, window: &[u8; BLOCK]) -> Self {
        let bytes = u8x64::from_slice(simd, window);
        let splat = |byte| u8x64::splat(simd, byte);
        let all = |byte| bytes.simd_eq(splat(byte));
        let (backslashes, quotes) = (all(b'\\'), all(b'"'));
        let small = bytes | splat(0x20);
        let digits = (bytes - splat(b'0')).simd_lt(splat(10)) | (small - splat(b'a')).simd_lt(splat(6));
        let letters = all(b'b') | all(b'f') | all(b'n') | all(b'r') | all(b't');
        Self {
            backslashes: backslashes.to_bitmask(),
            quotes: quotes.to_bitmask(),
            controls: bytes.simd_lt(splat(b' ')).to_bitmask(),
            us: all(b'u').to_bitmask(),
            digits: digits.to_bitmask(),
            others: (letters | all(b'/') | backslashes | quotes).to_bitmask(),
        }
    }

    /// Up to where all is as it should be, and no escape is cut.
    #[inline(always)]
    fn passed(&self) -> usize {
        let Self { backslashes, quotes, controls, us, digits, others } = *self;
        if backslashes == 0 {
            return 0;
        }
        // Of some backslashes in a row every other one is escaped. A row to which its first bit is added is gone.
        let first_even = backslashes & !(backslashes << 1) & EVEN;
        let even_rows = backslashes & !backslashes.wrapping_add(first_even);
        let escaped = ((even_rows & EVEN) | (backslashes & !even_rows & !EVEN)) << 1;
        let us = escaped & us;
        let hex = us << 1 | us << 2 | us << 3 | us << 4;
        let wrong = controls | (escaped & !(others | us)) | (hex & !digits);
        let ends = quotes & !escaped;
        let between = !(escaped | hex);
        let end = if ends == 0 { 63_u32.saturating_sub(between.leading_zeros()) } else { ends.trailing_zeros() };
        // A quote is no digit, so no escape goes on at the end.
        let before = ((1 << end) - 1) | (ends & ends.wrapping_neg());
        if wrong & before == 0 { usize::try_from(end).unwrap_or_default() } else { 0 }
    }
}

/// The bits of even numbers.
const EVEN: u64 = 0x5555_5555_5555_5555;

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;
    use crate::shaping::json::marks::tests::levels;

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
