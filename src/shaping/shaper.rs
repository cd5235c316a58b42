//! One body on its way, whatever it is made of: bytes in, bytes out.

use std::{fmt::Display, sync::Arc};

use super::{
    Doubt,
    events::Events,
    explanation::Explanation,
    field::Field,
    html::HtmlShaper,
    items::{Choice, Filling, Withheld},
    json::{JsonPlan, JsonShaper, Limits},
    lines::{Lines, Separation},
    media::Media,
    plan::{Plan, Plans},
};

/// Takes one body through a plan.
///
/// See the example of [`Plan`].
#[derive(Debug)]
pub struct Shaper(Kind);

#[derive(Debug)]
enum Kind {
    /// Nothing happens to it.
    Plain,
    /// A JSON document.
    Json(JsonShaper),
    /// The same, with an explanation in it; and what is shaped and not explained.
    Explained(JsonShaper, Explanation, Vec<u8>),
    /// Several of them.
    Lines(Lines),
    /// Events with JSON documents.
    Events(Events),
    /// A page of HTML.
    Html(Box<HtmlShaper>),
}

impl Shaper {
    /// A shaper by the rules of a plan. With `chosen`, items are chosen, and items of a generic answer take the places of
    /// others.
    pub fn by(media: Media, plan: &Plan, limits: Limits, chosen: Option<(Arc<Choice>, Option<Arc<Filling>>)>) -> Self {
        match (media, plan.html()) {
            (Media::Html { is_utf8 }, Some(html)) => Self(Kind::Html(Box::new(match chosen {
                Some((choice, filling)) => HtmlShaper::choosing(Arc::clone(html), limits, is_utf8, choice, filling),
                None => HtmlShaper::new(Arc::clone(html), limits, is_utf8),
            }))),
            _ => Self::new(media, Arc::clone(plan.json()), limits, chosen),
        }
    }

    /// A shaper by the field rules of a plan, which know no HTML. With `chosen`, items are chosen, and items of a generic answer take the places
    /// of others.
    pub fn new(
        media: Media,
        plan: Arc<JsonPlan>,
        limits: Limits,
        chosen: Option<(Arc<Choice>, Option<Arc<Filling>>)>,
    ) -> Self {
        if media == Media::Events {
            return Self(Kind::Events(Events::new(plan, limits, chosen)));
        }
        let items_are_documents = chosen.as_ref().is_some_and(|(choice, _)| choice.drops_documents());
        let json = match chosen {
            Some((choice, filling)) => JsonShaper::choosing(plan, limits, choice, filling),
            None => JsonShaper::new(plan, limits),
        };
        let lines = |json, separation| Kind::Lines(Lines::new(json, separation, items_are_documents, limits.item));
        Self(match media {
            Media::Lines => lines(json, Separation::Lines),
            Media::Sequence => lines(json, Separation::Records),
            Media::Json | Media::Events | Media::Html { .. } => Kind::Json(json),
        })
    }

    /// The same, with an explanation in what leaves, if that is a JSON document.
    #[must_use]
    pub(crate) fn explained(self, explanation: Option<Explanation>) -> Self {
        Self(match (self.0, explanation) {
            (Kind::Json(json), Some(explanation)) => Kind::Explained(json, explanation, Vec::new()),
            (other, _) => other,
        })
    }

    /// Takes a whole body through a plan, to see whether that is possible.
    ///
    /// # Errors
    ///
    /// What makes the body unreadable.
    pub(crate) fn try_on(media: Media, plan: &Plan, limits: Limits, body: &[u8]) -> Result<(), Doubt> {
        let (mut shaper, mut out) = (Self::by(media, plan, limits, None), Vec::new());
        shaper.write(body, &mut out).and_then(|()| shaper.end(&mut out))
    }

    /// Takes the next piece of the body and appends to `out` what can leave.
    ///
    /// # Errors
    ///
    /// What makes the body unreadable. `out` then ends with what could leave before that byte.
    pub fn write(&mut self, input: &[u8], out: &mut Vec<u8>) -> Result<(), Doubt> {
        match &mut self.0 {
            Kind::Plain => {
                out.extend_from_slice(input);
                Ok(())
            }
            Kind::Json(json) => json.write(input, out),
            Kind::Explained(json, explanation, shaped) => {
                let written = json.write(input, shaped);
                explanation.write(shaped, out);
                shaped.clear();
                written
            }
            Kind::Lines(lines) => lines.write(input, out),
            Kind::Events(events) => events.write(input, out),
            Kind::Html(html) => html.write(input, out),
        }
    }

    /// Ends the body: what still waited leaves.
    ///
    /// # Errors
    ///
    /// The body was cut short.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Doubt> {
        match &mut self.0 {
            Kind::Plain => Ok(()),
            Kind::Json(json) => json.end(out),
            Kind::Explained(json, explanation, shaped) => {
                let ended = json.end(shaped);
                explanation.write(shaped, out);
                shaped.clear();
                ended
            }
            Kind::Lines(lines) => lines.end(out),
            Kind::Events(events) => events.end(out),
            Kind::Html(html) => html.end(out),
        }
    }

    /// How many values each rule has met, in the order of the plan's; nothing for a body that has none.
    pub(crate) fn met(&self) -> Vec<Option<u64>> {
        match &self.0 {
            Kind::Plain => Vec::new(),
            Kind::Json(json) | Kind::Explained(json, ..) => json.matched().collect(),
            Kind::Lines(lines) => lines.json().matched().collect(),
            Kind::Events(events) => events.matched().collect(),
            Kind::Html(html) => html.matched().collect(),
        }
    }

    /// How many values met which treatment, rule by rule, by what its rules [met](Self::met) in this body.
    pub(crate) fn treated<'a>(
        &'a self,
        met: &'a [Option<u64>],
        plan: &'a Plan,
    ) -> impl Iterator<Item = (&'static str, u64)> + 'a {
        let pages = match (&self.0, plan.html()) {
            (Kind::Html(html), Some(rules)) => Some(rules.treated(html.met())),
            _ => None,
        };
        plan.json().treated(met).chain(pages.into_iter().flatten())
    }

    /// How many items were not shown, and why.
    pub fn withheld(&self) -> Withheld {
        match &self.0 {
            Kind::Plain => Withheld::default(),
            Kind::Json(json) | Kind::Explained(json, ..) => json.withheld(),
            Kind::Lines(lines) => lines.json().withheld(),
            Kind::Events(events) => events.withheld(),
            Kind::Html(html) => html.withheld(),
        }
    }

    /// Lets a body pass as it is.
    pub(crate) fn plain() -> Self {
        Self(Kind::Plain)
    }

    /// Whether the body is a page.
    pub(crate) fn is_html(&self) -> bool {
        matches!(self.0, Kind::Html(_))
    }

    /// Notes what the rules of an endpoint [met](Self::met) in this body; gives those that it is time to tell of.
    pub(crate) fn note<'a>(&self, met: &[Option<u64>], plans: &'a Plans) -> Vec<&'a dyn Display> {
        let silent = plans.note(met.iter().copied());
        let mut silent: Vec<&dyn Display> =
            silent.into_iter().map(|field: &Field| field.path() as &dyn Display).collect();
        if let (Kind::Html(html), Some(rules)) = (&self.0, plans.html()) {
            silent.extend(rules.note(html.met()));
        }
        silent
    }
}
