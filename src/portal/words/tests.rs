use std::collections::BTreeSet;

use toml::Value;

use super::{text::blanks, *};
use crate::policy::Policy;

const POLICY: &str = include_str!("../../../config/reference.toml");

fn policy(text: &str) -> Policy {
    Policy::from_toml("rapport.toml", text, |name| Some(format!("{name}, of 32 bytes at the least"))).unwrap()
}

/// The languages of the reference policy with own words, or what is wrong with these.
fn languages(own: &[(&str, &str)]) -> Result<Languages, Vec<String>> {
    let policy = policy(POLICY);
    let named = Named {
        ladder: &policy.rules().ladder,
        purposes: &policy.rules().purposes,
        events: policy.events().iter().map(|event| event.name.as_str()).collect(),
        endpoints: policy.endpoints().iter().map(|endpoint| endpoint.name.as_str()).collect(),
    };
    let own: Vec<_> = own.iter().map(|(tag, text)| OwnText::new(*tag, format!("{tag}.toml"), *text)).collect();
    Languages::new(&own, &named).map_err(|wrong| wrong.iter().map(ToString::to_string).collect())
}

fn spoken<'a>(languages: &'a Languages, accept: &str) -> &'a Words {
    let mut headers = HeaderMap::new();
    headers.insert("accept-language", accept.parse().unwrap());
    languages.of(&headers)
}

/// Every text with its name, and the words in braces that it has.
fn leaves(table: &Table, at: &str, all: &mut Vec<(String, BTreeSet<String>)>) {
    for (name, value) in table {
        let here = format!("{at}{name}");
        let forms: Vec<&str> = match value {
            Value::String(text) => vec![text],
            Value::Table(forms) if forms.contains_key("other") => forms.values().filter_map(Value::as_str).collect(),
            Value::Table(table) => {
                leaves(table, &format!("{here}."), all);
                continue;
            }
            _ => Vec::new(),
        };
        all.push((here, forms.iter().flat_map(|form| blanks(form)).map(str::to_owned).collect()));
    }
}

#[test]
fn german_says_all_that_english_says() {
    let (mut english, mut german) = (Vec::new(), Vec::new());
    leaves(&table(ENGLISH), "", &mut english);
    leaves(&table(GERMAN), "", &mut german);
    let same = ["direction", "list"];
    english.retain(|(name, _)| !same.contains(&name.as_str()));
    german.retain(|(name, _)| !same.contains(&name.as_str()));
    assert!(english.len() > 150);
    assert_eq!(english, german);
}

#[test]
fn the_words_for_purposes_are_the_default_ones() {
    let bare = "[identity]\nissuer = \"i\"\naudience = \"a\"\npseudonym_secret = { env = \"PSEUDONYM\" }\n[[identity.keys]]\n\
                alg = \"HS256\"\nsecret = { env = \"JWT_SECRET\" }\n[store]\nmemory = {}\n[[endpoints]]\nname = \"r\"\npath = \"/r\"\n";
    let policy = policy(bare);
    let languages = languages(&[]).unwrap();
    for purpose in policy.rules().purposes.iter() {
        assert_eq!(spoken(&languages, "en").purpose_says(purpose), purpose.says);
        assert_ne!(spoken(&languages, "de").purpose_says(purpose), purpose.says, "and they are translated");
    }
}

#[test]
fn what_a_policy_says_of_a_purpose_in_its_own_words_is_not_translated_into_others() {
    let policy = policy(&POLICY.replace("Use what others know about you.", "Ask the neighbours."));
    let terms = policy.terms();
    let purpose = policy.rules().purposes.get("cross_context").unwrap();
    assert_eq!(spoken(&terms.languages, "de").purpose_says(purpose), "Ask the neighbours.");
    let other = policy.rules().purposes.get("record").unwrap();
    assert!(spoken(&terms.languages, "de").purpose_says(other).starts_with("Sich merken"));
}

