//! What the README shows is what there is: its policy is the shipped one, its files exist, its program compiles (a doc test).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{fs, path::Path};

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn the_smallest_policy_is_the_shipped_one() {
    let readme = read("README.md");
    let blocks: Vec<&str> = readme.split("```").filter_map(|block| block.strip_prefix("toml\n")).collect();
    let meant = |text: &str| -> Vec<String> {
        let lines = text.lines().map(|line| line.trim_end().to_owned());
        lines.filter(|line| !line.is_empty() && !line.trim_start().starts_with('#')).collect()
    };
    let policy = blocks.iter().find(|block| block.contains("[identity]")).unwrap();
    assert_eq!(meant(policy), meant(&read("config/minimal.toml")));
}

#[test]
fn every_file_it_links_to_exists() {
    let readme = read("README.md");
    let links = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let files: Vec<_> = links.filter(|link| !link.starts_with("http")).collect();
    assert!(files.len() > 10);
    for file in files {
        if let Some(heading) = file.strip_prefix('#') {
            let named = |line: &str| line.strip_prefix("## ").map(|it| it.to_lowercase().replace(' ', "-"));
            assert!(readme.lines().any(|line| named(line).as_deref() == Some(heading)), "{file}");
            continue;
        }
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists(), "{file}");
    }
}

#[test]
fn every_example_is_listed() {
    let (readme, folder) = (read("README.md"), Path::new(env!("CARGO_MANIFEST_DIR")).join("examples"));
    let mut found = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_example = path.extension().is_some_and(|ending| ending == "rs") || path.join("main.rs").exists();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap();
        // Some folder without a `main.rs` is shared, and the demo stands above the others.
        if is_example && name != "demo" {
            assert!(readme.contains(&format!("| [`{name}`](examples/{name}")), "{name}");
            found += 1;
        }
    }
    assert!(found >= 7);
}

#[test]
fn every_limit_is_explained() {
    let readme = read("README.md");
    for limit in tower_rapport::decision::Limit::ALL {
        let word = limit.word();
        let is_told = |line: &str| line.starts_with("| `") && line.contains(&format!("`{word}`"));
        assert!(readme.lines().any(is_told), "{word}");
    }
}

#[test]
fn what_counts_once_is_told_with_its_bound() {
    let readme = read("README.md").replace('\n', " ");
    let marks = tower_rapport::relationship::History::MARKS;
    assert!(readme.contains(&format!("while it is among the customer's latest {marks} with an id")));
}
