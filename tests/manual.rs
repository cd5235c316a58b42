//! What the manual says is so: its defaults are the defaults, its policies can be read, its commands can be typed.
#![cfg(feature = "cli")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test that fails, fails"
)]

mod binary;

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use tower_rapport::policy::Policy;

const CHAPTERS: [&str; 6] = ["defaults", "threat_model", "left_out", "operating", "migrating", "CHANGELOG"];

fn file(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn chapter(name: &str) -> String {
    file(&format!("src/manual/{name}.md"))
}

/// What stands between fences of a kind.
fn fences(text: &str, kind: &str) -> Vec<String> {
    let opening = format!("```{kind}");
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(opened) = line.strip_prefix("```") {
            let within: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            if format!("```{opened}") == opening {
                found.push(within.join("\n") + "\n");
            }
        }
    }
    found
}

/// The cells of each row of each table, without its head.
fn rows(text: &str) -> Vec<Vec<String>> {
    let lines = text.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

fn in_ticks(cell: &str) -> Option<&str> {
    cell.strip_prefix('`')?.strip_suffix('`').filter(|within| !within.contains('`'))
}

#[test]
fn every_chapter_is_there_and_is_linked() {
    let (front, contents, readme) = (file("src/lib.rs"), file("src/manual/mod.rs"), file("README.md"));
    for name in CHAPTERS {
        let module = name.to_lowercase();
        assert!(contents.contains(&format!("[`{module}`]")), "{name} in the list of chapters");
        assert!(contents.contains(&format!("include_str!(\"{name}.md\")")), "{name}");
        assert!(front.contains(&format!("[`{module}`](manual::{module})")), "{name} on the front page");
        assert!(readme.contains(&format!("(src/manual/{name}.md)")), "{name} in the README");
        let longest = chapter(name).lines().map(|line| line.chars().count()).filter(|length| *length > 0).max();
        assert!(longest > Some(20), "{name}");
    }
    let written = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/manual")).unwrap();
    let written = written.filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|it| it == "md"));
    assert_eq!(written.count(), CHAPTERS.len());
}

mod defaults {
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
            return if key.ends_with("cookies") || key.ends_with("query") {
                "[\"other\"]"
            } else {
                "[\"header:x-other\"]"
            }
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
            _ if key.starts_with("store.redis") => {
                BASE.replace("memory = {}", "redis = { url = { env = \"REDIS_URL\" } }")
            }
            _ if key.starts_with("report.decisions.") => {
                format!("{BASE}\n[report]\ndecisions = {{ file = \"log\" }}\n")
            }
            _ => BASE.to_owned(),
        }
    }
}

mod policies {
    use super::*;

    #[test]
    fn every_one_can_be_read_and_warns_of_nothing() {
        let mut read = 0;
        for name in CHAPTERS {
            for text in fences(&chapter(name), "toml") {
                let policy = extended(BASE, &text).unwrap_or_else(|found| panic!("{name}\n{text}\n{found}"));
                assert!(policy.warnings().is_empty(), "{name}\n{text}\n{}", policy.warnings());
                read += 1;
            }
        }
        assert!(read >= 10, "{read}");
    }

    #[test]
    fn a_slip_in_one_would_be_seen() {
        let text = fences(&chapter("defaults"), "toml").remove(0).replace("active_days", "activ_days");
        assert!(extended(BASE, &text).is_err());
    }
}

mod commands {
    use super::*;

    #[test]
    fn every_one_can_be_typed() {
        let mut typed = 0;
        for name in CHAPTERS {
            let text = chapter(name);
            let shown = fences(&text, "sh").into_iter().chain(fences(&text, "console"));
            let lines = shown.flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>());
            for line in
                lines.map(|line| line.trim_start_matches("$ ").to_owned()).filter(|it| it.starts_with("rapport "))
            {
                let line = line.split(" #").next().unwrap();
                let words: Vec<&str> = line.split_whitespace().skip(1).collect();
                let help = Command::new(env!("CARGO_BIN_EXE_rapport")).args([words[0], "--help"]).output().unwrap();
                assert!(help.status.success(), "{name}: {line}");
                let help = String::from_utf8(help.stdout).unwrap();
                let flags: Vec<&str> = help.split_whitespace().filter(|word| word.starts_with("--")).collect();
                for flag in words.iter().filter(|word| word.starts_with("--")) {
                    assert!(flags.contains(flag), "{name}: `{flag}` in `{line}`");
                }
                typed += 1;
            }
        }
        assert!(typed >= 20, "{typed}");
    }
}