#[test]
fn own_words_stand_in_the_place_of_those_of_the_crate_and_the_rest_stays() {
    let languages = languages(&[
        ("de", "[me]\ntitle = \"Du und wir\"\n[stages.familiar]\nname = \"vertraut wie nie\"\n"),
        (
            "fr",
            "months = [\"janvier\", \"f\", \"m\", \"a\", \"m\", \"j\", \"j\", \"a\", \"s\", \"o\", \"n\", \"d\"]\n\
                [because.events]\npurchase = \"achats : {n}\"\n[purposes.record]\nsays = \"Se souvenir.\"\n",
        ),
        ("de-at", "[pause]\ntitle = \"Pauserl\"\n[endpoints]\nrecommendations = \"Schmankerl\"\n"),
    ])
    .unwrap();
    let german = spoken(&languages, "de-DE");
    assert_eq!(german.texts.me.title.to_string(), "Du und wir");
    assert_eq!(german.stage(&"familiar".parse().unwrap()), "vertraut wie nie");
    assert_eq!(german.is_at(&"familiar".parse().unwrap()), "Wir sind miteinander vertraut.", "of one table, both");
    assert_eq!(german.texts.pause.title.to_string(), "Pause");
    let austrian = spoken(&languages, "de-AT,de;q=0.9");
    assert_eq!(austrian.texts.pause.title.to_string(), "Pauserl");
    assert_eq!((austrian.endpoint("recommendations"), german.endpoint("other")), ("Schmankerl".into(), "other".into()));
    assert_eq!(austrian.texts.limit.title.to_string(), "Grenze", "what it leaves out is German");
    let french = spoken(&languages, "fr, en;q=0.5");
    assert_eq!(french.date("2026-01-03".parse().unwrap()), "3 janvier 2026");
    assert_eq!(french.texts.because.events["purchase"].count(1, &[]), "achats : 1");
    assert_eq!(french.texts.limit.title.to_string(), "Limit", "what it leaves out is English");
    assert_eq!(spoken(&languages, "it").tag, "en");
}

#[test]
fn what_a_language_from_right_to_left_leaves_out_keeps_its_own_direction() {
    let hebrew = "direction = \"rtl\"\nmonths = [\"א\", \"ב\", \"ג\", \"ד\", \"ה\", \"ו\", \"ז\", \"ח\", \"ט\", \"י\", \"כ\", \"ל\"]\n[me]\ntitle = \"כמה טוב אנחנו מכירים.\"";
    let languages = languages(&[("he", hebrew)]).unwrap();
    let words = spoken(&languages, "he");
    assert_eq!(words.texts.direction, "rtl");
    assert_eq!(words.texts.me.title.to_string(), "כמה טוב אנחנו מכירים.");
    assert_eq!(words.texts.me.highest.to_string(), "\u{2068}There is no higher stage.\u{2069}");
    assert_eq!(words.texts.because.active_days.count(2, &[]), "\u{2068}You were here on 2 days.\u{2069}");
    assert_eq!(words.date("2026-02-01".parse().unwrap()), "\u{2068}1 ב 2026\u{2069}");
    assert_eq!(spoken(&languages, "en").texts.me.highest.to_string(), "There is no higher stage.");
}

#[test]
fn what_has_no_name_in_the_texts_is_called_as_in_the_policy() {
    let languages = languages(&[]).unwrap();
    let words = spoken(&languages, "en");
    assert_eq!(words.stage(&"gold".parse().unwrap()), "gold");
    assert_eq!(words.is_at(&"gold".parse().unwrap()), "We are at the stage “gold”.");
    assert_eq!(words.purpose(&"newsletter".parse().unwrap()), "newsletter");
    assert_eq!(words.list(["a", "b", "c"]), "a, b, c");
    assert_eq!(words.list(Vec::<String>::new()), "");
}

