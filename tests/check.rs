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
    let file = policy(folder.path(), "[endpoints.request]\nhide = [\"header:authorization\"]\n");
    let output = check(&[&file]);
    let (out, err) = said(&output);
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(out.trim_end().ends_with(", 1 warning") && err.contains("`hide` acts only where"), "{out}{err}");
}

#[test]
fn what_is_not_understood_is_told_with_status_2() {
    for args in [&["check"][..], &["simulate"], &["explain"], &["check", "--nonsense", "a.toml"], &[]] {
        let output = run(rapport().args(args), "");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(!said(&output).1.is_empty(), "{args:?}");
    }
}

/// An answer as the policy of these tests expects it, in a file beside it.
const ANSWER: &str = r#"{ "first_name": "Anna", "last_name": "Berg",
    "items": [{ "id": 1, "reason": "You bought boots", "score": 0.87 }, { "id": 2, "reason": "", "score": 0.10 }] }"#;

/// What is said of an answer: by the usual policy with something else in one place, and something at its end.
fn look(from: &str, to: &str, more: &str, answer: &str, words: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = policy(folder.path(), more);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(&file, text.replacen(from, to, 1)).unwrap();
    fs::write(folder.path().join("answer.json"), answer).unwrap();
    let mut command = rapport();
    command.current_dir(folder.path()).args(["check", "rapport.toml", "--answer", "answer.json"]).args(words);
    let output = run(&mut command, "");
    let (out, err) = said(&output);
    (output.status.code(), out, err)
}

#[test]
fn an_answer_that_every_rule_meets_is_ok_and_told_as_a_stranger_gets_it() {
    let (code, out, err) = look("", "", "", ANSWER, &[]);
    assert_eq!(code, Some(0), "{out}{err}");
    let (_, told) = out.split_once("no warnings\n").unwrap();
    assert_eq!(
        told,
        r#"
Every rule of `recommendations` meets something in answer.json

What a stranger gets of it
  {"first_name":null,"last_name":"Berg","items":[{"id":1},{"id":2}]}

What a stranger gets as it came, because no field rule names it: is nothing of it personal?
  $.items[*].id
  $.last_name
"#
    );
}

