mod tried;

use std::sync::Arc;

use super::{shaper::PIECE, *};
use crate::{
    consent::PurposeSet,
    relationship::Stage,
    shaping::{
        Doubt, DoubtKind,
        class::{Classes, DataClass, Opening},
        items::{Choice, ItemData, Items, Sign, Withheld},
        path::Path,
        treatment::{Buckets, Constant, DateTo, Decimal, GeoTo, Mapping, RoundTo, Template, Treatment, UrlWithout},
    },
};

fn path(text: &str) -> Path {
    Path::parse(text).unwrap()
}

fn plan<const N: usize>(rules: [(&str, Treatment); N]) -> Arc<JsonPlan> {
    Arc::new(JsonPlan::new(rules.map(|(text, treatment)| (path(text), treatment)), Some(&path("$.items[*]"))))
}

fn run(plan: &Arc<JsonPlan>, limits: Limits, body: &[u8]) -> (String, Result<(), Doubt>) {
    let mut shaper = JsonShaper::new(plan.clone(), limits);
    let mut out = Vec::new();
    let outcome = shaper.write(body, &mut out).and_then(|()| shaper.end(&mut out));
    (String::from_utf8_lossy(&out).into_owned(), outcome)
}

#[track_caller]
fn shaped(plan: &Arc<JsonPlan>, body: &str) -> String {
    let (out, outcome) = run(plan, Limits::default(), body.as_bytes());
    assert_eq!(outcome, Ok(()), "{body}");
    out
}

/// Items that all leave, unless an id comes twice.
fn anybodys_items(at: &str) -> Arc<Choice> {
    all_shown(Items::new(path(at), ItemData::All(DataClass::None), vec![1000]).with_id(path("$.id")))
}

/// All are anybody's, so that each keeps its place.
fn all_shown(items: Items) -> Arc<Choice> {
    let open = Opening { from: Stage::at(0), ..Opening::default() };
    Arc::new(Arc::new(items).choice(Stage::LOWEST, PurposeSet::default(), &Classes::new([open; 5])))
}

fn replace(json: &str) -> Treatment {
    Treatment::Replace(Constant::parse(json).unwrap())
}

fn text(template: &str) -> Treatment {
    Treatment::Text(Template::parse(template).unwrap())
}

fn round(step: f64) -> Treatment {
    Treatment::RoundTo(RoundTo::new(&Decimal::from_f64(step).unwrap()).unwrap())
}

