//! The parser and what it is told to do, element by element.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lol_html::{
    ElementContentHandlers, HandlerResult, OutputSink, Selector,
    html_content::{ContentType, EndTag, TextChunk},
    send::{self, Element},
};

use super::{
    crossing::{Crossing, Part},
    foreign::{self, Read},
    nesting::Open,
    parser::{doubt, is_referred, kind, memory, trouble},
    plan::{HtmlPlan, Verdict},
    reference,
    script::Script,
    touch,
};
use crate::shaping::{
    DoubtKind,
    json::{JsonShaper, Limits},
    treatment::Treatment,
};

/// Reads one page.
pub(super) struct Rewriter {
    /// No lock is ever waited for: it makes what is `Send` `Sync`.
    reader: Mutex<send::HtmlRewriter<'static, Sink>>,
    desk: Arc<Mutex<Desk>>,
}

/// What the handlers share.
struct Desk {
    plan: Arc<HtmlPlan>,
    limits: Limits,
    /// What is shaped and has not left.
    out: Vec<u8>,
    /// The rules that meet the present start tag.
    here: Vec<usize>,
    /// How many elements each rule met.
    met: Vec<u64>,
    open: Open,
    /// Which parts of selectors meet the present start tag.
    parts: Vec<Part>,
    crossing: Crossing,
    /// How many of the open elements are hidden.
    hidden: usize,
    coarsening: Option<Coarsening>,
    script: Option<Script>,
    /// What the field rules met, over all scripts.
    fields_met: Vec<Option<u64>>,
}

/// An element whose text is coarsened.
struct Coarsening {
    rule: usize,
    /// As it is written; `None` once there is something else in it, or too much.
    text: Option<String>,
}

struct Sink(Arc<Mutex<Desk>>);

impl Rewriter {
    pub(super) fn new(plan: Arc<HtmlPlan>, limits: Limits) -> Self {
        let desk = Arc::new(Mutex::new(Desk {
            limits,
            out: Vec::new(),
            here: Vec::new(),
            met: vec![0; plan.elements.len()],
            open: Open::default(),
            parts: Vec::new(),
            crossing: Crossing::new(plan.places_that_act()),
            hidden: 0,
            coarsening: None,
            script: None,
            fields_met: Vec::new(),
            plan: Arc::clone(&plan),
        }));
        let reader = send::HtmlRewriter::new(settings(&plan, limits, &desk), Sink(Arc::clone(&desk)));
        Self { reader: Mutex::new(reader), desk }
    }

    /// Reads the next piece.
    pub(super) fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        let reader = self.reader.get_mut().unwrap_or_else(PoisonError::into_inner);
        let written = reader.write(piece).map_err(kind);
        out.append(&mut lock(&self.desk).out);
        written
    }

    /// Ends the page. What is left within a tag is never flushed: a browser would pass over it, and it may be what is to be
    /// hidden.
    pub(super) fn end(self, out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        let reader = self.reader.into_inner().unwrap_or_else(PoisonError::into_inner);
        reader.end().map_err(kind)?;
        let mut desk = lock(&self.desk);
        if desk.script.is_some() || desk.out.contains(&b'<') {
            return Err(DoubtKind::CutShort);
        }
        out.append(&mut desk.out);
        Ok(())
    }

    /// How many elements each rule met, and what the field rules met.
    pub(super) fn met(&self) -> (Vec<u64>, Vec<Option<u64>>) {
        let desk = lock(&self.desk);
        (desk.met.clone(), desk.fields_met.clone())
    }
}

