//! Rules for HTML.

use super::*;

#[test]
fn a_rule_for_html_that_cannot_stand_is_refused_with_the_remedy() {
    for (rule, says) in [
        (r#"{ select = ".a > .b", data = "provided" }"#, "write a selector without `>`"),
        (r#"{ select = "p:hover", data = "provided" }"#, "write one of classes, ids or attributes"),
        (r#"{ select = "a + b", data = "provided" }"#, "`+` looks at what stands beside an element"),
        (r#"{ select = "..a", data = "provided" }"#, "not a CSS selector"),
        (r#"{ script = "" }"#, "not a CSS selector"),
        (r##"{ script = "#a", data = "provided" }"##, "shaped by `fields`"),
        (r##"{ script = "#a", select = ".a" }"##, "not one of `select` and `script`"),
        (r#"{ select = ".a" }"#, "`data` is missing"),
        (r#"{ select = ".a", data = "provided", steps = { new = { replace = [1] } } }"#, "an element holds a text"),
        (r#"{ select = ".a", data = "provided", steps = { new = { text = "{$.a}" } } }"#, "an element has no paths"),
        (
            r#"{ select = ".a", data = "observed", steps = { new = { attributes = { href = "keep" } } } }"#,
            "below `acquainted` only",
        ),
        (
            r#"{ select = ".a", data = "provided", steps = { new = { attributes = { "a b" = "remove" } } } }"#,
            "cannot be the name of an attribute",
        ),
        (
            "{ select = \".a\", data = \"provided\", steps = { new = { attributes = { \"a\u{fffd}\" = \"remove\" } } } }",
            "cannot be the name of an attribute",
        ),
        (
            r#"{ select = ".a", data = "provided", steps = { new = "null", familiar = { attributes = { href = "remove" } } } }"#,
            "shows less than the one below it, or something that cannot be compared",
        ),
    ] {
        let found = refused(&format!("{SHORT}html = [{rule}]\n")).to_string();
        assert!(found.contains(says), "{says} in {found}");
    }
    for (items, says) in [
        (r#"{ select = ".a ~ .b", data = "observed" }"#, "`~` looks at"),
        (r#"{ select = ".a", id = "b >", data = "observed" }"#, "without `>`"),
        (r#"{ select = ".a", id = "@data id", data = "observed" }"#, "`@data id`: no attribute can have this name"),
        (r#"{ select = ".a", topic = "@", data = "observed" }"#, "write one such as `@data-id`"),
    ] {
        let found = refused(&format!("{SHORT}items = {items}\n")).to_string();
        assert!(found.contains(says), "{says} in {found}");
    }
}

#[test]
fn where_a_policy_has_rules_for_html_pages_can_be_shaped() {
    let shapes = |more: &str| {
        let policy = policy(&format!("{SHORT}{more}\n"));
        let endpoint = policy.endpoint(&Method::GET, "/recommendations").unwrap().endpoint;
        endpoint.plans.html().is_some()
    };
    assert!(!shapes(""));
    assert!(!shapes(r#"fields = [{ path = "$.a", data = "provided" }]"#));
    assert!(shapes(r#"html = [{ select = ".a", data = "provided" }]"#));
    assert!(shapes(r#"items = { select = ".a", data = "observed" }"#));
}
