//! What is counted: items that are not shown, and rules that met something.

use super::*;

#[test]
fn each_item_that_is_not_shown_is_counted_once_and_by_its_reason() {
    let withheld = |items: Items, limits: Limits, list: &str, generic: &str| {
        let choice = Arc::new(choice(items));
        let plan = Arc::new(JsonPlan::new([], Some(choice.items.path())));
        let filling = Filling::read(&choice, limits, &Bytes::from(format!(r#"{{"items":{generic}}}"#))).unwrap();
        let mut shaper = JsonShaper::choosing(plan, limits, choice, Some(Arc::new(filling)));
        shaper.write(format!(r#"{{"items":{list}}}"#).as_bytes(), &mut Vec::new()).unwrap();
        shaper.end(&mut Vec::new()).unwrap();
        shaper.withheld().iter().collect::<Vec<_>>()
    };
    let five = r#"[{"id":1},{"id":2},{"id":3},{"id":4},{"id":5}]"#;
    let topics = r#"[{"id":1,"topic":"a"},{"id":2,"topic":"A"},{"id":3,"topic":"b"}]"#;
    let large = format!(r#"[{{"id":1}},{{"id":2,"x":"{}"}}]"#, "x".repeat(40));
    let small = Limits { item: 40, ..Limits::default() };
    let normal = Limits::default();
    let quiet = || items(1000).with_quiet(["grief".to_owned()], DataClass::Inferred);
    for (items, limits, list, generic, expected) in [
        (all(1000), normal, five, "[]", &[][..]),
        (all(0), normal, five, "[]", &[("closed", 5)]),
        (all(400), normal, five, "[]", &[("share", 3)]),
        (all(1000), normal, r#"[{"id":1},{"id":1},{"id":2}]"#, "[]", &[("twice", 1)]),
        // While it waits, too; and where anybody would see the same.
        (all(500), normal, r#"[{"id":1},{"id":1},{"id":2}]"#, "[]", &[("share", 1), ("twice", 1)]),
        (all(500), normal, r#"[{"id":1},{"id":2}]"#, r#"[{"id":1}]"#, &[("twice", 1)]),
        (all(1000).with_topic(path("$.topic")).with_per_topic(vec![1]), normal, topics, "[]", &[("topic", 1)]),
        (all(1000), small, &large, "[]", &[("too_large", 1)]),
        (items(1000), normal, r#"[{"basis":"inferred"},{"basis":"odd"},{"basis":"none"}]"#, "[]", &[("closed", 2)]),
        (quiet(), normal, r#"[{"topic":"grief"},{"topic":[]},{"topic":"shoes"}]"#, "[]", &[("closed", 2)]),
        (all(1000), normal, r#"[{"id":1},{"id":2}]"#, r#"[{"id":3}]"#, &[]),
    ] {
        assert_eq!(withheld(items.clone(), limits, list, generic), expected, "{list} {generic}");
    }
}

#[test]
fn rules_for_items_are_counted_only_where_an_own_item_was_shown() {
    let rules = ["$.items[*].why", "$.items[1].x", "$..why", "$.title"].map(|at| (path(at), Treatment::Remove));
    for (share, own, met) in [
        (1000, r#"{"items":[{"id":1}]}"#, [Some(0); 4]),
        (1000, r#"{"items":[{"id":1,"why":2}]}"#, [Some(1), Some(0), Some(1), Some(0)]),
        (500, r#"{"items":[{"id":1,"why":2}]}"#, [None, None, None, Some(0)]),
        (0, r#"{"items":[{"id":1,"why":2}],"why":1,"title":1}"#, [None, None, Some(1), Some(1)]),
    ] {
        let choice = Arc::new(choice(all(share)));
        let plan = Arc::new(JsonPlan::new(rules.clone(), Some(choice.items.path())));
        let filling = Filling::read(&choice, Limits::default(), &r#"{"items":[{"id":7}]}"#.into()).unwrap();
        let mut shaper = JsonShaper::choosing(plan, Limits::default(), choice, Some(Arc::new(filling)));
        shaper.write(own.as_bytes(), &mut Vec::new()).unwrap();
        assert_eq!(shaper.matched().collect::<Vec<_>>(), met, "{own}");
    }
}
