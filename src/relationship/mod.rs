//! How well business and customer know each other. Pure: no store, no clock.

mod day;

pub use day::Day;
