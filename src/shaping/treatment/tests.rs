use proptest::{prelude::*, sample::select};

use super::*;

fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap()
}

fn round(step: &str) -> RoundTo {
    RoundTo::new(&decimal(step)).unwrap()
}

fn buckets(bounds: &[&str]) -> Buckets {
    Buckets::new(bounds.iter().map(|bound| decimal(bound))).unwrap()
}

#[test]
fn round_to_gives_the_nearest_multiple_in_short_decimals() {
    for (step, number, rounded) in [
        ("0.5", "0.8734", Some("1")),
        ("0.5", "0.74999999999999999999999", Some("0.5")),
        ("0.5", "0.75", Some("1")),
        ("0.5", "-0.75", Some("-1")),
        ("0.5", "-0.2", Some("0")),
        ("0.1", "0.30000000000000004", Some("0.3")),
        ("0.1", "12.5E-1", Some("1.3")),
        ("0.1", "1e2", Some("100")),
        ("0.1", "0", Some("0")),
        ("0.1", "-0.0e9", Some("0")),
        ("0.25", "0.375", Some("0.5")),
        ("3", "4.4", Some("3")),
        ("3", "4.5", Some("6")),
        ("10", "9223372036854775809", Some("9223372036854775810")),
        ("1", "9007199254740993", Some("9007199254740993")),
        ("1e3", "1499", Some("1000")),
        ("0.001", "1e-400", Some("0")),
        ("0.5", "1e400", None),
        ("0.5", "1e99999999999999999999", None),
    ] {
        assert_eq!(round(step).coarsen(number).as_deref(), rounded, "{number} to {step}");
    }
    assert!(!round("0.5").coarsen_short(b"", &mut Vec::new()));
}

#[test]
fn buckets_give_their_lower_bound() {
    let prices = buckets(&["0", "10", "5e1", "99.90"]);
    for (number, bound) in [
        ("-0.01", None),
        ("0", Some("0")),
        ("-0", Some("0")),
        ("9.999999999999999999999", Some("0")),
        ("1e1", Some("10")),
        ("50.0", Some("50")),
        ("99.9", Some("99.9")),
        ("1e400", Some("99.9")),
        ("-1e400", None),
    ] {
        assert_eq!(prices.coarsen(number).as_deref(), bound, "{number}");
    }
    assert_eq!(buckets(&["-10", "-0.5"]).coarsen("-3").as_deref(), Some("-10"));
}

#[test]
fn date_to_keeps_the_form_and_drops_the_rest() {
    use DateTo::{Day, Month, Year};
    for (period, text, start) in [
        (Day, "2026-05-03", Some("2026-05-03")),
        (Month, "2026-05-03", Some("2026-05-01")),
        (Year, "2024-02-29", Some("2024-01-01")),
        (Day, "2026-05-03T23:59:60Z", Some("2026-05-03T00:00:00Z")),
        (Month, "2026-05-03T23:10:00.123456789012+02:00", Some("2026-05-01T00:00:00Z")),
        (Year, "2026-05-03 10:00:00-11:30", Some("2026-01-01T00:00:00Z")),
        (Day, "2025-02-29", None),
        (Day, "2026-5-3", None),
        (Day, "2026-05-03T10:00Z", None),
        (Day, "2026-05-03T10:00:00", None),
        (Day, "2026-05-03T24:00:00Z", None),
        (Day, "2026-05-03T10:00:00.Z", None),
        (Day, "2026-05-03T10:00:00+24:00", None),
        (Day, "2026-05-03 ", None),
        (Day, "yesterday", None),
        (Day, "2026-05-0\u{e4}", None),
        (Day, "", None),
    ] {
        assert_eq!(period.coarsen(text).as_deref(), start, "{text}");
    }
}

