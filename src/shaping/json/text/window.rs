//! What is looked at to find an expected key and the value behind it, which may begin anywhere in a text, also near its end.

use super::Text;

/// The last bytes of a text, and behind them what goes on with nothing: so a window may begin anywhere.
#[derive(Clone, Copy)]
pub(in crate::shaping::json) struct Tail([u8; 2 * WINDOW]);

impl Tail {
    pub(in crate::shaping::json) fn of(bytes: &[u8]) -> Self {
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
pub(in crate::shaping::json) struct Window<'a>(&'a [u8; WINDOW]);

impl<'a> Window<'a> {
    /// The first of them.
    #[inline(always)]
    pub(in crate::shaping::json) fn first(self) -> [u8; HALF] {
        self.0.first_chunk().copied().unwrap_or_default()
    }

    /// Those from one of the first on.
    #[inline(always)]
    pub(in crate::shaping::json) fn from(self, at: usize) -> &'a [u8; SCALAR] {
        let at = at % HALF;
        self.0.get(at..at + SCALAR).and_then(<[u8]>::first_chunk).unwrap_or(&[0; SCALAR])
    }
}

impl<'a> Text<'a> {
    /// The same text, of which this is the tail.
    pub(in crate::shaping::json) fn with_tail(self, tail: &'a Tail) -> Self {
        Self { tail: Some(tail), ..self }
    }

    /// The next bytes from a place on, if there are so many.
    #[inline(always)]
    pub(in crate::shaping::json) fn window(&self, at: usize) -> Option<Window<'a>> {
        self.chunk(at).map(Window)
    }

    /// The next bytes from a place on; behind the end stands what goes on with nothing.
    #[inline(always)]
    pub(in crate::shaping::json) fn any_window(&self, at: usize) -> Option<Window<'a>> {
        match self.window(at) {
            None => self.last_window(at),
            window => window,
        }
    }

    /// The next bytes where there are not enough for a window; behind the end stands what goes on with nothing.
    #[inline(never)]
    pub(in crate::shaping::json) fn last_window(self, at: usize) -> Option<Window<'a>> {
        let from = WINDOW.checked_sub(self.bytes.len().checked_sub(at)?)?;
        self.tail?.0.get(from..)?.first_chunk().map(Window)
    }
}

/// How much of the text is looked at to find an expected key, how much may begin with that, and how much of the value behind it is
/// looked at.
const WINDOW: usize = HALF + SCALAR;
pub(in crate::shaping::json) const HALF: usize = 32;
pub(super) const SCALAR: usize = 16;

/// What stands behind the end of a text. No expected key ends with it, and no literal or white space goes on with it; behind a
/// number it would be an exponent, so that it is asked whether the number ends.
const BEHIND: u8 = b'E';

#[cfg(test)]
mod tests {
    use fearless_simd::Level;
    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_window_may_begin_anywhere(bytes in vec(any::<u8>(), 0..120), at in 0..130_usize) {
            let tail = Tail::of(&bytes);
            let text = Text::new(&bytes, &[], Level::baseline()).with_tail(&tail);
            let expected = bytes.get(at..).map(|rest| rest.iter().copied().chain([b'E'; WINDOW]).take(WINDOW).collect());
            prop_assert_eq!(text.any_window(at).map(|window| window.0.to_vec()), expected);
        }
    }
}
