//! What a plan learns of answers and their items changes nothing in the next ones.

use super::*;

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
fn a_list_that_no_rule_looks_into_is_read_once_where_a_piece_cuts_it() {
    let plan = plan([("$.name", Treatment::Null)]);
    let list = vec![r#"{"id":12,"kind":"a"}"#; 40].join(",");
    let (before, after) = (format!(r#"{{"name":"Anna","list":[{list}"#), format!(r#",{list}],"more":true}}"#));
    let (mut shaper, mut out) = (JsonShaper::new(plan, Limits::default()), Vec::new());
    shaper.write(before.as_bytes(), &mut out).unwrap();
    // Each member that came as it was expected is counted.
    let hits = shaper.state.as_ref().map_or(0, |state| state.turns.hits());
    assert!((40..=80).contains(&hits), "{hits}");
    shaper.write(after.as_bytes(), &mut out).unwrap();
    shaper.end(&mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), (before + &after).replace(r#""Anna""#, "null"));
}

#[test]
fn keys_are_expected_on_where_most_come_as_they_were() {
    // More than are expected of one kind of object.
    let item = (0..80).map(|number| format!("\"k{number}\":{number}")).collect::<Vec<_>>().join(",");
    let body = format!("{{\"items\":[{}", vec![format!("{{{item}}}"); 300].join(","));
    let mut shaper = JsonShaper::new(plan([("$.items[*].k1", Treatment::Null)]), Limits::default());
    shaper.write(body.as_bytes(), &mut Vec::new()).unwrap();
    let orders = &mut shaper.state.as_mut().unwrap().orders;
    assert!((0..).map_while(|number| orders.get(number).map(|order| order.learns())).all(|learns| learns));
}
