//! Where the strings of a piece end or are in trouble: a bit for each byte that is a quote, a backslash or a control
//! character. They are found sixteen to sixty-four at a time, as the processor can.

use fearless_simd::{Level, dispatch, prelude::*, u8x64};

/// The marks of a piece: bit *n* of word *m* is byte 64 *m* + *n*.
#[derive(Debug, Default)]
pub(super) struct Marks {
    words: Vec<u64>,
}

impl Marks {
    /// Marks another piece. Returns whether all its bytes are ASCII.
    pub(super) fn mark(&mut self, level: Level, piece: &[u8]) -> bool {
        self.words.resize(piece.len().div_ceil(BLOCK), 0);
        dispatch!(level, simd => mark(simd, piece, &mut self.words))
    }

    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }
}

// Inlined into what `dispatch` makes for each kind of processor; elsewhere it would be made for the least of them.
#[inline(always)]
fn mark<S: Simd>(simd: S, piece: &[u8], words: &mut [u64]) -> bool {
    let (blocks, rest) = piece.as_chunks::<BLOCK>();
    let mut all = u8x64::splat(simd, 0);
    let mut words = words.iter_mut();
    for (block, word) in blocks.iter().zip(&mut words) {
        let bytes = u8x64::from_slice(simd, block);
        all |= bytes;
        *word = marked(simd, bytes);
    }
    if let (Some(word), false) = (words.next(), rest.is_empty()) {
        let mut block = [b' '; BLOCK];
        block.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
        let bytes = u8x64::from_slice(simd, &block);
        all |= bytes;
        *word = marked(simd, bytes);
    }
    !all.simd_ge(u8x64::splat(simd, 0x80)).any_true()
}

#[inline(always)]
fn marked<S: Simd>(simd: S, bytes: u8x64<S>) -> u64 {
    let is = |byte| bytes.simd_eq(u8x64::splat(simd, byte));
    (is(b'"') | is(b'\\') | bytes.simd_lt(u8x64::splat(simd, b' '))).to_bitmask()
}

/// Bytes of a word.
pub(super) const BLOCK: usize = 64;

#[cfg(test)]
pub(super) mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// Whatever processors there are, as far as this one can be them.
    pub(in super::super) fn levels() -> Vec<Level> {
        let best = Level::new();
        let mut levels = vec![best, Level::baseline()];
        #[cfg(target_arch = "x86_64")]
        {
            levels.extend(best.as_sse4_2().map(Level::Sse4_2));
            levels.extend(best.as_avx2().map(Level::Avx2));
        }
        levels.push(Level::fallback());
        levels
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_processor_marks_the_same_bytes(
            piece in vec(prop_oneof![any::<u8>(), 0x1e_u8..0x24, Just(b'\\'), Just(b'a')], 0..300),
        ) {
            let is_marked = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
            for level in levels() {
                let mut marks = Marks::default();
                // What was there before makes no difference.
                marks.mark(level, &[b'"'; 500]);
                let is_ascii = marks.mark(level, &piece);
                prop_assert_eq!(is_ascii, piece.is_ascii());
                let bit = |at: usize| marks.words()[at / 64] >> (at % 64) & 1 == 1;
                for at in 0..marks.words().len() * 64 {
                    prop_assert_eq!(bit(at), piece.get(at).is_some_and(is_marked), "{} {:?}", at, level);
                }
            }
        }
    }
}
