//! Tags that are left out, that browsers repair, and that cross.

use super::*;

#[test]
fn an_end_tag_that_is_left_out_goes_on_to_the_end_of_its_parent() {
    let plan = elements(&[(".x", Treatment::Remove)]);
    for (page, becomes) in [
        ("<ul><li>a<li class=x>Anna</ul><p>b", "<ul><li>a</ul><p>b"),
        ("<ul><li class=x>Anna<li>c</ul>", "<ul></ul>"),
        ("<div><p>a<p class=x>Anna</div>b", "<div><p>a</div>b"),
        ("<svg><g><text class=x>Anna</text></g></svg><p>b", "<svg><g></g></svg><p>b"),
        ("<math><mi class=x>a</mi></math>b", "<math></math>b"),
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
        "<select><select><option class=x></select>Anna",
        "<select><input><option class=x></select>Anna",
    ] {
        let (out, doubt) = shape(&plan, page);
        assert_eq!(doubt, Some(DoubtKind::Markup), "{page}: {out}");
        assert!(!out.contains("Anna"), "{page}: {out}");
    }
    // An end tag that closes nothing is passed over, by browsers too.
    assert_eq!(shaped(&plan, "</b><i class=x>Anna</i></div>"), "</b><i class=x></i></div>");
}

#[test]
fn what_readers_may_take_for_something_else_in_a_picture_or_formula_is_doubt() {
    let plan = elements(&[(".x", Treatment::Null)]);
    for page in [
        // The inner title ends here; or a title that was never open.
        "<svg><title><title></title><d><![CDATA[><i class=x>Anna",
        "<svg><title></desc><![CDATA[><i class=x>Anna",
        "<svg><foreignObject></title><![CDATA[><i class=x>Anna",
        "<svg><foreignObject></title><style><!--</style><i class=x>Anna</i>-->",
        "<svg><desc></title></p></desc><title><i class=x>Anna</i></title></svg>",
        "<svg><desc></title></p></desc><desc/><style><i class=x>Anna</i></style>",
        "<math><mi></mo><![CDATA[><i class=x>Anna",
        "<math><mi></annotation-xml><![CDATA[><i class=x>Anna",
        // It has ended already.
        "<svg/><![CDATA[><i class=x>Anna",
        "<math/><style><!--</style><i class=x>Anna",
        "<table><tr><td><svg></tbody><![CDATA[><i class=x>Anna</i>]]>",
        "<table><tr><td><svg></tbody><style><!--</style><i class=x>Anna</i>-->",
        "<table><tr><td><svg></tbody><g class=x />Anna",
        "<body><div><svg></body></div><![CDATA[><i class=x>Anna</i>",
        "<select><svg><![CDATA[><option class=x>Anna</option>",
        // And here it goes on.
        "<svg></p><g><![CDATA[><!--]]><i class=x>Anna</i>-->",
        "<svg></br><![CDATA[><!--]]><i class=x>Anna</i>-->",
        "<svg><foreignObject><![CDATA[><!--]]><i class=x>Anna</i>--></foreignObject></svg>",
        "<math><mi><![CDATA[><!--]]><i class=x>Anna</i>--></mi></math>",
        "<svg><desc><svg></p></svg></desc><style><!--</style><i class=x>Anna</i>-->",
    ] {
        let (out, doubt) = shape(&plan, page);
        assert!(!out.contains("Anna"), "{page}: {out}");
        assert_eq!(doubt, Some(DoubtKind::Markup), "{page}: {out}");
    }
    for page in [
        "<svg><title>a</title><style><![CDATA[.x > y]]></style><g><desc>a</desc><!-- b --><path d='M0'/></g></svg><p>b",
        "<svg hidden><symbol id=a><circle r='1' /></symbol></svg><table><tr><td><svg><use href='#a'/></svg></table>",
        "<math><mrow><mi>a</mi><mo>+</mo><mspace/><mn>1</mn></mrow></math>",
        "<p><![CDATA[a]]><svg viewBox='0 0 1 1'><g><rect width='1'></rect></g></svg>",
    ] {
        assert_eq!(shape(&plan, page), (page.to_owned(), None));
    }
    let page = "<svg><g class=x><path/></g><image class=x /></svg>b";
    assert_eq!(shaped(&plan, page), "<svg><g class=x></g></svg>b");
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
