//! What a selector can say, and what it is about.

use super::*;

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
        "x-a\0",
        ".a\\0 b",
        "#\u{fffd}",
        "p:not([title='\\fffd '])",
        "[title=\"a\0\"]",
        "[data-a\\fffd =b]",
        "[title='\\fffd ' i]",
        ":not(.a\0, .b)",
    ] {
        assert!(Place::parse(refused).is_err(), "{refused}");
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
