use proptest::prelude::*;

use super::*;
use crate::{
    consent::{Answer, Choices, Remembered},
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
            gpc: [("cross_context".parse().unwrap(), since), ("sharing".parse().unwrap(), Remembered::Lifted)].into(),
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

const ANNA: Pseudonym = Pseudonym::from_bytes([5; 16]);

#[test]
fn a_record_comes_back_as_it_was() {
    for record in [Record::default(), full()] {
        assert_eq!(Stored::from_bytes(Stored::new(ANNA, &record).as_bytes().clone()).record(ANNA), Ok(record));
    }
}

/// Bytes written once. Where this fails, `Record` has changed: give the bytes another format, and go on reading this one.
#[test]
fn every_format_is_read_for_ever() {
    let formats: [(&[u8], _); 4] = [
        (include_bytes!("record.1"), full_first()),
        (include_bytes!("record.2"), full_second()),
        (include_bytes!("record.3"), full_third()),
        (include_bytes!("record.4"), full()),
    ];
    for (number, (bytes, record)) in (1..).zip(formats) {
        assert_eq!(bytes[0], number);
        assert_eq!(Stored::from_bytes(bytes).record(ANNA), Ok(record), "format {number}");
    }
    let newest = Stored::new(ANNA, &full());
    let record = 1 + WRITE_LENGTH + CHECK_LENGTH;
    assert_eq!(newest.as_bytes()[record..], include_bytes!("record.4")[record..], "what is written too");
}

#[cfg(feature = "embedded")]
#[test]
fn what_is_in_an_earlier_format_can_be_had_in_the_newest() {
    for bytes in [&include_bytes!("record.1")[..], include_bytes!("record.2"), include_bytes!("record.3")] {
        let renewed = Stored::renewed(ANNA, bytes).unwrap();
        assert_eq!(renewed.as_bytes()[0], NEWEST);
        assert_eq!(renewed.record(ANNA), Stored::from_bytes(bytes).record(ANNA));
        assert_eq!(Stored::renewed(ANNA, renewed.as_bytes()), None, "once");
        assert_eq!(Stored::renewed(ANNA, &bytes[..bytes.len() - 1]), None, "what is broken stays so");
    }
}

#[test]
fn two_writes_of_one_record_are_two_versions() {
    assert_ne!(Stored::new(ANNA, &full()).version(), Stored::new(ANNA, &full()).version());
}

#[test]
fn a_record_is_one_customers_and_has_every_bit_that_was_written() {
    for record in [Record::default(), full()] {
        let whole = Stored::new(ANNA, &record);
        for bit in 0..8 * whole.as_bytes().len() {
            let mut bytes = whole.as_bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Stored::from_bytes(bytes).record(ANNA).is_err(), "bit {bit}");
        }
        for bit in 0..8 * 16 {
            let mut other = *ANNA.as_bytes();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(whole.record(Pseudonym::from_bytes(other)), Err(Unreadable(super::Why::Altered)));
        }
        for format in (0..=u8::MAX).filter(|format| *format != NEWEST) {
            let mut bytes = whole.as_bytes().to_vec();
            bytes[0] = format;
            assert!(Stored::from_bytes(bytes).record(ANNA).is_err(), "as of format {format}");
        }
    }
}

#[test]
fn what_cannot_be_read_says_why_and_has_a_version() {
    let whole = Stored::new(ANNA, &full()).as_bytes().to_vec();
    let of = |bytes: &[u8]| Stored::from_bytes(bytes.to_vec());
    let mut newer = whole.clone();
    newer[0] = 7;
    let mut longer = whole.clone();
    longer.push(0);
    let altered = "the record is not as it was written, or somebody else's";
    for (bytes, says) in [
        (&[][..], "the record is empty"),
        (&newer, "the record has format 7, and this build reads formats up to 4"),
        (&whole[..whole.len() - 1], altered),
        (&longer, altered),
        (&whole[..12], "the record is broken"),
        (&whole[..5], "the record is broken"),
    ] {
        assert_eq!(of(bytes).record(ANNA).unwrap_err().to_string(), says);
        assert_ne!(of(bytes).version(), of(&whole).version());
    }
}

#[test]
fn nothing_of_a_record_is_printed() {
    let printed = format!("{:?}", Stored::new(ANNA, &full()));
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
        if let Ok(record) = stored.record(ANNA) {
            prop_assert_eq!(Stored::new(ANNA, &record).record(ANNA), Ok(record));
        }
    }
}
