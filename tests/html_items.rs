//! Items as elements of a page: the list that chooses of them is that of JSON, and what is hidden cannot be told from what
//! leaves.

#![cfg(feature = "html")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on stops")]

mod house;

use std::sync::Arc;

use house::*;
use http::Response;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};
use tower_rapport::{
    consent::PurposeSet,
    relationship::Stage,
    shaping::{
        Doubt,
        class::{Classes, DataClass, Opening},
        html::{HtmlItems, HtmlPlan, HtmlShaper, Place, Sign},
        items::{Choice, Filling, ItemData, Items},
        json::{JsonPlan, JsonShaper, Limits},
        path::Path,
    },
    store::Memory,
};

// ── The same list as in JSON ─────────────────────────────────────────────────────────────────

/// An item, as it is written in both.
#[derive(Clone, Debug)]
struct Item {
    id: Option<u8>,
    label: Option<&'static str>,
    topic: &'static str,
    text: &'static str,
}

fn items() -> impl Strategy<Value = Vec<Item>> {
    let labels = [
        Some("none"),
        Some("observed"),
        Some("observed"),
        Some("inferred"),
        Some("special_category"),
        Some("odd"),
        None,
    ];
    let texts = select(&["Boots", "a \"b\" \\ c", "<b>Anna</b>", "\n\t\u{1f600}\u{e9}", "<!-- x --><br>", ""][..]);
    let item = (
        prop::option::weighted(0.9, 0..12_u8),
        select(labels.to_vec()),
        select(&["shoes", "Health ", "hats"][..]),
        texts,
    );
    vec(item.prop_map(|(id, label, topic, text)| Item { id, label, topic, text }), 0..14)
}

impl Item {
    fn html(&self) -> String {
        let attribute = |name: &str, value: &str| format!(" {name}=\"{value}\"");
        let id = self.id.map(|id| attribute("data-id", &id.to_string())).unwrap_or_default();
        let label = self.label.map(|label| attribute("data-why", label)).unwrap_or_default();
        let Self { text, topic, .. } = self;
        format!("<article class='card'{id}{label}>{text}<i class=topic>{topic}</i></article>")
    }

    /// The HTML stands in it, so that items without an id are told apart alike.
    fn json(&self) -> Value {
        let mut json = json!({ "html": self.html(), "topic": self.topic });
        if let Some(id) = self.id {
            json["id"] = json!(id.to_string());
        }
        if let Some(label) = self.label {
            json["data"] = json!(label);
        }
        json
    }
}

fn page(items: &[Item]) -> String {
    items.iter().fold("<main>\n".to_owned(), |page, item| page + "<hr>" + &item.html()) + "\n</main>"
}

fn choice(share: u16, stage: u8, per_topic: Option<u64>, filled: bool) -> Arc<Choice> {
    let path = |path| Path::parse(path).unwrap();
    let data = ItemData::Labelled { at: path("$.data"), words: Default::default(), unlabelled: DataClass::Inferred };
    let mut items = Items::new(path("$[*]"), data, vec![share; 4])
        .with_id(path("$.id"))
        .with_topic(path("$.topic"))
        .with_quiet(["health".to_owned()], DataClass::SpecialCategory);
    if let Some(most) = per_topic {
        items = items.with_per_topic(vec![most; 4]);
    }
    let items = Arc::new(if filled { items } else { items.shortened() });
    let opening = |from| Opening { purpose: PurposeSet::default(), from: Stage::at(from) };
    let classes = Classes::new([opening(0), opening(1), opening(2), opening(3), opening(3)]);
    Arc::new(items.choice(Stage::at(stage), PurposeSet::default(), &classes))
}

fn plan() -> Arc<HtmlPlan> {
    let items = HtmlItems::new(Place::parse(".card").unwrap())
        .with_id(Sign::parse("@data-id").unwrap())
        .with_data(Sign::parse("@data-why").unwrap())
        .with_topic(Sign::parse(".topic").unwrap());
    Arc::new(HtmlPlan::new([], [], Arc::new(JsonPlan::new([], None))).with_items(items))
}

