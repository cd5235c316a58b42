//! Whether a page says that it is UTF-8, as the search of the HTML standard (section 13.2.3.2) finds it.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use lol_html::{ElementContentHandlers, send};

/// What a page says of its charset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Utf8,
    Another,
    Nothing,
}

/// How far it is looked for.
pub(super) const PRESCAN: usize = 1024;

/// The first word that the beginning of a page says: a byte order mark, or a `<meta>` that is complete.
pub(super) fn said(beginning: &[u8]) -> Said {
    if beginning.starts_with(BYTE_ORDER_MARK) {
        return Said::Utf8;
    }
    let found = Arc::new(AtomicU8::new(0));
    let (Ok(meta), note) = ("meta".parse::<lol_html::Selector>(), Arc::clone(&found)) else { return Said::Nothing };
    let look = move |element: &mut send::Element<'_, '_>| {
        if let Some(charset) = declared(element) {
            let word = if is_utf8(&charset) { 1 } else { 2 };
            let _first = note.compare_exchange(0, word, Ordering::Relaxed, Ordering::Relaxed);
        }
        Ok(())
    };
    let handlers: send::ElementContentHandlers<'_> = ElementContentHandlers::default().element(look);
    let settings = send::Settings::new_send()
        .with_strict(false)
        .append_element_content_handler((std::borrow::Cow::Owned(meta), handlers));
    let mut rewriter = send::HtmlRewriter::new(settings, |_: &[u8]| ());
    // What is not complete says nothing yet.
    let _incomplete = rewriter.write(beginning);
    match found.load(Ordering::Relaxed) {
        1 => Said::Utf8,
        2 => Said::Another,
        _ => Said::Nothing,
    }
}

/// Whether a label is one of UTF-8 (Encoding standard, section 4.2). A page that says UTF-16 in itself cannot be in it.
pub(in crate::shaping) fn is_utf8(label: &str) -> bool {
    let label = label.trim_ascii().to_ascii_lowercase();
    ["utf-8", "utf8", "unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"].contains(&&*label)
}

fn declared(element: &send::Element<'_, '_>) -> Option<String> {
    if let Some(charset) = element.get_attribute("charset") {
        return Some(charset);
    }
    let is_content_type = element.get_attribute("http-equiv")?.eq_ignore_ascii_case("content-type");
    let content = element.get_attribute("content").filter(|_| is_content_type)?.to_ascii_lowercase();
    let (_, charset) = content.split_once("charset")?;
    let charset = charset.trim_ascii_start().strip_prefix('=')?.trim_ascii();
    let end = charset.find(|letter: char| letter == ';' || letter.is_ascii_whitespace()).unwrap_or(charset.len());
    Some(charset.get(..end)?.trim_matches(['"', '\'']).to_owned())
}

pub(super) const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_its_charset_or_it_does_not() {
        for (page, says) in [
            ("\u{feff}<p>", Said::Utf8),
            ("<!doctype html><html><head><meta charset=UTF-8>", Said::Utf8),
            ("<meta name=x><META CHARSET=' utf8 '>", Said::Utf8),
            ("<meta http-equiv=Content-Type content='text/html; charset=utf-8'>", Said::Utf8),
            ("<meta http-equiv=Content-Type content='text/html; charset = \"UTF-8\" ; x'>", Said::Utf8),
            ("<meta charset=latin1><meta charset=utf-8>", Said::Another),
            ("<meta charset=utf-16>", Said::Another),
            ("<meta charset=utf-8", Said::Nothing),
            ("<meta http-equiv=refresh content='charset=utf-8'>", Said::Nothing),
            ("<!-- <meta charset=utf-8> -->", Said::Nothing),
            ("<p>", Said::Nothing),
            ("", Said::Nothing),
        ] {
            assert_eq!(said(page.as_bytes()), says, "{page}");
        }
    }
}