#[test]
fn what_is_wrong_in_own_words_is_told_with_its_place_and_a_remedy() {
    for (tag, text, says) in [
        ("de", "[me]\ntitel = \"x\"", "`de.toml`, line 2: `me.titel`: no such text; did you mean `me.title`?"),
        ("de", "at = \"x\"", "`de.toml`, line 1: `at`: no such text; did you mean `me.at`?"),
        (
            "de",
            "[limits]\nat_most = \"x\"",
            "`de.toml`, line 2: `limits.at_most`: no such text; did you mean `limit.at_most`?",
        ),
        (
            "de",
            "[heading]",
            "`de.toml`, line 1: `heading`: no such text; every text there is stands in the crate's `src/portal/words/en.toml`",
        ),
        ("de", "\n\n[mee]", "`de.toml`, line 3: `mee`: no such text; did you mean `me`?"),
        (
            "de",
            "[stages.famliar]\nname = \"x\"",
            "`de.toml`, line 1: `stages.famliar`: the policy has no such name; did you mean `familiar`?",
        ),
        (
            "de",
            "[because.events]\nreturn = \"x\"",
            "`de.toml`, line 2: `because.events.return`: the policy has no such name; there are `purchase` and `complaint`",
        ),
        (
            "de",
            "[me]\nat = \"{stage} of {of}\"",
            "`de.toml`, line 2: `me.at`: `{stage}` is not filled in here; what is: `{level}`, `{of}`",
        ),
        (
            "de",
            "[pause]\nend = \"{n}\"",
            "`de.toml`, line 2: `pause.end`: `{n}` is not filled in here; what is: nothing",
        ),
        (
            "de",
            "[missing]\npace = { one = \"x\" }",
            "`de.toml`, line 2: `missing.pace`: write one text, or { one = \"…\", other = \"…\" }",
        ),
        (
            "de",
            "[missing]\npace = { one = \"x\", other = \"{m}\" }",
            "`de.toml`, line 2: `missing.pace`: `{m}` is not filled in here; what is: `{n}`",
        ),
        ("de", "me = \"x\"", "`de.toml`, line 1: `me`: write `[me]`, and the texts below it"),
        ("de", "months = [\"a\"]", "`de.toml`, line 1: `months`: write 12 texts"),
        ("de", "months = \"a\"", "`de.toml`, line 1: `months`: write a list of 12 texts"),
        ("de", "date = 3", "`de.toml`, line 1: `date`: write one text in quotes"),
        (
            "de",
            "[pause]\nend = { one = \"a\", other = \"b\" }",
            "`de.toml`, line 2: `pause.end`: write one text in quotes",
        ),
        ("german", "", "`german.toml`, line 1: `german`: no language's tag; name the file `fr.toml`, or `de-at.toml`"),
        ("DE", "", "`DE.toml`, line 1: `DE`: no language's tag; name the file `fr.toml`, or `de-at.toml`"),
    ] {
        assert_eq!(languages(&[(tag, text)]).unwrap_err(), [says], "{text}");
    }
    let broken = languages(&[("de", "[me\n")]).unwrap_err();
    assert!(broken.len() == 1 && broken[0].starts_with("`de.toml`, line 1: not TOML: "), "{broken:?}");
    assert_eq!(languages(&[("de", "a = 1\nb = 2")]).unwrap_err().len(), 2, "all of it at once");
}

#[test]
fn a_text_that_stands_in_the_wrong_table_is_found_in_the_others() {
    let wrong = languages(&[("de", "events = \"x\"\ntitle = \"x\"")]).unwrap_err();
    let [events, title] = wrong.as_slice() else { panic!("{wrong:?}") };
    let says = "did you mean `because.events` or `missing.events` or `policy.events`?";
    assert!(events.ends_with(says), "{events}");
    assert!(title.contains("`me.title` or `pause.title`"), "{title}");
}

#[test]
fn the_example_of_own_words_says_what_it_shows() {
    let docs: String = include_str!("../mod.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! "))
        .fold(String::new(), |all, line| all + line + "\n");
    let example = docs.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let languages = languages(&[("en", example)]).unwrap();
    let words = spoken(&languages, "en");
    assert_eq!(words.texts.me.title.to_string(), "Your account of us");
    assert_eq!(words.stage(&"familiar".parse().unwrap()), "good friends");
    assert_eq!(words.texts.because.active_days.count(3, &[]), "You came by on 3 days.");
}

#[test]
fn a_folder_of_texts_is_read_with_the_policy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rapport.toml");
    let with_texts = POLICY.replace("# texts = \"texts/\"", "texts = \"texts/\"");
    let read = || {
        Policy::from_toml(&path.display().to_string(), &with_texts, |name| {
            Some(format!("{name}, of 32 bytes at the least"))
        })
    };
    let missing = read().unwrap_err().to_string();
    assert!(missing.contains("texts") && missing.contains("cannot be read"), "{missing}");
    std::fs::create_dir(folder.path().join("texts")).unwrap();
    std::fs::write(folder.path().join("texts/README"), "not a text").unwrap();
    std::fs::write(folder.path().join("texts/en.toml"), "[forget]\nbutton = \"Let me go\"").unwrap();
    assert_eq!(spoken(&read().unwrap().terms().languages, "en").texts.forget.button.to_string(), "Let me go");
    std::fs::write(folder.path().join("texts/en.toml"), "[forget]\nbuton = \"Let me go\"").unwrap();
    let wrong = read().unwrap_err().to_string();
    assert!(
        wrong.contains("`en.toml`, line 2: `forget.buton`: no such text; did you mean `forget.button`?"),
        "{wrong}"
    );
    assert!(wrong.contains("rapport.toml:"), "and it is the policy that names the folder: {wrong}");
}
