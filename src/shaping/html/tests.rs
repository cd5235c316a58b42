//! What rules do to pages, and what pages are doubt.

use std::sync::Arc;

use super::*;
use crate::shaping::{
    DoubtKind,
    json::{JsonPlan, Limits},
    path::Path,
    treatment::{Attributes, Constant, Decimal, RoundTo, Treatment, UrlWithout},
};

fn elements(rules: &[(&str, Treatment)]) -> Arc<HtmlPlan> {
    let rules = rules.iter().map(|(selector, treatment)| (Place::parse(selector).unwrap(), treatment.clone()));
    Arc::new(HtmlPlan::new(rules, [], Arc::new(JsonPlan::new([], None))))
}

fn scripts(selector: &str, fields: &[(&str, Treatment)]) -> Arc<HtmlPlan> {
    let fields = fields.iter().map(|(path, treatment)| (Path::parse(path).unwrap(), treatment.clone()));
    Arc::new(HtmlPlan::new([], [Place::parse(selector).unwrap()], Arc::new(JsonPlan::new(fields, None))))
}

fn replace(json: &str) -> Treatment {
    Treatment::Replace(Constant::parse(json).unwrap())
}

fn round_to(step: &str) -> Treatment {
    Treatment::RoundTo(RoundTo::new(&Decimal::parse(step).unwrap()).unwrap())
}

fn attributes(named: &[(&str, Treatment)]) -> Treatment {
    let named = named.iter().map(|(name, treatment)| ((*name).to_owned(), treatment.clone()));
    Treatment::Attributes(Attributes::new(named).unwrap())
}

fn shape_in(plan: &Arc<HtmlPlan>, limits: Limits, page: &[u8], size: usize) -> (String, Option<DoubtKind>) {
    let (mut shaper, mut out) = (HtmlShaper::new(Arc::clone(plan), limits, true), Vec::new());
    let written = page.chunks(size).try_for_each(|piece| shaper.write(piece, &mut out));
    let ended = written.and_then(|()| shaper.end(&mut out));
    (String::from_utf8(out).unwrap(), ended.err().map(|doubt| doubt.kind()))
}

/// Shapes at every size of pieces, which makes no difference.
fn shape(plan: &Arc<HtmlPlan>, page: &str) -> (String, Option<DoubtKind>) {
    let whole = shape_in(plan, Limits::default(), page.as_bytes(), page.len().max(1));
    for size in 1..page.len() {
        let cut = shape_in(plan, Limits::default(), page.as_bytes(), size);
        assert_eq!((&cut.1, cut.1.is_some() || cut.0 == whole.0), (&whole.1, true), "{page} by {size}: {}", cut.0);
    }
    whole
}

fn shaped(plan: &Arc<HtmlPlan>, page: &str) -> String {
    let (out, doubt) = shape(plan, page);
    assert_eq!(doubt, None, "{page}");
    out
}

#[test]
fn an_element_is_treated_and_the_rest_leaves_as_it_came() {
    let page = "<!DOCTYPE html>\n<P CLASS='a  name' ID=x>Hi <b >Anna</b ><!-- x --></P ><p>&amp; \u{e9}</p>\r\n<img src=a.png /><br>";
    let rest = "<p>&amp; \u{e9}</p>\r\n<img src=a.png /><br>";
    let head = "<!DOCTYPE html>\n";
    for (treatment, becomes) in [
        (Treatment::Keep, "<P CLASS='a  name' ID=x>Hi <b >Anna</b ><!-- x --></P >"),
        (Treatment::Remove, ""),
        (Treatment::Null, "<P CLASS='a  name' ID=x></P >"),
        (replace("\"a < b\""), "<P CLASS='a  name' ID=x>a &lt; b</P >"),
        (replace("7.5"), "<P CLASS='a  name' ID=x>7.5</P >"),
        (replace("null"), "<P CLASS='a  name' ID=x></P >"),
        (attributes(&[("id", Treatment::Remove)]), "<P CLASS='a  name'>Hi <b >Anna</b ><!-- x --></P >"),
        (
            attributes(&[("ID", replace("\"y\\\"\""))]),
            "<P CLASS='a  name' ID=\"y&quot;\">Hi <b >Anna</b ><!-- x --></P >",
        ),
    ] {
        let out = shaped(&elements(&[(".name", treatment.clone())]), page);
        let wanted = format!("{head}{becomes}{rest}");
        // The name of an attribute that is written anew is in lower case.
        assert_eq!(out.to_lowercase(), wanted.to_lowercase(), "{treatment:?}");
    }
    assert_eq!(shaped(&elements(&[("img", Treatment::Null)]), page), page.replace("<img src=a.png />", ""));
    assert_eq!(shaped(&elements(&[(".nobody", Treatment::Remove)]), page), page);
}