#[test]
fn geo_to_gives_the_corner_towards_zero() {
    for (distance, degrees, corner) in [
        ("1km", "52.52001", Some("52.515")),
        ("1km", "-0.1276", Some("-0.126")),
        ("500m", "13.4050", Some("13.401")),
        ("2.5km", "0.0224", Some("0")),
        ("7km", "-90", Some("-89.964")),
        ("5000km", "179.9", Some("135")),
        ("1km", "361", None),
        ("1km", "1e400", None),
    ] {
        assert_eq!(GeoTo::parse(distance).unwrap().coarsen(degrees).as_deref(), corner, "{degrees} to {distance}");
    }
    let grid = GeoTo::parse("1km").unwrap();
    for (array, pair) in [
        ("[ 13.405 ,\n52.52001]", Some("[13.401,52.515]")),
        ("[13.405]", None),
        ("[13.405,52.52,34]", None),
        ("[13.405,null]", None),
        ("[]", None),
    ] {
        assert_eq!(grid.coarsen_pair(array).as_deref(), pair, "{array}");
    }
}

#[test]
fn texts_lose_all_but_their_beginning() {
    let two = NonZeroU64::new(2).unwrap();
    for (text, parts) in [
        ("Shoes > Running > Trail", "Shoes > Running"),
        ("a>b>c", "a>b"),
        ("one", "one"),
        ("a > b", "a > b"),
        ("", ""),
        (">>", ">"),
    ] {
        assert_eq!(first_parts(text, two), parts);
    }
    for (text, letter) in [("Anna", Some("A.")), ("  élan", Some("é.")), ("😀x", Some("😀.")), (" ", None), ("", None)]
    {
        assert_eq!(initial(text).as_deref(), letter, "{text}");
    }
    let mapping = Mapping::new([("a".into(), "b".into())], None);
    assert_eq!((mapping.coarsen("a"), mapping.coarsen("x")), (Some("b"), None));
    let mapping = Mapping::new([], Some("c".into()));
    assert_eq!(mapping.coarsen("a"), Some("c"));
}

#[test]
fn urls_lose_parameters_and_nothing_else() {
    let without = UrlWithout::new(["pr_*", "uid", "*x*y", "a b"]).unwrap();
    for (url, left) in [
        ("https://s.example/p?uid=7&q=1&pr_id=2&pr_=3#frag?uid=1", "https://s.example/p?q=1#frag?uid=1"),
        ("/p?%75id=7", "/p"),
        ("/p?uid#f", "/p#f"),
        ("/p?UID=7&uidx=1", "/p?UID=7&uidx=1"),
        ("/p?a+b=1&a%20b=2&&q", "/p?&q"),
        ("/p?1x2y=3&xy&yx=1", "/p?yx=1"),
        ("/p?q=%3D%26uid=1", "/p?q=%3D%26uid=1"),
        ("/p#?uid=1", "/p#?uid=1"),
        ("/p?", "/p?"),
        ("no url", "no url"),
    ] {
        assert_eq!(without.coarsen(url), left, "{url}");
    }
}

#[test]
fn templates_are_read_with_their_places_and_braces() {
    let template = Template::parse("{{Because}} you like {$.category[0]}, {$['a}b']}").unwrap();
    let value = |path| Part::Value(Path::parse(path).unwrap());
    use crate::shaping::path::Path;
    let text = |text: &str| Part::Text(text.into());
    assert_eq!(template.parts(), [text("{Because} you like "), value("$.category[0]"), text(", "), value("$['a}b']")]);
    assert!(Template::parse("").unwrap().parts().is_empty());
}

