//! HTML that stands in a string of JSON.

use std::sync::Arc;

use super::{HtmlPlan, HtmlShaper};
use crate::shaping::json::{Limits, Reshape};

/// Shapes HTML in strings by the rules for pages. No item is chosen there.
#[derive(Debug)]
pub struct Fragment(pub Arc<HtmlPlan>);

impl Reshape for Fragment {
    fn reshape(&self, text: &str, limits: Limits) -> Option<String> {
        let (mut shaper, mut out) = (HtmlShaper::new(Arc::clone(&self.0), limits, true), Vec::new());
        shaper.write(text.as_bytes(), &mut out).and_then(|()| shaper.end(&mut out)).ok()?;
        String::from_utf8(out).ok()
    }
}
