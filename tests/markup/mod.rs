//! Pages through the shaper, and the obvious way to know what is hidden of one: a parser that reads it whole as a browser does.

use std::{collections::BTreeSet, sync::Arc};

use scraper::{Html, Node, Selector};
use tower_rapport::shaping::{
    Doubt,
    html::{HtmlPlan, HtmlShaper},
    json::Limits,
    treatment::Treatment,
};

/// The page cut in pieces of these sizes, again and again; what left, and how it ended.
pub(crate) fn shape(plan: &Arc<HtmlPlan>, page: &str, cuts: &[usize]) -> (String, Result<(), Doubt>) {
    let (mut shaper, mut out) = (HtmlShaper::new(Arc::clone(plan), Limits::default(), true), Vec::new());
    let (mut rest, mut cuts, mut outcome) = (page.as_bytes(), cuts.iter().cycle(), Ok(()));
    while !rest.is_empty() && outcome.is_ok() {
        let (piece, after) = rest.split_at(cuts.next().map_or(rest.len(), |cut| (*cut).clamp(1, rest.len())));
        outcome = shaper.write(piece, &mut out);
        rest = after;
    }
    let outcome = outcome.and_then(|()| shaper.end(&mut out));
    (String::from_utf8_lossy(&out).into_owned(), outcome)
}

/// The marks that a browser finds in the elements that a rule hides, and nowhere else; `marks` finds those of a text.
pub(crate) fn hidden(
    page: &str,
    selector: &Selector,
    treatment: &Treatment,
    marks: impl Fn(&str, &mut BTreeSet<String>),
) -> BTreeSet<String> {
    let document = Html::parse_document(page);
    let met: BTreeSet<_> = document.select(selector).map(|element| element.id()).collect();
    let (mut within, mut without) = (BTreeSet::new(), BTreeSet::new());
    for node in document.tree.nodes() {
        let lies_in_one = node.ancestors().any(|above| met.contains(&above.id()));
        // The tag of an element that is emptied stays.
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
