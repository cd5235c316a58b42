//! The bytes of a record.
//!
//! One byte says the format, eight tell this write from every other, the rest is the record in that format:
//!
//! | byte 0 | bytes 1 to 8 | the rest |
//! |---|---|---|
//! | 1 | any, different for each write | the record of [`first`], as [postcard](https://postcard.jamesmunns.com/wire-format) |
//! | 2 | likewise | the record of [`second`], likewise |
//! | 3 | likewise | the record of [`third`], likewise |
//! | 4 | likewise | eight bytes of check, and the record, likewise |
//!
//! The check is BLAKE3 over the customer's pseudonym, bytes 0 to 8 and the record, cut to eight bytes: a record of somebody
//! else, or one with a bit that is not as it was written, is none, wherever that happened. The highest bit of its first byte is
//! set, and no earlier format has a record that begins so: with another byte 0 it is none either. Records of the earlier formats
//! have no check until they are written again.
//!
//! A format that was ever released is read for ever; the newest is written. Postcard has no field names, so whatever
//! changes in `Record` or below it is another format: the test below fails until it has a number of its own.

mod first;
mod second;
mod third;

use std::{
    error::Error,
    fmt,
    hash::{BuildHasher, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use serde::de::DeserializeOwned;

use crate::{identity::Pseudonym, relationship::Record};

/// A record as a store keeps it: bytes, with a version that is their own.
///
/// ```
/// use tower_rapport::{identity::Pseudonym, relationship::Record, store::Stored};
///
/// let [anna, ben] = [1, 2].map(|byte| Pseudonym::from_bytes([byte; 16]));
/// let stored = Stored::new(anna, &Record::default());
/// let kept = Stored::from_bytes(stored.as_bytes().clone()); // as a store gives it back
/// assert_eq!((kept.version(), kept.record(anna)), (stored.version(), Ok(Record::default())));
/// assert!(kept.record(ben).is_err(), "it is Anna's alone");
/// assert_ne!(Stored::new(anna, &Record::default()).version(), stored.version(), "another write");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    bytes: Bytes,
    version: Version,
}

impl Stored {
    /// A customer's record to be written. Made twice, it is two writes with two versions.
    pub fn new(customer: Pseudonym, record: &Record) -> Self {
        let write = next_write().to_le_bytes();
        // Counts, days and names always have bytes; were there ever none, the record would read as a stranger's.
        let record = postcard::to_stdvec(record).unwrap_or_default();
        let check = check(customer, NEWEST, &write, &record);
        Self::from_bytes([&[NEWEST], write.as_slice(), &check, &record].concat())
    }

    /// What a store has kept, whatever it is.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { version: Version::of(&bytes), bytes }
    }

    /// What a store keeps.
    pub fn as_bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Tells these bytes from those of every other write.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The record, if it is this customer's.
    ///
    /// # Errors
    ///
    /// A format that this build does not know, bytes that are broken, or somebody else's. Such a customer is treated as
    /// unknown, and the next write with this [`version`](Self::version) puts a record there that can be read.
    pub fn record(&self, customer: Pseudonym) -> Result<Record, Unreadable> {
        let (&format, rest) = self.bytes.split_first().ok_or(Unreadable(Why::Empty))?;
        let parts = rest.split_at_checked(WRITE_LENGTH).ok_or(Unreadable(Why::Broken));
        match format {
            1 => whole::<first::Record>(parts?.1).map(Record::from),
            2 => whole::<second::Record>(parts?.1).map(Record::from),
            3 => whole::<third::Record>(parts?.1).map(Record::from),
            NEWEST => {
                let (write, rest) = parts?;
                let (says, record) = rest.split_at_checked(CHECK_LENGTH).ok_or(Unreadable(Why::Broken))?;
                if says != check(customer, format, write, record) {
                    return Err(Unreadable(Why::Altered));
                }
                whole(record)
            }
            _ => Err(Unreadable(Why::Format(format))),
        }
    }

    /// The record in these bytes, in the newest format; none where it is in that, or cannot be read.
    #[cfg(feature = "embedded")]
    pub(super) fn renewed(customer: Pseudonym, bytes: &[u8]) -> Option<Self> {
        if bytes.first() == Some(&NEWEST) {
            return None;
        }
        let record = Self::from_bytes(bytes.to_vec()).record(customer).ok()?;
        Some(Self::new(customer, &record))
    }
}

/// What tells a customer's record, as it was written, from all else.
fn check(customer: Pseudonym, format: u8, write: &[u8], record: &[u8]) -> [u8; CHECK_LENGTH] {
    let mut check = [0; CHECK_LENGTH];
    let mut hasher = blake3::Hasher::new();
    hasher.update(customer.as_bytes()).update(&[format]).update(write).update(record).finalize_xof().fill(&mut check);
    let [first, ..] = &mut check;
    *first |= IN_NO_EARLIER_FORMAT;
    check
}

/// What stands in the bytes, if nothing stands behind it.
fn whole<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    match postcard::take_from_bytes(bytes) {
        Ok((read, [])) => Ok(read),
        Ok(_) | Err(_) => Err(Unreadable(Why::Broken)),
    }
}

impl fmt::Debug for Stored {
    /// The version alone: the rest is a customer's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Which write a customer's bytes came from: 16 bytes of BLAKE3 over them, so that bytes that are broken have one too.
///
/// See the example of [`Stored`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Version([u8; 16]);

impl Version {
    /// The bytes of the version, for stores that compare it elsewhere.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn of(bytes: &[u8]) -> Self {
        let mut version = [0; 16];
        blake3::Hasher::new().update(bytes).finalize_xof().fill(&mut version);
        Self(version)
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Bytes that are no record. Says nothing of what stands in them.
///
/// Keep such bytes, and let the next write replace them: the customer is a stranger until then. See the example of [`Stored`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable(Why);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Empty,
    Format(u8),
    Broken,
    Altered,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Why::Empty => f.write_str("the record is empty"),
            Why::Format(format) => {
                write!(f, "the record has format {format}, and this build reads formats up to {NEWEST}")
            }
            Why::Broken => f.write_str("the record is broken"),
            Why::Altered => f.write_str("the record is not as it was written, or somebody else's"),
        }
    }
}

impl Error for Unreadable {}

/// A number that no other write has, as far as chance goes: counted from a random start, another one in each process.
fn next_write() -> u64 {
    static FIRST: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(std::process::id()));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    FIRST.wrapping_add(COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The format that is written.
pub(super) const NEWEST: u8 = 4;

const WRITE_LENGTH: usize = size_of::<u64>();
const CHECK_LENGTH: usize = 8;

/// A record of an earlier format begins with whether there is a history: 0 or 1.
const IN_NO_EARLIER_FORMAT: u8 = 0x80;

#[cfg(test)]
mod tests;
