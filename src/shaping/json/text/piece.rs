//! A piece of the body, and how far the walk came in it.

use super::Text;

/// A piece of the body.
#[derive(Clone, Copy)]
pub(in crate::shaping::json) struct Piece<'a> {
    pub(in crate::shaping::json) text: Text<'a>,
    /// The present byte.
    pub(in crate::shaping::json) at: usize,
    /// Up to here bytes have been handed on.
    pub(in crate::shaping::json) run: usize,
}

impl<'a> Piece<'a> {
    pub(in crate::shaping::json) fn new(text: Text<'a>) -> Self {
        Self { text, at: 0, run: 0 }
    }

    /// The present byte; 0, which no token has, at the end.
    #[inline]
    pub(in crate::shaping::json) fn present(&self) -> u8 {
        self.text.byte(self.at)
    }

    pub(in crate::shaping::json) fn is_at_its_end(&self) -> bool {
        self.at >= self.len()
    }

    pub(in crate::shaping::json) fn len(&self) -> usize {
        self.text.bytes.len()
    }

    /// The bytes from one place to another; none where there are no such places.
    #[inline]
    pub(in crate::shaping::json) fn bytes(&self, from: usize, to: usize) -> &'a [u8] {
        self.text.between(from, to)
    }

    /// Passes over white space.
    #[inline]
    pub(in crate::shaping::json) fn blanks(&mut self) {
        self.at = self.text.blanks(self.at);
    }
}
