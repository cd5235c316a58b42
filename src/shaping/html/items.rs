//! Items as elements: which take which places.
//!
//! The list that decides is that of JSON: each element becomes an object with its own HTML and what it says of itself, and what
//! comes out of the list in its place becomes HTML again. The rules act on that afterwards.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use lol_html::{
    HandlerResult, OutputSink,
    html_content::{EndTag, TextChunk},
    send::{self, Element},
};
use serde_json::Value;

use super::{
    crossing::{Crossing, Part},
    nesting::Open,
    parser::{doubt, is_referred, kind, memory, trouble},
    place::Place,
    reference,
};
use crate::shaping::{
    DoubtKind,
    items::{Choice, Filling, Withheld},
    json::{JsonPlan, JsonShaper, Limits},
    path::Path,
};

/// Which elements are items, and where one says what it is.
///
/// ```
/// use std::sync::Arc;
/// use tower_rapport::{consent::PurposeSet, relationship::Stage};
/// use tower_rapport::shaping::{
///     class::{Classes, DataClass, Opening},
///     html::{HtmlItems, HtmlPlan, HtmlShaper, Place, Sign},
///     items::{ItemData, Items},
///     json::{JsonPlan, Limits},
///     path::Path,
/// };
///
/// let cards = HtmlItems::new(Place::parse(".card")?).with_id(Sign::parse("@data-id")?);
/// let plan = Arc::new(HtmlPlan::new([], [], Arc::new(JsonPlan::new([], None))).with_items(cards));
/// // As of items in JSON; here half of the places may be personal, and nothing but the stage is asked for.
/// let items = Items::new(Path::parse("$[*]")?, ItemData::All(DataClass::Observed), vec![500]).with_id(Path::parse("$.id")?);
/// let choice = Arc::new(items).choice(Stage::LOWEST, PurposeSet::EMPTY, &Classes::new([Opening::default(); 5]));
///
/// let generic = b"<i class=card data-id=8>Best</i><i class=card data-id=9>New</i>";
/// let filling = plan.filling(&choice, Limits::default(), generic).map(Arc::new);
/// let mut shaper = HtmlShaper::choosing(plan, Limits::default(), true, Arc::new(choice), filling);
/// let mut out = Vec::new();
/// shaper.write(b"<i class=card data-id=1>For</i><i class=card data-id=2>you</i>", &mut out)?;
/// shaper.end(&mut out)?;
/// assert_eq!(out, b"<i class=card data-id=8>Best</i><i class=card data-id=1>For</i>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct HtmlItems {
    select: Place,
    /// Id, class of data and topic, by the names that they have in the list.
    signs: Vec<(&'static str, Sign)>,
}

/// Where an item says something of itself.
///
/// See the example of [`HtmlItems`].
#[derive(Clone, Debug)]
pub enum Sign {
    /// In an attribute of its own.
    Attribute(String),
    /// As the text of an element in it. There must be one only.
    Element(Place),
}

/// Reads a page and puts into the places of its items those that the list gives.
pub(super) struct Chooser {
    /// No lock is ever waited for: it makes what is `Send` `Sync`.
    reader: Mutex<send::HtmlRewriter<'static, Sink>>,
    desk: Arc<Mutex<Desk>>,
}

struct Desk {
    items: Arc<HtmlItems>,
    limits: Limits,
    /// The attributes at which selectors look.
    looked_at: BTreeSet<String>,
    open: Open,
    /// Which parts of selectors meet the present start tag.
    parts: Vec<Part>,
    crossing: Crossing,
    list: List,
    has_items: bool,
    item: Option<Present>,
    /// What the list has given for the present place.
    placed: Vec<u8>,
    out: Vec<u8>,
    failed: Option<DoubtKind>,
}

pub(super) enum List {
    /// Gives each place what may stand there.
    Choosing(Box<JsonShaper>),
    /// Keeps all.
    Keeping(Vec<u8>),
}

/// The item that is passing.
struct Present {
    signs: Vec<Found>,
    /// Whether its end tag comes next.
    is_ending: bool,
}

#[derive(Clone)]
enum Found {
    Nothing,
    Text(String),
    /// Twice, or too long to be read.
    Unclear,
}

struct Sink(Arc<Mutex<Desk>>);

