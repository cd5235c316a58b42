//! How much of an answer may be kept.

/// What a shaper keeps at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one key, coarsened value, or item. Default: 1 MiB.
    pub item: usize,
    /// Arrays and objects open at once. Default: 128.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { item: 1 << 20, depth: 128 }
    }
}
