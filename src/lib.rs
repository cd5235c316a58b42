//! Graduated personalization for Tower services.

pub mod clock;
pub mod identity;
pub mod relationship;
pub mod shaping;
