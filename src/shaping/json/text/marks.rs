//! Which bytes of a piece end a string or are in trouble there: quotes, backslashes and control characters. They are found sixteen
//! to sixty-four at a time, as the processor can.

use crate::shaping::json::buffer::empty;
use fearless_simd::{Level, dispatch, prelude::*, u8x64};

/// The marks of a piece, by blocks of 64 bytes: bit *n* is that of byte *n*.
#[derive(Debug, Default)]
pub(in crate::shaping::json) struct Marks {
    blocks: Vec<u64>,
}

impl Marks {
    /// Marks another piece. Returns whether all its bytes are ASCII.
    pub(in crate::shaping::json) fn mark(&mut self, level: Level, piece: &[u8]) -> bool {
        self.blocks.resize(piece.len().div_ceil(BLOCK), 0);
        dispatch!(level, simd => mark(simd, piece, &mut self.blocks))
    }

    pub(in crate::shaping::json) fn forget(&mut self) {
        empty(&mut self.blocks);
    }

    pub(in crate::shaping::json) fn blocks(&self) -> &[u64] {
        &self.blocks
    }
}

// Inlined into what `dispatch` makes for each kind of processor; elsewhere it would be made for the least of them.
#[inline(always)]
fn mark<S: Simd>(simd: S, piece: &[u8], marks: &mut [u64]) -> bool {
    let (blocks, rest) = piece.as_chunks::<BLOCK>();
    let mut all = u8x64::splat(simd, 0);
    let (marks, last) = marks.split_at_mut(blocks.len().min(marks.len()));
    for (block, mark) in blocks.iter().zip(marks) {
        let bytes = u8x64::from_slice(simd, block);
        all |= bytes;
        *mark = marked(simd, bytes);
    }
    if let Some(mark) = last.first_mut() {
        let mut block = [b' '; BLOCK];
        block.iter_mut().zip(rest).for_each(|(place, byte)| *place = *byte);
        let bytes = u8x64::from_slice(simd, &block);
        all |= bytes;
        *mark = marked(simd, bytes);
    }
    !all.simd_ge(u8x64::splat(simd, 0x80)).any_true()
}

#[inline(always)]
fn marked<S: Simd>(simd: S, bytes: u8x64<S>) -> u64 {
    let splat = |byte| u8x64::splat(simd, byte);
    (bytes.simd_eq(splat(b'"')) | bytes.simd_eq(splat(b'\\')) | bytes.simd_lt(splat(b' '))).to_bitmask()
}

/// Bytes of a block.
pub(super) const BLOCK: usize = 64;

#[cfg(test)]
pub(in crate::shaping::json) mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    /// Whatever processors there are, as far as this one can be them.
    pub(in crate::shaping::json) fn levels() -> Vec<Level> {
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
            let is_end = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
            for level in levels() {
                let mut marks = Marks::default();
                // What was there before makes no difference.
                marks.mark(level, &[b'"'; 500]);
                marks.mark(level, &[b'5'; 320]);
                let is_ascii = marks.mark(level, &piece);
                prop_assert_eq!(is_ascii, piece.is_ascii());
                prop_assert_eq!(marks.blocks().len(), piece.len().div_ceil(64));
                for at in 0..marks.blocks().len() * 64 {
                    let is_marked = marks.blocks()[at / 64] >> (at % 64) & 1 == 1;
                    prop_assert_eq!(is_marked, piece.get(at).is_some_and(is_end), "{} {:?}", at, level);
                }
            }
        }
    }
}