#[test]
fn an_element_that_a_rule_names_by_its_place_is_no_usual_one() {
    let rules =
        [("$.list[0].a", Treatment::Remove), ("$.list[2].b", Treatment::Null), ("$.list[*].c", Treatment::Remove)];
    let plan = plan(rules);
    let item = r#"{"a":1,"b":[2],"c":3,"d":[4]}"#;
    let left = [r#"{"b":[2],"d":[4]}"#, r#"{"a":1,"b":[2],"d":[4]}"#, r#"{"a":1,"b":null,"d":[4]}"#];
    let body = format!("{{\"list\":[{}]}}", [item; 6].join(","));
    let lefts = [left[0], left[1], left[2], left[1], left[1], left[1]].join(",");
    // What the first answer teaches holds for the second.
    (0..2).for_each(|_| assert_eq!(shaped(&plan, &body), format!("{{\"list\":[{lefts}]}}")));
}

#[test]
fn commas_and_white_space_follow_what_is_removed() {
    let plan = plan([("$.x", Treatment::Remove), ("$[1]", Treatment::Remove)]);
    for (body, left) in [
        (r#"{"x":1}"#, "{}"),
        (r#"{ "x" : 1 }"#, "{ }"),
        (r#"{"x":1,"a":2}"#, r#"{"a":2}"#),
        (r#"{"a":2,"x":1}"#, r#"{"a":2}"#),
        (r#"{"a":2 , "x":[{}] , "b":3 }"#, r#"{"a":2 , "b":3 }"#),
        ("{\n  \"a\": 1,\n  \"x\": 2\n}\n", "{\n  \"a\": 1\n}\n"),
        ("{\n  \"x\": 1,\n  \"a\": 2\n}", "{\n  \"a\": 2\n}"),
        (r#"{"x":1,"x":2,"a":0,"x":3}"#, r#"{"a":0}"#),
        ("[ 1 , 2 , 3 ]", "[ 1 , 3 ]"),
        ("[1,2]", "[1]"),
        ("[1]", "[1]"),
    ] {
        assert_eq!(shaped(&plan, body), left);
    }
}

#[test]
fn keys_are_compared_decoded_and_copied_raw() {
    let plan = plan([("$.first_name", Treatment::Remove), ("$['ä']", Treatment::Null)]);
    for (body, left) in [
        (r#"{"fir\u0073t_name":"Anna","a\u0062":1}"#, r#"{"a\u0062":1}"#),
        (r#"{"\u00e4":1,"ä":2,"a":3}"#, r#"{"\u00e4":null,"ä":null,"a":3}"#),
        (r#"{"first_name\uD800":1}"#, r#"{"first_name\uD800":1}"#),
        (r#"{"first_name ":1}"#, r#"{"first_name ":1}"#),
    ] {
        assert_eq!(shaped(&plan, body), left);
    }
}

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

#[test]
fn of_several_rules_the_one_that_shows_less_holds() {
    for (rules, left) in [
        ([("$.v", Treatment::Null), ("$.*", Treatment::Keep), ("$..v", round(0.5))], Some("null")),
        ([("$.v", round(0.5)), ("$.*", round(0.1)), ("$..v", Treatment::Keep)], Some("1")),
        ([("$.v", round(0.5)), ("$.*", round(0.3)), ("$.v", Treatment::Keep)], None),
        ([("$.v", round(0.5)), ("$.v", round(0.3)), ("$.v", replace("7"))], Some("7")),
        ([("$.v", round(0.5)), ("$.*", Treatment::Initial), ("$.v", Treatment::Null)], Some("null")),
        ([("$.v", replace("1")), ("$.*", replace("2")), ("$..v", replace("3"))], Some("1")),
        ([("$.v", replace("1")), ("$.*", replace("2")), ("$..v", Treatment::Remove)], None),
    ] {
        let left = left.map(|left| format!("\"v\":{left}")).unwrap_or_default();
        assert_eq!(shaped(&plan(rules), r#"{"v":0.8734}"#), format!("{{{left}}}"));
    }
}

#[test]
fn rules_inside_a_coarsened_value_act_first() {
    let first = Treatment::first(2).unwrap();
    let tags = plan([("$.tags", first), ("$.tags[*].x", Treatment::Remove), ("$.tags[0]", Treatment::Remove)]);
    assert_eq!(shaped(&tags, r#"{"tags":[0,{"x":1,"y":2},3,{"x":4}]}"#), r#"{"tags":[{"y":2},3]}"#);
    let place = plan([("$.at", Treatment::GeoTo(GeoTo::parse("1km").unwrap())), ("$.at[2]", Treatment::Remove)]);
    assert_eq!(shaped(&place, r#"{"at": [13.405, 52.52001, 34]}"#), r#"{"at": [13.401,52.515]}"#);
    let hidden = plan([("$.a", replace("{\"b\":1}")), ("$.a.b", Treatment::Remove)]);
    assert_eq!(shaped(&hidden, r#"{"a":{"b":2}}"#), r#"{"a":{"b":1}}"#);
}

#[test]
fn templates_read_what_their_item_shows() {
    let plan = plan([
        ("$.items[*].reason", text("You like {$.category[0]} at {$.score}")),
        ("$.items[*].score", round(0.5)),
        ("$.items[*].category[1]", Treatment::Remove),
        ("$.title", text("outside")),
    ]);
    for (item, left) in [
        // The reason may stand before what it reads.
        (
            r#"{"reason":"?", "category":["a\"b","c"], "score":0.8734}"#,
            r#"{"reason":"You like a\"b at 1", "category":["a\"b"], "score":1}"#,
        ),
        (
            r#"{ "category": ["\u0061"] , "score":1e0 , "reason":"?" }"#,
            r#"{ "category": ["\u0061"] , "score":1 , "reason":"You like a at 1" }"#,
        ),
        // Missing, null, no scalar, removed, of another type.
        (r#"{"reason":"?","score":1}"#, r#"{"score":1}"#),
        (r#"{"reason":"?","score":1,"category":[null]}"#, r#"{"score":1,"category":[null]}"#),
        (r#"{"reason":"?","score":1,"category":[["a"]]}"#, r#"{"score":1,"category":[["a"]]}"#),
        (r#"{"reason":"?","score":"high","category":["a"]}"#, r#"{"category":["a"]}"#),
        (r#"{"reason":1,"score":1,"category":["a"]}"#, r#"{"score":1,"category":["a"]}"#),
    ] {
        let body = format!("{{\"items\": [ {item} , {item}]}}");
        assert_eq!(shaped(&plan, &body), format!("{{\"items\": [ {left} , {left}]}}"));
    }
    assert_eq!(shaped(&plan, r#"{"title":"t","items":["reason"]}"#), r#"{"items":["reason"]}"#);
}

#[test]
fn a_template_sees_neither_hidden_values_nor_finer_ones() {
    let grid = || Treatment::GeoTo(GeoTo::parse("1km").unwrap());
    for rules in [
        [("$.items[*].say", text("{$.at[0]}")), ("$.items[*].at", grid()), ("$.none", Treatment::Keep)],
        [("$.items[*].say", text("{$.at[0]}")), ("$.items[*].at", Treatment::Remove), ("$.none", Treatment::Keep)],
        [("$.items[*].say", text("{$.at[0]}")), ("$..at[0]", Treatment::Null), ("$.none", Treatment::Keep)],
        [("$.items[*].say", text("{$.at[0]}")), ("$.items[*].at[0]", text("{$.say}")), ("$.none", Treatment::Keep)],
    ] {
        let out = shaped(&plan(rules), r#"{"items":[{"at":[13.405, 52.52],"say":"?"}]}"#);
        assert!(!out.contains("say"), "{out}");
    }
}

#[test]
fn a_template_reads_nothing_that_first_cuts_off() {
    let grid = || Treatment::GeoTo(GeoTo::parse("1km").unwrap());
    for (rules, element, left) in [
        // Filled, an element with one inside, not filled (so that the next one stands there), in what is then no pair.
        (vec![("$.items[*].tags[0]", text("A"))], r#""x""#, r#""tags":["A"]"#),
        (vec![("$.items[*].tags[0][0]", text("A"))], r#"["x"]"#, r#""tags":[["A"]]"#),
        (vec![("$.items[*].tags[0]", text("{$.none}"))], r#""x""#, r#""tags":["second"]"#),
        (
            vec![("$.items[*].tags[0]", grid()), ("$.items[*].tags[0][0]", text("{$.none}"))],
            r#"["x",13.405,52.52]"#,
            r#""tags":["second"],"reason":"second""#,
        ),
    ] {
        let always = [("$.items[*].tags", Treatment::first(1).unwrap()), ("$.items[*].reason", text("{$.tags[1]}"))];
        let rules = rules.into_iter().chain(always).map(|(place, treatment)| (path(place), treatment));
        let plan = Arc::new(JsonPlan::new(rules, Some(&path("$.items[*]"))));
        let body = format!(r#"{{"items":[{{"tags":[{element},"second"],"reason":"r"}}]}}"#);
        assert_eq!(shaped(&plan, &body), format!(r#"{{"items":[{{{left}}}]}}"#), "{body}");
    }
}

#[test]
fn without_an_item_path_the_document_is_the_item() {
    let rules = [(path("$.a.hello"), text("Hello {$.b}"))];
    let plan = Arc::new(JsonPlan::new(rules, None));
    assert_eq!(shaped(&plan, r#"{"a":{"hello":""},"b":"you"}"#), r#"{"a":{"hello":"Hello you"},"b":"you"}"#);
}

#[test]
fn what_is_too_large_to_be_coarsened_is_removed() {
    let limits = Limits { item: 20, ..Limits::default() };
    let long = "x".repeat(50);
    let initial = plan([("$.v", Treatment::Initial)]);
    let body = |value: &str| format!(r#"{{"a":1,"v":{value},"b":2}}"#);
    assert_eq!(run(&initial, limits, body("\"x\"").as_bytes()).0, body("\"x.\""));
    let removed = (r#"{"a":1,"b":2}"#.to_string(), Ok(()));
    assert_eq!(run(&initial, limits, body(&format!("\"{long}\"")).as_bytes()), removed);
    let grid = plan([("$.v", Treatment::GeoTo(GeoTo::parse("1km").unwrap()))]);
    let pair = format!("[1.{}, 2]", "0".repeat(50));
    assert_eq!(run(&grid, limits, body(&pair).as_bytes()), removed);
    assert_eq!(run(&plan([("$", Treatment::Initial)]), limits, format!("\"{long}\"").as_bytes()).0, "null");
}

#[test]
fn what_waits_for_a_verdict_is_bounded_and_what_does_not_is_not() {
    let limits = Limits { item: 20, depth: 3 };
    let (long, deep) = ("x".repeat(50), "[".repeat(4));
    let ruled = plan([("$.v", Treatment::Remove), ("$.items[*].t", text("x"))]);
    for (body, kind, left) in [
        (format!("{{\"{long}\":1}}"), Some(DoubtKind::TooLarge), "{"),
        (format!("{{\"v\":1{} }}", " ".repeat(50)), Some(DoubtKind::TooLarge), "{"),
        (format!("{{\"items\":[{{\"a\":\"{long}\"}}]}}"), Some(DoubtKind::TooLarge), "{\"items\":["),
        (format!("{{\"v\":{{\"{long}\":\"{long}\"}}}}"), None, "{}"),
        (format!("{{\"v\":{deep}"), Some(DoubtKind::TooDeep), "{"),
        (format!("{{\"a\":{deep}"), Some(DoubtKind::TooDeep), "{\"a\":[["),
    ] {
        let (out, outcome) = run(&ruled, limits, body.as_bytes());
        assert_eq!((&*out, outcome.err().map(|doubt| doubt.kind())), (left, kind), "{body}");
    }
    let free = format!("{{\"{long}\":[\"{long}\"]}}");
    assert_eq!(run(&plan([]), limits, free.as_bytes()), (free.clone(), Ok(())));
}

#[test]
fn what_can_leave_leaves_at_once() {
    let plan = plan([("$.v", Treatment::Remove), ("$.n", Treatment::Null)]);
    let mut shaper = JsonShaper::new(plan, Limits::default());
    for (piece, left) in [
        ("{\"a\": \"kept un", "{\"a\": \"kept un"),
        ("til here\", \"v", "til here\""),
        ("\": [\"hidden ", ""),
        ("value\"], \"n", ""),
        ("\":", ""),
        ("tr", ", \"n\":null"),
        ("ue ", " "),
        ("}", "}"),
    ] {
        let mut out = Vec::new();
        shaper.write(piece.as_bytes(), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), left, "{piece}");
    }
    shaper.end(&mut Vec::new()).unwrap();
}

/// The grammar of RFC 8259, section by section.
#[test]
fn json_is_accepted_and_what_is_none_is_refused_with_its_kind() {
    use DoubtKind::*;
    let nothing = plan([("$.nowhere", Treatment::Remove)]);
    let hidden = plan([("$", Treatment::Remove)]);
    let accepted: &[&[u8]] = &[
        b"null",
        b"true",
        b"false",
        b"0",
        b"-0",
        b"-1.5e-7",
        b"1E+2",
        b"123456789012345678901234567890",
        b"1e400",
        b"\"\"",
        b"[]",
        b"{}",
        b" \t\r\n[ ] \n",
        b"[[[]],{\"\":{}}]",
        b"{\"a\":1,\"a\":2}",
        b"\"\\u0000\\uDEAD\\/\"",
        "\"\u{7f}\u{80}é\u{2028}\u{ffff}😀\"".as_bytes(),
        b"[1,[2,{\"a\":[]}],\"x\",true,null]",
    ];
    for body in accepted {
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert_eq!(run(&nothing, Limits::default(), body), (text.clone(), Ok(())), "{text}");
        assert_eq!(run(&hidden, Limits::default(), body).1, Ok(()), "{text}");
    }
    let refused: &[(&[u8], DoubtKind, u64)] = &[
        (b"", Empty, 0),
        (b" \n", Empty, 2),
        (b"\xef\xbb\xbf{}", ByteOrderMark, 0),
        (b" \xef\xbb\xbf{}", Syntax, 1),
        (b"\xff\xfe[\0]\0", Syntax, 0),
        (b"[", CutShort, 1),
        (b"{\"a\"", CutShort, 4),
        (b"\"abc", CutShort, 4),
        (b"tru", CutShort, 3),
        (b"-", CutShort, 1),
        (b"1.", CutShort, 2),
        (b"1e", CutShort, 2),
        (b"[1", CutShort, 2),
        (b"{\"a\":", CutShort, 5),
        (b"{}{}", Trailing, 2),
        (b"1 2", Trailing, 2),
        (b"01", Trailing, 1),
        (b"null,", Trailing, 4),
        (b"[]]", Trailing, 2),
        (b"[1,]", Syntax, 3),
        (b"[,1]", Syntax, 1),
        (b"[1 2]", Syntax, 3),
        (b"{,}", Syntax, 1),
        (b"{\"a\":1,}", Syntax, 7),
        (b"{\"a\" 1}", Syntax, 5),
        (b"{\"a\":}", Syntax, 5),
        (b"{a:1}", Syntax, 1),
        (b"{1:1}", Syntax, 1),
        (b"{'a':1}", Syntax, 1),
        (b"[1}", Syntax, 2),
        (b"{\"a\":1]", Syntax, 6),
        (b"}", Syntax, 0),
        (b"]", Syntax, 0),
        (b"+1", Syntax, 0),
        (b".5", Syntax, 0),
        (b"-.5", Syntax, 1),
        (b"1.e1", Syntax, 2),
        (b"NaN", Syntax, 0),
        (b"0x1", Trailing, 1),
        (b"[0x1]", Syntax, 2),
        (b"[00]", Syntax, 2),
        (b"[-]", Syntax, 2),
        (b"[1e]", Syntax, 3),
        (b"True", Syntax, 0),
        (b"nul]", Syntax, 3),
        (b"[truee]", Syntax, 5),
        (b"\"\t\"", Syntax, 1),
        (b"\"\0\"", Syntax, 1),
        (b"\"\\a\"", Syntax, 2),
        (b"\"\\u12G4\"", Syntax, 5),
        (b"\"\\U0041\"", Syntax, 2),
        (b"\"\x80\"", Utf8, 1),
        (b"\"\xc3\"", Utf8, 2),
        (b"{\"\xff\":1}", Utf8, 2),
        (b"[\x0c]", Syntax, 1),
        (b"[\xc2\xa0]", Syntax, 1),
        (b"/**/1", Syntax, 0),
    ];
    for plan in [&nothing, &hidden] {
        for (body, kind, offset) in refused {
            let doubt = run(plan, Limits::default(), body).1.unwrap_err();
            assert_eq!((doubt.kind(), doubt.offset()), (*kind, *offset), "{}", String::from_utf8_lossy(body));
        }
    }
}

#[test]
fn after_a_doubt_nothing_more_is_taken_or_sent() {
    let mut shaper = JsonShaper::new(plan([]), Limits::default());
    let mut out = Vec::new();
    let doubt = shaper.write(b"[1, x, 2]", &mut out).unwrap_err();
    assert_eq!(out, b"[1, ");
    assert_eq!(shaper.write(b"]", &mut out), Err(doubt));
    assert_eq!(shaper.end(&mut out), Err(doubt));
    assert_eq!((out.as_slice(), doubt.kind().as_str(), doubt.offset()), (&b"[1, "[..], "syntax", 4));
}

#[test]
fn each_rule_is_told_how_many_values_it_met() {
    let plan = plan([
        ("$.items[*].a", Treatment::Remove),
        ("$.items[*]['a','b']", Treatment::Null),
        ("$.nowhere", Treatment::Remove),
        ("$.items[*].t", text("{$.b}")),
        ("$.items[*].a.b", Treatment::Remove),
    ]);
    let mut shaper = JsonShaper::new(plan, Limits::default());
    shaper.write(br#"{"items":[{"a":{"b":1},"t":"x"},{"b":2,"t":"y"}]}"#, &mut Vec::new()).unwrap();
    assert_eq!(shaper.matched().collect::<Vec<_>>(), [Some(1), Some(2), Some(0), Some(2), None]);
}

#[test]
fn a_rule_that_can_meet_nothing_is_told_from_one_that_met_nothing() {
    let two = || Treatment::first(2).unwrap();
    let grid = || Treatment::GeoTo(GeoTo::parse("1km").unwrap());
    for (above, hides, below, meets) in [
        ("$.a", Treatment::Remove, "$.a.b", false),
        ("$.a", Treatment::Null, "$.a[0]..b", false),
        ("$", replace("{}"), "$.a", false),
        ("$.a", round(0.5), "$.a.b", false),
        ("$.*", Treatment::Remove, "$.a.b", false),
        ("$[*]", Treatment::Remove, "$[0:3].b", false),
        ("$[0:3]", Treatment::Remove, "$[1].b", false),
        ("$[0:3]", Treatment::Remove, "$[0:3].b", false),
        ("$['a','b']", Treatment::Remove, "$['a','b'].c", false),
        ("$..a", Treatment::Remove, "$.x.a.b", false),
        ("$..a", Treatment::Remove, "$..a.b", false),
        ("$..a", Treatment::Remove, "$.x[*]..a[0]..b", false),
        ("$.a", two(), "$.a[2].b", false),
        ("$.a", two(), "$.a[2:]", false),
        ("$.a", Treatment::Keep, "$.a.b", true),
        ("$.a", Treatment::Remove, "$.a", true),
        ("$.a.b", Treatment::Remove, "$.a", true),
        ("$.a.b", Treatment::Remove, "$..b", true),
        ("$.a", Treatment::Remove, "$.*.b", true),
        ("$.a", Treatment::Remove, "$..b", true),
        ("$[0]", Treatment::Remove, "$[0:3].b", true),
        ("$['a']", Treatment::Remove, "$['a','b'].c", true),
        ("$.x.a", Treatment::Remove, "$..a.b", true),
        ("$.a", two(), "$.a[1].b", true),
        ("$.a", two(), "$.a..b", true),
        ("$.a", grid(), "$.a[0]", true),
    ] {
        let shaper = JsonShaper::new(plan([(above, hides), (below, Treatment::Keep)]), Limits::default());
        assert_eq!(shaper.matched().nth(1).unwrap().is_some(), meets, "{below} below {above}");
    }
}

#[test]
fn a_plan_of_keeps_changes_nothing() {
    assert!(plan([]).changes_nothing() && plan([("$.a", Treatment::Keep)]).changes_nothing());
    assert!(!plan([("$.a", Treatment::Keep), ("$.b", Treatment::Null)]).changes_nothing());
}

/// The automaton's sets, not the rules, are what a key costs.
#[test]
fn ten_thousand_rules_are_one_pass() {
    let names = (0..10_000).map(|at| (path(&format!("$.items[*].n{at}")), Treatment::Remove));
    let below = (0..10_000).map(|at| (path(&format!("$..m{at}")), Treatment::Null));
    let plan = Arc::new(JsonPlan::new(names.chain(below), None));
    let mut shaper = JsonShaper::new(plan.clone(), Limits::default());
    let mut out = Vec::new();
    shaper.write(br#"{"items":[{"n9999":1,"m17":2,"x":"#, &mut out).unwrap();
    let nodes = &shaper.state.as_ref().unwrap().nodes;
    assert!(nodes.len() <= 16, "{nodes:?}");
    shaper.write(b"3}]}", &mut out).unwrap();
    assert_eq!(out, br#"{"items":[{"m17":null,"x":3}]}"#);
}

#[test]
fn depth_and_length_cost_no_stack_and_no_memory_where_nothing_waits() {
    let limits = Limits { depth: 200_000, ..Limits::default() };
    let deep = ["[".repeat(100_000), "]".repeat(100_000)].concat();
    assert_eq!(run(&plan([("$..x", Treatment::Remove)]), limits, deep.as_bytes()), (deep.clone(), Ok(())));
    let mut shaper = JsonShaper::new(plan([("$.v", Treatment::Remove)]), Limits::default());
    let mut out = Vec::new();
    shaper.write(b"{\"v\":\"", &mut out).unwrap();
    for _ in 0..1_000 {
        shaper.write(&[b'x'; 10_000], &mut out).unwrap();
    }
    shaper.write(b"\"}", &mut out).unwrap();
    assert_eq!(out, b"{}");
    assert!(shaper.state.as_ref().unwrap().held.capacity() < 1_000);
}

#[test]
fn an_answer_leaves_its_memory_to_the_next_one_and_nothing_of_itself() {
    let plan = plan([("$.v", round(0.5)), ("$.x", Treatment::Remove)]);
    let broken = |digits: usize| {
        let mut shaper = JsonShaper::new(plan.clone(), Limits::default());
        let body = format!("{{\"x\":1,\"v\":{}", "7".repeat(digits));
        shaper.write(body.as_bytes(), &mut Vec::new()).unwrap();
        assert_eq!(shaper.state.as_ref().unwrap().held.len(), digits + 4);
        shaper
    };
    let many: Vec<_> = [10; 40].map(broken).into();
    drop(many);
    let states: Vec<_> = (0..40).map(|_| plan.alone().reuse.take()).collect();
    assert_eq!(states.iter().filter(|state| state.held.capacity() > 0).count(), 16);
    assert!(states.iter().all(|state| state.held.is_empty() && state.frames.is_empty() && state.token.is_none()));
    drop(broken(100_000));
    let state = plan.alone().reuse.take();
    assert_eq!(state.held.capacity(), 0, "what is large is not kept");
    drop(broken(10));
    let (mut shaper, mut out) = (JsonShaper::new(plan.clone(), Limits::default()), Vec::new());
    assert_eq!(shaper.matched().collect::<Vec<_>>(), [Some(0), Some(0)]);
    shaper.write(br#"{"x":2,"v":1.3}"#, &mut out).unwrap();
    shaper.end(&mut out).unwrap();
    assert_eq!(out, br#"{"v":1.5}"#);
}

/// A sign that has been read.
#[derive(Debug, PartialEq)]
enum Read {
    Missing,
    Text(Vec<u8>),
    Unreadable,
}

/// What an item says of itself, in the body cut at `cut`.
fn sign(item: &str, at: &str, cut: usize) -> Read {
    let items = Items::new(path("$[*]"), ItemData::All(DataClass::None), vec![1]).with_id(path(at));
    let mut shaper =
        JsonShaper::finding(JsonShaper::plan_to_find(&items), Limits { depth: 10_000, ..Limits::default() });
    let body = format!("[{item}]");
    let (head, tail) = body.split_at(cut);
    for piece in [head, tail] {
        shaper.write(piece.as_bytes(), &mut Vec::new()).unwrap();
    }
    shaper.end(&mut Vec::new()).unwrap();
    match shaper.state.as_ref().unwrap().item.said.signs(&shaper.plan.signs, item.as_bytes()).id {
        Sign::Missing => Read::Missing,
        sign => sign.text().map_or(Read::Unreadable, |text| Read::Text(text.into_owned())),
    }
}

#[test]
fn a_sign_is_one_scalar_at_one_place() {
    let text = |text: &'static str| Read::Text(text.into());
    for (item, at, sign_of) in [
        (r#"{"id":"p1"}"#, "$.id", text("p1")),
        (r#"{ "i\u0064" : "p\u0031" }"#, "$.id", text("p1")),
        (r#"{"id":-1.50e2}"#, "$.id", text("-1.50e2")),
        (r#"{"id":true}"#, "$.id", text("true")),
        (r#"{"id":""}"#, "$.id", text("")),
        (r#""p1""#, "$", text("p1")),
        ("17", "$", text("17")),
        (r#"[[], {"a":["x","y"]}]"#, "$[1].a[1]", text("y")),
        (r#"{"id":null}"#, "$.id", Read::Missing),
        (r#"{"ID":1}"#, "$.id", Read::Missing),
        (r#"{"a":["x"]}"#, "$.a[1]", Read::Missing),
        (r#"{"a":"x"}"#, "$.a[0]", Read::Missing),
        (r#"{"a":{"0":"x"}}"#, "$.a[0]", Read::Missing),
        (r#"["x"]"#, "$.id", Read::Missing),
        ("null", "$", Read::Missing),
        (r#"{"id":["p1"]}"#, "$.id", Read::Unreadable),
        (r#"{"id":{}}"#, "$.id", Read::Unreadable),
        (r#"{"id":"\ud800"}"#, "$.id", Read::Unreadable),
        (r#"{"id":"p1","i\u0064":"p1"}"#, "$.id", Read::Unreadable),
        (r#"{"a":{"id":"p1"},"a":0}"#, "$.a.id", Read::Unreadable),
        (r#"{"\ud800":0,"id":"p1","x":"\ud800"}"#, "$.id", text("p1")),
        (r#"{"a":{"x":0},"b":{"id":1},"a":{"id":1}}"#, "$.a.id", Read::Unreadable),
        (r#"{"a":{"id":{}},"id":1}"#, "$.a.id", Read::Unreadable),
    ] {
        for cut in 0..item.len() + 2 {
            if format!("[{item}]").is_char_boundary(cut) {
                assert_eq!(sign(item, at, cut), sign_of, "{item} {at} cut at {cut}");
            }
        }
    }
    let deep = format!(r#"{{"x":{}{},"id":1}}"#, "[".repeat(5_000), "]".repeat(5_000));
    assert_eq!(sign(&deep, "$.id", PIECE.min(deep.len())), text("1"));
}

#[test]
fn no_comma_leaves_before_a_key_that_is_too_large_however_it_is_cut() {
    let body = br#"{"a":0,"bcdefghijklmnopqrst"       :1}"#;
    for pieces in [body.chunks(body.len()), body.chunks(5), body.chunks(1)] {
        let mut shaper = JsonShaper::new(plan([("$.z", Treatment::Remove)]), Limits { item: 24, depth: 9 });
        let mut out = Vec::new();
        let outcome = pieces.into_iter().try_for_each(|piece| shaper.write(piece, &mut out));
        assert_eq!(outcome.map_err(|doubt| doubt.kind()), Err(DoubtKind::TooLarge));
        assert_eq!(out, br#"{"a":0"#);
    }
}

#[test]
fn a_number_too_large_to_be_coarsened_is_removed_however_it_is_cut() {
    let halves = Treatment::RoundTo(RoundTo::new(&Decimal::parse("0.5").unwrap()).unwrap());
    let body = br#"{"a":1,"\u0062"    : 9223372036854775809}"#;
    for length in 1..=body.len() {
        let mut shaper = JsonShaper::new(plan([("$[*]", halves.clone())]), Limits { item: 24, depth: 9 });
        let mut out = Vec::new();
        body.chunks(length).for_each(|piece| shaper.write(piece, &mut out).unwrap());
        shaper.end(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), r#"{"a":1}"#, "in pieces of {length}");
    }
}

#[test]
fn an_answer_leaves_as_the_first_one_did_by_the_same_plan_wherever_it_ends() {
    let rules = [
        ("$.a.n", Treatment::Null),
        ("$.a.r", replace(r#"{"gone":true}"#)),
        ("$.a.x", Treatment::Remove),
        ("$.s", round(0.5)),
    ];
    let whole = [
        (r#"{"a":{"n":"Anna","r":1,"x":[0]},"s":0.7,"t":tr}"#, None),
        (
            r#"{"a":{"n":"Anna","r":1,"x":[0]},"s":0.7,"t":true}"#,
            Some(r#"{"a":{"n":null,"r":{"gone":true}},"s":0.5,"t":true}"#),
        ),
        (r#"{"a":{"x":0,"n":{},"r":"\ud800"}, "p":12}"#, Some(r#"{"a":{"n":null,"r":{"gone":true}}, "p":12}"#)),
        (r#"{"a":{"n":null , "r":false},"s":-9}"#, Some(r#"{"a":{"n":null , "r":{"gone":true}},"s":-9}"#)),
        (r#"{"p":1,"E":2,"fals":fals"#, None),
    ];
    for (body, shown) in whole {
        let known = plan(rules.clone());
        let shaped = |plan: &Arc<JsonPlan>, body: &[u8], length| {
            let (mut shaper, mut out) = (JsonShaper::new(Arc::clone(plan), Limits::default()), Vec::new());
            let outcome = body.chunks(length).try_for_each(|piece| shaper.write(piece, &mut out));
            let outcome = outcome.and_then(|()| shaper.end(&mut out));
            (outcome, String::from_utf8(out).unwrap())
        };
        for end in (0..=body.len()).rev() {
            let begun = &body.as_bytes()[..end];
            for length in [1, 7, 64] {
                let first = shaped(&plan(rules.clone()), begun, length);
                assert_eq!(shaped(&known, begun, length), first, "{end} bytes of {body} in pieces of {length}");
                assert!(end < body.len() || shown.is_none_or(|shown| first == (Ok(()), shown.to_owned())), "{first:?}");
            }
        }
    }
}

#[test]
fn between_two_members_stands_one_comma_in_whatever_order_they_come() {
    let plan = Arc::new(JsonPlan::new([(path("$[*].z"), Treatment::Remove)], Some(&path("$[*]"))));
    let choice = anybodys_items("$[*]");
    let usual = r#"{"a":1,"b":2,"c":3}"#;
    let wrong = [
        r#"{"a":1"b":2}"#,
        r#"{"a":false"b":2}"#,
        r#"{"a":"1""b":2}"#,
        r#"{"a":[]"b":2}"#,
        r#"{"\u0061":1"b":2}"#,
        r#"{"x":1"b":2}"#,
        r#"{"a":1,,"b":2}"#,
        r#"{,"a":1}"#,
        r#"{"a":1,}"#,
        r#"{"x":1"a":1,"b":2}"#,
        r#"{"b":1"a":1}"#,
        r#"{"a":1,"b":2"c":3}"#,
    ];
    let before =
        ["", r#"{"b":2},"#, r#"{"b":2},{"c":3},"#, r#"{"\u0061":1,"b":2},{"b":2},{"c":2},"#, r#"{"c":1,"a":2},"#];
    for (wrong, before, repeats) in wrong
        .iter()
        .flat_map(|wrong| before.iter().flat_map(move |before| [0, 1, 3].map(|times| (wrong, before, times))))
    {
        let usual = format!("{usual},").repeat(repeats);
        let behind = format!(",{{\"z\":\"{}\"}}]", "and more, so that much is at hand. ".repeat(4));
        let body = format!("[{usual}{before}{before}{wrong}{behind}");
        for length in [1, 7, body.len()] {
            let alone = JsonShaper::new(Arc::clone(&plan), Limits::default());
            let chosen = JsonShaper::choosing(Arc::clone(&plan), Limits::default(), Arc::clone(&choice), None);
            for mut shaper in [alone, chosen] {
                let mut out = Vec::new();
                let outcome = body.as_bytes().chunks(length).try_for_each(|piece| shaper.write(piece, &mut out));
                assert_eq!(outcome.map_err(|doubt| doubt.kind()), Err(DoubtKind::Syntax), "{body}");
            }
        }
    }
}

#[test]
fn the_items_of_a_list_leave_as_if_each_came_alone_whether_they_are_chosen_or_not() {
    let rules = [
        ("$.items[*].x", Treatment::Remove),
        ("$.items[*].n", round(0.5)),
        ("$.items[2].y", Treatment::Remove),
        ("$.items[*].parts[*].p", Treatment::Remove),
    ];
    let plan = plan(rules);
    let choice = all_shown(Items::new(path("$.items[*]"), ItemData::All(DataClass::None), vec![1000]));
    for (list, left) in [
        (r#"{"x":1,"n":0.3,"y":2},{"n":1.8},{"y":3,"x":2},{"y":4}"#, r#"{"n":0.5,"y":2},{"n":2},{},{"y":4}"#),
        (r#" {"x":1} , { "y" : 2 , "x" : 3 } ,{ "z":0} "#, r#" {} , { "y" : 2  } ,{ "z":0} "#),
        (r#"{ } ,{"x":[1]}, {"x":{}, "y":1},7 ,{"n":"?"},[],{"n":7.1 }"#, r#"{ } ,{}, {},7 ,{},[],{"n":7 }"#),
        (r#"{"x":"\u0061","\u0078":1},{"z":-1e3,"x":0},null"#, r#"{},{"z":-1e3},null"#),
        (
            r#"{"parts":[{"p":1,"q":[2]},{"q":1}, {"p":[{}]}],"n":2},{"n":3,"parts":[ {} ,[{"p":1}],{"p":2,"q":3}]},{"parts":{"p":1}}"#,
            r#"{"parts":[{"q":[2]},{"q":1}, {}],"n":2},{"n":3,"parts":[ {} ,[{"p":1}],{"q":3}]},{"parts":{"p":1}}"#,
        ),
    ] {
        let whole = |list: &str| format!(r#"{{"items":[{list}],"more":"{}"}}"#, ".".repeat(64));
        let (body, left) = (whole(list), whole(left));
        let cuts = (0..body.len()).map(|cut| vec![cut, body.len()]).chain([(1..=body.len()).collect()]);
        let last = cuts.flat_map(|cuts| [(cuts.clone(), true), (cuts, false)]);
        for (cuts, is_chosen) in last {
            let mut shaper = match is_chosen {
                true => JsonShaper::choosing(Arc::clone(&plan), Limits::default(), Arc::clone(&choice), None),
                false => JsonShaper::new(Arc::clone(&plan), Limits::default()),
            };
            let (mut out, mut from) = (Vec::new(), 0);
            for to in cuts {
                shaper.write(&body.as_bytes()[from..to], &mut out).unwrap();
                from = to;
            }
            shaper.end(&mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), left, "{is_chosen}");
        }
    }
}

#[test]
fn items_that_stand_beside_each_other_need_one_comma() {
    let plan = plan([("$.items[*].x", Treatment::Remove)]);
    for list in
        [r#"{"a":1} {"x":1}"#, r#"{"a":1},,{"x":1}"#, r#",{"a":1}"#, r#"{"a":1},"#, r#"{"a":1}{"a":1}"#, r#"{"a":1]"#]
    {
        let body = format!(r#"{{"items":[{list}],"more":"{}"}}"#, ".".repeat(64));
        for length in [1, 7, body.len()] {
            let mut shaper = JsonShaper::new(Arc::clone(&plan), Limits::default());
            let outcome = body.as_bytes().chunks(length).try_for_each(|piece| shaper.write(piece, &mut Vec::new()));
            assert_eq!(outcome.map_err(|doubt| doubt.kind()), Err(DoubtKind::Syntax), "{body}");
        }
    }
}

#[test]
fn a_key_without_a_comma_is_expected_only_where_an_object_begins() {
    let plan = plan([("$.items[*].x", Treatment::Remove)]);
    let list = |item: &str| format!(r#"{{"items":[{item},{item}],"more":"{}"}}"#, ".".repeat(64));
    shaped(&plan, &list(r#"{"a":1,"b":2}"#));
    for item in [r#"{"\u0061":1"a":2}"#, r#"{"a":1"a":2}"#, r#"{"a":1"b":2}"#, r#"{,"a":1}"#, r#"{,"b":1}"#] {
        let (_, outcome) = run(&plan, Limits::default(), list(item).as_bytes());
        assert_eq!(outcome.map_err(|doubt| doubt.kind()), Err(DoubtKind::Syntax), "{item}");
    }
}

#[test]
fn what_an_item_says_of_itself_makes_no_document_of_a_string() {
    let nested = vec![(path("$.items[*].category"), Nested::Json)];
    let plan = Arc::new(JsonPlan::of(JsonRules { nested, item: Some(path("$.items[*]")), ..JsonRules::default() }));
    let items = Items::new(path("$.items[*]"), ItemData::All(DataClass::None), vec![1000]).with_id(path("$.id"));
    let choice = all_shown(items.with_topic(path("$.category[0]")));
    let item = |id: u8| format!(r#"{{"id":{id},"category":"shoes \u003e boots"}}"#);
    let body = format!(r#"{{"items":[{},{}],"more":"{}"}}"#, item(1), item(2), ".".repeat(64));
    for size in [1, 7, 40, body.len()] {
        let mut shaper = JsonShaper::choosing(Arc::clone(&plan), Limits::default(), Arc::clone(&choice), None);
        let mut out = Vec::new();
        body.as_bytes().chunks(size).for_each(|piece| shaper.write(piece, &mut out).unwrap());
        shaper.end(&mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), body, "by {size}");
    }
}

#[test]
fn what_is_met_in_strings_is_counted_once_though_items_with_templates_are_read_twice() {
    let rules = vec![
        (path("$.items[*].state.name"), Treatment::Remove),
        (path("$.items[*].say"), text("{$.id}")),
        (path("$.items[*].id"), Treatment::Keep),
    ];
    let nested = vec![(path("$.items[*].state"), Nested::Json)];
    let plan = JsonPlan::of(JsonRules { rules, nested, item: Some(path("$.items[*]")), ..JsonRules::default() });
    let mut shaper = JsonShaper::new(Arc::new(plan), Limits::default());
    let item = r#"{"id":1,"say":"?","state":"{\"name\":1,\"name\":2}"}"#;
    let mut out = Vec::new();
    shaper.write(format!(r#"{{"items":[{item},{item}]}}"#).as_bytes(), &mut out).unwrap();
    assert_eq!(shaper.matched().collect::<Vec<_>>(), [Some(4), Some(2), Some(2)]);
}

#[test]
fn an_item_may_be_as_deep_as_any_other_value() {
    let choice = anybodys_items("$.items[*]");
    let body = format!(r#"{{"items":[{{"id":1}},{{"id":2,"x":[1]}},{{"id":3}}],"more":"{}"}}"#, ".".repeat(64));
    for (depth, is_accepted) in [(4, true), (3, false)] {
        for size in [1, 7, body.len()] {
            let limits = Limits { depth, ..Limits::default() };
            let mut shaper = JsonShaper::choosing(plan([]), limits, Arc::clone(&choice), None);
            let mut out = Vec::new();
            let outcome = body.as_bytes().chunks(size).try_for_each(|piece| shaper.write(piece, &mut out));
            let kind = outcome.and_then(|()| shaper.end(&mut out)).map_err(|doubt| doubt.kind());
            assert_eq!(kind, if is_accepted { Ok(()) } else { Err(DoubtKind::TooDeep) }, "{depth} by {size}");
        }
    }
}
