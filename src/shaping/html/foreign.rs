//! Pictures and formulas in a page: SVG and MathML (HTML standard, section 13.2.6.5: foreign content).
//!
//! Where one ends, and where HTML stands in one, the parser knows by the names of tags alone, and browsers by the elements that are
//! open; and an end tag that closes nothing is told to nobody. Where the two differ, one takes for tags what the other takes for
//! text. So in a picture or formula there is only what both read in the same way: no HTML, no other picture or formula, no text with
//! tags in it.

use std::borrow::Cow;

use lol_html::{
    HandlerResult, Selector,
    html_content::{Comment, TextChunk},
    send::{self, Element},
};

use super::parser::doubt;
use crate::shaping::DoubtKind;

/// What an element stands in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Around {
    #[default]
    Html,
    Svg,
    MathMl,
    /// In a picture or formula, where HTML may stand, or what HTML takes for text alone.
    Text,
}

/// How the parser reads a start tag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Read {
    pub(super) language: Around,
    /// Whether it is written as its own end tag, and whether anything stands in the element.
    pub(super) is_closed: bool,
    pub(super) holds: bool,
}

impl Read {
    pub(super) fn of(element: &Element<'_, '_>) -> Self {
        let language = match element.namespace_uri() {
            "http://www.w3.org/2000/svg" => Around::Svg,
            "http://www.w3.org/1998/Math/MathML" => Around::MathMl,
            _ => Around::Html,
        };
        Self { language, is_closed: element.is_self_closing(), holds: element.can_have_content() }
    }
}

impl Around {
    pub(super) fn is_foreign(self) -> bool {
        self != Self::Html
    }

    /// What stands in an element that stands here; `None` where not every reader takes it for the same.
    pub(super) fn within(self, name: &str, read: Read) -> Option<Self> {
        if matches!(name, "mglyph" | "malignmark" | "annotation-xml") {
            return None;
        }
        let begins = match name {
            "svg" => Some(Self::Svg),
            "math" => Some(Self::MathMl),
            _ => None,
        };
        match (self, begins) {
            (Self::Html, None) => (read.language == Self::Html).then_some(Self::Html),
            // The parser does not leave one that has no end tag.
            (Self::Html, Some(begun)) => (read.holds && read.language == begun).then_some(begun),
            (Self::Svg | Self::MathMl, None) if !ENDS_FOREIGN.contains(&name) && read.is_closed != read.holds => {
                if self.may_hold_html(name) {
                    return Some(Self::Text);
                }
                let inside = if is_text(name) { Self::Text } else { self };
                (read.language == self).then_some(inside)
            }
            _ => None,
        }
    }

    /// Whether HTML may stand in an element that stands here (an integration point).
    fn may_hold_html(self, name: &str) -> bool {
        match self {
            Self::Svg => matches!(name, "foreignobject" | "desc" | "title"),
            Self::MathMl => matches!(name, "mi" | "mo" | "mn" | "ms" | "mtext"),
            Self::Html | Self::Text => false,
        }
    }
}

/// Whether HTML takes all that stands in an element for text.
fn is_text(name: &str) -> bool {
    matches!(
        name,
        "iframe"
            | "noembed"
            | "noframes"
            | "noscript"
            | "plaintext"
            | "script"
            | "style"
            | "textarea"
            | "title"
            | "xmp"
    )
}

/// Has the text and comments of pictures and formulas looked at; `around` is what they stand in.
pub(super) fn watched(
    settings: send::Settings<'static, 'static>,
    around: impl Fn() -> Around + Send + 'static,
) -> send::Settings<'static, 'static> {
    let handlers = send::ElementContentHandlers::default()
        .text(text)
        .comments(move |comment: &mut Comment<'_>| commented(comment, around() == Around::Text));
    match "svg, math".parse::<Selector>() {
        Ok(any) => settings.append_element_content_handler((Cow::Owned(any), handlers)),
        Err(_) => settings,
    }
}

/// Another reader may find tags in it.
fn text(chunk: &mut TextChunk<'_>) -> HandlerResult {
    if chunk.as_str().contains('<') { doubt(DoubtKind::Markup) } else { Ok(()) }
}

/// Another reader may take it for text: `<![CDATA[`, and all where there is only text.
fn commented(comment: &Comment<'_>, is_text: bool) -> HandlerResult {
    if is_text || comment.text().starts_with("[CDATA[") { doubt(DoubtKind::Markup) } else { Ok(()) }
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
