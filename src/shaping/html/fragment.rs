//! HTML that stands in a string of JSON.

use std::sync::Arc;

use super::{HtmlPlan, HtmlShaper};
use crate::shaping::json::{Limits, Reshape};

/// Shapes HTML in strings by the rules for pages. No item is chosen there.
#[derive(Debug)]
pub(crate) struct Fragment(pub Arc<HtmlPlan>);

impl Reshape for Fragment {
    fn reshape(&self, text: &str, limits: Limits) -> Option<String> {
        if !text.contains('<') {
            return Some(text.to_owned());
        }
        let (mut shaper, mut out) = (HtmlShaper::new(Arc::clone(&self.0), limits, true), Vec::new());
        for piece in text.as_bytes().chunks(PIECE) {
            shaper.write(piece, &mut out).ok()?;
            if out.len() > limits.item {
                return None;
            }
        }
        shaper.end(&mut out).ok()?;
        String::from_utf8(out).ok()
    }
}

/// So much is read before it is looked how long it becomes.
const PIECE: usize = 4096;
