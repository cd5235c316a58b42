//! Promise 7 for HTML: memory does not grow with the page. Counted, in a test of its own, so that nothing else is counted.

#![cfg(feature = "html")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{collections::BTreeMap, sync::Arc};

use tower_rapport::{
    consent::PurposeSet,
    relationship::Stage,
    shaping::{
        class::{Classes, DataClass, Opening},
        html::{HtmlItems, HtmlPlan, HtmlShaper, Place, Sign},
        items::{Choice, ItemData, Items},
        json::{JsonPlan, Limits},
        path::Path,
        treatment::Treatment,
    },
};

const LIMITS: Limits = Limits { item: 64 * 1024, depth: 128 };

/// Twice the largest item, and what parsers, a queue of items and a few pieces take up.
const MOST: u64 = 2 * 64 * 1024 + 1024 * 1024;

fn place(selector: &str) -> Place {
    Place::parse(selector).unwrap()
}

fn plan() -> Arc<HtmlPlan> {
    let path = |path| Path::parse(path).unwrap();
    let json = JsonPlan::new([(path("$.secret"), Treatment::Remove)], None);
    let elements = [(place(".x"), Treatment::Null), (place(".y"), Treatment::Initial)];
    let items = HtmlItems::new(place(".card")).with_data(Sign::parse("@data-why").unwrap());
    Arc::new(HtmlPlan::new(elements, [place("#state")], Arc::new(json)).with_items(items))
}

fn choice() -> Arc<Choice> {
    let path = |path| Path::parse(path).unwrap();
    let data = ItemData::Labelled { at: path("$.data"), words: BTreeMap::new(), unlabelled: DataClass::Inferred };
    let items = Arc::new(Items::new(path("$[*]"), data, vec![500]));
    let opening = Opening { purpose: PurposeSet::default(), from: Stage::LOWEST };
    Arc::new(items.choice(Stage::LOWEST, PurposeSet::default(), &Classes::new([opening; 5])))
}

#[test]
fn memory_does_not_grow_with_the_page() {
    let (plan, choice) = (plan(), choice());
    for (what, begins, goes_on, ends) in [
        ("a text", "<p>", "Hello <i>you</i>, ", "</p>"),
        ("a hidden text", "<p class=x>", "Hello <i>Anna</i>, ", "</p>"),
        ("a text that is too long to be coarsened", "<p class=y>", "Anna ", "</p>"),
        ("a comment", "<!--", " Hello ", "-->"),
        ("many elements", "<ul>", "<li class=y><b>Anna</b></li>", "</ul>"),
        (
            "JSON in a script",
            "<script id=state type=application/json>[0",
            ",{\"secret\":[1,2,3],\"a\":\"b\"}",
            "]</script>",
        ),
        ("another script", "<script>", "var a = '<p>';", "</script>"),
        ("an item that is too large", "<div class=card>", "<i>Hello</i> ", "</div>"),
        ("many items", "<main>", "<div class=card data-why=observed>Hello, Anna, here are your boots</div>", "</main>"),
    ] {
        let piece = goes_on.repeat(64 * 1024 / goes_on.len());
        let mut sizes = Vec::new();
        for pieces in [4, 32] {
            let taken = allocation_counter::measure(|| {
                let mut shaper = HtmlShaper::choosing(Arc::clone(&plan), LIMITS, true, Arc::clone(&choice), None);
                let mut out = Vec::with_capacity(256 * 1024);
                shaper.write(begins.as_bytes(), &mut out).unwrap();
                for _ in 0..pieces {
                    shaper.write(piece.as_bytes(), &mut out).unwrap();
                    out.clear();
                }
                shaper.write(ends.as_bytes(), &mut out).unwrap();
                shaper.end(&mut out).unwrap();
            });
            sizes.push(taken.bytes_max);
        }
        println!("{what}: {sizes:?} bytes at most, of 256 KiB and 2 MiB");
        assert!(sizes.iter().all(|size| *size <= MOST), "{what}: {sizes:?}");
    }
}
