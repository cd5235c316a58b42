//! Where relationships are kept.
//!
//! A [`Store`] keeps the bytes of one record per customer and changes them by compare-and-set, no more: what the bytes
//! mean is written in [`Stored`], who may see them above this room. [`Memory`] keeps them while the process lives,
//! `Embedded` (feature `embedded`) in one file beside it, `Redis` (feature `redis`) where many nodes share them. [`Relationships`] stands in front of any of them: it is
//! what the layer asks, answers from memory what it can, and writes what was changed.
//!
//! A store of your own is one `impl`; [`contract::check`] tells whether it keeps the obligations.

mod cached;
pub mod contract;
#[cfg(feature = "embedded")]
mod embedded;
mod faulty;
mod format;
mod former;
mod hearing;
mod joining;
mod memory;
#[cfg(feature = "redis")]
mod redis;
mod retention;

use std::{borrow::Cow, error::Error, fmt, pin::Pin, sync::Arc};

pub use cached::{Relationships, Reply};
#[cfg(feature = "embedded")]
pub use embedded::Embedded;
pub use faulty::{Fault, Faulty};
pub use format::{Stored, Unreadable, Version};
pub use hearing::Hearing;
pub use memory::Memory;
#[cfg(feature = "redis")]
pub use redis::{Redis, RedisMode, RedisSettings, RedisUrl, RedisUrlError};
pub use retention::{Silence, silence};

use crate::{identity::Pseudonym, relationship::Day};

/// The future that a store answers with. A relationship that is in memory is answered without one.
///
/// See the example of [`Store`].
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Keeps one record per customer.
///
/// # Example
///
/// The whole of a store that keeps what [`Memory`] keeps, and the test that it should pass. (One of your own keeps it durably:
/// see `examples/custom_store`.)
///
/// ```
/// use std::{collections::HashMap, future::ready, sync::{Arc, Mutex}};
/// use tower_rapport::{
///     identity::Pseudonym,
///     relationship::Day,
///     store::{BoxFuture, Replaced, Silence, Store, StoreError, Stored, Urgency, Version, contract, silence},
/// };
///
/// #[derive(Default)]
/// struct Shelf(Mutex<HashMap<Pseudonym, Stored>>);
///
/// impl Store for Shelf {
///     fn load(&self, customer: Pseudonym) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
///         Box::pin(ready(Ok(self.0.lock().unwrap().get(&customer).cloned())))
///     }
///
///     fn replace(
///         &self,
///         customer: Pseudonym,
///         expected: Option<Version>,
///         next: Stored,
///         _urgency: Urgency,
///     ) -> BoxFuture<'_, Result<Replaced, StoreError>> {
///         let mut shelf = self.0.lock().unwrap(); // nothing comes between the comparison and the write
///         let there = shelf.get(&customer).cloned();
///         let version = there.as_ref().map(Stored::version);
///         let written = version == expected || version == Some(next.version()); // or a write that is tried again
///         if written {
///             shelf.insert(customer, next);
///         }
///         Box::pin(ready(Ok(if written { Replaced::Written } else { Replaced::Conflict(there) })))
///     }
///
///     fn sweep(&self, before: Day) -> BoxFuture<'_, Result<u64, StoreError>> {
///         let mut swept = 0;
///         self.0.lock().unwrap().retain(|customer, stored| {
///             let Ok(record) = stored.record(*customer) else { return true };
///             let silence = silence(&record, before);
///             swept += u64::from(silence != Silence::Keep);
///             if let Silence::Lessen(left) = &silence {
///                 *stored = Stored::new(*customer, left);
///             }
///             silence != Silence::Remove
///         });
///         Box::pin(ready(Ok(swept)))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// contract::check(Arc::new(Shelf::default())).await.expect("a store as it should be");
/// # }
/// ```
///
/// # Obligations
///
/// - **Bytes come back as they went in**, whatever they are, [`Unreadable`] ones too: a store looks into them only to
///   [`sweep`](Self::sweep). A customer's bytes are never answered to a question about another (they would be unreadable there).
/// - **Compare-and-set.** [`replace`](Self::replace) writes only over the version it was told, in one step that no other
///   write can come between. Of several that expect the same version one is [`Replaced::Written`].
/// - **A write that is tried again** finds its own bytes there, and is answered [`Replaced::Written`]: no two [`Stored`]
///   that were made apart have the same bytes.
/// - **Durable before acknowledged.** After [`Replaced::Written`] the bytes outlive the process, `kill -9` and, as far as the
///   machine tells the truth about its disks, the power. A store that cannot do that says so in its own words, as
///   [`Memory`] does. Every later [`load`](Self::load) sees them.
/// - **After an error nothing is known**: the write may have happened or may yet happen.
/// - **Cancelling is harmless.** A future that is dropped leaves the bytes as they were or written whole.
/// - **Nothing grows without bound.** A store that cannot keep up refuses with [`StoreErrorKind::Busy`], visits first.
/// - **It answers at last**, if only with an error; callers wait no longer than they can, but the work goes on.
/// - **No names**: no customer's data in an error, a log line or a metric; a [`Pseudonym`] in none but a log line.
pub trait Store: Send + Sync + 'static {
    /// What is kept of a customer; nothing for one who is not known.
    ///
    /// # Errors
    ///
    /// The store could not be asked. Bytes that are broken are no error here, see [`Stored::record`].
    fn load(&self, customer: Pseudonym) -> BoxFuture<'_, Result<Option<Stored>, StoreError>>;

    /// Writes `next` where the version kept is the `expected` one; without `expected`, where nothing is kept.
    ///
    /// # Errors
    ///
    /// The store cannot write, or cannot tell whether it has.
    fn replace(
        &self,
        customer: Pseudonym,
        expected: Option<Version>,
        next: Stored,
        urgency: Urgency,
    ) -> BoxFuture<'_, Result<Replaced, StoreError>>;

    /// Does to every record what [`silence`] says of it and `before`, and answers how many it changed or removed.
    ///
    /// Unreadable records stay. Writes that come meanwhile are not held up for the whole of it.
    ///
    /// # Errors
    ///
    /// The store gave up; what it has done by then stays done.
    fn sweep(&self, before: Day) -> BoxFuture<'_, Result<u64, StoreError>>;

    /// How this store tells of what others write to it. None, the default, says that nobody else does: then what is
    /// remembered of it is never outdated.
    fn hearing(&self) -> Option<&Arc<Hearing>> {
        None
    }

    /// Whether what is found here may yet be lost. No, the default, says that it is as durable as what
    /// [`replace`](Self::replace) has acknowledged. Where it is yes, as with a master whose replicas may lack it, a choice counts
    /// as written only when a write of it was acknowledged.
    fn may_lose_what_it_holds(&self) -> bool {
        false
    }
}

