//! Every file in `config/` can be used as it is, and the schema beside them is the one of this version.
#![cfg(feature = "embedded")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::{fs, path::PathBuf};

use tower_rapport::policy::Policy;

fn files() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

fn env(name: &str) -> Option<String> {
    ["RAPPORT_JWT_SECRET", "RAPPORT_PSEUDONYM_SECRET"].contains(&name).then(|| "x".repeat(32))
}

#[test]
#[cfg_attr(not(feature = "html"), ignore = "this build reads no HTML")]
fn every_file_loads_and_warns_of_nothing_but_what_is_not_built_yet() {
    let files = files();
    assert!(files.len() >= 7, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("#:schema ./rapport.schema.json\n"), "{}", file.display());
        let policy = Policy::from_toml(&file.display().to_string(), &text, env).unwrap();
        for warning in policy.warnings().iter() {
            assert!(warning.message.contains("in this version"), "{}: {warning}", file.display());
        }
    }
}

#[test]
fn the_smallest_file_is_small_and_warns_of_nothing() {
    let text = include_str!("../config/minimal.toml");
    assert!(text.lines().count() < 25);
    let policy = Policy::from_toml("minimal.toml", text, env).unwrap();
    assert!(policy.warnings().is_empty(), "{}", policy.warnings());
}

#[cfg(feature = "schema")]
mod schema {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_schema_is_the_one_of_this_version() {
        let made = serde_json::to_string_pretty(&tower_rapport::policy::json_schema()).unwrap() + "\n";
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("config/rapport.schema.json");
        if std::env::var_os("RAPPORT_WRITE_SCHEMA").is_some() {
            fs::write(&path, &made).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        assert!(kept == made, "run this test once with RAPPORT_WRITE_SCHEMA=1, and look at what changed");
    }

    #[test]
    fn every_file_fits_the_schema_and_a_slip_does_not() {
        let schema = tower_rapport::policy::json_schema();
        let misfit = |text: &str| misfit(&toml::from_str(text).unwrap(), &schema, &schema, "");
        for file in files() {
            let text = fs::read_to_string(&file).unwrap();
            assert_eq!(misfit(&text), None, "{}", file.display());
        }
        let text = include_str!("../config/reference.toml");
        for (from, to, place) in [
            ("audience = ", "audiense = ", ".identity"),
            ("\"null\"", "\"nul\"", ".endpoints[0].fields[0].steps.new"),
            ("round_to = 0.5", "round_to = \"0.5\"", ".endpoints[0].fields[2].steps.acquainted"),
            ("takes_stages = 1", "takes_stages = -1", ".relationship.events[1].takes_stages"),
            ("{ env = \"RAPPORT_JWT_SECRET\" }", "\"written out\"", ".identity.keys[0].secret"),
            ("alg    = ", "kid    = ", ".identity.keys[0]"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            assert_eq!(misfit(&changed).as_deref(), Some(place), "{to}");
        }
    }

    /// Where a value does not fit a schema: the keywords that the schema of a policy uses.
    fn misfit(value: &Value, schema: &Value, root: &Value, at: &str) -> Option<String> {
        if *schema == Value::Bool(false) {
            return Some(at.to_owned());
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return misfit(value, root.pointer(reference.trim_start_matches('#')).unwrap(), root, at);
        }
        let here = || Some(at.to_owned());
        let any = schema.get("anyOf").or(schema.get("oneOf")).and_then(Value::as_array);
        if any.is_some_and(|any| any.iter().all(|one| misfit(value, one, root, at).is_some())) {
            return here();
        }
        let mut all = schema.get("allOf").and_then(Value::as_array).into_iter().flatten();
        if let Some(place) = all.find_map(|one| misfit(value, one, root, at)) {
            return Some(place);
        }
        if schema.get("const").is_some_and(|one| one != value)
            || schema.get("enum").and_then(Value::as_array).is_some_and(|list| !list.contains(value))
            || schema.get("minimum").and_then(Value::as_f64).is_some_and(|least| value.as_f64() < Some(least))
        {
            return here();
        }
        let fits = match schema.get("type").and_then(Value::as_str) {
            None => true,
            Some("string") => value.is_string(),
            Some("boolean") => value.is_boolean(),
            Some("integer") => value.is_i64(),
            Some("number") => value.is_number(),
            Some("array") => value.is_array(),
            Some("object") => value.is_object(),
            Some(other) => panic!("{other}"),
        };
        if !fits {
            return here();
        }
        for (key, value) in value.as_object().into_iter().flatten() {
            let known = schema.get("properties").and_then(|properties| properties.get(key));
            match known.or(schema.get("additionalProperties")) {
                Some(Value::Bool(false)) => return here(),
                Some(schema) if schema.is_object() => {
                    let found = misfit(value, schema, root, &format!("{at}.{key}"));
                    if found.is_some() {
                        return found;
                    }
                }
                _ => {}
            }
        }
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten();
        if value.is_object() && required.into_iter().any(|key| value.get(key.as_str().unwrap()).is_none()) {
            return here();
        }
        let items = schema.get("items")?;
        let elements = value.as_array().into_iter().flatten().enumerate();
        elements.into_iter().find_map(|(number, value)| misfit(value, items, root, &format!("{at}[{number}]")))
    }
}
