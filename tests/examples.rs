//! The examples do what they say: each shows a stranger nothing personal, and a regular what was earned.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that fails, fails")]

mod binary;
mod built;

use std::process::Command;

use binary::{run, said};

/// What an example prints.
fn printed(name: &str) -> String {
    // Each has a server of its own, whatever this machine has.
    let output = run(Command::new(built::example(name)).env_remove("REDIS_URL"), "");
    let (printed, errors) = said(&output);
    assert!(output.status.success(), "{name}: {}\n{printed}\n{errors}", output.status);
    printed
}

#[test]
fn minimal() {
    let lines = [
        r#"a stranger: {"customer":{"first_name":null},"items":[{"id":1}]}"#,
        r#"a regular:  {"customer":{"first_name":"Anna"},"items":[{"id":1,"reason":"You bought boots"}]}"#,
    ];
    assert_eq!(printed("minimal").lines().collect::<Vec<_>>(), lines);
}

#[test]
fn typed() {
    let lines = [
        r#"a stranger: {"customer":{"first_name":null},"items":[{"id":1}]}"#,
        r#"a regular:  {"customer":{"first_name":"Anna"},"items":[{"id":1,"reason":"You bought boots"}]}"#,
    ];
    assert_eq!(printed("typed").lines().collect::<Vec<_>>(), lines);
}

#[test]
fn hyper_only() {
    let lines = [
        r#"a stranger: {"customer":{"first_name":null},"items":[{"id":1}]}"#,
        r#"a regular:  {"customer":{"first_name":"Anna"},"items":[{"id":1,"reason":"You bought boots"}]}"#,
    ];
    assert_eq!(printed("hyper_only").lines().collect::<Vec<_>>(), lines);
}

#[test]
#[cfg_attr(not(feature = "cli"), ignore = "this build has no `rapport`")]
fn sidecar() {
    let lines = [
        "imported 20 events of 1 customer",
        r#"a stranger: {"customer": {"first_name": null}, "items": [{"id": 1}]}"#,
        r#"a regular:  {"customer": {"first_name": "Anna"}, "items": [{"id": 1, "reason": "You bought boots"}]}"#,
    ];
    assert_eq!(printed("sidecar").lines().collect::<Vec<_>>(), lines);
}

#[test]
#[cfg_attr(not(feature = "redis"), ignore = "this build has no Redis")]
fn redis() {
    let lines = [
        r#"a stranger:                 {"customer":{"first_name":null},"items":[{"id":1}]}"#,
        r#"a regular, at the other:    {"customer":{"first_name":"Anna"},"items":[{"id":1,"reason":"You bought boots"}]}"#,
        r#"limited, at the first:      {"customer":{"first_name":null},"items":[{"id":1,"reason":"You may like this"}]}"#,
    ];
    assert_eq!(printed("redis").lines().collect::<Vec<_>>(), lines);
}

#[test]
fn custom_store() {
    let lines = [
        "the store keeps its contract",
        r#"a stranger: {"customer":{"first_name":null},"items":[{"id":1}]}"#,
        r#"a regular:  {"customer":{"first_name":"Anna"},"items":[{"id":1,"reason":"You bought boots"}]}"#,
    ];
    assert_eq!(printed("custom_store").lines().collect::<Vec<_>>(), lines);
}

#[test]
fn handlers() {
    let printed = printed("handlers");
    let lines: Vec<_> = printed.lines().collect();
    let (decided, answers): (Vec<_>, Vec<_>) = lines.into_iter().partition(|line| line.starts_with("decided"));
    let stage = |line: &&str| line["decided:".len()..].trim().split(',').next().map(str::to_owned);
    let mut stages: Vec<_> = decided.iter().filter_map(stage).collect();
    assert_eq!(stages.len(), 12, "the handler reads the decision of every request: {decided:?}");
    stages.dedup();
    assert_eq!(stages, ["new", "acquainted", "familiar"]);
    let expected = [
        r#"a stranger: {"greeting":"Welcome","items":[{"id":7}]}"#,
        r#"a regular:  {"greeting":"Good to see you again","items":[{"id":1,"reason":"You bought boots"}]}"#,
    ];
    assert_eq!(answers, expected);
}

#[test]
fn events() {
    let lines = [
        r#"a stranger:       {"customer":{"first_name":null},"items":[{"id":1}]}"#,
        r#"with one order:   {"customer":{"first_name":null},"items":[{"id":1,"reason":"You may like this"}]}"#,
        r#"a regular:        {"customer":{"first_name":"Anna"},"items":[{"id":1,"reason":"You bought boots"}]}"#,
        r#"who complained:   {"customer":{"first_name":null},"items":[{"id":1,"reason":"You may like this"}]}"#,
    ];
    assert_eq!(printed("events").lines().collect::<Vec<_>>(), lines);
}
