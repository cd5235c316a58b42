//! The demo page in a real browser: what a newcomer sees, what time and real acts add, what a withdrawal takes away.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod browser;

use std::{fs, time::Duration};

use browser::{browser, demo, pictures};
use fantoccini::{Client, Locator};
use serde::Deserialize;

#[tokio::test(flavor = "multi_thread")]
async fn familiarity_comes_with_time_and_acts_and_goes_with_consent() {
    let demo = demo();
    let browser = browser(1440, 900).await;
    let page = Page { client: &browser.client };
    page.client.goto(&format!("http://{}/", demo.at)).await.unwrap();
    page.settled().await;

    page.write("#first-name", "Philippa").await;
    page.click("#newcomer").await;
    let (said, shown) = page.sides().await;
    assert_eq!(page.stage().await, "new");
    for personal in ["Philippa", "A data seller", "Bought in:"] {
        assert!(said.contains(personal), "the recommender says `{personal}` at once:\n{said}");
        assert!(!shown.contains(personal), "a newcomer does not see `{personal}`:\n{shown}");
    }
    assert!(exact_scores(&said) > 5 && exact_scores(&shown) == 0, "{said}\n{shown}");
    assert_eq!(page.list().await, [ANYBODYS; 10], "no place of a newcomer's list is chosen for them");
    page.picture("newcomer").await;

    page.click("[name=way][value=buy]").await;
    page.click("[data-days='90']").await;
    let (_, shown) = page.sides().await;
    assert_eq!(page.stage().await, "familiar");
    assert!(shown.contains("Philippa") && shown.contains("Because you bought the"), "{shown}");
    assert!(!shown.contains("A data seller"), "what was bought in is for the trusted:\n{shown}");
    let chosen = personal(&page.list().await);
    assert!((1..=7).contains(&chosen), "{chosen} of ten places are chosen for somebody familiar");
    page.picture("familiar").await;

    page.click("#purpose-personalization").await;
    let (said, shown) = page.sides().await;
    assert_eq!(page.stage().await, "familiar", "consent closes data, it does not end the acquaintance");
    assert!(
        said.contains("Philippa") && !shown.contains("Philippa") && !shown.contains("Because you bought"),
        "{shown}"
    );
    page.click("#purpose-record").await;
    assert_eq!(page.stage().await, "new", "whoever is not to be remembered is new");
    page.picture("withdrawn").await;

    page.click("#purpose-record").await;
    page.click("#purpose-personalization").await;
    assert_eq!(page.stage().await, "familiar");
    page.click("#complain").await;
    assert_eq!(page.stage().await, "acquainted", "a complaint takes a stage");
    assert!(page.text(".reasons").await.contains("complaint"));
    page.client.goto(&format!("http://{}/rapport/me", demo.at)).await.unwrap();
    assert_eq!(page.text("h1").await, "We are acquainted.", "and the customer's own page says so, too");
    assert!(page.text(".holds").await.contains("taken a step back"));
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_prepared_stands_where_their_past_has_brought_them() {
    let demo = demo();
    let browser = browser(1440, 900).await;
    let page = Page { client: &browser.client };
    page.client.goto(&format!("http://{}/", demo.at)).await.unwrap();
    page.settled().await;
    for (person, stage, because) in [
        ("jonas", "acquainted", "To be familiar"),
        ("mira", "familiar", "does not agree"),
        ("henrik", "trusted", ""),
        ("lena", "familiar", "silence"),
        ("tom", "acquainted", "under 18"),
    ] {
        page.click(&format!("[name=person][value={person}]")).await;
        assert_eq!(page.stage().await, stage, "{person}");
        let reasons = page.text(".reasons").await;
        assert!(reasons.contains(because), "{person}: `{because}` is not among the reasons:\n{reasons}");
        page.picture(person).await;
    }
    page.click("[name=person][value=henrik]").await;
    let (_, shown) = page.sides().await;
    assert!(shown.contains("A data seller") && shown.contains("Bought in:"), "{shown}");
    page.click("#gpc").await;
    let (_, shown) = page.sides().await;
    assert!(!shown.contains("A data seller"), "Sec-GPC closes what came from elsewhere:\n{shown}");
    assert!(page.text(".reasons").await.contains("Sec-GPC"));
    page.click("#gpc").await;
    assert!(page.sides().await.1.contains("A data seller"), "the signal holds for its own request");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_picture_of_ten_places_grows_by_stage_and_shows_what_the_list_shows() {
    let demo = demo();
    let browser = browser(1440, 900).await;
    let page = Page { client: &browser.client };
    page.client.goto(&format!("http://{}/", demo.at)).await.unwrap();
    page.settled().await;
    for person in ["newcomer", "jonas", "mira", "henrik", "lena", "tom"] {
        if person != "newcomer" {
            page.click(&format!("[name=person][value={person}]")).await;
        }
        let (stage, rows) = (page.stage().await, page.mix().await);
        assert_eq!(
            rows.iter().map(|row| &*row.stage).collect::<Vec<_>>(),
            ["new", "acquainted", "familiar", "trusted"]
        );
        for (row, at_most) in rows.iter().zip([0, 3, 7, 10]) {
            assert_eq!((row.places.len(), row.number), (10, personal(&row.places)), "{person}: {row:?}");
            assert!(row.number <= at_most, "{person}: more than the policy's share: {row:?}");
        }
        assert!(rows.is_sorted_by_key(|row| row.number), "{person}: {rows:?}");
        let here = rows.iter().find(|row| row.stage == stage).unwrap();
        assert_eq!(here.places, page.list().await, "{person}: the picture shows another list than the shop");
        page.marks_honestly().await;
        match person {
            "henrik" => assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [0, 3, 7, 10]),
            "tom" => assert!(rows.iter().skip(2).all(|row| row.held && row.places == here.places), "a minor: {rows:?}"),
            _ => assert!(rows.iter().all(|row| !row.held), "{person}: {rows:?}"),
        }
        page.picture(&format!("mix-{person}")).await;
    }

    page.click("[name=person][value=henrik]").await;
    let sensitive = |rows: &[Row]| rows.iter().map(|row| row.count("special_category")).collect::<Vec<_>>();
    assert_eq!(sensitive(&page.mix().await), [0, 0, 0, 1], "a quiet topic is for the trusted");
    page.click("#purpose-special_category").await;
    assert_eq!(sensitive(&page.mix().await), [0; 4], "and for nobody who does not agree to it");
    page.marks_honestly().await;
    page.click("#purpose-record").await;
    let rows = page.mix().await;
    assert!(rows.iter().all(|row| row.number == 0), "whoever is not to be remembered is new: {rows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_is_changed_on_the_page_and_a_wrong_one_stays_out() {
    let demo = demo();
    let browser = browser(1440, 900).await;
    let page = Page { client: &browser.client };
    page.client.goto(&format!("http://{}/", demo.at)).await.unwrap();
    page.settled().await;
    page.click("[name=person][value=mira]").await;
    let name = async || page.text("#got-body .first_name dd").await;
    assert_eq!(name().await, "Mira");
    assert_eq!(page.text("#policy-says").await, "", "closed until somebody opens it");
    page.click("#policy-box summary").await;
    assert_eq!(page.text("#policy-says").await, "in force");

    // The name waits for the trusted now.
    let steps = "steps = { new = \"null\", acquainted = { initial = true }, familiar = \"keep\" }";
    page.rewrite(steps, "steps = { new = \"null\", trusted = \"keep\" }").await;
    page.click("#put-policy").await;
    assert_eq!(name().await, "withheld", "the changed policy is in force");
    page.picture("policy").await;

    // A slip is told where it is, while it is written, and nothing changes.
    page.rewrite("trusted = \"keep\" }", "trustd = \"keep\" }").await;
    page.until("#policy-says", "not to be used like this").await;
    assert!(page.text("#policy-findings").await.contains("`trustd`: no such stage; did you mean `trusted`?"));
    page.click("#put-policy").await;
    assert_eq!(page.text("#policy-says").await, "not in force: the one before stays");
    assert_eq!(name().await, "withheld");
    page.client.execute("document.querySelector('#policy-box').scrollIntoView()", vec![]).await.unwrap();
    page.picture("policy-wrong").await;
    page.click("#reset-policy").await;
    assert_eq!(page.text("#policy-findings").await, "");

    // Who only observes shows what the recommender said, and the ladder stands as it stood.
    page.click("#observe").await;
    let (said, shown) = page.sides().await;
    assert_eq!((name().await.as_str(), exact_scores(&shown)), ("Mira", exact_scores(&said)));
    assert_eq!(page.stage().await, "familiar");
    page.picture("observed").await;
    page.click("#observe").await;
    assert_eq!(name().await, "withheld");
    // Another day begins with the policy that the demo came with.
    page.click("#restart").await;
    page.click("[name=person][value=mira]").await;
    assert_eq!(name().await, "Mira");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_fits_a_narrow_telephone() {
    let demo = demo();
    let browser = browser(500, 800).await;
    let page = Page { client: &browser.client };
    page.client.goto(&format!("http://{}/", demo.at)).await.unwrap();
    page.settled().await;
    // A headless window is never narrower than 500 pixels, a frame can be.
    let frame = "document.body.innerHTML = '<iframe id=narrow src=/ width=360 height=800 frameborder=0></iframe>'";
    page.client.execute(frame, vec![]).await.unwrap();
    let narrow = "const inner = document.getElementById('narrow').contentDocument; \
                  return inner.body?.ariaBusy === 'false' ? inner.documentElement.scrollWidth : null";
    let mut width = None;
    for _ in 0..200 {
        width = page.client.execute(narrow, vec![]).await.unwrap().as_u64();
        if width.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(width, Some(360), "the page is wider than a narrow telephone");
    page.picture("narrow").await;
}

/// The demo's page in a browser.
struct Page<'a> {
    client: &'a Client,
}

impl Page<'_> {
    /// Clicks, and waits until the page has asked the shop again.
    async fn click(&self, selector: &str) {
        let script = "document.querySelector(arguments[0]).click()";
        self.client.execute(script, vec![selector.into()]).await.unwrap();
        self.settled().await;
    }

    async fn write(&self, selector: &str, text: &str) {
        let field = self.client.find(Locator::Css(selector)).await.unwrap();
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Writes something else into the policy, as somebody at the keyboard does.
    async fn rewrite(&self, from: &str, to: &str) {
        let script = "const [policy, [from, to]] = [document.querySelector('#policy'), arguments];
            if (!policy.value.includes(from)) throw new Error(`not there: ${from}`);
            policy.value = policy.value.replace(from, () => to);
            policy.dispatchEvent(new Event('input'));";
        self.client.execute(script, vec![from.into(), to.into()]).await.unwrap();
    }

    /// Waits until something says so.
    async fn until(&self, selector: &str, text: &str) {
        for _ in 0..200 {
            if self.text(selector).await == text {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{selector} never says `{text}`");
    }

    async fn text(&self, selector: &str) -> String {
        self.client.find(Locator::Css(selector)).await.unwrap().text().await.unwrap()
    }

    /// The stage that the page names.
    async fn stage(&self) -> String {
        self.text("#stage b").await
    }

    /// What the recommender said and what the customer gets, as the page shows them.
    async fn sides(&self) -> (String, String) {
        (self.text("#raw-body").await, self.text("#got-body").await)
    }

    /// From what each place of the customer's list is chosen, as the shop marks it.
    async fn list(&self) -> Vec<String> {
        let marks = "return [...document.querySelectorAll('#got-body .item')].map((item) => item.dataset.basis)";
        serde_json::from_value(self.client.execute(marks, vec![]).await.unwrap()).unwrap()
    }

    /// The rows of the picture.
    async fn mix(&self) -> Vec<Row> {
        let rows = "return [...document.querySelectorAll('#mix li')].map((row) => ({
            stage: row.dataset.stage,
            places: [...row.querySelectorAll('.sign')].map((sign) => sign.classList[1]),
            number: Number(row.querySelector('.number b').textContent),
            held: row.matches('.unreached'),
        }))";
        serde_json::from_value(self.client.execute(rows, vec![]).await.unwrap()).unwrap()
    }

    /// What the shop marks as bestsellers is what anybody gets, or of class `none` to the recommender itself.
    async fn marks_honestly(&self) {
        let script = "const done = arguments[arguments.length - 1];
            const items = async (path, credentials) => (await (await fetch(path, { credentials })).json()).items;
            Promise.all([items('/recommendations', 'omit'), items('/demo/raw', 'same-origin')]).then(([anybodys, theirs]) => {
                const open = new Set([...anybodys, ...theirs.filter((item) => item.basis === 'none')].map((item) => item.id));
                const shown = [...document.querySelectorAll('#got-body .item[data-basis=none]')].map((item) => item.dataset.id);
                done(shown.filter((id) => !open.has(id)));
            });";
        let others = self.client.execute_async(script, vec![]).await.unwrap();
        assert_eq!(others, serde_json::json!([]), "shown as bestsellers, and chosen for somebody");
    }

    async fn settled(&self) {
        for _ in 0..600 {
            let idle = "return document.body.ariaBusy === 'false' && document.querySelector('#got-body').childElementCount > 0";
            if self.client.execute(idle, vec![]).await.unwrap().as_bool() == Some(true) {
                let trouble = "return document.querySelector('.trouble')?.textContent ?? ''";
                let trouble = self.client.execute(trouble, vec![]).await.unwrap();
                assert_eq!(trouble.as_str(), Some(""), "the page says that something did not work");
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the page does not settle");
    }

    async fn picture(&self, name: &str) {
        let png = self.client.screenshot().await.unwrap();
        fs::write(pictures().join(format!("demo-{name}.png")), png).unwrap();
    }
}

/// One row of the picture: a stage and its ten places.
#[derive(Debug, Deserialize)]
struct Row {
    stage: String,
    /// From what each place is chosen.
    places: Vec<String>,
    /// How many are personal, as the page says it.
    number: usize,
    /// Whether the customer would not get to this stage.
    held: bool,
}

impl Row {
    fn count(&self, basis: &str) -> usize {
        self.places.iter().filter(|place| *place == basis).count()
    }
}

fn personal(places: &[String]) -> usize {
    places.iter().filter(|place| *place != ANYBODYS).count()
}

const ANYBODYS: &str = "none";

/// How many numbers with four decimals there are.
fn exact_scores(text: &str) -> usize {
    let exact =
        |word: &&str| word.strip_prefix("0.").is_some_and(|digits| digits.len() >= 3 && digits.parse::<u32>().is_ok());
    text.split_whitespace().filter(exact).count()
}
