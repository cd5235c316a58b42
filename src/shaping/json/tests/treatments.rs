//! What each treatment makes of values of each type.

use super::*;
use crate::shaping::treatment::{Buckets, Mapping, UrlWithout};

#[test]
fn the_whole_document_is_never_without_a_value() {
    for (treatment, body, left) in [
        (Treatment::Remove, " {\"a\":[1]} ", " null "),
        (Treatment::Null, "1", "null"),
        (replace("{}"), "\"x\"", "{}"),
        (round(0.5), "\"x\"", "null"),
        (round(0.5), "0.8734", "1"),
        (Treatment::Initial, "\"\"", "null"),
        (Treatment::first(1).unwrap(), "[1,2]", "[1]"),
        (Treatment::GeoTo(GeoTo::parse("1km").unwrap()), "[1,2,3]", "null"),
    ] {
        assert_eq!(shaped(&plan([("$", treatment)]), body), left);
    }
}

#[test]
fn every_treatment_acts_on_its_types_and_removes_the_others() {
    let decimal = |number: i64| Decimal::from(number);
    let map = Mapping::new([("a".into(), "\"b\"".into())], Some("c".into()));
    // What becomes of each of these values.
    let values = ["0.8734", "\"Ab > c > d\"", "[0.8734, 2, 3]", "{\"a\": 1}", "true", "null"];
    let (gone, all) = (None, values.map(Some));
    for (treatment, left) in [
        (Treatment::Keep, all),
        (Treatment::Remove, [gone; 6]),
        (Treatment::Null, [Some("null"); 6]),
        (replace("[ 1.0 ]"), [Some("[ 1.0 ]"); 6]),
        (round(0.5), [Some("1"), gone, gone, gone, gone, gone]),
        (Treatment::Buckets(Buckets::new([0, 10].map(decimal)).unwrap()), [Some("0"), gone, gone, gone, gone, gone]),
        (Treatment::DateTo(DateTo::Day), [gone; 6]),
        (Treatment::GeoTo(GeoTo::parse("1km").unwrap()), [Some("0.873"), gone, gone, gone, gone, gone]),
        (Treatment::first(2).unwrap(), [gone, Some("\"Ab > c\""), Some("[0.8734, 2]"), gone, gone, gone]),
        (Treatment::Initial, [gone, Some("\"A.\""), gone, gone, gone, gone]),
        (Treatment::Map(map), [gone, Some("\"c\""), gone, gone, gone, gone]),
        (
            Treatment::UrlWithout(UrlWithout::new(["a"]).unwrap()),
            [gone, Some("\"Ab > c > d\""), gone, gone, gone, gone],
        ),
        (text("it's {$.other}"), [gone, Some("\"it's 1.50\""), gone, gone, gone, gone]),
    ] {
        let plan = plan([("$.items[*].v", treatment.clone())]);
        for (value, left) in values.iter().zip(left) {
            let body = format!(r#"{{"items":[{{"v":{value},"other":1.50}}]}}"#);
            let left = left.map(|left| format!("\"v\":{left},")).unwrap_or_default();
            assert_eq!(shaped(&plan, &body), format!(r#"{{"items":[{{{left}"other":1.50}}]}}"#), "{treatment:?}");
        }
    }
}

#[test]
fn coarsened_texts_are_read_and_written_as_json() {
    for (treatment, value, left) in [
        (
            Treatment::Map(Mapping::new([("a\"".into(), "\\\n😀\u{1}".into())], None)),
            r#""\u0061\"""#,
            r#""\\\n😀\u0001""#,
        ),
        (Treatment::first(1).unwrap(), r#""caf\u00e9 \u003e b""#, r#""café""#),
        (Treatment::Initial, r#""\ud83d\ude00!""#, r#""😀.""#),
        (Treatment::UrlWithout(UrlWithout::new(["u"]).unwrap()), r#""http:\/\/x\/?u=1""#, r#""http://x/""#),
        (Treatment::DateTo(DateTo::Month), r#""2026\u002d05-03""#, r#""2026-05-01""#),
        (Treatment::Initial, r#""\ud83d alone""#, "null"),
        (Treatment::GeoTo(GeoTo::parse("1km").unwrap()), "[13.405, 52.52001]", "[13.401,52.515]"),
    ] {
        assert_eq!(shaped(&plan([("$", treatment)]), value), left, "{value}");
    }
}
