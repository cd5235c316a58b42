//! The portal's pages hold the longest names that a policy can have, on the narrowest telephone, and texts of both directions.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod binary;
mod browser;

use std::fs;

use binary::{Rapport, days_ago, policy, rapport, run, token, upstream::*};
use browser::{Look, browser_of, pictures};
use fantoccini::Client;
use http::Response;
use serde_json::json;

/// Everything that has a name, with one of as many letters as there can be and no place to break it.
fn long_names() -> String {
    let name = |letter: &str| letter.repeat(32);
    let [first, second, third, fourth] = ["n", "a", "f", "t"].map(name);
    format!(
        r#"
[[relationship.events]]
name = "{event}"
takes_stages = 1

[[stages]]
name = "{first}"
[[stages]]
name = "{second}"
needs = {{ known_for = "7d", active_days = 3 }}
[[stages]]
name = "{third}"
needs = {{ known_for = "60d", active_days = 8 }}
[[stages]]
name = "{fourth}"
needs = {{ known_for = "365d", active_days = 20, {event} = 900 }}

[[consent.purposes]]
name = "record"
says = "{says}"
[[consent.purposes]]
name = "{purpose}"
says = "{says}"

[data]
provided = {{ purpose = "{purpose}", from = "{second}" }}
observed = {{ purpose = "{purpose}", from = "{second}" }}
inferred = {{ purpose = "{purpose}", from = "{third}" }}
third_party = {{ purpose = "{purpose}", from = "{third}" }}
special_category = {{ purpose = "{purpose}", from = "{fourth}" }}

[[endpoints]]
name  = "{endpoint}"
path  = "/list"
items = {{ path = "$.items[*]", data = "observed", topic = "$.topic", quiet = {{ topics = ["{says}"], as = "special_category" }} }}
"#,
        event = name("e"),
        purpose = name("p"),
        endpoint = name("w"),
        says = "s".repeat(60),
    )
}

