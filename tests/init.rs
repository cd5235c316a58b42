//! `rapport init`: what it proposes for real answers, what it asks, and what it never does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use binary::{rapport, run, said, with_secrets};
use http::Method;
use serde_json::Value;
use tower_rapport::{
    consent::PurposeSet,
    policy::Policy,
    relationship::Stage,
    shaping::json::{JsonShaper, Limits},
};

fn init(folder: &Path, arguments: &[&str], typed: &str) -> Output {
    run(rapport().current_dir(folder).arg("init").args(arguments), typed)
}

fn payloads() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/payloads")
}

fn written(folder: &Path) -> Policy {
    let text = fs::read_to_string(folder.join("rapport.toml")).unwrap();
    Policy::from_toml("rapport.toml", &text, |_| Some("x".repeat(32))).unwrap()
}

/// What leaves of an answer to a newcomer, by the rules that were proposed.
fn to_a_newcomer(policy: &Policy, answer: &str) -> String {
    let endpoint = policy.endpoint(&Method::GET, "/recommendations").unwrap().endpoint;
    let plan = endpoint.plans.plan(Stage::LOWEST, PurposeSet::default());
    let choice = plan.choice().expect("the items were found");
    let mut shaper = JsonShaper::choosing(plan.json().clone(), Limits::default(), choice.clone(), None);
    let mut out = Vec::new();
    shaper.write(answer.as_bytes(), &mut out).unwrap();
    shaper.end(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The fields that each vendor documents as personal, and every list of items.
#[test]
fn of_real_answers_all_that_is_personal_is_found() {
    let known: Value = serde_json::from_slice(&fs::read(payloads().join("FIELDS.json")).unwrap()).unwrap();
    let mut canaries = 0;
    for entry in fs::read_dir(payloads()).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_str().unwrap();
        if name == "FIELDS" {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let output = init(folder.path(), &["--yes", "--from", file.to_str().unwrap()], "");
        assert!(output.status.success(), "{name}: {}", said(&output).1);
        let policy = written(folder.path());
        assert!(policy.warnings().is_empty(), "{}", policy.warnings());
        let answer = fs::read_to_string(&file).unwrap();
        let shown = to_a_newcomer(&policy, &answer);
        for canary in known[name]["fields"].as_array().unwrap().iter().filter_map(|field| field["canary"].as_str()) {
            assert!(answer.contains(canary) && !shown.contains(canary), "{name}: {canary} leaves: {shown}");
            canaries += 1;
        }
    }
    assert!(canaries >= 15, "{canaries}");
}

/// A name that is not known for a customer's, and members whose names say nothing.
#[test]
fn what_stands_beside_a_persons_name_leaves_to_no_stranger() {
    let folder = tempfile::tempdir().unwrap();
    let answer = r#"{"listener": {"displayName": "Ann", "lastHeard": "2026-11-02T10:00:00Z", "since": "2019-03-07", "plays": 61, "location": {"lat": 52.1, "lon": 5.1}}, "episodes": [{"id": "a", "aired": "2026-10-30"}]}"#;
    fs::write(folder.path().join("answer.json"), answer).unwrap();
    assert!(init(folder.path(), &["--yes", "--from", "answer.json"], "").status.success());
    let policy = written(folder.path());
    assert!(policy.warnings().is_empty(), "{}", policy.warnings());
    let shown = to_a_newcomer(&policy, answer);
    assert!(shown.starts_with(r#"{"listener": {"displayName": null, "location": {}}"#), "{shown}");
    let text = fs::read_to_string(folder.path().join("rapport.toml")).unwrap();
    let rule = r#"
[[endpoints.fields]]    # stands under the customer: of a date, the month is enough
path  = "$.listener.lastHeard"
data  = "provided"
steps = { familiar = { date_to = "month" }, trusted = { date_to = "day" } }
"#;
    assert!(text.contains(rule), "{text}");
    assert!(text.ends_with("Is it so?\n#   $.episodes[*].aired\n#   $.episodes[*].id\n"), "{text}");
}

/// What is told is what is to be written, and then it is a policy that chooses.
#[test]
fn of_a_list_without_ids_it_is_told_what_to_write() {
    for (answer, told, line) in [
        (
            r#"{"episodes": [{"slug": "a", "no": 1, "why": "You heard b"}, {"slug": "c", "no": 2, "why": "…"}]}"#,
            "a list is at $.episodes[*], but no id was found in its items; places that look personal: 1, others: 2.
Until there is one, the list leaves whole, in its order. Is it `$.slug` or `$.no`? Then write in `[[endpoints]]`:

  ",
            r#"items = { path = "$.episodes[*]", id = "$.slug", data = "observed" }"#,
        ),
        (
            r#"{"it's": [{"title": "two words"}]}"#,
            "a list is at $['it\\'s'][*], but no id was found in its items; places that look personal: 0, others: 1.
Until there is one, the list leaves whole, in its order. Give each of them an id of its own, and write in `[[endpoints]]`:

  ",
            r#"items = { path = "$['it\\'s'][*]", id = "$.id", data = "observed" }"#,
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("answer.json"), answer).unwrap();
        let output = init(folder.path(), &["--yes", "--from", "answer.json"], "");
        let (out, _) = said(&output);
        let told = format!("rapport.toml is written: {told}{line}\n\nRead every line");
        assert!(out.starts_with(&told), "{out}");
        assert!(written(folder.path()).warnings().is_empty());
        let text = fs::read_to_string(folder.path().join("rapport.toml")).unwrap();
        assert!(text.contains(&format!("\n# {line}    # ")), "{text}");
        fs::write(folder.path().join("rapport.toml"), text.replace(&format!("# {line}"), line)).unwrap();
        let policy = written(folder.path());
        assert!(policy.warnings().is_empty(), "{}", policy.warnings());
        to_a_newcomer(&policy, answer);
    }
}

#[test]
fn where_items_say_what_chose_them_that_is_proposed() {
    let folder = tempfile::tempdir().unwrap();
    let answer = r#"{"items": [{"id": "a", "basis": "observed"}, {"id": "b", "basis": "none"}]}"#;
    fs::write(folder.path().join("answer.json"), answer).unwrap();
    assert!(init(folder.path(), &["--yes", "--from", "answer.json"], "").status.success());
    let text = fs::read_to_string(folder.path().join("rapport.toml")).unwrap();
    let line = r#"items = { path = "$.items[*]", id = "$.id", data_at = "$.basis" }    # each says what chose it"#;
    assert!(text.contains(line), "{text}");
    let policy = written(folder.path());
    assert!(policy.warnings().is_empty(), "{}", policy.warnings());
}

#[test]
fn what_is_proposed_is_told_with_its_reason_and_so_is_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let answer = r#"{"customer": {"first_name": "Anna", "email": "a@b", "tier": 3}, "it's": 1, "items": [{"sku": "a", "reason": "you like it", "score": 0.7, "url": "/p?uid=7"}]}"#;
    fs::write(folder.path().join("answer.json"), answer).unwrap();
    let output = init(folder.path(), &["--yes", "--from", "answer.json"], "");
    let (out, err) = said(&output);
    assert!(output.status.success() && err.is_empty(), "{err}");
    insta::assert_snapshot!("init_said", out);
    insta::assert_snapshot!("init_written", fs::read_to_string(folder.path().join("rapport.toml")).unwrap());
}

#[test]
fn what_was_not_said_is_asked_and_an_empty_line_takes_what_is_proposed() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("issuer.pem"), include_str!("keys/p256.pem")).unwrap();
    let typed = "\n/shop/{*rest}\nhttps://id.own.example\nES256\n\nredis\n";
    let output = init(folder.path(), &["--audience", "own"], typed);
    let (_, asked) = said(&output);
    assert!(output.status.success(), "{asked}");
    assert!(
        asked.starts_with("A file with an example answer, as JSON [none]: Path of the answers [/recommendations]: "),
        "{asked}"
    );
    assert!(!asked.contains("their `aud`"), "what is said is not asked: {asked}");
    let text = fs::read_to_string(folder.path().join("rapport.toml")).unwrap();
    for line in [
        "issuer   = \"https://id.own.example\"",
        "audience = \"own\"",
        "public_key = { file = \"issuer.pem\" }",
        "redis = { url",
        "name = \"shop\"\npath = \"/shop/{*rest}\"",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert!(init(folder.path(), &[], &"\n".repeat(6)).status.success());
    assert_eq!(written(folder.path()).endpoints().len(), 1);
}

#[test]
fn where_nobody_answers_nothing_is_written() {
    for typed in ["", "\n/shop\n"] {
        let folder = tempfile::tempdir().unwrap();
        let output = init(folder.path(), &[], typed);
        let says = "\nerror: the questions cannot be asked: the input ended before all were answered; say `--yes` to take what is \
                    proposed, or name the answers as options\n";
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).1.ends_with(says), "{}", said(&output).1);
        assert!(!folder.path().join("rapport.toml").exists());
    }
}

