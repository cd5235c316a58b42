use proptest::prelude::*;

use super::*;
use crate::shaping::path::Path;

#[test]
fn what_a_single_pass_cannot_follow_is_refused_at_its_place() {
    use PathErrorKind::*;
    for (text, kind, offset) in [
        ("", NoRoot, 0),
        ("items", NoRoot, 0),
        (" $", NoRoot, 0),
        ("$.", Syntax, 2),
        ("$a", Syntax, 1),
        ("$.a ", Syntax, 4),
        ("$.1a", Syntax, 2),
        ("$. a", Syntax, 2),
        ("$...a", Syntax, 3),
        ("$[]", Syntax, 2),
        ("$[1", Syntax, 3),
        ("$[1,]", Syntax, 4),
        ("$[a]", Syntax, 2),
        ("$['a]", Name, 2),
        ("$['\\x']", Name, 3),
        ("$['\\\"']", Name, 3),
        ("$['\\uD800']", Name, 3),
        ("$['\\uDC00']", Name, 3),
        ("$['\\uD800\\uD800']", Name, 3),
        ("$.a[?@.b]", Filter, 4),
        ("$.a[1, ?@.b > 3]", Filter, 7),
        ("$.length()", Function, 2),
        ("$[-1]", Negative, 2),
        ("$[0:-1]", Negative, 4),
        ("$[::-1]", Negative, 4),
        ("$[::0]", StepZero, 4),
        ("$[01]", Number, 2),
        ("$[9007199254740992]", Number, 2),
    ] {
        let error = Path::parse(text).unwrap_err();
        assert_eq!((error.kind(), error.offset()), (kind, offset), "{text}");
    }
}

#[test]
fn slices_select_by_start_end_and_step() {
    for (text, selected) in [
        ("$[1:3]", vec![1, 2]),
        ("$[::3]", vec![0, 3, 6, 9]),
        ("$[ 2 : 9 : 4 ]", vec![2, 6]),
        ("$[8:]", vec![8, 9]),
        ("$[5:5]", vec![]),
    ] {
        let segments = segments(text).unwrap();
        let [Selector::Slice(slice)] = &*segments[0].selectors else { panic!("{text} is a slice") };
        assert_eq!((0..10).filter(|at| slice.contains(*at)).collect::<Vec<_>>(), selected, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_within_its_length(text in "[$.\\[\\]'\"*?:,a-c0-9\\\\u\u{e4} -]{0,24}") {
        for text in [text.clone(), format!("${text}")] {
            match Path::parse(&text) {
                Ok(path) => prop_assert_eq!(Path::parse(&path.to_string()), Ok(path)),
                Err(error) => prop_assert!(error.offset() <= text.len()),
            }
        }
    }
}