#[test]
fn what_lies_in_a_hidden_element_is_hidden_with_it() {
    let inside = "<i>Anna</i><!-- Anna --><script>var a = '</i>Anna'</script><noscript>Anna</noscript><textarea></div>Anna</textarea>\
                  <svg><title>Anna</title></svg><style>.Anna{}</style><ul><li>Anna<li>Anna</ul><div>Anna</div>";
    let page = format!("<div class=card>{inside}</div><p>Bye</p>");
    assert_eq!(shaped(&elements(&[(".card", Treatment::Remove)]), &page), "<p>Bye</p>");
    assert_eq!(shaped(&elements(&[(".card", replace("\"-\""))]), &page), "<div class=card>-</div><p>Bye</p>");
}

#[test]
fn no_rule_can_look_into_noscript_so_it_is_emptied() {
    let page = "<noscript><b class=name>Anna</b></noscript><p>Bye</p>";
    assert_eq!(shaped(&elements(&[(".name", Treatment::Null)]), page), "<noscript></noscript><p>Bye</p>");
}

#[test]
fn where_rules_meet_the_one_that_shows_less_holds() {
    let page = "<p class='a b'>Anna</p>";
    for (one, other, becomes) in [
        (Treatment::Null, Treatment::Keep, "<p class='a b'></p>"),
        (Treatment::Keep, Treatment::Remove, ""),
        (replace("1"), replace("2"), "<p class='a b'>1</p>"),
        (Treatment::Initial, Treatment::first(1).unwrap(), ""),
        (attributes(&[("class", Treatment::Remove)]), Treatment::Null, "<p></p>"),
        (
            attributes(&[("class", Treatment::Keep)]),
            attributes(&[("class", Treatment::Null)]),
            "<p class=\"\">Anna</p>",
        ),
    ] {
        let rules = [(".a", one.clone()), (".b", other.clone())];
        assert_eq!(shaped(&elements(&rules), page), becomes, "{one:?} {other:?}");
        let becomes = if becomes.contains('1') { "<p class='a b'>2</p>" } else { becomes };
        let rules = [(".a", other), (".b", one)];
        assert_eq!(shaped(&elements(&rules), page), becomes);
    }
}

#[test]
fn a_text_is_coarsened_where_it_stands_alone() {
    for (treatment, text, becomes) in [
        (Treatment::Initial, "Anna", "A."),
        (Treatment::Initial, " &lt;Anna ", "&lt;."),
        (Treatment::Initial, "An<b></b>na", ""),
        (Treatment::Initial, "An<!-- -->na", "A."),
        (Treatment::Initial, "&eacute;va", ""),
        (Treatment::first(2).unwrap(), "Home &gt; Shoes &gt; Boots", "Home &gt; Shoes"),
        (round_to("0.5"), "4.37", "4.5"),
        (round_to("0.5"), "four", ""),
    ] {
        let page = format!("<p><b class=x>{text}</b>!</p>");
        let wanted = format!("<p><b class=x>{becomes}</b>!</p>");
        assert_eq!(shaped(&elements(&[(".x", treatment)]), &page), wanted, "{text}");
    }
    let limits = Limits { item: 8, ..Limits::default() };
    let plan = elements(&[("b", Treatment::Initial)]);
    assert_eq!(shape_in(&plan, limits, b"<b>Anna Maria</b>", 99).0, "<b></b>");
}

#[test]
fn attributes_are_treated_in_every_spelling() {
    let without = Treatment::UrlWithout(UrlWithout::new(["uid"]).unwrap());
    let plan = elements(&[("a", attributes(&[("href", without)]))]);
    for (written, becomes) in [
        ("href='/p?id=1&amp;uid=7'", "href=\"/p?id=1\""),
        ("HREF=/p?uid=7&id=1#f", "HREF=\"/p?id=1#f\""),
        ("href=\"/p?&#117;id=7\"", "href=\"/p\""),
        ("href=\"/p?u&nothing;id=7\"", ""),
        ("href=/a href=/p?uid=7", "href=\"/a\""),
        ("class=b", "class=b"),
        ("", ""),
    ] {
        let out = shaped(&plan, &format!("<a  {written}  >x</a>"));
        let wanted = format!("<a {becomes}>x</a>").replace(" >", ">");
        assert_eq!(out.to_lowercase(), wanted.to_lowercase(), "{written}");
    }
    let hides = elements(&[("a", attributes(&[("href", Treatment::Remove)]))]);
    let pages = ["<a   class=x  href=/anna>", "<a class=x>", "<a class=x   >", "<a HREF=1 class=x href=2>"];
    assert!(pages.iter().all(|page| shaped(&hides, page) == "<a class=x>"));
}