/// The handlers run in their order here: the last one knows of all rules that meet an element.
fn settings(plan: &Arc<HtmlPlan>, limits: Limits, desk: &Arc<Mutex<Desk>>) -> send::Settings<'static, 'static> {
    let mut settings = send::Settings::new_send().with_memory_settings(memory(limits)).with_strict(true);
    let on = |selector: &Selector, handlers| (Cow::Owned(selector.clone()), handlers);
    for (rule, (place, treatment)) in plan.elements.iter().enumerate() {
        let (meets, reads) = (Arc::clone(desk), Arc::clone(desk));
        let mut handlers = send::ElementContentHandlers::default().element(move |_: &mut Element<'_, '_>| {
            lock(&meets).here.push(rule);
            Ok(())
        });
        if is_coarsening(treatment) {
            handlers = handlers.text(move |text: &mut TextChunk<'_>| {
                lock(&reads).reads(rule, text);
                Ok(())
            });
        }
        settings = settings.append_element_content_handler(on(&place.selector, handlers));
    }
    for place in plan.scripts.iter().filter(|_| !plan.json.changes_nothing()) {
        let (begins, goes_on) = (Arc::clone(desk), Arc::clone(desk));
        let handlers = ElementContentHandlers::default()
            .element(move |element: &mut Element<'_, '_>| lock(&begins).script_begins(element))
            .text(move |text: &mut TextChunk<'_>| lock(&goes_on).script_goes_on(text));
        settings = settings.append_element_content_handler(on(&place.selector, handlers));
    }
    for (part, selector) in lock(desk).crossing.parts() {
        let meets = Arc::clone(desk);
        let handlers = ElementContentHandlers::default().element(move |_: &mut Element<'_, '_>| {
            lock(&meets).parts.push(part);
            Ok(())
        });
        settings = settings.append_element_content_handler(on(selector, handlers));
    }
    let around = Arc::clone(desk);
    settings = foreign::watched(settings, move || lock(&around).open.around());
    let every = Arc::clone(desk);
    let handlers =
        ElementContentHandlers::default().element(move |element: &mut Element<'_, '_>| begins(&every, element));
    match "*".parse::<Selector>() {
        Ok(any) => settings.append_element_content_handler((Cow::Owned(any), handlers)),
        Err(_) => settings,
    }
}

/// An element begins.
fn begins(desk: &Arc<Mutex<Desk>>, element: &mut Element<'_, '_>) -> HandlerResult {
    let name = element.tag_name();
    let mut at_desk = lock(desk);
    let at_desk = &mut *at_desk;
    if at_desk.plan.looked_at.iter().any(|name| is_referred(element, name)) {
        return doubt(DoubtKind::Markup);
    }
    let most = at_desk.limits.depth;
    let holds = element.can_have_content();
    let is_met = !(at_desk.here.is_empty() && at_desk.parts.is_empty());
    at_desk.open.begins(&name, Read::of(element), is_met, most).map_err(trouble)?;
    let parts = std::mem::take(&mut at_desk.parts);
    let is_unclear = !at_desk.crossing.begins(&name, holds, parts).is_empty();
    // What comes of tags that cross in what is hidden is hidden, too.
    if is_unclear && at_desk.hidden == 0 {
        return doubt(DoubtKind::Markup);
    }
    if let Some(coarsening) = &mut at_desk.coarsening {
        coarsening.text = None;
    }
    let (verdict, is_removed) = at_desk.treat(element, &name);
    if !holds {
        return Ok(());
    }
    let is_hidden = verdict != Verdict::Keep;
    // A text behind their end tags lies in them all the same.
    if is_hidden && matches!(&*name, "html" | "body") {
        return doubt(DoubtKind::Markup);
    }
    at_desk.hidden += usize::from(is_hidden);
    let coarsens = match verdict {
        Verdict::Treat(rule) if at_desk.coarsening.is_none() && at_desk.is_coarsened(rule) => Some(rule),
        _ => None,
    };
    if let Some(rule) = coarsens {
        at_desk.coarsening = Some(Coarsening { rule, text: Some(String::new()) });
    }
    let desk = Arc::clone(desk);
    element.on_end_tag(Box::new(move |end: &mut EndTag<'_>| {
        let mut desk = lock(&desk);
        desk.crossing.ends();
        desk.hidden -= usize::from(is_hidden);
        desk.open.ends(&name, &end.name(), is_hidden).map_err(trouble)?;
        // One with nothing in it; others ended with their text.
        if name == "script" && desk.script.take().is_some_and(|script| script.has_begun()) {
            return doubt(DoubtKind::CutShort);
        }
        if coarsens.is_some() {
            desk.coarsened(end);
        }
        if is_removed && end.name() == name {
            end.remove();
        }
        Ok(())
    }))
}

