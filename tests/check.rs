//! `rapport check`: what it says, where, and how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;

use std::{fs, path::Path, process::Output};

use binary::{policy, rapport, run, said};

fn check(files: &[&Path]) -> Output {
    run(rapport().arg("check").args(files), "")
}

#[test]
fn a_good_policy_is_ok() {
    let folder = tempfile::tempdir().unwrap();
    let file = policy(folder.path(), "");
    let output = check(&[&file]);
    let (out, err) = said(&output);
    assert_eq!(output.status.code(), Some(0), "{err}");
    let rest = out.strip_prefix(&format!("{}: ok, policy ", file.display())).unwrap();
    let (fingerprint, rest) = rest.split_at(16);
    assert!(fingerprint.bytes().all(|digit| digit.is_ascii_hexdigit()), "{out}");
    assert_eq!(rest, ", no warnings\n");
    assert!(!folder.path().join("rapport.redb").exists(), "checking opens no store");
}

#[test]
fn what_is_wrong_is_named_with_its_place_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let file = policy(folder.path(), "");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("familiar = \"keep\"", "familar = \"keep\"")).unwrap();
    let line = text.lines().position(|line| line.contains("familiar = \"keep\"")).unwrap() + 1;
    let output = check(&[&file]);
    let (out, err) = said(&output);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains(&format!("rapport.toml:{line}:")), "{err}");
    assert!(err.contains("`familar`") && err.contains("`familiar`"), "{err}");
    assert!(out.contains(" errors\n") && !out.contains("ok"), "{out}");
    assert!(!err.contains('\u{1b}'), "colours are for terminals: {err}");
}

#[test]
fn every_file_is_checked_and_one_bad_one_is_enough() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let good = policy(folders[0].path(), "");
    let bad = policy(folders[1].path(), "[serve]\nnonsense = 1\n");
    let missing = folders[0].path().join("missing.toml");
    let output = check(&[&bad, &missing, &good]);
    let (out, err) = said(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(out.contains(&format!("{}: ok, policy ", good.display())), "{out}");
    assert!(err.contains("nonsense") && err.contains("missing.toml"), "{err}");
    assert_eq!(out.lines().count(), 3, "{out}");
}

#[test]
fn warnings_are_counted_and_are_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let file = policy(folder.path(), "[endpoints.explain]\ninto = \"$.why\"\nper_item = true\n");
    let output = check(&[&file]);
    let (out, err) = said(&output);
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(out.trim_end().ends_with(", 1 warning") && err.contains("per_item"), "{out}{err}");
}

#[test]
fn what_is_not_understood_is_told_with_status_2() {
    for args in [&["check"][..], &["simulate"], &["explain"], &["check", "--nonsense", "a.toml"], &[]] {
        let output = run(rapport().args(args), "");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!said(&output).1.is_empty(), "{args:?}");
    }
}
