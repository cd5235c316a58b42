//! Graduated personalization for Tower services.

pub mod clock;
pub mod consent;
pub mod decision;
pub mod identity;
pub mod name;
pub mod policy;
pub mod relationship;
pub mod report;
pub mod shaping;
pub mod store;
