//! Time as a one-method trait. Nobody else asks the clock.

use jiff::Timestamp;

/// Tells what time it is.
///
/// The layer asks once a request. A test or a demo puts its own clock in its place and travels. What waits, and what is kept for
/// seconds, as a generic answer for `keep_for`, goes by the machine all the same.
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use jiff::{Timestamp, ToSpan};
/// use tower_rapport::clock::{Clock, SystemClock};
///
/// /// Stands still until somebody turns it.
/// #[derive(Clone)]
/// struct Calendar(Arc<Mutex<Timestamp>>);
///
/// impl Clock for Calendar {
///     fn now(&self) -> Timestamp {
///         *self.0.lock().unwrap()
///     }
/// }
///
/// let calendar = Calendar(Arc::new(Mutex::new(SystemClock.now())));
/// let turned = calendar.clone(); // one goes to `RapportLayer::with_clock`, the other stays in the test's hand
/// *turned.0.lock().unwrap() += (24 * 7).hours();
/// assert!(calendar.now() > SystemClock.now());
/// ```
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
///
/// See the example of [`Clock`].
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
