//! Which end tags close what was opened last, as browsers understand it.

use super::foreign::{Around, Read};
use crate::shaping::DoubtKind;

/// The elements that are open, as the tags say that came.
#[derive(Debug, Default)]
pub(super) struct Open {
    /// For each of them, what is known of what stands in it.
    contents: Vec<Content>,
    /// How many of them must have an end tag.
    depth: usize,
    /// Whether anything has come that stands in the page's body.
    has_body: bool,
    /// Whether the page's own end tag has come.
    has_ended: bool,
}

/// What is known of what stands in an element.
#[derive(Clone, Copy, Debug, Default)]
struct Content {
    around: Around,
    is_in_select: bool,
    /// Whether, of what is open and must have an end tag, a table or a template is the innermost.
    is_in_table: bool,
    /// Whether, of what is a part of a table or one, a row or a template is the innermost; nothing where there is none.
    is_in_row: Option<bool>,
}

impl Open {
    /// An element begins, which the parser has read so, and which a selector may have met; if it holds anything, it is open now. No
    /// more than `most` are that must have an end tag.
    pub(super) fn begins(&mut self, name: &str, read: Read, is_met: bool, most: usize) -> Result<(), DoubtKind> {
        let outer = self.contents.last().copied().unwrap_or_default();
        let lacks_a_row = matches!(name, "td" | "th") && outer.is_in_row == Some(false);
        let passes_over = is_part_of_table(name) && !outer.is_in_table;
        // What a second one says, browsers add to the first.
        let is_late = self.has_body && matches!(name, "html" | "head" | "body");
        self.has_body |= !is_of_the_head(name);
        // Some browsers pass over a picture or formula there, and with the others the list ends.
        let ends_a_list =
            outer.is_in_select && matches!(name, "svg" | "math" | "select" | "input" | "keygen" | "textarea");
        // In a table an end tag of what was put in may have ended the picture or formula, and then this one is open in browsers.
        let may_hold = is_met && !read.holds && outer.around.is_foreign() && outer.is_in_row.is_some();
        let is_unclear = is_late || self.has_ended || passes_over || lacks_a_row || ends_a_list || may_hold;
        let around = outer.around.within(name, read).filter(|_| !is_unclear).ok_or(DoubtKind::Markup)?;
        if read.holds {
            self.contents.push(Content { around, ..outer.within(name) });
            self.depth += usize::from(!is_optional(name));
        }
        if self.depth > most { Err(DoubtKind::TooDeep) } else { Ok(()) }
    }

    /// What the next element or text stands in.
    pub(super) fn around(&self) -> Around {
        self.contents.last().map(|content| content.around).unwrap_or_default()
    }

    /// The element that was opened last ends with this end tag, its own or that of another. With the page may end whatever
    /// nothing `acts` on.
    pub(super) fn ends(&mut self, name: &str, closer: &str, acts: bool) -> Result<(), DoubtKind> {
        let content = self.contents.pop().unwrap_or_default();
        self.depth = self.depth.saturating_sub(usize::from(!is_optional(name)));
        let ends_the_page = matches!(closer, "body" | "html");
        self.has_ended |= ends_the_page;
        let fits =
            closer == name || may_close(closer, name) || (ends_the_page && !acts && !content.around.is_foreign());
        if fits { Ok(()) } else { Err(DoubtKind::Markup) }
    }
}

impl Content {
    /// What is known of what stands in an element that stands here.
    fn within(self, name: &str) -> Self {
        Self {
            around: self.around,
            is_in_select: self.is_in_select || name == "select",
            is_in_table: if is_optional(name) { self.is_in_table } else { matches!(name, "table" | "template") },
            is_in_row: match name {
                "tr" | "template" => Some(true),
                "tbody" | "thead" | "tfoot" | "table" => Some(false),
                _ => self.is_in_row,
            },
        }
    }
}

/// What stands in tables only; elsewhere browsers pass over the start tag.
fn is_part_of_table(name: &str) -> bool {
    matches!(name, "caption" | "col" | "colgroup" | "tbody" | "td" | "tfoot" | "th" | "thead" | "tr")
}

/// Whether an element's end tag may be left out (HTML standard, section 13.1.2.4), apart from `html`, `head` and `body`.
fn is_optional(element: &str) -> bool {
    !closers(element).is_empty()
}

/// Whether the end tag of `closer` ends an element whose own end tag was left out.
fn may_close(closer: &str, element: &str) -> bool {
    closers(element).contains(&closer)
}

/// Whether an element can stand before the body.
fn is_of_the_head(element: &str) -> bool {
    matches!(
        element,
        "html" | "head" | "base" | "link" | "meta" | "noscript" | "script" | "style" | "template" | "title"
    )
}

/// Those in which an element can stand without an end tag of its own. None of them can have been closed by its start tag, so that
/// the end tag is theirs.
fn closers(element: &str) -> &'static [&'static str] {
    match element {
        "li" => &["ul", "ol", "menu", "template"],
        "dt" | "dd" => &["dl", "template"],
        "p" => &PARAGRAPHS,
        "option" => &["select", "optgroup", "datalist", "template"],
        "optgroup" => &["select", "template"],
        "rb" | "rp" | "rt" | "rtc" => &["ruby", "template"],
        "td" | "th" => &["tr", "tbody", "thead", "tfoot", "table", "template"],
        "tr" => &["tbody", "thead", "tfoot", "table", "template"],
        "tbody" | "thead" | "tfoot" | "caption" | "colgroup" => &["table", "template"],
        _ => &[],
    }
}

/// What closes a paragraph with its start tag, or can stand in none.
const PARAGRAPHS: [&str; 37] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "button",
    "caption",
    "center",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "li",
    "main",
    "menu",
    "nav",
    "pre",
    "search",
    "section",
    "summary",
    "td",
    "template",
    "th",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_tag_closes_what_may_be_left_open_and_nothing_else() {
        for (closer, element) in
            [("ul", "li"), ("div", "p"), ("table", "td"), ("tr", "td"), ("dl", "dd"), ("select", "option")]
        {
            assert!(may_close(closer, element), "{closer} {element}");
        }
        // A browser closes the one that came first when the other begins, and passes over its end tag.
        for (closer, element) in [
            ("div", "span"),
            ("span", "p"),
            ("p", "li"),
            ("div", "li"),
            ("li", "li"),
            ("dt", "dd"),
            ("td", "th"),
            ("ruby", "p"),
            ("tr", "tbody"),
            ("section", "div"),
        ] {
            assert!(!may_close(closer, element), "{closer} {element}");
        }
        assert!(is_optional("li") && !is_optional("div") && !is_optional("body"));
    }
}
