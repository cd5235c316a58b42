//! Without the feature `html` no answer in HTML can be shaped.

use std::{convert::Infallible, fmt, iter, sync::Arc};

use crate::{
    consent::PurposeSet,
    relationship::Stage,
    shaping::{
        Doubt,
        items::{Choice, Filling, Withheld},
        json::{JsonPlan, Limits},
    },
};

/// The rules for HTML. There is none of this type.
#[derive(Debug)]
pub(crate) struct HtmlRules(Infallible);

/// What happens to HTML. There is none of this type.
#[derive(Debug)]
pub struct HtmlPlan(Infallible);

/// Takes a page through a plan. There is none of this type.
#[derive(Debug)]
pub struct HtmlShaper(Infallible);

impl HtmlRules {
    /// Never called.
    pub(crate) fn plan(&self, _: Stage, _: PurposeSet, _: &Arc<JsonPlan>) -> HtmlPlan {
        match self.0 {}
    }

    /// Never called.
    pub(crate) fn note(&self, _: &[u64]) -> Vec<&dyn fmt::Display> {
        match self.0 {}
    }
}

impl HtmlPlan {
    /// Never called.
    pub fn changes_nothing(&self) -> bool {
        match self.0 {}
    }

    /// Never called.
    pub fn treated<'a>(&'a self, _: &'a [u64]) -> iter::Empty<(&'static str, u64)> {
        match self.0 {}
    }

    /// Never called.
    pub fn finds_items(&self) -> bool {
        match self.0 {}
    }

    /// Never called.
    pub fn filling(&self, _: &Choice, _: Limits, _: &[u8]) -> Option<Filling> {
        match self.0 {}
    }
}

impl HtmlShaper {
    /// Never called.
    pub fn choosing(plan: Arc<HtmlPlan>, _: Limits, _: bool, _: Arc<Choice>, _: Option<Arc<Filling>>) -> Self {
        match plan.0 {}
    }

    /// Never called.
    pub fn new(plan: Arc<HtmlPlan>, _: Limits, _: bool) -> Self {
        match plan.0 {}
    }

    /// Never called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn write(&mut self, _: &[u8], _: &mut Vec<u8>) -> Result<(), Doubt> {
        match self.0 {}
    }

    /// Never called.
    ///
    /// # Errors
    ///
    /// None.
    pub fn end(&mut self, _: &mut Vec<u8>) -> Result<(), Doubt> {
        match self.0 {}
    }

    /// Never called.
    pub fn met(&self) -> &[u64] {
        match self.0 {}
    }

    /// Never called.
    pub fn withheld(&self) -> Withheld {
        match self.0 {}
    }

    /// Never called.
    pub fn matched(&self) -> iter::Empty<Option<u64>> {
        match self.0 {}
    }
}
