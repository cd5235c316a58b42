//! Puts into the places of a page's items those that the list gives.
//!
//! The list that decides is that of JSON: each element becomes an object with its own HTML and what it says of itself, and what
//! comes out of the list in its place becomes HTML again. The rules act on that afterwards.

mod list;

use std::{
    borrow::Cow,
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use lol_html::{
    HandlerResult, OutputSink,
    html_content::{EndTag, TextChunk},
    send::{self, Element},
};

use self::list::List;
use super::{
    crossing::{Crossing, Part},
    foreign::{self, Read},
    items::{HtmlItems, Sign},
    nesting::Open,
    parser::{doubt, is_referred, kind, memory, trouble},
    reference,
};
use crate::shaping::{
    DoubtKind,
    items::{Choice, Filling, Withheld},
    json::Limits,
};

/// Reads a page, and gives it with the items that the list gives.
pub(super) struct Chooser {
    /// No lock is ever waited for: it makes what is `Send` `Sync`.
    reader: Mutex<send::HtmlRewriter<'static, Sink>>,
    desk: Arc<Mutex<Desk>>,
}

/// What has been read of the page.
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
    item: Option<Present>,
    out: Vec<u8>,
    failed: Option<DoubtKind>,
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

/// Takes what the reader passes on.
struct Sink(Arc<Mutex<Desk>>);

impl Chooser {
    pub(super) fn new(
        items: Arc<HtmlItems>,
        limits: Limits,
        choice: Arc<Choice>,
        filling: Option<Arc<Filling>>,
    ) -> Self {
        Self::with(items, limits, List::choosing(limits, choice, filling))
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
            item: None,
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

    /// Ends the page; an item that has not ended is none. Gives how many items were not shown.
    pub(super) fn end(self, out: &mut Vec<u8>) -> Result<Withheld, DoubtKind> {
        Ok(self.ended(out)?.withheld())
    }

    fn ended(self, out: &mut Vec<u8>) -> Result<List, DoubtKind> {
        let reader = self.reader.into_inner().unwrap_or_else(PoisonError::into_inner);
        reader.end().map_err(kind)?;
        let mut desk = lock(&self.desk);
        if desk.item.is_some() || desk.out.contains(&b'<') {
            return Err(DoubtKind::CutShort);
        }
        out.append(&mut desk.out);
        Ok(std::mem::replace(&mut desk.list, List::keeping()))
    }
}

/// The items of a whole page; `None` where it cannot be read.
pub(super) fn filling(items: &Arc<HtmlItems>, choice: &Choice, limits: Limits, page: &[u8]) -> Option<Filling> {
    let mut chooser = Chooser::with(Arc::clone(items), limits, List::keeping());
    let mut rest = Vec::new();
    std::str::from_utf8(page).ok()?;
    chooser.write(page, &mut rest).ok()?;
    chooser.ended(&mut rest).ok()?.filling(choice, limits)
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
    let around = Arc::clone(desk);
    settings = foreign::watched(settings, move || lock(&around).open.around());
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
    at_desk.list.item_begins().map_err(trouble)?;
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
    let (most, holds) = (at_desk.limits.depth, element.can_have_content());
    let is_item = at_desk.item.as_ref().is_some_and(|item| item.is_ending);
    let is_met = is_item || !at_desk.parts.is_empty();
    at_desk.open.begins(&name, Read::of(element), is_met, most).map_err(trouble)?;
    at_desk.crosses(&name, holds).map_err(trouble)?;
    if !holds {
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
        self.list.item_goes_on(html)?;
        if is_ending { self.item_ends() } else { Ok(()) }
    }

    fn item_ends(&mut self) -> Result<(), DoubtKind> {
        let Some(Present { signs, .. }) = self.item.take() else { return Ok(()) };
        let named = self.items.signs.iter().map(|(name, _)| *name).zip(signs);
        let said = named.filter_map(|(name, found)| match found {
            Found::Nothing => None,
            Found::Unclear => Some((name, None)),
            Found::Text(written) => Some((name, reference::decode(&written))),
        });
        self.out.extend_from_slice(self.list.item_ends(said)?.as_bytes());
        Ok(())
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

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}

const LONGEST_SIGN: usize = 1024;
