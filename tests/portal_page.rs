//! The portal's page in a real browser, served by the real binary: a customer limits, pauses, withdraws, agrees again and is
//! forgotten, each with one click and without a script.
#![cfg(feature = "cli")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod binary;
mod browser;

use std::{fs, time::Duration};

use binary::{Rapport, days_ago, policy, rapport, run, token, upstream::*};
use browser::{Browser, HARD_TO_READ, Look, browser_of, pictures};
use fantoccini::{Client, Locator, key::Key};
use http::Response;
use serde_json::{Value, json};

const WIDE: Look = Look { width: 1440, height: 1000, dark: false, language: "en" };

/// The binary before a shop, with a customer who has come for a year.
struct Shop {
    rapport: Rapport,
    _folder: tempfile::TempDir,
}

async fn shop() -> Shop {
    let service = upstream(async |request| {
        if request.uri().path() == "/login" {
            let cookie = format!("session={}; Path=/; HttpOnly; SameSite=Lax", anna());
            return Response::builder().header("set-cookie", cookie).body(full("welcome")).unwrap();
        }
        let known = request.headers().contains_key("cookie");
        let says =
            if known { r#"{"first_name": "Anna", "items": []}"# } else { r#"{"first_name": null, "items": []}"# };
        Response::builder().header("content-type", "application/json").body(full(says)).unwrap()
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    let file = policy(
        folder.path(),
        "[portal]\ncontroller = { name = \"Fern & Field\", contact = \"privacy@shop.example\" }\n",
    );
    let with_cookie = fs::read_to_string(&file)
        .unwrap()
        .replace("audience = \"shop\"", "audience = \"shop\"\ntokens = [\"cookie:session\"]");
    fs::write(&file, with_cookie).unwrap();
    let mut events = "customer,time,event\n".to_owned();
    for day in (1..400).rev().step_by(12) {
        events += &format!("anna,{},\nanna,{},purchase\n", days_ago(day), days_ago(day));
    }
    let csv = folder.path().join("events.csv");
    fs::write(&csv, events).unwrap();
    let imported = run(rapport().arg("import").arg("--config").arg(&file).arg(&csv), "");
    assert!(imported.status.success(), "{imported:?}");
    Shop { rapport: Rapport::serve(&file, service), _folder: folder }
}

impl Shop {
    fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.rapport.address)
    }

    /// What the shop's own page gets for Anna.
    fn shows(&self) -> String {
        let request = format!(
            "GET /recommendations HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: session={}\r\n\r\n",
            anna()
        );
        self.rapport.raw(&request)
    }

    /// Logs Anna in, and opens her page.
    async fn open<'a>(&self, browser: &'a Browser, path: &str) -> Page<'a> {
        let client = &browser.client;
        client.goto(&self.at("/login")).await.unwrap();
        client.goto(&self.at(path)).await.unwrap();
        Page { client }
    }
}

fn anna() -> String {
    token("anna", "record personalization")
}

struct Page<'a> {
    client: &'a Client,
}

