//! What is refused, and in which words. The words are in the snapshot beside this file: read them aloud.

use super::*;

/// What is wrong, and the change of [`SHORT`] that makes it so: `""` adds at the end.
const WRONG: &[(&str, &str, &str)] = &[
    ("not TOML at all", "[identity]", "[identity"),
    ("a string that is not closed", "issuer = \"https://id.shop.example\"", "issuer = \"https://id.shop.example"),
    ("an unknown table", "[store]", "[stoer]"),
    ("an unknown key", "audience", "audiense"),
    ("a text for a table", "[store]\nmemory = {}", "store = \"memory\"\n[report]"),
    ("a number for a text", "issuer = \"https://id.shop.example\"", "issuer = 7"),
    ("no identity", "[identity]", "[identity.claims]"),
    ("an empty issuer", "\"https://id.shop.example\"", "\"\""),
    ("a secret written out", "{ env = \"PSEUDONYM\" }", "\"canary-of-a-secret\""),
    ("a secret that is a number", "{ env = \"PSEUDONYM\" }", "1234567890"),
    ("a secret in the place of a variable's name", "{ env = \"JWT\" }", "{ env = \"canary-of-a-secret!\" }"),
    ("a secret behind a mistyped key", "secret = { env = \"JWT\" }", "secert = \"canary-of-a-secret\""),
    ("a secret on a line that is no TOML", "secret = { env = \"JWT\" }", "secret = \"canary-of-a-secret"),
    ("a variable that is not set", "\"JWT\"", "\"NOT_SET\""),
    ("a variable that is empty", "\"JWT\"", "\"EMPTY\""),
    ("a file that is not there", "{ env = \"JWT\" }", "{ file = \"no/such/file\" }"),
    ("a secret that is nowhere", "{ env = \"JWT\" }", "{}"),
    ("a secret that is too short", "\"JWT\"", "\"SHORT\""),
    ("a secret for pseudonyms that can be guessed", "\"PSEUDONYM\"", "\"FIFTEEN\""),
    ("an unknown algorithm", "HS256", "HS265"),
    ("a secret for an asymmetric algorithm", "HS256", "RS256"),
    ("no key", "[[identity.keys]]\nalg = \"HS256\"\nsecret = { env = \"JWT\" }\n", ""),
    ("two keys without names", "", "[[identity.keys]]\nalg = \"HS256\"\nsecret = { env = \"JWT\" }\n"),
    ("no place for a token", "audience", "tokens = [\"authorization\"]\naudience"),
    ("hours for days", "", "[relationship]\npace = \"12h\"\n"),
    ("no unit", "", "[relationship]\npace = \"7\"\n"),
    ("a fraction", "", "[store.cache]\ntokens = 1.5\n"),
    ("days for a duration", "memory = {}", "memory = {}\nmax_staleness = \"soon\""),
    ("a negative number", "", "[[relationship.events]]\nname = \"purchase\"\ntakes_stages = -1\n"),
    ("an event that is built in", "", "[[relationship.events]]\nname = \"visit\"\n"),
    ("default stages without their event", "", "[[relationship.events]]\nname = \"order\"\n"),
    (
        "a status that is none",
        "",
        "[[relationship.events]]\nname = \"purchase\"\nwhen = { method = \"post\", path = \"checkout\", status = \"2x\" }\n",
    ),
    ("one stage", "", "[[stages]]\nname = \"new\"\n"),
    ("a stage called none", "", "[[stages]]\nname = \"new\"\n[[stages]]\nname = \"none\"\n"),
    ("a name in capitals", "", "[[stages]]\nname = \"New\"\n[[stages]]\nname = \"known\"\n"),
    ("own stages, and defaults that name others", "", "[[stages]]\nname = \"new\"\n[[stages]]\nname = \"known\"\n"),
    (
        "needs at the lowest stage",
        "",
        "[[stages]]\nname = \"new\"\nneeds = { active_days = 1 }\n[[stages]]\nname = \"acquainted\"\n[[stages]]\nname = \"familiar\"\n[[stages]]\nname = \"trusted\"\n",
    ),
    (
        "needs that are mistyped",
        "",
        "[[stages]]\nname = \"new\"\n[[stages]]\nname = \"acquainted\"\nneeds = { known_fro = \"7d\", active_days = \"3\", purchases = 2 }\n[[stages]]\nname = \"familiar\"\nneeds = { known_for = 60 }\n[[stages]]\nname = \"trusted\"\n",
    ),
    (
        "a stage twice",
        "",
        "[[stages]]\nname = \"new\"\n[[stages]]\nname = \"acquainted\"\n[[stages]]\nname = \"familiar\"\n[[stages]]\nname = \"trusted\"\n[[stages]]\nname = \"familiar\"\n",
    ),
    ("a stage that is mistyped", "", "[data.inferred]\nfrom = \"familar\"\n"),
    ("a purpose that is not there", "", "[[consent.purposes]]\nname = \"record\"\n"),
    ("an age that is none", "", "[caps]\nminor = { under = 0, stage = \"acquainted\", unknown = \"child\" }\n"),
    ("a channel without its stage", "", "[caps]\nchannels = [{ header = \"x channel\", value = \"phone\" }]\n"),
    ("no endpoint", "[[endpoints]]\nname = \"recommendations\"\npath = \"/recommendations\"\n", ""),
    (
        "two endpoints of the same paths",
        "",
        "[[endpoints]]\nname = \"other\"\npath = [\"/more\", \"/recommendations/\"]\n",
    ),
    ("a path in the old style", "path = \"/recommendations\"", "path = \"/recommendations/:id\""),
    ("all paths below, in the old style", "path = \"/recommendations\"", "path = \"/recommendations/*\""),
    ("a log that is on", "", "[report]\ndecisions = \"on\"\n"),
    ("a method in small letters", "", "methods = [\"get\"]\n"),
    ("a word that is none", "", "unreadable = \"generics\"\nmode = \"observer\"\n"),
    ("an empty answer that is no JSON", "", "empty = '{items: []}'\n"),
    ("a size without its unit", "", "limits = { item = \"1MB\", depth = 0 }\n"),
    ("a filter in a path", "", "fields = [{ path = \"$.items[?@.x].score\", data = \"observed\" }]\n"),
    ("HTML in strings without rules", "", "nested = [{ path = \"$.a\", kind = \"html\" }]\n"),
    (
        "items in a string",
        "",
        "nested = [{ path = \"$.a\", kind = \"json\" }]\nitems = { path = \"$.a.items[*]\", data = \"observed\" }\n",
    ),
    ("a class that is none", "", "fields = [{ path = \"$.a\", data = \"guessed\" }]\n"),
    (
        "a treatment that is mistyped",
        "",
        "fields = [{ path = \"$.a\", data = \"observed\", steps = { trusted = \"kepp\", familiar = { rond_to = 1 } } }]\n",
    ),
    (
        "two treatments at once",
        "",
        "fields = [{ path = \"$.a\", data = \"observed\", steps = { trusted = { first = 2, initial = true } } }]\n",
    ),
    (
        "a treatment without sense",
        "",
        "fields = [{ path = \"$.a\", data = \"observed\", steps = { familiar = { round_to = 0 }, trusted = { geo_to = \"1 mile\" } } }]\n",
    ),
    (
        "a treatment for HTML",
        "",
        "fields = [{ path = \"$.a\", data = \"observed\", steps = { trusted = { attributes = { href = \"remove\" } } } }]\n",
    ),
    ("a step too early", "", "fields = [{ path = \"$.a\", data = \"inferred\", steps = { acquainted = \"keep\" } }]\n"),
    (
        "a number that JSON lacks",
        "",
        "fields = [{ path = \"$.a\", data = \"observed\", steps = { familiar = { replace = nan }, trusted = { replace = [{ b = -inf }] } } }]\n",
    ),
    (
        "a step that shows less",
        "",
        "fields = [{ path = \"$.a\", data = \"provided\", steps = { new = \"keep\", trusted = { initial = true } } }]\n",
    ),
    (
        "one path twice",
        "",
        "fields = [{ path = \"$.a\", data = \"provided\" }, { path = \"$['a']\", data = \"inferred\" }]\n",
    ),
    (
        "a share that falls",
        "",
        "items = { path = \"$.items[*]\", data = \"observed\", share = { new = 0.5, trusted = 0.3 } }\n",
    ),
    (
        "a share that is none",
        "",
        "items = { path = \"$.items[*]\", data = \"observed\", share = { new = 0.0005, acquainted = 1.5 } }\n",
    ),
    ("items of no endpoint", "", "[items]\npath = \"$.items[*]\"\n"),
    ("items before their endpoint", "[[endpoints]]", "[endpoints.items]\npath = \"$.items[*]\"\n[[endpoints]]"),
    ("a table twice", "", "[identity]\nissuer = \"https://other.example\"\naudience = \"other\"\n"),
    ("a key twice", "audience = \"shop\"", "audience = \"shop\"\n audience  = \"other\""),
    (
        "items twice, the second time perhaps of another endpoint",
        "",
        "[endpoints.items]\npath = \"$.items[*]\"\n[endpoints.items]\npath = \"$.others[*]\"\n",
    ),
    ("one endpoint where several may stand", "[[endpoints]]", "[endpoints]"),
    ("a word without its quotes", "\"shop\"", "null"),
    ("a secret without quotes", "{ env = \"JWT\" }", "ncanary"),
    ("typographic quotes", "\"shop\"", "“shop”"),
    ("a preset without its prefix", "[identity]", "extends = \"retail\"\n[identity]"),
    ("a folder for a file", "{ env = \"JWT\" }", "{ file = \"/\" }"),
    ("items chosen by nobody knows what", "", "items = { path = \"$.items[*]\" }\n"),
    ("items that are some of a list", "", "items = { path = \"$.items[0:5]\", data = \"observed\" }\n"),
    ("items that are the first of a list", "", "items = { path = \"$.items[0]\", data = \"observed\" }\n"),
    (
        "topics that are not kept quiet",
        "",
        "items = { path = \"$.items[*]\", data = \"observed\", topic = \"$.t\", quiet = { topics = [\"health\"], as = \"none\" } }\n",
    ),
    (
        "items that are one value",
        "",
        "items = { path = \"$.items\", data = \"observed\", per_topic = { acquainted = 2 } }\n",
    ),
    (
        "a part of a request that is none",
        "",
        "request = { hide = [\"authorization\", \"json:userId\", \"query:\", \"path:id\", \"header: x-user\", \"header:\"] }\n",
    ),
    (
        "names with a star",
        "",
        "request = { hide = [\"header:x-user-*\", \"query:user_*\", \"cookie:*\", \"json:$.users[*]\"] }\nresponse = { hide = [\"header:*\"] }\n",
    ),
    ("two stores", "memory = {}", "memory = {}\nembedded = { path = \"rapport.redb\" }"),
    ("a redis that is nowhere", "memory = {}", "redis = { prefix = \"a{b}\" }"),
    ("an address of redis in the file", "memory = {}", "redis = { url = \"redis://:canary@a\" }"),
    ("an address that redis has not", "memory = {}", "redis = { url = { env = \"JWT\" } }"),
    ("less time than it takes to hear", "memory = {}", "memory = {}\nmax_staleness = \"10ms\""),
    ("a policy that goes on from none", "[identity]", "extends = \"preset:retial\"\n[identity]"),
    ("an address that is none", "", "[report]\nmetrics = \"everywhere\"\ndecisions = \"of\"\n"),
    ("a log in the file of another", "", "[report]\ndecisions = { file = \"no/../rapport.toml\" }\n"),
    (
        "several at once",
        "audience = \"shop\"\npseudonym_secret",
        "audiense = \"shop\"\nleeway = 30\nvisitors = 3\npseudonym_secret",
    ),
];