impl HtmlItems {
    /// The elements that a selector names. An item within an item is part of it.
    pub fn new(select: Place) -> Self {
        Self { select, signs: Vec::new() }
    }

    /// Where an item has its id.
    #[must_use]
    pub fn with_id(self, sign: Sign) -> Self {
        self.with("id", sign)
    }

    /// Where an item says which class of data chose it.
    #[must_use]
    pub fn with_data(self, sign: Sign) -> Self {
        self.with("data", sign)
    }

    /// Where an item says what it is about.
    #[must_use]
    pub fn with_topic(self, sign: Sign) -> Self {
        self.with("topic", sign)
    }

    fn with(mut self, name: &'static str, sign: Sign) -> Self {
        self.signs.push((name, sign));
        self
    }

    /// The selectors of items and of what they say: each sign with its number, and items with the next one.
    fn numbered(&self) -> impl Iterator<Item = (usize, &Place)> {
        let signs = self.signs.iter().enumerate().filter_map(|(at, (_, sign))| match sign {
            Sign::Element(place) => Some((at, place)),
            Sign::Attribute(_) => None,
        });
        signs.chain([(self.signs.len(), &self.select)])
    }

    /// The items of a whole page; `None` where it cannot be read.
    pub(super) fn filling(self: &Arc<Self>, choice: &Choice, limits: Limits, page: &[u8]) -> Option<Filling> {
        let mut chooser = Chooser::with(Arc::clone(self), limits, List::Keeping(Vec::new()));
        let mut rest = Vec::new();
        std::str::from_utf8(page).ok()?;
        chooser.write(page, &mut rest).ok()?;
        let list = chooser.end(&mut rest).ok()?;
        let List::Keeping(mut list) = list else { return None };
        list.extend_from_slice(if list.is_empty() { b"[]" } else { b"]" });
        Filling::read(choice, in_the_list(limits), &Bytes::from(list)).ok()
    }
}

impl List {
    /// How many items were not shown.
    pub(super) fn withheld(&self) -> Withheld {
        match self {
            Self::Choosing(list) => list.withheld(),
            Self::Keeping(_) => Withheld::default(),
        }
    }
}

impl Sign {
    /// Reads `@` and the name of an attribute, or a selector.
    ///
    /// # Errors
    ///
    /// What is no selector, or cannot be matched in one pass.
    pub fn parse(sign: &str) -> Result<Self, super::SelectorError> {
        match sign.strip_prefix('@') {
            Some(attribute) => Ok(Self::Attribute(attribute.to_ascii_lowercase())),
            None => Place::parse(sign).map(Self::Element),
        }
    }
}

impl Chooser {
    pub(super) fn new(
        items: Arc<HtmlItems>,
        limits: Limits,
        choice: Arc<Choice>,
        filling: Option<Arc<Filling>>,
    ) -> Self {
        let plan = Arc::new(JsonPlan::new([], Path::parse("$[*]").ok().as_ref()));
        let list = JsonShaper::choosing(plan, in_the_list(limits), choice, filling);
        Self::with(items, limits, List::Choosing(Box::new(list)))
    }

    fn with(items: Arc<HtmlItems>, limits: Limits, list: List) -> Self {
        let desk = Arc::new(Mutex::new(Desk {
            items: Arc::clone(&items),
            limits,
            looked_at: items.numbered().flat_map(|(_, place)| place.looks_at()).collect(),
            open: Open::default(),
            parts: Vec::new(),
            crossing: Crossing::new(items.numbered()),
            list,
            has_items: false,
            item: None,
            placed: Vec::new(),
            out: Vec::new(),
            failed: None,
        }));
        let reader = send::HtmlRewriter::new(settings(&items, limits, &desk), Sink(Arc::clone(&desk)));
        Self { reader: Mutex::new(reader), desk }
    }

    /// Reads the next piece.
    pub(super) fn write(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), DoubtKind> {
        let reader = self.reader.get_mut().unwrap_or_else(PoisonError::into_inner);
        let written = reader.write(piece).map_err(kind);
        let mut desk = lock(&self.desk);
        out.append(&mut desk.out);
        written.and(desk.failed.map_or(Ok(()), Err))
    }