mod words {
    use super::*;

    #[test]
    fn every_metric_is_one() {
        let known = file("src/cli/metrics.rs");
        let mut found = BTreeSet::new();
        for name in CHAPTERS {
            let text = chapter(name);
            let words = text.split(|letter: char| !(letter.is_ascii_lowercase() || letter == '_'));
            found.extend(words.filter(|it| it.starts_with("rapport_") && *it != "rapport_visitor").map(str::to_owned));
        }
        assert!(found.len() > 10, "{found:?}");
        for word in found {
            let name = word.strip_suffix("_bucket").unwrap_or(&word);
            assert!(known.contains(&format!("\"{name}\"")), "{word}");
        }
    }

    #[test]
    fn what_was_measured_is_what_the_readme_says() {
        let (text, readme) = (chapter("operating"), file("README.md"));
        let (_, capacity) = text.split_once("# Capacity").unwrap();
        let (capacity, _) = capacity.split_once("\n# ").unwrap();
        let figures: Vec<_> = capacity.lines().filter(|line| line.starts_with("| ") && line.len() > 6).collect();
        assert!(figures.len() >= 6);
        for figure in figures {
            assert!(readme.contains(figure), "{figure}");
        }
    }

    #[test]
    fn what_a_reload_refuses_is_refused() {
        let (text, serves) = (chapter("operating"), file("src/cli/reload.rs"));
        let (_, list) = text.split_once("Refused is what only a start can change:").unwrap();
        let (list, _) = list.split_once("```").unwrap();
        let layer = || {
            let store = std::sync::Arc::new(tower_rapport::store::Memory::default());
            tower_rapport::RapportLayer::new(extended(BASE, "").unwrap(), store).unwrap()
        };
        for (key, written) in [
            ("`report.decisions`", "report.decisions = { file = \"log\" }"),
            ("`max_staleness`", "store.max_staleness = \"3s\""),
            ("`cache.relationships`", "store.cache.relationships = 7"),
            ("where relationships are\nkept", "store.embedded = { path = \"other.redb\" }"),
            ("secrets of the pseudonyms", "identity.pseudonym_secret = { env = \"ANOTHER\" }"),
        ] {
            assert!(list.contains(key), "{key}");
            assert!(layer().reload(extended(BASE, written).unwrap()).is_err(), "{written}");
        }
        for (key, compared) in
            [("`[serve]`", ".serve() !="), ("`portal.path`", ".portal().path !="), ("`report.metrics`", ".metrics !=")]
        {
            assert!(list.contains(key) && serves.contains(compared), "{key}");
        }
        for written in ["store.decide_within = \"30ms\"", "relationship.retention = \"31d\"", "mode = \"observe\""] {
            assert!(layer().reload(extended(BASE, written).unwrap()).is_ok(), "{written}");
        }
    }

    /// What the prose quotes, and where it is said.
    #[test]
    fn what_is_quoted_is_said() {
        let text = CHAPTERS.map(chapter).concat();
        for (place, words) in [
            ("src/store/embedded/file.rs", &["is open in another process"][..]),
            (
                "src/cli/reload.rs",
                &["the policy is reloaded", "the policy is not reloaded, the one before stays in force"],
            ),
            (
                "src/identity/refusal.rs",
                &["`signature`", "`unknown_key`", "`issuer`", "`audience`", "`expired`", "`no_keys`"],
            ),
            ("src/shaping/doubt.rs", &["`syntax`", "`too_large`", "`too_deep`", "`markup`", "`charset`"]),
            ("README.md", &["`content_type`", "`encoding`", "`path`", "`generic_refused`", "`generic_redirected`"]),
            ("src/cli/health.rs", &["/health", "/ready"]),
        ] {
            let there = file(place);
            for word in words {
                let bare = word.trim_matches('`');
                assert!(text.contains(word), "{word}");
                assert!(
                    there.contains(&format!("\"{bare}\"")) || (!word.starts_with('`') && there.contains(bare)),
                    "{place}: {word}"
                );
            }
        }
    }
}