fn wrong(from: &str, to: &str) -> String {
    if from.is_empty() { format!("{SHORT}{to}") } else { changed(SHORT, from, to) }
}

#[test]
#[cfg_attr(not(feature = "redis"), ignore = "this build has no Redis")]
fn every_refusal_names_the_place_the_value_and_the_remedy() {
    let all: Vec<_> =
        WRONG.iter().map(|(what, from, to)| format!("── {what}\n{}", refused(&wrong(from, to)))).collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn no_refusal_repeats_a_secret() {
    for (what, from, to) in WRONG {
        let found = refused(&wrong(from, to));
        for shown in [found.render(false), found.render(true), format!("{found:?}")] {
            assert!(
                !shown.contains("canary") && !shown.contains("1234567890") && !shown.contains("xxxx"),
                "{what}: {shown}"
            );
        }
    }
}

#[test]
fn errors_in_one_table_do_not_hide_those_in_others() {
    let text = changed(SHORT, "audience = \"shop\"", "audiense = \"shop\"\nleeway = 30");
    let text = changed(&text, "memory = {}", "memory = {}\nmax_staleness = \"soon\"\nfoo = 1");
    let text = format!(
        "{text}limits = {{ item = 3 }}\nfields = [{{ path = \"items\", data = \"observd\" }}]\n[data.inferred]\nfrom = \"x\"\n"
    );
    let found = refused(&text);
    let keys: Vec<_> = found.iter().map(|finding| (finding.line, finding.key.as_str())).collect();
    assert_eq!(
        keys,
        [
            (4, "identity.audiense"),
            (5, "identity.leeway"),
            (14, "store.max_staleness"),
            (15, "store.foo"),
            (20, "endpoints[0].limits.item"),
            (21, "endpoints[0].fields[0].path"),
            (21, "endpoints[0].fields[0].data"),
            (23, "data.inferred.from"),
        ]
    );
}

#[test]
fn a_log_is_a_file_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(file("key.pem"), "a key").unwrap();
    let text = changed(SHORT, "memory = {}", "embedded = { path = \"./kept/rapport.redb\" }");
    let tls = "[serve.tls]\ncertificate = \"cert.pem\"\nkey = { file = \"key.pem\" }\n";
    let logged = |log: &str| {
        Policy::from_toml(
            &file("shop.toml"),
            &format!("{text}{tls}[report]\ndecisions = {{ file = \"{log}\" }}\n"),
            env,
        )
    };
    let whole = file("kept/rapport.redb");
    for (log, other) in [
        ("kept/rapport.redb", "the file of `store.embedded.path`"),
        (&whole, "the file of `store.embedded.path`"),
        ("x/../kept//./rapport.redb", "the file of `store.embedded.path`"),
        ("./shop.toml", "the policy itself"),
        ("./cert.pem", "the file of `serve.tls.certificate`"),
        ("kept/../key.pem", "the file of `serve.tls.key.file`"),
    ] {
        let found = logged(log).unwrap_err();
        let finding = found.iter().next().unwrap();
        assert_eq!((found.iter().count(), &*finding.key), (1, "report.decisions.file"), "{found}");
        assert!(finding.message.contains(other), "{found}");
    }
    assert!(logged("kept/decisions.jsonl").is_ok());
}

