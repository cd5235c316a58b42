//! The demo page in a real browser: what a newcomer sees, what time and real acts add, what a withdrawal takes away.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod browser;

use std::{fs, time::Duration};

use browser::{Browser, HARD_TO_READ, Listening, Look, browser, browser_of, demo, pictures};
use fantoccini::{Client, Locator, key::Key};
use serde::Deserialize;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn familiarity_comes_with_time_and_acts_and_goes_with_consent() {
    let demo = demo();
    let browser = browser(1440, 900).await;
    let page = Page::open(&browser, &demo).await;

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
async fn a_card_without_data_says_that_it_is_loading_and_a_page_without_scripts_what_it_needs() {
    let demo = demo();
    let browser = browser(1440, 900).await;
    let page = Page::open(&browser, &demo).await;
    assert_eq!(page.marks_of_loading("document").await, json!([]), "every card is filled");

    // The same page in a frame that may run no script: what is there before data are.
    let script = "const done = arguments[arguments.length - 1];
        const frame = document.createElement('iframe');
        [frame.id, frame.sandbox, frame.src, frame.width, frame.height] = ['bare', 'allow-same-origin', '/', 1200, 400];
        frame.onload = () => done(frame.contentDocument.querySelector('.no-script').checkVisibility());
        document.body.prepend(frame);";
    assert_eq!(page.client.execute_async(script, vec![]).await.unwrap(), json!(true));
    let bare = "document.querySelector('#bare').contentDocument";
    assert_eq!(page.marks_of_loading(bare).await, json!(["stage", "climb", "raw-body", "got-body", "three"]));
    let sentence = page.says(&format!("{bare}.querySelector('noscript').textContent")).await;
    assert!(sentence.as_str().unwrap().contains("needs JavaScript"), "{sentence}");
    let frame = format!("{bare}.querySelector('.frame').checkVisibility()");
    assert_eq!(page.says(&frame).await, json!(false), "controls that would do nothing are not shown");
    page.picture("without-scripts").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_days_run_the_buttons_say_that_they_do_nothing() {
    let demo = demo();
    let browser = browser(1440, 900).await;
    let page = Page::open(&browser, &demo).await;
    let buttons = "[...document.querySelectorAll('[data-days], #newcomer, #restart, #complain')]
        .map((button) => [button.ariaDisabled, Number(getComputedStyle(button).opacity) < 1])";
    let all = |disabled: bool| json!(vec![json!([disabled.to_string(), disabled]); 7]);
    assert_eq!(page.says(buttons).await, all(false));
    let day = page.text("#today").await;
    // Within one turn: nothing can be done in between.
    let clicked = "(() => {
        const [ninety, one] = ['90', '1'].map((days) => document.querySelector(`[data-days='${days}']`));
        ninety.focus();
        ninety.click();
        one.click();
        return document.activeElement === ninety;
    })()";
    assert_eq!(page.says(&format!("[{clicked}, {buttons}]")).await, json!([true, all(true)]));
    page.settled().await;
    assert_eq!(page.says(buttons).await, all(false), "and do something again");
    assert_ne!(page.text("#today").await, day);
    assert_eq!(page.says("document.activeElement.dataset.days").await, json!("90"), "the focus stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_prepared_stands_where_their_past_has_brought_them() {
    let demo = demo();
    let browser = browser(1440, 900).await;
    let page = Page::open(&browser, &demo).await;
    for (person, stage, because) in [
        ("jonas", "acquainted", "To be familiar"),
        ("mira", "familiar", "does not agree"),
        ("henrik", "trusted", ""),
        ("ines", "acquainted", "set a limit"),
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
    let page = Page::open(&browser, &demo).await;
    for person in ["newcomer", "jonas", "mira", "henrik", "ines", "lena", "tom"] {
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
            "ines" | "tom" => {
                assert!(rows.iter().skip(2).all(|row| row.held && row.places == here.places), "held back: {rows:?}");
            }
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
    let page = Page::open(&browser, &demo).await;
    page.click("[name=person][value=mira]").await;
    let name = async || page.text("#got-body .first_name dd").await;
    assert_eq!(name().await, "Mira");
    assert_eq!(page.text("#policy-says").await, "", "closed until somebody opens it");
    page.click("[name=side][value=policy]").await;
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
    let slip = "`trustd`: no such stage; did you mean `trusted`?";
    assert!(page.text("#policy-findings").await.contains(slip));
    let marked = "(() => {
        const mark = document.querySelector('.mark-line');
        const line = document.querySelector('#policy').value.split('\\n')[mark.style.getPropertyValue('--line')];
        return [line, mark.textContent];
    })()";
    let there = "steps = { new = \"null\", trustd = \"keep\" }";
    assert_eq!(page.says(marked).await, json!([there, slip]), "and under the line that is wrong");
    page.click("#put-policy").await;
    assert_eq!(page.text("#policy-says").await, "not in force: the one before stays");
    assert_eq!(name().await, "withheld");
    page.click("#policy-findings button").await;
    page.says("document.querySelector('#policy-pane').scrollIntoView()").await;
    page.picture("policy-wrong").await;
    page.click("#reset-policy").await;
    assert_eq!(page.text("#policy-findings").await, "");
    assert_eq!(page.says("document.querySelectorAll('.mark-line').length").await, json!(0));

    // A threshold of the list is one of the picture.
    page.rewrite("familiar = 0.7", "familiar = 0.4").await;
    page.click("#put-policy").await;
    let familiar = page.mix().await.into_iter().find(|row| row.stage == "familiar").unwrap();
    assert!(familiar.number <= 4 && familiar.places == page.list().await, "{familiar:?}");

    page.click("[name=side][value=raw]").await;

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
async fn the_climb_is_drawn_from_what_the_layer_decided_and_counted() {
    let demo = demo();
    let browser = browser(1440, 900).await;
    let page = Page::open(&browser, &demo).await;
    for (person, told) in [
        ("jonas", "now acquainted"),
        ("mira", "1 purchase; now familiar"),
        ("henrik", "now trusted"),
        ("ines", "the customer's limit: at most acquainted"),
        ("lena", "cooled to familiar after 91 days of silence"),
        ("tom", "familiar is earned, and held back by age"),
    ] {
        page.click(&format!("[name=person][value={person}]")).await;
        page.draws_where_it_stands().await;
        let words = page.climb_in_words().await;
        assert!(words.iter().any(|words| words.contains(told)), "{person}: `{told}` is not among {words:?}");
        assert_eq!(page.counted_in_the_picture(person).await, page.kept().await, "{person}: nothing is invented");
        page.picture(&format!("climb-{person}")).await;
    }

    // And what happens from now on.
    page.write("#first-name", "Philippa").await;
    page.click("#newcomer").await;
    page.draws_where_it_stands().await;
    page.click("[data-days='90']").await;
    page.draws_where_it_stands().await;
    assert_eq!((page.marks("path.purchase").await, page.marks("path.silence").await), (3, 0));
    let away = "const done = arguments[arguments.length - 1];
        const travel = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ days: 95 }) };
        fetch('/demo/travel', travel).then((response) => done(response.status))";
    assert_eq!(page.client.execute_async(away, vec![]).await.unwrap(), json!(204));
    page.click("[name=way][value=away]").await;
    page.click("[data-days='1']").await;
    assert_eq!((page.marks("path.fall.cooled").await, page.marks("path.silence").await), (1, 1));
    assert!(page.text("#climb-marks").await.contains("cooled"));
    page.click("[data-days='7']").await;
    page.click("[data-days='1']").await;
    page.click("#complain").await;
    page.draws_where_it_stands().await;
    assert_eq!((page.marks("path.complaint").await, page.marks("path.fall.taken").await), (1, 1));
    page.picture("climb").await;

    // What is forgotten is gone from the picture, too.
    let forget = "const done = arguments[arguments.length - 1];
        fetch('/rapport/me', { method: 'DELETE' }).then((response) => done(response.status))";
    assert_eq!(page.client.execute_async(forget, vec![]).await.unwrap(), json!(200));
    page.click("[data-days='1']").await;
    assert_eq!(page.climb_in_words().await.len(), 1, "a first day, and nothing of before");
    assert_eq!((page.stage().await.as_str(), page.marks("path.complaint").await), ("new", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_climb_between_two_answers_is_what_an_answer_of_each_day_would_say() {
    let (asked_daily, left_alone) = (demo(), demo());
    let browser = browser(1440, 900).await;
    let climbs = async |demo: &Listening, steps: u32, days: u32| {
        let page = Page::open(&browser, demo).await;
        let script = "const [steps, days, done] = arguments;
            const people = ['jonas', 'mira', 'henrik', 'ines', 'lena', 'tom'];
            const travel = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ days }) };
            const each = (path) => Promise.all(people.map(async (person) => (await fetch(path + person)).json()));
            (async () => {
                for (let step = 0; step < steps; step += 1) {
                    await fetch('/demo/travel', travel);
                    await each('/demo/as/');
                }
                done(await each('/demo/climb/'));
            })();";
        page.client.execute_async(script, vec![steps.into(), days.into()]).await.unwrap()
    };
    let daily = climbs(&asked_daily, 130, 1).await;
    let at_once = climbs(&left_alone, 1, 130).await;
    assert!(daily.to_string().matches("cooled").count() > 3, "four months of silence cool: {daily}");
    assert_eq!(daily, at_once);
}

