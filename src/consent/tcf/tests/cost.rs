//! A string costs time in its length, whatever it says.

use super::{published::VECTORS, *};
use crate::consent::{bits::counted, mutations};

const STEPS_A_CHARACTER: usize = 4;

/// Strings changed at random: no panic, and steps in the length of the string. Ten million of them with
/// `RAPPORT_MUTATIONS=10000000`.
#[test]
fn a_mutated_string_costs_time_in_its_length_and_never_panics() {
    let mut seeds: Vec<Vec<u8>> = VECTORS.iter().map(|vector| vector.text.into()).collect();
    seeds.extend([good().written().into_bytes(), ranges(50).into_bytes(), vec![b'C'; 100]]);
    let (mut readable, mut unnoticed) = (0_u64, 0_u64);
    let count = mutations::each(&seeds, |text| {
        let (read, steps) = counted::steps(|| TcString::read(text));
        assert!(steps <= STEPS_A_CHARACTER * text.len() + 16, "{steps} steps for {} characters", text.len());
        readable += u64::from(read.is_ok());
        if let Ok(read) = read {
            unnoticed += u64::from(read.says(Segment::PublisherOrCore, VALID_FOR, at(NOW)).is_ok());
        }
    });
    assert!(readable > count / 100 && readable < count, "{readable} of {count} can be read: the mutations do nothing");
    println!("{count} mutated strings, {readable} of them readable, {unnoticed} of them counted");
}

/// A core of nothing but ranges: the dearest there is.
fn ranges(count: usize) -> String {
    Fields { vendors: [Vendors::Bits(vec![]), Vendors::Ranges(vec![(1, None); count])], ..good() }.written()
}

#[test]
fn the_dearest_strings_cost_no_more_than_others_of_their_length() {
    for count in [1, 10, 100, 1_000, 1_300] {
        let text = ranges(count);
        let (read, steps) = counted::steps(|| TcString::read(text.as_bytes()));
        assert!(read.is_ok() && text.len() <= LONGEST, "{count}");
        assert!(steps <= STEPS_A_CHARACTER * text.len() + 16, "{steps} steps for {} characters", text.len());
    }
    let (read, steps) = counted::steps(|| TcString::read(ranges(2_000).as_bytes()));
    assert_eq!((read, steps), (Err(TcError::TooLong), 0));
}
