//! Each default that the manual tells is the default.

use super::*;

#[test]
fn what_a_table_says_is_the_default() {
    let mut rows = super::rows(&chapter("defaults"));
    rows.retain(|cells| cells.len() == 3 && in_ticks(&cells[0]).is_some());
    assert!(rows.len() > 60, "only {} defaults are told", rows.len());
    for cells in rows {
        let [key, value] = [0, 1].map(|cell| in_ticks(&cells[cell]).unwrap_or_else(|| panic!("{cells:?}")));
        let base = base_of(key);
        let as_it_is = meaning(&base, "");
        assert_eq!(meaning(&base, &written(key, value)), as_it_is, "`{key} = {value}` is not the default");
        // What can only be one word is found out by writing another one.
        assert_ne!(meaning(&base, &written(key, &other(key, value))), as_it_is, "`{key}` changes nothing");
    }
}

#[test]
fn what_is_shown_whole_is_the_default() {
    let shown = fences(&chapter("defaults"), "toml");
    let shown: Vec<_> = shown.iter().filter(|text| text.starts_with("# default\n")).collect();
    assert_eq!(shown.len(), 2);
    for text in shown {
        assert_eq!(meaning(BASE, text), meaning(BASE, ""), "{text}");
        let less = text.replace("365d", "366d").replace("[5]", "[7]");
        assert_ne!(meaning(BASE, &less), meaning(BASE, ""), "{text}");
    }
}

#[test]
fn every_key_that_has_a_default_is_told() {
    let told = chapter("defaults");
    let keys: BTreeSet<String> = super::rows(&told)
        .iter()
        .filter_map(|cells| Some(in_ticks(cells.first()?)?.rsplit('.').next()?.to_owned()))
        .collect();
    let mut looked_at = 0;
    for line in file("config/reference.toml").lines() {
        let Some((key, rest)) = line.strip_prefix("# ").and_then(|line| line.split_once('=')) else { continue };
        let key = key.trim();
        let is_key = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if !is_key || rest.contains("# example") || WITHOUT.contains(&key) {
            continue;
        }
        looked_at += 1;
        let tables = ["limits", "cools", "cache", "redis", "tls"];
        assert!(tables.contains(&key) || keys.contains(key), "`{key}` of the reference is in no table");
    }
    assert!(looked_at > 30, "{looked_at}");
}

/// Keys of tables that are examples, and what has no default.
const WITHOUT: [&str; 12] =
    ["url", "send", "outcome", "empty", "select", "data", "steps", "into", "kind", "path", "only", "channels"];

