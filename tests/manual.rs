//! What the manual says is so: its defaults are the defaults, its policies can be read, its commands can be typed.
#![cfg(all(feature = "cli", feature = "embedded", feature = "jwks"))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;
#[path = "manual/defaults.rs"]
mod defaults;
#[path = "manual/migrating.rs"]
mod migrating;
#[path = "manual/words.rs"]
mod words;

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use tower_rapport::policy::Policy;

const CHAPTERS: [&str; 16] = [
    "items",
    "pages",
    "consent",
    "portal",
    "nodes",
    "http",
    "serving",
    "history",
    "watching",
    "failures",
    "defaults",
    "threat_model",
    "left_out",
    "operating",
    "migrating",
    "CHANGELOG",
];

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn chapter(name: &str) -> String {
    file(&format!("src/manual/{name}.md"))
}

/// What stands between fences of a kind.
fn fences(text: &str, kind: &str) -> Vec<String> {
    let opening = format!("```{kind}");
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(opened) = line.strip_prefix("```") {
            let within: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if format!("```{opened}") == opening {
                found.push(within.join("\n") + "\n");
            }
        }
    }
    found
}

/// The cells of each row of each table, without its head.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

fn in_ticks(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`').filter(|within| !within.contains('`'))
}

#[test]
fn every_chapter_is_there_and_is_linked() {
    let (front, contents, readme) = (file("src/lib.rs"), file("src/manual/mod.rs"), file("README.md"));
    for name in CHAPTERS {
        let module = name.to_lowercase();
        assert!(contents.contains(&format!("[`{module}`]")), "{name} in the list of chapters");
        assert!(contents.contains(&format!("include_str!(\"{name}.md\")")), "{name}");
        assert!(front.contains(&format!("[`{module}`](manual::{module})")), "{name} on the front page");
        assert!(readme.contains(&format!("(src/manual/{name}.md)")), "{name} in the README");
        let longest = chapter(name).lines().map(|line| line.chars().count()).filter(|length| *length > 0).max();
        assert!(longest > Some(20), "{name}");
    }
    let written = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual")).unwrap();
    let written = written.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|it| it == "md"));
    assert_eq!(written.count(), CHAPTERS.len());
}

mod policies {
    use super::*;

    #[test]
    fn every_one_can_be_read_and_warns_of_nothing() {
        let mut read = 0;
        for name in CHAPTERS {
            for text in fences(&chapter(name), "toml") {
                let policy = extended(BASE, &text).unwrap_or_else(|found| panic!("{name}\n{text}\n{found}"));
                assert!(policy.warnings().is_empty(), "{name}\n{text}\n{}", policy.warnings());
                read += 1;
            }
        }
        assert!(read >= 10, "{read}");
    }

    #[test]
    fn a_slip_in_one_would_be_seen() {
        for (name, written, slip) in [("defaults", "active_days", "activ_days"), ("portal", "me.title", "me.titel")] {
            let text = fences(&chapter(name), "toml").remove(0).replace(written, slip);
            assert!(extended(BASE, &text).is_err(), "{name}");
        }
    }
}

mod commands {
    use super::*;

    #[test]
    fn every_one_can_be_typed() {
        let mut typed = 0;
        for name in CHAPTERS {
            let text = chapter(name);
            let shown = fences(&text, "sh").into_iter().chain(fences(&text, "console"));
            let lines = shown.flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>());
            for line in
                lines.map(|line| line.trim_start_matches("$ ").to_owned()).filter(|it| it.starts_with("rapport "))
            {
                let line = line.split(" #").next().unwrap();
                let words: Vec<&str> = line.split_whitespace().skip(1).collect();
                let help = Command::new(env!("CARGO_BIN_EXE_rapport")).args([words[0], "--help"]).output().unwrap();
                assert!(help.status.success(), "{name}: {line}");
                let help = String::from_utf8(help.stdout).unwrap();
                let flags: Vec<&str> = help.split_whitespace().filter(|word| word.starts_with("--")).collect();
                for flag in words.iter().filter(|word| word.starts_with("--")) {
                    assert!(flags.contains(flag), "{name}: `{flag}` in `{line}`");
                }
                typed += 1;
            }
        }
        assert!(typed >= 20, "{typed}");
    }
}

/// What a fragment of the manual means in a shop's policy.
fn extended(base: &str, more: &str) -> Result<Policy, tower_rapport::policy::Diagnostics> {
    let folder = tempfile::tempdir().unwrap();
    let goes_on = more.lines().any(|line| line.starts_with("extends"));
    for name in ["base.toml", "rapport.toml", "live.toml"] {
        fs::write(folder.path().join(name), base).unwrap();
    }
    fs::create_dir(folder.path().join("keys")).unwrap();
    for name in ["2026-01", "2026-11"] {
        fs::write(folder.path().join(format!("keys/{name}.secret")), format!("{name}, a secret of 32 bytes and more"))
            .unwrap();
    }
    // What stands in another file than the policy says so at its head.
    let texts = more.strip_prefix("# texts/").and_then(|text| text.split_once('\n'));
    if let Some((name, words)) = texts {
        fs::create_dir(folder.path().join("texts")).unwrap();
        fs::write(folder.path().join("texts").join(name), words).unwrap();
    }
    let more = if texts.is_some() { "[portal]\ntexts = \"texts/\"\n" } else { more };
    let head = if goes_on { "" } else { "extends = \"base.toml\"\n" };
    let name = folder.path().join("fragment.toml").display().to_string();
    Policy::from_toml(&name, &format!("{head}{more}"), |name| {
        let is_redis = name.contains("REDIS");
        Some(if is_redis { "redis://localhost".to_owned() } else { format!("{name}, a secret of 32 bytes and more") })
    })
}

/// Where every key of the manual says something.
const BASE: &str = r#"
[identity]
issuer   = "https://id.shop.example"
audience = "shop"
pseudonym_secret = { env = "RAPPORT_PSEUDONYM_SECRET" }
claims   = { purposes = "consent", birthdate = "birthdate" }

[[identity.keys]]
alg    = "HS256"
kid    = "2026-01"
secret = { env = "RAPPORT_JWT_SECRET" }

[identity.visitors]

[consent.tcf]

[holdout]

[store]
memory = {}

[[endpoints]]
name    = "recommendations"
path    = "/recommendations"
items   = { path = "$.items[*]", id = "$.id", data_at = "$.basis" }
fields  = [{ path = "$.partner", data = "third_party", steps = { trusted = "keep" } }]
explain = { into = "$.why" }
"#;
