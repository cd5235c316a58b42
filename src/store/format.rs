//! The bytes of a record.
//!
//! One byte says the format, eight tell this write from every other, the rest is the record in that format:
//!
//! | byte 0 | bytes 1 to 8 | the rest |
//! |---|---|---|
//! | 1 | any, different for each write | the record of [`first`], as [postcard](https://postcard.jamesmunns.com/wire-format) |
//! | 2 | likewise | the record of [`second`], likewise |
//! | 3 | likewise | the record of [`third`], likewise |
//! | 4 | likewise | the record, likewise |
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

use crate::relationship::Record;

/// A record as a store keeps it: bytes, with a version that is their own.
#[derive(Clone, PartialEq, Eq)]
pub struct Stored {
    bytes: Bytes,
    version: Version,
}

impl Stored {
    /// A record to be written. Made twice, it is two writes with two versions.
    pub fn new(record: &Record) -> Self {
        let mut bytes = vec![NEWEST];
        bytes.extend_from_slice(&next_write().to_le_bytes());
        // Counts, days and names always have bytes; were there ever none, the record would read as a stranger's.
        Self::from_bytes(postcard::to_extend(record, bytes).unwrap_or_default())
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

    /// The record.
    ///
    /// # Errors
    ///
    /// A format that this build does not know, or bytes that are broken. Such a customer is treated as unknown, and
    /// the next write with this [`version`](Self::version) puts a record there that can be read.
    pub fn record(&self) -> Result<Record, Unreadable> {
        let (&format, rest) = self.bytes.split_first().ok_or(Unreadable(Why::Empty))?;
        let rest = rest.get(WRITE_LENGTH..).ok_or(Unreadable(Why::Broken));
        match format {
            1 => whole::<first::Record>(rest?).map(Record::from),
            2 => whole::<second::Record>(rest?).map(Record::from),
            3 => whole::<third::Record>(rest?).map(Record::from),
            NEWEST => whole(rest?),
            _ => Err(Unreadable(Why::Format(format))),
        }
    }
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable(Why);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    Empty,
    Format(u8),
    Broken,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Why::Empty => f.write_str("the record is empty"),
            Why::Format(format) => {
                write!(f, "the record has format {format}, and this build reads formats up to {NEWEST}")
            }
            Why::Broken => f.write_str("the record is broken"),
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

const NEWEST: u8 = 4;
const WRITE_LENGTH: usize = size_of::<u64>();

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        consent::{Answer, Choices, Remembered},
        identity::Pseudonym,
        relationship::{Change, Day, History, Mark, SignIn, Why},
    };

    fn full() -> Record {
        let day = |date: &str| Day::from_date(date.parse().unwrap());
        let answer = |granted, at: &str, was_granted| Answer { granted, at: at.parse().unwrap(), was_granted };
        let since = Remembered::Since("2026-05-01T10:00:00Z".parse().unwrap());
        Record {
            history: Some(History {
                first_seen: day("1969-12-30"),
                last_seen: day("2026-11-22"),
                active_days: 300,
                last_visit: Some(day("2026-11-21")),
                counts: [("purchase".parse().unwrap(), 3), ("visit".parse().unwrap(), u64::MAX)].into(),
                stage: Some("familiar".parse().unwrap()),
                changed: Some(Change { on: day("2026-11-01"), why: Why::Cooled }),
                marks: vec![Mark::from_bytes([1; 8]), Mark::from_bytes([2; 8])],
                doubted_since: Some(day("2026-10-31")),
            }),
            choices: Choices {
                limit: Some("acquainted".parse().unwrap()),
                paused_until: Some("2027-01-31T23:59:59.5Z".parse().unwrap()),
                purposes: [
                    ("cross_context".parse().unwrap(), answer(false, "2026-03-01T10:00:00Z", true)),
                    ("record".parse().unwrap(), answer(true, "2026-04-01T10:00:00Z", false)),
                ]
                .into(),
                gpc: [("cross_context".parse().unwrap(), since), ("sharing".parse().unwrap(), Remembered::Lifted)]
                    .into(),
            },
            forgotten: Some("2026-02-28T17:30:00Z".parse().unwrap()),
            sign_in: Some(SignIn::Joining(Pseudonym::from_bytes([7; 16]))),
            visitors: vec![Pseudonym::from_bytes([8; 16]), Pseudonym::from_bytes([9; 16])],
        }
    }