#[test]
fn a_misspelt_path_is_told_with_the_one_that_was_meant() {
    let (code, out, err) = look("$.first_name", "$.firstName", "", ANSWER, &[]);
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(out.contains("\n  `$.firstName`; did you mean `$.first_name`?\n"), "{out}");
    assert!(out.contains(r#"{"first_name":"Anna","#) && out.contains("\n  $.first_name\n"), "it leaks: {out}");
    let (code, out, _) = look("$.items[*].score", "$.email", "", ANSWER, &[]);
    assert_eq!(code, Some(1));
    assert!(out.contains("\n  `$.email`\n") && !out.contains("did you mean"), "{out}");
}

#[test]
fn the_paths_of_the_items_are_looked_at_too() {
    let items = |path: &str, id: &str| {
        let more = format!("[endpoints.items]\npath = \"{path}\"\nid = \"{id}\"\ndata = \"observed\"\n");
        look("", "", &more, ANSWER, &[])
    };
    let (code, out, err) = items("$.items[*]", "$.id");
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.contains("asked as for somebody unknown"), "{out}");
    let (code, out, _) = items("$.Items[*]", "$.id");
    assert_eq!(code, Some(1));
    assert!(
        out.contains("\n  items.path `$.Items[*]`; did you mean `$.items[*]`?\n") && !out.contains("items.id"),
        "{out}"
    );
    let (code, out, _) = items("$.items[*]", "$.ID");
    assert_eq!(code, Some(1));
    assert!(out.contains("\n  items.id `$.ID`; did you mean `$.id`?\n"), "{out}");
}

#[test]
fn what_an_item_says_of_itself_is_looked_at() {
    let items = |answer: &str| {
        let more = "[endpoints.items]\npath = \"$.items[*]\"\ndata_at = \"$.basis\"\ntopic = \"$.tags[0]\"\n\
                    data_as = { popular = \"none\" }\n";
        look("", "", more, answer, &[])
    };
    let item = |item: &str| format!(r#"{{"first_name":"","items":[{{"reason":"","score":1,{item}}}]}}"#);
    let (code, out, err) = items(&item(r#""basis":"popular","tags":["a"]}, {"basis":"observed"}, {"basis":null"#));
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(!out.contains("Labels"), "{out}");
    let (code, out, _) = items(&item(r#""bases":"popular","tag":["a"]"#));
    assert_eq!(code, Some(1), "{out}");
    assert!(
        out.contains(
            "\nWhat items of `recommendations` are to say of themselves, and no item in answer.json does\n  \
             items.data_at `$.basis`; did you mean `$.bases`?\n"
        ),
        "{out}"
    );
    assert!(out.contains("\n  items.topic `$.tags[0]`; did you mean `$.tag[0]`?\n"), "one value at most: {out}");
    let (code, out, _) = items(&item(r#""bases":{"why":"popular"},"about":{"Tags":["a"]}"#));
    assert_eq!(code, Some(1), "{out}");
    assert!(out.contains("\n  items.data_at `$.basis`\n"), "an object is no word: {out}");
    assert!(out.contains("\n  items.topic `$.tags[0]`; did you mean `$.about.Tags[0]`?\n"), "{out}");
    let (code, out, _) = items(&item(r#""basis":"viewed","tags":["a"]}, {"basis":7}, {"basis":"popular""#));
    assert_eq!(code, Some(0), "what is not shown shows nothing: {out}");
    assert!(
        out.contains(
            "\nLabels of items that are no class of data, so that nobody gets these items\n  7\n  viewed\n  \
             Say in `items.data_as` what chose them, as in `{ \"7\" = \"observed\" }`.\n"
        ),
        "{out}"
    );
}

#[test]
fn a_label_that_is_no_single_word_is_told_of() {
    let more = "[endpoints.items]\npath = \"$.items[*]\"\ndata_at = \"$.basis\"\n";
    let items = |labels: &[&str]| {
        let item = |label: &&str| format!(r#"{{"reason":"","score":1,"basis":{label}}}"#);
        let items = labels.iter().map(item).collect::<Vec<_>>().join(",");
        look("", "", more, &format!(r#"{{"first_name":"","items":[{items}]}}"#), &[])
    };
    let (code, out, err) = items(&["[\"observed\"]", "{}", "{\"why\":\"bought\"}", "\"viewed\""]);
    assert_eq!(code, Some(0), "what is not shown shows nothing: {out}{err}");
    assert!(
        out.contains(
            "\nLabels of items that are arrays, so that nobody gets these items\n  \
             Name with `items.data_at` one element, as in `$.basis[0]`.\n\n\
             Labels of items that are objects, so that nobody gets these items\n  \
             Name with `items.data_at` the member of it that says what chose the item.\n"
        ),
        "{out}"
    );
    assert!(out.contains("that are no class of data, so that nobody gets these items\n  viewed\n  Say in"), "{out}");
    let (_, out, _) = items(&["\"observed\"", "null"]);
    assert!(!out.contains("Labels"), "{out}");
}

#[test]
fn a_label_in_a_document_in_a_string_is_told_of() {
    let more = "[[endpoints.nested]]\npath = \"$.items[*].about\"\nkind = \"json\"\n\
                [endpoints.items]\npath = \"$.items[*]\"\ndata_at = \"$.about.basis\"\n";
    let (code, out, err) = look(
        "",
        "",
        more,
        r#"{"first_name":"","items":[{"reason":"","score":1,"about":"{\"basis\":\"observed\"}"}]}"#,
        &[],
    );
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(
        out.contains(
            "\nLabels that stand in a document in a string, where an item's are not read, so that these items have none\n  \
             Name with `items.data_at` a place outside of it.\n"
        ),
        "{out}"
    );
}

#[test]
fn a_treatment_for_values_of_another_kind_is_told_of() {
    let answer = |score| format!(r#"{{"first_name":"","items":[{{"reason":"","score":{score}}}]}}"#);
    let (code, out, _) = look("", "", "", &answer("\"0.87\""), &[]);
    assert_eq!(code, Some(0), "what is removed is not shown: {out}");
    assert!(
        out.contains(
            "\nTreatments that leave nothing of what stands in answer.json\n  `round_to` of `$.items[*].score`\n  \
             They are for values of another kind, or none of these has a bucket or a word. Choose others; or \
             \"remove\", if that is meant.\n"
        ),
        "{out}"
    );
    for score in ["0.87", "null", "\"0.87\"},{\"score\":1"] {
        let (_, out, _) = look("", "", "", &answer(score), &[]);
        assert!(!out.contains("leave nothing of"), "{score}: {out}");
    }
}

#[test]
fn an_answer_without_values_is_said_to_be() {
    let (code, out, _) = look("", "", "", "{}", &[]);
    assert_eq!(code, Some(1));
    assert!(out.ends_with("\nWhat a stranger gets of it\n  {}\n\nThere is no value in it\n"), "{out}");
}

#[test]
fn documents_in_strings_are_looked_into() {
    let answer =
        r#"{"state": "{ \"firstName\": \"Anna\", \"theme\": \"dark\" }", "items": [{"reason": "", "score": 1}]}"#;
    let nested = "[[endpoints.nested]]\npath = \"$.state\"\nkind = \"json\"\n";
    let (code, out, err) = look("$.first_name", "$.state.first_name", nested, answer, &[]);
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(out.contains("\n  `$.state.first_name`; did you mean `$.state.firstName`?\n"), "{out}");
    let (code, out, err) = look("$.first_name", "$.state.firstName", nested, answer, &[]);
    assert_eq!(code, Some(0), "{out}{err}");
    assert!(out.ends_with("personal?\n  $.state.theme\n"), "{out}");
}

#[test]
fn of_what_no_rule_names_so_much_is_told_as_is_read() {
    let members: Vec<String> = (10..53).map(|number| format!("\"m{number}\":0")).collect();
    let answer = format!(r#"{{"first_name":"","items":[{{"reason":"","score":1}}],{}}}"#, members.join(","));
    let (code, out, _) = look("", "", "", &answer, &[]);
    assert_eq!(code, Some(0));
    assert!(out.ends_with("  $.m49\n  and 3 more\n"), "{out}");
    let (_, out, _) = look("path = [", "only = [\"$.items\"]\npath = [", "", &answer, &[]);
    assert!(out.ends_with("Nothing else leaves to a stranger: `only` lists what may\n"), "{out}");
}

#[test]
fn what_is_only_observed_is_said_to_be() {
    let (code, out, _) = look("path = [", "mode = \"observe\"\npath = [", "", ANSWER, &[]);
    assert_eq!(code, Some(0));
    assert!(out.contains("in the mode `observe` everybody gets all of it"), "{out}");
}

#[test]
fn of_several_endpoints_one_is_named() {
    let other =
        "[[endpoints]]\nname = \"home\"\npath = \"/home\"\nfields = [{ path = \"$.name\", data = \"provided\" }]\n";
    for words in [&[][..], &["--endpoint", "hom"]] {
        let (code, _, err) = look("", "", other, ANSWER, words);
        assert_eq!(code, Some(1), "{err}");
        assert!(err.contains("with `--endpoint`") && err.ends_with(": `recommendations`, `home`\n"), "{err}");
    }
    let (code, out, _) = look("", "", other, r#"{"name":"Anna"}"#, &["--endpoint", "home"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("What a stranger gets of it\n  {}\n\nA field rule names every value in it\n"), "{out}");
}

#[test]
fn an_answer_that_cannot_be_read_is_told_of() {
    let (code, out, err) = look("", "", "", "Hello", &[]);
    assert_eq!(code, Some(1), "{out}{err}");
    assert!(err.starts_with("error: the answer `answer.json` is no JSON; save one answer of the service"), "{err}");
    let (code, _, err) = look("", "", "", ANSWER, &["--answer", "missing.json"]);
    assert_eq!(code, Some(2), "named twice: {err}");
    let folder = tempfile::tempdir().unwrap();
    let (file, missing) = (policy(folder.path(), ""), folder.path().join("missing.json"));
    let output = run(rapport().arg("check").arg(&file).arg("--answer").arg(&missing), "");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).1.contains("missing.json` cannot be read; name with `--answer` a file"), "{output:?}");
    let output = run(rapport().arg("check").args([&file, &file]).arg("--answer").arg(&missing), "");
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).1.contains("name one file"), "{output:?}");
    let output = run(rapport().arg("check").arg(&file).args(["--endpoint", "home"]), "");
    assert_eq!(output.status.code(), Some(2), "an endpoint of no answer");
}
