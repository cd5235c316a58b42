//! Metrics, figures, and what the manual quotes.

use super::*;

#[test]
fn every_metric_is_one() {
    let known = file("src/cli/metrics.rs");
    let mut found = BTreeSet::new();
    for name in CHAPTERS {
        let text = chapter(name);
        let words = text.split(|letter: char| !(letter.is_ascii_lowercase() || letter == '_'));
        found.extend(words.filter(|it| it.starts_with("rapport_") && *it != "rapport_visitor").map(str::to_owned));
    }
    assert!(found.len() > 10, "{found:?}");
    for word in found {
        let name = word.strip_suffix("_bucket").unwrap_or(&word);
        assert!(known.contains(&format!("\"{name}\"")), "{word}");
    }
}

#[test]
fn what_was_measured_is_what_the_readme_says() {
    let (text, readme) = (chapter("operating"), file("README.md"));
    let (_, capacity) = text.split_once("# Capacity").unwrap();
    let (capacity, _) = capacity.split_once("\n# ").unwrap();
    let figures: Vec<_> = capacity.lines().filter(|line| line.starts_with("| ") && line.len() > 6).collect();
    assert!(figures.len() >= 6);
    for figure in figures {
        assert!(readme.contains(figure), "{figure}");
    }
}

#[test]
fn what_a_reload_refuses_is_refused() {
    let (text, serves) = (chapter("operating").replace('\n', " "), file("src/cli/reload.rs"));
    let (_, list) = text.split_once("Refused is what only a start can change:").unwrap();
    let (list, _) = list.split_once("```").unwrap();
    let layer = || {
        let store = std::sync::Arc::new(tower_rapport::store::Memory::default());
        tower_rapport::RapportLayer::new(extended(BASE, "").unwrap(), store).unwrap()
    };
    for (key, written) in [
        ("`report.decisions`", "report.decisions = { file = \"log\" }"),
        ("`max_staleness`", "store.max_staleness = \"3s\""),
        ("`cache.relationships`", "store.cache.relationships = 7"),
        ("where relationships are kept", "store.embedded = { path = \"other.redb\" }"),
        ("secrets of the pseudonyms", "identity.pseudonym_secret = { env = \"ANOTHER\" }"),
    ] {
        assert!(list.contains(key), "{key}");
        assert!(layer().reload(extended(BASE, written).unwrap()).is_err(), "{written}");
    }
    for (key, compared) in [
        ("`[serve]`", "changed(layer.policy().serve()"),
        ("`portal.path`", ".portal().path !="),
        ("`report.metrics`", ".metrics !="),
    ] {
        assert!(list.contains(key) && serves.contains(compared), "{key}");
    }
    for written in ["store.decide_within = \"30ms\"", "relationship.retention = \"31d\"", "mode = \"observe\""] {
        assert!(layer().reload(extended(BASE, written).unwrap()).is_ok(), "{written}");
    }
}

/// What the prose quotes, and where it is said.
#[test]
fn what_is_quoted_is_said() {
    let text = CHAPTERS.map(chapter).concat();
    for (place, words) in [
        ("src/store/embedded/file.rs", &["is open in another process"][..]),
        (
            "src/cli/reload.rs",
            &[
                "the policy is reloaded",
                "the policy is not reloaded, the one before stays in force",
                "another certificate is shown to those who connect from now on",
                "the certificate is not renewed, the one before is still shown",
            ],
        ),
        (
            "src/identity/refusal.rs",
            &["`signature`", "`unknown_key`", "`issuer`", "`audience`", "`expired`", "`no_keys`"],
        ),
        ("src/shaping/doubt.rs", &["`syntax`", "`too_large`", "`too_deep`", "`markup`", "`charset`"]),
        (
            "src/report/told.rs",
            &["`content_type`", "`encoding`", "`path`", "`generic_refused`", "`generic_redirected`"],
        ),
        ("src/cli/health.rs", &["/health", "/ready"]),
    ] {
        let there = file(place);
        for word in words {
            let bare = word.trim_matches('`');
            assert!(text.contains(word), "{word}");
            assert!(
                there.contains(&format!("\"{bare}\"")) || (!word.starts_with('`') && there.contains(bare)),
                "{place}: {word}"
            );
        }
    }
}