fn shape(choice: &Arc<Choice>, generic: &str, page: &str, cuts: &[usize]) -> (String, Result<(), Doubt>) {
    let filling = plan().filling(choice, Limits::default(), generic.as_bytes()).map(Arc::new);
    let mut shaper = HtmlShaper::choosing(plan(), Limits::default(), true, Arc::clone(choice), filling);
    let (mut out, mut rest, mut cuts, mut outcome) = (Vec::new(), page.as_bytes(), cuts.iter().cycle(), Ok(()));
    while !rest.is_empty() && outcome.is_ok() {
        let (piece, after) = rest.split_at(cuts.next().map_or(rest.len(), |cut| (*cut).clamp(1, rest.len())));
        outcome = shaper.write(piece, &mut out);
        rest = after;
    }
    let outcome = outcome.and_then(|()| shaper.end(&mut out));
    (String::from_utf8(out).unwrap(), outcome)
}

/// What the list of JSON makes of the same items.
fn as_json(choice: &Arc<Choice>, generic: &[Item], items: &[Item]) -> Vec<String> {
    let list = |items: &[Item]| Value::Array(items.iter().map(Item::json).collect()).to_string();
    let filling = Filling::read(choice, Limits::default(), &list(generic).into()).unwrap();
    let plan = Arc::new(JsonPlan::new([], Some(&Path::parse("$[*]").unwrap())));
    let mut shaper = JsonShaper::choosing(plan, Limits::default(), Arc::clone(choice), Some(Arc::new(filling)));
    let mut out = Vec::new();
    shaper.write(list(items).as_bytes(), &mut out).unwrap();
    shaper.end(&mut out).unwrap();
    let shown: Vec<Value> = serde_json::from_slice(&out).unwrap();
    shown.iter().map(|item| item["html"].as_str().unwrap().to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_places_are_those_of_the_list_in_json(
        own in items(), generic in items(), share in 0..=1000_u16, stage in 0..4_u8,
        per_topic in prop::option::of(0..4_u64), filled: bool, cuts in vec(1_usize..60, 1..4),
    ) {
        let choice = choice(share, stage, per_topic, filled);
        let (out, outcome) = shape(&choice, &page(&generic), &page(&own), &[]);
        prop_assert_eq!(outcome, Ok(()));
        prop_assert_eq!(&shape(&choice, &page(&generic), &page(&own), &cuts).0, &out);
        let inside = out.strip_prefix("<main>\n").unwrap().strip_suffix("\n</main>").unwrap();
        let shown: Vec<_> = inside.split("<hr>").skip(1).collect();
        prop_assert_eq!(shown.len(), own.len(), "what stands around the items stays");
        let shown: Vec<_> = shown.into_iter().filter(|item| !item.is_empty()).map(str::to_owned).collect();
        prop_assert_eq!(shown, as_json(&choice, &generic, &own));
    }

    /// Promise 2: an item that no stage shows may be any other one.
    #[test]
    fn pages_that_differ_in_hidden_items_leave_as_the_same_bytes(
        own in items(), other in items(), generic in items(), share in 0..=1000_u16, cuts in vec(1_usize..60, 1..4),
    ) {
        let choice = choice(share, 1, None, true);
        let hidden = |item: &Item| item.label == Some("odd") || item.label == Some("special_category");
        let others: Vec<_> = other.iter().filter(|item| hidden(item)).collect();
        let mut changed = own.clone();
        for (at, item) in changed.iter_mut().enumerate().filter(|(_, item)| hidden(item)) {
            if let Some(other) = others.get(at % others.len().max(1)) {
                *item = (*other).clone();
            }
        }
        let out = shape(&choice, &page(&generic), &page(&own), &[]);
        prop_assert_eq!(shape(&choice, &page(&generic), &page(&changed), &cuts), out);
    }
}

#[test]
fn what_is_no_item_for_sure_is_doubt_or_not_shown() {
    let choice = choice(1000, 3, None, false);
    let card =
        |inside: &str| format!("<main><p class=card data-why=observed>{inside}<i class=topic>hats</i></p></main>");
    assert_eq!(shape(&choice, "", &card("Anna"), &[]).0, card("Anna"));
    // Twice a topic is none, and what it is about decides.
    assert_eq!(shape(&choice, "", &card("<i class=topic>hats</i>"), &[]).0, "<main></main>");
    assert_eq!(
        shape(&choice, "", &card(&"Anna ".repeat(300_000)), &[]).0,
        "<main></main>",
        "larger than `limits.item`"
    );
    for page in [
        "<ul><li class=card>Anna<li class=card>Anna</ul>",
        "<main><p class=card>Anna",
        "<main><p class=card>Anna</p",
        "<main><div class=card><b>Anna</div></b>",
        "<main><p class='c&#97;rd'>Anna</p>",
    ] {
        let (out, outcome) = shape(&choice, "", page, &[]);
        assert!(outcome.is_err() && !out.contains("Anna"), "{page}: {out}");
    }
    for broken in ["<p class=card>Anna", "\u{0}<div class=card></b><i></div>"] {
        assert!(plan().filling(&choice, Limits::default(), broken.as_bytes()).is_none(), "{broken}");
    }
}

// ── Behind the layer ─────────────────────────────────────────────────────────────────────────

const HTML: &str = r##"
[[endpoints]]
name = "page"
path = "/page"
html = [{ select = ".because", data = "observed", steps = { familiar = "keep" } }]

[endpoints.items]
select  = ".card"
id      = "@data-id"
data_at = "@data-why"
share   = { new = 0.0, acquainted = 0.5, familiar = 1.0 }
"##;

fn cards(who: &str, why: &str) -> String {
    let card =
        |at: usize| format!("<li class=card data-id={who}{at} data-why={why}><i class=because>{why}</i>{who}{at}</li>");
    format!("<ul class=cards>\n{}\n</ul>", (1..=4).map(card).collect::<Vec<_>>().join("\n"))
}

#[tokio::test(start_paused = true)]
async fn a_page_of_cards_grows_with_the_relationship() {
    let house = House::of(&format!("{POLICY}{HTML}"), Memory::new());
    house.answers(|head| {
        let said = if is_known(head) { cards("anna", "observed") } else { cards("any", "none") };
        Response::builder().header("content-type", "text/html; charset=utf-8").body(Pieces::whole(said))
    });
    for (stage, shown, reason) in [
        ("new", "any1 any2 any3 any4", ""),
        ("acquainted", "any1 anna1 any2 anna2", ""),
        ("familiar", "anna1 anna2 anna3 anna4", "<i class=because>observed</i>"),
    ] {
        house.know(SUBJECT, stage).await;
        let answer = house.ask(anna("/page")).await;
        let ids: Vec<_> = answer.body.lines().filter_map(|line| line.strip_prefix("<li class=card data-id=")).collect();
        let ids: Vec<_> = ids.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(ids.join(" "), shown, "{stage}: {}", answer.body);
        assert!(answer.body.contains(reason), "{}", answer.body);
        assert_eq!(answer.body.contains("<i class=because>"), !reason.is_empty(), "the rules act on what stands there");
    }
}

#[tokio::test(start_paused = true)]
async fn json_on_an_endpoint_whose_items_are_elements_is_not_shown() {
    let (house, operator) = (House::of(&format!("{POLICY}{HTML}"), Memory::new()), Operator::watch());
    house.know(SUBJECT, "familiar").await;
    house.answers(|head| {
        let json = if is_known(head) { "[{\"name\":\"Anna\"}]" } else { "[1]" };
        Response::builder().header("content-type", "application/json").body(Pieces::whole(json))
    });
    assert_eq!(house.ask(anna("/page")).await.body, "[1]");
    operator.counted(r#"rapport_doubts_total{endpoint="page",cause="content_type"} 1"#);
}
