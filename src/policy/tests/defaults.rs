//! The defaults that the documentation tells are the defaults.

use super::*;
use crate::shaping::class::DataClass;

/// The reference as it is shipped; in memory where a build cannot do otherwise.
fn reference() -> String {
    let text = include_str!("../../../config/reference.toml");
    if cfg!(feature = "embedded") {
        return text.into();
    }
    changed(text, "embedded = { path = \"rapport.redb\" }", "memory = {}")
}

/// The reference with every default written out: every `# key = value` that is no example.
fn spelled_out() -> String {
    let uncommented = |line: &str| {
        let key = line.strip_prefix("# ")?.split_once('=')?;
        let is_key =
            !key.0.trim().is_empty() && key.0.trim().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let is_example = EXAMPLES.iter().any(|example| line.contains(example));
        (is_key && !is_example).then(|| line.strip_prefix("# ").map(ToOwned::to_owned)).flatten()
    };
    let reference = changed(&reference(), "# [serve]", "[serve]");
    reference.lines().map(|line| uncommented(line).unwrap_or_else(|| line.into()) + "\n").collect()
}

/// What is marked as an example, or belongs to a table that is one.
const EXAMPLES: [&str; 32] = [
    "# example",
    "refresh =",
    "url     =",
    "cookie  =",
    "max_age =",
    "cookies =",
    "query   =",
    "segment =",
    "gpp_cookies",
    "share = 0.0",
    "stage = \"new\"",
    "outcome",
    "empty = '",
    "send =",
    "data_as",
    "select =",
    "extends",
    "previous_secrets",
    "kid  =",
    "public_key",
    "last_update",
    "channels",
    "hide = [\"header:x-rec",
    "redis",
    "tls =",
    "texts =",
    "kind =",
    "data   =",
    "steps  =",
    "into =",
    "per_item",
    "path = \"$.options",
];

#[test]
fn a_default_that_is_written_out_changes_nothing() {
    let (spelled, shipped) = (spelled_out(), reference());
    let written = spelled.lines().zip(shipped.lines()).filter(|(one, other)| one != other).count();
    assert!(written >= 30, "only {written} defaults were found");
    assert_eq!(policy(&spelled).fingerprint(), policy(&shipped).fingerprint(), "{spelled}");
}

#[test]
fn a_short_policy_has_the_tables_of_the_reference() {
    let (short, full) = (policy(SHORT), policy(&reference()));
    let rungs = |policy: &Policy| policy.rules().ladder.rungs().to_vec();
    assert_eq!(rungs(&short), rungs(&full));
    assert!(short.rules().purposes.iter().eq(full.rules().purposes.iter()));
    for class in DataClass::ALL {
        assert_eq!(short.classes().opening(class), full.classes().opening(class), "{class:?}");
    }
    let events = |policy: &Policy| {
        policy.events().iter().map(|event| (event.name.clone(), event.takes_stages)).collect::<Vec<_>>()
    };
    assert_eq!(events(&short), events(&full));
    assert!(short.events().iter().all(|event| event.when.is_none()));
    assert_eq!(short.rules().minor, None);
    let born = changed(SHORT, "audience", "claims = { birthdate = \"birthdate\" }\naudience");
    assert_eq!(policy(&born).rules().minor, full.rules().minor);
    let channels = "[caps]\nchannels = [{ header = \"x-channel\", value = \"call\", stage = \"new\" }]\n";
    assert_eq!(policy(&format!("{born}{channels}")).rules().minor, full.rules().minor);
    assert_eq!(policy(&format!("{SHORT}{channels}")).rules().minor, None);
}

#[test]
fn a_share_that_is_left_out_rises_evenly() {
    let text = changed(&reference(), "share      = { new = 0.0, acquainted = 0.3, familiar = 0.7, trusted = 1.0 }", "");
    let policy = policy(&text);
    assert_eq!(policy.endpoints()[0].items.as_ref().unwrap().share, [0, 333, 666, 1000]);
}

