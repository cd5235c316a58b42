//! Between two values stands one comma, in what leaves and in what is accepted.

use super::*;

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
