//! Plans: what happens to every field of an endpoint, for one stage and one set of granted purposes.
//!
//! A plan is compiled when it is first needed and shared by all requests that need the same. There are few: a policy
//! has at most sixteen stages, and of the purposes only those count that open a data class.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::HeaderMap;

use super::{
    class::{Classes, DataClass},
    field::Field,
    html::{Fragment, HtmlPlan, HtmlRules},
    items::{Choice, Filling, Items},
    json::{JsonPlan, JsonRules, Limits, Nested},
    media::Media,
    path::Path,
    silence::Silence,
    treatment::Treatment,
};
use crate::{consent::PurposeSet, relationship::Stage};

/// What happens to an answer of one endpoint, at one stage and with one set of granted purposes.
///
/// ```
/// use http::Method;
/// use tower_rapport::{consent::PurposeSet, policy::Policy, relationship::Stage};
/// use tower_rapport::shaping::{json::Limits, media::Media, shaper::Shaper};
///
/// # let toml = include_str!("../../config/minimal.toml");
/// # let policy = Policy::from_toml("rapport.toml", toml, |name| Some(format!("{name}, of 32 bytes at the least")))?;
/// let covered = policy.endpoint(&Method::GET, "/recommendations").ok_or("an endpoint")?;
/// let ruled: Vec<_> = covered.endpoint.plans.fields().iter().map(|field| field.path().to_string()).collect();
/// assert_eq!(ruled, ["$.customer.first_name", "$.items[*].reason"]);
/// let plan = covered.endpoint.plans.plan(Stage::LOWEST, PurposeSet::EMPTY); // what a stranger gets
/// let mut shaper = Shaper::by(Media::Json, &plan, Limits::default(), None);
/// let mut out = Vec::new();
/// shaper.write(br#"{"customer":{"first_name":"Anna"}}"#, &mut out)?;
/// shaper.end(&mut out)?;
/// assert_eq!(out, br#"{"customer":{"first_name":null}}"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Plan {
    json: Arc<JsonPlan>,
    html: Option<Arc<HtmlPlan>>,
    choice: Option<Arc<Choice>>,
}

/// The plans of one endpoint.
///
/// See the example of [`Plan`].
#[derive(Debug)]
pub struct Plans {
    fields: Vec<Field>,
    items: Option<Arc<Items>>,
    html: Option<HtmlRules>,
    explained_at: Vec<Path>,
    /// All that leaves of JSON, while anything is closed; everything without it.
    only: Option<Vec<Path>>,
    /// Where JSON stands in strings, and where HTML does.
    nested: (Vec<Path>, Vec<Path>),
    stages: u8,
    classes: Classes,
    compiled: Vec<OnceLock<Arc<Plan>>>,
    /// Of each field, whether its rule meets anything.
    silent: Vec<Silence>,
}

impl Plans {
    /// The plans for the fields and items of an endpoint on a ladder of `stages` stages. It is within an item that
    /// templates look for other values.
    pub fn new(fields: Vec<Field>, items: Option<Items>, classes: Classes, stages: u8) -> Self {
        let compiled = (0..usize::from(stages) << Classes::BITS).map(|_| OnceLock::new()).collect();
        let silent = fields.iter().map(|_| Silence::default()).collect();
        Self {
            fields,
            items: items.map(Arc::new),
            html: None,
            explained_at: Vec::new(),
            only: None,
            nested: Default::default(),
            stages,
            classes,
            compiled,
            silent,
        }
    }

    /// Nothing leaves of JSON but what these paths select and what a field's step shows, but at the highest stage with every class of
    /// data open: what is not listed may be of any.
    #[must_use]
    pub(crate) fn with_only(self, only: Option<Vec<Path>>) -> Self {
        Self { only, ..self }
    }

    /// Answers in HTML can be shaped, by these rules.
    #[must_use]
    pub(crate) fn with_html(self, html: HtmlRules) -> Self {
        Self { html: Some(html), ..self }
    }

    /// Explanations are put at these paths. What the service says there does not leave.
    #[must_use]
    pub(crate) fn explained_at(self, paths: Vec<Path>) -> Self {
        Self { explained_at: paths, ..self }
    }

