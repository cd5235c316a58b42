//! Where answers and their items explain themselves.

use super::*;

/// A policy whose items say why they are shown, and more of its endpoint.
fn explained(into: &str, more: &str) -> Result<Vec<String>, String> {
    let text = format!("{SHORT}explain = {{ into = \"{into}\", per_item = true }}\n{more}");
    match Policy::from_toml("rapport.toml", &text, env) {
        Ok(policy) => Ok(policy.warnings().iter().map(|warning| warning.message.clone()).collect()),
        Err(found) => Err(found.to_string()),
    }
}

const ITEMS: &str = r#"items = { path = "$.items[*]", id = "$.id", data_at = "$.basis", topic = "$.topic" }"#;

#[test]
fn items_say_why_they_are_shown_where_they_are_named_in_json() {
    let why = "the endpoint names no items in JSON, so that none can say why it is shown";
    assert!(explained("$.why", "").unwrap_err().contains(why));
    assert_eq!(explained("$.why", ITEMS), Ok(Vec::new()));
    #[cfg(feature = "html")]
    assert!(explained("$.why", r#"items = { select = ".card", data = "observed" }"#).unwrap_err().contains(why));
}

#[test]
fn items_with_a_mistake_are_not_taken_for_none() {
    for mistake in
        ["share = { new = 0.5, acquainted = 0.3 }", "per_topic = { new = 2, acquainted = 1 }", "unlabelled = \"x\""]
    {
        let found = explained("$.why", &ITEMS.replace(" }", &format!(", {mistake} }}"))).unwrap_err();
        assert_eq!(found.matches("error: ").count(), 1, "{found}");
    }
}

#[test]
fn an_explanation_takes_no_place_that_is_needed() {
    for (into, says) in [
        ("$.items", "`$.items` is where the items stand"),
        ("$.id", "`$.id` is where an item says what it is"),
        ("$.basis", "`$.basis` is where an item says what it is"),
        ("$.topic", "`$.topic` is where an item says what it is"),
    ] {
        let found = explained(into, ITEMS).unwrap_err();
        assert!(found.contains(says) && found.contains("choose another name"), "{found}");
    }
}

#[test]
fn what_a_field_rule_hides_and_an_item_tells_is_warned_of() {
    let quiet = ITEMS.replace(" }", ", quiet = { topics = [\"grief\"] } }");
    let rule = |path: &str, steps: &str| {
        format!("fields = [{{ path = \"{path}\", data = \"observed\", steps = {{ {steps} }} }}]")
    };
    let told = |path| {
        Ok(vec![format!("`{path}` is hidden or coarsened, and what it means for the item is told all the same")])
    };
    let nothing = Ok(Vec::new());
    for (items, rule, expected) in [
        (ITEMS, rule("$.items[*].basis", "acquainted = \"remove\", familiar = \"keep\""), told("$.items[*].basis")),
        (ITEMS, rule("$.items[*].basis", "trusted = \"keep\""), told("$.items[*].basis")),
        // At the lowest stage no item is the customer's own.
        (ITEMS, rule("$.items[*].basis", "new = \"remove\", acquainted = \"keep\""), nothing.clone()),
        (ITEMS, rule("$.items[*].reason", "trusted = \"keep\""), nothing.clone()),
        (ITEMS, rule("$.items[*].topic", "trusted = \"keep\""), nothing),
        (&quiet, rule("$.items[*].topic", "trusted = \"keep\""), told("$.items[*].topic")),
    ] {
        assert_eq!(explained("$.why", &format!("{items}\n{rule}\n")), expected, "{rule}");
    }
}