/// What cannot be set, and where it stands.
#[test]
fn what_cannot_be_set_is_as_it_says() {
    let text = CHAPTERS.map(chapter).concat().replace('\n', " ");
    for (says, place, line) in [
        ("pending for 10 ms", "src/hold.rs", "const PENDING: Duration = Duration::from_millis(10);"),
        ("40 ms where", "src/hold.rs", "const PENDING_WHOLE: Duration = Duration::from_millis(40);"),
        ("waited for one second", "src/unknown/shared.rs", "const PATIENCE: Duration = Duration::from_secs(1);"),
        ("five seconds to become", "src/portal/writing.rs", "const PATIENCE: Duration = Duration::from_secs(5);"),
        ("64 items", "src/shaping/items/list.rs", "const QUEUE_ITEMS: usize = 64;"),
        ("256 KiB", "src/shaping/items/list.rs", "const QUEUE_BYTES: usize = 256 * 1024;"),
        ("4,096 ids", "src/shaping/items/list.rs", "const SHOWN: usize = 4_096;"),
        ("at least 16 bytes", "src/policy/meaning/identity.rs", "const SHORTEST_SECRET: usize = 16;"),
        ("at least 32 (RFC", "src/identity/keys.rs", "const SECRET_BYTES: usize = 32;"),
        ("strings of more than 4 KiB", "src/consent/tcf.rs", "const LONGEST: usize = 4 * 1024;"),
        ("strings of more than 4 KiB", "src/consent/gpp.rs", "const LONGEST: usize = 4 * 1024;"),
        ("more than fourteen days", "src/sweeping.rs", "const LONGEST_GAP: i64 = 14;"),
        ("for a day at most", "src/identity/token.rs", "Duration::from_secs(24 * 60 * 60);"),
        ("eight bytes of a keyed hash", "src/relationship/event.rs", "pub struct Mark([u8; 8]);"),
        ("for eight seconds", "src/cli/listener.rs", "const DRAIN: Duration = Duration::from_secs(8);"),
        (
            "ten seconds for the last writes",
            "src/cli/serve.rs",
            "const FLUSH_WITHIN: Duration = Duration::from_secs(10);",
        ),
        ("64 MiB for its pages", "src/store/embedded/file.rs", "const CACHE_BYTES: usize = 64 << 20;"),
        ("a queue of 8,192 lines", "src/report/log/file.rs", "const QUEUE: usize = 8_192;"),
        ("in a hundred answers", "src/shaping/silence.rs", "const ENOUGH: u32 = 100;"),
        ("once a minute", "src/report/seldom.rs", "const INTERVAL: Duration = Duration::from_secs(60);"),
        ("of format 4", "src/store/format.rs", "pub(super) const NEWEST: u8 = 4;"),
        ("of 64 KiB or less", "src/unknown/shared.rs", "const ORDINARY: usize = 64 * 1024;"),
    ] {
        assert!(text.contains(says), "{says}");
        assert!(file(place).contains(line), "{place}: {line}");
    }
}

#[test]
fn every_paper_that_is_named_is_listed() {
    let text = chapter("defaults");
    let (prose, sources) = text.split_once("# Sources").unwrap();
    for name in
        ["Abrams", "Aguirre", "Altman", "Article 29", "Bleier", "CNIL", "Duhigg", "Dwyer", "Fader", "IAB Europe"]
            .into_iter()
            .chain(["Kim", "Kohavi", "Meyer", "Moon", "Nielsen", "Nissenbaum", "Schmittlein", "Tax", "van Doorn"])
            .chain(["White", "Ziegler"])
    {
        assert!(prose.contains(name), "{name} is listed and not named");
        assert!(sources.lines().any(|line| line.starts_with(&format!("- {name}"))), "{name}");
    }
    assert_eq!(sources.matches("\n- ").count(), 21);
}

/// All that a policy means: what decides, and where it is kept and told.
fn meaning(base: &str, more: &str) -> String {
    let policy = extended(base, more).unwrap_or_else(|found| panic!("{more}\n{found}"));
    let deploys = (policy.store(), policy.serve(), policy.report(), policy.portal());
    let people = (policy.identity(), policy.consent(), policy.holdout(), policy.retention_days(), policy.mode());
    let folder = policy.files()[0].parent().unwrap().display().to_string();
    format!("{} {deploys:?} {people:?}", policy.fingerprint()).replace(&folder, "")
}

/// A key as it would be written.
fn written(key: &str, value: &str) -> String {
    match key.strip_prefix("endpoints.") {
        Some(key) => format!("endpoints = [{{ name = \"recommendations\", {key} = {value} }}]\n"),
        None => format!("{key} = {value}\n"),
    }
}