impl Page<'_> {
    async fn click(&self, selector: &str) {
        self.client.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
    }

    /// Clicks on a button, and gives what the page then says of it: where the focus is, and what is read out.
    async fn choose(&self, selector: &str) -> String {
        self.click(selector).await;
        for _ in 0..200 {
            if self.says("document.activeElement?.id").await == json!("done") {
                assert_eq!(self.says("document.activeElement.getAttribute('role')").await, json!("status"));
                return self.says("document.activeElement.textContent").await.as_str().unwrap().trim().to_owned();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("after `{selector}` the focus is on nothing that says what was done");
    }

    /// The value of an expression in the page.
    async fn says(&self, expression: &str) -> Value {
        self.client.execute(&format!("return {expression}"), vec![]).await.unwrap()
    }

    async fn heading(&self) -> String {
        self.says("document.querySelector('h1').textContent").await.as_str().unwrap().to_owned()
    }

    async fn pressed(&self, within: &str) -> Value {
        let pressed = "return [...document.querySelectorAll(arguments[0])].map((button) => button.textContent)";
        self.client.execute(pressed, vec![format!("{within} [aria-pressed=true]").into()]).await.unwrap()
    }

    async fn picture(&self, name: &str) {
        let png = self.client.screenshot().await.unwrap();
        fs::write(pictures().join(format!("portal-{name}.png")), png).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_limits_pauses_withdraws_and_is_forgotten_with_one_click_each() {
    let shop = shop().await;
    let browser = browser_of(WIDE).await;
    let page = shop.open(&browser, "/rapport/me").await;
    assert_eq!(page.heading().await, "We know each other well.");
    assert!(shop.shows().contains("Anna"));
    page.picture("trusted").await;

    assert_eq!(
        page.choose("[action$='/me/limit'] [value=acquainted]").await,
        "Your limit is set: never more than “acquainted”."
    );
    assert_eq!(page.heading().await, "We keep to the stage “acquainted”.");
    assert_eq!(page.pressed("[action$='/me/limit']").await, json!(["At most “acquainted”"]));
    assert!(!shop.shows().contains("Anna"));
    page.picture("limited").await;
    assert_eq!(page.choose("[action$='/me/limit'] [value=delete]").await, "There is no limit.");
    assert_eq!(page.heading().await, "We know each other well.");

    let paused = page.choose("[action$='/me/pause'] [name=until]").await;
    assert!(paused.starts_with("Paused up to and including "), "{paused}");
    assert_eq!(page.heading().await, "Everything personal is paused.");
    assert!(!shop.shows().contains("Anna"));
    page.picture("paused").await;
    assert_eq!(page.choose("[action$='/me/pause'] [value='9999-12-31']").await, "Paused until you end it.");
    assert_eq!(page.choose("[action$='/me/pause'] [value=delete]").await, "There is no pause.");
    assert!(shop.shows().contains("Anna"));

    let personal = "[action$='/purposes/personalization']";
    assert_eq!(page.choose(&format!("{personal} [value=false]")).await, "You refused: Personal choices.");
    assert_eq!(page.pressed(personal).await, json!(["I refuse"]));
    assert!(!shop.shows().contains("Anna"));
    page.picture("refused").await;
    assert_eq!(page.choose(&format!("{personal} [value=true]")).await, "You agreed: Personal choices.");
    assert!(shop.shows().contains("Anna"));

    page.click("a[href='/rapport/policy']").await;
    assert_eq!(page.heading().await, "How it works");
    assert_eq!(page.choose("form [value='9999-12-31']").await, "Paused until you end it.", "the switch to no profile");
    page.choose("[action$='/me/pause'] [value=delete]").await;

    assert!(page.choose("[action$='/me'] [value=delete]").await.starts_with("We have forgotten you."));
    assert_eq!(page.heading().await, "We hardly know each other yet.");
    assert!(!shop.shows().contains("Anna"));
    page.picture("forgotten").await;

    assert!(page.choose("[action$='/purposes/record'] [value=false]").await.contains("will not remember you again"));
    assert!(
        page.says("document.querySelector('.holds').textContent")
            .await
            .as_str()
            .unwrap()
            .contains("Without consent to being remembered")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_is_enough() {
    let shop = shop().await;
    let browser = browser_of(WIDE).await;
    let page = shop.open(&browser, "/rapport/me").await;
    let press = async |key: char| {
        let focused = page.client.active_element().await.unwrap();
        focused.send_keys(&key.to_string()).await.unwrap();
    };
    page.client.find(Locator::Css("body")).await.unwrap().send_keys(&char::from(Key::Tab).to_string()).await.unwrap();
    assert_eq!(
        page.says("document.activeElement.className").await,
        json!("skip"),
        "the first stop leads past the head"
    );
    press(Key::Enter.into()).await;
    assert_eq!(page.says("document.activeElement.id").await, json!("content"));
    let mut stops = Vec::new();
    for _ in 0..40 {
        press(Key::Tab.into()).await;
        let stop = page
            .says("document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()")
            .await;
        let stop = stop.as_str().unwrap().to_owned();
        let outline = page.says("getComputedStyle(document.activeElement).outlineStyle").await;
        assert_eq!(outline, json!("solid"), "where the focus is can be seen: {stop}");
        if stop == "Forget me" {
            stops.push(stop);
            break;
        }
        stops.push(stop);
    }
    for control in [
        "For a week",
        "At most “new”",
        "No limit",
        "I refuse: Personal choices",
        "I agree: Being remembered",
        "Save everything as a file",
        "Forget me",
    ] {
        assert!(stops.iter().any(|stop| stop == control), "`{control}` is reached by the keyboard: {stops:?}");
    }
    press(Key::Enter.into()).await;
    for _ in 0..200 {
        if page.heading().await == "We hardly know each other yet." {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("a button does nothing when it is pressed with the keyboard");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_fit_a_narrow_telephone_and_can_be_read_in_light_and_dark() {
    let shop = shop().await;
    for (name, look) in [
        ("wide-light", WIDE),
        ("wide-dark", Look { dark: true, ..WIDE }),
        ("narrow-light", Look { width: 360, height: 800, ..WIDE }),
        ("narrow-dark-german", Look { width: 360, height: 800, dark: true, language: "de" }),
    ] {
        let browser = browser_of(look).await;
        for path in ["/rapport/me", "/rapport/me?stage=new", "/rapport/policy", "/rapport/nowhere"] {
            let page = shop.open(&browser, path).await;
            assert_eq!(page.says("document.documentElement.lang").await, json!(look.language), "{name} {path}");
            let width = page.says("document.documentElement.scrollWidth").await.as_u64().unwrap();
            assert!(width <= u64::from(look.width), "{name} {path}: {width} pixels wide");
            assert_eq!(
                page.says("matchMedia('(prefers-color-scheme: dark)').matches").await,
                json!(look.dark),
                "{name}"
            );
            assert_eq!(page.client.execute(HARD_TO_READ, vec![]).await.unwrap(), json!([]), "{name} {path}");
            assert_eq!(page.client.execute(HARD_TO_FIND, vec![]).await.unwrap(), json!([]), "{name} {path}");
        }
        let page = shop.open(&browser, "/rapport/me").await;
        assert_eq!(page.client.execute(BROKEN_NAMES, vec![]).await.unwrap(), json!([]), "{name}");
        page.picture(name).await;
    }
}

/// Stages whose name, a word or two, takes more lines than words.
const BROKEN_NAMES: &str = r"
    const lines = (element) => {
        const range = document.createRange();
        range.selectNodeContents(element);
        return range.getClientRects().length;
    };
    const names = [...document.querySelectorAll('.rung .name')];
    return names.filter((name) => lines(name) > name.textContent.trim().split(/\s+/).length).map((name) => name.textContent);";

/// What a screen reader would stumble over: no landmarks, no single heading at the top, a level left out, a control without a
/// name, a section without one, a target too small for a finger (WCAG 2.2, 2.5.8).
const HARD_TO_FIND: &str = r"
    const wrong = [];
    const all = (selector) => [...document.querySelectorAll(selector)];
    for (const landmark of ['header', 'nav', 'main', 'footer']) if (all(`body > ${landmark}, body > header > ${landmark}`).length !== 1) wrong.push(landmark);
    if (all('h1').length !== 1) wrong.push('h1');
    let level = 1;
    for (const heading of all('h1, h2, h3, h4')) {
        const own = Number(heading.tagName[1]);
        if (own > level + 1) wrong.push(heading.textContent);
        level = own;
    }
    for (const control of all('a, button')) {
        if (!(control.getAttribute('aria-label') ?? control.textContent).trim()) wrong.push(control.outerHTML);
        const box = control.getBoundingClientRect();
        if (!control.closest('.skip') && (box.width < 24 || box.height < 24)) wrong.push(`${box.width} x ${box.height}: ${control.textContent}`);
    }
    for (const section of all('section')) {
        const name = section.getAttribute('aria-labelledby');
        if (!name || !document.getElementById(name)?.textContent.trim()) wrong.push(section.outerHTML.slice(0, 80));
    }
    const ids = all('[id]').map((element) => element.id);
    if (new Set(ids).size !== ids.length) wrong.push(`ids: ${ids}`);
    return wrong;";