    /// Where JSON stands in strings, in which the paths go on; and where HTML does, for the rules for HTML.
    #[must_use]
    pub(crate) fn with_nested(self, json: Vec<Path>, html: Vec<Path>) -> Self {
        Self { nested: (json, html), ..self }
    }

    /// The fields, in the order of the policy.
    ///
    /// See the example of [`Plan`].
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The plan for a stage and a set of granted purposes.
    pub fn plan(&self, stage: Stage, granted: PurposeSet) -> Arc<Plan> {
        let place = usize::from(stage.level()) << Classes::BITS | self.classes.granted(granted);
        let compile = || Arc::new(self.compile(stage, granted));
        // A stage above the ladder has no place. It cannot come up; if it does, it is not kept.
        self.compiled.get(place).map_or_else(compile, |plan| plan.get_or_init(compile).clone())
    }

    /// Notes how many values each field's rule met in an answer that was shaped to its end, as
    /// [`matched`](super::json::JsonShaper::matched) tells it. Gives each field once that met nothing in the first hundred
    /// answers in which its rule could have met something: the service's answer has changed its shape.
    pub(crate) fn note(&self, met: impl Iterator<Item = Option<u64>>) -> Vec<&Field> {
        let noted = self.fields.iter().zip(&self.silent).zip(met);
        let falls_silent = |silent: &Silence, met: Option<u64>| met.is_some_and(|met| silent.note(met));
        noted.filter(|((_, silent), met)| falls_silent(silent, *met)).map(|((field, _), _)| field).collect()
    }

    /// The rules for HTML.
    pub(crate) fn html(&self) -> Option<&HtmlRules> {
        self.html.as_ref()
    }

    fn compile(&self, stage: Stage, granted: PurposeSet) -> Plan {
        let fields = self.fields.iter().map(|field| (field.path().clone(), field.treatment(stage, granted)));
        let rules = fields.chain(self.explained_at.iter().map(|path| (path.clone(), Treatment::Remove)));
        let choice = self.items.as_ref().map(|items| Arc::new(items.choice(stage, granted, &self.classes)));
        let is_highest = stage.level() + 1 >= self.stages;
        let is_open = |class: &DataClass| {
            let opening = self.classes.opening(*class);
            granted.contains(opening.purpose) && stage >= opening.from
        };
        let all_is_open = is_highest && DataClass::ALL.iter().all(is_open);
        let (in_json, in_html) = &self.nested;
        let mut rules = JsonRules {
            rules: rules.collect(),
            only: self.only.clone().filter(|_| !all_is_open),
            nested: in_json.iter().map(|path| (path.clone(), Nested::Json)).collect(),
            item: self.items.as_ref().map(|items| items.path().clone()),
        };
        if self.html.is_none() {
            // Nothing can look into them.
            rules.rules.extend(in_html.iter().map(|path| (path.clone(), Treatment::Remove)));
        }
        if let (false, Some(html)) = (in_html.is_empty(), &self.html) {
            let mut in_scripts = rules.clone();
            // HTML in JSON in HTML in JSON is not read.
            in_scripts.rules.extend(in_html.iter().map(|path| (path.clone(), Treatment::Remove)));
            let html = Arc::new(html.plan(stage, granted, &Arc::new(JsonPlan::of(in_scripts))));
            let fragment = (!html.changes_nothing()).then(|| Arc::new(Fragment(html)));
            let nested = |path: &Path, fragment: &Arc<Fragment>| (path.clone(), Nested::Other(fragment.clone()));
            rules.nested.extend(fragment.iter().flat_map(|fragment| in_html.iter().map(|path| nested(path, fragment))));
        }
        let json = Arc::new(JsonPlan::of(rules));
        let html = self.html.as_ref().map(|html| Arc::new(html.plan(stage, granted, &json)));
        Plan { json, html, choice }
    }
}

impl Plan {
    /// The field rules. They and those for HTML are all that acts on a generic answer, which anybody sees.
    pub fn json(&self) -> &Arc<JsonPlan> {
        &self.json
    }