#[test]
fn a_stage_without_a_number_takes_the_nearest_lower_one() {
    let policy = policy(&reference());
    let items = policy.endpoints()[0].items.as_ref().unwrap();
    assert_eq!(items.share, [0, 300, 700, 1000]);
    assert_eq!(items.per_topic.as_deref(), Some(&[0, 2, 4, 4][..]));
}

#[test]
fn the_empty_answer_is_made_from_the_path_of_the_items() {
    let empty = |items: &str| {
        let text = format!("{SHORT}{items}");
        String::from_utf8(policy(&text).endpoints()[0].empty.to_vec()).unwrap()
    };
    assert_eq!(empty(""), "{}");
    assert_eq!(empty("items = { path = \"$.items[*]\", data = \"observed\" }"), r#"{"items":[]}"#);
    assert_eq!(empty("items = { path = \"$.data.list[*].hits[*]\", data = \"observed\" }"), r#"{"data":{"list":[]}}"#);
    assert_eq!(empty("items = { path = \"$[*]\", data = \"observed\" }"), "[]");
    assert_eq!(empty("items = { path = \"$..items[*]\", data = \"observed\" }"), "{}");
    assert_eq!(empty("empty = '{\"none\": 1.0}'"), r#"{"none": 1.0}"#);
}

#[test]
fn a_purpose_that_no_rule_is_about_holds_nothing_back() {
    let needed = |more: &str| {
        let policy = policy(&format!("{SHORT}{more}"));
        policy.rules().purposes.names(policy.rules().needed).map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(needed(""), "record");
    let fields = "fields = [{ path = \"$.a\", data = \"none\" }, { path = \"$.b\", data = \"observed\" }]\n";
    assert_eq!(needed(fields), "record personalization");
    assert_eq!(needed("fields = [{ path = \"$.a\", data = \"third_party\" }]\n"), "record cross_context");
    assert_eq!(needed("items = { path = \"$.items[*]\", data = \"provided\" }\n"), "record personalization");
    let all = "record personalization cross_context special_category";
    assert_eq!(needed("items = { path = \"$.items[*]\", data_at = \"$.why\" }\n"), all, "a label may name any class");
    assert_eq!(needed("only = [\"$.id\"]\n"), all, "what is not listed may be of any class");
}

#[test]
fn a_policy_without_a_store_says_that_it_forgets() {
    let policy = policy(&changed(SHORT, "[store]\nmemory = {}\n", ""));
    let warnings: Vec<_> = policy.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(policy.store().kind, StoreKind::Memory);
    assert!(warnings.len() == 1 && warnings[0].contains("kept in memory"), "{warnings:?}");
}

#[test]
fn a_table_that_only_has_to_stand_has_the_defaults_shown_in_it() {
    for (table, shown) in [
        ("[identity.visitors]", "cookie = \"rapport_visitor\"\nmax_age = \"180d\""),
        (
            "[consent.tcf]",
            "cookies = [\"euconsent-v2\"]\nquery = [\"gdpr_consent\"]\nsegment = \"publisher\"\ngpp_cookies = []",
        ),
        ("[holdout]", "share = 0.0\nstage = \"new\""),
        ("[endpoints.explain]\ninto = \"$.why\"", "per_item = false"),
        (
            "[endpoints.items]\npath = \"$.items[*]\"\ndata = \"observed\"\nquiet = { topics = [\"health\"] }\ntopic = \"$.t\"",
            "fill = \"generic\"",
        ),
        ("[report.decisions]\nfile = \"decisions.jsonl\"", "keep = \"7d\"\nrotate = \"100MiB\""),
    ] {
        let (stands, says) = (format!("{SHORT}{table}\n"), format!("{SHORT}{table}\n{shown}\n"));
        let meaning = |text: &str| (policy(text).fingerprint().to_owned(), policy(text).report().clone());
        assert_eq!(meaning(&stands), meaning(&says), "{table}");
        assert_ne!(meaning(&stands), meaning(SHORT), "{table}");
    }
}