#[test]
fn an_end_tag_that_is_left_out_goes_on_to_the_end_of_its_parent() {
    let plan = elements(&[(".x", Treatment::Remove)]);
    for (page, becomes) in [
        ("<ul><li>a<li class=x>Anna</ul><p>b", "<ul><li>a</ul><p>b"),
        ("<ul><li class=x>Anna<li>c</ul>", "<ul></ul>"),
        ("<div><p>a<p class=x>Anna</div>b", "<div><p>a</div>b"),
        (
            "<svg><title>a<p class=x>Anna</p></title><g><foreignObject><div class=x>Anna</div></foreignObject></g></svg>",
            "<svg><title>a</title><g><foreignObject></foreignObject></g></svg>",
        ),
        ("<math><mi>a<p class=x>Anna</p></mi></math>b", "<math><mi>a</mi></math>b"),
        ("<table><tr><td>a<td class=x>Anna<tr><td>b</table>c", "<table><tr><td>a</table>c"),
        ("<body><div><p class=y>a</body></html>", "<body><div><p class=y>a</body></html>"),
        ("a<p class=x>Anna", "a"),
    ] {
        assert_eq!(shaped(&plan, page), becomes, "{page}");
    }
}

#[test]
fn tags_that_browsers_repair_are_doubt() {
    let plan = elements(&[(".x", Treatment::Null)]);
    for page in [
        "<div class=x><table></div>Anna</table></div>",
        "<p><b class=x>a</p>Anna",
        "<form class=x><div></form>Anna</div>",
        "<li class=x><ul></li>Anna</ul></li>",
        "<span class=x><p>a</span>Anna",
        "<p><li class=x>a</p>Anna</li>",
        "<dl><dt>a<dd class=x>b</dt>Anna</dd></dl>",
        "<tr><td>a<th class=x>b</td>Anna</th></tr>",
        "<li><div><li class=x>a</div>Anna",
        "<p><ruby><p class=x>a</ruby>Anna",
        "<svg class=x><p>a</svg>Anna",
        "<body><div class=x>a</body>Anna",
        "<body>a</body><div class=x>Anna</div>",
        "<table><td>a<td class=x>Anna</table>",
        "<svg><section><p class=x>a</section>Anna",
        "<math><template><p class=x>a</template>Anna",
        "<math><mi><mglyph><section><p class=x>a</section>Anna",
        "<math><annotation-xml><svg><mi><section><p class=x>a</section>Anna",
        "<svg><svg></p><![CDATA[><b class=x>Anna</b>]]>",
        "<svg><foreignObject><svg><mi><b class=x>Anna</b></mi></svg></foreignObject></svg>",
        "<table><tbody><th class=x>Anna</table>",
        "<b><i class=x>a</b>Anna</i>",
        "<my-card class=x /><div></my-card>Anna</div>",
        "<select><div class=x><style></div>Anna</style></select>",
        "<p class='&#120;'>Anna</p>",
    ] {
        let (out, doubt) = shape(&plan, page);
        assert_eq!(doubt, Some(DoubtKind::Markup), "{page}: {out}");
        assert!(!out.contains("Anna"), "{page}: {out}");
    }
    // An end tag that closes nothing is passed over, by browsers too.
    assert_eq!(shaped(&plan, "</b><i class=x>Anna</i></div>"), "</b><i class=x></i></div>");
}

#[test]
fn a_selector_is_about_an_element_and_what_it_lies_in() {
    for selector in [
        "body[class] .x, .x",
        "div *",
        "DIV .x:not(.y)",
        ".x:not( .y , [title='.a.b'] )",
        "div [class~=x], b",
        "div p.x",
    ] {
        let plan = elements(&[(selector, Treatment::Null)]);
        assert_eq!(shaped(&plan, "<div><p class=x>Anna</p></div>"), "<div><p class=x></p></div>", "{selector}");
    }
    let referred = elements(&[("[data-of=anna]", Treatment::Null)]);
    assert_eq!(shape(&referred, "<p data-of='&#97;nna'>Anna</p>").1, Some(DoubtKind::Markup));
    let escaped = elements(&[(".x:not([data\\2dof=ben])", Treatment::Null)]);
    assert_eq!(shape(&escaped, "<p class=x data-of='&#97;nna'>Anna</p>").1, Some(DoubtKind::Markup));
    for refused in [
        ".y > .x",
        ".x:nth-child(2)",
        "p:first-of-type",
        "a + b",
        "a ~ b",
        "p:last-child",
        ":has(a)",
        "p::before",
        ".x:not(y::not(a",
        "p:not(.a.b)",
        ".x:not(.y[class~=x])",
        ":not(.a, i.b)",
        ":not(:not(.a))",
        "",
        "a b >",
        "*",
        ":not(.a)",
        "* .x",
        ".card :not(.x)",
        "body .x",
        "TBODY",
        "bod\\79  .x",
        ".a/**/.b",
        ".a /**/ .b",
    ] {
        assert!(Place::parse(refused).is_err(), "{refused}");
    }
}