/// The commands of the chapter on migrating, run in their order.
mod migrating {
    use super::*;
    use crate::binary::{Rapport, history, rapport, said, serving, token, upstream};

    /// A folder with the files that the chapter shows.
    fn folder() -> tempfile::TempDir {
        let (folder, text) = (tempfile::tempdir().unwrap(), chapter("migrating"));
        let write = |name: &str, content: &str| fs::write(folder.path().join(name), content).unwrap();
        write("answer.json", &fences(&text, "json").concat());
        write("events.csv", &fences(&text, "csv").concat());
        for policy in fences(&text, "toml") {
            if let Some(name) = policy.lines().next().unwrap().strip_prefix("# ") {
                write(name, &policy);
            }
        }
        folder
    }

    /// A fingerprint stands for any.
    fn without_fingerprints(text: &str) -> String {
        let is_one = |word: &str| word.len() == 16 && word.bytes().all(|digit| digit.is_ascii_hexdigit());
        let words = text.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric());
        words.map(|word| if is_one(&word[..word.len().min(16)]) { "…" } else { word }).collect()
    }

    fn typed(folder: &Path, line: &str) -> String {
        let words = line.split_whitespace().skip(1);
        let output = rapport().current_dir(folder).args(words).output().unwrap();
        let (out, error) = said(&output);
        out + &error
    }

    #[test]
    fn each_command_prints_what_is_shown() {
        let folder = folder();
        let mut run = 0;
        for block in fences(&chapter("migrating"), "console") {
            let (line, shown) = block.split_once('\n').unwrap();
            let printed = typed(folder.path(), line.strip_prefix("$ ").unwrap());
            assert_eq!(without_fingerprints(&printed), without_fingerprints(shown), "{line}");
            run += 1;
        }
        assert_eq!(run, 8);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_served_is_what_is_shown() {
        let (folder, text) = (folder(), chapter("migrating"));
        let answer = fences(&text, "json").concat().trim().to_owned();
        typed(folder.path(), fences(&text, "console")[0].lines().next().unwrap().strip_prefix("$ ").unwrap());
        // The tests' own tokens.
        let policy = folder.path().join("rapport.toml");
        let own = fs::read_to_string(&policy).unwrap().replace("https://id.shop.example", "https://id.test");
        let own = own.replace("\n[store]\n", "\n[store]\ndecide_within = \"5s\"\n");
        fs::write(&policy, own).unwrap();
        let says = answer.clone();
        let shop = upstream::upstream(move |_: http::Request<_>| {
            let says = says.clone();
            async move {
                let head = http::Response::builder().header("content-type", "application/json");
                head.body(upstream::full(says)).unwrap()
            }
        })
        .await;
        let metrics = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        for name in ["observe.toml", "live.toml"] {
            let file = folder.path().join(name);
            let free = fs::read_to_string(&file).unwrap().replace("127.0.0.1:9464", &metrics.to_string());
            fs::write(&file, free).unwrap();
        }
        let shown = fences(&text, "text");
        tokio::task::block_in_place(|| {
            let serve = |name: &str| {
                let file = folder.path().join(name);
                Rapport::started(serving(rapport(), &file, &format!("http://{shop}")))
            };
            let ask = |service: &Rapport, who: &str| {
                service.raw(&format!("GET /recommendations HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{who}\r\n"))
            };
            let anna = format!("authorization: Bearer {}\r\n", token("anna", "record personalization"));

            let observing = serve("observe.toml");
            for who in [&*anna, ""] {
                let got = ask(&observing, who);
                assert!(got.ends_with(&answer) && !got.contains("personalization:"), "{got}");
            }
            let page = page_of(metrics);
            for line in shown[0].lines() {
                assert!(page.lines().any(|counted| counted == line), "{line}\n{page}");
            }
            drop(observing);

            let known = ["anna", "ben", "cleo"];
            let history = known.map(history).concat().replace("customer,time,event\n", "");
            fs::write(folder.path().join("events.csv"), format!("customer,time,event\n{history}")).unwrap();
            typed(folder.path(), "rapport import --config live.toml events.csv");
            let enforcing = serve("enforce.toml");
            let got = without_fingerprints(&ask(&enforcing, "").to_lowercase());
            for line in shown[1].lines() {
                assert!(got.contains(&without_fingerprints(&line.to_lowercase())), "{line}\n{got}");
            }
            // Not all of them are held out.
            let shown = known.map(|name| {
                ask(&enforcing, &format!("authorization: Bearer {}\r\n", token(name, "record personalization")))
            });
            let is_whole = |got: &String| got.contains("stage=trusted") && got.contains(r#""first_name":"Anna""#);
            assert!(shown.iter().any(is_whole), "{shown:?}");
            let back = fs::read_to_string(folder.path().join("enforce.toml")).unwrap();
            fs::write(folder.path().join("enforce.toml"), back.replace("mode = \"enforce\"", "mode = \"observe\""))
                .unwrap();
            enforcing.log_with("the policy is reloaded");
            let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
            while ask(&enforcing, "").contains("personalization:") {
                assert!(std::time::Instant::now() < until, "it is not taken back");
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        });
    }

    fn page_of(metrics: std::net::SocketAddr) -> String {
        use std::io::{Read, Write};
        let mut stream = std::net::TcpStream::connect(metrics).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n").unwrap();
        let mut page = String::new();
        stream.read_to_string(&mut page).unwrap();
        page
    }
}

/// What a fragment of the manual means in a shop's policy.
fn extended(base: &str, more: &str) -> Result<Policy, tower_rapport::policy::Diagnostics> {
    let folder = tempfile::tempdir().unwrap();
    let goes_on = more.lines().any(|line| line.starts_with("extends"));
    for name in ["base.toml", "rapport.toml", "live.toml"] {
        fs::write(folder.path().join(name), base).unwrap();
    }
    fs::create_dir(folder.path().join("keys")).unwrap();
    for name in ["2026-01", "2026-11"] {
        fs::write(folder.path().join(format!("keys/{name}.secret")), format!("{name}, a secret of 32 bytes and more"))
            .unwrap();
    }
    let head = if goes_on { "" } else { "extends = \"base.toml\"\n" };
    let name = folder.path().join("fragment.toml").display().to_string();
    Policy::from_toml(&name, &format!("{head}{more}"), |name| {
        let is_redis = name.contains("REDIS");
        Some(if is_redis { "redis://localhost".to_owned() } else { format!("{name}, a secret of 32 bytes and more") })
    })
}

/// Where every key of the manual says something.
const BASE: &str = r#"
[identity]
issuer   = "https://id.shop.example"
audience = "shop"
pseudonym_secret = { env = "RAPPORT_PSEUDONYM_SECRET" }
claims   = { purposes = "consent", birthdate = "birthdate" }

[[identity.keys]]
alg    = "HS256"
kid    = "2026-01"
secret = { env = "RAPPORT_JWT_SECRET" }

[identity.visitors]

[consent.tcf]

[holdout]

[store]
memory = {}

[[endpoints]]
name    = "recommendations"
path    = "/recommendations"
items   = { path = "$.items[*]", id = "$.id", data_at = "$.basis" }
fields  = [{ path = "$.partner", data = "third_party", steps = { trusted = "keep" } }]
explain = { into = "$.why" }
"#;
