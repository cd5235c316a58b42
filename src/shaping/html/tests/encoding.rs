//! The characters of a page: what is no UTF-8, and which charset it says.

use super::*;

#[test]
fn what_is_no_utf_8_is_doubt_and_a_character_may_be_cut() {
    let plan = elements(&[(".x", Treatment::Null)]);
    for (page, doubt) in [
        (&b"<p>\xff</p>"[..], Some(DoubtKind::Utf8)),
        (b"<p>\xc3</p>", Some(DoubtKind::Utf8)),
        (b"<p>\xc3", Some(DoubtKind::CutShort)),
        ("<p>\u{1f600}\u{e9}</p>".as_bytes(), None),
    ] {
        for size in 1..=page.len() {
            let (mut shaper, mut out) = (HtmlShaper::new(Arc::clone(&plan), Limits::default(), true), Vec::new());
            let written = page.chunks(size).try_for_each(|piece| shaper.write(piece, &mut out));
            let ended = written.and_then(|()| shaper.end(&mut out)).map_err(|doubt| doubt.kind());
            assert_eq!(ended.err(), doubt, "{page:?} by {size}");
        }
    }
}

#[test]
fn a_page_says_its_charset_before_anything_of_it_leaves() {
    let plan = elements(&[(".x", Treatment::Null)]);
    let long = |before: usize| format!("<!--{}--><meta charset=utf-8><p class=x>Anna</p>", "-".repeat(before));
    for (page, doubt) in [
        ("<meta charset=utf-8><p class=x>Anna</p>".to_owned(), None),
        ("\u{feff}<p class=x>Anna</p>".to_owned(), None),
        ("<meta charset=latin1><p class=x>Anna</p>".to_owned(), Some(DoubtKind::Charset)),
        ("<p class=x>Anna</p>".to_owned(), Some(DoubtKind::Charset)),
        (long(900), None),
        (long(1024), Some(DoubtKind::Charset)),
    ] {
        for size in [1, 13, 4096] {
            let (mut shaper, mut out) = (HtmlShaper::new(Arc::clone(&plan), Limits::default(), false), Vec::new());
            let written = page.as_bytes().chunks(size).try_for_each(|piece| shaper.write(piece, &mut out));
            let ended = written.and_then(|()| shaper.end(&mut out)).map_err(|doubt| doubt.kind());
            assert_eq!(ended.err(), doubt, "{page} by {size}");
            let out = String::from_utf8(out).unwrap();
            assert_eq!(out, if doubt.is_some() { String::new() } else { page.replace("Anna", "") });
        }
    }
}
