//! Pages of HTML, against a parser that reads them whole as a browser does.
//!
//! The first line of the input is a selector, the second a treatment and where the page is cut; the rest is the page. Nothing leaves
//! that the browser finds only in what the rule hides, however the page is cut, and the cuts change nothing.
#![no_main]
#![expect(clippy::unwrap_used, reason = "what goes wrong here is to be told")]

use std::{collections::BTreeSet, sync::Arc};

use libfuzzer_sys::fuzz_target;
use scraper::{Html, Node, Selector};
use tower_rapport::shaping::{
    html::{HtmlPlan, HtmlShaper, Place},
    json::{JsonPlan, Limits},
    treatment::{Constant, Treatment},
};

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(3, '\n');
    let (Some(selector), Some(how), Some(page)) = (parts.next(), parts.next(), parts.next()) else { return };
    let Ok(place) = Place::parse(selector) else { return };
    let treatment = match how.len() % 3 {
        0 => Treatment::Remove,
        1 => Treatment::Null,
        _ => Treatment::Replace(Constant::parse("\"there\"").unwrap()),
    };
    let plan = Arc::new(HtmlPlan::new([(place, treatment.clone())], [], Arc::new(JsonPlan::new([], None))));
    let (out, is_whole) = shape(&plan, page, &[]);
    let cuts: Vec<usize> = how.bytes().map(|byte| usize::from(byte % 32) + 1).collect();
    let (cut, is_whole_too) = shape(&plan, page, &cuts);
    assert_eq!(is_whole, is_whole_too, "{page:?} by {cuts:?}");
    if is_whole {
        assert_eq!(out, cut, "{page:?} by {cuts:?}");
    }
    // What a second `<body>` says of itself comes after what has left; and of marks in such tags nobody knows where they end up.
    let lower = page.to_ascii_lowercase();
    if lower.contains("<body") || lower.contains("<html") || lower.contains("<frameset") {
        return;
    }
    let Ok(selector) = Selector::parse(selector) else { return };
    // One that stands twice may also stand in what a browser passes over, such as an end tag of nothing.
    for mark in hidden(page, &selector, &treatment).iter().filter(|mark| page.matches(*mark).count() == 1) {
        assert!(!out.contains(mark) && !cut.contains(mark), "{mark} of {page:?}\nleft: {out:?}");
    }
});

fn shape(plan: &Arc<HtmlPlan>, page: &str, cuts: &[usize]) -> (String, bool) {
    let (mut shaper, mut out) = (HtmlShaper::new(Arc::clone(plan), Limits::default(), true), Vec::new());
    let (mut rest, mut cuts, mut outcome) = (page.as_bytes(), cuts.iter().cycle(), Ok(()));
    while !rest.is_empty() && outcome.is_ok() {
        let (piece, after) = rest.split_at(cuts.next().map_or(rest.len(), |cut| (*cut).min(rest.len())));
        outcome = shaper.write(piece, &mut out);
        rest = after;
    }
    let outcome = outcome.and_then(|()| shaper.end(&mut out));
    (String::from_utf8_lossy(&out).into_owned(), outcome.is_ok())
}

/// The marks that a browser finds in the elements that a rule hides, and nowhere else: `m1.` to `m9.`.
fn hidden(page: &str, selector: &Selector, treatment: &Treatment) -> BTreeSet<String> {
    let document = Html::parse_document(page);
    let met: BTreeSet<_> = document.select(selector).map(|element| element.id()).collect();
    let (mut within, mut without) = (BTreeSet::new(), BTreeSet::new());
    for node in document.tree.nodes() {
        let lies_in_one = node.ancestors().any(|above| met.contains(&above.id()));
        let is_hidden = lies_in_one || (met.contains(&node.id()) && *treatment == Treatment::Remove);
        let found = if is_hidden { &mut within } else { &mut without };
        match node.value() {
            Node::Element(element) => {
                marks(element.name(), found);
                for (name, value) in element.attrs() {
                    marks(name, found);
                    marks(value, found);
                }
            }
            Node::Text(text) => marks(text, found),
            Node::Comment(comment) => marks(comment, found),
            Node::Doctype(doctype) => marks(&format!("{doctype:?}"), found),
            _ => {}
        }
    }
    within.difference(&without).cloned().collect()
}

fn marks(text: &str, into: &mut BTreeSet<String>) {
    for digit in '1'..='9' {
        let mark = format!("m{digit}.");
        if text.contains(&mark) {
            into.insert(mark);
        }
    }
}
