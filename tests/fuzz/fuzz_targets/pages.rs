//! Pages of HTML, against a parser that reads them whole as a browser does.
//!
//! The first line of the input is a selector, the second a treatment and where the page is cut; the rest is the page. Nothing leaves
//! that the browser finds only in what the rule hides, however the page is cut, and the cuts change nothing.
#![no_main]
#![expect(clippy::unwrap_used, reason = "what goes wrong here is to be told")]

#[path = "../../markup/mod.rs"]
mod markup;

use std::{collections::BTreeSet, sync::Arc};

use libfuzzer_sys::fuzz_target;
use markup::{hidden, shape};
use scraper::Selector;
use tower_rapport::shaping::{
    html::{HtmlPlan, Place},
    json::JsonPlan,
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
    let (out, outcome) = shape(&plan, page, &[]);
    let cuts: Vec<usize> = how.bytes().map(|byte| usize::from(byte % 32) + 1).collect();
    let (cut, outcome_too) = shape(&plan, page, &cuts);
    assert_eq!(outcome.is_ok(), outcome_too.is_ok(), "{page:?} by {cuts:?}");
    if outcome.is_ok() {
        assert_eq!(out, cut, "{page:?} by {cuts:?}");
    }
    // What a `<body>` behind others says of itself comes after what has left; and of marks in such tags nobody knows where they end up.
    let lower = page.to_ascii_lowercase();
    let inside = behind_its_beginning(&lower);
    if inside.contains("<body") || inside.contains("<html") || inside.contains("<frameset") {
        return;
    }
    let Ok(selector) = Selector::parse(selector) else { return };
    for mark in hidden(page, &selector, &treatment, marks) {
        // One that stands twice may also stand in what a browser passes over, such as an end tag of nothing.
        if page.matches(&mark).count() != 1 || (!out.contains(&mark) && !cut.contains(&mark)) {
            continue;
        }
        // What is hidden, or what left, may be another one that only comes about where what parts it is passed over. So in the place of
        // the one in the page a sign is put that none of those has.
        let hides_sign = |page: &str| !hidden(page, &selector, &treatment, signs).is_empty();
        if page.contains(SIGN) || hides_sign(page) {
            continue;
        }
        let page = page.replace(&mark, SIGN);
        if !hides_sign(&page) {
            continue;
        }
        for cuts in [&[][..], &cuts] {
            let (out, _) = shape(&plan, &page, cuts);
            assert!(!out.contains(SIGN), "{page:?} by {cuts:?}\nleft: {out:?}");
        }
    }
});

/// The page behind `<!doctype html><html …><body …>`, as far as it begins so.
fn behind_its_beginning(page: &str) -> &str {
    const SPACE: [char; 5] = [' ', '\t', '\n', '\u{c}', '\r'];
    let mut rest = page;
    for tag in ["<!doctype html", "<html", "<body"] {
        rest = rest.trim_start_matches(SPACE);
        if let Some(tag) = rest.strip_prefix(tag)
            && tag.starts_with(|next| next == '>' || SPACE.contains(&next))
            && let Some((_, behind)) = tag.split_once('>')
        {
            rest = behind;
        }
    }
    rest
}

fn signs(text: &str, into: &mut BTreeSet<String>) {
    if text.contains(SIGN) {
        into.insert(SIGN.into());
    }
}

/// Those of `m1.` to `m9.`.
fn marks(text: &str, into: &mut BTreeSet<String>) {
    for digit in '1'..='9' {
        let mark = format!("m{digit}.");
        if text.contains(&mark) {
            into.insert(mark);
        }
    }
}

/// Stands in the place of a mark, and is of one letter, so that it cannot come about of parts.
const SIGN: &str = "\u{1}";
