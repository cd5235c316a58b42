//! Which values a rule is about, and which of several rules holds.

use super::*;

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
fn a_plan_of_keeps_changes_nothing() {
    assert!(plan([]).changes_nothing() && plan([("$.a", Treatment::Keep)]).changes_nothing());
    assert!(!plan([("$.a", Treatment::Keep), ("$.b", Treatment::Null)]).changes_nothing());
}

#[test]
fn an_array_of_scalars_leaves_at_once_only_where_no_rule_meets_them() {
    let numbers = (0..100).map(|number| format!("{number}.5")).collect::<Vec<_>>().join(", ");
    let array = |inside: &str, left: &str| (format!("[{inside}]"), format!("[{left}]"));
    let arrays = [
        array("", ""),
        array(&numbers, &numbers),
        array(r#" "]", "a\"]" "#, r#" "]", "a\"]" "#),
        array(r#""]",{"x":1,"y":2}"#, r#""]",{"y":2}"#),
        array(r#"1,[2,[{"x":[1]}]]"#, "1,[2,[{}]]"),
        array(&format!(r#"{numbers},{{"x":1}}"#), &format!("{numbers},{{}}")),
    ];
    let member = |json: &str| format!(r#""a":{json},"b":{json}"#);
    let all = |of: fn(&(String, String)) -> &String| {
        format!(
            r#"{{"z":[{}],"end":"{}"}}"#,
            arrays.iter().map(|both| format!("{{{}}}", member(of(both)))).collect::<Vec<_>>().join(","),
            ".".repeat(64)
        )
    };
    let (body, left) = (all(|both| &both.0), all(|both| &both.1));
    for rules in [[("$..x", Treatment::Remove)], [("$.z[*]..x", Treatment::Remove)]] {
        let plan = plan(rules);
        for size in [1, 7, 100, body.len(), body.len()] {
            let (mut shaper, mut out) = (JsonShaper::new(Arc::clone(&plan), Limits::default()), Vec::new());
            body.as_bytes().chunks(size).for_each(|piece| shaper.write(piece, &mut out).unwrap());
            shaper.end(&mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), left, "pieces of {size}");
        }
    }
    let each = plan([("$..a[*]", Treatment::Remove)]);
    assert_eq!(shaped(&each, r#"{"z":{"a":[1,"]",2],"b":[1,2]}}"#), r#"{"z":{"a":[],"b":[1,2]}}"#);
    let second = plan([("$..a[1]", Treatment::Null)]);
    assert_eq!(shaped(&second, r#"{"z":{"a":[1,"]",2],"b":[1,2]}}"#), r#"{"z":{"a":[1,null,2],"b":[1,2]}}"#);
}
