//! Pictures and formulas in a page: SVG and MathML (HTML standard, section 13.2.6.5: foreign content).
//!
//! Where one ends, and where HTML stands in one, the parser knows by the names of tags alone, and browsers by the elements that are
//! open. Where the two differ one takes for tags what the other takes for text. So what the parser says is compared with what the
//! open elements say.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
};

use lol_html::{
    Selector,
    html_content::{Comment, TextChunk, TextType},
    send,
};

use super::parser::doubt;
use crate::shaping::DoubtKind;

/// The languages of elements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Language {
    #[default]
    Html,
    Svg,
    MathMl,
}

impl Language {
    /// The language of a namespace.
    pub(super) fn of(namespace: &str) -> Self {
        match namespace {
            "http://www.w3.org/2000/svg" => Self::Svg,
            "http://www.w3.org/1998/Math/MathML" => Self::MathMl,
            _ => Self::Html,
        }
    }

    pub(super) fn within(self, name: &str) -> Self {
        if self.is_left_in(name) { Self::Html } else { self.of_element(name) }
    }

    /// That of an element which stands here.
    fn of_element(self, name: &str) -> Self {
        match (self, name) {
            (Self::Html, "svg") => Self::Svg,
            (Self::Html, "math") => Self::MathMl,
            (other, _) => other,
        }
    }

    /// Whether what stands in an element which stands here is HTML again.
    fn is_left_in(self, name: &str) -> bool {
        match self {
            Self::Html => false,
            Self::Svg => matches!(name, "foreignobject" | "desc" | "title"),
            Self::MathMl => matches!(name, "mi" | "mo" | "mn" | "ms" | "mtext"),
        }
    }

    /// Whether browsers end a picture or formula where this start tag stands, or have ended one that is still `read` on, or the other
    /// way round; or it is read by rules that not every reader has.
    pub(super) fn is_unclear_at(self, name: &str, read: Self, holds: bool) -> bool {
        let is_foreign = self != Self::Html;
        let begins_foreign = matches!(name, "svg" | "math");
        (is_foreign && (ENDS_FOREIGN.contains(&name) || begins_foreign))
            || (begins_foreign && !holds)
            || (read != self.of_element(name) && !self.is_left_in(name))
            || matches!(name, "mglyph" | "malignmark" | "annotation-xml")
    }
}

/// Watches what stands in pictures and formulas as characters, with tags that are none (`<![CDATA[`): in HTML that is a comment, which
/// ends elsewhere. It is doubt where the parser takes it for one and, by the open elements, it is the other. `language` is that of
/// what stands at the present place.
pub(super) fn watched<D: Send + 'static>(
    mut settings: send::Settings<'static, 'static>,
    desk: &Arc<Mutex<D>>,
    language: fn(&D) -> Language,
) -> send::Settings<'static, 'static> {
    for name in ["svg", "math"] {
        let [text, comment] = [Arc::clone(desk), Arc::clone(desk)];
        let is_html =
            move |desk: &Mutex<D>| language(&desk.lock().unwrap_or_else(PoisonError::into_inner)) == Language::Html;
        let handlers = send::ElementContentHandlers::default()
            .text(move |chunk: &mut TextChunk<'_>| {
                let is_unclear = chunk.text_type() == TextType::CDataSection && is_html(&text);
                if is_unclear { doubt(DoubtKind::Markup) } else { Ok(()) }
            })
            .comments(move |chunk: &mut Comment<'_>| {
                let is_unclear = chunk.text().starts_with("[CDATA[") && !is_html(&comment);
                if is_unclear { doubt(DoubtKind::Markup) } else { Ok(()) }
            });
        if let Ok(selector) = name.parse::<Selector>() {
            settings = settings.append_element_content_handler((Cow::Owned(selector), handlers));
        }
    }
    settings
}

/// What cannot stand in a picture or formula (HTML standard, section 13.2.6.5); of `font` its attributes decide, so it may not either.
const ENDS_FOREIGN: [&str; 45] = [
    "b",
    "big",
    "blockquote",
    "body",
    "br",
    "center",
    "code",
    "dd",
    "div",
    "dl",
    "dt",
    "em",
    "embed",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "hr",
    "i",
    "img",
    "li",
    "listing",
    "menu",
    "meta",
    "nobr",
    "ol",
    "p",
    "pre",
    "ruby",
    "s",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tt",
    "u",
    "ul",
    "var",
];
