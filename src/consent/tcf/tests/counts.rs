//! Which strings count, and for which purposes.

use super::*;

#[test]
fn a_string_counts_only_if_all_is_right_with_it() {
    let granted = TcfPurposes::of(&[1, 5, 6], &[1]);
    let good_says = TcfSays { granted, refused: TcfPurposes::first(24, 2).without(granted), ..TcfSays::default() };
    assert_eq!(says(&good(), Segment::Publisher), Ok(good_says));
    let with = |change: fn(&mut Fields)| {
        let mut fields = good();
        change(&mut fields);
        says(&fields, Segment::Publisher)
    };
    assert_eq!(with(|fields| fields.policy_version = 4), Ok(good_says), "TCF 2.2");
    assert_eq!(with(|fields| fields.policy_version = 63), Ok(good_says), "and whatever comes");
    for policy_version in 0..4 {
        assert_eq!(says(&Fields { policy_version, ..good() }, Segment::Publisher), Err(TcError::Policy));
    }
    for version in [0, 1, 3, 63] {
        assert_eq!(says(&Fields { version, ..good() }, Segment::Publisher), Err(TcError::Version));
    }
    assert_eq!(with(|fields| fields.is_service_specific = false), Err(TcError::Scope));
    assert_eq!(with(|fields| fields.publisher = None), Err(TcError::Publisher));
    // The clock: to the tenth of a second.
    let tomorrow = deciseconds(NOW) + 24 * 36_000;
    for (created, last_updated, expected) in [
        (tomorrow, tomorrow, Ok(good_says)),
        (tomorrow + 1, 0, Err(TcError::Future)),
        (0, tomorrow + 1, Err(TcError::Future)),
    ] {
        assert_eq!(says(&Fields { created, last_updated, ..good() }, Segment::Publisher), expected);
    }
    let long_ago = deciseconds(NOW) - 390 * 24 * 36_000;
    let expired = TcfSays { expired: granted, ..TcfSays::default() };
    for (last_updated, expected) in [(long_ago, good_says), (long_ago - 1, expired), (0, expired)] {
        assert_eq!(says(&Fields { created: 0, last_updated, ..good() }, Segment::Publisher), Ok(expected));
    }
}

#[test]
fn the_core_counts_only_where_there_is_no_segment_of_the_publishers_and_the_policy_says_so() {
    let of_the_core = TcfPurposes::of(&[2], &[]);
    let without = Fields { publisher: None, ..good() };
    assert_eq!(says(&without, Segment::PublisherOrCore).unwrap().granted, of_the_core);
    assert_eq!(
        says(&without, Segment::PublisherOrCore).unwrap().refused,
        TcfPurposes::first(24, 0).without(of_the_core)
    );
    assert_eq!(says(&without, Segment::Publisher), Err(TcError::Publisher));
    assert_eq!(says(&good(), Segment::PublisherOrCore), says(&good(), Segment::Publisher));
}

#[test]
fn a_legitimate_interest_counts_where_the_framework_allows_one() {
    let all = (1 << 24) - 1;
    let fields = Fields { publisher: Some((0, all, vec![false; 3], vec![true, false, true])), ..good() };
    let allowed: Vec<u8> = (1..=24).filter(|number| ![1, 3, 4, 5, 6].contains(number)).collect();
    let says = says(&fields, Segment::Publisher).unwrap();
    assert_eq!(numbers(says.granted), (allowed, vec![1, 3]));
    assert_eq!(numbers(says.refused), (vec![1, 3, 4, 5, 6], vec![2]));
}
