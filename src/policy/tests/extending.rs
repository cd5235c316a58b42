//! What a policy says together with the one that it goes on from.

use std::{fs, path::Path};

use tempfile::TempDir;

use super::*;
use crate::{policy::presets::Preset, shaping::class::DataClass};

/// A folder of policy files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// The policy `own.toml` of a folder.
fn read(folder: &TempDir) -> Result<Policy, Diagnostics> {
    let path = folder.path().join("own.toml");
    Policy::from_toml(&path.display().to_string(), &fs::read_to_string(&path).unwrap(), env)
}

/// What is found, without the folder.
fn found(folder: &TempDir) -> String {
    read(folder).unwrap_err().to_string().replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn what_it_says_wins_and_the_rest_stays() {
    let base = format!(
        "{SHORT}\
         fields = [{{ path = \"$.a\", data = \"provided\" }}, {{ path = \"$.b\", data = \"provided\" }}]\n\
         unreadable = \"refuse\"\n\
         [[endpoints]]\nname = \"basket\"\npath = \"/basket\"\n\
         [relationship]\npace = \"30d\"\nretention = \"100d\"\n"
    );
    let own = r#"
extends = "base.toml"
[identity]
audience = "own"
[[endpoints]]
name = "mine"
path = "/mine"
[[endpoints]]
name = "recommendations"
path = "/other"
fields = [{ path = "$.b", data = "inferred" }, { path = "$.c", data = "observed" }]
[relationship]
pace = "7d"
"#;
    let folder = folder(&[("base.toml", &base), ("own.toml", own)]);
    let policy = read(&folder).unwrap();
    assert_eq!((policy.meaning.pace, policy.retention_days()), (7, 100));
    let names: Vec<_> = policy.endpoints().iter().map(|endpoint| endpoint.name.as_str()).collect();
    assert_eq!(names, ["recommendations", "basket", "mine"]);
    let whole = format!(
        "{}\
         fields = [{{ path = \"$.a\", data = \"provided\" }}, {{ path = \"$.b\", data = \"inferred\" }}, {{ path = \"$.c\", data = \"observed\" }}]\n\
         unreadable = \"refuse\"\n\
         [[endpoints]]\nname = \"basket\"\npath = \"/basket\"\n[[endpoints]]\nname = \"mine\"\npath = \"/mine\"\n\
         [relationship]\npace = \"7d\"\nretention = \"100d\"\n",
        changed(&changed(SHORT, "\"shop\"", "\"own\""), "\"/recommendations\"", "\"/other\"")
    );
    assert_eq!(policy.fingerprint(), self::policy(&whole).fingerprint(), "it means what one file would");
    assert_eq!(policy.files(), [folder.path().join("own.toml"), folder.path().join("base.toml")]);
}

#[test]
fn one_choice_of_several_is_one_value() {
    let base = changed(SHORT, "memory = {}", "embedded = { path = \"base.redb\" }");
    let base = changed(&base, "pseudonym_secret = { env = \"PSEUDONYM\" }", "pseudonym_secret = { file = \"secret\" }");
    let own = "extends = \"base.toml\"\n[identity]\npseudonym_secret = { env = \"PSEUDONYM\" }\n[store]\nmemory = {}\n";
    let folder = folder(&[("base.toml", &base), ("own.toml", own)]);
    assert!(matches!(read(&folder).unwrap().store().kind, StoreKind::Memory));
}

#[test]
fn one_table_of_two_files_keeps_what_the_own_leaves_out() {
    let base = format!(
        "\u{feff}{SHORT}items = {{ path = \"$.items[*]\", data = \"inferred\" }}\n[report]\ndecisions = {{ file = \"base.jsonl\", keep = \"1d\" }}\n"
    );
    let own = "extends = \"base.toml\"\n[[endpoints]]\nname = \"recommendations\"\nitems = { data_at = \"$.basis\" }\n\
               [report]\ndecisions = { file = \"own.jsonl\" }\n";
    let folder = folder(&[("base.toml", &base), ("own.toml", own)]);
    let told = format!("{:?}", read(&folder).unwrap().report());
    assert!(told.contains("own.jsonl") && told.contains("keep: 86400s"), "{told}");
}

#[test]
fn an_endpoint_without_rules_is_told_of_and_so_is_the_name_that_may_be_meant() {
    let base = format!("{SHORT}fields = [{{ path = \"$.a\", data = \"provided\" }}]\n");
    let own = "extends = \"base.toml\"\n[[endpoints]]\nname = \"recommendation\"\npath = \"/home\"\n";
    let folder = folder(&[("base.toml", &base), ("own.toml", own)]);
    let warnings = read(&folder).unwrap().warnings().to_string();
    let says = "`recommendation`: no rule, so its answers leave as they come; did you mean `recommendations`?";
    assert!(warnings.contains(says) && warnings.contains("own.toml:2"), "{warnings}");
}

#[test]
fn every_preset_can_be_gone_on_from_and_says_nothing_of_who_asks() {
    assert!(Preset::names().count() >= 6);
    let (own, _) = SHORT.split_once("[[endpoints]]").unwrap();
    for name in Preset::names() {
        let path = format!("{}/config/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let shipped = Policy::from_toml(&path, &fs::read_to_string(&path).unwrap(), env).unwrap();
        let own = policy(&format!("extends = \"preset:{name}\"\n{own}"));
        let spelled: Vec<_> = own.endpoints().iter().map(|endpoint| &endpoint.name).collect();
        assert_eq!(spelled, shipped.endpoints().iter().map(|endpoint| &endpoint.name).collect::<Vec<_>>(), "{name}");
        assert_eq!(
            own.classes().opening(DataClass::Inferred),
            shipped.classes().opening(DataClass::Inferred),
            "{name}"
        );
        assert_eq!(own.serve(), self::policy(SHORT).serve(), "{name}");
        assert_eq!(own.files(), [Path::new("rapport.toml")], "a preset is no file");
    }
    let stranger = refused("extends = \"preset:retail\"\n[store]\nmemory = {}\n");
    assert!(stranger.to_string().contains("identity"), "whoever signs tokens is never an example: {stranger}");
}

#[test]
fn a_finding_names_the_file_that_it_is_in() {
    let base = format!("{SHORT}unreadable = \"refuze\"\n");
    let own = "extends = \"deep/middle.toml\"\n[relationship]\npace = \"soon\"\n";
    let middle = "extends = \"../base.toml\"\nmode = \"obzerve\"\n";
    let folder = folder(&[("base.toml", &base), ("deep/middle.toml", middle), ("own.toml", own)]);
    insta::assert_snapshot!(found(&folder).replace("deep/../", ""));
    let files: Vec<_> = read(&folder).unwrap_err().iter().map(|finding| finding.line).collect();
    assert_eq!(files, [3, 2, 17]);
}

#[cfg(feature = "embedded")]
#[test]
fn paths_are_relative_to_the_file_that_says_them() {
    let base = changed(SHORT, "memory = {}", "embedded = { path = \"base.redb\" }");
    let base = changed(&base, "{ env = \"PSEUDONYM\" }", "{ file = \"secret\" }");
    let own = "extends = \"deep/base.toml\"\n[report]\ndecisions = { file = \"own.jsonl\" }\n";
    let folder =
        folder(&[("deep/base.toml", &base), ("deep/secret", "a secret that is long enough"), ("own.toml", own)]);
    let policy = read(&folder).unwrap();
    let StoreKind::Embedded { path } = &policy.store().kind else { panic!("{:?}", policy.store()) };
    assert_eq!(*path, folder.path().join("deep/base.redb"));
    assert!(format!("{:?}", policy.report()).contains(&folder.path().join("own.jsonl").display().to_string()));
}

#[test]
fn what_cannot_be_gone_on_from_is_told_alone() {
    for (extends, says) in [
        ("preset:retial", "`retial`: no such preset; did you mean `retail`?"),
        ("preset:zzz", "`zzz`: no such preset; there are `algolia_recommend`,"),
        ("nowhere.toml", "`nowhere.toml`: cannot be read (No such file or directory (os error 2)); name a preset"),
        ("list.toml", "this names no policy; name a preset (`preset:NAME`) or a file"),
        ("own.toml", "`own.toml`: this file goes on from itself; leave `extends` out"),
        ("round.toml", "`own.toml`: this file goes on from itself; leave `extends` out"),
        ("deep1.toml", "`deep8.toml`: more than 8 policies go on from one another; write them in fewer"),
    ] {
        let deep: Vec<_> =
            (1..9).map(|n| (format!("deep{n}.toml"), format!("extends = \"deep{}.toml\"\n", n + 1))).collect();
        let own = format!("extends = \"{extends}\"\nnonsense = 1\n");
        let mut files = vec![("own.toml", own.as_str()), ("round.toml", "extends = \"./own.toml\"\n")];
        files.push(("list.toml", "extends = [\"round.toml\"]\n"));
        files.extend(deep.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        let folder = folder(&files);
        let found = found(&folder);
        assert!(found.replace("./", "").contains(says), "{extends}: {found}");
        assert_eq!(found.matches("error:").count(), 1, "{found}");
    }
}

#[test]
fn a_secret_in_a_base_is_struck_out_as_well() {
    let base = changed(SHORT, "{ env = \"PSEUDONYM\" }", "\"canary\"");
    let folder = folder(&[("base.toml", &base), ("own.toml", "extends = \"base.toml\"\n")]);
    let found = found(&folder);
    assert!(found.contains("base.toml:5") && !found.contains("canary"), "{found}");
    // Also where the own text takes its place.
    let base = "store = { max_staleness = \"soon\", redis = { url = \"redis://:canary@a\" } }\nidentity = { issuer = 5, pseudonym_secret = \"canary\" }\n";
    let folder = self::folder(&[("base.toml", base), ("own.toml", &format!("extends = \"base.toml\"\n{SHORT}"))]);
    let found = self::found(&folder);
    assert!(found.contains("`soon`") && found.contains("base.toml:1") && !found.contains("canary"), "{found}");
    let folder = self::folder(&[("base.toml", "secret = canary"), ("own.toml", "extends = \"base.toml\"\n")]);
    let found = self::found(&folder);
    assert!(found.contains("not TOML") && !found.contains("canary"), "{found}");
}
