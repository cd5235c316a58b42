//! Stages as heights.

use serde::{Deserialize, Serialize};

/// A rung of a ladder by its height; 0 is the lowest.
///
/// See the example of [`Ladder`](super::Ladder).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stage(pub(super) u8);

impl Stage {
    /// The stage of somebody unknown.
    pub const LOWEST: Self = Self(0);

    /// The height above the lowest stage.
    pub const fn level(self) -> u8 {
        self.0
    }

    /// The stage at a height. Only a ladder knows whether it has one there.
    pub const fn at(level: u8) -> Self {
        Self(level)
    }

    pub(super) fn up(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    pub(super) fn down(self, rungs: u64) -> Self {
        Self(self.0.saturating_sub(u8::try_from(rungs).unwrap_or(u8::MAX)))
    }
}
