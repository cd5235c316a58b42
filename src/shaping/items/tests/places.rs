//! Which item takes which place, and what of the list stays.

use super::*;

#[test]
fn a_place_takes_the_next_personal_item_else_the_next_generic_one() {
    let list = |letter: char, numbers: &[u32]| {
        let items = numbers.iter().map(|number| format!(r#"{{"id":"{letter}{number}"}}"#));
        format!("[{}]", items.collect::<Vec<_>>().join(","))
    };
    let (own, generic) = (list('p', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), list('g', &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    let ids = |out: &str| out.replace(|letter: char| !letter.is_alphanumeric(), " ").replace("id", "");
    let words = |out: &str| ids(out).split_whitespace().collect::<Vec<_>>().join(" ");
    for (share, places) in [
        (1, "g0 g1 g2 g3 g4 g5 g6 g7 g8 g9"),
        (300, "g0 g1 g2 p0 g3 g4 p1 g5 g6 p2"),
        (500, "g0 p0 g1 p1 g2 p2 g3 p3 g4 p4"),
        (700, "g0 p0 p1 g1 p2 p3 g2 p4 p5 p6"),
        (1000, "p0 p1 p2 p3 p4 p5 p6 p7 p8 p9"),
    ] {
        assert_eq!(words(&chosen(all(share), &own, &generic)), places, "{share}");
        let left: Vec<_> = places.split(' ').filter(|id| id.starts_with('p')).collect();
        assert_eq!(words(&chosen(all(share).shortened(), &own, &generic)), left.join(" "), "{share}");
    }
    // Nothing may be chosen personally: no item is shown, not even in the place of another.
    assert_eq!(chosen(all(0), &own, &generic), "[]");
    // The generic answer has these already, has one twice, and ends.
    for (generic, places) in [
        // It has some that were shown by then, and one twice; it ends.
        (r#"[{"id":"p1"},{"id":"g"},{"id":"g"},{"id":"p0"},{"id":"h"}]"#, "p1 p0 g p2 h p3 p4 p5"),
        // One that waits is shown as anybody's, as if it did not wait.
        (r#"[{"id":"p0"},{"id":"g"}]"#, "p0 p1 g p2 p3 p4 p5"),
    ] {
        assert_eq!(words(&chosen(all(500), &own, generic)), places, "{generic}");
    }
}

#[test]
fn items_can_be_scalars_and_members() {
    // Without ids they are told apart by their bytes.
    let bare = |share| Items::new(path("$.items[*]"), ItemData::All(DataClass::Observed), vec![share]);
    for (list, generic, left) in [
        ("[1, 2,3 ]", "[7,8]", "[7,1,8 ]"),
        (r#"["a","a","b"]"#, "[true]", r#"[true,"a"]"#),
        ("[1]", "[null]", "[null]"),
        // A key belongs to its item, and leaves with it only.
        (r#"{"x":1, "y" : 2 ,"z":3}"#, r#"{"g":7,"h": 8}"#, r#"{"g":7,"x":1,"h": 8}"#),
        (r#"{"x":1,"y":2}"#, "[7]", r#"{"x":1}"#),
        // Without an id the key tells members apart.
        (r#"{"a":1,"b":2,"c":3}"#, r#"{"a":7,"\u0062":8,"d":9}"#, r#"{"a":7,"b":2,"d":9}"#),
        ("[1,2]", r#"{"g":7}"#, "[1]"),
        ("7", "[1]", "7"),
    ] {
        assert_eq!(chosen(bare(500), list, generic), left, "{list}");
    }
    let by_value = |share| bare(share).with_id(path("$"));
    assert_eq!(chosen(by_value(500), r#"["a", 1]"#, r#"["\u0061", "1", "b"]"#), r#"["\u0061", 1]"#);
}

#[test]
fn white_space_goes_with_the_item_before_which_it_stands() {
    let bare = |share| Items::new(path("$.items[*]"), ItemData::All(DataClass::Observed), vec![share]);
    for (share, list, generic, left) in [
        (500, "[ 1\t, 2\n]", "[\t7]", "[\t7, 1\n]"),
        (500, "[\n  1 ,\n  2 ,\n  3\n]", "[]", "[\n  1\n]"),
        (1000, "[\n  1 ,\n  1 ,\n  3\n]", "[]", "[\n  1 ,\n  3\n]"),
        (1000, "[\n  1 ,\n  1 ,\n  3\n]", "[ 7 ]", "[\n  1 , 7,\n  3\n]"),
        (1, "[ 1 , 2 ]", "[]", "[ ]"),
        (0, "[ 1 , 2 ]", "[]", "[ ]"),
    ] {
        assert_eq!(chosen(bare(share), list, generic), left, "{list:?}");
    }
}

#[test]
fn field_rules_act_on_what_takes_a_place_as_if_it_had_stood_there() {
    let text = |template: &str| Treatment::Text(Template::parse(template).unwrap());
    let own = r#"{"items":[{"id":1,"why":"own"},{"id":2,"why":"own"},{"id":3,"why":"own"}]}"#;
    let generic = r#"{"items":[{"id":7,"why":"generic"},{"id":8}]}"#;
    for (rules, left) in [
        (vec![("$.items[0].why", Treatment::Remove)], r#"{"items":[{"id":7},{"id":1,"why":"own"},{"id":8}]}"#),
        (vec![("$.items[1]", Treatment::Null)], r#"{"items":[{"id":7,"why":"generic"},null,{"id":8}]}"#),
        (vec![("$.items[0]", Treatment::Remove)], r#"{"items":[{"id":1,"why":"own"},{"id":8}]}"#),
        // What is not shown of a list of which the first elements are shown has no place in it.
        (
            vec![("$.items", Treatment::first(2).unwrap())],
            r#"{"items":[{"id":7,"why":"generic"},{"id":1,"why":"own"}]}"#,
        ),
        (
            vec![("$.items[*].why", text("as {$.id}"))],
            r#"{"items":[{"id":7,"why":"as 7"},{"id":1,"why":"as 1"},{"id":8}]}"#,
        ),
        (vec![("$.items[*].id", Treatment::Remove)], r#"{"items":[{"why":"generic"},{"why":"own"},{}]}"#),
        (vec![("$.items", Treatment::Remove)], "{}"),
    ] {
        assert_eq!(run(all(500), &rules, Limits::default(), own, generic), left, "{rules:?}");
    }
    let members = r#"{"items":{"a":{"why":1},"b":{"why":2}}}"#;
    let rules = [("$.items.a.why", Treatment::Remove), ("$.items.g.why", Treatment::Null)];
    let left = r#"{"items":{"g":{"why":null},"a":{}}}"#;
    assert_eq!(run(all(500), &rules, Limits::default(), members, r#"{"items":{"g":{"why":0}}}"#), left);
}

#[test]
fn what_is_part_of_an_item_or_of_a_coarsened_value_is_no_item() {
    let below = |share| Items::new(path("$..items[*]"), ItemData::All(DataClass::Observed), vec![share]);
    let body = r#"{"items":[{"items":[1,2]},{"items":[3]}]}"#;
    assert_eq!(run(below(500), &[], Limits::default(), body, "{}"), r#"{"items":[{"items":[1,2]}]}"#);
    let grid = [("$.items", Treatment::GeoTo(GeoTo::parse("1km").unwrap()))];
    let pair = r#"{"items":[13.405,52.52001]}"#;
    assert_eq!(run(all(500), &grid, Limits::default(), pair, "{}"), r#"{"items":[13.401,52.515]}"#);
}