impl Desk {
    /// Treats an element as the rules that meet it say; tells what holds, and whether its end tag goes.
    fn treat(&mut self, element: &mut Element<'_, '_>, name: &str) -> (Verdict, bool) {
        let here = std::mem::take(&mut self.here);
        for rule in &here {
            if let Some(met) = self.met.get_mut(*rule) {
                *met += 1;
            }
        }
        let plan = Arc::clone(&self.plan);
        let verdict = plan.verdict(&here);
        touch::treat_attributes(element, &plan.attributes(&here));
        match verdict {
            Verdict::Remove => touch::remove(element),
            Verdict::Treat(rule) => match plan.elements.get(rule) {
                Some((_, Treatment::Replace(constant))) => touch::fill(element, &touch::text_of(constant)),
                _ => touch::empty(element),
            },
            Verdict::Keep if name == "noscript" => touch::empty(element),
            Verdict::Keep => {}
        }
        (verdict, verdict == Verdict::Remove)
    }

    fn is_coarsened(&self, rule: usize) -> bool {
        self.plan.elements.get(rule).is_some_and(|(_, treatment)| is_coarsening(treatment))
    }

    /// Keeps a text that is coarsened.
    fn reads(&mut self, rule: usize, chunk: &TextChunk<'_>) {
        let Some(coarsening) = self.coarsening.as_mut().filter(|coarsening| coarsening.rule == rule) else { return };
        let most = self.limits.item;
        let fits = |text: &String| text.len() + chunk.as_str().len() <= most;
        coarsening.text = coarsening.text.take().filter(fits).map(|text| text + chunk.as_str());
    }

    /// Puts what is left of a text before the tag that ends it.
    fn coarsened(&mut self, end: &mut EndTag<'_>) {
        let Some(Coarsening { rule, text: Some(text) }) = self.coarsening.take() else { return };
        let Some((_, treatment)) = self.plan.elements.get(rule) else { return };
        let shown = reference::decode(&text).and_then(|text| touch::coarsened(treatment, text.trim()));
        if let Some(shown) = shown {
            end.before(&shown, ContentType::Text);
        }
    }

    /// A script with JSON begins. What stands in another element, or in another kind of script, is no JSON.
    fn script_begins(&mut self, element: &Element<'_, '_>) -> HandlerResult {
        let kind = element.get_attribute("type").unwrap_or_default().trim().to_ascii_lowercase();
        let essence = kind.split(';').next().unwrap_or_default().trim_end();
        let is_json = matches!(essence, "application/json" | "text/json") || essence.ends_with("+json");
        if element.tag_name() != "script" || !is_json {
            return doubt(DoubtKind::Syntax);
        }
        // An element that two rules name is one script.
        if self.script.is_none() {
            self.script = Some(Script::new(JsonShaper::new(Arc::clone(&self.plan.json), self.limits)));
        }
        Ok(())
    }

    fn script_goes_on(&mut self, chunk: &mut TextChunk<'_>) -> HandlerResult {
        let Some(script) = self.script.as_mut().filter(|_| !chunk.removed()) else { return Ok(()) };
        let mut shaped = script.write(chunk.as_str()).map_err(trouble)?;
        if chunk.last_in_text_node() {
            shaped.push_str(&script.end().map_err(trouble)?);
            for (at, met) in script.matched().into_iter().enumerate() {
                match self.fields_met.get_mut(at) {
                    Some(all) => *all = all.map_or(met, |all| Some(all + met.unwrap_or(0))),
                    None => self.fields_met.push(met),
                }
            }
            self.script = None;
        }
        chunk.remove();
        chunk.before(&shaped, ContentType::Html);
        Ok(())
    }
}

impl OutputSink for Sink {
    fn handle_chunk(&mut self, chunk: &[u8]) {
        lock(&self.0).out.extend_from_slice(chunk);
    }
}

impl fmt::Debug for Rewriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rewriter")
    }
}

fn is_coarsening(treatment: &Treatment) -> bool {
    let is_apart = matches!(treatment, Treatment::Keep | Treatment::Attributes(_));
    !is_apart && !treatment.reveals_nothing()
}

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}