#[test]
fn of_a_misspelt_key_it_is_not_also_said_that_it_is_missing() {
    let items = "items = { path = \"$.items[*]\", data_at = \"$.basis\", topic = \"$.topic\", quiet = { topics = [\"grief\"] } }\n";
    for (right, wrong, key) in [
        ("audience =", "audiance =", "identity.audiance"),
        ("[[identity.keys]]", "[[identity.kyes]]", "identity.kyes"),
        ("\nsecret =", "\nsecert =", "identity.keys[0].secert"),
        ("\nsecret = { env =", "\nsecret = { enw =", "identity.keys[0].secret.enw"),
        ("data_at =", "dat_at =", "endpoints[0].items.dat_at"),
        ("topic =", "topik =", "endpoints[0].items.topik"),
        ("[[endpoints]]", "[[endpoint]]", "endpoint"),
    ] {
        let text = changed(&format!("{SHORT}{items}"), right, wrong);
        let found = refused(&text);
        assert_eq!(found.iter().map(|finding| finding.key.as_str()).collect::<Vec<_>>(), [key], "{found}");
    }
    let found = refused(&SHORT.replace("identity", "identty"));
    assert_eq!(found.iter().map(|finding| finding.key.as_str()).collect::<Vec<_>>(), ["identty"], "{found}");
}