#[test]
fn what_makes_no_sense_is_refused_with_its_kind() {
    use TreatmentErrorKind as Kind;
    let kind = |outcome: Result<Treatment, TreatmentError>| outcome.unwrap_err().kind();
    let step = |text| RoundTo::new(&decimal(text)).map(Treatment::RoundTo);
    for text in ["0", "-1", "0.123456789012345678", "1e301", "1e1000000000"] {
        assert_eq!(kind(step(text)), Kind::Step, "{text}");
    }
    let bounds = |bounds: &[&str]| Buckets::new(bounds.iter().map(|b| decimal(b))).map(Treatment::Buckets);
    assert_eq!(kind(bounds(&[])), Kind::NoBuckets);
    assert_eq!(kind(bounds(&["1", "1.0"])), Kind::Buckets);
    assert_eq!(kind(bounds(&["1", "0", "3"])), Kind::Buckets);
    assert_eq!(kind(bounds(&["1", "1e1000000000"])), Kind::Bound);
    for text in ["", "1", "km", "0km", "-1km", "1 mile", "5001km", "0.5m", "1e9km", "1kmm"] {
        assert_eq!(kind(GeoTo::parse(text).map(Treatment::GeoTo)), Kind::Distance, "{text}");
    }
    assert_eq!(kind(DateTo::parse("week").map(Treatment::DateTo)), Kind::Period);
    assert_eq!(kind(Treatment::first(0)), Kind::First);
    assert_eq!(kind(UrlWithout::new(["uid", ""]).map(Treatment::UrlWithout)), Kind::Pattern);
    assert_eq!(kind(UrlWithout::new(Vec::<String>::new()).map(Treatment::UrlWithout)), Kind::Pattern);
    for text in ["{$.a", "a}", "{$['}']", "{"] {
        assert_eq!(kind(Template::parse(text).map(Treatment::Text)), Kind::Brace, "{text}");
    }
    assert!(matches!(kind(Template::parse("{a}").map(Treatment::Text)), Kind::Path(_)));
    assert_eq!(kind(Template::parse("{$.a[*]}").map(Treatment::Text)), Kind::Plural);
    for text in ["", "a", "1 2", "{\"a\":}"] {
        assert_eq!(kind(Constant::parse(text).map(Treatment::Replace)), Kind::Constant, "{text}");
    }
    assert_eq!(Constant::parse(" 1.50 ").unwrap().as_json(), "1.50");
}

#[test]
fn floats_are_taken_as_they_are_written() {
    for (float, text) in [(0.1, "0.1"), (0.5, "0.5"), (1e21, "1e21"), (-2.5e-7, "-0.00000025"), (-0.0, "0")] {
        assert_eq!(Decimal::from_f64(float), Decimal::parse(text));
    }
    assert_eq!(Decimal::from_f64(f64::NAN), None);
    assert_eq!(Decimal::from_f64(f64::INFINITY), None);
    assert_eq!(Decimal::from(i64::MIN), decimal("-9223372036854775808"));
}

#[test]
fn treatments_are_ordered_by_what_they_show() {
    let constant = |json: &str| Treatment::Replace(Constant::parse(json).unwrap());
    let text = |template: &str| Treatment::Text(Template::parse(template).unwrap());
    let geo = |distance: &str| Treatment::GeoTo(GeoTo::parse(distance).unwrap());
    let url = |patterns: &[&str]| Treatment::UrlWithout(UrlWithout::new(patterns.iter().copied()).unwrap());
    let date = Treatment::DateTo;
    let first = |count| Treatment::first(count).unwrap();
    let map = |to: &str| Treatment::Map(Mapping::new([("a".into(), to.into())], None));
    let rounded = |step: &str| Treatment::RoundTo(round(step));
    let sorted = |bounds: &[&str]| Treatment::Buckets(buckets(bounds));
    // Each shows less than the next, and than all after it.
    let order = [Treatment::Remove, Treatment::Null, constant("1"), rounded("0.5"), rounded("0.1"), Treatment::Keep];
    for (at, one) in order.iter().enumerate() {
        for (other_at, other) in order.iter().enumerate() {
            assert_eq!(one.shows_no_more_than(other), at <= other_at, "{one:?} {other:?}");
        }
        assert_eq!(one.reveals_nothing(), at < 3);
    }
    let yes = [
        (constant("1"), constant("2")),
        (rounded("1"), rounded("0.25")),
        (rounded("0.3"), rounded("0.1")),
        (rounded("1e30"), rounded("0.5")),
        (sorted(&["0", "50"]), sorted(&["0", "10", "50.0"])),
        (date(DateTo::Year), date(DateTo::Day)),
        (geo("10km"), geo("500m")),
        (first(2), first(2)),
        (first(1), first(7)),
        (url(&["uid", "pr_*"]), url(&["uid"])),
        (url(&["p*"]), url(&["pr_*", "p"])),
        (map("b"), map("b")),
        (text("x"), text("x")),
        (Treatment::Initial, Treatment::Initial),
    ];
    for (less, more) in yes {
        assert!(less.shows_no_more_than(&more), "{less:?} {more:?}");
    }
    let no = [
        (rounded("0.5"), rounded("0.3")),
        (rounded("0.1"), rounded("0.5")),
        (sorted(&["0", "20"]), sorted(&["0", "10", "50"])),
        (date(DateTo::Day), date(DateTo::Month)),
        (geo("1km"), geo("700m")),
        (first(3), first(2)),
        (url(&["uid"]), url(&["uid", "pr_*"])),
        (url(&["*x"]), url(&["ax*"])),
        (map("b"), map("c")),
        (text("x"), text("y")),
        (text("x"), constant("\"x\"")),
        (Treatment::Initial, first(1)),
        (rounded("1"), sorted(&["0", "1"])),
    ];
    for (less, more) in no {
        assert!(!less.shows_no_more_than(&more), "{less:?} {more:?}");
    }
}

