//! A piece of the body, and how far the walk came in it.

use super::text::Text;

/// A piece of the body.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    pub(super) text: Text<'a>,
    /// The present byte.
    pub(super) at: usize,
    /// Up to here bytes have been handed on.
    pub(super) run: usize,
}

impl<'a> Piece<'a> {
    pub(super) fn new(text: Text<'a>) -> Self {
        Self { text, at: 0, run: 0 }
    }

    /// The present byte; 0, which no token has, at the end.
    #[inline]
    pub(super) fn present(&self) -> u8 {
        self.text.byte(self.at)
    }

    pub(super) fn is_at_its_end(&self) -> bool {
        self.at >= self.len()
    }

    pub(super) fn len(&self) -> usize {
        self.text.bytes.len()
    }

    /// The bytes from one place to another; none where there are no such places.
    #[inline]
    pub(super) fn bytes(&self, from: usize, to: usize) -> &'a [u8] {
        self.text.bytes.get(from..to).unwrap_or_default()
    }

    /// Passes over white space.
    #[inline]
    pub(super) fn blanks(&mut self) {
        self.at = self.text.blanks(self.at);
    }
}
