//! The rules for HTML, and what they come to at one stage with one set of purposes.

use std::{collections::BTreeSet, fmt, sync::Arc};

use super::{chooser, items::HtmlItems, place::Place};
use crate::{
    consent::PurposeSet,
    relationship::Stage,
    shaping::{
        field::Steps,
        items::{Choice, Filling},
        json::{JsonPlan, Limits},
        silence::Silence,
        treatment::Treatment,
    },
};

/// The rules of an endpoint for its answers in HTML.
#[derive(Debug, Default)]
pub(crate) struct HtmlRules {
    elements: Vec<(Place, Steps)>,
    scripts: Vec<Place>,
    items: Option<Arc<HtmlItems>>,
    /// Of each rule for elements, whether it meets anything.
    silent: Vec<Silence>,
}

/// What happens to an answer in HTML at one stage with one set of purposes.
///
/// ```
/// use std::sync::Arc;
/// use serde_json::json;
/// use tower_rapport::shaping::{
///     html::{HtmlPlan, HtmlShaper, Place},
///     json::{JsonPlan, Limits},
///     treatment::{Constant, Treatment},
/// };
///
/// let name = (Place::parse(".greeting .name")?, Treatment::Replace(Constant::from(&json!("there"))));
/// let plan = HtmlPlan::new([name], [], Arc::new(JsonPlan::new([], None)));
/// let mut shaper = HtmlShaper::new(Arc::new(plan), Limits::default(), true); // the head says that it is UTF-8
/// let mut out = Vec::new();
/// shaper.write(b"<p class=greeting>Hi <b class=name>An", &mut out)?;
/// shaper.write(b"na</b>!</p>", &mut out)?;
/// shaper.end(&mut out)?;
/// assert_eq!(out, b"<p class=greeting>Hi <b class=name>there</b>!</p>");
/// assert_eq!(shaper.met(), [1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct HtmlPlan {
    /// All rules for elements, in the order of the policy.
    pub(super) elements: Vec<(Place, Treatment)>,
    pub(super) scripts: Vec<Place>,
    pub(super) json: Arc<JsonPlan>,
    pub(super) items: Option<Arc<HtmlItems>>,
    /// The attributes at which selectors look.
    pub(super) looked_at: BTreeSet<String>,
}

/// What holds for an element after all rules on it have been weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Keep,
    Remove,
    /// The treatment of this rule.
    Treat(usize),
}

impl HtmlRules {
    /// No rule: an answer in HTML leaves as it came.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// What happens to elements.
    #[must_use]
    pub(crate) fn with_elements(mut self, place: Place, steps: Steps) -> Self {
        self.elements.push((place, steps));
        self.silent.push(Silence::default());
        self
    }

    /// Where JSON stands in script elements, which the field rules shape.
    #[must_use]
    pub(crate) fn with_script(mut self, place: Place) -> Self {
        self.scripts.push(place);
        self
    }

    /// Which elements are items.
    #[must_use]
    pub(crate) fn with_items(self, items: HtmlItems) -> Self {
        Self { items: Some(Arc::new(items)), ..self }
    }

    /// What they come to; `json` are the field rules.
    pub(crate) fn plan(&self, stage: Stage, granted: PurposeSet, json: &Arc<JsonPlan>) -> HtmlPlan {
        let elements = self.elements.iter().map(|(place, steps)| (place.clone(), steps.treatment(stage, granted)));
        let plan = HtmlPlan::new(elements, self.scripts.iter().cloned(), Arc::clone(json));
        HtmlPlan { items: self.items.clone(), ..plan }
    }

    /// Notes how many elements each rule met in an answer that was shaped to its end. Gives each rule once that met nothing in a
    /// hundred answers.
    pub(crate) fn note(&self, met: &[u64]) -> Vec<&dyn fmt::Display> {
        let noted = self.elements.iter().zip(&self.silent).zip(met);
        let silent = noted.filter(|((_, silent), met)| silent.note(**met));
        silent.map(|(((place, _), _), _)| place as &dyn fmt::Display).collect()
    }
}