impl<S: Store + ?Sized> Store for Arc<S> {
    fn load(&self, customer: Pseudonym) -> BoxFuture<'_, Result<Option<Stored>, StoreError>> {
        (**self).load(customer)
    }

    fn replace(
        &self,
        customer: Pseudonym,
        expected: Option<Version>,
        next: Stored,
        urgency: Urgency,
    ) -> BoxFuture<'_, Result<Replaced, StoreError>> {
        (**self).replace(customer, expected, next, urgency)
    }

    fn sweep(&self, before: Day) -> BoxFuture<'_, Result<u64, StoreError>> {
        (**self).sweep(before)
    }

    fn hearing(&self) -> Option<&Arc<Hearing>> {
        (**self).hearing()
    }

    fn may_lose_what_it_holds(&self) -> bool {
        (**self).may_lose_what_it_holds()
    }
}

/// How much hangs on a write. The greater one wins where several are made at once.
///
/// See the example of [`Relationships`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Urgency {
    /// A visit: refused first where there is too much to do, and lost without harm, for the next one of the day counts.
    Visit,
    /// An event that happens once.
    Event,
    /// What the customer chose.
    Choice,
}

/// What became of a write.
///
/// See the example of [`Store`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replaced {
    /// It is there, and durable.
    Written,
    /// Another version is there, or none; nothing was written.
    Conflict(Option<Stored>),
}

/// A store that did not do what it was asked. Cheap to clone, so that all who wait for one answer get it.
///
/// A store of one's own makes it of what kept it from its work; its text goes to logs. Whoever gets it looks at its
/// [`kind`](Self::kind): only after [`StoreErrorKind::Busy`] it is certain that nothing was begun.
///
/// ```
/// use std::{error::Error, io};
/// use tower_rapport::store::{StoreError, StoreErrorKind};
///
/// let full = io::Error::from(io::ErrorKind::StorageFull);
/// let error = StoreError::caused(StoreErrorKind::Full, "the folder takes nothing more", full);
/// assert_eq!((error.kind().word(), error.to_string().as_str()), ("full", "the folder takes nothing more"));
/// assert!(error.source().is_some());
/// ```
#[derive(Clone)]
pub struct StoreError(Arc<Failure>);

struct Failure {
    kind: StoreErrorKind,
    text: Cow<'static, str>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What kept a store from its work.
///
/// See the example of [`StoreError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached, or did not answer.
    Unavailable,
    /// It has more to do than it may keep waiting, or what is kept may not be written over: nothing was begun.
    Busy,
    /// There is no room left.
    Full,
    /// It may be read and not written.
    ReadOnly,
    /// Another process holds it.
    Locked,
    /// What is there is not a store of this crate, or is damaged.
    Foreign,
    /// Others changed the record each time it was tried.
    Contended,
    /// It was not heard for too long, so that what others have changed is not known here: see [`Hearing`].
    Unheard,
}

impl StoreErrorKind {
    /// The word for it in metrics and logs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unavailable => "unavailable",
            Self::Busy => "busy",
            Self::Full => "full",
            Self::ReadOnly => "read_only",
            Self::Locked => "locked",
            Self::Foreign => "foreign",
            Self::Contended => "contended",
            Self::Unheard => "unheard",
        }
    }
}

impl StoreError {
    /// An error of the given kind. The text names no customer and no customer's data.
    pub fn new(kind: StoreErrorKind, text: impl Into<Cow<'static, str>>) -> Self {
        Self(Arc::new(Failure { kind, text: text.into(), source: None }))
    }

    /// An error of the given kind, and what it came from.
    pub fn caused(
        kind: StoreErrorKind,
        text: impl Into<Cow<'static, str>>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self(Arc::new(Failure { kind, text: text.into(), source: Some(source.into()) }))
    }

    /// What kept the store from its work.
    pub fn kind(&self) -> StoreErrorKind {
        self.0.kind
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

/// What a program prints whose `main` ends with this error.
impl fmt::Debug for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        self.source().map_or(Ok(()), |source| write!(f, ": {source}"))
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}
