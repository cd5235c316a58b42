//! The reader of policies: any text as the file.
//!
//! It ends, with a policy or with findings that have their place in the text. No secret that is written into the file is
//! repeated. A policy that is read means the same when it is read again, and its plans can be used.
#![no_main]
#![expect(clippy::unwrap_used, reason = "what goes wrong here is to be told")]

use http::Method;
use libfuzzer_sys::fuzz_target;
use tower_rapport::{
    consent::PurposeSet,
    policy::{Policy, Severity},
    relationship::Stage,
    shaping::json::{JsonShaper, Limits},
};

fuzz_target!(|text: &str| {
    // Files of this machine are nothing to read here.
    if text.contains("file") && (text.contains("..") || text.contains("/dev") || text.contains("/proc")) {
        return;
    }
    match read(text) {
        Err(found) => {
            assert!(found.iter().any(|finding| finding.severity == Severity::Error));
            told_in_its_place(text, &found);
        }
        Ok(policy) => {
            assert!(policy.warnings().iter().all(|finding| finding.severity == Severity::Warning));
            told_in_its_place(text, policy.warnings());
            assert_eq!(read(text).unwrap().fingerprint(), policy.fingerprint());
            use_it(&policy);
        }
    }
});

fn read(text: &str) -> Result<Policy, tower_rapport::policy::Diagnostics> {
    Policy::from_toml("/nowhere/rapport.toml", text, |name| {
        (!name.starts_with("NO")).then(|| "a secret of the fuzzer, of more than 32 bytes".to_owned())
    })
}

fn told_in_its_place(text: &str, found: &tower_rapport::policy::Diagnostics) {
    let lines = text.split('\n').count();
    assert!(found.iter().all(|finding| (1..=lines).contains(&finding.line) && finding.column >= 1));
    let told = found.render(false) + &found.iter().map(ToString::to_string).collect::<String>();
    if text.matches(SECRET).count() == 1 && text.parse::<toml::Table>().is_ok_and(|table| is_secret_in(&table)) {
        assert!(!told.contains(SECRET), "{told}");
    }
}

/// Whether the mark is what somebody wrote in the place of a secret.
fn is_secret_in(table: &toml::Table) -> bool {
    table.iter().any(|(key, value)| match value {
        toml::Value::String(text) => text == SECRET && (key == "secret" || key == "pseudonym_secret"),
        toml::Value::Table(table) => is_secret_in(table),
        toml::Value::Array(array) => array.iter().filter_map(toml::Value::as_table).any(is_secret_in),
        _ => false,
    })
}

const SECRET: &str = "HUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSHHUSH";

fn use_it(policy: &Policy) {
    let body =
        br#"{"a":[1,{"b":"Anna"}],"items":[{"id":"p1","reason":"why","score":0.87}],"customer":{"first_name":"Anna"}}"#;
    for endpoint in policy.endpoints() {
        assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&endpoint.empty).is_ok());
        for level in 0..policy.rules().ladder.len() {
            for granted in [PurposeSet::default(), policy.rules().purposes.record()] {
                let plan = endpoint.plans.plan(Stage::at(level), granted);
                let mut shaper = JsonShaper::new(plan.json().clone(), Limits::default());
                let mut out = Vec::new();
                shaper.write(body, &mut out).unwrap();
                shaper.end(&mut out).unwrap();
                assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&out).is_ok());
            }
        }
        for path in endpoint.paths.iter().filter(|path| !path.contains(['{', '}', '%', '/'])) {
            assert!(policy.endpoint(&Method::GET, path).is_some());
        }
    }
}
