//! What texts with places in them read.

use super::*;

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