impl HtmlPlan {
    /// Elements and what happens to them, and where JSON stands that `json` shapes.
    pub fn new(
        elements: impl IntoIterator<Item = (Place, Treatment)>,
        scripts: impl IntoIterator<Item = Place>,
        json: Arc<JsonPlan>,
    ) -> Self {
        let (elements, scripts): (Vec<_>, Vec<_>) = (elements.into_iter().collect(), scripts.into_iter().collect());
        let places = || elements.iter().map(|(place, _)| place).chain(&scripts);
        let looked_at = places().flat_map(Place::looks_at).collect();
        Self { elements, scripts, json, items: None, looked_at }
    }

    /// Whether every answer leaves as it came.
    pub fn changes_nothing(&self) -> bool {
        self.elements.iter().all(|(_, treatment)| *treatment == Treatment::Keep)
            && (self.scripts.is_empty() || self.json.changes_nothing())
    }

    /// How many elements met which treatment, rule by rule, by how many each rule has met.
    pub(crate) fn treated<'a>(&'a self, met: &'a [u64]) -> impl Iterator<Item = (&'static str, u64)> + 'a {
        let rules = self.elements.iter().zip(met).filter(|(_, met)| **met > 0);
        rules.map(|((_, treatment), met)| (treatment.name(), *met))
    }

    /// The same, with elements that can be chosen.
    #[must_use]
    pub fn with_items(self, items: HtmlItems) -> Self {
        Self { items: Some(Arc::new(items)), ..self }
    }

    /// Whether elements can be chosen.
    pub(crate) fn finds_items(&self) -> bool {
        self.items.is_some()
    }

    /// The items of a whole page; `None` where it cannot be read.
    pub fn filling(&self, choice: &Choice, limits: Limits, page: &[u8]) -> Option<Filling> {
        chooser::filling(self.items.as_ref()?, choice, limits, page)
    }

    /// The selectors of what changes anything.
    pub(super) fn places_that_act(&self) -> impl Iterator<Item = (usize, &Place)> {
        let elements = self.elements.iter().filter(|(_, treatment)| *treatment != Treatment::Keep);
        let scripts = self.scripts.iter().filter(|_| !self.json.changes_nothing());
        elements.map(|(place, _)| place).chain(scripts).enumerate()
    }

    /// Weighs all rules that meet on an element, by their numbers. What treats attributes is apart.
    pub(super) fn verdict(&self, met: &[usize]) -> Verdict {
        let rules = || {
            let treatment = |rule: &usize| self.elements.get(*rule).map(|(_, treatment)| (*rule, treatment));
            let is_apart = |treatment: &Treatment| matches!(treatment, Treatment::Attributes(_));
            met.iter().filter_map(treatment).filter(move |(_, treatment)| !is_apart(treatment))
        };
        let least = rules().reduce(|least, other| if least.1.shows_no_more_than(other.1) { least } else { other });
        match least {
            None => Verdict::Keep,
            Some((_, least)) if !rules().all(|(_, other)| least.shows_no_more_than(other)) => Verdict::Remove,
            Some((_, Treatment::Keep)) => Verdict::Keep,
            Some((_, Treatment::Remove)) => Verdict::Remove,
            Some((rule, _)) => Verdict::Treat(rule),
        }
    }

    /// The treatments of attributes among those rules.
    pub(super) fn attributes(&self, met: &[usize]) -> Vec<(&str, &Treatment)> {
        let rules = met.iter().filter_map(|rule| self.elements.get(*rule));
        let mut all: Vec<(&str, &Treatment)> = Vec::new();
        for (_, treatment) in rules {
            let Treatment::Attributes(attributes) = treatment else { continue };
            for (name, other) in attributes.iter() {
                match all.iter_mut().find(|(known, _)| *known == name) {
                    None => all.push((name, other)),
                    Some((_, least)) if least.shows_no_more_than(other) => {}
                    Some((_, least)) if other.shows_no_more_than(least) => *least = other,
                    Some((_, least)) => *least = &Treatment::Remove,
                }
            }
        }
        all
    }
}
