//! How many values each rule met, and which rules can meet none.

use super::*;

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
