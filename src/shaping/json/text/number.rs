//! Where numbers end (RFC 8259 section 6).

use std::hint::cold_path;

use super::{Text, first_byte, window::SCALAR};

impl Text<'_> {
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
}

/// How long a number is, if these bytes of neither string nor literal begin with one that is neither negative nor long and has no
/// exponent.
// Where it ends is where the next member begins, so it counts how soon that is known: sooner than by wider instructions.
#[inline(always)]
pub(super) fn plain_number(bytes: &[u8; SCALAR]) -> Option<usize> {
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

#[cfg(test)]
mod tests {
    use fearless_simd::Level;
    use proptest::prelude::*;

    use super::*;

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
    }

    fn simple_scalar(text: &Text<'_>, at: usize) -> Option<usize> {
        text.simple_scalar(at, text.chunk(at)?)
    }
}