#[test]
fn what_tags_that_cross_may_bring_into_another_element_is_doubt_before_it_leaves() {
    let plan = elements(&[(".card .name", Treatment::Null)]);
    for page in [
        // Only now does a browser make another `i`, in the `div`, with the text in it.
        "<i class=name><div class=card>Anna</i></div>",
        "<b><i class=name><div class=card>Anna</b></i></div>",
        "<div><p><a class=name>a<p class=card>Anna</a></div>",
        "<u class=name><font class=card>a<div>Anna</u></div></font>",
    ] {
        let (out, doubt) = shape(&plan, page);
        assert_eq!(doubt, Some(DoubtKind::Markup), "{page}: {out}");
        assert!(!out.contains("Anna"), "{page}: {out}");
    }
    let three = elements(&[(".page .card .name", Treatment::Null)]);
    assert_eq!(
        shape(&three, "<a class=card><div class=page><p class=name>Anna</p></div></a>").1,
        Some(DoubtKind::Markup)
    );
    for (page, becomes) in [
        // What is no formatting element stays where it is, and one alone lies in nothing.
        ("<b><div class=name><p class=card>Bo</p></div></b>", "<b><div class=name><p class=card>Bo</p></div></b>"),
        ("<a class='card name'>Bo<div>Bo</div></a>", "<a class='card name'>Bo<div>Bo</div></a>"),
        ("<a class=card><b class=name>Anna</b></a>", "<a class=card><b class=name></b></a>"),
        ("<a class=name><img class=card>Bo</a>", "<a class=name><img class=card>Bo</a>"),
        ("<a class=name></a><div class=card>Bo</div>", "<a class=name></a><div class=card>Bo</div>"),
        // It is hidden as it is.
        ("<p class=card><b class=name>Anna<i class=card>Anna</i></b></p>", "<p class=card><b class=name></b></p>"),
        // In what is hidden nobody can tell.
        (
            "<p class=card><b class=name><a class=name><div class=card></div></a></b></p>",
            "<p class=card><b class=name></b></p>",
        ),
    ] {
        assert_eq!(shaped(&plan, page), becomes, "{page}");
    }
}

#[test]
fn the_parts_of_a_selector_are_those_that_white_space_parts() {
    for (selector, parts) in [
        (".a", vec![]),
        (".a .b", vec![2]),
        (".a, .b", vec![]),
        ("\n.a\t.b  .c ,p:not( .d, .e ) [title='a b, c'], i", vec![3, 2]),
        ("[title=\"it's a ] b\"]", vec![]),
        (".sm\\:a .b\\ c", vec![2]),
        ("[title='>']  .b", vec![2]),
    ] {
        let found: Vec<usize> = Place::parse(selector).unwrap().chains().map(|parts| parts.len()).collect();
        assert_eq!(found, parts, "{selector}");
    }
}

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

#[test]
fn json_in_a_script_is_shaped_by_the_field_rules() {
    let plan = scripts("#data", &[("$.name", replace("\"</script><!--\"")), ("$.secret", Treatment::Remove)]);
    let page = "<script id=data type='application/json'> {\"name\": \"Anna\", \"secret\": {\"a\": [1]}, \"n\": 1.50, \"t\": \"a < b\"} </script><p>";
    let wanted = "<script id=data type='application/json'> {\"name\": \"\\u003c/script>\\u003c!--\", \"n\": 1.50, \"t\": \"a < b\"} </script><p>";
    assert_eq!(shaped(&plan, page), wanted);
    let with = |attributes: &str, json: &str| shape(&plan, &format!("<script id=data {attributes}>{json}</script>"));
    for json in ["", " \n"] {
        assert_eq!(with("type=application/ld+json", json).1, None);
    }
    assert_eq!(with("type=application/ld+json", "{\"name\":\"Anna\"").1, Some(DoubtKind::CutShort));
    assert_eq!(with("type=application/json", "name = 'Anna'").1, Some(DoubtKind::Syntax));
    assert_eq!(with("", "{\"name\":\"Anna\"}").1, Some(DoubtKind::Syntax));
    assert_eq!(shape(&plan, "<p id=data type=application/json>{}</p>").1, Some(DoubtKind::Syntax));
    let (out, doubt) = shape(&plan, "<script id=data type=application/json>{\"secret\":\"Anna\",");
    assert_eq!((out.contains("Anna"), doubt), (false, Some(DoubtKind::CutShort)));
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