    /// What could be said in the third format.
    fn full_third() -> Record {
        let mut record = full();
        record.history.iter_mut().for_each(|history| history.doubted_since = None);
        record
    }

    /// What could be said in the second format.
    fn full_second() -> Record {
        let mut record = full_third();
        record.history.iter_mut().for_each(|history| history.marks.clear());
        record
    }

    /// What could be said in the first format.
    fn full_first() -> Record {
        let mut record = full_second();
        record.choices.purposes.remove("cross_context");
        record.choices.gpc.remove("sharing");
        record.forgotten = Some("2026-02-28T00:00:00Z".parse().unwrap());
        Record { sign_in: None, visitors: vec![], ..record }
    }

    #[test]
    fn a_record_comes_back_as_it_was() {
        for record in [Record::default(), full()] {
            assert_eq!(Stored::from_bytes(Stored::new(&record).as_bytes().clone()).record(), Ok(record));
        }
    }

    /// Bytes written once. Where this fails, `Record` has changed: give the bytes another format, and go on reading this one.
    #[test]
    fn every_format_is_read_for_ever() {
        assert_eq!(Stored::from_bytes(&include_bytes!("format/record.1")[..]).record(), Ok(full_first()));
        assert_eq!(Stored::from_bytes(&include_bytes!("format/record.2")[..]).record(), Ok(full_second()));
        assert_eq!(Stored::from_bytes(&include_bytes!("format/record.3")[..]).record(), Ok(full_third()));
        let stored = Stored::from_bytes(&include_bytes!("format/record.4")[..]);
        assert_eq!(stored.record(), Ok(full()));
        let newest = Stored::new(&full());
        assert_eq!(newest.as_bytes()[1 + WRITE_LENGTH..], stored.as_bytes()[1 + WRITE_LENGTH..], "what is written too");
    }

    #[test]
    fn two_writes_of_one_record_are_two_versions() {
        assert_ne!(Stored::new(&full()).version(), Stored::new(&full()).version());
    }

    #[test]
    fn what_cannot_be_read_says_why_and_has_a_version() {
        let whole = Stored::new(&full()).as_bytes().to_vec();
        let of = |bytes: &[u8]| Stored::from_bytes(bytes.to_vec());
        let mut newer = whole.clone();
        newer[0] = 7;
        let mut longer = whole.clone();
        longer.push(0);
        for (bytes, says) in [
            (&[][..], "the record is empty"),
            (&newer, "the record has format 7, and this build reads formats up to 4"),
            (&whole[..whole.len() - 1], "the record is broken"),
            (&longer, "the record is broken"),
            (&whole[..5], "the record is broken"),
        ] {
            assert_eq!(of(bytes).record().unwrap_err().to_string(), says);
            assert_ne!(of(bytes).version(), of(&whole).version());
        }
    }

    #[test]
    fn nothing_of_a_record_is_printed() {
        let printed = format!("{:?}", Stored::new(&full()));
        assert!(printed.starts_with("Stored { version: ") && printed.len() < 40, "{printed}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_record_or_unreadable(bytes in prop::collection::vec(any::<u8>(), 0..200), format in 0..=NEWEST) {
            let mut bytes = bytes;
            if let (1.., Some(first)) = (format, bytes.first_mut()) {
                *first = format;
            }
            let stored = Stored::from_bytes(bytes);
            if let Ok(record) = stored.record() {
                prop_assert_eq!(Stored::new(&record).record(), Ok(record));
            }
        }
    }
}
