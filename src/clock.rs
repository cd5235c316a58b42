//! Time as a one-method trait. Nobody else asks the clock.

use jiff::Timestamp;

/// Tells what time it is.
///
/// The layer asks once a request. A test or a demo puts its own clock in its place and travels.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
