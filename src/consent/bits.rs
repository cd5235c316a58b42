//! Fields of any width in base64url text, as consent frameworks write them: six bits a character, the highest first.

/// Reads fields, one after the other. Takes no memory, and looks at each character once, and once more for each field that
/// begins or ends in it.
#[derive(Clone, Debug)]
pub(super) struct Bits<'a> {
    text: &'a [u8],
    /// Whether something stands behind the text that cannot be read.
    is_broken: bool,
    /// In bits.
    at: usize,
}

impl<'a> Bits<'a> {
    /// A text of the base64url alphabet (RFC 4648 section 5), up to the first other character. Padding at its end, which some
    /// writers add, is no part of it.
    pub(super) fn new(text: &'a [u8]) -> Self {
        let text = text.strip_suffix(b"==").or_else(|| text.strip_suffix(b"=")).unwrap_or(text);
        let broken = text.iter().position(|byte| digit(*byte).is_none());
        let (text, _) = text.split_at(broken.unwrap_or(text.len()));
        Self { text, is_broken: broken.is_some(), at: 0 }
    }

    /// The number in the next so many bits, 64 at most; none where there are fewer left.
    pub(super) fn take(&mut self, count: usize) -> Option<u64> {
        let end = self.at.checked_add(count).filter(|end| count <= 64 && *end <= self.len())?;
        let mut number = 0;
        while self.at < end {
            let digit = digit(*self.text.get(self.at / DIGIT)?)?;
            let begun = self.at % DIGIT;
            let taken = (DIGIT - begun).min(end - self.at);
            number = number << taken | (u64::from(digit) >> (DIGIT - begun - taken)) & ((1 << taken) - 1);
            self.at += taken;
        }
        Some(number)
    }

    /// Whether so many bits are left.
    pub(super) fn has(&self, count: usize) -> bool {
        self.at.checked_add(count).is_some_and(|end| end <= self.len())
    }

    /// Whether the next bit is set.
    pub(super) fn flag(&mut self) -> Option<bool> {
        self.take(1).map(|bit| bit == 1)
    }

    /// Passes so many bits over.
    pub(super) fn skip(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count).filter(|end| *end <= self.len())?;
        Some(())
    }

    /// Whether nothing but cleared bits is left: writers fill up the last character, or the last byte.
    pub(super) fn is_over(&self) -> bool {
        let in_the_digit = (DIGIT - self.at % DIGIT) % DIGIT;
        let mut rest = self.text.iter().skip((self.at + in_the_digit) / DIGIT);
        !self.is_broken && self.clone().take(in_the_digit) == Some(0) && rest.all(|byte| digit(*byte) == Some(0))
    }

    fn len(&self) -> usize {
        self.text.len().saturating_mul(DIGIT)
    }
}

/// What a character of base64url stands for.
fn digit(byte: u8) -> Option<u8> {
    #[cfg(test)]
    counted::step();
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    }
}

const DIGIT: usize = 6;

/// How much a reading costs, in characters looked at.
#[cfg(test)]
pub(super) mod counted {
    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn step() {
        STEPS.set(STEPS.get() + 1);
    }

    /// The steps of one reading.
    pub(in crate::consent) fn steps<T>(read: impl FnOnce() -> T) -> (T, usize) {
        STEPS.set(0);
        let read = read();
        (read, STEPS.get())
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_follow_each_other_across_characters() {
        // DBABM: 000011 000001 000000 000001 001100, the example of the GPP specification.
        let mut bits = Bits::new(b"DBABM");
        assert_eq!((bits.take(6), bits.take(6), bits.take(12), bits.flag()), (Some(3), Some(1), Some(1), Some(false)));
        assert_eq!((bits.take(3), bits.take(0), bits.is_over()), (Some(0b011), Some(0), true));
        assert_eq!((bits.take(2), bits.take(1)), (Some(0), None));
        assert!(bits.is_over());
    }

    #[test]
    fn what_is_no_base64url_ends_a_text_that_is_never_over() {
        for text in ["_ A", "_+A", "_/A", "_.A", "_=A", "_===", "_é"] {
            let mut bits = Bits::new(text.as_bytes());
            assert_eq!((bits.clone().take(7), bits.take(6), bits.is_over()), (None, Some(63), false), "{text}");
        }
        for text in ["", "=", "AA==", "AAA="] {
            assert!(Bits::new(text.as_bytes()).is_over(), "{text}");
        }
        assert!(!Bits::new(b"AAE").is_over());
    }

    proptest! {
        /// Read bit by bit, or in fields of any width, a text is the bytes that were written.
        #[test]
        fn fields_are_those_of_the_bytes(
            bytes in prop::collection::vec(any::<u8>(), 0..60), widths in prop::collection::vec(0_usize..65, 0..40),
        ) {
            let text = URL_SAFE_NO_PAD.encode(&bytes);
            let all: Vec<bool> = bytes.iter().flat_map(|byte| (0..8).map(move |at| byte >> (7 - at) & 1 == 1)).collect();
            let mut bits = Bits::new(text.as_bytes());
            let mut at = 0;
            for width in widths {
                let Some(expected) = all.get(at..at + width) else { break };
                let number = expected.iter().fold(0_u64, |number, bit| number << 1 | u64::from(*bit));
                prop_assert_eq!(bits.clone().take(width), Some(number));
                prop_assert_eq!(bits.skip(width), Some(()));
                at += width;
            }
            prop_assert_eq!(bits.take(text.len() * 6 - at + 1), None);
        }
    }
}
