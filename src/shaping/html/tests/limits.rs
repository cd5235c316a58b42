//! What is kept back is bounded, and nothing of it is shown where a page is cut.

use super::*;

#[test]
fn a_page_that_is_cut_anywhere_shows_nothing_that_is_hidden_and_flushes_nothing_unread() {
    let page = "<div title='hi'><p class=x data-who='Anna'>Anna <b>Anna</b></p><!-- end --><p class=x>Anna</p></div>";
    let plan = elements(&[(".x", Treatment::Null), (".x", attributes(&[("data-who", Treatment::Remove)]))]);
    let whole = shaped(&plan, page);
    for end in 0..page.len() {
        for size in [1, 7, page.len()] {
            let (out, doubt) = shape_in(&plan, Limits::default(), &page.as_bytes()[..end], size);
            assert!(!out.contains("Anna") && whole.starts_with(&out), "{end}: {out}");
            // What ends within a tag is doubt.
            let cut = &page[..end];
            let is_comment = cut.rfind('<').is_some_and(|at| cut[at..].starts_with("<!"));
            let is_within = cut.rfind('<') > cut.rfind('>') && !is_comment;
            let is_hidden = out.ends_with("class=x>") && !cut.ends_with("class=x>");
            let wanted = (is_within && !is_hidden).then_some(DoubtKind::CutShort);
            assert!(doubt == wanted || is_hidden && doubt.is_none(), "{cut}: {doubt:?}");
        }
    }
}

#[test]
fn what_must_be_kept_is_bounded() {
    let plan = elements(&[(".x", Treatment::Null)]);
    let limits = Limits { item: 1 << 10, depth: 16 };
    let large = format!("<p class=x>{}</p><p>{}</p>", "Anna".repeat(200_000), "b".repeat(800_000));
    let (out, doubt) = shape_in(&plan, limits, large.as_bytes(), 64 * 1024);
    assert_eq!((out.len(), doubt), ("<p class=x></p><p></p>".len() + 800_000, None), "texts of any length pass");
    let tag = format!("<p title='{}'>", "a".repeat(600_000));
    assert_eq!(shape_in(&plan, limits, tag.as_bytes(), 64 * 1024).1, Some(DoubtKind::TooLarge));
    let deep = "<div>".repeat(17);
    assert_eq!(shape_in(&plan, limits, deep.as_bytes(), 64).1, Some(DoubtKind::TooDeep));
    let list = format!("<ul>{}</ul>", "<li>a".repeat(500));
    assert_eq!(shape_in(&plan, limits, list.as_bytes(), 64).1, None, "what may be left open counts for nothing");
}