    /// The rules for HTML; `None` where no answer in HTML can be shaped.
    pub fn html(&self) -> Option<&Arc<HtmlPlan>> {
        self.html.as_ref()
    }

    /// How much may be chosen personally; `None` for an endpoint without items.
    pub fn choice(&self) -> Option<&Arc<Choice>> {
        self.choice.as_ref()
    }

    /// Whether every answer leaves as it came: there are no rules but `keep`, and no items to be chosen.
    pub fn changes_nothing(&self) -> bool {
        self.rules_change_nothing() && self.choice.is_none()
    }

    /// Whether every generic answer leaves as it came.
    pub(crate) fn rules_change_nothing(&self) -> bool {
        self.json.changes_nothing() && self.html.as_ref().is_none_or(|html| html.changes_nothing())
    }

    /// What an answer is made of, as far as it can be shaped. Where items are `chosen`, they must be found in it: in HTML
    /// those that are elements, in all else those that are JSON.
    pub fn media(&self, headers: &HeaderMap, chosen: bool) -> Option<Media> {
        let chosen = chosen && self.choice.is_some();
        let finds = |is_html: bool| {
            let html = self.html.as_ref();
            (!is_html || html.is_some()) && (!chosen || is_html == html.is_some_and(|html| html.finds_items()))
        };
        Media::of(headers).filter(|media| finds(matches!(media, Media::Html { .. })))
    }

    /// The items of a whole generic answer; `None` where it has none or cannot be read.
    pub(crate) fn filling(&self, headers: &HeaderMap, limits: Limits, body: &Bytes) -> Option<Filling> {
        let choice = self.choice.as_ref()?;
        match (self.media(headers, true)?, &self.html) {
            (Media::Html { .. }, Some(html)) => html.filling(choice, limits, body),
            (media, _) => media.filling(choice, limits, body),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shaping::{
        field::tests::{all, classes, field},
        json::JsonShaper,
    };

    #[test]
    fn plans_are_compiled_once_and_shared() {
        let plans = Plans::new(vec![field(DataClass::Observed, &[]).unwrap()], None, classes(), 4);
        let first = plans.plan(Stage::at(1), all());
        assert!(Arc::ptr_eq(&first, &plans.plan(Stage::at(1), all())));
        assert!(!Arc::ptr_eq(&first, &plans.plan(Stage::at(0), all())));
        assert!(first.changes_nothing() && !plans.plan(Stage::at(0), all()).changes_nothing());
    }

    #[test]
    fn a_rule_that_meets_nothing_in_a_hundred_answers_is_told_of_once() {
        let fields = vec![field(DataClass::Observed, &[]).unwrap(); 3];
        let plans = Plans::new(fields, None, classes(), 4);
        // The last one could meet something in every second answer only.
        let met = |answer| [Some(0), Some(u64::from(answer == 40)), (answer % 2 == 0).then_some(0)];
        let told = (1..=300).map(|answer| plans.note(met(answer).into_iter()).len());
        let told: Vec<_> = (1..=300).zip(told).filter(|(_, silent)| *silent > 0).collect();
        assert_eq!(told, [(100, 1), (200, 1)]);
    }

    #[test]
    fn a_rule_below_what_is_hidden_is_told_of_when_it_could_have_met_something() {
        let below = Field::new(Path::parse("$.x.name").unwrap(), DataClass::None, Vec::new(), &classes()).unwrap();
        let plans = Plans::new(vec![field(DataClass::Observed, &[]).unwrap(), below], None, classes(), 4);
        let answer = |level| {
            let mut shaper = JsonShaper::new(plans.plan(Stage::at(level), all()).json().clone(), Limits::default());
            shaper.write(br#"{"x":{}}"#, &mut Vec::new()).unwrap();
            plans.note(shaper.matched()).len()
        };
        assert_eq!((0..300).map(|_| answer(0)).sum::<usize>(), 0);
        assert_eq!((0..99).map(|_| answer(1)).sum::<usize>(), 0);
        assert_eq!(answer(1), 1);
    }
}
