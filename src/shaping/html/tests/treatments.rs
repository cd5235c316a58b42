//! What treatments make of elements, their texts and their attributes.

use super::*;
use crate::shaping::treatment::{Decimal, RoundTo, UrlWithout};

fn round_to(step: &str) -> Treatment {
    Treatment::RoundTo(RoundTo::new(&Decimal::parse(step).unwrap()).unwrap())
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
