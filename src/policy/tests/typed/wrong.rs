//! What is wrong is found as in a file, and shown in a text that a file could have.

use serde_json::json;

use super::*;
use crate::policy::{Diagnostic, Diagnostics, Severity, tests::refused};

fn findings<'a>(found: &'a Diagnostics) -> Vec<(Severity, &'a str, &'a str, Option<&'a str>)> {
    let finding = |finding: &'a Diagnostic| {
        (finding.severity, finding.key.as_str(), finding.message.as_str(), finding.remedy.as_deref())
    };
    let mut list: Vec<_> = found.iter().map(finding).collect();
    list.sort_unstable();
    list
}

#[test]
fn what_is_wrong_is_found_as_in_a_file() {
    let endpoint = || Endpoint::new("recommendations").path(["/recommendations"]);
    let with = |endpoint| minimal().store(Store::memory()).endpoints([endpoint]);
    let field =
        |steps: Vec<(&str, Treatment)>| endpoint().fields([Field::new("$.a", DataClass::Inferred).steps(steps)]);
    let short = changed(SHORT, "PSEUDONYM\" }", "RAPPORT_PSEUDONYM_SECRET\" }\nclaims = { purposes = \"consent\" }");
    let more = |text: &str| format!("{short}{text}\n");
    let instead = |of: &str, text: &str| changed(&short, of, text);
    let steps =
        |steps: &str| more(&format!("fields = [{{ path = \"$.a\", data = \"inferred\", steps = {{ {steps} }} }}]"));
    for (built, text) in [
        (with(Endpoint::new("recommendations")), instead("path = \"/recommendations\"\n", "")),
        (with(endpoint().path(["/a/:id"])), instead("path = \"/recommendations\"", "path = [\"/a/:id\"]")),
        (with(endpoint()).endpoints([]), format!("endpoints = []\n{}", short.split("[[endpoints]]").next().unwrap())),
        (
            with(endpoint().hide_in_request([Hide::query("id"), Hide::json("$.a[?@.b]")])),
            more("request = { hide = [\"query:id\", \"json:$.a[?@.b]\"] }"),
        ),
        (with(endpoint().hide_in_response(["a b"])), more("response = { hide = [\"header:a b\"] }")),
        (with(field(vec![("familar", Treatment::keep())])), steps("familar = \"keep\"")),
        (with(field(vec![("acquainted", Treatment::keep())])), steps("acquainted = \"keep\"")),
        (with(field(vec![("trusted", Treatment::round_to(f64::NAN))])), steps("trusted = { round_to = nan }")),
        (
            with(field(vec![("familiar", Treatment::keep()), ("trusted", Treatment::buckets([1.0, 0.0]))])),
            steps("familiar = \"keep\", trusted = { buckets = [1.0, 0.0] }"),
        ),
        (
            with(endpoint().items(Items::default().path("$.items[*]").share([("new", 0.5), ("trusted", 0.3)]))),
            more("items = { path = \"$.items[*]\", share = { new = 0.5, trusted = 0.3 } }"),
        ),
        (with(endpoint().limits(Limits::default().item(0))), more("limits = { item = \"0B\" }")),
        (
            with(endpoint()).relationship(Relationship::default().pace(Duration::from_secs(43_200))),
            more("[relationship]\npace = \"12h\""),
        ),
        (
            with(endpoint()).relationship(Relationship::default().pace(Duration::ZERO)),
            more("[relationship]\npace = \"0s\""),
        ),
        (
            with(endpoint()).store(Store::memory().decide_within(Duration::from_nanos(1_500_000))),
            instead("memory = {}", "memory = {}\ndecide_within = \"1500us\""),
        ),
        (with(endpoint()).stages([Stage::new("new")]), more("[[stages]]\nname = \"new\"")),
        (
            with(endpoint()).data([(DataClass::None, Opening::default().from(NEW))]),
            more("[data]\nnone = { from = \"new\" }"),
        ),
        (
            with(endpoint()).identity(identity().keys([]).claims(Claims::default().purposes("consent"))),
            instead("[[identity.keys]]\nalg = \"HS256\"\nsecret = { env = \"JWT\" }\n", "keys = []\n"),
        ),
        (with(endpoint()).extends("preset:retial"), format!("extends = \"preset:retial\"\n{short}")),
    ] {
        let found = built.build_with(env).unwrap_err();
        assert_eq!(findings(&found), findings(&refused(&text)), "{found}\n{text}");
    }
}

#[test]
fn a_constant_that_no_file_can_say_is_refused() {
    for value in [json!([1, null]), json!({ "a": null }), json!(u64::MAX)] {
        let field = Field::new("$.a", DataClass::Observed).steps([(FAMILIAR, Treatment::replace(value.clone()))]);
        let built = minimal().store(Store::memory()).endpoints([Endpoint::new("a").path(["/a"]).fields([field])]);
        let found = built.build_with(env).unwrap_err();
        assert!(found.to_string().contains("path = \"$.a\""), "{value}: {found}");
    }
}

#[test]
fn a_finding_shows_the_key_and_its_place_in_the_text() {
    let named = Field::new("$.name", DataClass::Provided);
    let wrong = Field::new("name", DataClass::Provided).steps([(NEW, Treatment::null())]);
    let endpoint = Endpoint::new("greeting").path(["/greeting"]).fields([named, wrong]);
    let built = minimal().endpoints([endpoint]).store(Store::memory());
    insta::assert_snapshot!("typed_finding", built.build_with(env).unwrap_err());
    insta::assert_snapshot!("typed_text", built.to_toml());
}