#[tokio::test(flavor = "multi_thread")]
async fn three_customers_stand_side_by_side_and_get_as_much_as_each_has_earned() {
    let demo = demo();
    let browser = browser(1440, 900).await;
    let page = Page::open(&browser, &demo).await;
    let three = page.three().await;
    assert_eq!(three.iter().map(|one| &*one.stage).collect::<Vec<_>>(), ["new", "acquainted", "trusted"]);
    assert_eq!(three.iter().map(|one| one.number).collect::<Vec<_>>(), [0, 2, 10]);
    assert!(three.iter().all(|one| one.number == personal(&one.list) && one.list == one.places), "{three:?}");
    assert!(three.iter().all(|one| (one.top - three[0].top).abs() < 1.0), "side by side: {three:?}");
    assert!(three[0].left < three[1].left && three[1].left < three[2].left, "{three:?}");
    assert!(!three[0].text.contains("Because") && three[2].text.contains("Because you bought"), "{three:?}");

    // Somebody who set a limit gets what the limit allows, though more is earned.
    page.choose_in_column(2, "ines").await;
    let ines = &page.three().await[2];
    assert_eq!((&*ines.person, &*ines.stage), ("ines", "acquainted"));
    assert!(ines.number <= 3 && ines.text.contains("held back by the customer's limit"), "{ines:?}");
    let list = ines.list.clone();
    page.says("document.querySelector('.three').scrollIntoView()").await;
    page.picture("three").await;

    // Looking is no visit, and the column is what they would see themselves.
    let before = page.counted_in_the_picture("ines").await;
    page.click("[name=way][value=visit]").await;
    page.click("[data-days='1']").await;
    page.click("[data-days='1']").await;
    assert_eq!(page.counted_in_the_picture("ines").await, before);
    page.click("[name=person][value=ines]").await;
    assert_eq!(page.list().await, list);
    assert_ne!(page.counted_in_the_picture("ines").await, before, "whoever comes has come");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_on_the_customers_own_page_is_seen_beside_it_at_once() {
    let demo = demo();
    let browser = browser(1440, 900).await;
    let page = Page::open(&browser, &demo).await;
    page.click("[name=person][value=henrik]").await;
    page.click("[name=side][value=own]").await;
    page.own_page_says("h1", "We know each other well.").await;
    page.says("document.querySelector('#own').scrollIntoView()").await;
    page.picture("own-page").await;

    page.on_own_page("[action$='/me/limit'] [value=acquainted]").await;
    page.own_page_says("#done", "Your limit is set: never more than “acquainted”.").await;
    page.until("#stage b", "acquainted").await;
    page.settled().await;
    assert!((1..=3).contains(&personal(&page.list().await)), "the list beside it keeps to the limit");
    assert!(page.text(".reasons").await.contains("set a limit"));
    page.draws_where_it_stands().await;
    page.own_page_says("h1", "We keep to the stage “acquainted”.").await;

    page.on_own_page("[action$='/purposes/personalization'] [value=false]").await;
    page.own_page_says("#done", "You refused: Personal choices.").await;
    page.until("#mix .current .number b", "0").await;
    page.settled().await;
    assert_eq!(page.list().await, [ANYBODYS; 10], "a purpose that is refused is closed");

    // And the page follows what happens beside it, for whoever is there.
    page.click("[name=person][value=lena]").await;
    page.own_page_says("h1", "We are familiar with each other.").await;
    page.click("#complain").await;
    page.own_page_says("h1", "We are acquainted.").await;
    page.click("#gpc").await;
    page.own_page_says(".holds li", "Without consent this stays closed: Data from elsewhere.").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_fits_and_can_be_read_wide_and_narrow_in_light_and_dark() {
    let demo = demo();
    for (name, width, dark) in
        [("wide", 1440, false), ("wide-dark", 1440, true), ("narrow", 360, false), ("narrow-dark", 360, true)]
    {
        let browser = browser_of(Look { width, height: 900, dark, language: "en" }).await;
        let page = Page::open(&browser, &demo).await;
        page.click("[name=person][value=lena]").await;
        page.says("document.querySelector('.climb details').open = true").await;
        assert_eq!(page.says("matchMedia('(prefers-color-scheme: dark)').matches").await, json!(dark), "{name}");
        let shown =
            "[...document.querySelectorAll('.pane')].filter((pane) => pane.checkVisibility()).map((pane) => pane.id)";
        let first = if width == 360 { json!(["got"]) } else { json!(["raw", "got"]) };
        assert_eq!(page.says(shown).await, first, "{name}");
        page.picture(name).await;
        for (side, alone) in [("raw", "raw"), ("own", "own"), ("policy", "policy-pane")] {
            page.click(&format!("[name=side][value={side}]")).await;
            let both = if width == 360 { json!([alone]) } else { json!([alone, "got"]) };
            assert_eq!(page.says(shown).await, both, "{name}");
            if side == "policy" {
                page.rewrite("familiar = \"keep\"", "familliar = \"keep\"").await;
                page.until("#policy-says", "not to be used like this").await;
            }
            let wide = page.says("document.documentElement.scrollWidth").await;
            assert_eq!(wide, json!(width), "{name} {side}: as wide as the window");
            assert_eq!(page.client.execute(HARD_TO_READ, vec![]).await.unwrap(), json!([]), "{name} {side}");
            assert_eq!(page.client.execute(HARD_TO_FIND, vec![]).await.unwrap(), json!([]), "{name} {side}");
            page.says("document.querySelector('.bar').scrollIntoView()").await;
            page.picture(&format!("{name}-{side}")).await;
        }
        page.says("document.querySelector('.three').scrollIntoView()").await;
        page.picture(&format!("{name}-three")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_reaches_every_control_and_shows_where_it_is() {
    let demo = demo();
    let browser = browser(1440, 900).await;
    let page = Page::open(&browser, &demo).await;
    let press = async |key: Key| {
        let key = char::from(key).to_string();
        page.client.active_element().await.unwrap().send_keys(&key).await.unwrap();
    };
    page.client.find(Locator::Css("body")).await.unwrap().send_keys(&char::from(Key::Tab).to_string()).await.unwrap();
    assert_eq!(page.says("document.activeElement.className").await, json!("skip"));
    let mut stops = Vec::new();
    for _ in 0..80 {
        press(Key::Tab).await;
        let stop = page
            .says("document.activeElement.id || document.activeElement.name || document.activeElement.tagName")
            .await;
        let stop = stop.as_str().unwrap().to_owned();
        if stop == "BODY" {
            break;
        }
        let outlined = "[document.activeElement, document.activeElement.nextElementSibling]
            .some((shown) => shown && getComputedStyle(shown).outlineStyle === 'solid')";
        assert_eq!(page.says(outlined).await, json!(true), "where the focus is can be seen: {stop}");
        stops.push(stop);
    }
    let order = [
        "person",
        "first-name",
        "restart",
        "way",
        "purpose-record",
        "gpc",
        "observe",
        "SUMMARY",
        "side",
        "view",
        "complain",
        "three-0",
        "three-2",
    ];
    let places: Vec<_> = order.iter().map(|control| stops.iter().position(|stop| stop == control)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{order:?} at {places:?} of {stops:?}");

    // Arrows choose within a group, and the focus stays there while the page asks again.
    page.says("document.querySelector('[name=person]:checked').focus()").await;
    press(Key::Down).await;
    page.settled().await;
    let focused = "[document.activeElement.name, document.activeElement.value, document.activeElement.checked]";
    assert_eq!(page.says(focused).await, json!(["person", "jonas", true]));
    assert_eq!(page.stage().await, "acquainted");
    assert!(page.says("document.querySelector('#news').textContent").await.to_string().contains("Jonas is acquainted"));
    page.says("document.querySelector('[name=side]:checked').focus()").await;
    press(Key::Right).await;
    assert_eq!(page.says("document.activeElement.value").await, json!("own"), "what is not shown is passed over");
    page.own_page_says("h1", "We are acquainted.").await;
    press(Key::Tab).await;
    press(Key::Tab).await;
    press(Key::Tab).await;
    assert_eq!(page.says("document.activeElement.id").await, json!("own-frame"), "and the frame is on the way");
}

/// The demo's page in a browser.
struct Page<'a> {
    client: &'a Client,
}

impl<'a> Page<'a> {
    async fn open(browser: &'a Browser, demo: &Listening) -> Self {
        let page = Page { client: &browser.client };
        page.client.goto(&format!("http://{}/", demo.at)).await.unwrap();
        page.settled().await;
        page
    }

    /// The value of an expression in the page.
    async fn says(&self, expression: &str) -> Value {
        self.client.execute(&format!("return {expression}"), vec![]).await.unwrap()
    }

    /// The places of a document that say that they are loading.
    async fn marks_of_loading(&self, document: &str) -> Value {
        let marks = format!(
            "[...{document}.querySelectorAll('.loading')].map((mark) => [mark.textContent, mark.closest('[id]').id])"
        );
        let marks: Vec<(String, String)> = serde_json::from_value(self.says(&marks).await).unwrap();
        assert!(marks.iter().all(|(text, _)| text == "Loading…"), "{marks:?}");
        marks.into_iter().map(|(_, place)| place).collect()
    }

    /// The picture of the climb ends at the rung that the page names, and can be read without eyes.
    async fn draws_where_it_stands(&self) {
        let end = "(() => {
            const picture = document.querySelector('#climb svg');
            const rungs = [...picture.querySelectorAll('.rung-line')].map((rung) => rung.getBBox().y);
            const here = Number(picture.querySelector('.here').getAttribute('cy'));
            const of = (name) => picture.getAttribute(name).split(' ').map((id) => document.getElementById(id).textContent);
            return [picture.querySelector('.current').textContent, rungs.indexOf(here), picture.getAttribute('role'),
                ...of('aria-labelledby'), ...of('aria-describedby')];
        })()";
        let end = self.says(end).await;
        let stage = self.stage().await;
        let level =
            self.says("[...document.querySelectorAll('#ladder li')].findIndex((rung) => rung.ariaCurrent)").await;
        assert_eq!((&end[0], &end[1], &end[2]), (&json!(stage), &level, &json!("img")), "{end}");
        assert!(end[3].as_str().unwrap().starts_with("How far ") && end[4].as_str().unwrap().len() > 10, "{end}");
    }

    async fn climb_in_words(&self) -> Vec<String> {
        let words = "[...document.querySelectorAll('#climb-words span')].map((step) => step.textContent)";
        serde_json::from_value(self.says(words).await).unwrap()
    }

    async fn marks(&self, mark: &str) -> u64 {
        self.says(&format!("document.querySelectorAll('#climb {mark}').length")).await.as_u64().unwrap()
    }

    /// How often each event happened, as the steps of somebody's climb say it.
    async fn counted_in_the_picture(&self, person: &str) -> Value {
        let script = "const [person, done] = arguments;
            fetch(`/demo/climb/${person}`).then((response) => response.json()).then((steps) => {
                const sums = {};
                for (const { events } of steps) for (const [name, times] of Object.entries(events)) sums[name] = (sums[name] ?? 0) + times;
                done(sums);
            });";
        self.client.execute_async(script, vec![person.into()]).await.unwrap()
    }

    /// How often each event happened, as the customer's own page says it.
    async fn kept(&self) -> Value {
        let script = "const done = arguments[arguments.length - 1];
            fetch('/rapport/me', { headers: { accept: 'application/json' } }).then((response) => response.json())
                .then(({ kept }) => done(kept.events));";
        self.client.execute_async(script, vec![]).await.unwrap()
    }

    async fn three(&self) -> Vec<One> {
        let three = "[...document.querySelectorAll('#three > li')].map((one) => ({
            person: one.dataset.person,
            stage: one.dataset.stage,
            number: Number(one.querySelector('.number b').textContent),
            places: [...one.querySelectorAll('.places .sign')].map((sign) => sign.classList[1]),
            list: [...one.querySelectorAll('.list li')].map((item) => item.dataset.basis),
            text: one.textContent,
            left: one.getBoundingClientRect().left,
            top: one.getBoundingClientRect().top,
        }))";
        serde_json::from_value(self.says(three).await).unwrap()
    }

    async fn choose_in_column(&self, column: u8, person: &str) {
        let script = "const [column, person] = arguments;
            const select = document.getElementById(`three-${column}`);
            select.value = person;
            select.dispatchEvent(new Event('change'));";
        self.client.execute(script, vec![column.into(), person.into()]).await.unwrap();
        self.settled().await;
    }

    /// Presses a button on the customer's own page, in its frame.
    async fn on_own_page(&self, selector: &str) {
        let frame = self.client.find(Locator::Css("#own-frame")).await.unwrap();
        frame.enter_frame().await.unwrap();
        self.client.find(Locator::Css(selector)).await.unwrap().click().await.unwrap();
        self.client.clone().enter_parent_frame().await.unwrap();
    }

    /// Waits until the customer's own page says so, in its frame.
    async fn own_page_says(&self, selector: &str, text: &str) {
        let mut said = Value::Null;
        for _ in 0..200 {
            let script = "return document.querySelector('#own-frame').contentDocument?.querySelector(arguments[0])?.textContent.trim()";
            said = self.client.execute(script, vec![selector.into()]).await.unwrap();
            if said == text {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{selector} of the customer's own page never says `{text}`, but {said}");
    }

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
            // What is asked for piece by piece might be drawn anew in between.
            let said = "return document.querySelector(arguments[0])?.textContent";
            if self.client.execute(said, vec![selector.into()]).await.unwrap() == text {
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

/// One of three customers.
#[derive(Debug, Deserialize)]
struct One {
    person: String,
    stage: String,
    /// How many of the places are personal, as the page says it.
    number: usize,
    /// From what each place is chosen, as the signs show it.
    places: Vec<String>,
    /// The same of each item of the list.
    list: Vec<String>,
    text: String,
    left: f64,
    top: f64,
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

/// What a screen reader would stumble over: no landmarks, a level of headings left out, a control, a part or a picture without a
/// name, a target too small for a finger (WCAG 2.2, 2.5.8).
const HARD_TO_FIND: &str = r"
    const wrong = [];
    const all = (selector) => [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
    const named = (element) => element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent
        ?? (element.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
    for (const landmark of ['header', 'main', 'form']) if (all(`body > ${landmark}, .frame > ${landmark}`).length !== 1) wrong.push(landmark);
    if (all('h1').length !== 1) wrong.push('h1');
    let level = 1;
    for (const heading of all('h1, h2, h3, h4')) {
        const own = Number(heading.tagName[1]);
        if (own > level + 1 || !heading.textContent.trim()) wrong.push(heading.outerHTML);
        level = own;
    }
    for (const control of all('a, button, input, select, textarea, summary')) {
        if (!(named(control) || control.textContent).trim()) wrong.push(control.outerHTML);
        const box = (control.labels?.[0]?.checkVisibility() && control.type !== 'text' && control.labels[0].className !== 'hidden' ? control.labels[0] : control).getBoundingClientRect();
        if (!control.closest('.skip') && (box.width < 24 || box.height < 24)) wrong.push(`${box.width} x ${box.height}: ${control.outerHTML}`);
    }
    for (const part of all('section, form, [role=img], [role=group], [role=radiogroup], iframe')) {
        if (!named(part).trim() && !part.title) wrong.push(part.outerHTML.slice(0, 80));
    }
    for (const part of all('[aria-describedby]')) {
        for (const id of part.getAttribute('aria-describedby').split(' ')) if (!document.getElementById(id)) wrong.push(id);
    }
    const ids = [...document.querySelectorAll('[id]')].map((element) => element.id);
    if (new Set(ids).size !== ids.length) wrong.push(`ids: ${ids.filter((id, place) => ids.indexOf(id) !== place)}`);
    return wrong;";

/// How many numbers with four decimals there are.
fn exact_scores(text: &str) -> usize {
    let exact =
        |word: &&str| word.strip_prefix("0.").is_some_and(|digits| digits.len() >= 3 && digits.parse::<u32>().is_ok());
    text.split_whitespace().filter(exact).count()
}