#[test]
fn an_example_that_cannot_be_read_is_told_before_anything_is_asked() {
    for (arguments, typed, says) in [
        (&["--from", "no.json"][..], "", "error: the example `no.json` cannot be read"),
        (&["--from", "page.html"], "", "error: the example `page.html` is no JSON"),
        (
            &[],
            "no.json\n",
            "A file with an example answer, as JSON [none]: error: the example `no.json` cannot be read",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("page.html"), "<p>Anna</p>").unwrap();
        let output = init(folder.path(), arguments, typed);
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).1.starts_with(says), "{}", said(&output).1);
    }
}

/// However the files are called.
#[test]
fn what_is_told_to_be_run_can_be_pasted_into_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    let [answer, out] = ["-one \"answer\".json", "Anna's $policy;.toml"];
    fs::write(folder.path().join(answer), r#"{"items": [{"id": "a"}]}"#).unwrap();
    let output = init(folder.path(), &["--yes", &format!("--from={answer}"), "--out", out], "");
    let (told, err) = said(&output);
    assert!(output.status.success(), "{err}");
    let line = told.lines().find(|line| line.starts_with("  rapport check")).unwrap();
    assert_eq!(line, r#"  rapport check 'Anna'\''s $policy;.toml' --answer './-one "answer".json'"#);
    let checked = with_secrets(Command::new("sh"))
        .arg("-c")
        .arg(format!("rapport() {{ '{}' \"$@\"; }}\n{line}", env!("CARGO_BIN_EXE_rapport")))
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(checked.status.code(), Some(0), "{}", said(&checked).1);
    assert!(said(&checked).0.starts_with(&format!("{out}: ok")), "{}", said(&checked).0);
    let served = told.lines().find(|line| line.starts_with("  rapport serve")).unwrap();
    assert!(served.starts_with(r"  rapport serve --config 'Anna'\''s $policy;.toml' --listen "), "{served}");
}

#[test]
fn nothing_is_ever_written_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("rapport.toml"), "mine").unwrap();
    let output = init(folder.path(), &["--yes"], "");
    assert_eq!(output.status.code(), Some(1));
    let says = "error: `rapport.toml` is there already and stays as it is; name another file with `--out`, or move this one away\n";
    assert_eq!(said(&output).1, says);
    assert_eq!(fs::read_to_string(folder.path().join("rapport.toml")).unwrap(), "mine");
    assert!(init(folder.path(), &["--yes", "--out", "other.toml"], "").status.success());
}

#[test]
fn what_makes_no_policy_is_told_and_nothing_is_written() {
    for (arguments, says) in [
        (
            &["--path", "recommendations"][..],
            "these answers make no policy, and nothing is written\n  --path: `recommendations`: a path begins with `/`",
        ),
        (&["--algorithm", "none"], "`none`"),
        (
            &["--from", "no.json"],
            "error: the example `no.json` cannot be read; name with `--from` a file with one answer of the service: No such file",
        ),
        (
            &["--from", "page.html"],
            "error: the example `page.html` is no JSON; save one answer of the service as it comes: expected value",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("page.html"), "<p>Anna</p>").unwrap();
        let output = init(folder.path(), &[arguments, &["--yes"]].concat(), "");
        let (_, err) = said(&output);
        assert_eq!(output.status.code(), Some(1));
        assert!(err.contains(says), "{err}");
        assert!(!folder.path().join("rapport.toml").exists());
    }
}