/// Serves a policy, with a customer who has come for a year, in a browser that has logged them in.
async fn served(more: &str, texts: Option<(&str, &str)>) -> (Rapport, tempfile::TempDir) {
    let service = upstream(async |_: http::Request<_>| {
        let session = token("anna", &format!("record {}", "p".repeat(32)));
        let cookie = format!("session={session}; Path=/; HttpOnly; SameSite=Lax");
        Response::builder().header("set-cookie", cookie).body(full("welcome")).unwrap()
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = policy(folder.path(), "");
    let written = fs::read_to_string(&file).unwrap();
    let written = written.replace("audience = \"shop\"", "audience = \"shop\"\ntokens = [\"cookie:session\"]");
    let (base, endpoints) = written.split_at(written.find("[[endpoints]]").unwrap());
    let endpoints = if more.is_empty() { endpoints } else { more };
    let mut portal =
        format!("[portal]\ncontroller = {{ name = \"{}\", contact = \"privacy@shop.example\" }}\n", "C".repeat(40));
    if let Some((tag, text)) = texts {
        fs::create_dir(folder.path().join("texts")).unwrap();
        fs::write(folder.path().join(format!("texts/{tag}.toml")), text).unwrap();
        portal += "texts = \"texts/\"\n";
    }
    fs::write(&file, format!("{base}{portal}{endpoints}")).unwrap();
    let mut events = "customer,time,event\n".to_owned();
    for day in (1..400).rev().step_by(12) {
        events += &format!("anna,{},\n", days_ago(day));
    }
    let csv = folder.path().join("events.csv");
    fs::write(&csv, events).unwrap();
    let imported = run(rapport().arg("import").arg("--config").arg(&file).arg(&csv), "");
    assert!(imported.status.success(), "{imported:?}");
    (Rapport::serve(&file, service), folder)
}

async fn picture(client: &Client, name: &str) {
    let png = client.screenshot().await.unwrap();
    fs::write(pictures().join(format!("layout-{name}.png")), png).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_names_fit_the_narrowest_telephone() {
    let (rapport, _folder) = served(&long_names(), None).await;
    let at = |path: &str| format!("http://{}{path}", rapport.address);
    for width in [320, 760, 1280] {
        let browser = browser_of(Look { width, height: 4000, dark: false, language: "en" }).await;
        browser.client.goto(&at("/login")).await.unwrap();
        for (name, path) in [("me", "/rapport/me"), ("policy", "/rapport/policy")] {
            browser.client.goto(&at(path)).await.unwrap();
            let wide = browser.client.execute(TOO_WIDE, vec![]).await.unwrap();
            picture(&browser.client, &format!("{name}-{width}")).await;
            assert_eq!(wide, json!([]), "{path} at {width} pixels");
        }
    }
}

/// The default names, and seven of their length.
#[tokio::test(flavor = "multi_thread")]
async fn no_word_of_ordinary_length_is_broken() {
    let list = "[[endpoints]]\nname = \"list\"\npath = \"/list\"\n\
                items = { path = \"$.items[*]\", data = \"observed\", share = { acquainted = 0.2, trusted = 1.0 } }\n";
    let names = ["new", "acquainted", "familiar", "befriended", "trusted", "favourite", "confidant"];
    let stages: String = names.iter().map(|name| format!("[[stages]]\nname = \"{name}\"\n")).collect();
    let four = [(320, "en"), (320, "de"), (481, "de"), (1200, "en")];
    let seven = [(320, "en"), (700, "en"), (1200, "en")];
    for (name, policy, rungs, looks) in
        [("four", list, 4, &four[..]), ("seven", &format!("{stages}{list}"), 7, &seven[..])]
    {
        let (rapport, _folder) = served(policy, None).await;
        for &(width, language) in looks {
            let browser = browser_of(Look { width, height: 3000, dark: false, language }).await;
            browser.client.goto(&format!("http://{}/login", rapport.address)).await.unwrap();
            for path in ["me", "policy"] {
                browser.client.goto(&format!("http://{}/rapport/{path}", rapport.address)).await.unwrap();
                picture(&browser.client, &format!("{name}-{path}-{width}-{language}")).await;
                let broken = browser.client.execute(BROKEN_WORDS, vec![]).await.unwrap();
                assert_eq!(broken, json!([]), "{name} stages, /rapport/{path} at {width} pixels in {language}");
                let wide = browser.client.execute(TOO_WIDE, vec![]).await.unwrap();
                assert_eq!(wide, json!([]), "{name} stages, /rapport/{path} at {width} pixels in {language}");
                if path == "me" && width >= 700 {
                    let named = browser.client.execute(NAMED_RUNGS, vec![]).await.unwrap();
                    assert_eq!(named, json!(rungs), "{name} stages at {width} pixels");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_english_sentence_on_a_page_from_right_to_left_ends_at_its_right() {
    let own = "direction = \"rtl\"\n[me]\nwhy = \"למה\"\ndecide_says = \"אין שלב גבוה יותר.\"\n";
    let (rapport, _folder) = served("", Some(("he", own))).await;
    let browser = browser_of(Look { width: 1000, height: 1400, dark: false, language: "he" }).await;
    for path in ["/login", "/rapport/me"] {
        browser.client.goto(&format!("http://{}{path}", rapport.address)).await.unwrap();
    }
    picture(&browser.client, "me-rtl").await;
    let ends = browser.client.execute(ENDS, vec![]).await.unwrap();
    assert_eq!(ends, json!(["rtl", "right", "left"]));
}

/// The direction of the page, and where a sentence in English and one in Hebrew have their full stops.
const ENDS: &str = r"
    const end = (text) => {
        const range = document.createRange();
        const box = (from, to) => { range.setStart(text, from); range.setEnd(text, to); return range.getBoundingClientRect(); };
        const stop = text.data.lastIndexOf('.');
        return box(stop, stop + 1).left > box(stop - 3, stop - 2).left ? 'right' : 'left';
    };
    const texts = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
    const found = {};
    while (texts.nextNode()) {
        const data = texts.currentNode.data;
        if (data.includes('There is no pause.')) found.english = end(texts.currentNode);
        if (data.includes('יותר.')) found.hebrew = end(texts.currentNode);
    }
    return [getComputedStyle(document.body).direction, found.english, found.hebrew];";

/// How many stages of the ladder show their name.
const NAMED_RUNGS: &str = r"
    const names = [...document.querySelectorAll('.rung .name')];
    return names.filter((name) => getComputedStyle(name).clipPath === 'none').length;";

/// Words of letters that begin in one line and end in another.
const BROKEN_WORDS: &str = r"
    const broken = [];
    const range = document.createRange();
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
        const { data, parentElement } = texts.currentNode;
        if (!parentElement.checkVisibility() || getComputedStyle(parentElement).clipPath !== 'none') continue;
        for (const word of data.matchAll(/(?<=\s|^)[^\s\p{Pd}]{2,24}(?=\s|$)/gu)) {
            range.setStart(texts.currentNode, word.index);
            range.setEnd(texts.currentNode, word.index + word[0].length);
            if (new Set([...range.getClientRects()].map((box) => box.top)).size > 1) broken.push(word[0]);
        }
    }
    return broken;";

/// What is wider than the window, or than what it stands in.
const TOO_WIDE: &str = r"
    const wide = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) wide.push(`${document.documentElement.scrollWidth} of ${width}`);
    for (const element of document.querySelectorAll('main *, header *, footer *')) {
        if (!element.checkVisibility() || getComputedStyle(element).clipPath !== 'none') continue;
        const box = element.getBoundingClientRect();
        if (box.right > width + .5 || box.left < -.5) wide.push(`${element.tagName}.${element.className}: ${element.textContent.slice(0, 40)}`);
        if (getComputedStyle(element).display !== 'inline' && element.scrollWidth > element.clientWidth + 1) wide.push(`in ${element.tagName}.${element.className}: ${element.textContent.slice(0, 40)}`);
    }
    return wide;";
