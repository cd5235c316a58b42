//! How much of an answer may be kept.

/// What a shaper keeps at most.
///
/// ```
/// use std::sync::Arc;
/// use tower_rapport::shaping::{DoubtKind, json::{JsonPlan, JsonShaper, Limits}};
///
/// let limits = Limits { depth: 2, ..Limits::default() };
/// let mut shaper = JsonShaper::new(Arc::new(JsonPlan::new([], None)), limits);
/// assert_eq!(shaper.write(b"[[[", &mut Vec::new()).unwrap_err().kind(), DoubtKind::TooDeep);
/// ```
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
