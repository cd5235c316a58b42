//! Segments out of place, strings that were cut, and lists of vendors that are none.

use super::*;

#[test]
fn segments_stand_in_any_order_once() {
    let fields = Fields { allowed: Some(Vendors::Ranges(vec![(1, None)])), ..good() };
    let (core, segments) = (fields.core(), fields.segments());
    let whole = TcString::read(fields.written().as_bytes()).unwrap();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let text = format!("{core}.{}", order.map(|place| &*segments[place]).join("."));
        assert_eq!(TcString::read(text.as_bytes()), Ok(whole), "{order:?}");
    }
    let other = |kind| Writer::default().number(kind, 3).number(0, 40).written();
    for (text, error) in [
        (format!("{core}.{core}"), TcError::Segments),
        (format!("{core}.{}.{}", segments[2], segments[2]), TcError::Segments),
        (format!("{core}.{}.{}", segments[0], segments[0]), TcError::Segments),
        (format!("{core}.{}", other(0)), TcError::Segments),
        (format!("{core}.{}", other(4)), TcError::Segments),
        (format!("{core}.{}", other(7)), TcError::Segments),
        (format!("{core}."), TcError::Shape),
        (format!(".{core}"), TcError::Shape),
        (format!("{}.{core}", segments[2]), TcError::Version),
        (String::new(), TcError::Shape),
        (format!("{core} "), TcError::Shape),
        (format!("{core}.{}Z", segments[2]), TcError::Shape),
        ("C".repeat(4096), TcError::Shape),
        ("C".repeat(4097), TcError::TooLong),
    ] {
        assert_eq!(TcString::read(text.as_bytes()), Err(error), "{text}");
    }
}

#[test]
fn a_string_that_was_cut_does_not_count() {
    let text = good().written();
    let whole = TcString::read(text.as_bytes()).unwrap();
    for end in 0..text.len() {
        let cut = TcString::read(&text.as_bytes()[..end]);
        let at_a_dot = text.as_bytes()[end] == b'.';
        // Where a whole segment is lost, what is left is a string, but says nothing for the site.
        let publisher = cut.is_ok_and(|cut| cut.publisher.is_some());
        assert!(cut.is_err() || at_a_dot || cut == Ok(whole), "{end}");
        assert!(!publisher || cut == Ok(whole), "{end}");
    }
}

#[test]
fn reversed_ranges_are_no_list_of_vendors() {
    let reversed = Vendors::Ranges(vec![(9, Some(3))]);
    for fields in [
        Fields { vendors: [reversed.clone(), Vendors::Bits(vec![])], ..good() },
        Fields { disclosed: Some(reversed.clone()), ..good() },
        Fields { restrictions: vec![(1, 0, vec![(9, Some(3))])], ..good() },
    ] {
        assert_eq!(TcString::read(fields.written().as_bytes()), Err(TcError::Shape));
    }
}