/// Another value of the same kind.
fn other(key: &str, value: &str) -> String {
    let words = [
        ("\"enforce\"", "\"observe\""),
        ("\"single\"", "\"cluster\""),
        ("\"publisher\"", "\"publisher-or-core\""),
        ("\"adult\"", "\"minor\""),
        ("\"generic\"", if key.ends_with("fill") { "\"shorten\"" } else { "\"refuse\"" }),
        ("\"identity\"", "\"as-received\""),
        ("\"all\"", "[\"GET\"]"),
        ("\"inferred\"", "\"observed\""),
        ("\"off\"", if key.ends_with("metrics") { "\"127.0.0.1:9464\"" } else { "\"tracing\"" }),
        ("\"new\"", "\"trusted\""),
        ("\"acquainted\"", "\"trusted\""),
        ("\"familiar\"", "\"trusted\""),
        ("\"trusted\"", "\"familiar\""),
        ("\"personalization\"", "\"cross_context\""),
        ("\"cross_context\"", "\"personalization\""),
        ("\"special_category\"", "\"personalization\""),
        ("\"record\"", "\"personalization\""),
        ("\"/rapport\"", "\"/elsewhere\""),
        ("true", "false"),
        ("false", "true"),
        ("1.0", "0.5"),
        ("0.0", "0.5"),
        ("[]", "[\"__gpp\"]"),
    ];
    if let Some((_, other)) = words.into_iter().find(|(word, _)| *word == value) {
        return other.to_owned();
    }
    if value.starts_with('[') {
        return if key.ends_with("cookies") || key.ends_with("query") { "[\"other\"]" } else { "[\"header:x-other\"]" }
            .to_owned();
    }
    match value.find(|letter: char| letter.is_ascii_digit()) {
        Some(place) => format!("{}1{}", &value[..place], &value[place..]),
        None => value.replacen('"', "\"x", 1),
    }
}

/// The policy in which a key says something.
fn base_of(key: &str) -> String {
    match key {
        "identity.jwks.refresh" => {
            let (before, rest) = BASE.split_once("[[identity.keys]]").unwrap();
            let (_, after) = rest.split_once("[identity.visitors]").unwrap();
            let jwks = "[identity.jwks]\nurl = \"https://id.shop.example/jwks.json\"\n";
            format!("{before}{jwks}[identity.visitors]{after}")
        }
        _ if key.starts_with("store.redis") => BASE.replace("memory = {}", "redis = { url = { env = \"REDIS_URL\" } }"),
        _ if key.starts_with("report.decisions.") => {
            format!("{BASE}\n[report]\ndecisions = {{ file = \"log\" }}\n")
        }
        _ => BASE.to_owned(),
    }
}

/// The README's classes of data have these defaults, and each of its treatments is one.
#[test]
fn the_readme_tells_the_classes_and_the_treatments() {
    let readme = file("README.md");
    let (_, after) = readme.split_once("| `data` |").unwrap();
    let (classes, after) = after.split_once("| treatment |").unwrap();
    let (treatments, _) = after.split_once("\n\n").unwrap();

    let told: Vec<_> = super::rows(classes).into_iter().filter(|cells| in_ticks(&cells[0]).is_some()).collect();
    assert_eq!(told.len(), 6);
    for cells in told.iter().filter(|cells| cells[2] != "–") {
        let [class, from, purpose] = [0, 2, 3].map(|cell| in_ticks(&cells[cell]).unwrap());
        let as_it_is = meaning(BASE, "");
        let written = |from, purpose| format!("[data.{class}]\nfrom = \"{from}\"\npurpose = \"{purpose}\"\n");
        assert_eq!(meaning(BASE, &written(from, purpose)), as_it_is, "{cells:?}");
        let other = if from == "trusted" { "familiar" } else { "trusted" };
        assert_ne!(meaning(BASE, &written(other, purpose)), as_it_is, "{class}");
        assert_ne!(meaning(BASE, &written(from, "record")), as_it_is, "{class}");
    }

    let mut read = 0;
    for cells in super::rows(treatments).iter().filter(|cells| cells[0].starts_with('`')) {
        for treatment in cells[0].split("`, `").map(|it| it.trim_matches('`').replace('…', "1")) {
            let step = format!("steps = {{ trusted = {treatment} }}");
            let rule = if treatment.contains("attributes") {
                format!("[[endpoints.html]]\nselect = \".a\"\ndata = \"provided\"\n{step}\n")
            } else {
                format!("[[endpoints.fields]]\npath = \"$.items[*].a\"\ndata = \"provided\"\n{step}\n")
            };
            let text = format!("[[endpoints]]\nname = \"recommendations\"\npath = \"/recommendations\"\n{rule}");
            extended(BASE, &text).unwrap_or_else(|found| panic!("{treatment}\n{found}"));
            read += 1;
        }
    }
    assert_eq!(read, 14);
}
