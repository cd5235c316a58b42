//! Promises 1, 2 and 4 for HTML: against a parser that reads the whole page as a browser does, nothing leaves that it finds in
//! an element to be hidden, whatever the page looks like; and nothing else changes.

#![cfg(feature = "html")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod markup;

use std::{collections::BTreeSet, sync::Arc};

use markup::{hidden, shape};
use proptest::{collection::vec, prelude::*, sample::select};
use scraper::{Html, Node, Selector};
use tower_rapport::shaping::{
    html::{HtmlPlan, Place},
    json::JsonPlan,
    treatment::{Constant, Treatment},
};

const SELECTORS: [&str; 15] = [
    ".x",
    ".y.x",
    ".y .x",
    "div",
    "li",
    "p",
    "b",
    "td",
    "div .x",
    "div b",
    ".x .y, .y b",
    ".y i .x",
    "p div .y",
    "i b",
    "[class] a",
];

// ── Random pages ─────────────────────────────────────────────────────────────────────────────

/// A piece of a page; texts and attributes are told apart by numbers.
#[derive(Clone, Debug)]
enum Token {
    Start(&'static str, &'static str),
    End(&'static str),
    Text,
    Comment,
}

/// Names that browsers treat in all their different ways.
const NAMES: [&str; 46] = [
    "div",
    "p",
    "li",
    "ul",
    "ol",
    "table",
    "tbody",
    "tr",
    "td",
    "th",
    "caption",
    "b",
    "i",
    "a",
    "span",
    "form",
    "select",
    "option",
    "optgroup",
    "dl",
    "dt",
    "dd",
    "h1",
    "h2",
    "button",
    "svg",
    "title",
    "desc",
    "math",
    "mi",
    "ruby",
    "rt",
    "br",
    "img",
    "hr",
    "textarea",
    "style",
    "body",
    "html",
    "head",
    "section",
    "object",
    "nobr",
    "font",
    "address",
    "foreignObject",
];
const CLASSES: [&str; 6] = ["", "", "", "x", "y", "x y"];

fn tokens() -> impl Strategy<Value = Vec<Token>> {
    let few = || select(&NAMES[..18]);
    let token = prop_oneof![
        4 => (few(), select(&CLASSES)).prop_map(|(name, class)| Token::Start(name, class)),
        2 => (select(&NAMES), select(&CLASSES)).prop_map(|(name, class)| Token::Start(name, class)),
        3 => few().prop_map(Token::End),
        1 => select(&NAMES).prop_map(Token::End),
        4 => Just(Token::Text),
        1 => Just(Token::Comment),
    ];
    vec(token, 1..24)
}

fn soup(tokens: &[Token]) -> String {
    let mut page = "<!DOCTYPE html><meta charset=utf-8><title>a</title>".to_owned();
    for (number, token) in tokens.iter().enumerate() {
        page += &match token {
            // What a late one says, browsers add to the first, after all that has left.
            Token::Start(name @ ("html" | "head" | "body"), _) => format!("<{name}>"),
            Token::Start(name, class) => format!("<{name} class='{class}' data-m=\"m{number}.\">"),
            Token::End(name) => format!("</{name}>"),
            Token::Text => format!("m{number}."),
            Token::Comment => format!("<!--m{number}.-->"),
        };
    }
    page
}

/// A page whose tags all fit.
#[derive(Clone, Debug)]
enum Tree {
    Element { name: &'static str, class: &'static str, inside: Vec<Tree> },
    Text(&'static str),
    Comment,
    Void,
}

fn trees() -> impl Strategy<Value = Vec<Tree>> {
    let leaf = prop_oneof![
        3 => select(&["Anna", "a &amp; b", "\u{e9}\u{1f600}", " \n", "1 < 2"][..]).prop_map(Tree::Text),
        1 => Just(Tree::Comment),
        1 => Just(Tree::Void),
    ];
    let tree = leaf.prop_recursive(5, 40, 5, |inner| {
        let names = select(&["div", "section", "span", "em", "my-card", "DIV"][..]);
        (names, select(&CLASSES), vec(inner, 0..5)).prop_map(|(name, class, inside)| Tree::Element {
            name,
            class,
            inside,
        })
    });
    vec(tree, 1..5)
}

/// What stands in an element instead, by the classes of those around it and its own.
type Other<'a> = &'a dyn Fn(&[&str]) -> Option<String>;

/// The page, with other content where an element's is hidden.
fn page(trees: &[Tree], above: &[&str], other: Option<Other<'_>>) -> String {
    let mut page = String::new();
    for tree in trees {
        page += &match tree {
            Tree::Text(text) => (*text).to_owned(),
            Tree::Comment => "<!-- <b>Anna</b> -->".to_owned(),
            Tree::Void => "<img src=a class=y><br/>".to_owned(),
            Tree::Element { name, class, inside } => {
                let classes: Vec<&str> = above.iter().copied().chain([*class]).collect();
                let inside =
                    other.and_then(|other| other(&classes)).unwrap_or_else(|| self::page(inside, &classes, other));
                format!("<{name}  class=\"{class}\" >{inside}</{name} >")
            }
        };
    }
    page
}

// ── Shaping, and the obvious way to know what is hidden ──────────────────────────────────────

fn plan(rules: &[(&str, Treatment)]) -> Arc<HtmlPlan> {
    let rules = rules.iter().map(|(selector, treatment)| (Place::parse(selector).unwrap(), treatment.clone()));
    Arc::new(HtmlPlan::new(rules, [], Arc::new(JsonPlan::new([], None))))
}

fn marks(text: &str, into: &mut BTreeSet<String>) {
    for part in text.split('.') {
        if let Some(at) = part.rfind('m') {
            into.insert(format!("{}.", &part[at..]));
        }
    }
}

fn treatments() -> impl Strategy<Value = Treatment> {
    let replaced = Treatment::Replace(Constant::parse("\"there\"").unwrap());
    prop_oneof![Just(Treatment::Remove), Just(Treatment::Null), Just(replaced)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Promise 1: whatever tags browsers repair, and however.
    #[test]
    fn nothing_leaves_that_a_browser_finds_in_a_hidden_element(
        tokens in tokens(), selector in select(&SELECTORS), treatment in treatments(), cuts in vec(1_usize..40, 1..4),
    ) {
        let page = soup(&tokens);
        let (out, _) = shape(&plan(&[(selector, treatment.clone())]), &page, &cuts);
        for mark in hidden(&page, &Selector::parse(selector).unwrap(), &treatment, marks) {
            prop_assert!(!out.contains(&mark), "{} of {}\nleft: {}", mark, page, out);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Promise 4, and that a rule hides no more than it says where every tag fits.
    #[test]
    fn a_page_is_what_a_browser_makes_of_it_without_what_is_hidden(
        trees in trees(), selector in select(&SELECTORS[..3]), treatment in treatments(), cuts in vec(1_usize..40, 1..4),
    ) {
        let page = format!("<!DOCTYPE html><body>{}</body>", page(&trees, &[], None));
        let plan = plan(&[(selector, treatment.clone())]);
        let (out, outcome) = shape(&plan, &page, &[]);
        // What a formatting element may come to lie in.
        prop_assume!(outcome.is_ok() || !(selector.contains(' ') && page.contains("<em")));
        prop_assert_eq!(outcome, Ok(()), "{}", page);
        prop_assert_eq!(&shape(&plan, &page, &cuts).0, &out, "cut by {:?}", cuts);

        let mut document = Html::parse_document(&page);
        let found: Vec<_> = document.select(&Selector::parse(selector).unwrap()).map(|element| element.id()).collect();
        for id in &found {
            let mut node = document.tree.get_mut(*id).unwrap();
            let is_void = matches!(node.value(), Node::Element(element) if element.name() == "img");
            if treatment == Treatment::Remove || is_void {
                node.detach();
                continue;
            }
            while let Some(mut child) = node.first_child() {
                child.detach();
            }
            if matches!(treatment, Treatment::Replace(_)) {
                node.append(Html::parse_fragment("there").tree.nodes().find_map(|node| {
                    node.value().as_text().map(|text| Node::Text(text.clone()))
                }).unwrap());
            }
        }
        let text = |html: &Html| html.html().replace("therethere", "there");
        prop_assert_eq!(text(&Html::parse_document(&out)), text(&document), "{}\n{}", page, out);
        if found.is_empty() {
            prop_assert_eq!(out, page);
        }
    }

    /// Promise 2.
    #[test]
    fn pages_that_differ_in_what_is_hidden_leave_as_the_same_bytes(
        trees in trees(), others in vec(self::trees(), 1..4), treatment in treatments(), cuts in vec(1_usize..40, 1..4),
    ) {
        let plan = plan(&[(".x", treatment)]);
        let other = |classes: &[&str]| {
            let is_hidden = classes.last().is_some_and(|class| class.contains('x'));
            is_hidden.then(|| page(&others[classes.len() % others.len()], &[], None))
        };
        let (one, two) = (page(&trees, &[], None), page(&trees, &[], Some(&other)));
        let (out, outcome) = shape(&plan, &one, &[]);
        prop_assert_eq!(outcome, Ok(()));
        prop_assert_eq!(&shape(&plan, &two, &[]).0, &out);
        prop_assert_eq!(&shape(&plan, &two, &cuts).0, &out);
    }

    /// Promise 1: what is sent is at every moment a prefix of an allowed answer.
    #[test]
    fn a_page_that_breaks_off_shows_a_beginning_of_what_may_be_shown(trees in trees(), end in any::<prop::sample::Index>()) {
        let page = page(&trees, &[], None);
        let plan = plan(&[(".x", Treatment::Null)]);
        let whole = shape(&plan, &page, &[]).0;
        let mut end = end.index(page.len() + 1);
        while !page.is_char_boundary(end) {
            end -= 1;
        }
        let (out, _) = shape(&plan, &page[..end], &[]);
        prop_assert!(whole.starts_with(&out), "{}\n{}", whole, out);
    }
}