    /// Ends the page; an item that has not ended is none.
    pub(super) fn end(self, out: &mut Vec<u8>) -> Result<List, DoubtKind> {
        let reader = self.reader.into_inner().unwrap_or_else(PoisonError::into_inner);
        reader.end().map_err(kind)?;
        let mut desk = lock(&self.desk);
        if desk.item.is_some() || desk.out.contains(&b'<') {
            return Err(DoubtKind::CutShort);
        }
        out.append(&mut desk.out);
        Ok(std::mem::replace(&mut desk.list, List::Keeping(Vec::new())))
    }
}

fn settings(items: &Arc<HtmlItems>, limits: Limits, desk: &Arc<Mutex<Desk>>) -> send::Settings<'static, 'static> {
    let mut settings = send::Settings::new_send().with_memory_settings(memory(limits)).with_strict(true);
    let selected = Arc::clone(desk);
    let handlers = send::ElementContentHandlers::default()
        .element(move |element: &mut Element<'_, '_>| item_begins(&selected, element));
    settings = settings.append_element_content_handler((Cow::Owned((*items.select.selector).clone()), handlers));
    for (at, (_, sign)) in items.signs.iter().enumerate() {
        let Sign::Element(place) = sign else { continue };
        let (found, reads) = (Arc::clone(desk), Arc::clone(desk));
        let handlers = send::ElementContentHandlers::default()
            .element(move |_: &mut Element<'_, '_>| {
                lock(&found).sign(at, |found| match found {
                    Found::Nothing => Found::Text(String::new()),
                    _ => Found::Unclear,
                });
                Ok(())
            })
            .text(move |text: &mut TextChunk<'_>| {
                lock(&reads).sign(at, |found| match found {
                    Found::Text(known) if known.len() + text.as_str().len() <= LONGEST_SIGN => {
                        Found::Text(known + text.as_str())
                    }
                    _ => Found::Unclear,
                });
                Ok(())
            });
        settings = settings.append_element_content_handler((Cow::Owned((*place.selector).clone()), handlers));
    }
    for (part, selector) in lock(desk).crossing.parts() {
        let meets = Arc::clone(desk);
        let handlers = send::ElementContentHandlers::default().element(move |_: &mut Element<'_, '_>| {
            lock(&meets).parts.push(part);
            Ok(())
        });
        settings = settings.append_element_content_handler((Cow::Owned(selector.clone()), handlers));
    }
    let every = Arc::clone(desk);
    let handlers =
        send::ElementContentHandlers::default().element(move |element: &mut Element<'_, '_>| begins(&every, element));
    match "*".parse() {
        Ok(any) => settings.append_element_content_handler((Cow::Owned(any), handlers)),
        Err(_) => settings,
    }
}

/// An element begins that is an item, unless it lies in one.
fn item_begins(desk: &Arc<Mutex<Desk>>, element: &mut Element<'_, '_>) -> HandlerResult {
    let mut at_desk = lock(desk);
    if at_desk.item.is_some() {
        return Ok(());
    }
    let signs = at_desk.items.signs.iter().map(|(_, sign)| match sign {
        Sign::Attribute(name) => element.get_attribute(name).map_or(Found::Nothing, Found::Text),
        Sign::Element(_) => Found::Nothing,
    });
    let signs = signs.collect();
    at_desk.item = Some(Present { signs, is_ending: !element.can_have_content() });
    let begins: &[u8] = if at_desk.has_items { b",{\"html\":\"" } else { b"[{\"html\":\"" };
    at_desk.has_items = true;
    at_desk.hand_on(begins).map_err(trouble)?;
    if !element.can_have_content() {
        return Ok(());
    }
    let (name, desk) = (element.tag_name(), Arc::clone(desk));
    element.on_end_tag(Box::new(move |end: &mut EndTag<'_>| {
        // Where an item without an end tag of its own ends, its neighbours would have to say.
        if end.name() != name {
            return doubt(DoubtKind::Markup);
        }
        if let Some(item) = &mut lock(&desk).item {
            item.is_ending = true;
        }
        Ok(())
    }))
}

