//! The fingerprint changes with the meaning and with nothing else.

use super::*;

const FIELD: &str = r#"
[[endpoints.fields]]
path = "$.items[*].score"
data = "observed"
steps = { acquainted = { round_to = 0.5 }, familiar = { map = { a = "b", c = "d" } , otherwise = "e" } }
"#;

fn fingerprint(text: &str) -> String {
    policy(text).fingerprint().to_owned()
}

#[test]
fn what_means_the_same_has_the_same_fingerprint() {
    let steps = "steps = { acquainted = { round_to = 0.5 }, familiar = \"keep\" }";
    let field = format!("\n[[endpoints.fields]]\npath = \"$.items[*].score\"\ndata = \"observed\"\n{steps}\n");
    let text = format!("{SHORT}{field}");
    let one = fingerprint(&text);
    assert!(one.len() == 16 && one.bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
    for (from, to) in [
        ("[identity]", "# a comment\n[identity]"),
        ("audience = \"shop\"", "audience   =   'shop'\nleeway = \"30s\"\ntokens = [\"header:Authorization\"]"),
        (
            "issuer = \"https://id.shop.example\"\naudience = \"shop\"",
            "audience = \"shop\"\nissuer = \"https://id.shop.example\"",
        ),
        ("memory = {}", "memory = {}\nmax_staleness = \"2000ms\"\ncache = { tokens = 100_000 }"),
        ("{ env = \"JWT\" }", "{ env = \"RAPPORT_JWT_SECRET\" }"),
        (
            "path = \"/recommendations\"",
            "path = [\"/recommendations\"]\nmethods = \"all\"\nlimits = { hold = \"65536B\" }",
        ),
        ("$.items[*].score", "$['items'][*][\\\"score\\\"]"),
        (
            "acquainted = { round_to = 0.5 }, familiar = \"keep\"",
            "familiar = \"keep\", acquainted = { round_to = 0.50 }",
        ),
        ("[store]", "[relationship]\npace = \"7d\"\n[store]"),
        ("[store]", "[data.observed]\nfrom = \"acquainted\"\n[store]"),
        ("[store]", "[consent.gpc]\nhonour = true\n[store]"),
        // Where relationships are kept, how it is served and what is told decides nothing.
        (
            "memory = {}",
            "embedded = { path = \"other.redb\" }\ncache = { relationships = 10, tokens = 10, generic = 10 }",
        ),
        ("[store]", "[serve]\nupstream_timeout = \"5s\"\nmax_connections = 10\n[store]"),
        (
            "[store]",
            "[report]\nmetrics = \"127.0.0.1:9464\"\ndecisions = { file = \"d\", keep = \"1d\" }\nsample = 0.1\n[store]",
        ),
    ] {
        assert_eq!(fingerprint(&changed(&text, from, to)), one, "{to}");
    }
}

#[test]
fn what_means_something_else_has_another_fingerprint() {
    let text =
        format!("{SHORT}{}", FIELD.replace("{ map = { a = \"b\", c = \"d\" } , otherwise = \"e\" }", "\"keep\""));
    let mut seen = vec![fingerprint(&text)];
    for (from, to) in [
        ("[identity]", "mode = \"observe\"\n[identity]"),
        ("audience = \"shop\"", "audience = \"shop\"\nleeway = \"31s\""),
        ("audience = \"shop\"", "audience = \"shop\"\nclaims = { purposes = \"consent\" }"),
        ("memory = {}", "memory = {}\ndecide_within = \"26ms\""),
        ("path = \"/recommendations\"", "path = \"/recommendations/{id}\""),
        ("path = \"/recommendations\"", "path = \"/recommendations\"\nmode = \"observe\""),
        ("path = \"/recommendations\"", "path = \"/recommendations\"\nmethods = [\"GET\"]"),
        ("path = \"/recommendations\"", "path = \"/recommendations\"\nempty = '[]'"),
        ("$.items[*].score", "$.items[*].rank"),
        ("round_to = 0.5", "round_to = 0.25"),
        ("\"observed\"", "\"provided\""),
        ("[store]", "[relationship]\npace = \"8d\"\n[store]"),
        ("[store]", "[data.observed]\nfrom = \"new\"\n[store]"),
        ("[store]", "[consent.gpc]\nhonour = false\n[store]"),
        ("[store]", "[report]\nheader = false\n[store]"),
    ] {
        let other = fingerprint(&changed(&text, from, to));
        assert!(!seen.contains(&other), "{to}");
        seen.push(other);
    }
}

#[test]
fn a_coarsening_of_another_kind_is_not_comparable() {
    let found = refused(&format!("{SHORT}{FIELD}")).to_string();
    assert!(found.contains("cannot be compared"), "{found}");
}
