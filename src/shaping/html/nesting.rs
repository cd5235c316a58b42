//! Which end tags close what was opened last, as browsers understand it.

/// Whether an element's end tag may be left out (HTML standard, section 13.1.2.4), apart from `html`, `head` and `body`.
pub(super) fn is_optional(element: &str) -> bool {
    !closers(element).is_empty()
}

/// Whether the end tag of `closer` ends an element whose own end tag was left out.
pub(super) fn may_close(closer: &str, element: &str) -> bool {
    closers(element).contains(&closer)
}

/// Whether the end tag ends the page: whatever is open then gets no more content.
pub(super) fn ends_the_page(closer: &str) -> bool {
    matches!(closer, "body" | "html")
}

/// Whether browsers pass over the start tag of an element in what is `open`, the outermost first: a part of a table that is in none.
pub(super) fn is_passed_over(element: &str, open: &[String]) -> bool {
    let is_part = matches!(element, "caption" | "col" | "colgroup" | "tbody" | "td" | "tfoot" | "th" | "thead" | "tr");
    let holds = open.iter().rev().find(|above| !is_optional(above));
    is_part && !holds.is_some_and(|above| matches!(&**above, "table" | "template"))
}

/// Whether an element can stand before the body.
pub(super) fn is_of_the_head(element: &str) -> bool {
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