#[test]
fn the_customers_own_routes_stand_where_a_browser_can_ask_for_them() {
    for path in ["rapport", "/", "/a//b", "/a/../b", "/./a", "/a/..", "/a%2fb", "/a b"] {
        let found = refused(&format!("{SHORT}[portal]\npath = \"{path}\"\n"));
        assert_eq!(found.iter().map(|finding| finding.key.as_str()).collect::<Vec<_>>(), ["portal.path"], "{found}");
    }
    for path in ["/rapport/", "/a/b", "/a..b/.c"] {
        assert!(
            Policy::from_toml("rapport.toml", &format!("{SHORT}[portal]\npath = \"{path}\"\n"), env).is_ok(),
            "{path}"
        );
    }
}

#[test]
fn lines_and_columns_count_characters() {
    let text = changed(SHORT, "memory = {}", "\"mémoire\" = 1");
    let text = changed(&text, "[store]", "[store] # é\r");
    let found = refused(&text);
    let finding = found.iter().next().unwrap();
    assert_eq!((finding.line, finding.column), (12, 1), "{found}");
    let text = changed(SHORT, "{ env = \"JWT\" }", "{ env = \"JWT\", \"é\" = 1, x = 2 }");
    let places: Vec<_> = refused(&text).iter().map(|finding| (finding.line, finding.column)).collect();
    assert_eq!(places, [(9, 25), (9, 34)]);
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let found = Policy::from_file("no/such/rapport.toml").unwrap_err().to_string();
    assert!(found.starts_with("error: no/such/rapport.toml: cannot be read ("), "{found}");
}