proptest! {
    #[test]
    fn decimals_compare_and_round_as_integers_do(one in any::<i64>(), other in any::<i64>(), step in 1..1_000_000_i64) {
        prop_assert_eq!(Decimal::from(one).cmp(&Decimal::from(other)), one.cmp(&other));
        let (number, step) = (i128::from(one), i128::from(step));
        let nearest = (number.abs() + step / 2) / step * step * number.signum();
        let rounded = round(&step.to_string()).coarsen(&one.to_string());
        prop_assert_eq!(rounded, Some(nearest.to_string()));
    }

    #[test]
    fn a_short_number_is_rounded_as_any_other(
        number in "-?(0|[1-9][0-9]{0,9})(\\.[0-9]{1,9})?",
        step in prop::sample::select(&["0.5", "0.1", "0.25", "1", "5", "10", "50", "1e3", "1e30", "0.000001", "7e-10", "12.5", "1e-18"][..]),
    ) {
        let mut json = Vec::new();
        if round(step).coarsen_short(number.as_bytes(), &mut json) {
            prop_assert_eq!(round(step).coarsen(&number), Some(String::from_utf8(json).unwrap()));
        } else {
            prop_assert_eq!(json, b"");
            prop_assert!(number.len() > 12 || !["0.5", "0.1", "0.25", "1", "5", "10", "50", "1e3"].contains(&step), "{} {}", number, step);
        }
    }

    /// What the order calls less can be told from what it calls more, for those coarsenings that cut and do not round.
    #[test]
    fn what_shows_less_can_be_told_from_what_shows_more(
        degrees in -180_000_000..180_000_000_i64,
        (coarse, fine) in select(&[("10km", "500m"), ("2km", "1km"), ("9km", "3km")][..]),
        bound in 0..100_i64,
    ) {
        let degrees = format!("{degrees}e-6");
        let (coarse, fine) = (GeoTo::parse(coarse).unwrap(), GeoTo::parse(fine).unwrap());
        prop_assert_eq!(coarse.coarsen(&degrees), coarse.coarsen(&fine.coarsen(&degrees).unwrap()));
        let (coarse, fine) = (buckets(&["0", "50"]), buckets(&["0", "10", "50", "70"]));
        let number = bound.to_string();
        prop_assert_eq!(coarse.coarsen(&number), coarse.coarsen(&fine.coarsen(&number).unwrap()));
    }

    #[test]
    fn no_text_breaks_a_coarsening(text: String, pattern in "[a*]{1,5}") {
        let _ = DateTo::Day.coarsen(&text);
        let _ = round("0.5").coarsen(&text);
        let _ = GeoTo::parse("1km").unwrap().coarsen_pair(&text);
        let _ = Template::parse(&text);
        let left = UrlWithout::new([pattern]).unwrap().coarsen(&text);
        prop_assert!(left.len() <= text.len());
    }
}
