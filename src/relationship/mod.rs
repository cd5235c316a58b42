//! How well business and customer know each other. Pure: no store, no clock.
//!
//! A [`Record`] says what is known of one customer, an event adds to it, and the [`Ladder`] reads from it how familiar
//! one may be. Days count, not hits: a thousand requests in a day are one active day.

mod day;
mod event;
mod history;
mod ladder;
mod record;

pub use day::Day;
pub use event::Mark;
pub(crate) use event::{Event, MarkKeys};
pub use history::{Change, History, Why};
pub use ladder::{Cooling, Ladder, LadderError, Needs, Next, Rung, Stage, Standing, Threshold};
pub use record::{Record, SignIn};
