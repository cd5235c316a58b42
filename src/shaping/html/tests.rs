//! What rules do to pages, and what pages are doubt.

mod encoding;
mod limits;
mod scripts;
mod selectors;
mod tags;
mod treatments;

use std::sync::Arc;

use super::*;
use crate::shaping::{
    DoubtKind,
    json::{JsonPlan, Limits},
    treatment::{Attributes, Constant, Treatment},
};

fn elements(rules: &[(&str, Treatment)]) -> Arc<HtmlPlan> {
    let rules = rules.iter().map(|(selector, treatment)| (Place::parse(selector).unwrap(), treatment.clone()));
    Arc::new(HtmlPlan::new(rules, [], Arc::new(JsonPlan::new([], None))))
}

fn replace(json: &str) -> Treatment {
    Treatment::Replace(Constant::parse(json).unwrap())
}

fn attributes(named: &[(&str, Treatment)]) -> Treatment {
    let named = named.iter().map(|(name, treatment)| ((*name).to_owned(), treatment.clone()));
    Treatment::Attributes(Attributes::new(named).unwrap())
}

fn shape_in(plan: &Arc<HtmlPlan>, limits: Limits, page: &[u8], size: usize) -> (String, Option<DoubtKind>) {
    let (mut shaper, mut out) = (HtmlShaper::new(Arc::clone(plan), limits, true), Vec::new());
    let written = page.chunks(size).try_for_each(|piece| shaper.write(piece, &mut out));
    let ended = written.and_then(|()| shaper.end(&mut out));
    (String::from_utf8(out).unwrap(), ended.err().map(|doubt| doubt.kind()))
}

/// Shapes at every size of pieces, which makes no difference.
fn shape(plan: &Arc<HtmlPlan>, page: &str) -> (String, Option<DoubtKind>) {
    let whole = shape_in(plan, Limits::default(), page.as_bytes(), page.len().max(1));
    for size in 1..page.len() {
        let cut = shape_in(plan, Limits::default(), page.as_bytes(), size);
        assert_eq!((&cut.1, cut.1.is_some() || cut.0 == whole.0), (&whole.1, true), "{page} by {size}: {}", cut.0);
    }
    whole
}

fn shaped(plan: &Arc<HtmlPlan>, page: &str) -> String {
    let (out, doubt) = shape(plan, page);
    assert_eq!(doubt, None, "{page}");
    out
}