/// Any element begins.
fn begins(desk: &Arc<Mutex<Desk>>, element: &mut Element<'_, '_>) -> HandlerResult {
    let name = element.tag_name();
    let mut at_desk = lock(desk);
    let at_desk = &mut *at_desk;
    if at_desk.looked_at.iter().any(|attribute| is_referred(element, attribute)) {
        return doubt(DoubtKind::Markup);
    }
    let most = at_desk.limits.depth;
    at_desk.open.begins(&name, element.can_have_content(), most).map_err(trouble)?;
    at_desk.crosses(&name, element.can_have_content()).map_err(trouble)?;
    if !element.can_have_content() {
        return Ok(());
    }
    let desk = Arc::clone(desk);
    element.on_end_tag(Box::new(move |end: &mut EndTag<'_>| {
        let mut desk = lock(&desk);
        let is_within = desk.item.is_some();
        desk.crossing.ends();
        desk.open.ends(&name, &end.name(), is_within).map_err(trouble)
    }))
}

impl Desk {
    /// What may come to be an item by tags that cross is doubt; what may come to say something of one says nothing.
    fn crosses(&mut self, name: &str, holds: bool) -> Result<(), DoubtKind> {
        let parts = std::mem::take(&mut self.parts);
        for unclear in self.crossing.begins(name, holds, parts) {
            if unclear < self.items.signs.len() {
                self.sign(unclear, |_| Found::Unclear);
            } else if self.item.is_none() {
                return Err(DoubtKind::Markup);
            }
        }
        Ok(())
    }

    fn sign(&mut self, at: usize, read: impl FnOnce(Found) -> Found) {
        if let Some(found) = self.item.as_mut().and_then(|item| item.signs.get_mut(at)) {
            *found = read(std::mem::replace(found, Found::Unclear));
        }
    }

    /// Takes what has been read.
    fn take(&mut self, html: &[u8]) -> Result<(), DoubtKind> {
        let Some(is_ending) = self.item.as_ref().map(|item| item.is_ending) else {
            self.out.extend_from_slice(html);
            return Ok(());
        };
        let mut escaped = Vec::with_capacity(html.len() + html.len() / 8);
        escape(html, &mut escaped);
        self.hand_on(&escaped)?;
        if is_ending { self.item_ends() } else { Ok(()) }
    }

    fn item_ends(&mut self) -> Result<(), DoubtKind> {
        let Some(Present { signs, .. }) = self.item.take() else { return Ok(()) };
        let mut end = String::from("\"");
        for ((name, _), found) in self.items.signs.iter().zip(signs) {
            let said = match found {
                Found::Nothing => continue,
                Found::Unclear => None,
                Found::Text(written) => reference::decode(&written).map(|text| Value::from(text.trim()).to_string()),
            };
            // An array is nothing that a list can read.
            end += &format!(",\"{name}\":{}", said.unwrap_or_else(|| "[]".to_owned()));
        }
        end += "}\n";
        self.hand_on(end.as_bytes())?;
        let placed = std::mem::take(&mut self.placed);
        let begins = placed.iter().position(|byte| *byte == b'{').unwrap_or(placed.len());
        let object = placed.get(begins..).unwrap_or_default();
        if !object.is_empty() {
            let object: Value = serde_json::from_slice(object).map_err(|_| DoubtKind::Syntax)?;
            let html = object.get("html").and_then(Value::as_str).unwrap_or_default();
            self.out.extend_from_slice(html.as_bytes());
        }
        Ok(())
    }

    /// Hands JSON on to the list.
    fn hand_on(&mut self, json: &[u8]) -> Result<(), DoubtKind> {
        match &mut self.list {
            List::Keeping(list) => {
                list.extend_from_slice(json);
                Ok(())
            }
            List::Choosing(list) => list.write(json, &mut self.placed).map_err(|doubt| doubt.kind()),
        }
    }
}

impl OutputSink for Sink {
    fn handle_chunk(&mut self, chunk: &[u8]) {
        let mut desk = lock(&self.0);
        if !chunk.is_empty()
            && desk.failed.is_none()
            && let Err(kind) = desk.take(chunk)
        {
            desk.failed = Some(kind);
        }
    }
}

impl fmt::Debug for Chooser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chooser")
    }
}

/// As it stands in a string of JSON. A character may be cut.
fn escape(html: &[u8], json: &mut Vec<u8>) {
    for byte in html {
        match byte {
            b'"' | b'\\' => json.extend_from_slice(&[b'\\', *byte]),
            b'\n' => json.extend_from_slice(b"\\n"),
            0..0x20 => json.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => json.push(*byte),
        }
    }
}

/// What the list may keep.
fn in_the_list(limits: Limits) -> Limits {
    Limits { item: limits.item, ..Limits::default() }
}

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

const LONGEST_SIGN: usize = 1024;
