//! What must wait is bounded, and what need not leaves at once.

use super::*;

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

#[test]
fn of_an_item_nothing_leaves_where_the_one_in_its_place_is_too_deep() {
    let at = path("$..items[*]");
    let items = Items::new(at.clone(), ItemData::All(DataClass::Observed), vec![500]).with_id(path("$.id"));
    let open = Opening { from: Stage::at(0), ..Opening::default() };
    let choice = Arc::new(Arc::new(items).choice(Stage::LOWEST, PurposeSet::default(), &Classes::new([open; 5])));
    let limits = Limits { depth: 5, ..Limits::default() };
    let generic = r#"{"items":[{"id":8,"more":[[1]],"x":2}]}"#;
    let filling = Arc::new(Filling::read(&choice, limits, &bytes::Bytes::from(generic)).unwrap());
    let plan = Arc::new(JsonPlan::new([], Some(&at)));
    for item in
        [r#"{"id":1,"name":"Anna","list":["boots","tent"]}"#, r#"["boots","tent","hat"]"#, r#""boots and tent""#]
    {
        let body = format!(r#"{{"a":{{"b":{{"items":[{item},{item}]}}}}}}"#);
        for length in (1..=body.len()).rev() {
            let mut shaper = JsonShaper::choosing(plan.clone(), limits, choice.clone(), Some(filling.clone()));
            let mut out = Vec::new();
            let outcome = body.as_bytes().chunks(length).try_for_each(|piece| shaper.write(piece, &mut out));
            assert_eq!(outcome.map_err(|doubt| doubt.kind()), Err(DoubtKind::TooDeep));
            assert_eq!(String::from_utf8(out).unwrap(), r#"{"a":{"b":{"items":["#, "{body} in pieces of {length}");
        }
    }
}
